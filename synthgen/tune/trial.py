"""One trial: a fit with some options, and how far its tables of two columns are from the table's own."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from synthgen.engine.codebook import Codebook
from synthgen.engine.settings import Effort
from synthgen.pipeline import Device, chosen
from synthgen.plan import hidden_columns
from synthgen.privacy import Budget, Ledger, PrivateTable
from synthgen.progress import Progress, Silent
from synthgen.schema import Schema
from synthgen.shape import shape_of
from synthgen.tables import Source
from synthgen.tune.space import Choice, wish_of

MOST_PAIRS = 300
"""Of columns, whose tables are compared; of more, some are passed over evenly."""

Pair = tuple[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """What all trials share.

    budget  of the fit that is tuned for
    seed    of initialisation, and of what is tried on a public table
    """

    source: Source
    schema: Schema
    budget: Budget
    seed: int = 0
    device: Device = "cpu"
    progress: Progress = field(default_factory=Silent)


def effort_of(choice: Choice) -> Effort:
    """How long a choice learns."""
    effort: Effort = choice.get("effort", "quick")
    return effort


def pairs_of(schema: Schema) -> list[Pair]:
    """The pairs of columns whose tables are compared: public."""
    modelled = shape_of(schema).modelled
    hidden = set(hidden_columns(modelled))
    pairs = list(itertools.combinations([name for name in modelled.columns if name not in hidden], 2))
    return pairs[:: math.ceil(len(pairs) / MOST_PAIRS)] if pairs else []


def score(job: Job, choice: Choice, ledgers: tuple[Ledger, Ledger], *, sigma: float) -> float:
    """How far the fit's expected tables are from the table's: mean total variation distance over pairs of columns.

    The fit charges the first ledger, the comparison the second: noise of scale `sigma` in every distance, none for 0.
    Both read the table. Raises what a fit raises.
    """
    from synthgen.train import behind_the_door, train  # noqa: PLC0415 - only a fit needs torch

    learned = train(
        job.source,
        job.schema,
        ledgers[0],
        effort=effort_of(choice),
        seed=job.seed,
        device=chosen(job.device),
        progress=Silent(),
        wish=wish_of(choice),
    )
    table, _ = behind_the_door(job.source, job.schema, shape_of(learned.schema), ledgers[1], Silent())
    names, level_of = list(learned.encoding.codec.names), learned.encoding.level_of
    pairs = [pair for pair in pairs_of(job.schema) if set(pair) <= set(names)]
    table.set_levels({name: level_of[name] for name in table.cells if name in level_of})
    estimates = expected(learned.codebook, names, pairs, rows=learned.rows)
    return _distance(table, pairs, estimates, sigma=sigma, rows=learned.rows)


def expected(codebook: Codebook, names: list[str], pairs: list[Pair], *, rows: float) -> list[NDArray[np.int64]]:
    """A codebook's tables of two columns each, in whole rows, int64 [levels, levels]."""
    spans = [slice(int(a), int(b)) for a, b in itertools.pairwise(codebook.offsets)]
    span = dict(zip(names, spans, strict=True))
    shares = codebook.probabilities.astype(np.float64)
    weighted = shares * codebook.weights[:, None] * rows
    return [np.rint(weighted[:, span[a]].T @ shares[:, span[b]]).astype(np.int64) for a, b in pairs]


def _distance(
    table: PrivateTable, pairs: list[Pair], estimates: list[NDArray[np.int64]], *, sigma: float, rows: float
) -> float:
    distances = table.scores("how good a trial is", [(pair, False) for pair in pairs], estimates, sigma)
    return float(distances.mean() / (2 * max(rows, 1.0)))
