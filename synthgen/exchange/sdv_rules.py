"""SDV's predefined constraints, as its documentation spells them, and rules.

A constraint is `{"constraint_class": ..., "table_name": ..., "constraint_parameters": {...}}`. Those that bound one
column by a number become its public bounds, which V1 metadata cannot say. Parameters are those of
https://docs.sdv.dev/sdv/reference/constraint-logic/predefined-constraint-classes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from synthgen.errors import SchemaError
from synthgen.exchange.draft import Draft, Reader, bound, quoted
from synthgen.exchange.rules import Bounded, Compared, Unique, rule_of
from synthgen.schema import Date, DateTime, Integer, Number, Schema
from synthgen.schema.mistakes import show

_LOWEST, _HIGHEST = ("minimum", max), ("maximum", min)


def read_rules(constraints: Any, draft: Draft, *, table: str | None) -> None:
    """Add the constraints of one table to a draft; those of other tables are passed over."""
    if not isinstance(constraints, list):
        raise SchemaError("constraints", expected="a list of constraints", got=show(constraints))
    for index, each in enumerate(constraints):
        place = f"constraints.{index}"
        constraint = Reader(each, place, draft)
        word, of = str(constraint.take("constraint_class", "")), constraint.take("table_name")
        if table is not None and of not in {None, table}:
            continue
        said = constraint.reader("constraint_parameters")
        if word not in _READERS:
            draft.lose(place, word or "no constraint_class", _FIXES.get(word, "no rule of ours says the same"))
            continue
        if unknown := [name for name in _names(each) if name not in draft.columns]:
            draft.lose(place, word, f"there is no column {unknown[0]}")
            continue
        _READERS[word](said, draft)
        said.close("the rule is read without it")


_FIXES = {
    "FixedCombinations": "it is learned from the rows; with a public list: (city, country) IN TABLE 'places.csv'",
}


def _names(constraint: Mapping[str, Any]) -> Iterator[str]:
    """The columns a constraint speaks of."""
    for key, value in (constraint.get("constraint_parameters") or {}).items():
        if key.endswith("column_name"):
            yield str(value)
        elif key == "column_names" and isinstance(value, list):
            yield from map(str, value)


def _inequality(said: Reader, draft: Draft) -> None:
    strict = bool(said.take("strict_boundaries", default=False))
    _compare(draft, said.name("low_column_name"), said.name("high_column_name"), strict=strict)


def _range(said: Reader, draft: Draft) -> None:
    strict = bool(said.take("strict_boundaries", default=True))
    middle = said.name("middle_column_name")
    _compare(draft, said.name("low_column_name"), middle, strict=strict)
    _compare(draft, middle, said.name("high_column_name"), strict=strict)


def _compare(draft: Draft, low: str, high: str, *, strict: bool) -> None:
    draft.rule(f"{quoted(low)} {'<' if strict else '<='} {quoted(high)}")


def _scalar_inequality(said: Reader, draft: Draft) -> None:
    relation = str(said.take("relation"))
    _bound(draft, said.name("column_name"), relation, said.take("value"))


def _scalar_range(said: Reader, draft: Draft) -> None:
    column, strict = said.name("column_name"), bool(said.take("strict_boundaries", default=True))
    _bound(draft, column, ">" if strict else ">=", said.take("low_value"))
    _bound(draft, column, "<" if strict else "<=", said.take("high_value"))


def _positive(said: Reader, draft: Draft) -> None:
    strict = bool(said.take("strict_boundaries", default=False))
    _bound(draft, said.name("column_name"), ">" if strict else ">=", 0)


def _negative(said: Reader, draft: Draft) -> None:
    strict = bool(said.take("strict_boundaries", default=False))
    _bound(draft, said.name("column_name"), "<" if strict else "<=", 0)


def _bound(draft: Draft, name: str, relation: str, value: Any) -> None:
    """Bound one column by one value: a public end of its domain, and a rule besides where the end itself is out."""
    column = draft.columns[name]
    low = relation in {">", ">="}
    if relation not in {">", ">=", "<", "<="} or column["type"] not in {"integer", "number", "date", "datetime"}:
        draft.lose(f"columns.{name}", f"{relation} {value}", "only numbers and dates have bounds")
        return
    if column["type"] in {"date", "datetime"}:
        value = bound(str(value), f"columns.{name}", moment=True).replace(" ", "T")
    else:
        value = bound(value, f"columns.{name}")
    if column["type"] == "integer":  # the nearest whole number inside
        out = relation in {">", "<"} and value == int(value)
        value, relation = (math.ceil(value) + out, ">=") if low else (math.floor(value) - out, "<=")
    key, tighter = _LOWEST if low else _HIGHEST
    known = column.get(key)
    column[key] = value if known is None else tighter(known, value)
    if relation in {">", "<"}:
        literal = value if isinstance(value, int | float) else f"'{value}'"
        draft.rule(f"{quoted(name)} {relation} {literal}")


def _increments(said: Reader, draft: Draft) -> None:
    step = said.take("increment_value") if said.has("increment_value") else said.take("increment")
    draft.rule(f"{quoted(said.name('column_name'))} % {step} = 0")


def _one_hot(said: Reader, draft: Draft) -> None:
    names = said.texts("column_names")
    for name in names:
        draft.columns[name] |= {"type": "integer", "minimum": 0, "maximum": 1}
        draft.columns[name].pop("decimals", None)
    draft.rule(f"{' + '.join(map(quoted, names))} = 1")


def _unique(said: Reader, draft: Draft) -> None:
    draft.unique(said.texts("column_names"), said.place)


_READERS: Mapping[str, Callable[[Reader, Draft], None]] = {
    "Inequality": _inequality,
    "Range": _range,
    "ScalarInequality": _scalar_inequality,
    "ScalarRange": _scalar_range,
    "Positive": _positive,
    "Negative": _negative,
    "FixedIncrements": _increments,
    "OneHotEncoding": _one_hot,
    "Unique": _unique,
}


def write_rules(schema: Schema) -> Iterator[dict[str, Any]]:
    """The bounds of a schema, and those of its rules that a predefined constraint says."""
    for name, column in schema.columns.items():
        if isinstance(column, Integer | Number | Date | DateTime):
            for relation, end in ((">=", column.minimum), ("<=", column.maximum)):
                if end is not None:
                    plain = end if isinstance(end, int | float) else str(end)
                    said = {"column_name": name, "relation": relation, "value": plain}
                    yield _constraint("ScalarInequality", said)
    for text in schema.constraints:
        match rule_of(text):
            case Compared(low=low, high=high, strict=strict):
                said = {"low_column_name": low, "high_column_name": high, "strict_boundaries": strict}
                yield _constraint("Inequality", said)
            case Bounded(column=name, relation=relation, value=value):
                yield _constraint("ScalarInequality", {"column_name": name, "relation": relation, "value": value})
            case Unique(columns=names):
                yield _constraint("Unique", {"column_names": list(names)})


def _constraint(word: str, said: Mapping[str, Any]) -> dict[str, Any]:
    return {"constraint_class": word, "constraint_parameters": dict(said)}
