"""Whether each group has its share of the synthetic rows.

The interval of a synthetic share holds what chance did: the sampling of synthetic rows and, where the model is given,
the noise that its fit put on the group's counts. A share that differs from the real one by more than that was
misrepresented by the model itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from synthgen.evaluate.fairness.groups import Grouping
from synthgen.evaluate.fairness.noise import noise_of
from synthgen.evaluate.inputs import Inputs, referenced
from synthgen.evaluate.report import Absent, Drawing, Figure, Interval, Table, Tier
from synthgen.evaluate.views import View
from synthgen.model import Model
from synthgen.schema import Boolean, Categorical

Z: Final = 1.959964
FEWEST: Final = 20
"""Real rows of a group, below which the ratio of its shares is not told."""
Floats = NDArray[np.float64]


def effective(view: View) -> float:
    """Rows that would say as much if each were a person of its own (Kish 1965).

    Persons with many rows make shares less certain: n^2 over the sum of squared numbers of rows.
    """
    if view.unit is None:
        return float(view.rows)
    sizes = np.unique(view.unit, return_counts=True)[1].astype(np.float64)
    return float(sizes.sum() ** 2 / np.square(sizes).sum())


def share_interval(shares: Floats, rows: float, noise: float) -> tuple[Floats, Floats]:
    """Ends of the 95 % intervals of shares: Wilson's, widened by noise with that standard deviation as a share.

    Wilson 1927 for the sampling; the noise is normal and independent of it, so variances add up.

    >>> low, high = share_interval(np.array([0.5]), 100.0, 0.0)
    >>> low.round(3), high.round(3)
    (array([0.404]), array([0.596]))
    """
    z2 = Z**2
    middle = (shares + z2 / (2 * rows)) / (1 + z2 / rows)
    half = np.sqrt(z2 * (shares * (1 - shares) / rows + z2 / (4 * rows**2))) / (1 + z2 / rows)
    half = np.hypot(half, Z * noise)
    return np.maximum(0.0, middle - half), np.minimum(1.0, middle + half)


def noise_share(model: Model | None, grouping: Grouping) -> float | None:
    """Noise of a group's share: None where it is not known, or no count of the group was measured."""
    if model is None or any(one.edges.size or one.exact.size for one in grouping.bins):
        return None  # a bin of a number is several cells of the model, its own or another's
    noise = noise_of(model, grouping.columns)
    return None if noise is None or model.rows <= 0 else noise / model.rows


def method(model: Model | None, noise: float | None) -> str:
    """What an interval covers, in words."""
    if noise is not None:
        return "Wilson, widened by the noise of the group's counts"
    return "Wilson, sampling alone" + ("" if model is None else ": the noise of this group's count is not known")


def figures(inputs: Inputs, grouping: Grouping) -> Iterator[Figure]:
    """How far shares are off altogether, and each group's share over its real one."""
    yield _distance(inputs, grouping)
    size, rows = grouping.rows(inputs.real), inputs.synthetic.rows
    real, synthetic = size / max(1, size.sum()), grouping.rows(inputs.synthetic) / max(1, rows)
    noise = noise_share(inputs.model, grouping)
    low, high = share_interval(synthetic, effective(inputs.synthetic), noise or 0.0)
    said = method(inputs.model, noise)
    first, second, shuffled = (
        grouping.rows(view) / max(1, view.rows) for view in (inputs.first, inputs.second, inputs.independent)
    )
    few = Absent(why=f"the real table has fewer than {FEWEST} rows of the group")
    for at, label in enumerate(grouping.labels):
        enough = size[at] >= FEWEST
        yield Figure(
            key="fairness.representation",
            title="Share of synthetic rows over share of real rows",
            value=float(synthetic[at] / real[at]) if enough else few,
            tier="internal",
            better="neither",
            interval=Interval(low=float(low[at] / real[at]), high=float(high[at] / real[at]), method=said)
            if enough
            else few,
            ceiling=float(second[at] / first[at]) if enough and first[at] > 0 else few,
            floor=float(shuffled[at] / real[at]) if enough else few,
            subject=grouping.columns,
            slice=label,
            note="1 is as many as in the real table. An interval that leaves 1 out is off by more than chance.",
        )


def _distance(inputs: Inputs, grouping: Grouping) -> Figure:
    """Total variation distance of the groups' shares."""

    def distance(left: View, right: View) -> float | Absent:
        rows = [np.append(found := grouping.rows(view), view.rows - found.sum()) / view.rows for view in (left, right)]
        return float(np.abs(rows[0] - rows[1]).sum() / 2)

    found = referenced(distance, inputs)
    return Figure(
        key="fairness.representation_distance",
        title="Share of rows in the wrong group (total variation)",
        value=found.value,
        tier="internal",
        better="lower",
        interval=Absent(why="a distance between shares has a skewed spread; each group's own ratio has an interval"),
        ceiling=found.ceiling,
        floor=found.floor,
        subject=grouping.columns,
        note="Columns shuffled by themselves keep the shares of single columns.",
    )


def public_groupings(inputs: Inputs, columns: tuple[str, ...]) -> Iterator[Grouping]:
    """Groupings that need no real row: of columns whose levels the schema lists, by what synthetic rows there are."""
    known = tuple(name for name in columns if _listed(inputs, name))
    for one in (*((name,) for name in known), *([known] if len(known) > 1 else [])):
        yield Grouping.of(inputs.synthetic, one)


def _listed(inputs: Inputs, name: str) -> bool:
    column = inputs.schema.columns.get(name)
    return isinstance(column, Boolean) or (isinstance(column, Categorical) and column.values is not None)


def drawings(inputs: Inputs, grouping: Grouping, *, tier: Tier) -> Iterator[Drawing]:
    """Shares of groups with intervals; without real rows where the tier says so."""
    noise = noise_share(inputs.model, grouping)
    rows = grouping.rows(inputs.synthetic)
    share = rows / max(1, inputs.synthetic.rows)
    low, high = share_interval(share, effective(inputs.synthetic), noise or 0.0)
    columns: list[Floats | NDArray[np.int64]] = [share, low, high]
    header = ["group", "synthetic share", "low", "high"]
    if tier == "internal":
        size = grouping.rows(inputs.real)
        columns = [size, size / max(1, inputs.real.rows), *columns]
        header = ["group", "real rows", "real share", *header[1:]]
    yield Table(
        title=f"{' x '.join(grouping.columns)}: shares of groups, 95 % intervals ({method(inputs.model, noise)})",
        tier=tier,
        header=tuple(header),
        cells=tuple((label, *(float(column[at]) for column in columns)) for at, label in enumerate(grouping.labels)),
    )
