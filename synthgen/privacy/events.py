"""What was done to the private rows: frozen records that need no row to be written and none to be priced.

An event says which mechanism ran, on what, with which noise; `accounting` says what it costs. Every event is
charged to a ledger before its mechanism looks at a row, so nothing in it can depend on the rows: sizes of public
domains, noise scales and sensitivities, all fixed beforehand.

Neighbours differ by one *unit* (a person, or a row where each row is one), added or removed with all its rows;
`sensitivity` is the most by which that moves the exact answer, in the L2 norm.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from synthgen.errors import ModelFileError

MIN_SIGMA = 1.0
"""Below it integer noise is mostly zero, and its price no longer that of a Gaussian."""

LATTICE = 0.1
"""Variance taken off before integer noise is priced as if it were continuous.

The discrete Gaussian lives on a lattice, so its (epsilon, delta) curve has corners where the continuous one is
smooth: one release of scale 1.4 costs 1.8 % more epsilon than the continuous price. Priced at variance
sigma^2 - 1/12 (Sheppard's correction for rounding) it never cost more, over scales 1 to 100, shifts 1 to 30,
1 to 250 releases and delta 1e-3 to 1e-9; 1/10 leaves a margin, and the tests hold it.
"""

MIN_MULTIPLIER, MOST_STEPS = 0.1, 10**6
"""Of DP-SGD runs: less noise or more steps promise nothing that one would want priced."""

COIN_GRID = 2.0**-52
"""How much more often than its sample rate a unit may take part, at most: uniforms are multiples of 2^-53."""

HARDENED_GRID = 2.0**-24
"""Width of the hardened mode's grid, as a share of the clip."""
HARDENED_PARAMETERS = 2**24
"""Parameters of a hardened run, at most."""
HARDENED_SENSITIVITY = 1 + 2.0**-11
"""Sensitivity of a rounded clipped sum, in clips. Rounding moves each of P coordinates of either sum by half a grid
step, so their difference by sqrt(P) steps: 2^-12 for the most parameters. As much again is for float64, in which a
sum of n clipped gradients is off by at most about n^2 2^-53 clips in the L2 norm: batches of a million.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One table of a vector release: `cells` counts, each with its own discrete Gaussian noise.

    `sigma` is the noise scale of a cell, in rows, at least 1. `sensitivity` is the L2 norm of what one unit changes
    in this table, `per_cell` the most that it changes in a single cell.
    """

    name: str
    cells: int
    sigma: float
    sensitivity: float
    per_cell: int = 1

    def __post_init__(self) -> None:
        """Refuse a part that could not be priced. Not an assert: it must hold under `python -O` too."""
        if not MIN_SIGMA <= self.sigma < math.inf:
            raise ValueError(f"sigma of {self.name!r} is {self.sigma}; a priced part needs a finite one of 1 or more")
        if not (self.cells > 0 and 1 <= self.per_cell <= self.sensitivity < math.inf):
            raise ValueError(f"{self.name!r}: cells must be positive and 1 <= per_cell <= sensitivity")

    @property
    def mu(self) -> float:
        """Its cost as mu-GDP: sensitivity over noise, the lattice's variance taken off first."""
        return self.sensitivity / math.sqrt(self.sigma**2 - LATTICE)

    @property
    def copies(self) -> int:
        """How many cells one unit can move by `per_cell` within the sensitivity."""
        return max(1, round((self.sensitivity / self.per_cell) ** 2))


@dataclass(frozen=True, kw_only=True, slots=True)
class Gaussian:
    """Tables released together, each cell with integer Gaussian noise (Canonne, Kamath, Steinke 2020).

    >>> one = Part(name="age", cells=74, sigma=10.0, sensitivity=1.0)
    >>> round(Gaussian(what="one-ways", parts=(one, one)).mu, 4)
    0.1415
    """

    what: str
    parts: tuple[Part, ...]

    @property
    def mu(self) -> float:
        """The whole vector's cost as mu-GDP; squares add up, exactly (Dong, Roth, Su 2022, cor. 3.3)."""
        return math.sqrt(math.fsum(part.mu**2 for part in self.parts))

    @property
    def noise_multiplier(self) -> float:
        """Noise over sensitivity of the one Gaussian that costs the same."""
        return 1 / self.mu


@dataclass(frozen=True, kw_only=True, slots=True)
class PartitionSelection:
    """Values of an unknown domain, released where the noisy count of rows reaches `threshold`.

    A value that only one unit has is released with a probability of at most `delta` (Wilkins, Kifer, Zhang, Karrer
    2024). How many values there were is private, so it is not here.
    """

    what: str
    sigma: float
    sensitivity: int
    threshold: int
    delta: float

    def __post_init__(self) -> None:
        """Refuse a selection that could not be priced."""
        if not (0 < self.delta < 1 and self.parts):  # a scale or sensitivity without a price raises by itself
            raise ValueError(f"{self.what!r}: delta must be between 0 and 1")

    @property
    def parts(self) -> tuple[Part, ...]:
        """The noisy counts behind the threshold: one unit moves a single cell by all its rows, at worst."""
        reach = self.sensitivity
        return (Part(name=self.what, cells=1, sigma=self.sigma, sensitivity=reach, per_cell=reach),)

    @property
    def mu(self) -> float:
        """Cost of the noisy counts as mu-GDP, without `delta`."""
        return self.parts[0].mu


@dataclass(frozen=True, kw_only=True, slots=True)
class SubsampledGaussian:
    """DP-SGD: `steps` releases of a sum of clipped gradients with Gaussian noise, each over a fresh Poisson batch.

    Every unit takes part in a step with probability `sample_rate`, by a coin of its own; its gradient is at most `clip`
    long, so the sum's L2 sensitivity is that. The noise's standard deviation is `noise_multiplier` times `clip`, in
    each coordinate. Then the sum is divided by `divisor`, a public constant that costs nothing.

    hardened  rounded to a grid of HARDENED_GRID x clip, integer noise; else floating point

    The rate, multiplier and steps must not depend on earlier noisy answers: Gaussians may (their prices are ordered),
    these may not.
    """

    what: str
    noise_multiplier: float
    sample_rate: float
    steps: int
    clip: float
    divisor: float
    hardened: bool = False

    def __post_init__(self) -> None:
        """Refuse a run that could not be priced."""
        priced = MIN_MULTIPLIER <= self.noise_multiplier < math.inf and 0 < self.sample_rate <= 1
        priced &= 1 <= self.steps <= MOST_STEPS and self.steps == int(self.steps)
        if not (priced and 0 < self.clip < math.inf and 0 < self.divisor < math.inf):
            raise ValueError(f"{self.what!r}: not a DP-SGD run that could be priced")

    @property
    def multiplier(self) -> float:
        """Noise over sensitivity, rounding to the grid included."""
        return self.noise_multiplier / (HARDENED_SENSITIVITY if self.hardened else 1.0)

    @property
    def rate(self) -> float:
        """The sample rate, rounded up to the grid of float64 uniforms that the coins are thrown with."""
        return min(1.0, self.sample_rate + COIN_GRID)


@dataclass(frozen=True, kw_only=True, slots=True)
class Exact:
    """Tables released without noise: no privacy at all, allowed only where epsilon is infinite."""

    what: str
    names: tuple[str, ...]


Event = Gaussian | PartitionSelection | SubsampledGaussian | Exact

_KINDS = {
    "gaussian": Gaussian,
    "partition selection": PartitionSelection,
    "subsampled gaussian": SubsampledGaussian,
    "exact": Exact,
}


def to_json(event: Event) -> dict[str, Any]:
    """The event as plain JSON values, for a model file or a certificate.

    >>> to_json(Exact(what="one-ways", names=("age",)))
    {'kind': 'exact', 'what': 'one-ways', 'names': ['age']}
    """
    kind = next(word for word, kind in _KINDS.items() if isinstance(event, kind))
    fields = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(event).items()}
    return {"kind": kind, **fields}


def from_json(data: Any) -> Event:
    """The event that `to_json` wrote; raises ModelFileError for anything else."""
    try:
        fields = dict(data)
        kind = _KINDS[fields.pop("kind")]
        if kind is Gaussian:
            return Gaussian(what=_text(fields["what"]), parts=tuple(_parts(fields["parts"])))
        if kind is Exact:
            return Exact(what=_text(fields["what"]), names=tuple(map(_text, fields["names"])))
        other = SubsampledGaussian if kind is SubsampledGaussian else PartitionSelection
        return other(what=_text(fields.pop("what")), **fields)
    except (KeyError, TypeError, ValueError):
        raise ModelFileError(
            "ledger", expected="events as synthgen writes them", got="something else", fix="fit the model again"
        ) from None


def _parts(data: Iterable[Mapping[str, Any]]) -> Iterable[Part]:
    return (Part(**part) for part in data)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
