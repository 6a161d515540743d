"""Parts of the codebook: so many rows for each level of the target, however rare it is.

CTGAN shows its generator rare classes as often as frequent ones (training-by-sampling; Xu et al., 2019, section 4.3).
Private rows may not be picked by their class, so here the *generator* is divided instead: every group of levels of
the target (and of columns the user names) owns an equal part of the codebook, whose rows have no other level, and the
mixture weights, which start at the noisy shares, keep the groups as frequent as they are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from synthgen.encode.codec import Codec
from synthgen.engine.candidates import FEWEST_ROWS, Groups, groups_of
from synthgen.errors import ConfigError

RARE = 0.1
"""Where a group of the target has a smaller share than this, the codebook is divided without being asked."""
BARRED = -30.0
"""Added to the logits of levels that a row may not have."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """What each row of the codebook stands for.

    weights  float64 [rows], sums to 1
    barred   float32 [rows, codes]: 0, or BARRED where the row's part excludes a level
    """

    weights: NDArray[np.float64]
    barred: NDArray[np.float32]

    def tensors(self, device: torch.device) -> tuple[Tensor, Tensor]:
        """Logarithms of the weights relative to their mean, and the barred logits, on a device."""
        relative = np.log(np.maximum(self.weights * len(self.weights), 1e-12))
        return torch.tensor(relative, dtype=torch.float32, device=device), torch.from_numpy(self.barred).to(device)


def parts_of(codec: Codec, columns: Sequence[str], rows: int) -> Parts | None:
    """`rows` rows of a codebook, dealt evenly to the combinations of the columns' groups; None without any.

    Raises ConfigError where the parts would have fewer than FEWEST_ROWS rows.
    """
    every = [groups for groups in (groups_of(codec, name) for name in dict.fromkeys(columns)) if groups is not None]
    if not every:
        return None
    number = int(np.prod([groups.number for groups in every]))
    if number * FEWEST_ROWS > rows:
        raise ConfigError(
            "parts",
            expected=f"at most {rows // FEWEST_ROWS} combinations of groups for {rows:,} rows of the codebook",
            got=f"{number}",
            fix="name fewer columns",
        )
    weights, barred = np.ones(rows), np.zeros((rows, int(codec.offsets[-1])), np.float32)
    place = np.arange(rows) % number
    for groups in every:
        own, place = place % groups.number, place // groups.number
        share = _shares(codec, groups)
        weights *= share[own]
        levels = slice(int(codec.offsets[groups.column]), int(codec.offsets[groups.column + 1]))
        barred[:, levels] = np.where(groups.of_level == own[:, None], 0.0, BARRED)
    return Parts(weights=weights / weights.sum(), barred=barred)


def have_room(codec: Codec, columns: Sequence[str], rows: int) -> bool:
    """Whether every combination of the columns' groups gets FEWEST_ROWS rows or more."""
    every = (groups_of(codec, name) for name in columns)
    return math.prod(groups.number for groups in every if groups is not None) * FEWEST_ROWS <= rows


def wants_parts(codec: Codec, target: str | None, rows: int) -> bool:
    """Whether a group of the target is rare, by its noisy share, and a codebook of `rows` has room for its groups."""
    groups = groups_of(codec, target)
    if groups is None or not have_room(codec, [codec.names[groups.column]], rows):
        return False
    return bool(_shares(codec, groups).min() < RARE)


def _shares(codec: Codec, groups: Groups) -> NDArray[np.float64]:
    shares = np.bincount(groups.of_level, codec.columns[codec.names[groups.column]].marginal, groups.number)
    return np.asarray(np.maximum(shares, 1e-9))
