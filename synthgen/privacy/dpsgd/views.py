"""What one step looks at: examples, each the mean of a few views, padded to a fixed shape.

An example is a unit. Its gradient is the *mean* of its rows' gradients (and of the conditions drawn for each row), so
that a unit of many rows counts as much as a unit of one and the size of gradients, which `clip` must fit, does not
depend on how many rows a unit has. It is clipped once, as a whole: sensitivity does not care that it is a mean.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Views:
    """A padded batch; private where it was taken from a table, so its repr shows nothing.

    codes   int64 [examples, views, columns]: one code a column, offset so that no two columns share one; or, for
            synthetic rows only, floats [examples, views, codes]: soft one-hots
    shares  float [examples, views]: each view's part in its example's mean. They add up to 1, or to 0 where the
            example is padding
    """

    codes: Tensor = field(repr=False)
    shares: Tensor = field(repr=False)

    @property
    def are_soft(self) -> bool:
        """Whether rows are dense floats instead of codes."""
        return self.codes.is_floating_point()

    @property
    def flat(self) -> Tensor:
        """The views of all examples one after another: [examples * views, columns]."""
        return self.codes.flatten(0, 1)


def one_view_each(rows: Tensor) -> Views:
    """Rows [examples, columns], or soft one-hots [examples, codes], as examples of a single view.

    >>> one_view_each(torch.zeros(5, 3, dtype=torch.int64)).shares.shape
    torch.Size([5, 1])
    """
    dtype = rows.dtype if rows.is_floating_point() else torch.float32
    return Views(codes=rows.unsqueeze(1), shares=torch.ones(len(rows), 1, dtype=dtype, device=rows.device))


def with_conditions(views: Views, *, columns: Tensor, codes: int) -> Views:
    """Every view once for each of its K columns, whose own value is fed again as a condition.

    `columns` int64 [examples, views, K]. A condition's code is the value's, offset by `codes` (the number of codes).
    """
    examples, per_example, wide = views.codes.shape
    times = columns.shape[2]
    conditions = views.codes.gather(2, columns) + codes
    rows = views.codes.unsqueeze(2).expand(examples, per_example, times, wide)
    joined = torch.cat([rows, conditions.unsqueeze(3)], dim=3).reshape(examples, per_example * times, wide + 1)
    return Views(codes=joined, shares=views.shares.repeat_interleave(times, dim=1) / times)
