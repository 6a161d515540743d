"""What a schema says wrongly, as one line that names the place, what was expected, what stood there and the fix.

Validators raise a `Mistake`; pydantic collects them beside its own findings; `explain` picks the one that
stands first in the file and words it. The schema is public, so its values may be quoted.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from synthgen.errors import SchemaError

Place = tuple[str | int, ...]
"""The way to a value from the top of the file: `("columns", "age", "minimum")`."""


UNION_TAG = "<one of>"
"""A step in pydantic's paths that is none in the file; so is its own `[key]`."""


class Mistake(ValueError):  # noqa: N818 - a finding; what leaves the package is a SchemaError
    """A rule that a schema breaks; `where` leads from the validated object to the wrong value."""

    def __init__(self, *, expected: str, got: str, fix: str = "", where: Place = ()) -> None:
        self.expected = expected
        self.got = got
        self.fix = fix
        self.where = where
        super().__init__(f"expected {expected}, got {got}" + (f"; {fix}" if fix else ""))


def show(value: Any) -> str:
    """A value from the schema, short enough for a message.

    >>> show("a"), show(3), show(True), show([1, 2]), show({}), show("x" * 100)
    ("'a'", '3', 'true', 'a list', 'an empty mapping', "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…'")
    """
    for kind, name in ((dict, "mapping"), (list, "list"), (tuple, "list")):
        if isinstance(value, kind):
            return f"a {name}" if value else f"an empty {name}"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return repr(value if len(value) <= 40 else f"{value[:36]}…")
    return "nothing" if value is None else str(value)


def closest(word: object, known: Iterable[str]) -> str:
    """The fix for a misspelled word, or nothing when no known word is near.

    >>> closest("intger", ["integer", "number"]), closest("xyz", ["integer"])
    ("did you mean 'integer'?", '')
    """
    spelled = {name.lower(): name for name in known}
    near = difflib.get_close_matches(str(word).lower(), spelled, n=1, cutoff=0.6)
    return f"did you mean {spelled[near[0]]!r}?" if near else ""


def explain(
    error: ValidationError,
    *,
    source: str,
    unknown_key: Callable[[Place], Mistake],
    unknown_type: Callable[[object], Mistake],
    line: Callable[[Place], int | None] = lambda _: None,
) -> SchemaError:
    """The first mistake of `error` in the order of the file, and how many follow.

    `unknown_key` words a key that the mapping it stands in does not have, `unknown_type` a column type that
    there is not, `line` gives the line of a place in the file.
    """
    found = [_mistake(one, unknown_key, unknown_type) for one in error.errors()]
    place, mistake = min(found, key=lambda pair: line(pair[0]) or 0)
    more = f"{len(found) - 1} more mistake{'s' if len(found) > 2 else ''} after this one" if len(found) > 1 else ""
    fix = "; ".join(part for part in (mistake.fix, more) if part).replace("?;", "?")
    return wrong(source, place, line(place), expected=mistake.expected, got=mistake.got, fix=fix)


def wrong(source: str, place: Place, line: int | None, *, expected: str, got: str, fix: str = "") -> SchemaError:
    """A schema error whose subject reads `adult.yaml line 12, columns.age.minimum`."""
    subject = source if line is None else f"{source} line {line}"
    dotted = ".".join(map(str, place))
    return SchemaError(f"{subject}, {dotted}" if place else subject, expected=expected, got=got, fix=fix, line=line)


def _mistake(
    error: ErrorDetails, unknown_key: Callable[[Place], Mistake], unknown_type: Callable[[object], Mistake]
) -> tuple[Place, Mistake]:
    """Translate one finding of pydantic, and say where in the file it belongs."""
    # Inside a column pydantic's path also holds the column's type, which is no step in the file.
    loc, value, context = error["loc"], error["input"], error.get("ctx", {})
    place: Place = loc[:2] + loc[3:] if loc[:1] == ("columns",) else loc
    place = tuple(step for step in place if step not in (UNION_TAG, "[key]"))
    raised = context.get("error")
    match error["type"]:
        case _ if isinstance(raised, Mistake):
            place, mistake = place + raised.where, raised
        case "extra_forbidden":
            mistake = unknown_key(place)
        case "union_tag_invalid":
            place, mistake = (*place, "type"), unknown_type(value["type"])
        case "union_tag_not_found":
            mistake = Mistake(expected="a key 'type'", got="none", fix="add type: ...")
        case "missing" if isinstance(place[-1], int):  # the second of two levels
            place, mistake = place[:-1], Mistake(expected="two entries", got=str(place[-1]))
        case "missing":
            place, mistake = (
                place[:-1],
                Mistake(expected=f"a key {place[-1]!r}", got="none", fix=f"add {place[-1]}: ..."),
            )
        case kind:
            plain = _PLAIN_WORDS.get(kind, error["msg"].removeprefix("Input should be "))
            mistake = Mistake(expected=plain.format(**context), got=show(value), fix=_FIXES.get(kind, ""))
    return place, mistake


_PLAIN_WORDS = {
    "string_type": "text",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "string_too_short": "text that is not empty",
    "too_short": "at least one entry",
    "too_long": "at most {max_length} entries",
    "greater_than_equal": "{ge} or more",
    "less_than_equal": "{le} or less",
    "literal_error": "{expected}",
}
_FIXES = {
    "string_type": "put quotes around it if it is meant as text",
    "tuple_type": "put [brackets] around it",
    "model_attributes_type": "write it as {key: value}",
    "model_type": "write it as {key: value}",
}
