"""From noisy one-way counts to levels: what the generator tells apart.

Noise is the enemy twice. In the tails of a wide line it turns into rows that nobody has, so each tail is cut where
the first credible bin stands. And a level that is mostly noise teaches nothing, so levels have at least four times
their noise, and categories below three times theirs share one level. What is inside a level is drawn from the noisy
histogram.

All of this is post-processing: it sees noisy counts and public facts only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from synthgen.encode.codec import (
    MISSING,
    SPECIAL,
    VALUE,
    Codec,
    ColumnCodec,
    Pieces,
    concatenate,
    singles,
)
from synthgen.encode.grid import Grid, LevelGrid, LineGrid
from synthgen.encode.oneway import ZEROS, Floats, OneWay, digits_of
from synthgen.encode.pooling import pools
from synthgen.encode.project import denoise, project, supported

FEW_VALUES = 32
"""A line of at most so many units has a level for each that stands above its noise."""
MANY_VALUES = 256
"""Of more categories, the noise of the rare ones together would outweigh the others."""
PLANE_LEVELS = 2
"""Times as many levels tell the parts of a plane apart."""
ALONE = 0.8
"""A bin with this share of a level's mass is a level of its own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Resolution:
    """How finely columns are told apart.

    numeric   levels of a line, about
    most      levels of any column, at most; the rest share one
    compand   0: levels of equal mass; 1: levels spaced by density^(1/3), finer in the tails (Panter and Dite, 1951)
    """

    numeric: int
    most: int = 100
    compand: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Encoding:
    """The codec, and for each column the level of each cell (int64 [cells])."""

    codec: Codec
    level_of: Mapping[str, NDArray[np.int64]]


def encoding(
    grids: Mapping[str, Grid], known: Mapping[str, OneWay], *, rows: float, resolution: Resolution
) -> Encoding:
    """Levels of every column; `rows` is the noisy row count."""
    built = {name: column_levels(grid, known[name], rows=rows, resolution=resolution) for name, grid in grids.items()}
    return Encoding(
        codec=Codec(columns={name: codec for name, (codec, _) in built.items()}),
        level_of={name: level_of for name, (_, level_of) in built.items()},
    )


def column_levels(
    grid: Grid, one: OneWay, *, rows: float, resolution: Resolution
) -> tuple[ColumnCodec, NDArray[np.int64]]:
    """A column's codec and the level of each of its cells."""
    if not isinstance(grid, LevelGrid):
        return _line_levels(grid, one, rows, resolution)
    if grid.ordered:
        return _ordered_levels(grid, one, rows, resolution.most)
    if grid.depths or (one.sigma and grid.value_cells > MANY_VALUES):
        return _pooled_levels(grid, one, rows, resolution.most)
    return _category_levels(grid, one, rows, resolution.most)


def _category_levels(grid: LevelGrid, one: OneWay, rows: float, most: int) -> tuple[ColumnCodec, NDArray[np.int64]]:
    """Categories that stand above their noise, then one level for the rest, then missing."""
    noisy = np.concatenate([one.counts, one.outside])
    mass = project(noisy, rows)
    values = noisy[: grid.value_cells]
    rare = values < 3 * one.sigma
    if (~rare).sum() >= most:  # the heaviest most - 1 keep a level
        rare |= np.argsort(np.argsort(-values, kind="stable"), kind="stable") >= most - 1
    if rare.sum() < 2 or len(noisy) <= 4:
        rare[:] = False
    level_of = np.where(rare, (~rare).sum(), np.cumsum(~rare) - 1)
    return _of_categories(grid, level_of, mass, one.sigma)


def _pooled_levels(grid: LevelGrid, one: OneWay, rows: float, most: int) -> tuple[ColumnCodec, NDArray[np.int64]]:
    """Many categories: those that stand above their noise, then what is left of their public groups, then missing."""
    missing = np.clip(one.outside, 0.0, rows)
    found = pools(grid, one, total=max(rows - missing.sum(), 1.0), most=most)
    mass = np.concatenate([found.mass, missing])
    codec, level_of = _of_categories(grid, found.level_of, mass, one.sigma)
    noise = np.append(found.variance, np.full(len(missing), one.sigma**2))
    return replace(codec, variance=noise / max(mass.sum(), 1e-9) ** 2), level_of


def _ordered_levels(grid: LevelGrid, one: OneWay, rows: float, most: int) -> tuple[ColumnCodec, NDArray[np.int64]]:
    """Levels in an order: those that stand above their noise, runs of neighbours that do so together, then missing."""
    mass = project(np.concatenate([one.counts, one.outside]), rows)
    values = mass[: grid.value_cells]
    least = max(3 * one.sigma, 1e-9)
    alone = values >= least
    if grid.value_cells > most:  # a third of the levels for the heaviest, the others for runs between them
        alone &= np.argsort(np.argsort(-values, kind="stable"), kind="stable") < most // 3
        least = max(least, 2 * values[~alone].sum() / most)
    # A run ends as soon as it has enough: the goal is nothing more.
    return _of_categories(grid, _runs(alone, np.zeros(len(values)), values, 0.0, least), mass, one.sigma)


