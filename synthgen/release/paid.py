"""Figures that may decide a release and leave with it: noised, and charged to the ledger of the data set.

    paid.tvd2         mean total variation distance of the tables of all pairs of columns, private against synthetic
    paid.tvd2.target  the same within each level of the target

Every column is cut into at most LEVELS levels, by the *synthetic* rows alone. For a pair of columns, moving one unit
in or out moves the L1 distance between the table of private counts and any fixed table by at most its rows, so all
distances together have an L2 sensitivity of rows_per_unit * sqrt(pairs), and their mean is known well for little: the
noise is that of one count. The same distances to independent columns are the floor. The ceiling needs no private row:
it is what sampling alone would give between two tables of as many rows.

Three or four charges, known beforehand, so the ledger sets them aside before a row is read.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from synthgen.encode.fingerprint import Watch
from synthgen.encode.grid import LevelGrid, grids
from synthgen.errors import ConfigError
from synthgen.evaluate.report import Absent, Figure, Interval, Note, Section
from synthgen.model import Model
from synthgen.plan import hidden_columns
from synthgen.privacy import (
    Budget,
    Event,
    Gaussian,
    Histogram,
    Ledger,
    Part,
    PrivateTable,
    TableRequest,
    calibrate_mu,
    sigma_for,
)
from synthgen.progress import Progress
from synthgen.schema import Schema
from synthgen.shape import Shape, shape_of
from synthgen.tables import Source

LEVELS = 8
"""Of a column, at most."""
COUNT_SHARE = 0.1
"""Of what is paid, for the number of rows; the distances share the rest evenly."""
NINETY_FIVE = 1.959964
ROWS, PAIRS, FLOOR, TARGET = (
    f"release gate: {what}"
    for what in ("number of rows", "distances of pairs", "distances to independence", "distances by target")
)

Counts = NDArray[np.int64]
Pair = tuple[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What will be asked of the private rows, decided by the model and the price alone.

    schema  of both tables. It refuses no row: a fit clips at bounds that it found, and a refusal would tell of rows
    pairs  of columns; `sigmas` noise of each charge, in rows: ROWS, PAIRS, FLOOR, TARGET (None without a target)
    """

    schema: Schema
    shape: Shape
    pairs: tuple[Pair, ...]
    by_target: tuple[Pair, ...]
    per_unit: int
    sigmas: tuple[float, float, float, float | None]

    @property
    def events(self) -> tuple[Event, ...]:
        """The charges, in order."""
        first = next(iter(dict.fromkeys(name for pair in self.pairs for name in pair)))
        asked = [(ROWS, first, 1, 1), (PAIRS, "scores", len(self.pairs), len(self.pairs))]
        asked += [(FLOOR, "scores", len(self.pairs), len(self.pairs))]
        asked += [(TARGET, "scores", len(self.by_target), len(self.by_target))] if self.sigmas[3] else []
        return tuple(
            Gaussian(
                what=what,
                parts=(
                    Part(
                        name=name,
                        cells=cells,
                        sigma=sigma or 1.0,
                        sensitivity=self.per_unit * math.sqrt(times),
                        per_cell=self.per_unit,
                    ),
                ),
            )
            for (what, name, cells, times), sigma in zip(asked, self.sigmas, strict=False)
        )


def ask(model: Model, budget: Budget) -> Asked:
    """What `budget` buys. Raises ConfigError for fewer than two columns, or an infinite epsilon."""
    if not budget.is_private:
        raise ConfigError("epsilon of the gate", expected="a finite number", got="inf", fix="try 0.1")
    refusing = model.schema.on_violation == "error"
    schema = model.schema.model_copy(update={"on_violation": "clip"}) if refusing else model.schema
    shape = shape_of(schema)
    hidden = hidden_columns(shape.modelled)
    names = [name for name in shape.modelled.columns if name not in hidden]
    pairs = tuple(combinations(names, 2))
    if not pairs:
        fix = "use --gate internal"
        raise ConfigError("the paid gate", expected="two columns with declared values", got=str(len(names)), fix=fix)
    target = model.schema.target if model.schema.target in names else None
    by_target = tuple(pair for pair in pairs if target not in pair) if target is not None else ()
    per_unit = model.schema.privacy.rows_per_unit
    rho = calibrate_mu(budget) ** 2 / 2
    each = (1 - COUNT_SHARE) * rho / (3 if by_target else 2)
    of_pairs = sigma_for(each, per_unit * math.sqrt(len(pairs)))
    return Asked(
        schema=schema,
        shape=shape,
        pairs=pairs,
        by_target=by_target,
        per_unit=per_unit,
        sigmas=(
            sigma_for(COUNT_SHARE * rho, per_unit),
            of_pairs,
            of_pairs,
            sigma_for(each, per_unit * math.sqrt(len(by_target))) if by_target else None,
        ),
    )


