"""The private half of a fit: from a source of rows to a codec and a codebook.

Rows pass through here on their way to the door and are not kept. Behind it, everything is a noisy answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch

from synthgen.constrain import checked, fields_of
from synthgen.encode.bounds import clipped, with_bounds
from synthgen.encode.enter import cells_of, entries
from synthgen.encode.grid import Grid, grids
from synthgen.encode.levels import Encoding, encoding
from synthgen.encode.oneway import measure, row_count
from synthgen.encode.people import People, measure_people
from synthgen.encode.sizes import has_sizes
from synthgen.engine.candidates import groups_of
from synthgen.engine.codebook import Codebook
from synthgen.engine.fitting import one_thread
from synthgen.engine.learn import Job, learn
from synthgen.engine.parts import have_room, wants_parts
from synthgen.engine.phase import Phase
from synthgen.engine.record import SILENT, Record
from synthgen.engine.settings import Effort, Settings, settings_for
from synthgen.errors import TableError
from synthgen.model import Manifest, Model
from synthgen.plan import (
    DISCOVER_DELTA,
    Shares,
    Wish,
    after_bounds,
    bounds_rho,
    check_delta,
    for_counts,
    hidden_columns,
    phase_of,
    shares,
    steps_of,
    strength,
    taught,
    too_small,
    total_mu,
)
from synthgen.privacy import Histogram, Ledger, PrivateTable, sigma_for
from synthgen.progress import Progress
from synthgen.schema import Schema
from synthgen.shape import Shape, shape_of
from synthgen.tables import Conformed, Quarantine, Source, conformed


@dataclass(frozen=True, kw_only=True, slots=True)
class Trained:
    """What a fit learned.

    rows        public or noisy count, also of rows that were not used because their person has too many
    people      None unless persons have several rows
    quarantine  private
    verdict     what became of the phase on rows, in words
    """

    schema: Schema
    discovered: dict[str, tuple[str, ...]]
    encoding: Encoding
    codebook: Codebook
    rows: float
    people: People | None
    quarantine: Quarantine
    warnings: tuple[str, ...]
    verdict: str

    def model(self, ledger: Ledger, manifest: Manifest) -> Model:
        """What of it may leave: the model, with what `ledger` says it cost."""
        return Model(
            schema=self.schema,
            discovered=self.discovered,
            codec=self.encoding.codec,
            codebook=self.codebook,
            rows=max(round(self.rows), 0),
            people=self.people,
            budget=ledger.budget,
            events=ledger.events,
            manifest=manifest,
        )


def train(
    source: Source,
    schema: Schema,
    ledger: Ledger,
    *,
    effort: Effort,
    seed: int,
    device: torch.device,
    progress: Progress,
    wish: Wish | None = None,
    record: Record = SILENT,
    see: Callable[[Conformed], None] | None = None,
    network: Callable[[Settings], Settings] = lambda usual: usual,
) -> Trained:
    """Read, measure, learn; `record` hears of the last alone. `see` is shown every batch that goes to the door.

    `network` changes the settings of learning, for rehearsals: what the network makes of noisy answers is free.
    Raises TableError, ViolationError, ConfigError and LedgerError.
    """
    progress.stage("reading", None)
    wish = wish or Wish()
    modelled = shape_of(schema).modelled
    whole = total_mu(modelled, ledger.budget)
    phase = phase_of(schema, modelled, ledger.budget, effort, wish)
    mu, declared = after_bounds(schema, whole), schema
    counts = for_counts(mu, phase)
    closed, guesses = with_bounds(
        lambda: conformed(source, declared, on_rows=progress.advance), declared, ledger, rho=bounds_rho(schema, whole)
    )
    shape = shape_of(closed)
    schema = shape.modelled
    table, quarantine = behind_the_door(source, declared, shape, ledger, progress, see=see)
    first = shares(schema, counts, settings_for(1.0, effort))  # these two shares are the same under any settings
    discovered = _discover(table, schema, ledger, first)
    rows = _rows(table, schema, first)
    check_delta(ledger.budget, rows)
    settings = network(taught(settings_for(strength(schema, mu, rows), effort), wish))
    parts = shares(schema, counts, settings)
    levels, rows = _levels(table, grids(schema, discovered=discovered), schema, settings, rho=parts.one_way, rows=rows)
    job = Job(
        encoding=levels,
        groups=groups_of(levels.codec, schema.target),
        settings=settings,
        rho=parts.select + parts.measure,
        select=parts.select,
        sensitivity=schema.privacy.rows_per_unit,
        rows=max(rows, 1.0),
        device=device,
        progress=progress,
        phase=phase if phase.batch else replace(phase, batch=_batch(phase, rows, schema)),
        alone=wish.generator == "ctgan",
        divided=_divided(levels, schema, wish, settings.codebook),
        record=record,
    )
    progress.stage("learning", steps_of(settings, phase, wish))
    with one_thread():
        learned = learn(table, job, target=schema.target, seed=seed)
    people = _people(table, schema, levels, parts)
    return Trained(
        schema=shape.table,
        discovered=discovered,
        encoding=levels,
        codebook=learned.codebook,
        rows=rows if people is None or schema.rows is not None else rows * _unused(people, schema),
        people=people,
        quarantine=quarantine,
        warnings=(*guesses, *filter(None, [too_small(schema, mu, rows)])),
        verdict=learned.verdict,
    )


def _batch(phase: Phase, rows: float, schema: Schema) -> float:
    """The expected batch of a phase, by the noisy number of rows."""
    return max(phase.sample_rate * rows / schema.privacy.rows_per_unit, 1.0)


def _divided(levels: Encoding, schema: Schema, wish: Wish, rows: int) -> tuple[str, ...]:
    """Columns whose levels own parts of a codebook of so many rows."""
    if schema.target is None or not wants_parts(levels.codec, schema.target, rows):
        return wish.parts
    both = tuple(dict.fromkeys((*wish.parts, schema.target)))
    return both if have_room(levels.codec, both, rows) else wish.parts


def _people(table: PrivateTable, schema: Schema, levels: Encoding, parts: Shares) -> People | None:
    """How many rows persons have, and how alike they are; the levels were set for learning."""
    if not has_sizes(schema):
        return None
    names = list(levels.codec.names)
    return measure_people(table, schema.privacy.unit, names, sizes=parts.sizes, alike=parts.alike)


def _unused(people: People, schema: Schema) -> float:
    """Rows of the table for each row that was used."""
    return people.sizes.mean() / people.sizes.mean(most=schema.privacy.rows_per_unit)


def _levels(
    table: PrivateTable, every: Mapping[str, Grid], schema: Schema, settings: Settings, *, rho: float, rows: float
) -> tuple[Encoding, float]:
    """Measure every column alone; its levels, and a better row count where it is not public."""
    per_unit = schema.privacy.rows_per_unit
    known = measure(table, every, rho=rho, sensitivity=per_unit, rows=rows, leaves=settings.leaves)
    rows = float(schema.rows) if schema.rows is not None else row_count(known)
    return encoding(every, known, rows=max(rows, 1.0), resolution=settings.resolution), rows


def behind_the_door(
    source: Source,
    declared: Schema,
    shape: Shape,
    ledger: Ledger,
    progress: Progress,
    *,
    see: Callable[[Conformed], None] | None = None,
) -> tuple[PrivateTable, Quarantine]:
    """Every row, conformed, shaped, coded and bounded; refuses the table as the schema's policy says.

    Rows are held against what was `declared`: to pass a bound that was found is no fault, and is clipped.
    """
    schema = shape.modelled
    hidden = hidden_columns(schema)
    visible = grids(
        schema.model_copy(update={"columns": {n: c for n, c in schema.columns.items() if n not in hidden}}),
        discovered={},
    )
    counted = [Quarantine(policy=schema.on_violation)]
    fields = fields_of(shape.table)

    def watched() -> Iterator[Conformed]:
        for batch in conformed(source, declared, on_rows=progress.advance):
            if see is not None:
                see(batch)
            sound = checked(batch, shape.rules.row_rules, fields, declared.on_violation)
            counted[0] = counted[0].plus(sound)
            yield shape.inward(clipped(sound, shape.table, declared))

    table = PrivateTable.enter(
        entries(watched(), visible),
        cells=cells_of(schema, visible),
        rows_per_unit=schema.privacy.rows_per_unit,
        ledger=ledger,
        discover=hidden,
    )
    counted[0].refuse(source.name)
    if not ledger.budget.is_private and counted[0].rows_read == counted[0].quarantined:
        raise TableError(
            source.name, expected="at least one row", got="none that fits the schema", fix="check the file"
        )
    return table, counted[0]


def _discover(table: PrivateTable, schema: Schema, ledger: Ledger, parts: Shares) -> dict[str, tuple[str, ...]]:
    """Find the levels of hidden columns."""
    hidden = hidden_columns(schema)
    found = {}
    for name in hidden:
        sigma = sigma_for(parts.discover / len(hidden), schema.privacy.rows_per_unit)
        delta = DISCOVER_DELTA * ledger.budget.delta / len(hidden)
        found[name] = table.discover(f"levels of {name}", name, sigma=sigma, delta=delta).names
    return found


def _rows(table: PrivateTable, schema: Schema, parts: Shares) -> float:
    """The public row count, or a first noisy one; at least 1."""
    if schema.rows is not None:
        return max(float(schema.rows), 1.0)
    column, cells = next(iter(table.cells.items()))
    sigma = sigma_for(parts.count, table.rows_per_unit)
    request = Histogram(column=column, bins=1, bin_of=np.zeros(cells, np.int64), sigma=sigma)
    return max(float(table.histograms("number of rows", [request])[0][0]), 1.0)