def _of_categories(
    grid: LevelGrid, level_of: NDArray[np.int64], mass: Floats, sigma: float
) -> tuple[ColumnCodec, NDArray[np.int64]]:
    """The codec of these levels of values, with missing behind them; inside a level, values have their own mass."""
    missing = len(mass) > grid.value_cells
    if missing:
        level_of = np.append(level_of, level_of.max(initial=-1) + 1)
    shares = _shares(mass, level_of)
    order = np.argsort(level_of[: grid.value_cells], kind="stable")
    held = order[shares[order] > 0]  # a piece without mass could still be met by a draw that was rounded up
    pieces = singles(VALUE, level_of[held], held, shares[held])
    if missing:
        pieces = concatenate([pieces, singles(MISSING, level_of[-1:], np.zeros(1, np.int64), np.ones(1))])
    return _codec(grid, pieces, mass, level_of, sigma), level_of


def _line_levels(
    grid: LineGrid, one: OneWay, rows: float, resolution: Resolution
) -> tuple[ColumnCodec, NDArray[np.int64]]:
    """Levels of the line in order, then a level for each sentinel, then missing."""
    assert one.edges is not None
    outside = np.where(one.outside > 2 * one.sigma, one.outside, 0.0) if one.sigma else one.outside
    inside = max(rows - outside.sum(), 1.0)
    counts = denoise(one.counts, one.sigma) if one.sigma else one.counts
    is_long = len(one.edges) < len(grid.edges)
    kept = supported(one.counts, counts, one.sigma) if is_long and one.sigma else np.ones(len(counts), bool)
    mass = np.zeros(len(counts))
    mass[kept] = project(counts[kept], inside)
    edges, mass = _split_at_atoms(one.edges, mass, one.atoms)
    mass = project(mass, inside)
    told_apart = replace(resolution, numeric=PLANE_LEVELS * resolution.numeric) if grid.plane else resolution
    level_of_bin = _group(mass, np.diff(edges), one.sigma, grid.units, told_apart)
    pieces = _line_pieces(grid, edges, mass, level_of_bin, one.rounding)
    top = int(level_of_bin.max()) + 1
    extra = np.arange(len(outside))
    if len(extra):
        kinds = np.where(extra < len(grid.special), SPECIAL, MISSING)
        first = np.where(kinds == SPECIAL, extra, 0)
        cells = singles(VALUE, top + extra, first, np.ones(len(extra)))
        pieces = concatenate([pieces, replace(cells, kind=kinds.astype(np.int8))])
    bin_of_cell = np.searchsorted(edges, grid.edges[:-1], side="right") - 1
    level_of = np.concatenate([level_of_bin[bin_of_cell], top + extra])
    everything = np.concatenate([mass, outside])
    codec = _codec(grid, pieces, everything, np.concatenate([level_of_bin, top + extra]), one.sigma)
    return codec, level_of


def _codec(grid: Grid, pieces: Pieces, mass: Floats, level_of: NDArray[np.int64], sigma: float) -> ColumnCodec:
    """Shares and their noise, from the mass of bins or cells and their levels."""
    levels = int(level_of.max()) + 1
    total = max(mass.sum(), 1e-9)
    return ColumnCodec(
        grid=grid,
        pieces=pieces,
        marginal=np.bincount(level_of, weights=mass, minlength=levels) / total,
        variance=np.bincount(level_of, minlength=levels) * sigma**2 / total**2,
    )


def _shares(mass: Floats, level_of: NDArray[np.int64]) -> Floats:
    """Mass of each cell within its level; even where a level has none."""
    totals = np.bincount(level_of, weights=mass)[level_of]
    even = 1.0 / np.bincount(level_of)[level_of]
    return np.where(totals > 0, mass / np.maximum(totals, 1e-300), even)


def _split_at_atoms(
    edges: NDArray[np.int64], mass: Floats, atoms: Mapping[int, float]
) -> tuple[NDArray[np.int64], Floats]:
    """Cut a bin of its own for each atom; the rest of the bin's mass is spread evenly over its other units."""
    if not atoms:
        return edges, mass
    units = np.array(sorted(atoms), np.int64)
    weights = np.array([atoms[unit] for unit in units.tolist()])
    cut = np.unique(np.concatenate([edges, units, units + 1]))
    bin_of = np.searchsorted(edges, cut[:-1], side="right") - 1
    is_atom = np.isin(cut[:-1], units) & (np.diff(cut) == 1)
    heavy = np.zeros(len(cut) - 1)
    heavy[np.searchsorted(cut[:-1], units)] = weights
    narrow = np.diff(edges)[bin_of] == 1  # a bin of one unit keeps its own count
    heavy = np.where(narrow, mass[bin_of], heavy)
    is_atom |= narrow
    width = np.where(is_atom, 0.0, np.diff(cut))
    rest = np.maximum(mass - np.bincount(bin_of, weights=np.where(is_atom, heavy, 0.0), minlength=len(mass)), 0.0)
    room = np.bincount(bin_of, weights=width, minlength=len(mass))
    return cut, np.where(is_atom, heavy, rest[bin_of] * width / np.maximum(room[bin_of], 1.0))


