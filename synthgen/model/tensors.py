"""weights.safetensors: the codec's and the codebook's arrays, by names that hold no column's name.

codebook.weights          float64 [rows]
codebook.probabilities    float32 [rows, codes]
codec.<j>.level, mass, kind, first, stride, count     the pieces of column j
codec.<j>.marginal, variance                          float64 [levels of column j]
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from synthgen.encode.codec import FIELDS, Codec, Pieces
from synthgen.engine.codebook import Codebook
from synthgen.model.refusal import FRESH, refusal, require

WEIGHTS = "weights.safetensors"
Arrays = Mapping[str, NDArray[np.generic]]

_TYPES = dict.fromkeys(FIELDS, "int64") | {
    "mass": "float64",
    "kind": "int8",
    "marginal": "float64",
    "variance": "float64",
    "weights": "float64",
    "probabilities": "float32",
}
_PER_COLUMN = (*FIELDS, "marginal", "variance")


def to_bytes(codec: Codec, codebook: Codebook) -> bytes:
    """All arrays in the safetensors format, little-endian."""
    arrays: dict[str, NDArray[np.generic]] = {
        "codebook.weights": codebook.weights,
        "codebook.probabilities": codebook.probabilities,
    }
    for j, column in enumerate(codec.columns.values()):
        arrays |= {f"codec.{j}.{name}": getattr(column.pieces, name) for name in FIELDS}
        arrays |= {f"codec.{j}.marginal": column.marginal, f"codec.{j}.variance": column.variance}
    return save({name: np.ascontiguousarray(array) for name, array in arrays.items()})


def from_bytes(content: bytes, *, columns: int) -> Arrays:
    """Exactly the arrays of so many columns, with their dtypes and number of axes; lengths are not compared yet.

    Raises ModelFileError.
    """
    try:
        arrays: Arrays = load(content)
    except (SafetensorError, KeyError, ValueError):  # KeyError: a dtype that NumPy does not have
        raise refusal(WEIGHTS, expected="tensors in the safetensors format", got="something else") from None
    _same_names(arrays, _names(columns))
    for name, array in arrays.items():
        expected = _TYPES[name.rpartition(".")[2]]
        require(array.dtype == expected, f"{WEIGHTS}, {name}", expected=expected, got=str(array.dtype))
        axes = 2 if name == "codebook.probabilities" else 1
        require(array.ndim == axes, f"{WEIGHTS}, {name}", expected=f"{axes} axes", got=str(array.ndim))
        filled = array.size > 0
        require(filled, f"{WEIGHTS}, {name}", expected="at least one entry", got="none")
    return arrays


def pieces_of(arrays: Arrays, column: int) -> Pieces:
    """The pieces of one column; all of one length. Raises ModelFileError."""
    fields: dict[str, Any] = {name: arrays[f"codec.{column}.{name}"] for name in FIELDS}
    lengths = {len(array) for array in fields.values()}
    expected = "arrays of one length"
    require(len(lengths) == 1, f"{WEIGHTS}, codec.{column}", expected=expected, got=f"{len(lengths)} lengths")
    return Pieces(**fields)


def _names(columns: int) -> set[str]:
    own = (f"codec.{j}.{name}" for j in range(columns) for name in _PER_COLUMN)
    return {"codebook.weights", "codebook.probabilities", *own}


def _same_names(found: Iterable[str], wanted: set[str]) -> None:
    missing, extra = sorted(wanted - set(found)), sorted(set(found) - wanted)
    require(not missing, WEIGHTS, expected=f"a tensor {missing[0] if missing else ''}", got="none", fix=FRESH)
    require(not extra, WEIGHTS, expected="no other tensors", got=f"{extra[0]!r}" if extra else "", fix=FRESH)
