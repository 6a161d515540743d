"""What a foreign description becomes on its way in: a draft of a schema, and what it could not take along."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlglot.tokens import Tokenizer

from synthgen.constrain import rules_of
from synthgen.errors import SchemaError
from synthgen.schema import Schema, from_json
from synthgen.schema.document import plain
from synthgen.schema.mistakes import Mistake, show
from synthgen.schema.pattern import parse_pattern

Column = dict[str, Any]
"""One column, as the schema file spells it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Loss:
    """One thing that one side says and the other cannot.

    where   the way to it: in the foreign file on the way in, in the schema on the way out.
    what    what stands there.
    why     the reason, and what to do about it.
    """

    where: str
    what: str
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Imported:
    """A schema that was read from another tool's file, and what that file says beyond it."""

    schema: Schema
    losses: tuple[Loss, ...]


@dataclass(kw_only=True, slots=True)
class Draft:
    """A schema in the making: importers add to it, `finished` checks it.

    `rows_of` is the column that names the person, where the file tells of one.
    """

    name: str
    description: str | None = None
    columns: dict[str, Column] = field(default_factory=dict)
    constraints: list[str] = field(default_factory=list)
    rows_of: str | None = None
    losses: list[Loss] = field(default_factory=list)

    def lose(self, where: str, what: object, why: str) -> None:
        """Note that something is not taken along."""
        self.losses.append(Loss(where=where, what=brief(what), why=why))

    def rule(self, text: str) -> None:
        """Add a rule, once."""
        if text not in self.constraints:
            self.constraints.append(text)

    def unique(self, names: Sequence[str], place: str) -> None:
        """Say that no combination of these columns stands twice; an identifier alone says it itself."""
        kinds = {self.columns[name]["type"] if name in self.columns else None for name in names}
        if len(names) == 1 and kinds == {"identifier"}:
            self.columns[names[0]]["unique"] = True
        elif kinds & {"identifier", "text", None}:
            self.lose(place, f"a key of {', '.join(names)}", "rules do not speak of identifiers and text")
        else:
            self.rule(f"unique({', '.join(map(quoted, names))})")

    def finished(self, source: str) -> Imported:
        """The schema. Raises SchemaError, naming `source`, when the file describes what no schema can."""
        if not self.columns:
            raise SchemaError(source, expected="a description of columns", got="none", fix="is it the right file?")
        said: dict[str, Any] = {"name": self.name, "columns": {n: _tidied(c) for n, c in self.columns.items()}}
        said |= {"description": self.description} if self.description else {}
        said |= {"privacy": {"unit": self.rows_of}} if self.rows_of else {}
        described = from_json(said, source=source)
        if rules := tuple(rule for rule in self.constraints if self._makes_sense(rule, described)):
            described = from_json(said | {"constraints": rules}, source=source)
        return Imported(schema=described, losses=tuple(self.losses))

    def _makes_sense(self, rule: str, schema: Schema) -> bool:
        """Whether a rule can be kept for these columns; one that cannot is a loss."""
        try:
            rules_of(schema.model_copy(update={"constraints": (rule,)}))
        except SchemaError as error:
            self.lose("constraints", rule, f"no rule of ours: {error.got or error.expected}")
            return False
        return True


def _tidied(column: Column) -> Column:
    """Without what says nothing."""
    return {key: value for key, value in column.items() if value is not None and value is not False and value != []}


class Reader:
    """One mapping of a foreign file, read key by key; what nobody took is a loss in the end.

    >>> draft = Draft(name="t")
    >>> field = Reader({"name": "age", "rdfType": "x"}, "fields.age", draft)
    >>> field.take("name"), field.take("type", "any")
    ('age', 'any')
    >>> field.close("a schema has no place for it")
    >>> draft.losses
    [Loss(where='fields.age.rdfType', what='x', why='a schema has no place for it')]
    """

    def __init__(self, value: Any, place: str, draft: Draft) -> None:
        if not isinstance(value, Mapping):
            raise SchemaError(place or "file", expected="a mapping", got=show(value), fix="is it the right format?")
        self.place = place
        self._left = {str(key): each for key, each in value.items()}
        self._draft = draft

    def at(self, key: str) -> str:
        """The way to a key of this mapping."""
        return f"{self.place}.{key}" if self.place else key

    def take(self, key: str, default: Any = None) -> Any:
        """The value of a key, which is then read."""
        return self._left.pop(key, default)

    def text(self, key: str) -> str | None:
        """The value of a key when it is text and not empty; any other is left, to be a loss."""
        return str(self.take(key)) if isinstance(self._left.get(key), str) and self._left[key] else None

    def texts(self, key: str) -> list[str]:
        """The names a key lists; one name counts as a list of one."""
        value = self.take(key)
        return [] if value is None else names_in(value, self.at(key))

    def name(self, key: str) -> str:
        """The name that a key must hold."""
        value = self.take(key)
        if not isinstance(value, str):
            raise SchemaError(self.at(key), expected="a name", got=show(value))
        return value

    def lists(self, key: str) -> list[Any]:
        """The entries of a list; an absent one is empty."""
        value = self.take(key)
        if value is not None and not isinstance(value, list):
            raise SchemaError(self.at(key), expected="a list", got=show(value))
        return value or []

    def reader(self, key: str) -> Reader:
        """A mapping inside this one; an absent one is empty."""
        return Reader(self.take(key) or {}, self.at(key), self._draft)

    def rest(self) -> dict[str, Any]:
        """Everything that nobody took yet, which is then read."""
        left, self._left = self._left, {}
        return left

    def has(self, key: str) -> bool:
        """Whether a key stands here that nobody took."""
        return key in self._left

    def lose(self, key: str, what: object, why: str) -> None:
        """Note that a part of this mapping is not taken along."""
        self._draft.lose(self.at(key), what, why)

    def close(self, why: str) -> None:
        """Everything that was not taken is a loss."""
        for key, value in self.rest().items():
            self.lose(key, value, why)


