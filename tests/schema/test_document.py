"""YAML text: what a word means, and on which line it stands."""

import contextlib

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from synthgen.errors import SchemaError
from synthgen.schema.columns import spell
from synthgen.schema.document import Document, plain


def refused(text: str) -> SchemaError:
    with pytest.raises(SchemaError) as caught:
        Document(text, source="s.yaml")
    return caught.value


@pytest.mark.parametrize(
    "word",
    [
        "yes",
        "no",
        "on",
        "Off",
        "y",
        "012",
        "0x1F",
        "0o7",
        "1e5",
        "1_000",
        "1:30",
        "+5",
        "1.50",
        ".5",
        "5.",
        "-0",
        ".inf",
        "2019-12-31",
        ".nan",
        "nan",
        "N/A",
        "1.2.3",
        "\u0663",
        "9" * 5000,
    ],
)
def test_a_word_that_another_reader_would_change_stays_text(word: str) -> None:
    assert plain(word) == word


@pytest.mark.parametrize(
    ("word", "value"),
    [("0", 0), ("-12", -12), ("2.5", 2.5), ("1e+16", 1e16), ("true", True), ("FALSE", False), ("~", None)],
)
def test_a_word_that_means_what_it_spells_is_a_value(word: str, value: object) -> None:
    assert plain(word) == value
    assert type(plain(word)) is type(value)


@given(st.text(max_size=12))
def test_no_word_changes_its_spelling(word: str) -> None:
    value = plain(word)
    assume(value is not None)
    assert spell(value) == (word.lower() if isinstance(value, bool) else word)


@given(st.one_of(st.integers(-(10**30), 10**30), st.floats(allow_nan=False, allow_infinity=False)))
def test_a_number_as_python_writes_it_is_that_number(number: float) -> None:
    value = plain(repr(number))
    assert value == number
    assert type(value) is type(number)


def test_quotes_make_text() -> None:
    assert Document("['1', \"true\", '~']", source="s").value == ["1", "true", "~"]


def test_keys_are_always_text() -> None:
    assert list(Document("1: a\ntrue: b\nnull: c\n", source="s").value) == ["1", "true", "null"]


def test_every_place_knows_its_line() -> None:
    document = Document("a: 1\nb:\n  c: 2\n  d: [3,\n    4]\n  e:\n    - 5\n    - f: 6\n", source="s")
    places = {("a",): 1, ("b",): 2, ("b", "c"): 3, ("b", "d", 0): 4, ("b", "d", 1): 5, ("b", "e", 1, "f"): 8}
    assert {place: document.line(place) for place in places} == places


def test_a_place_that_is_not_there_has_the_line_above_it() -> None:
    document = Document("a: 1\nb:\n  c: 2\n", source="s")
    assert [document.line(place) for place in ((), ("b", "x"), ("b", "c", 3), ("x",))] == [1, 2, 3, 1]


def test_an_alias_is_the_same_value_and_has_its_own_line() -> None:
    document = Document("a: &x {b: 1}\nc: *x\n", source="s")
    assert document.value == {"a": {"b": 1}, "c": {"b": 1}}
    assert document.line(("c",)) == 2


def test_aliases_of_aliases_do_not_blow_up() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 64)]
    assert len(Document("\n".join(lines), source="s").value) == 64


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "it on line 1 and again here"),
        ("a:\n\tb: 1\n", 2, "a tab"),
        ("a: {b: 1\n", 1, "close the bracket"),
        ("a: 1\nb: 'x\n", 2, "close the quote"),
        ("a: b: c\n", 1, "holds a colon"),
        ("a: [*, b]\n", 1, "begins with *"),
        ("a: @x\n", 1, "begins with @"),
        ("a: 1\n---\nb: 2\n", 2, "a second one"),
        ("a: 1\nb:\n", 2, "leave the key out"),
        ("a: [x, null]\n", 1, "quotes around null"),
        ("a: [?, b]\n", 1, "quotes around ?"),
        ("[a]: 1\n", 1, "a list or a mapping"),
        ("a: !!python/object:os.system x\n", 1, "no tags"),
        ("a: &a {b: *a}\n", 1, "contains itself"),
        ("a: &a {b: 1}\nc:\n  <<: *a\n", 3, "a merge"),
        ("a: 1\nb: \x00\n", 2, "control character"),
    ],
)
def test_a_slip_is_refused_with_its_line_and_its_fix(text: str, line: int, words: str) -> None:
    error = refused(text)
    assert error.line == line
    assert str(error).startswith(f"s.yaml line {line}")
    assert words in str(error)
    assert "\n" not in str(error)


def test_hundreds_of_levels_are_refused() -> None:
    assert "nesting" in str(refused("a: " + "[" * 5000))


@given(st.text())
def test_any_text_is_a_document_or_refused(text: str) -> None:
    with contextlib.suppress(SchemaError):
        Document(text, source="s")


@given(
    st.recursive(
        st.text(st.characters(exclude_categories=["C"])),
        lambda inner: st.lists(inner) | st.dictionaries(st.text("abc"), inner),
    )
)
def test_quoted_text_comes_back_as_it_was(value: object) -> None:
    assume(value != "")
    written = yaml.safe_dump(value, default_style="'", allow_unicode=True)
    assert Document(written, source="s").value == value
