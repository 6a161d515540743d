"""Membership inference: whether a row was in the table.

Three attackers score each target, each with the synthetic table and with other rows of the population in hand, and a
fourth takes the mean of their ranks:

density ratio     how much denser the synthetic rows lie around it than the population's (DOMIAS: van Breugel and others
                  2023, Membership inference attacks against synthetic data through overfitting detection, AISTATS);
                  densities by a product kernel for mixed columns (Li, Racine 2003, J. Multivariate Analysis 86(2))
classifier        how synthetic it looks to a classifier that was taught to tell the two (LOGAN: Hayes and others 2019,
                  Membership inference attacks against generative models, PoPETs 2019(1))
nearest neighbour how near the nearest synthetic row is, over the nearest of the population (calibrated as in Watson
                  and others 2022, On the importance of difficulty calibration in membership inference attacks, ICLR)

The population's rows are the other targets, members and controls alike: no score knows a label, so that without a leak
every dealing of the labels is as likely as the true one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from synthgen.evaluate.attacks.chance import Chance, by_chance
from synthgen.evaluate.attacks.near import Near, nearest
from synthgen.evaluate.attacks.points import Points
from synthgen.evaluate.attacks.rates import midranks
from synthgen.evaluate.views import Features

METHODS: Final = ("density ratio", "classifier", "nearest neighbour", "together")
OUTLIERS: Final = 0.1
"""The share of targets that lie farthest from all others: whom a leak hurts most."""
LOOKS: Final[tuple[tuple[int, bool, float | None], ...]] = (
    *((method, False, None) for method in range(4)),
    *((method, False, top) for method in (0, 2) for top in (0.005, 0.02)),
    *((method, True, None) for method in (0, 2, 3)),
    (2, True, 0.1),
)
"""What counts as evidence: a method's ranks, or who is among so many of its highest; of all targets, or of outliers.
Each further look makes all others weaker, so there are few: a classifier's highest say no more than its ranks do."""
FEWEST_ON_TOP: Final = 8

_WIDTHS: Final = np.array([0.05, 0.1, 0.2, 0.4, 0.8]) / 15
"""Of kernels, as shares of the largest distance; the one that makes the targets likeliest is taken."""
_TRIED: Final = 300
"""Targets by which it is chosen."""
_COINCIDENCE: Final = 1e-4
"""Nearer than this share of the largest distance is as good as a copy."""
_NEIGHBOURS: Final = 5
_TINY: Final = 1e-300
_ROUNDS: Final = 60


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Scored:
    """Scores of targets, higher for those that look more like members.

    scores    float64 [methods, targets]
    outliers  bool [targets]
    """

    scores: NDArray[np.float64]
    outliers: NDArray[np.bool_]


def scored(pool: Points, synthetic: Points, seen: Features, fakes: Features, rng: np.random.Generator) -> Scored:
    """All attackers on all targets; `seen` and `fakes` are the targets and synthetic rows as a learner has them.

    `fakes` may be fewer rows than `synthetic`.
    """
    widths = (_likeliest(pool, synthetic, rng),)
    to_fakes = nearest(pool, synthetic, widths=widths)
    to_others = nearest(pool, pool, min(_NEIGHBOURS, pool.rows - 1), widths=widths, others=True)
    nearer = [np.log(near.distances[:, 0] / pool.columns + _COINCIDENCE) for near in (to_others, to_fakes)]
    denser = [np.log(near.mass[:, 0] + _TINY) for near in (to_fakes, to_others)]
    scores = (denser[0] - denser[1], told_apart(seen, rng, others=fakes), (nearer[0] - nearer[1]).astype(np.float64))
    together = np.mean([midranks(one) for one in scores], axis=0)
    return Scored(scores=np.stack([*scores, together]), outliers=_farthest(to_others))


