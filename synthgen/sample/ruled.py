"""A model given its table's rules: what can be masked is, exactly; what is left is checked on rows of the table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from synthgen.constrain import Compiled, fields_of, spelled
from synthgen.encode.codec import Codec
from synthgen.encode.grid import LevelGrid
from synthgen.engine.codebook import Codebook
from synthgen.errors import ConditionError
from synthgen.sample.joint import flat
from synthgen.sample.masks import masked
from synthgen.sample.rake import raked
from synthgen.schema import Levels, Line
from synthgen.shape import Shape
from synthgen.sql.cells import Field, Mask, cells_of_batch
from synthgen.sql.expression import (
    Compared,
    Either,
    Every,
    Expression,
    Lies,
    Missing,
    OneOf,
    Unless,
    columns_of,
    conjuncts,
    has_joint,
)
from synthgen.sql.listed import Listed
from synthgen.sql.residual import holds
from synthgen.tables.lines import bounds

FLOOR: Final = 1e-4
"""Rules and conditions that so few of the rows drawn would pass are refused."""


NEGLIGIBLE: Final = 1e-9
"""A mask that takes no more than this leaves every column as it was."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """What every row of the table must satisfy, what is kept by construction included.

    terms   each with the rule that demands it
    fields  every column that is named
    """

    terms: tuple[tuple[str, Expression], ...]
    fields: Mapping[str, Field]

    def holds(self, batch: pa.RecordBatch) -> Mask:
        """Which rows keep all of it, bool [rows]; columns that the batch does not have are not asked about."""
        kept = np.ones(batch.num_rows, np.bool_)
        for mask in self._masks(batch).values():
            kept &= mask
        return kept

    def shares(self, batch: pa.RecordBatch) -> dict[str, float]:
        """For each rule, the share of rows that keep it."""
        return {rule: float(mask.mean()) for rule, mask in self._masks(batch).items()}

    def _masks(self, batch: pa.RecordBatch) -> dict[str, Mask]:
        here = set(batch.schema.names)
        terms = [(rule, term) for rule, term in self.terms if columns_of(term) <= here]
        names = frozenset().union(*(columns_of(term) for _, term in terms))
        cells = cells_of_batch(batch, self.fields, names)
        found: dict[str, Mask] = {}
        for rule, term in terms:
            found[rule] = found.get(rule, np.True_) & holds(term, cells)
        return found


@dataclass(frozen=True, kw_only=True, slots=True)
class Ruled:
    """The model given the rules; `probability` is that of what was masked, before, and `kept` is None without rules.

    is_open  whether rows may fail `kept`: not all of it is masked
    """

    codebook: Codebook
    codec: Codec
    probability: float
    kept: Kept | None
    is_open: bool


def ruled(codebook: Codebook, codec: Codec, shape: Shape) -> Ruled:
    """Mask what can be masked. Raises ConditionError where the model says that the rules leave next to nothing."""
    rules = shape.rules.row_rules
    if not rules:
        return Ruled(codebook=codebook, codec=codec, probability=1.0, kept=None, is_open=False)
    made = moved_fields(shape)
    terms = [(spelled(rule), term) for rule in rules for term in conjuncts(rule.kept)]
    early = [term for _, term in terms if not columns_of(term) & made.keys() and columns_of(term) <= _names(codec)]
    given = masked(codebook, codec, expressions=early, subject="constraints")
    book = given.codebook
    if given.probability < 1 - NEGLIGIBLE:
        book = raked(book, given.codec, codebook, codec)
    fields = table_fields(shape, codec)
    late = any(columns_of(term) & made.keys() or _alone(term) for _, term in terms)
    return Ruled(
        codebook=book,
        codec=given.codec,
        probability=given.probability,
        kept=Kept(terms=(*terms, *_domains(shape.rules, fields)), fields=fields),
        is_open=given.rest is not None or late,
    )


def moved_fields(shape: Shape) -> dict[str, Field]:
    """Columns of the table that are made only after rows were drawn."""
    fields = fields_of(shape.table)
    computed = [equation.column for equation in shape.rules.computed]
    return {name: fields[name] for name in (*computed, *(one.column for one in shape.rules.differences))}


def table_fields(shape: Shape, codec: Codec) -> dict[str, Field]:
    """The columns of the table that the model draws, as it knows them, and those that are made from them."""
    made = moved_fields(shape)
    drawn = {name: column.grid for name, column in flat(codec).columns.items() if name not in made}
    return made | {name: Field(column=shape.modelled.columns[name], grid=grid) for name, grid in drawn.items()}


def refuse_rare(acceptance: float, pilot: pa.RecordBatch, kept: Kept | None, *, where: str | None) -> None:
    """Raise ConditionError where fewer rows pass than the floor allows; the rule that fewest keep is named."""
    if acceptance >= FLOOR:
        return
    shares = {} if kept is None else kept.shares(pilot)
    subject = "constraints" if where is None else "condition"
    worst = min(shares, key=lambda rule: shares[rule], default=None)
    told = "" if worst is None or shares[worst] == 1 else f"; '{worst}' alone keeps {100 * shares[worst]:.2g} %"
    raise ConditionError(
        subject,
        expected=f"at least {100 * FLOOR:g} % of the rows drawn to pass",
        got=f"{100 * acceptance:.2g} %{told}",
        fix="loosen the part that compares columns" if where is not None else "loosen the rule, or write it otherwise",
        probability=acceptance,
    )


def _names(codec: Codec) -> frozenset[str]:
    return frozenset(flat(codec).columns)


def _alone(term: Expression) -> bool:
    """Whether a term about one column cannot be said by regions: it computes."""
    return len(columns_of(term)) == 1 and has_joint(term) and not isinstance(getattr(term, "fact", term), Listed)


def _domains(rules: Compiled, fields: Mapping[str, Field]) -> Iterator[tuple[str, Expression]]:
    """What a column that is made after rows were drawn must be: inside its own domain."""
    for difference in rules.differences:
        yield f"bounds of {difference.column}", _domain(fields[difference.column], difference.column)
    for equation in rules.computed:
        field = fields[equation.column]
        if isinstance(field.column, Levels) and field.column.values is None:
            continue
        known = Compared(left=equation.term, operator="=", right=equation.term)
        values = _domain(field, equation.column, missing=False)
        inside = Either(terms=(values, Unless(fact=known)))
        both = Every(terms=(inside, _domain(field, equation.column)))
        yield f"domain of {equation.column}", both


def _domain(field: Field, name: str, *, missing: bool = True) -> Expression:
    column = field.column
    if isinstance(column, Line):
        special = frozenset(range(len(column.special)))
        values: Expression = Lies(column=name, ranges=(bounds(column),), special=special)
    else:
        assert isinstance(field.grid, LevelGrid), "levels that are declared"
        values = OneOf(column=name, levels=frozenset(range(field.grid.value_cells)))
    return Either(terms=(values, Missing(column=name))) if column.nullable and missing else values
