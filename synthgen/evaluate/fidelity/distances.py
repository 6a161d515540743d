"""Figures of how far tables of k columns are apart, and of how many real rows would be as near."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from synthgen.evaluate.fidelity import marginals
from synthgen.evaluate.fidelity.estimate import (
    Estimate,
    Found,
    Tables,
    Units,
    Words,
    absent,
    figure,
    interval_of,
    made,
)
from synthgen.evaluate.fidelity.marginals import Marginals, Sets
from synthgen.evaluate.report import Absent, Figure, Interval
from synthgen.evaluate.views import Codes, View, binned

WORST: Final = 10
"""Pairs of columns that are shown."""
NAMED: Final = {1: "Single columns", 2: "Pairs of columns", 3: "Triples of columns"}
EQUIVALENT: Final = "So many real rows, drawn at random with replacement, would be as near to the real table."
NIST: Final = Words(
    key="nist",
    title="NIST's k-marginal score (k = 2)",
    better="higher",
    high=1000,
    note="1000 less 1000 times the mean over all pairs; NIST's SDNist draws 50 pairs at random.",
)
SUBSAMPLE: Final = Words(
    key="nist_subsample",
    title="Pairs of columns: as good as this share of the real rows",
    better="higher",
    note="NIST's equivalent: the real rows' subsample, drawn without replacement, that would score the same.",
)
PAIR: Final = Words(key="pair.tvd", title="Total variation", note="One of the pairs that are farthest beyond chance.")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Compared:
    """k-marginals of the synthetic table, of two real ones, and of independent columns; `rows` of each real side."""

    k: int
    sets: Sets
    found: tuple[Marginals | Absent, Marginals | Absent, Marginals | Absent]
    rows: tuple[int, int, int]

    @property
    def means(self) -> tuple[Found, ...]:
        """The mean distances, with influences."""
        return tuple(one if isinstance(one, Absent) else one.mean for one in self.found)

    def turned(self, function: Callable[[Marginals, int], float | Absent]) -> list[Found]:
        """`function` of each, and of its real rows."""
        turned = [
            one if isinstance(one, Absent) else function(one, rows)
            for one, rows in zip(self.found, self.rows, strict=True)
        ]
        return [one if isinstance(one, Absent) else Estimate(value=one) for one in turned]


def codes_of(views: Tables[View]) -> Tables[Codes]:
    """Codes with one meaning for all tables."""
    real, synthetic, second, independent = binned([views.real, views.synthetic, views.second, views.independent])
    first = real if views.first is views.real else binned([views.real, views.first])[1]
    return Tables(real=real, synthetic=synthetic, first=first, second=second, independent=independent)


def titled(k: int) -> Words:
    """What is said of the mean distance of sets of k columns."""
    note = "Half the sum of the differences of shares over all combinations of levels; the mean over sets of columns."
    return Words(key=f"tvd{k}", title=f"{NAMED[k]}: total variation", note=note)


def compared(codes: Tables[Codes], k: int, rng: np.random.Generator) -> Compared:
    """k-marginals of all tables, over the same sets of columns."""
    levels = codes.real.levels
    sets = marginals.sets_of(len(levels), k, rng)
    pairs = ((codes.real, codes.synthetic), (codes.first, codes.second), (codes.real, codes.independent))
    own, ceiling, floor = (marginals.marginals(one.codes, two.codes, levels, sets) for one, two in pairs)
    real = len(codes.real.codes)
    return Compared(k=k, sets=sets, found=(own, ceiling, floor), rows=(real, len(codes.first.codes), real))


def distance(one: Compared, units: Tables[Units], *, rows: str = "") -> Figure:
    """The mean total variation over sets of k columns."""
    return made(titled(one.k), one.means, units=units, rows=rows, note=f"{len(one.sets):,} sets.")


def equivalents(one: Compared, units: Tables[Units]) -> Iterator[Figure]:
    """What the distance is as good as; for pairs, in NIST's words as well."""
    title = f"{NAMED[one.k]}: as good as a sample of so many rows"
    words = Words(key=f"equivalent_rows{one.k}", title=title, better="higher", high=float("inf"), note=EQUIVALENT)
    own = one.found[0]
    if isinstance(own, Absent):
        yield absent(words, own.why)
        return
    interval = interval_of(own.mean, units.real, units.synthetic, low=0.0, high=1.0)

    def at(far: float, rows: int = one.rows[0]) -> float:
        same = marginals.equivalent(far, own.repeats, rows, len(own.each))
        return marginals.MOST_EQUIVALENT if isinstance(same, Absent) else same

    same = one.turned(lambda each, rows: marginals.equivalent(each.mean.value, each.repeats, rows, len(each.each)))
    yield made(words, same, interval=_through(at, interval))
    if one.k == 2:
        score = one.turned(lambda each, _: marginals.nist(each.mean.value))
        yield made(NIST, score, interval=_through(marginals.nist, interval))
        share = [
            found if isinstance(found, Absent) else Estimate(value=marginals.subsample(found.value, rows))
            for found, rows in zip(same, one.rows, strict=True)
        ]
        yield made(SUBSAMPLE, share, interval=_through(lambda far: marginals.subsample(at(far), one.rows[0]), interval))


def _through(falling: Callable[[float], float], interval: Interval | Absent) -> Interval | Absent:
    """The interval of a falling function of the distance."""
    if isinstance(interval, Absent):
        return interval
    method = f"{interval.method} of the distance"
    return Interval(low=falling(interval.high), high=falling(interval.low), method=method)


def worst_pairs(one: Compared, codes: Tables[Codes]) -> list[tuple[int, ...]]:
    """The pairs whose distance exceeds most what two samples of the real table would have, the worst first."""
    own = one.found[0]
    if isinstance(own, Absent):
        return []
    beyond = marginals.excess(own.each, codes.real.codes, codes.synthetic.codes, codes.real.levels, one.sets)
    return [one.sets[place] for place in np.argsort(-beyond, kind="stable")[:WORST]]


def pair_figures(pairs: Sequence[tuple[int, ...]], codes: Tables[Codes], units: Tables[Units]) -> Iterator[Figure]:
    """Total variation of single pairs."""
    names, levels = codes.real.names, codes.real.levels
    for pair in pairs:

        def apart(real: Codes, other: Codes, pair: tuple[int, ...] = pair) -> Found:
            found = marginals.marginals(real.codes, other.codes, levels, [pair])
            return found if isinstance(found, Absent) else found.mean

        yield figure(PAIR, apart, codes, units, subject=tuple(names[place] for place in pair))
