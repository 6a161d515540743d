"""How many rows of a table break each rule: counts for the people who hold the table, never a value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synthgen.constrain.check import broken_in
from synthgen.constrain.compile import Way, compiled
from synthgen.constrain.fields import fields_of
from synthgen.constrain.rules import PersonRule, RowRule, Rule, UniqueRule
from synthgen.schema import Schema
from synthgen.sql.cells import Cells, Field, Mask, cells_of_values
from synthgen.tables import Conformed, Quarantine, Source, conformed

Hashes = NDArray[np.uint64]
_MIXER = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """What became of one rule.

    way         how synthetic rows keep it.
    rows        that were looked at: those that the schema's policy keeps and whose values are all in its domain.
    violations  rows that break it; rows beyond the first of a combination, for `unique`; persons, for rules by person.
    """

    rule: Rule
    way: Way
    rows: int
    violations: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Survey:
    """A table beside its schema: values outside their columns' domains, and rules that are broken."""

    values: Quarantine
    rules: tuple[Tally, ...]

    @property
    def broken(self) -> int:
        """Violations of all rules."""
        return sum(tally.violations for tally in self.rules)


def survey(source: Source, schema: Schema) -> Survey:
    """Read the whole table once, and count. Raises SchemaError for rules that make no sense, TableError for columns.

    Rules over several rows keep 8 or 16 bytes a row: a hash of 64 bits stands for each value and each person, so among
    10 million rows a false repetition is expected in one check of 300,000.
    """
    ways, fields = compiled(schema), fields_of(schema)
    counters: dict[int, _Counter] = {rule.number: _counter(rule) for rule in ways.rules}
    values = Quarantine(policy=schema.on_violation)
    for rows in conformed(source, schema):
        values = values.plus(rows)
        sound = np.ones(rows.rows, np.bool_) if rows.broken is None else ~rows.broken
        broken = broken_in(rows, ways.row_rules, fields)
        for number, counter in counters.items():
            counter.rows += int(sound.sum())
            counter.see(rows, sound, broken.get(number), fields)
    tallies = (
        Tally(rule=rule, way=ways.ways[rule.number], rows=counter.rows, violations=counter.total())
        for rule, counter in ((rule, counters[rule.number]) for rule in ways.rules)
    )
    return Survey(values=values, rules=tuple(tallies))


@dataclass(kw_only=True, slots=True)
class _Counter:
    """Violations of a rule that each row breaks on its own."""

    rows: int = 0
    found: int = 0

    def see(self, rows: Conformed, sound: Mask, broken: Mask | None, fields: Mapping[str, Field]) -> None:
        """Count one batch."""
        self.found += 0 if broken is None else int(broken.sum())

    def total(self) -> int:
        """All there are."""
        return self.found


@dataclass(kw_only=True, slots=True)
class _Repeated(_Counter):
    """Rows whose combination another row has already."""

    columns: tuple[str, ...]
    seen: list[Hashes] = field(default_factory=list)

    def see(self, rows: Conformed, sound: Mask, broken: Mask | None, fields: Mapping[str, Field]) -> None:
        cells = cells_of_values(rows.columns, {name: fields[name] for name in self.columns})
        whole = sound & ~np.logical_or.reduce([each.missing for each in cells.values()])
        self.seen.append(_hashed(cells.values())[whole])

    def total(self) -> int:
        together = np.concatenate(self.seen) if self.seen else np.empty(0, np.uint64)
        return len(together) - len(np.unique(together))


@dataclass(kw_only=True, slots=True)
class _ByPerson(_Counter):
    """Persons whose rows break a rule, column by column."""

    rule: PersonRule
    persons: dict[str, list[Hashes]] = field(default_factory=dict)
    values: dict[str, list[NDArray[Any]]] = field(default_factory=dict)

    def see(self, rows: Conformed, sound: Mask, broken: Mask | None, fields: Mapping[str, Field]) -> None:
        if rows.unit is None:
            return
        person = pd.util.hash_array(rows.unit.to_numpy(zero_copy_only=False))
        cells = cells_of_values(rows.columns, {name: fields[name] for name in self.rule.columns})
        for name, each in cells.items():
            known = sound & (each.known if self.rule.kind == "monotone" else ~each.missing)
            order = (
                np.where(each.level >= 0, each.level, each.numbers) if self.rule.kind == "monotone" else _hashed([each])
            )
            self.persons.setdefault(name, []).append(person[known])
            self.values.setdefault(name, []).append(order[known])

    def total(self) -> int:
        broken = [
            self._breaking(np.concatenate(self.persons[name]), np.concatenate(self.values[name]))
            for name in self.persons
        ]
        return len(np.unique(np.concatenate(broken))) if broken else 0

    def _breaking(self, person: Hashes, value: NDArray[Any]) -> Hashes:
        order = np.argsort(person, kind="stable")  # rows of a person stay in the order of the table
        person, value = person[order], value[order]
        same = person[1:] == person[:-1]
        apart = value[1:] < value[:-1] if self.rule.kind == "monotone" else value[1:] != value[:-1]
        broken: Hashes = person[1:][same & apart]
        return broken


def _counter(rule: Rule) -> _Counter:
    match rule:
        case UniqueRule(columns=columns):
            return _Repeated(columns=columns)
        case PersonRule():
            return _ByPerson(rule=rule)
        case RowRule():
            return _Counter()


def _hashed(cells: Iterable[Cells]) -> Hashes:
    """One number for the values of a row in these columns; equal values have equal numbers."""
    parts = [_of_one(each) for each in cells]
    mixed = np.zeros_like(parts[0])
    for part in parts:
        mixed = (mixed ^ part) * _MIXER + (mixed >> np.uint64(29))
    return mixed


def _of_one(cells: Cells) -> Hashes:
    if cells.words:
        words = pd.util.hash_array(np.array([*cells.words, ""], object))
        return np.asarray(words[cells.level], np.uint64)
    numbers = pd.util.hash_array(np.nan_to_num(cells.numbers) + 0.0)  # -0 is 0
    return np.asarray(numbers, np.uint64) + cells.special.astype(np.uint64) * _MIXER
