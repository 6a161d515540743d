"""How much noise a private fit put on the counts of a group."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations, permutations

from synthgen.model import Model
from synthgen.privacy import Exact, Gaussian


def noise_of(model: Model, columns: Sequence[str]) -> float | None:
    """Standard deviation, in rows, of the noise on the count of one level of each column together.

    Every noisy table that holds the columns counts: its cells over other columns are added up, and tables are
    combined by inverse variance, as a fit combines them. None where no noisy table holds them together: then what the
    model says of the group was pieced together from smaller tables. 0 for a model without privacy.
    """
    if any(isinstance(event, Exact) for event in model.events):
        return 0.0
    wanted = math.prod(model.codec.columns[name].levels for name in columns if name in model.codec.columns)
    if any(name not in model.codec.columns for name in columns):
        return None
    tables = dict(_tables(list(model.codec.columns), model.schema.target))
    precision = sum(
        1 / (part.sigma**2 * max(1.0, part.cells / wanted))
        for event in model.events
        if isinstance(event, Gaussian)
        for part in event.parts
        if set(columns) <= set(tables.get(part.name, ()))
    )
    return 1 / math.sqrt(precision) if precision else None


def _tables(names: Sequence[str], target: str | None) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What a noisy table of columns is called -> the columns that it holds."""
    sets: list[tuple[str, ...]] = [(name,) for name in names]
    sets += [order for pair in combinations(names, 2) for order in permutations(pair)]
    for one in sets:
        yield " x ".join(one), one
        if target is not None and target not in one:
            yield f"{' x '.join(one)} by {target}", (*one, target)
