import pytest

from synthgen.errors import SchemaError
from synthgen.schema import parse_schema
from synthgen.schema.mistakes import Mistake
from synthgen.schema.pattern import MORE, parse_pattern


@pytest.mark.parametrize(
    ("pattern", "size"),
    [
        ("TX-[0-9]{8}", 10**8),
        ("[0-9a-f]{32}", 16**32),
        ("^abc$", 1),
        (r"\d{2}\.\w", 100 * 63),
        ("a?", 2),
        ("a*", MORE + 1),
        ("a+", MORE + 1),
        ("a{2,}", MORE + 1),
        ("a{0}b", 1),
        ("a|a|b", 2),
        ("(a|aa)(a|aa)", 3),
        ("[]a]", 2),
        ("[a-]", 2),
        ("[^a]", 94),
        (".", 95),
        (r"\$\^\[", 1),
        ("a+?", MORE + 1),
        ("äö", 1),
    ],
)
def test_texts_are_counted_each_once(pattern: str, size: int) -> None:
    assert parse_pattern(pattern).size == size


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("[z-a]", "a range from low to high"),
        ("[abc", "a ']'"),
        ("(abc", "a ')'"),
        ("abc)", "no ')' without a '('"),
        ("*a", "something to repeat"),
        ("a{2", "{n} or {n,m}"),
        ("a{3,2}", "at least <= at most"),
        ("a{,3}", "{n} or {n,m}"),
        ("(?=a)b", "(...) or (?:...)"),
        ("(?P<x>a)", "(...) or (?:...)"),
        (r"(a)\1", r"\d, \w, \s"),
        (r"\bword", r"\d, \w, \s"),
        ("a^b", "^ at the start"),
        ("a\\", "a character after"),
        ("[^ -~]", "characters that can stand there"),
        ("a{300}", "repeats"),
        ("(a{200}){2}", "texts of at most"),
        ("((a{200}){200}){200}", "places"),
        ("(" * 60 + "a" + ")" * 60, "groups"),
        ("()", "spells something"),
    ],
)
def test_an_impossible_pattern_says_what_is_wrong(pattern: str, expected: str) -> None:
    with pytest.raises(Mistake) as caught:
        parse_pattern(pattern)
    assert expected in caught.value.expected


def test_an_impossible_pattern_is_one_line_when_the_schema_is_read() -> None:
    text = 'synthgen: 1\nname: t\ncolumns:\n  card:\n    type: identifier\n    pattern: "[z-a]"\n'
    with pytest.raises(
        SchemaError, match=r"line 6, columns\.card\.pattern: expected a range from low to high"
    ) as caught:
        parse_schema(text)
    assert "\n" not in str(caught.value)
