"""Synthetic rows, clipped as the real ones are: no noise, no privacy, nothing private."""

from __future__ import annotations

from torch import Tensor

from synthgen.privacy.dpsgd.clipping import clipped_sums
from synthgen.privacy.dpsgd.layered import LayeredLoss
from synthgen.privacy.dpsgd.mixture import MixtureLikelihood
from synthgen.privacy.dpsgd.views import one_view_each


def clipped_fake(loss: LayeredLoss | MixtureLikelihood, rows: Tensor, *, clip: float) -> list[Tensor]:
    """Mean of the synthetic rows' gradients, each clipped to `clip`, one tensor a parameter.

    `rows` are codes int64 [rows, columns] (a condition's code already beside them), or for a `LayeredLoss` soft
    one-hots [rows, codes] as wide as its first layer. Clipped alike, the real and the fake half of a critic's gradient
    stay balanced.
    """
    sums = clipped_sums(loss, [one_view_each(rows)], clip, loss.dtypes[0])
    return [(total / max(len(rows), 1)).to(dtype) for total, dtype in zip(sums, loss.dtypes, strict=True)]
