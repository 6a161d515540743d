"""Does a codec and codebook mean something? Whatever is sampled from them must be inside the schema's domain.

Each rule is one vectorised look at the arrays; a rule is evaluated only after those before it hold.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from synthgen.encode.codec import MISSING, SPECIAL, VALUE, Codec, ColumnCodec, Pieces
from synthgen.encode.grid import Grid, LevelGrid, LineGrid
from synthgen.engine.codebook import Codebook
from synthgen.model.refusal import require

SUM_ERROR = 1e-6
"""How far a sum of float64 shares may be from 1."""
HEAD_ERROR = 1e-3
"""The same for float32 shares, thousands of them."""

Rules = Iterator[tuple[object, str]]
"""What must hold, and in words what was expected."""


def check_column(name: str, column: ColumnCodec) -> None:
    """Raise ModelFileError unless the column's levels and pieces are sound and inside its grid."""
    for holds, expected in _column_rules(column):
        require(holds, f"column {name}", expected=expected, got="something else")


def check_codebook(codec: Codec, codebook: Codebook) -> None:
    """Raise ModelFileError unless the codebook is a mixture over exactly the codec's levels."""
    for holds, expected in _codebook_rules(codec, codebook):
        require(holds, "codebook", expected=expected, got="something else")


def _column_rules(column: ColumnCodec) -> Rules:
    pieces, levels = column.pieces, column.levels
    yield column.marginal.shape == column.variance.shape, "a variance for each level"
    yield _shares(column.marginal), "shares of levels that are finite and not negative"
    yield _near(column.marginal.sum(), SUM_ERROR), "shares of levels that sum to 1"
    yield _shares(column.variance), "variances that are finite and not negative"
    steps = np.diff(pieces.level)
    contiguous = pieces.level[0] == 0 and pieces.level[-1] == levels - 1 and ((steps == 0) | (steps == 1)).all()
    yield contiguous, f"pieces of levels 0 to {levels - 1}, in order"
    yield _shares(pieces.mass), "masses of pieces that are finite and not negative"
    yield _near(np.bincount(pieces.level, weights=pieces.mass), SUM_ERROR), "masses that sum to 1 in each level"
    yield np.isin(pieces.kind, (VALUE, SPECIAL, MISSING)).all(), "pieces that are values, sentinels or missing"
    for kind, limit in _limits(column.grid).items():
        yield _inside(pieces.take(pieces.kind == kind), limit), f"pieces inside {limit} places"
    runs = isinstance(column.grid, LineGrid) & (pieces.kind == VALUE)
    yield (runs | ((pieces.count == 1) & (pieces.stride == 1))).all(), "runs of values on lines only"


def _limits(grid: Grid) -> dict[int, int]:
    """How many places each kind of piece has."""
    specials = 0 if isinstance(grid, LevelGrid) else len(grid.special)
    return {
        VALUE: grid.value_cells if isinstance(grid, LevelGrid) else grid.units,
        SPECIAL: specials,
        MISSING: int(grid.nullable),
    }


def _inside(pieces: Pieces, limit: int) -> bool:
    """Is first + stride * (count - 1) < limit? Asked by a division: a hostile product overflows."""
    whole = (pieces.first >= 0) & (pieces.first < limit) & (pieces.stride >= 1) & (pieces.count >= 1)
    room = (limit - 1 - np.where(whole, pieces.first, 0)) // np.where(whole, pieces.stride, 1)
    return bool((whole & (pieces.count - 1 <= room)).all())


def _codebook_rules(codec: Codec, codebook: Codebook) -> Rules:
    offsets, probabilities = codec.offsets, codebook.probabilities
    yield np.array_equal(codebook.offsets, offsets), "offsets that are the codec's"
    shape = (len(codebook.weights), int(offsets[-1]))
    yield probabilities.shape == shape, f"probabilities [{shape[0]}, {shape[1]}]: rows by levels"
    yield _shares(codebook.weights), "weights that are finite and not negative"
    yield _near(codebook.weights.sum(), SUM_ERROR), "weights that sum to 1"
    yield _shares(probabilities), "probabilities that are finite and not negative"
    heads = np.add.reduceat(probabilities, offsets[:-1], axis=1, dtype=np.float64)
    yield _near(heads, HEAD_ERROR), "probabilities that sum to 1 in each row and column"


def _shares(values: NDArray[np.floating]) -> bool:
    return bool((np.isfinite(values) & (values >= 0)).all())


def _near(sums: ArrayLike, error: float) -> bool:
    return bool((np.abs(np.asarray(sums) - 1) <= error).all())
