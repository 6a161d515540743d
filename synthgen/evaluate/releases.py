"""The ledger of a model as tables to read: what was released, with which noise, at what share of the cost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Final

from synthgen.evaluate.report import Table
from synthgen.privacy import Event, Exact, Gaussian, PartitionSelection, SubsampledGaussian

Cell = str | float | None

_WITHIN: Final = NormalDist().inv_cdf(0.975)


def ledger(events: Sequence[Event]) -> Table:
    """One row an event, oldest first.

    A share of the cost is one of the sum of squared mu, in which Gaussians add up exactly; DP-SGD on samples of rows
    has none, because its price is not of that form.
    """
    total = math.fsum(_mu(event) ** 2 for event in events)
    return Table(
        title="The ledger: what was released",
        tier="synthetic_only",
        header=("what", "mechanism", "tables", "cells", "noise", "sensitivity", "mu", "share of the Gaussians' cost"),
        cells=tuple(_charge(event, total) for event in events),
    )


def _mu(event: Event) -> float:
    return event.mu if isinstance(event, Gaussian | PartitionSelection) else 0.0


def _charge(event: Event, total: float) -> tuple[Cell, ...]:
    if isinstance(event, Exact):
        return (event.what, "none: exact counts", float(len(event.names)), None, "none", None, None, None)
    if isinstance(event, SubsampledGaussian):
        noise = f"{event.noise_multiplier:.4g} x the clip of {event.clip:g}, at each of {event.steps:,} steps"
        name = f"DP-SGD, sample rate {event.sample_rate:.4g}"
        return (event.what, name, 1.0, None, noise, event.clip, None, None)
    parts, share = event.parts, event.mu**2 / total
    if isinstance(event, PartitionSelection):
        noise = f"{event.sigma:.4g} rows, released from a noisy count of {event.threshold:,}"
        name = f"partition selection, delta {event.delta:g}"
        return (event.what, name, 1.0, None, noise, float(event.sensitivity), event.mu, share)
    noise = f"{_range([part.sigma for part in parts])} rows"
    reach = math.sqrt(math.fsum(part.sensitivity**2 for part in parts))
    cells = float(sum(part.cells for part in parts))
    return (event.what, "discrete Gaussian", float(len(parts)), cells, noise, reach, event.mu, share)


def _range(values: Sequence[float]) -> str:
    low, high = f"{min(values):.4g}", f"{max(values):.4g}"
    return low if low == high else f"{low} to {high}"


def noise(events: Sequence[Event]) -> Table:
    """One row a published table of counts: how far noise moved each of its cells."""
    return Table(
        title="Noise added to each cell of what was published",
        tier="synthetic_only",
        header=("release", "marginal", "cells", "standard deviation, rows", "95 % of it within, rows", "sensitivity"),
        cells=tuple(row for event in events for row in _noises(event)),
    )


def _noises(event: Event) -> list[tuple[Cell, ...]]:
    if isinstance(event, Exact):
        return [(event.what, name, None, 0.0, 0.0, None) for name in event.names]
    if isinstance(event, SubsampledGaussian):
        return []  # gradients, no counts: the ledger tells their noise
    return [
        (event.what, part.name, float(part.cells), part.sigma, _WITHIN * part.sigma, part.sensitivity)
        for part in event.parts
    ]
