"""Every number the engine needs, and the rules that set them: public facts and noisy outputs only.

The rules look at one figure, the *signal*: rows x mu / sqrt(tables), where mu is the privacy budget as a Gaussian
(mu-GDP) and tables is the number of candidates: how many noises a table's rows are worth when every candidate is
measured.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from synthgen.encode.levels import Resolution

Effort = Literal["quick", "high"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """How the codebook is learned.

    resolution     how finely columns are told apart
    leaves         fine cells that a long line is counted in, about
    one_way_share  of the budget (zCDP), for one-way histograms
    select_share   of the budget, for choosing tables, over all rounds
    rounds         rounds of select, measure and fit
    steps          optimiser steps of each round
    rate           learning rate of the network (Adam)
    table_rate     learning rate of the free logits; 0: none
    blur           width, in levels, over which a line's logits are smoothed
    members        generators fitted to the final evidence; their codebooks are joined, so their errors average out
    spread         how far rows of the codebook start from the columns' own shares, and so from one another
    contrast       by how much more in a column of two levels; half as much in one of three, and so on
    """

    resolution: Resolution
    leaves: int
    one_way_share: float
    select_share: float
    rounds: int
    steps: tuple[int, ...]
    rate: float
    table_rate: float
    blur: float
    members: int = 1
    codebook: int = 1024
    latent: int = 64
    width: int = 256
    blocks: int = 2
    spread: float = 0.3
    contrast: float = 0.0

    @property
    def all_steps(self) -> int:
        """Optimiser steps of all generators together."""
        return self.members * sum(self.steps)

    def __post_init__(self) -> None:
        assert len(self.steps) == self.rounds


def signal(rows: float, mu: float, columns: int, *, target: bool) -> float:
    """The figure that the rules look at; infinite without privacy."""
    pairs = columns * (columns - 1) / 2
    triples = (columns - 1) * (columns - 2) / 2 if target else 0
    return rows * mu / math.sqrt(max(pairs + triples, 1))


def settings_for(strength: float, effort: Effort) -> Settings:
    """Settings for a signal of `strength`, so a table and an epsilon meet the settings that suit their noise.

    The weaker the signal, the fewer levels and steps and the more smoothing (else noise is fitted), and the more of the
    budget for single columns (below 400, pairs are mostly noise). Adult at epsilon 1, 3 and 10 has about 500, 1,300
    and 3,700. The numbers were chosen on public tables, by their scores (`benchmarks/README.md`).
    """
    if math.isinf(strength):
        return _exact(effort)
    levels = round(min(max(16 * (strength / 500) ** 0.33, 6), 32))
    weak, middling = strength < 800, strength < 2000
    return Settings(
        resolution=Resolution(numeric=levels, compand=0.5 if strength > 600 else 0.0),
        leaves=256,
        one_way_share=0.1 if strength > 400 else 0.3 if strength > 30 else 0.6,
        select_share=0.06,
        rounds=2,
        steps=(125, 175) if weak else (180, 260) if middling else (220, 300),
        rate=4e-3,
        table_rate=0.0,
        blur=1.5 if weak else 0.8 if middling else 0.0,
        members=2 if effort == "quick" else 4,
    )


def _exact(effort: Effort) -> Settings:
    """Without noise the optimiser is the limit: free logits, finer tails, more steps."""
    return Settings(
        resolution=Resolution(numeric=32, compand=0.5),
        leaves=512,
        one_way_share=0.0,
        select_share=0.0,
        rounds=1,
        steps=(400,) if effort == "quick" else (800,),
        rate=5e-3,
        table_rate=0.1,
        blur=0.0,
        codebook=1024 if effort == "quick" else 2048,
    )