def names_in(value: Any, place: str) -> list[str]:
    """A name, or a list of names, as a list. Raises SchemaError for anything else."""
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not listed or not all(isinstance(name, str) for name in listed):
        raise SchemaError(place, expected="a name or a list of names", got=show(value))
    return listed


def bound(value: Any, place: str, *, moment: bool = False) -> Any:
    """A finite number, or text for a `moment`; numerals in text count. Raises SchemaError for anything else."""
    if moment and isinstance(value, str):
        return value
    try:
        number = typed(value) if not isinstance(value, bool) else None
        if not moment and isinstance(number, int | float) and math.isfinite(number):
            return number
    except ValueError:
        pass
    expected = "a day or a moment" if moment else "a number"
    raise SchemaError(place, expected=expected, got=show(value))


def brief(value: Any) -> str:
    """What stands at a place, in a few words.

    >>> brief([1, 2, 3, 4]), brief("log"), brief({"a": 1}), brief(None)
    ('1, 2, 3, ... (4)', 'log', 'a mapping', 'not said')
    """
    if isinstance(value, list | tuple):
        few = ", ".join(each if isinstance(each, str) else show(each) for each in value[:3])
        return f"{few}, ... ({len(value)})" if len(value) > 3 else few
    return "not said" if value is None else value if isinstance(value, str) else show(value)


def spelled_by(pattern: str, place: Reader, key: str) -> Column:
    """An identifier that is made up from a pattern; levels, where the pattern is none that texts can be made from."""
    bare = pattern.removeprefix("^").removesuffix("$")
    try:
        parse_pattern(bare)
    except Mistake as mistake:
        place.lose(key, pattern, f"no texts can be made from it ({mistake.expected} is expected)")
        return {"type": "categorical"}
    return {"type": "identifier", "pattern": bare}


def quoted(name: str) -> str:
    """A column's name as rules spell it: in double quotes where SQL would read it as something else.

    >>> quoted("age"), quoted("hours-per-week"), quoted("select")
    ('age', '"hours-per-week"', '"select"')
    """
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) and name.upper() not in Tokenizer.KEYWORDS:
        return name
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def typed(word: Any) -> Any:
    """A level that a foreign file spells as text, with the type that the text shows.

    >>> typed("3"), typed("2.5"), typed("012"), typed("true"), typed("a"), typed(4)
    (3, 2.5, '012', True, 'a', 4)
    """
    if not isinstance(word, str):
        return word
    meant = plain(word)
    return word if meant is None else meant


def levels(values: Any, place: str) -> tuple[list[Any], bool]:
    """The distinct scalars of a list, and whether a null stands among them. Raises SchemaError for anything else."""
    if not isinstance(values, list):
        raise SchemaError(place, expected="a list of values", got=show(values))
    return list(_distinct(values, place)), any(value is None for value in values)


def _distinct(values: Sequence[Any], place: str) -> Iterator[Any]:
    seen: set[tuple[type, Any]] = set()
    for value in values:
        if value is None:
            continue
        if not isinstance(value, bool | int | float | str):
            raise SchemaError(place, expected="text, numbers, true or false", got=show(value))
        if (type(value), value) not in seen:
            seen.add((type(value), value))
            yield value


UNKNOWN_LEVELS = "its levels are not said: list them under values, or add discover: true and pay for them"
UNKNOWN_BOUNDS = "its bounds are not said: add minimum and maximum, or bounds: discover and pay for them"


def open_ends(draft: Draft, where: str) -> None:
    """Note every domain that the foreign file leaves open; `where` holds {} for the column's name."""
    for name, column in draft.columns.items():
        if column["type"] == "categorical" and not column.get("values"):
            draft.lose(where.format(name), "no levels", UNKNOWN_LEVELS)
        if column["type"] in LINES and not {"minimum", "maximum"} <= _tidied(column).keys():
            draft.lose(where.format(name), "no bounds", UNKNOWN_BOUNDS)


LINES = ("integer", "number", "date", "datetime", "duration")
"""Types whose bounds must be declared."""
