"""Columns made of shares alone, for an engine that knows no schema."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from synthgen.encode.codec import VALUE, Codec, ColumnCodec, singles
from synthgen.encode.grid import Grid, LevelGrid, grid
from synthgen.schema import Integer


def of_shares(shares: Sequence[float], *, line: bool = False, variance: float = 0.0) -> ColumnCodec:
    """A column with these shares of levels, each level one value."""
    levels = len(shares)
    place = np.arange(levels)
    cells: Grid = LevelGrid(name="x", values=tuple(place.tolist()), nullable=False)
    if line:
        cells = grid("x", Integer(type="integer", minimum=0, maximum=levels - 1))
    return ColumnCodec(
        grid=cells,
        pieces=singles(VALUE, place, place, np.ones(levels)),
        marginal=np.array(shares, float) / np.sum(shares),
        variance=np.full(levels, variance),
    )


@pytest.fixture(scope="session")
def shares_of() -> Callable[..., ColumnCodec]:
    """`shares_of([1, 2], line=True)`: see `of_shares`."""
    return of_shares


@pytest.fixture(scope="session")
def codec() -> Codec:
    """Two categories, a line of twelve levels, and a target of two levels."""
    return Codec(
        columns={
            "job": of_shares([5, 3, 1]),
            "age": of_shares([*range(1, 13)], line=True),
            "won": of_shares([3, 1]),
        }
    )
