"""What every section is given, and the references that say what its figures mean."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from synthgen.errors import ConfigError
from synthgen.evaluate.reading import Whose, view
from synthgen.evaluate.report import Absent, Interval
from synthgen.evaluate.views import Column, View
from synthgen.model import Model
from synthgen.progress import Progress, Silent
from synthgen.schema import Schema
from synthgen.tables import open_table

Data: TypeAlias = str | Path | pd.DataFrame | pa.Table
MOST_ROWS: Final = 1_000_000
"""Rows of a table that are looked at: further ones would move no figure in its third digit."""
RESAMPLES: Final = 200
"""Bootstrap resamples: enough for a standard error (Efron and Tibshirani, 1993, section 6.4)."""
FEWEST: Final = 20
"""Rows or persons below which a bootstrap says nothing."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Inputs:
    """The tables of an evaluation, read once.

    real, synthetic  what is compared
    holdout          rows that the generator never saw; None when there are none
    copies           further synthetic tables of the same generator
    model            the generator's file, when there is one
    first, second    two real samples that share no row (and no person): the training rows and the holdout, or two
                     halves of the training rows. Whatever is computed from them is the ceiling of a figure
    independent      the real rows with each column shuffled by itself: what is computed from it is the floor
    progress         a section tells its own stages: `stage("fidelity", steps)`, then `advance()`
    alert_rate       share of rows that a business can look at; None for the rare class's share of the real rows
    """

    schema: Schema
    real: View
    synthetic: View
    holdout: View | None
    copies: tuple[View, ...]
    model: Model | None
    first: View
    second: View
    independent: View
    seed: int
    progress: Progress
    alert_rate: float | None = None

    @property
    def second_is(self) -> str:
        """In words, what the ceiling compares."""
        rows = f"{self.second.rows:,} rows"
        if self.holdout is None:
            return f"one half of the real rows against the other ({rows}), since there is no holdout"
        return f"the holdout ({rows}) against the training rows ({self.first.rows:,})"


def inputs_of(
    real: Data,
    synthetic: Data,
    schema: Schema,
    *,
    holdout: Data | None = None,
    copies: Sequence[Data] = (),
    model: Model | None = None,
    seed: int = 0,
    rows: int = MOST_ROWS,
    alert_rate: float | None = None,
    progress: Progress | None = None,
) -> Inputs:
    """Read the tables, at most `rows` rows of each, picked at random. Raises ConfigError and TableError."""
    if alert_rate is not None and not 0 < alert_rate < 1:
        raise ConfigError("alert rate", expected="a share of the rows, between 0 and 1", got=f"{alert_rate:g}")
    watched = progress or Silent()
    watched.stage("read", 2 + (holdout is not None) + len(copies))

    def read(data: Data, whose: Whose, like: View | None, number: int = 1) -> View:
        draws = stream(seed, f"read {whose} {number}")
        found = view(open_table(data), schema, whose=whose, rows=rows, rng=draws, like=like)
        watched.advance()
        return found

    truth = read(real, "real", None)
    held = None if holdout is None else read(holdout, "holdout", truth)
    first, second = (truth, held) if held is not None else _halves(truth, stream(seed, "halves"))
    return Inputs(
        schema=schema,
        real=truth,
        synthetic=read(synthetic, "synthetic", truth),
        holdout=held,
        copies=tuple(read(data, "synthetic", truth, number) for number, data in enumerate(copies, start=2)),
        model=model,
        first=first,
        second=second,
        independent=_shuffled(truth, stream(seed, "independent")),
        seed=seed,
        progress=watched,
        alert_rate=alert_rate,
    )


def stream(seed: int, name: str) -> np.random.Generator:
    """Random numbers of that name: the same for the same seed, whatever else was computed."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def rng(inputs: Inputs, name: str) -> np.random.Generator:
    """Random numbers for one computation, so that `--only` changes no figure."""
    return stream(inputs.seed, name)


def _halves(view: View, rng: np.random.Generator) -> tuple[View, View]:
    """Two halves of the rows, or of the persons."""
    owner = np.arange(view.rows) if view.unit is None else view.unit
    persons = int(owner.max()) + 1
    chosen = np.zeros(persons, np.bool_)
    chosen[rng.permutation(persons)[: persons // 2]] = True
    return view.take(~chosen[owner]), view.take(chosen[owner])


def _shuffled(view: View, rng: np.random.Generator) -> View:
    columns: Mapping[str, Column] = {
        name: column.take(rng.permutation(view.rows)) for name, column in view.columns.items()
    }
    return replace(view, columns=columns, records=())


@dataclass(frozen=True, kw_only=True, slots=True)
class Referenced:
    """A figure's value, interval, ceiling and floor, as `Figure` takes them."""

    value: float | Absent
    interval: Interval | Absent
    ceiling: float | Absent
    floor: float | Absent