def _likeliest(pool: Points, synthetic: Points, rng: np.random.Generator) -> float:
    """Width of the kernel under which some targets are likeliest, were they drawn from around the synthetic rows."""
    widths = _WIDTHS * pool.columns
    some = pool.take(np.sort(rng.permutation(pool.rows)[:_TRIED]))
    logs = np.log(nearest(some, synthetic, widths=widths.tolist()).mass + _TINY).mean(axis=0)
    return float(widths[np.argmax(logs - [_normaliser(width, pool) for width in widths])])


def _normaliser(width: float, pool: Points) -> float:
    """Log of the kernel's sum over all places: an integral for numbers in 0..1, a sum for levels."""
    levels = np.maximum(pool.codes.max(axis=1, initial=0), 1)
    lines = len(pool.numbers) * np.log(2 * width * -np.expm1(-0.5 / width))
    return float(lines + np.log1p(levels * np.exp(-1 / width)).sum())


def _farthest(near: Near) -> NDArray[np.bool_]:
    distance = near.distances[:, -1]
    return np.asarray(distance >= np.quantile(distance, 1 - OUTLIERS))


def told_apart(
    rows: Features,
    rng: np.random.Generator,
    *,
    others: Features | None = None,
    are: NDArray[np.bool_] | None = None,
) -> NDArray[np.float64]:
    """How much each row looks like `others`, as log odds, to a classifier that was not taught on it: float64 [rows].

    Two classifiers, each taught on one half of the rows, score the other half. With `are` (bool [rows]) they tell
    those rows from the rest instead.
    """
    table, half = rows.frame.to_numpy(), rng.permutation(len(rows.frame)) % 2
    more = table[:0] if others is None else others.frame.to_numpy()
    labels = np.zeros(len(table), np.bool_) if are is None else are
    found = np.zeros(len(table))
    for side in (0, 1):
        taught, asked = half != side, half == side
        known = np.concatenate([more, table[taught]])
        which = np.concatenate([np.ones(len(more), np.bool_), labels[taught]])
        odds = _learner(rows, rng).fit(known, which).decision_function(table[asked])
        found[asked] = odds - np.median(odds)
    return found


def _learner(rows: Features, rng: np.random.Generator) -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(
        max_iter=_ROUNDS,
        early_stopping=False,
        class_weight="balanced",
        categorical_features=np.array(rows.categorical, np.bool_),
        random_state=int(rng.integers(2**31)),
    )


def judged(found: Scored, members: NDArray[np.bool_], rng: np.random.Generator) -> Chance:
    """Whether members are found more often than chance has it, by any method, among all targets or outliers."""
    return by_chance(evidence(found, rng), members, rng)


def evidence(found: Scored, rng: np.random.Generator) -> NDArray[np.float64]:
    """What counts for being a member, by `LOOKS`: float64 [targets, looks]. Equal scores fall in random order."""
    everyone = np.ones_like(found.outliers)
    looks = [
        _look(found.scores[method], found.outliers if outliers else everyone, top, rng)
        for method, outliers, top in LOOKS
    ]
    return np.stack(looks, axis=1)


def _look(
    scores: NDArray[np.float64], chosen: NDArray[np.bool_], top: float | None, rng: np.random.Generator
) -> NDArray[np.float64]:
    """float64 [targets]; 0 for whoever is not chosen."""
    here, seen = scores[chosen], np.zeros(len(scores))
    if top is None:
        seen[chosen] = midranks(here) - (len(here) + 1) / 2
    else:
        highest = np.flatnonzero(chosen)[np.lexsort((rng.random(len(here)), -here))]
        seen[highest[: max(FEWEST_ON_TOP, round(top * len(here)))]] = 1.0
    return seen


def look(kind: int) -> str:
    """In words, what a kind of evidence is.

    >>> look(6)
    'nearest neighbour: members among the highest 0.5% of all targets'
    """
    method, outliers, top = LOOKS[kind]
    said = "ranks of members" if top is None else f"members among the highest {top:.1%}"
    return f"{METHODS[method]}: {said} of {'outliers' if outliers else 'all targets'}"
