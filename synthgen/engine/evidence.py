"""What was measured, pooled: repeated noisy tables combine by inverse variance."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from synthgen.encode.codec import Codec
from synthgen.engine.candidates import Candidate, Groups
from synthgen.engine.loss import Goal, Target

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """One table: `counts` float64 [(groups,) levels, levels], and the `variance` of each cell, 0 if exact."""

    counts: Floats
    variance: float

    def pooled(self, other: Measured) -> Measured:
        """The inverse-variance mean of two measurements of one table."""
        if self.variance == 0 or other.variance == 0:
            return self if self.variance == 0 else other
        a, b = 1 / self.variance, 1 / other.variance
        return Measured(counts=(self.counts * a + other.counts * b) / (a + b), variance=1 / (a + b))

    def thinned(self, share: float, rng: np.random.Generator) -> tuple[Measured, Measured]:
        """Two measurements with independent noise, worth 1 / (1 + share) and share / (1 + share) of this one.

        Exact for Gaussian noise: y + t z and y - (variance / t) z are uncorrelated for a fresh standard normal z
        (Leiner et al., "Data fission", 2023, section 2; Neufeld et al., "Data thinning", 2024). Post-processing.
        """
        spread = math.sqrt(share * self.variance)
        noise = rng.standard_normal(self.counts.shape)
        kept = Measured(counts=self.counts + spread * noise, variance=self.variance * (1 + share))
        held = self.counts - (self.variance / spread) * noise
        return kept, Measured(counts=held, variance=self.variance * (1 + 1 / share))


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """All tables measured so far."""

    tables: Mapping[Candidate, Measured] = field(default_factory=dict)

    def adding(self, chosen: Sequence[Candidate], answers: Sequence[Measured]) -> Evidence:
        """With more tables, or better ones."""
        tables = dict(self.tables)
        for candidate, answer in zip(chosen, answers, strict=True):
            tables[candidate] = tables[candidate].pooled(answer) if candidate in tables else answer
        return Evidence(tables=tables)

    def and_also(self, other: Evidence) -> Evidence:
        """This and other evidence, pooled."""
        return self.adding(list(other.tables), list(other.tables.values()))

    def thinned(self, share: float, rng: np.random.Generator) -> tuple[Evidence, Evidence]:
        """What is learned from, and what is held out to check it: see `Measured.thinned`."""
        both = {candidate: measured.thinned(share, rng) for candidate, measured in self.tables.items()}
        return (
            Evidence(tables={candidate: kept for candidate, (kept, _) in both.items()}),
            Evidence(tables={candidate: held for candidate, (_, held) in both.items()}),
        )

    def goal(self, codec: Codec, groups: Groups | None, *, rows: float, device: torch.device, half: bool) -> Goal:
        """The evidence as dense tensors on a device."""
        offsets = codec.offsets
        exact = bool(self.tables) and all(measured.variance == 0 for measured in self.tables.values())
        spans = [slice(int(a), int(b)) for a, b in itertools.pairwise(offsets)]
        number = groups.number if groups is not None and any(c.by_group for c in self.tables) else 0
        codes = int(offsets[-1])
        counts = np.zeros((1 + number, codes, codes), np.float32)
        precision = None if exact else np.zeros_like(counts)
        for candidate, measured in self.tables.items():
            layers = slice(1, None) if candidate.by_group else 0
            place = (layers, spans[candidate.first], spans[candidate.second])
            counts[place] = measured.counts / rows if exact else measured.counts
            if precision is not None:
                precision[place] = 1 / measured.variance
        targets = [_target(counts, precision, layer, device) for layer in range(1 + number)]
        return Goal(
            pairs=targets[0],
            by_group=tuple(targets[1:]),
            group_codes=tuple(_codes(groups, offsets, group, device) for group in range(number)),
            marginal=torch.tensor(codec.marginal, dtype=torch.float32, device=device),
            variance=torch.tensor(codec.variance * rows**2, dtype=torch.float32, device=device),
            rows=rows,
            half=half,
        )


def _target(
    counts: NDArray[np.float32], precision: NDArray[np.float32] | None, layer: int, device: torch.device
) -> Target:
    """One layer, mirrored: only the upper blocks were filled."""
    return Target(
        counts=_mirrored(counts[layer], device),
        precision=None if precision is None else _mirrored(precision[layer], device),
    )


def _mirrored(upper: NDArray[np.float32], device: torch.device) -> Tensor:
    tensor = torch.from_numpy(upper).to(device)
    return tensor + tensor.T


def _codes(groups: Groups | None, offsets: NDArray[np.int64], group: int, device: torch.device) -> Tensor:
    """The target's codes that belong to a group."""
    assert groups is not None
    codes = offsets[groups.column] + np.flatnonzero(groups.of_level == group)
    return torch.as_tensor(codes, device=device)


def splitting(seed: int) -> np.random.Generator:
    """What splits noisy answers in two: seeded, for nothing private is left in it."""
    return np.random.default_rng([seed, 2])