def paid_section(
    real: Source,
    synthetic: Source,
    model: Model,
    asked: Asked,
    *,
    ledger: Ledger,
    progress: Progress,
    watch: Watch | None = None,
) -> Section:
    """Measure, and charge `ledger` for it, event by event as `asked.events` says.

    `watch` holds the units against those that the data set's ledger knows: others are not in its budget.

    Raises TableError and LedgerError.
    """
    from synthgen.train import behind_the_door  # noqa: PLC0415 - brings torch; only the paid gate needs it

    free = Ledger(Budget(epsilon=math.inf, delta=0.5))
    made, _ = behind_the_door(synthetic, asked.schema, asked.shape, free, progress)
    see = None if watch is None else watch.see
    private, _ = behind_the_door(real, asked.schema, asked.shape, ledger, progress, see=see)
    if watch is not None:
        watch.require_known()
    level_of = _levels(made, asked)
    target = model.schema.target if asked.by_target else None
    group = None if target is None else np.arange(int(level_of[target].max()) + 1)
    for table in (made, private):
        table.set_levels(level_of, group_column=target, group_of=group)
    return Section(
        name="paid",
        title="What the gate paid for",
        figures=tuple(_figures(made, private, asked)),
        notes=(
            Note(
                text="Distances between counts of private rows and synthetic rows, each a sum with discrete Gaussian "
                "noise, charged to the ledger of the data set before it was taken. The interval holds the noise, the "
                "error of the noisy number of rows, and rounding.",
                source="Canonne, Kamath, Steinke 2020, The Discrete Gaussian for Differential Privacy",
                tier="paid",  # no word of it depends on a row
            ),
        ),
    )


