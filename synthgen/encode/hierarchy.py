"""A public hierarchy over the levels of a column: which of them belong together, from coarse to fine.

Each depth costs budget, so that only a few are kept: those that cut the levels into parts of about equal size.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from synthgen.encode.icd9 import path_of
from synthgen.schema import Categorical, Scalar, spell

MOST_DEPTHS: Final = 3
LONGEST_PREFIX: Final = 24
FINEST: Final = 0.7
"""Groups for each level, at most: more would say no more than the levels do."""
Groups = NDArray[np.int64]


def depths_of(column: Categorical, values: Sequence[Scalar]) -> tuple[Groups, ...]:
    """The group of each level (int64 [levels]) at each depth, from coarse to fine; each depth cuts the one before.

    >>> column = Categorical(type="categorical", hierarchy="prefix", values=["aa1", "aa2", "ab1", "ab2", "c"])
    >>> [groups.tolist() for groups in depths_of(column, column.values)]
    [[0, 0, 0, 0, 1], [0, 0, 1, 1, 2]]
    """
    if column.hierarchy is None or len(values) < 2:
        return ()
    paths = _paths(column, [spell(value) for value in values])
    deepest = max(map(len, paths))
    # A path that ends early goes on as a group of its own level, which the next depths leave as it is.
    full = [(*path, *[f"level {index}"] * (deepest - len(path))) for index, path in enumerate(paths)]
    return _kept([_numbered([path[: depth + 1] for path in full]) for depth in range(deepest)], len(values))


def _paths(column: Categorical, words: Sequence[str]) -> list[tuple[str, ...]]:
    """From the top: the groups of each level."""
    if column.hierarchy == "icd9":
        return [path_of(word) for word in words]
    if column.hierarchy == "prefix":
        longest = min(max(map(len, words)) - 1, LONGEST_PREFIX)
        return [tuple(word[:end] for end in range(1, min(len(word), longest) + 1)) for word in words]
    assert column.hierarchy is not None, "asked for"
    groups = column.hierarchy.groups or {}  # a level that the file does not have stands alone
    return [tuple(reversed(groups.get(word, ()))) for word in words]


def _numbered(keys: Sequence[tuple[str, ...]]) -> Groups:
    number: dict[tuple[str, ...], int] = {}
    return np.array([number.setdefault(key, len(number)) for key in keys], np.int64)


def _kept(depths: Sequence[Groups], levels: int) -> tuple[Groups, ...]:
    """The depths that say something; of many, a few whose numbers of groups rise evenly, by ratio, up to the levels."""
    by_size = {int(groups.max()) + 1: groups for groups in reversed(depths)}
    sizes = np.array(sorted(size for size in by_size if 1 < size <= FINEST * levels))
    if len(sizes) > MOST_DEPTHS:
        goals = np.log(levels) * np.arange(1, MOST_DEPTHS + 1) / (MOST_DEPTHS + 1)
        sizes = np.unique([sizes[np.abs(np.log(sizes) - goal).argmin()] for goal in goals])
    return tuple(by_size[size] for size in sizes.tolist())
