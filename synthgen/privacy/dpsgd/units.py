"""Private rows on the device, by unit, and Poisson batches of them: every unit by a coin of its own, each step anew.

Batches are padded to a fixed shape, worked off in parts of a fixed size. What overflows (with eight standard
deviations of room, once in 10^15 steps if the public expectation is right) goes into a further part; nothing is
dropped. The rows beyond the last are one dummy unit without rows: padding.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NoReturn

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from synthgen.privacy.counting import View
from synthgen.privacy.dpsgd.entropy import distinct, uniforms
from synthgen.privacy.dpsgd.views import Views, with_conditions
from synthgen.privacy.requests import Run
from synthgen.privacy.rows import Block, rows_in

ROOM = 8.0
"""Standard deviations of a Poisson batch's size that its fixed shape leaves room for."""
MOST_VIEWS = {"cpu": 2**11, "cuda": 2**16}
"""Views in one part of a batch, at most: activations that fit into a processor's cache, or fill a GPU."""


class Units:
    """Coded rows behind the door, sorted by unit. No length, no contents in its repr, no pickle."""

    __slots__ = ("_first", "_most", "_offsets", "_rows", "_size", "device")

    def __init__(self, rows: Tensor, *, first: Tensor, size: Tensor, most: int, offsets: Tensor) -> None:
        """For `units_of` alone."""
        self._rows, self._first, self._size, self._most, self._offsets = rows, first, size, most, offsets
        self.device = rows.device

    def __repr__(self) -> str:
        return "Units()"

    def __reduce__(self) -> NoReturn:
        raise TypeError("private rows stay in their process: they are not copied and not pickled")

    @property
    def codes(self) -> int:
        """How many codes there are; public."""
        return int(self._offsets[-1])

    @property
    def columns(self) -> int:
        """How many columns there are; public."""
        return len(self._offsets) - 1

    def sample(self, rate: float) -> Tensor:
        """Which units take part in a step: each with probability `rate` (rounded up to the grid), int64 [some]."""
        return (uniforms(len(self._first) - 1, self.device) < rate).nonzero().squeeze(1)

    def views(self, chosen: Tensor, run: Run, *, conditions: int) -> Iterator[Views]:
        """The chosen units in parts of one fixed shape, as many parts as the public expectation needs, or more."""
        each = self._most * max(conditions, 1)
        room = math.ceil(run.divisor + ROOM * math.sqrt(run.divisor * (1 - run.sample_rate))) + 1
        planned = -(-room * each // MOST_VIEWS.get(self.device.type, 2**11))
        part = -(-room // planned)
        parts = max(planned, -(-len(chosen) // part))
        padding = torch.full((parts * part - len(chosen),), len(self._first) - 1, device=self.device)
        for some in torch.cat([chosen, padding]).view(parts, part).unbind():
            yield self._gathered(some, conditions)

    def _gathered(self, some: Tensor, conditions: int) -> Views:
        sizes = self._size[some].unsqueeze(1)
        place = torch.arange(self._most, device=self.device).unsqueeze(0)
        at = torch.where(place < sizes, self._first[some].unsqueeze(1) + place, len(self._rows) - 1)
        shares = (place < sizes) / sizes.clamp(min=1).to(torch.float64)
        views = Views(codes=self._rows[at].long() + self._offsets[:-1], shares=shares)
        if not conditions:
            return views
        columns = distinct(at.numel(), self.columns, conditions, self.device).view(*at.shape, conditions)
        return with_conditions(views, columns=columns, codes=self.codes)


def units_of(
    blocks: Sequence[Block],
    view: View,
    owners: NDArray[np.uint64] | None,
    *,
    rows_per_unit: int,
    device: torch.device,
) -> Units:
    """Levels of all rows on the device, sorted by unit; `owners` None: each row is a unit."""
    levels = list(view.levels.values())
    small = torch.int16 if max(levels) <= torch.iinfo(torch.int16).max else torch.int32
    total = sum(map(rows_in, blocks))
    rows = torch.zeros(total + 1, len(levels), dtype=small)
    start = 0
    for block in blocks:
        stop = start + rows_in(block)
        for column, (name, level_of) in enumerate(view.level_of.items()):
            rows[start:stop, column] = torch.from_numpy(level_of[block[name]]).to(small)
        start = stop
    first, size, order = _by_unit(owners, total)
    if order is not None:
        rows[:-1] = rows[torch.from_numpy(order)]
    return Units(
        rows.to(device),
        first=torch.from_numpy(np.append(first, total)).to(device),
        size=torch.from_numpy(np.append(size, 0)).to(device),
        most=1 if owners is None else rows_per_unit,
        offsets=torch.from_numpy(np.concatenate([[0], np.cumsum(levels)])).to(device),
    )


def _by_unit(
    owners: NDArray[np.uint64] | None, rows: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.intp] | None]:
    """Where each unit's rows begin once sorted, how many there are, and the order; no order: a row a unit."""
    if owners is None:
        return np.arange(rows, dtype=np.int64), np.ones(rows, np.int64), None
    order = np.argsort(owners, kind="stable")
    _, first, size = np.unique(owners[order], return_index=True, return_counts=True)
    return first.astype(np.int64), size.astype(np.int64), order
