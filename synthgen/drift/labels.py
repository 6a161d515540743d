"""Levels of a model in words: all of it is in the model file."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synthgen.encode.codec import MISSING, SPECIAL, VALUE, ColumnCodec
from synthgen.encode.grid import LevelGrid
from synthgen.sample.decode import decode_column
from synthgen.schema import Column


def label(name: str, codec: ColumnCodec, column: Column, levels: NDArray[np.intp]) -> str:
    """Some levels of a column in words, at most three of them."""
    return f"{name} = {_words(codec, column, levels)}"


def _words(codec: ColumnCodec, column: Column, levels: NDArray[np.intp]) -> str:
    pieces = codec.pieces.take(np.isin(codec.pieces.level, levels))
    values = pieces.take(pieces.kind == VALUE)
    outside = pieces.take(pieces.kind != VALUE)
    said = []
    if len(values.level) and codec.is_line and not isinstance(codec.grid, LevelGrid):
        low, high = int(values.first.min()), int((values.first + (values.count - 1) * values.stride).max())
        ends = _spelled(codec, column, np.zeros(2, np.int8), np.array([low, high]))
        said.append(ends[0] if low == high else f"{ends[0]} to {ends[1]}")
    elif len(values.level):
        heavy = values.take(np.argsort(-values.mass * codec.marginal[values.level], kind="stable")[:3])
        said += _spelled(codec, column, heavy.kind, heavy.first)
        said += ["..."] if len(values.level) > 3 else []
    said += _spelled(codec, column, *(getattr(outside.take(outside.kind == SPECIAL), key) for key in ("kind", "first")))
    said += ["missing"] if (outside.kind == MISSING).any() else []
    return " or ".join(said) or "anything else"


def _spelled(codec: ColumnCodec, column: Column, kind: NDArray[np.int8], unit: NDArray[np.int64]) -> list[str]:
    if not len(kind):
        return []
    array = decode_column(codec, column, kind, unit)
    return [str(value) for value in array.cast(pa.string()).to_pylist()]
