"""Figures of one column each."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from synthgen.evaluate.fidelity import columns
from synthgen.evaluate.fidelity.estimate import Found, Tables, Units, Words, figure
from synthgen.evaluate.report import Figure
from synthgen.evaluate.views import Codes, Column, View

TVD = Words(key="column.tvd", title="Total variation", note="Numbers in bins; missing, wrong and codes are levels.")
KS = Words(key="column.ks", title="Kolmogorov-Smirnov distance", note="Among the values that are there.")
WASSERSTEIN = Words(
    key="column.wasserstein",
    title="Wasserstein distance",
    high=float("inf"),
    note="In standard deviations of the real values.",
)
LOW_TAIL = Words(key="column.tail_low", title="Low tail, difference in share", note="Up to the real 1 % quantile.")
HIGH_TAIL = Words(
    key="column.tail_high", title="High tail, difference in share", note="From the real 99 % quantile on."
)
ZERO = Words(key="column.zero", title="Zeros, difference in share")
SPIKE = Words(
    key="column.spike",
    title="Spikes, largest difference in share",
    note=f"Single values but 0 that hold {columns.SPIKE:.0%} or more of either table.",
)
MISSING = Words(key="column.missing", title="Missing, difference in share")
CODES = Words(key="column.codes", title="Codes, total variation", note="What stands in the place of a number.")
WRONG = Words(key="column.wrong", title="Values that the column cannot have, share")


def column_figures(views: Tables[View], codes: Tables[Codes], units: Tables[Units]) -> Iterator[Figure]:
    """Figures of every column: those that its kind and its values call for."""
    for place, name in enumerate(codes.real.names):
        column = views.map(lambda view, name=name: view.columns[name])  # type: ignore[misc]  # mypy infers no lambda defaults
        levels = codes.real.levels[place]

        def apart(real: Codes, other: Codes, place: int = place, levels: int = levels) -> Found:
            return columns.distance_of_shares(real.codes[:, place], other.codes[:, place], levels)

        yield figure(TVD, apart, codes, units, subject=(name,))
        yield from _of(column, units, name)


def _of(column: Tables[Column], units: Tables[Units], name: str) -> Iterator[Figure]:
    made = partial(figure, tables=column, units=units, subject=(name,))
    both = (column.real, column.synthetic)
    if column.real.is_line:
        yield made(KS, columns.kolmogorov_smirnov)
        yield made(WASSERSTEIN, columns.wasserstein)
        if any(columns.is_continuous(one) for one in both):
            yield made(LOW_TAIL, partial(columns.tail, share=0.01))
            yield made(HIGH_TAIL, partial(columns.tail, share=0.99))
            yield made(SPIKE, columns.spikes)
        if any(columns.has_zero(one) for one in both):
            yield made(ZERO, partial(columns.mass_at, value=0.0))
    if column.real.specials:
        yield made(CODES, columns.codes)
    if any(one.missing.any() for one in both):
        yield made(MISSING, columns.missing, note=_shares(column))
    if any(one.wrong.any() for one in both):
        yield made(WRONG, columns.wrong)


def _shares(column: Tables[Column]) -> str:
    real, synthetic = (float(one.missing.mean()) for one in (column.real, column.synthetic))
    return f"Real {real:.2%}, synthetic {synthetic:.2%}."
