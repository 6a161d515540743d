"""A first description of a table, column by column; what it says of the whole comes last."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from synthgen.infer import words
from synthgen.infer.describe import Described, describe
from synthgen.infer.evidence import Evidence, evidence_of
from synthgen.infer.people import Candidate, candidates, same_persons
from synthgen.infer.rules import candidate_rules
from synthgen.tables import Source

MOST_RULES = 30
LATITUDE, LONGITUDE = {"lat", "latitude"}, {"lon", "long", "lng", "longitude"}
DECIMALS = 4
"""Of a point: about ten metres."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """A schema as it may be, with what has to be said about it.

    unit     the column that seems to name the person, or None
    persons  how many rows persons have, and what else names them: read from the rows
    columns  in the order of the table, without the unit
    rules    candidates
    """

    name: str
    unit: str | None
    persons: tuple[str, ...]
    columns: tuple[Described, ...]
    rules: tuple[str, ...]


def infer(source: Source, *, name: str | None = None, on_rows: Callable[[int], None] | None = None) -> Draft:
    """Read a table once, and describe it. Raises TableError for a damaged one.

    The draft holds values of private rows (levels, ends, spellings) and must be read by a person before it leaves.
    `on_rows` is told how many rows each batch had.
    """
    evidence = evidence_of(source, on_rows=on_rows)
    likely = candidates(evidence)
    unit = likely[0] if likely else None
    others = same_persons(unit, likely) if unit else []
    columns = [describe(own) for column, own in evidence.items() if unit is None or column != unit.name]
    columns = [_another_name(own, unit.name) if unit and own.name in others else own for own in columns]
    return Draft(
        name=name or _named(source.name),
        unit=unit.name if unit else None,
        persons=tuple(_persons(unit, others)) if unit else (),
        columns=tuple(_agreeing(_with_points(columns, evidence))),
        rules=tuple(candidate_rules(columns, evidence, unit.name if unit else None)[:MOST_RULES]),
    )


def _persons(unit: Candidate, others: Sequence[str]) -> Iterator[str]:
    yield f"half of the values of {unit.name} have at most {unit.usual} rows, nine in ten at most {unit.most}"
    if others:
        yield f"{', '.join(others)}: as many different values, so likely the same persons"


def _named(source: str) -> str:
    """The name of a table, from where it was read."""
    return Path(source).name.split(".")[0] or "table"


def _another_name(own: Described, unit: str) -> Described:
    """A second column that names the person: never learned."""
    if own.keys["type"] == "identifier":
        return own
    note = f"names the same persons as {unit}, it seems"
    return Described(name=own.name, keys={"type": "text", "action": "drop"}, notes=(note,))


def _agreeing(columns: list[Described]) -> list[Described]:
    """Names that agree with a column of gender, days of birth that agree with one of age."""
    plain = {own.name for own in columns if own.keys["type"] in ("categorical", "integer", "boolean")}
    partner = {
        role: next((name for name in sorted(plain) if set(words.words(name)) & spoken), None)
        for role, spoken in (("gender", words.GENDER), ("age", words.AGE))
    }
    role_of = {"given_name": "gender", "full_name": "gender", "birth_date": "age"}
    agrees = {own.name: role_of.get(own.keys.get("kind", "")) for own in columns}
    return [
        replace(own, keys=own.keys | {"agrees": {role: partner[role]}})
        if (role := agrees[own.name]) is not None and partner[role] is not None
        else own
        for own in columns
    ]


def _with_points(columns: list[Described], evidence: Mapping[str, Evidence]) -> list[Described]:
    """Pairs of latitude and longitude as one column each, where the first of the two stood."""
    numbers = {own.name: own for own in columns if own.keys["type"] == "number" and "format" not in own.keys}
    taken = {*(own.name for own in columns), *evidence}
    pairs: dict[str, Described | None] = {}
    for north, own in numbers.items():
        east = next((name for name in numbers if _is_pair(north, name)), None)
        if east is not None and _on_the_globe(own, numbers[east]):
            pairs |= {north: _point(own, numbers[east], taken), east: None}
    return [point for column in columns if (point := pairs.get(column.name, column)) is not None]


def _is_pair(north: str, east: str) -> bool:
    """Whether two names differ by nothing but latitude and longitude."""
    left, right = words.words(north), words.words(east)
    swapped = [place for place, (a, b) in enumerate(zip(left, right, strict=False)) if a in LATITUDE and b in LONGITUDE]
    return bool(swapped) and len(left) == len(right) and sum(a != b for a, b in zip(left, right, strict=True)) == 1


def _on_the_globe(north: Described, east: Described) -> bool:
    limits = ((north, 90), (east, 180))
    return all(-limit <= own.keys["minimum"] <= own.keys["maximum"] <= limit for own, limit in limits)


def _point(north: Described, east: Described, taken: set[str]) -> Described:
    rest = [word for word in words.words(north.name) if word not in LATITUDE]
    name = "_".join([*rest, "place"])
    while name in taken:
        name += "_"
    decimals = min(DECIMALS, *(own.keys.get("decimals", DECIMALS) for own in (north, east)))
    step = 10.0**-decimals
    low = [round(own.keys["minimum"] - step / 2, decimals) for own in (north, east)]
    high = [round(own.keys["maximum"] + step / 2, decimals) for own in (north, east)]
    keys: dict[str, Any] = {
        "type": "point",
        "latitude": north.name,
        "longitude": east.name,
        "minimum": low,
        "maximum": high,
    }
    keys["decimals"] = decimals
    if north.keys.get("nullable"):
        keys["nullable"] = True
    inferred = ("minimum", "maximum", *(("nullable",) if north.keys.get("nullable") else ()))
    return replace(north, name=name, keys=keys, inferred=inferred, notes=())
