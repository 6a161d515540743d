"""A scenario file that makes no sense is refused in one line that names the place and the line."""

import pytest

from synthgen.errors import SchemaError
from synthgen.sample.scenario.document import parse_scenario

HEAD = "name: n\nsegments:\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a mapping with name and segments, got nothing"),
        ("- 1", "a mapping with name and segments, got a list"),
        ("name: n\n", "expected a key 'segments'"),
        ("name: n\nsegments: []\n", "at least one segment"),
        (HEAD + "  - {name: a}\n", "line 3, segments.0: expected one of rows and share, got none"),
        (HEAD + "  - {name: a, rows: 1, share: 1}\n", "got rows and share"),
        (HEAD + "  - {name: a, share: 0.6}\n  - {name: b, share: 0.7}\n", "shares of at most 1 in all, got 1.3"),
        (HEAD + "  - {name: a, share: 1.5}\n", "1 or less"),
        (HEAD + "  - {name: a, share: ten %}\n", "a share such as 0.1 or 10 %"),
        (HEAD + "  - {name: a, rows: 0}\n", "1 or more"),
        (HEAD + "  - {name: a, rows: 1, wher: x}\n", "did you mean 'where'"),
        (HEAD + "  - {name: a, rows: 1}\n  - {name: a, rows: 1}\n", "a name of its own"),
        (HEAD + "  - {name: baseline, rows: 1}\n", "a name of its own"),
        (HEAD + "  - {name: a, rows: 1, mix: {s: {F: 0.7, M: 0.7}}}\n", "mix.s: expected shares of at most 1"),
        (HEAD + "  - {name: a, rows: 1, mix: {s: {F: 0.7}}, set: {s: F}}\n", "a column mixed or set"),
        (HEAD + "  - {name: a, rows: 1, set: {s: {F: -1}}}\n", "a weight, 0 or more"),
        (HEAD + "  - {name: a, rows: 1, set: {s: {F: 0}}}\n", "a weight above 0"),
        (HEAD + "  - {name: a, rows: 1, set: [s]}\n", "column between one and other"),
        (HEAD + "  - {name: a, rows: 1, set: [s: 1, s: 2]}\n", "each column once"),
    ],
)
def test_a_mistake_is_one_line(text: str, message: str) -> None:
    with pytest.raises(SchemaError) as refused:
        parse_scenario(text, source="s.yaml")
    assert message in str(refused.value)
    assert str(refused.value).startswith("s.yaml line ")
    assert "\n" not in str(refused.value)


def test_overrides_may_be_a_list_as_people_write_one() -> None:
    text = HEAD + "  - name: a\n    rows: 1\n    set:\n      - amt: x 3\n      - at between 00:00 and 05:00\n"
    assert parse_scenario(text).segments[0].set == {"amt": "x 3", "at": "between 00:00 and 05:00"}


def test_shares_that_add_up_to_one_in_decimals_are_whole() -> None:
    parts = "".join(f"  - {{name: a{part}, share: 0.1}}\n" for part in range(10))
    assert len(parse_scenario(HEAD + parts).segments) == 10