def _group(
    mass: Floats, width: NDArray[np.int64], sigma: float, units: int, resolution: Resolution
) -> NDArray[np.int64]:
    """Level of each bin of a line: heavy bins alone, the others in runs of about equal weight."""
    total = mass.sum()
    if units <= FEW_VALUES:
        alone, goal, least = mass >= max(3 * sigma, 1e-9), np.inf, 3 * sigma
        return _runs(alone, np.zeros(len(mass)), mass, goal, least)
    dominant = mass >= 0.3 * total
    rest = total - mass[dominant].sum()
    levels = min(resolution.numeric, 20) if sigma and dominant.any() and rest < 0.3 * total else resolution.numeric
    least = max(4 * sigma, min(0.5 * rest / levels, rest / 8)) if sigma else 1.0
    alone = (mass > 0) & (mass >= max(ALONE * max(rest / levels, least if sigma else 0.0), 4 * sigma))
    quiet = np.where(alone, 0.0, mass)
    if resolution.compand:
        spread = np.where(alone, 0.0, np.cbrt(mass) * np.cbrt(width.astype(np.float64)) ** 2)
        share = resolution.compand
        left = max(4, levels - int(alone.sum()))
        weight = (1 - share) * quiet / max(quiet.sum(), 1e-12) + share * spread / max(spread.sum(), 1e-12)
        return _runs(alone, weight, mass, 1 / left, least)
    return _runs(alone, quiet, mass, max(rest / levels, least), least)


def _runs(alone: NDArray[np.bool_], weight: Floats, mass: Floats, goal: float, least: float) -> NDArray[np.int64]:
    """Number the levels from left to right: a level ends when it has `goal` weight and `least` mass.

    A last run that is too small joins the level to its left, unless that is a bin that stands alone.
    """
    level_of = np.zeros(len(mass), np.int64)
    level, heavy, weighed, start = 0, 0.0, 0.0, 0
    previous_alone = True

    def close(end: int) -> None:
        nonlocal level, heavy, weighed, start, previous_alone
        if end == start:
            return
        if heavy < least / 2 and not previous_alone:
            level_of[start:end] = level - 1
        else:
            level_of[start:end] = level
            level += 1
            previous_alone = False
        heavy, weighed, start = 0.0, 0.0, end

    for i in range(len(mass)):
        if alone[i]:
            close(i)
            level_of[i] = level
            level, start, previous_alone = level + 1, i + 1, True
            continue
        heavy += mass[i]
        weighed += weight[i]
        if weighed >= goal and heavy >= least:
            close(i + 1)
    close(len(mass))
    return level_of


def _line_pieces(
    grid: LineGrid, edges: NDArray[np.int64], mass: Floats, level_of: NDArray[np.int64], rounding: Floats | None
) -> Pieces:
    """Stretches of the line; where people round, stretches of rounded values."""
    shares = _shares(mass, level_of)
    width = np.diff(edges)
    kind = np.zeros(len(width), np.int8)
    plain = Pieces(level=level_of, mass=shares, kind=kind, first=edges[:-1], stride=np.ones_like(width), count=width)
    plain = plain.take(shares > 0)
    return plain if rounding is None else _rounded(grid, plain, rounding)


def _rounded(grid: LineGrid, plain: Pieces, rounding: Floats) -> Pieces:
    """Split each stretch by trailing zeros: a share of it holds only multiples of 10, of 100, and so on.

    A stretch too short to hold a multiple of 10^t gives that share to the next smaller power.
    """
    shift = int(grid.origin / grid.step)  # the value of unit 0, in steps
    low, high = plain.first + shift, plain.first + shift + plain.count - 1
    powers = 10 ** np.arange(ZEROS, dtype=np.int64)
    first = -(-low[:, None] // powers) * powers
    count = np.maximum((high[:, None] - first) // powers + 1, 0)
    weight = rounding[digits_of(np.abs((low + high) // 2))].copy()
    for zeros in range(ZEROS - 1, 0, -1):
        short = count[:, zeros] == 0
        weight[short, zeros - 1] += weight[short, zeros]
        weight[short, zeros] = 0.0
    piece, power = np.nonzero(weight)
    return Pieces(
        level=plain.level[piece],
        mass=plain.mass[piece] * weight[piece, power],
        kind=plain.kind[piece],
        first=first[piece, power] - shift,
        stride=powers[power],
        count=count[piece, power],
    )
