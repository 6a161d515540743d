"""Where rows lie among rows: alpha-precision, beta-recall, authenticity.

Alaa, van Breugel, Saveliev and van der Schaar, "How Faithful is your Synthetic Data? Sample-level Metrics for
Evaluating and Auditing Generative Models" (2022), sections 2 to 4. Rows are points: numbers scaled to the real table's
range from 1 to 99 %, categories as indicators, so that two levels are as far apart as the ends of a range.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from synthgen.evaluate.fidelity.estimate import Estimate, Floats
from synthgen.evaluate.report import Absent
from synthgen.evaluate.views import Column, View, sampled

MOST_ROWS: Final = 3_000
"""Rows of each table that are compared, each with each."""
FEWEST_ROWS: Final = 50
STEPS: Final = 101
"""Points at which the curves over alpha and beta are looked at."""
MOST_LEVELS: Final = 100
"""Levels of a column that have an indicator of their own, the most frequent real ones."""
BLOCK: Final = 1_000

Points = NDArray[np.float32]


def manifold(real: View, other: View, rng: np.random.Generator) -> tuple[Estimate, Estimate, Estimate] | Absent:
    """alpha-precision, beta-recall and authenticity of equally many rows of two tables."""
    rows = min(real.rows, other.rows, MOST_ROWS)
    if rows < FEWEST_ROWS:
        return Absent(why=f"fewer than {FEWEST_ROWS} rows")
    like = real
    real, other = sampled(real, rows, rng), sampled(other, rows, rng)
    one, two = points(real, like), points(other, like)
    if not one.shape[1]:
        return Absent(why="there is no column to compare")
    precision, recall, authenticity = (replace(each, units=(real.unit, other.unit)) for each in alaa(one, two))
    return precision, recall, authenticity


def alaa(real: Points, other: Points) -> tuple[Estimate, Estimate, Estimate]:
    """Integrated alpha-precision and beta-recall, and authenticity, of points (rows, dimensions).

    alpha-precision  1 - 2 times the area between alpha and the share of other points that are no farther from the real
                     centre than the alpha of real points that are nearest it
    beta-recall      1 - 2 times the area between beta and the share of real points whose nearest other point is no
                     farther than their nearest real one, and among the beta of those that are nearest the other centre
                     (as the authors' code counts them)
    authenticity     the share of other points that are farther from their nearest real point than that point is from
                     its nearest real one: points that are no copies of training points (section 4)
    """
    centre = real.mean(axis=0)
    precision = _precision(_length(real - centre), _length(other - centre))
    among, _ = nearest(real, real, itself=True)
    to_other, place = nearest(real, other)
    radius = _length(other - other.mean(axis=0))[place]
    recall = _recall(to_other <= among, radius)
    to_real, original = nearest(other, real)
    own = (to_real > among[original]).astype(np.float64)
    return precision, recall, Estimate(value=float(own.mean()), other=own)


def _precision(real: Floats, other: Floats) -> Estimate:
    """From the distances to the real centre, (rows,) each."""
    alphas = np.linspace(0, 1, STEPS)
    radii = np.quantile(real, alphas)
    inside = np.searchsorted(np.sort(other), radii, side="right") / len(other)
    apart, step = inside - alphas, 1 / (STEPS - 1)
    side = np.sign(apart)
    # A point adds to the share inside from its own radius outwards.
    outwards = np.append(np.cumsum((side * step)[::-1])[::-1], 0.0)
    on_other = -2 * outwards[np.searchsorted(radii, other, side="left")]
    rank = np.minimum(np.searchsorted(radii, real, side="left"), STEPS - 1)
    on_real = 2 * outwards[rank] - 2 * np.abs(apart)[rank]
    return Estimate(value=float(1 - 2 * step * np.abs(apart).sum()), real=on_real, other=on_other)


def _recall(covered: NDArray[np.bool_], radius: Floats) -> Estimate:
    """From whether each real point has another near it, and how far out that one is, (rows,) each."""
    betas = np.linspace(0, 1, STEPS)
    radii = np.quantile(radius, betas)
    order = np.searchsorted(radii, radius, side="left").clip(max=STEPS - 1)
    share = np.cumsum(np.bincount(order, covered, minlength=STEPS)) / len(radius)
    apart, step = share - betas, 1 / (STEPS - 1)
    outwards = np.cumsum((np.sign(apart) * step)[::-1])[::-1]
    return Estimate(value=float(1 - 2 * step * np.abs(apart).sum()), real=-2 * outwards[order] * covered)


def _length(points: Points) -> Floats:
    return np.asarray(np.sqrt((points.astype(np.float64) ** 2).sum(axis=1)))


def nearest(points: Points, among: Points, *, itself: bool = False) -> tuple[Floats, NDArray[np.int64]]:
    """Distance to the nearest of `among`, and its position, (rows,) each; in blocks, so that memory stays bounded.

    With `itself` both are one table, and a row is no neighbour of its own.
    """
    distance, place = np.empty(len(points)), np.empty(len(points), np.int64)
    squares = (among**2).sum(axis=1)
    for start in range(0, len(points), BLOCK):
        block = points[start : start + BLOCK]
        far = (block**2).sum(axis=1)[:, None] + squares[None, :] - 2 * block @ among.T
        if itself:
            far[np.arange(len(block)), start + np.arange(len(block))] = np.inf
        found = far.argmin(axis=1)
        place[start : start + BLOCK] = found
        # Again and exactly: the shortcut rounds, and copies must be at no distance at all.
        distance[start : start + BLOCK] = _length(block - among[found])
    return distance, place


def points(view: View, like: View) -> Points:
    """Rows as points, float32 (rows, dimensions), with scales and levels of the real table `like`."""
    parts = [part for name, column in view.columns.items() for part in _parts(column, like.columns[name])]
    return np.concatenate(parts, axis=1) if parts else np.zeros((view.rows, 0), np.float32)


def _parts(column: Column, like: Column) -> Iterator[Points]:
    half = np.float32(np.sqrt(0.5))
    if not column.is_line:
        counts = np.bincount(like.values[like.present].astype(np.int64), minlength=len(like.levels))
        kept = np.argsort(-counts, kind="stable")[:MOST_LEVELS]
        yield (column.values[:, None] == kept[None, :]).astype(np.float32) * half
        yield column.wrong[:, None].astype(np.float32) * half
        return
    known = like.values[like.present]
    low, high = np.quantile(known, [0.01, 0.99]) if known.size else (0.0, 1.0)
    scale = high - low if high > low else max(abs(float(high)), 1.0)  # constant: as far as it is from 0
    place = np.clip((column.values - low) / scale, -1.0, 2.0)
    yield np.nan_to_num(place, nan=0.5).astype(np.float32)[:, None]
    yield (~column.present)[:, None].astype(np.float32)
