"""Figures of many columns together, but for those of `distances`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final, TypeVar

import numpy as np

from synthgen.evaluate.fidelity import associations as between
from synthgen.evaluate.fidelity import classifier, coverage, sdm
from synthgen.evaluate.fidelity.associations import Association, Kind, Pair
from synthgen.evaluate.fidelity.classifier import Told
from synthgen.evaluate.fidelity.columns import missing_together
from synthgen.evaluate.fidelity.estimate import Estimate, Found, Tables, Units, Words, figure, made
from synthgen.evaluate.fidelity.manifold import manifold
from synthgen.evaluate.inputs import Inputs, rng
from synthgen.evaluate.report import Absent, Figure
from synthgen.evaluate.views import View

T = TypeVar("T")
Draws = np.random.Generator
INFINITE: Final = float("inf")

C2ST: Final = Words(
    key="c2st",
    title="A classifier told them apart, AUC",
    note="0.5: it could not. Boosted trees, asked about rows that they were not trained on.",
)
CHANCE: Final = Words(
    key="c2st_p",
    title="The classifier's success by chance, p",
    better="higher",
    note=f"{classifier.PERMUTATIONS} permutations of the labels of rows that the classifiers had not seen.",
)
TELLING: Final = Words(
    key="telling",
    title="The classifier's AUC falls without the column by",
    low=-1.0,
    note="Shuffled among the rows asked about; the five columns that tell most.",
)
PMSE: Final = (
    Words(key="pmse", title="Propensity score, pMSE", high=0.25, note="A logistic regression of single columns."),
    Words(
        key="pmse_ratio",
        title="Propensity score, pMSE beside its mean by chance",
        high=INFINITE,
        note="1 is the mean for rows drawn from a right model of the real rows; two real samples of one size have 2.",
    ),
)
MANIFOLD: Final = (
    Words(key="alpha_precision", title="Alpha-precision", better="higher", low=-1.0, note="Are rows plausible?"),
    Words(key="beta_recall", title="Beta-recall", better="higher", low=-1.0, note="Is every kind of row there?"),
    Words(
        key="authenticity",
        title="Authenticity",
        better="neither",
        note="Rows farther from a real row than it is from its like; far below a second real sample: copies.",
    ),
)
SDM: Final = (
    ("quality", "SDMetrics quality score"),
    ("shapes", "SDMetrics column shapes"),
    ("trends", "SDMetrics column pair trends"),
    ("diagnostic", "SDMetrics diagnostic score"),
    ("validity", "SDMetrics data validity"),
    ("structure", "SDMetrics data structure"),
)
RARE: Final = Words(
    key="rare_levels",
    title="Rare levels that occur at all",
    better="higher",
    note=f"Of the levels that some, but fewer than {coverage.RARE:.0%}, of the real rows hold.",
)
RARE_MASS: Final = Words(
    key="rare_mass",
    title="Rare levels, how often for each real time",
    better="neither",
    high=INFINITE,
    note="1 is right.",
)
COLLAPSE: Final = Words(
    key="mode_collapse",
    title="Mode collapse: kinds of rows whose share differs (NDB / K)",
    note="0.05 is chance. Kinds are cells of k-means in the real rows.",
)
DUPLICATES: Final = Words(
    key="duplicates",
    title="Rows that repeat an earlier one, difference in share",
    better="neither",
    low=-1.0,
    note="In equally many rows of both tables; above 0 the synthetic table repeats itself more than the real one.",
)
COPIES: Final = Words(key="copies", title="Rows that are the same as a real row, share", better="neither")
PATTERN: Final = Words(
    key="missing_pattern",
    title="Which columns are missing together: total variation",
    note="Over the patterns of what a row lacks.",
)
SLICE_ROUNDS: Final = 30
"""Trees of a slice's classifier, which has few rows."""
NO_SPREAD: Final = Absent(why="a count of levels or bins, not a mean over rows")


def each(inputs: Inputs, views: Tables[View], name: str, function: Callable[[View, View, Draws], T]) -> tuple[T, T, T]:
    """`function` of the real and the synthetic table, of two real ones, and of independent columns."""
    return (
        function(views.real, views.synthetic, rng(inputs, f"{name} synthetic")),
        function(views.first, views.second, rng(inputs, f"{name} ceiling")),
        function(views.real, views.independent, rng(inputs, f"{name} floor")),
    )


Matrices = Mapping[Kind, Tables[dict[Pair, Association]]]


def matrices(views: Tables[View]) -> Matrices:
    """All associations of all tables."""
    return {kind: views.map(partial(between.associations, kind=kind)) for kind in between.KINDS}


def association_words(kind: Kind) -> Words:
    """What is said of the mean difference."""
    return Words(key=kind, title=f"{between.KINDS[kind]}, mean absolute difference", high=2.0)


