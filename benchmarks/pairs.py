"""How far a model and its samples are from the training rows in every pair of columns: a diagnostic, not private.

On the codec's own levels, so that it says what the engine and the sampler lose, and not what the codec does.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synthgen.encode.codec import MISSING, SPECIAL, VALUE, ColumnCodec
from synthgen.encode.grid import LevelGrid
from synthgen.model import Model
from synthgen.schema import Schema
from synthgen.tables import conformed, open_table
from synthgen.tables.conform import Values

Levels = dict[str, NDArray[np.int64]]


def pair_errors(model: Model, train: pd.DataFrame, samples: Mapping[str, pd.DataFrame]) -> dict[str, float]:
    """Mean total variation over pairs, of the model ("model") and of each sample, against the training rows."""
    assert not model.discovered, "the benchmark declares every level"
    codec, schema = model.codec, model.schema
    real = levels_of(codec.columns, train, schema)
    drawn = {name: levels_of(codec.columns, sample, schema) for name, sample in samples.items()}
    errors: dict[str, list[float]] = {name: [] for name in ("model", *samples)}
    book = model.codebook
    for i, j in combinations(range(len(codec.names)), 2):
        shape = tuple(codec.columns[codec.names[k]].levels for k in (i, j))
        goal = _table(real, codec.names[i], codec.names[j], shape)
        errors["model"].append(_distance(book.pair(i, j), goal))
        for name, levels in drawn.items():
            errors[name].append(_distance(_table(levels, codec.names[i], codec.names[j], shape), goal))
    return {name: float(np.mean(found)) if found else 0.0 for name, found in errors.items()}


def levels_of(codecs: Mapping[str, ColumnCodec], frame: pd.DataFrame, schema: Schema) -> Levels:
    """The level of each value, int64 [rows] a column."""
    chosen = frame[list(schema.columns)]
    parts = [batch.columns for batch in conformed(open_table(chosen), schema)]
    return {name: np.concatenate([_level(codec, part[name]) for part in parts]) for name, codec in codecs.items()}


def _level(codec: ColumnCodec, values: Values) -> NDArray[np.int64]:
    """Levels are stretches of the line, so the last one that starts at or below a value is its own."""
    pieces, rows = codec.pieces, len(values.null)
    inside = pieces.kind == VALUE
    if isinstance(codec.grid, LevelGrid):
        of_value = np.zeros(len(codec.grid.values), np.int64)
        of_value[pieces.first[inside]] = pieces.level[inside]
        level = of_value[values.data]
    elif inside.any():
        start = np.full(int(pieces.level[inside].max()) + 1, np.iinfo(np.int64).max)
        np.minimum.at(start, pieces.level[inside], pieces.first[inside])
        place = np.searchsorted(start, codec.grid.unit_of(values.data), side="right") - 1
        level = np.maximum(place, 0)
    else:
        level = np.zeros(rows, np.int64)
    sentinels = pieces.kind == SPECIAL
    if sentinels.any():
        of_sentinel = np.zeros(int(pieces.first[sentinels].max()) + 1, np.int64)
        of_sentinel[pieces.first[sentinels]] = pieces.level[sentinels]
        level = np.where(values.special >= 0, of_sentinel[np.maximum(values.special, 0)], level)
    missing = pieces.level[pieces.kind == MISSING]
    return np.where(values.null, missing[0], level) if len(missing) else level


def _table(levels: Levels, first: str, second: str, shape: tuple[int, ...]) -> NDArray[np.float64]:
    codes = levels[first] * shape[1] + levels[second]
    return np.bincount(codes, minlength=shape[0] * shape[1]).reshape(shape) / len(codes)


def _distance(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    return float(np.abs(one - other).sum()) / 2
