"""Rows on demand: any number of them, block by block, in bounded memory.

A row depends on the model, the seed, the condition, the number of rows asked for and its own place; never on the size
of a batch or the kind of machine.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from synthgen.constrain import PersonRule, fields_of, refuse_contradicting, verify
from synthgen.encode.codec import Codec
from synthgen.encode.people import People
from synthgen.encode.sizes import mean_size
from synthgen.engine.codebook import Codebook
from synthgen.errors import ConfigError
from synthgen.identifiers import check
from synthgen.progress import Progress, Silent
from synthgen.sample.balance import balanced
from synthgen.sample.change import Change
from synthgen.sample.changed import changed
from synthgen.sample.decode import arrow_type
from synthgen.sample.draw import BLOCK, Levels, block_rng, block_rows, draw_levels
from synthgen.sample.finish import Place, check_rules, constant_columns, finished, identifiers, with_persons
from synthgen.sample.joint import flat, owners
from synthgen.sample.masks import condition_codebook
from synthgen.sample.persons import Grouped, Persons, draw_persons, persons_given, persons_of
from synthgen.sample.placing import decoded, placed, table_of
from synthgen.sample.ruled import Kept, moved_fields, refuse_rare, ruled, table_fields
from synthgen.sample.unique import Seen, refuse_small_spaces
from synthgen.sample.written import written, written_schema
from synthgen.schema import Schema
from synthgen.shape import Shape, shape_of
from synthgen.sql.cells import Mask
from synthgen.sql.condition import Condition, parse_condition
from synthgen.sql.expression import columns_of
from synthgen.sql.region import Region
from synthgen.sql.residual import satisfied

BALANCED_BLOCKS = 1
"""Up to so many blocks are balanced (some 2 seconds each); beyond, chance is small beside the model's own error."""
BALANCED_CODES = 4096
"""Beyond so many levels of all columns together, the table of their pairs takes too much memory to balance."""
PILOT_ROWS = BLOCK
PILOT_SEED = 2**64
"""Pilot rows come from a seed of their own, which no user can give."""
MOST_ROWS = 10**12
NO_CHANGES: Mapping[str, Change] = {}
NOTHING_BEFORE = Place(rows=0, persons=0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Draws:
    """A sample that is ready to be drawn.

    rows         how many
    probability  of the condition's single-column part, by the model, in closed form; 1 without a condition
    acceptance   share of drawn rows that pass what is left of the condition (estimated from a pilot draw); None
                 when nothing is left
    changes      column of what is modelled -> what becomes of its values before they are decoded
    even         whether pairs of columns may be balanced, which costs some seconds
    persons      how persons with several rows are drawn; None where each row is a person
    rules        that hold over the rows of a person
    before       rows and persons that stand before the first of these
    identity     the seed that identifiers are made from, where it is not the sample's own
    """

    shape: Shape
    codec: Codec
    codebook: Codebook
    condition: Condition | None
    rows: int
    seed: int
    independent: bool
    probability: float
    acceptance: float | None
    changes: Mapping[str, Change] = field(default_factory=dict)
    even: bool = True
    persons: Persons | None = None
    rules: tuple[PersonRule, ...] = ()
    before: Place = NOTHING_BEFORE
    kept: Kept | None = None
    is_open: bool = False
    lawful: float = 1.0
    identity: int | None = None

    @property
    def schema(self) -> pa.Schema:
        """Arrow schema of the batches."""
        modelled = self.shape.modelled
        known = owners(self.codec)
        nothing = {name: pa.array([], _type(modelled, name)) for name in modelled.columns if name in known}
        batch = self.shape.outward(pa.RecordBatch.from_pydict(nothing), block_rng(PILOT_SEED, 0))
        if self.persons is not None:
            batch = with_persons(batch, np.zeros(0, np.int64), {})
        whole, _ = finished(batch, self.shape.table, seed=self.seed, before=self.before)
        return written_schema(whole.schema, self.shape.table)

    @property
    def is_balanced(self) -> bool:
        """Whether pairs of columns are balanced."""
        few = self.even and self.rows <= BALANCED_BLOCKS * BLOCK and self.codebook.offsets[-1] <= BALANCED_CODES
        return bool(few) and not self.independent and (self.acceptance is None or self._fits_a_block)

    @property
    def _fits_a_block(self) -> bool:
        """Whether one block has the rows though some fail the rules; conditions that are filtered draw whole blocks."""
        filtered = self.condition is not None and self.condition.rest is not None
        return not filtered and self._spare <= BLOCK

    @property
    def _spare(self) -> int:
        """Rows to draw for those that are wanted, and a few more."""
        wanted = self.rows / (self.acceptance or 1.0)
        return math.ceil(wanted + 4 * math.sqrt(wanted) + 16)

    def batches(
        self, *, batch_rows: int = BLOCK, progress: Progress | None = None, seen: Seen | None = None
    ) -> Iterator[pa.RecordBatch]:
        """Exactly `rows` rows, in batches of at most `batch_rows`; unlike those that were `seen` before."""
        progress = progress or Silent()
        progress.stage("sampling", self.rows)
        left, number, before = self.rows, 0, self.before
        fields, seen = fields_of(self.shape.table), seen or Seen(rules=self.shape.rules.unique_rules)
        identity = self.seed if self.identity is None else self.identity
        while left > 0:
            block = seen.new(self._block(number, progress))
            block = block.slice(0, min(left, block.num_rows))
            block, before = finished(block, self.shape.table, seed=identity, before=before)
            for start in range(0, block.num_rows, batch_rows):
                batch = written(block.slice(start, batch_rows), self.shape.table)
                verify(batch, self.shape.rules.row_rules, fields, self.shape.table)
                yield batch
            if self.persons is not None or not self.is_balanced:
                progress.advance(block.num_rows)
            left -= block.num_rows
            number += 1

    def _block(self, number: int, progress: Progress) -> pa.RecordBatch:
        """Rows of one block; those that fail the rest of the condition are left out."""
        rows = self._rows_of(number)
        rng = block_rng(self.seed, number)
        grouped, levels = self._levels(rows, rng, progress)
        places = placed(self.codec, levels, rng, independent=self.independent, source=grouped.source if grouped else {})
        batch = table_of(self.shape, places, rng)
        if self.acceptance is not None:
            kept = self.passing(batch)
            batch = batch.filter(pa.array(kept))
            places = {name: (codec, kind[kept], unit[kept]) for name, (codec, kind, unit) in places.items()}
            grouped = grouped.filtered(kept) if grouped else None
        if self.changes:
            batch, sound = changed(self.shape, places, batch, self.changes, rng)
            batch = batch.filter(pa.array(sound))
            grouped = grouped.filtered(sound) if grouped else None
        batch = batch if grouped is None else self._with_persons(batch, grouped)
        if self.kept is not None and (self.changes or grouped is not None):
            batch = batch.filter(pa.array(self.kept.holds(batch)))
        return batch

    def passing(self, batch: pa.RecordBatch) -> Mask:
        """Which rows of the table pass what could not be masked, bool [rows]."""
        kept = np.ones(batch.num_rows, np.bool_)
        if self.condition is not None and self.condition.rest is not None:
            kept &= satisfied(self.condition, batch)
        return kept & self.kept.holds(batch) if self.kept is not None else kept

    def _rows_of(self, number: int) -> int:
        """Rows to draw for a block, before any are filtered; the blocks behind the planned ones replace what failed."""
        if self.acceptance is None:
            return block_rows(number, self.rows) or BLOCK
        return self._spare if number == 0 and self.is_balanced else BLOCK

    def _levels(self, rows: int, rng: np.random.Generator, progress: Progress) -> tuple[Grouped | None, list[Levels]]:
        """Levels of so many rows, and whose they are."""
        if self.persons is not None:
            own, even = self.independent, self.is_balanced
            grouped = draw_persons(self.persons, self.codebook, self.codec, rows, rng, independent=own, even=even)
            return grouped, grouped.levels
        origin, levels = draw_levels(self.codebook, rows, rng, independent=self.independent)
        if self.is_balanced:
            levels = balanced(self.codebook, origin, levels, rng, on_rows=progress.advance)
        return None, levels

    def _with_persons(self, batch: pa.RecordBatch, grouped: Grouped) -> pa.RecordBatch:
        constant = constant_columns(self.shape.table, self.rules)
        source = {
            part: grouped.source[name]
            for part, name in owners(self.codec).items()
            if name in grouped.source and part not in self.changes
        }
        batch = with_persons(batch, grouped.person, source, rules=self.rules, constant=constant)
        check_rules(batch, self.rules)
        return batch


def prepare(
    schema: Schema,
    codec: Codec,
    codebook: Codebook,
    *,
    rows: int,
    where: str | None = None,
    seed: int = 0,
    iid: bool = False,
    people: People | None = None,
) -> Draws:
    """Check the request, condition the codebook, and estimate what will be filtered.

    Raises ConfigError for a number of rows or a seed that makes no sense, ConditionError for a condition that does not
    parse or that the model says cannot happen, SchemaError for identifiers that so many rows cannot have.
    """
    if not 0 < rows <= MOST_ROWS:
        raise ConfigError("rows", expected=f"1 to {MOST_ROWS:,}", got=f"{rows:,}", fix="choose -n")
    if not 0 <= seed < PILOT_SEED:
        raise ConfigError("seed", expected="0 to 2^64 - 1", got=str(seed), fix="choose --seed")
    shape = shape_of(schema)
    rules = tuple(rule for rule in shape.rules.rules if isinstance(rule, PersonRule))
    constant = constant_columns(schema, rules)
    given = ruled(codebook, codec, shape)
    plain = Draws(
        shape=shape,
        codec=given.codec,
        codebook=given.codebook,
        condition=None,
        rows=rows,
        seed=seed,
        independent=iid,
        probability=1.0,
        acceptance=None,
        persons=None if people is None else persons_of(people, codebook, codec, constant=constant),
        rules=rules,
        kept=given.kept,
        is_open=given.is_open,
    )
    refuse_small_spaces(shape.rules.unique_rules, table_fields(shape, codec), rows)
    draws = with_acceptance(plain)
    draws = replace(draws, lawful=1.0 if draws.acceptance is None else draws.acceptance)
    draws = draws if where is None else narrowed(draws, where=where)
    check(identifiers(schema), rows, persons=_most_persons(draws), unit=schema.privacy.unit)
    return draws


def _most_persons(draws: Draws) -> int:
    """Persons of a sample, at most: about as many as their rows say, unless rows are filtered."""
    if draws.persons is None or draws.acceptance is not None:
        return draws.rows
    return min(draws.rows, 100 + int(1.25 * draws.rows / mean_size(draws.persons.law)))


def narrowed(
    plain: Draws,
    *,
    where: str | None = None,
    within: Sequence[tuple[str, Region]] = (),
    changes: Mapping[str, Change] = NO_CHANGES,
) -> Draws:
    """Only rows that meet a condition and whose columns lie in the regions, and then change.

    Raises ConditionError for a condition that does not parse or that the model says cannot happen.
    """
    condition = condition_on(plain, where)
    fitted = condition_codebook(plain.codebook, plain.codec, condition, within=within)
    left = condition if condition is None else replace(condition, rest=fitted.rest)
    draws = replace(
        plain,
        codec=fitted.codec,
        codebook=fitted.codebook,
        condition=left,
        probability=plain.probability * fitted.probability,
        changes=changes,
        persons=_persons_given(plain.persons, condition, within, fitted.probability),
    )
    draws = with_acceptance(draws, where=where)
    return _after_changes(draws) if changes and draws.kept is not None else draws


def condition_on(plain: Draws, where: str | None) -> Condition | None:
    """A condition over the columns of a model's table. Raises ConditionError."""
    shape = plain.shape
    if where is None:
        return None
    condition = parse_condition(where, flat(plain.codec), shape.table, moved=moved_fields(shape))
    refuse_contradicting(condition, shape.rules.row_rules)
    return condition


def _after_changes(draws: Draws) -> Draws:
    """Estimate how many rows keep the rules after they changed; raises ConditionError where they are too few."""
    assert draws.kept is not None, "asked for"
    rng = block_rng(PILOT_SEED, 1)
    _, levels = draw_levels(draws.codebook, PILOT_ROWS, rng, independent=False)
    places = placed(draws.codec, levels, rng, independent=False)
    before = table_of(draws.shape, places, rng)
    chosen = draws.passing(before)
    places = {name: (codec, kind[chosen], unit[chosen]) for name, (codec, kind, unit) in places.items()}
    pilot, sound = changed(draws.shape, places, before.filter(pa.array(chosen)), draws.changes, rng)
    share = float((draws.kept.holds(pilot) & sound).mean())
    computed = {equation.column for equation in draws.shape.rules.computed}  # what they are follows from the others
    told = pilot.select([name for name in pilot.schema.names if name not in computed])
    refuse_rare(share, told, draws.kept, where=None)
    return draws if share == 1.0 else replace(draws, acceptance=(draws.acceptance or 1.0) * share)


def _persons_given(
    persons: Persons | None, condition: Condition | None, within: Sequence[tuple[str, Region]], share: float
) -> Persons | None:
    """Persons with the rows that meet what is not filtered; what is thins their rows by itself."""
    if persons is None:
        return None
    named = [] if condition is None else [*condition.regions, *(columns_of(condition.rest) if condition.rest else ())]
    return persons_given(persons, [*named, *(name for name, _ in within)], share)


def with_acceptance(draws: Draws, *, where: str | None = None) -> Draws:
    """Estimate how many rows will pass what is filtered, if anything is, from a pilot that is thrown away.

    Raises ConditionError where they are too few.
    """
    if not draws.is_open and (draws.condition is None or draws.condition.rest is None):
        return replace(draws, acceptance=None)
    rng = block_rng(PILOT_SEED, 0)
    _, levels = draw_levels(draws.codebook, PILOT_ROWS, rng, independent=False)
    pilot = decoded(draws.shape, draws.codec, levels, rng, independent=False)
    acceptance = float(draws.passing(pilot).mean())
    refuse_rare(acceptance, pilot, draws.kept, where=where)
    return replace(draws, acceptance=acceptance)


def _type(schema: Schema, name: str) -> pa.DataType:
    """The type of a column's values; discovered levels are text."""
    return pa.string() if getattr(schema.columns[name], "discover", False) else arrow_type(schema.columns[name])