def association_figures(found: Matrices, units: Tables[Units], *, rows: str = "") -> Iterator[Figure]:
    """How much the associations differ on average; of the whole table, the pair that differs most as well."""
    for kind, tables in found.items():
        yield figure(association_words(kind), between.mean_difference, tables, units, rows=rows)
        for pair in [] if rows else between.worst(tables.real, tables.synthetic, 1):
            words = Words(
                key=f"pair.{kind}",
                title=f"{between.KINDS[kind]}, absolute difference",
                high=2.0,
                note="The pair that differs most.",
            )
            yield figure(words, partial(_difference, pair=pair), tables, units, subject=pair)


def _difference(real: Mapping[Pair, Association], other: Mapping[Pair, Association], pair: Pair) -> Found:
    return between.difference(real[pair], other[pair])


def told(inputs: Inputs, views: Tables[View]) -> tuple[Told | Absent, Told | Absent, Told | Absent]:
    """C2ST of the whole tables."""
    return each(inputs, views, "c2st", partial(classifier.told_apart, telling=True))


def told_in_slice(
    inputs: Inputs, views: Tables[View], rows: str, *, most: int
) -> tuple[Told | Absent, Told | Absent, Told | Absent]:
    """C2ST of some rows."""
    return each(inputs, views, f"c2st {rows}", partial(classifier.told_apart, most=most, rounds=SLICE_ROUNDS))


def c2st_figure(found: tuple[Told | Absent, ...], *, rows: str = "") -> Figure:
    """The area under the ROC curve."""
    areas: list[Found] = [one if isinstance(one, Absent) else one.auc for one in found]
    own = found[0]
    note = "" if isinstance(own, Absent) else f"On {len(own.auc.real):,} rows of each table."
    return made(C2ST, areas, rows=rows, note=note)


def c2st_details(found: tuple[Told | Absent, ...]) -> Iterator[Figure]:
    """The permutation test, and the columns that told most."""
    p: list[Found] = [one if isinstance(one, Absent) else Estimate(value=one.p) for one in found]
    yield made(CHANCE, p, interval=Absent(why="a p value is itself a statement about chance"))
    once = Absent(why="one shuffling of one classifier's rows")
    own = found[0]
    for name in [] if isinstance(own, Absent) else sorted(own.telling, key=lambda name: -own.telling[name])[:5]:
        falls: list[Found] = [one if isinstance(one, Absent) else _fall(one, name) for one in found]
        yield made(TELLING, falls, interval=once, subject=(name,))


def _fall(one: Told, name: str) -> Found:
    if name not in one.telling:
        return Absent(why="the column is empty there")
    return Estimate(value=one.telling[name])


def pmse_figures(inputs: Inputs, views: Tables[View]) -> Iterator[Figure]:
    """The propensity score's distance from a coin's, and its ratio to what chance gives."""
    yield from _several(PMSE, each(inputs, views, "pmse", classifier.propensity))


def manifold_figures(inputs: Inputs, views: Tables[View]) -> Iterator[Figure]:
    """Alpha-precision, beta-recall and authenticity."""
    yield from _several(MANIFOLD, each(inputs, views, "manifold", manifold))


def _several(said: tuple[Words, ...], found: tuple[tuple[Estimate, ...] | Absent, ...]) -> Iterator[Figure]:
    for index, words in enumerate(said):
        yield made(words, [one if isinstance(one, Absent) else one[index] for one in found])


def sdm_figures(found: tuple[sdm.Scores, sdm.Scores, sdm.Scores]) -> Iterator[Figure]:
    """SDMetrics' scores."""
    none = Absent(why="SDMetrics gives no interval")
    for name, title in SDM:
        values = [getattr(one, name) for one in found]
        each_value: list[Found] = [one if isinstance(one, Absent) else Estimate(value=one) for one in values]
        yield made(Words(key=f"sdm.{name}", title=title, better="higher"), each_value, interval=none)


def coverage_figures(inputs: Inputs, views: Tables[View], units: Tables[Units]) -> Iterator[Figure]:
    """Rare levels, kinds of rows, repetitions, copies, and what is missing together."""
    kept = each(inputs, views, "rare levels", lambda real, other, _: coverage.levels_kept(real, other))
    yield made(RARE, kept, interval=NO_SPREAD)
    yield figure(RARE_MASS, coverage.rare_mass, views, units)
    yield made(COLLAPSE, each(inputs, views, "modes", coverage.lost_modes), interval=NO_SPREAD)
    shares = each(inputs, views, "duplicates", coverage.repeated)
    more: list[Found] = [one if isinstance(one, Absent) else Estimate(value=one[1] - one[0]) for one in shares]
    own = shares[0]
    note = "" if isinstance(own, Absent) else f"Real {own[0]:.2%}, synthetic {own[1]:.2%}."
    yield made(
        DUPLICATES, more, interval=Absent(why="repetitions of a table are counted, not a mean over rows"), note=note
    )
    yield figure(COPIES, coverage.copied, views, units)
    yield figure(PATTERN, _pattern, views, units)


def _pattern(real: View, other: View) -> Found:
    return missing_together(list(real.columns.values()), [other.columns[name] for name in real.columns])