NO_INTERVAL: Final = Absent(why="computed once, on all rows: its spread over samples was not asked for")


def referenced(
    function: Callable[[View, View], float | Absent],
    inputs: Inputs,
    *,
    resamples: int = 0,
    name: str = "",
    low: float = -np.inf,
    high: float = np.inf,
) -> Referenced:
    """`function` of the real and the synthetic table, of two real ones, and of the real and independent columns.

    With `resamples` (`RESAMPLES` will do) the interval is the bootstrap's, over rows of both tables or over persons
    where rows belong to persons, cut to `low` and `high`; `name` names its random numbers.
    """
    value = function(inputs.real, inputs.synthetic)
    interval: Interval | Absent = NO_INTERVAL
    if resamples:
        interval = _interval(function, inputs, value, resamples=resamples, name=name, ends=(low, high))
    return Referenced(
        value=value,
        interval=interval,
        ceiling=function(inputs.first, inputs.second),
        floor=function(inputs.real, inputs.independent),
    )


def _interval(
    function: Callable[[View, View], float | Absent],
    inputs: Inputs,
    value: float | Absent,
    *,
    resamples: int,
    name: str,
    ends: tuple[float, float],
) -> Interval | Absent:
    if isinstance(value, Absent):
        return value
    tables, draws = (inputs.real, inputs.synthetic), rng(inputs, f"bootstrap {name}")
    if min(persons_of(table) for table in tables) < FEWEST:
        return Absent(why=f"fewer than {FEWEST} rows or persons: a bootstrap would say nothing")
    found = [function(*(table.take(resampled(table, draws)) for table in tables)) for _ in range(resamples)]
    return bootstrap_interval(value, [one for one in found if not isinstance(one, Absent)], low=ends[0], high=ends[1])


def bootstrap_interval(
    value: float, resampled: Sequence[float], *, low: float = -np.inf, high: float = np.inf
) -> Interval | Absent:
    """The standard interval: value +- 1.96 standard deviations of the resampled values.

    Percentiles would be off for distances, which resampling makes larger. Source: Efron and Tibshirani, "An
    Introduction to the Bootstrap" (1993), chapter 12.

    >>> bootstrap_interval(0.5, [0.4, 0.6] * 10, high=0.65)
    Interval(low=0.29891..., high=0.65, method='bootstrap, standard interval, 20 resamples')
    """
    finite = [one for one in resampled if np.isfinite(one)]
    if len(finite) < FEWEST:
        return Absent(why="too few resamples on which it can be computed")
    spread = 1.959964 * float(np.std(finite, ddof=1))
    method = f"bootstrap, standard interval, {len(finite)} resamples"
    return Interval(low=max(value - spread, low), high=min(value + spread, high), method=method)


def resampled(view: View, rng: np.random.Generator) -> NDArray[np.int64]:
    """Positions of as many rows, drawn with replacement; of as many persons, each with all of its rows."""
    if view.unit is None:
        return rng.integers(0, view.rows, view.rows)
    order = np.argsort(view.unit, kind="stable")
    persons, begins, sizes = np.unique(view.unit[order], return_index=True, return_counts=True)
    drawn = rng.integers(0, len(persons), len(persons))
    ends = np.cumsum(sizes[drawn])
    within = np.arange(ends[-1]) - np.repeat(ends - sizes[drawn], sizes[drawn])
    rows: NDArray[np.int64] = order[np.repeat(begins[drawn], sizes[drawn]) + within]
    return rows


def persons_of(view: View) -> int:
    """How many persons a view has: as many as rows, where each row is one."""
    return view.rows if view.unit is None else len(np.unique(view.unit))