def _levels(made: PrivateTable, asked: Asked) -> dict[str, Counts]:
    """Cell -> level of each column, by the synthetic rows: stretches of equal mass, or the commonest levels."""
    names = list(dict.fromkeys(name for pair in asked.pairs for name in pair))
    lines = grids(asked.shape.modelled.model_copy(update={"columns": _columns(asked, names)}), discovered={})
    found = {}
    for name in names:
        cells = made.cells[name]
        request = Histogram(column=name, bins=cells, bin_of=None, sigma=0.0)
        counts = made.histograms(f"levels of {name}", [request])[0]
        grid = lines[name]
        if isinstance(grid, LevelGrid):
            rank = np.argsort(np.argsort(-counts, kind="stable"), kind="stable")
            levels = np.minimum(rank, LEVELS - 1)
        else:
            mass = np.cumsum(counts[: grid.value_cells]) - counts[: grid.value_cells]
            inner = np.minimum(mass * (LEVELS - 1) // max(counts[: grid.value_cells].sum(), 1), LEVELS - 2)
            levels = np.concatenate([inner, np.full(cells - grid.value_cells, LEVELS - 1)])
        found[name] = np.unique(levels, return_inverse=True)[1].astype(np.int64)
    return found


def _columns(asked: Asked, names: Sequence[str]) -> dict[str, object]:
    return {name: asked.shape.modelled.columns[name] for name in names}


def _figures(made: PrivateTable, private: PrivateTable, asked: Asked) -> list[Figure]:
    """In the order of the charges: rows, pairs, floor, target."""
    sigmas = asked.sigmas
    column = asked.pairs[0][0]
    one = np.zeros(private.cells[column], np.int64)
    count = Histogram(column=column, bins=1, bin_of=one, sigma=sigmas[0])
    rows = max(float(private.histograms(ROWS, [count])[0][0]), 1.0)
    pairs = [(pair, False) for pair in asked.pairs]
    tables = _shares(made, pairs)
    drawn = float(made.histograms("synthetic rows", [Histogram(column=column, bins=1, bin_of=one, sigma=0.0)])[0][0])
    near = _mean(private, PAIRS, pairs, tables, rows=rows, sigma=sigmas[1], sigma_rows=sigmas[0])
    alone = [np.outer(table.sum(axis=1), table.sum(axis=0)) for table in tables]
    far = _mean(private, FLOOR, pairs, alone, rows=rows, sigma=sigmas[2], sigma_rows=sigmas[0])
    figures = [_figure("paid.tvd2", "Pairs of columns, with noise", near, tables, sizes=(rows, drawn), floor=far[0])]
    if sigmas[3] is not None:
        grouped = [(pair, True) for pair in asked.by_target]
        within = _shares(made, grouped)
        value = _mean(private, TARGET, grouped, within, rows=rows, sigma=sigmas[3], sigma_rows=sigmas[0])
        title = "Pairs of columns by target, with noise"
        figures.append(_figure("paid.tvd2.target", title, value, within, sizes=(rows, drawn), floor=None))
    return figures


def _shares(made: PrivateTable, candidates: Sequence[tuple[Pair, bool]]) -> list[NDArray[np.float64]]:
    """The synthetic rows' tables, each summing to 1."""
    requests = [TableRequest(columns=pair, by_group=grouped, sigma=0.0) for pair, grouped in candidates]
    return [table / max(table.sum(), 1) for table in made.tables("synthetic tables", requests)]


def _mean(
    private: PrivateTable,
    what: str,
    candidates: Sequence[tuple[Pair, bool]],
    tables: Sequence[NDArray[np.float64]],
    *,
    rows: float,
    sigma: float,
    sigma_rows: float,
) -> tuple[float, float]:
    """The mean distance, and how far it may be off at 95 %: noise, the error of `rows`, rounded estimates."""
    estimates = [np.rint(table * rows).astype(np.int64) for table in tables]
    scores = private.scores(what, list(candidates), estimates, sigma)
    noise = NINETY_FIVE * sigma / math.sqrt(len(scores)) / (2 * rows)
    rounding = float(np.mean([np.abs(e - t * rows).sum() for e, t in zip(estimates, tables, strict=True)])) / (2 * rows)
    return float(scores.mean()) / (2 * rows), noise + NINETY_FIVE * sigma_rows / (2 * rows) + rounding


def _figure(
    key: str,
    title: str,
    found: tuple[float, float],
    tables: Sequence[NDArray[np.float64]],
    *,
    sizes: tuple[float, float],
    floor: float | None,
) -> Figure:
    value, error = found
    if error >= 0.5:
        why = "the noise is as large as the distances: too few rows, or too small an epsilon"
        return _made(
            key, title, value=Absent(why=why), interval=Absent(why=why), ceiling=Absent(why=why), floor=Absent(why=why)
        )
    interval = Interval(low=max(value - error, 0.0), high=min(value + error, 1.0), method="noise, row count, rounding")
    # E|x| of a normal x; between samples of so many private and synthetic rows
    per_row = 1 / sizes[0] + 1 / max(sizes[1], 1.0)
    sampled = [math.sqrt(2 / math.pi) * np.sqrt(t * (1 - t) * per_row).sum() / 2 for t in tables]
    below = Absent(why="it would have to be paid for") if floor is None else floor
    return _made(
        key, title, value=min(max(value, 0.0), 1.0), interval=interval, ceiling=float(np.mean(sampled)), floor=below
    )


def _made(
    key: str,
    title: str,
    *,
    value: float | Absent,
    interval: Interval | Absent,
    ceiling: float | Absent,
    floor: float | Absent,
) -> Figure:
    return Figure(
        key=key,
        title=title,
        value=value,
        tier="paid",
        better="lower",
        interval=interval,
        ceiling=ceiling,
        floor=floor,
        note=f"Every column cut into at most {LEVELS} levels; the ceiling is computed from the synthetic rows.",
    )
