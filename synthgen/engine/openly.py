"""Whether a phase made a codebook worse, asked of rows whose gradients it did not see; without privacy only.

They are in the counts, as all rows are, so that which was learned from counts alone looks better than it is, a little.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from synthgen.engine.codebook import Codebook
from synthgen.engine.fakes import Urn
from synthgen.engine.teacher import surprise
from synthgen.progress import Progress, Silent

Codes = NDArray[np.int64]

FEWEST, MOST, TREES = 100, 10_000, 100
"""Rows that a classifier is asked about, at least and at most, and how many trees it grows."""
FEWEST_OF_A_CLASS = 20
MOST_DRAWS = 3
"""Of fakes, where rows are few: how many times a classifier sees others."""
LEAST_LOSS, LUCK = 0.01, 0.7
"""What an area under the ROC curve of .5 may lose where there are many rows, and, over the square root of their number,
where they are few: two standard deviations between codebooks that are equally good.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Area:
    """An area under a ROC curve, and how many of the rarer class it is of."""

    area: float
    few: int

    @property
    def allowance(self) -> float:
        """By how much another may be worse: as little as its chance where it is near 0 or 1."""
        return max(LEAST_LOSS, LUCK / math.sqrt(self.few)) * 2 * math.sqrt(self.area * (1 - self.area))


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """How a codebook looks to rows that were held out.

    surprise  minus the mean log-likelihood of them, in nats
    told      how well they are told from its fakes; None where they are too few to say
    foretold  how well their target is, by who knows fakes alone; None where there is none, or too few to say
    """

    surprise: float
    told: Area | None = None
    foretold: Area | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RowsAnswer:
    """What rows that were held out say of a codebook after against before."""

    before: Seen
    after: Seen

    @property
    def is_worse(self) -> bool:
        """Whether they are less likely; or better told from fakes, or worse foretold by them, beyond chance."""
        good = [self.after.surprise <= self.before.surprise]
        if self.before.told and self.after.told:
            good.append(self.after.told.area - self.before.told.area <= self.before.told.allowance)
        if self.before.foretold and self.after.foretold:
            good.append(self.before.foretold.area - self.after.foretold.area <= self.before.foretold.allowance)
        return not all(good)  # what is no number is worse, too

    @property
    def words(self) -> str:
        """The verdict, for people.

        >>> told, tells = Area(area=0.52, few=900), Area(area=0.61, few=900)
        >>> RowsAnswer(before=Seen(surprise=9.0, told=told), after=Seen(surprise=8.0, told=tells)).words
        'rejected, rows held out are 1.00 nats likelier, told from fakes with an AUC of 0.610 (before: 0.520)'
        """
        gained = self.before.surprise - self.after.surprise
        parts = [f"{abs(gained):.2f} nats {'likelier' if gained >= 0 else 'less likely'}"]
        for what, old, new in (
            ("told from fakes", self.before.told, self.after.told),
            ("foretold by fakes", self.before.foretold, self.after.foretold),
        ):
            if old and new:
                parts.append(f"{what} with an AUC of {new.area:.3f} (before: {old.area:.3f})")
        return f"{'rejected' if self.is_worse else 'kept'}, rows held out are {', '.join(parts)}"


def asked_of_rows(
    before: Codebook,
    after: Codebook,
    rows: Tensor,
    *,
    target: int | None,
    seed: int,
    progress: Progress | None = None,
) -> RowsAnswer:
    """Compare two codebooks by rows of codes, int64 [rows, columns]; `target`: the column that is to be foretold."""
    codes, watched = rows[:MOST].cpu().numpy(), progress or Silent()
    watched.stage("asking rows held out", 2)

    def seen(book: Codebook) -> Seen:
        found = Seen(
            surprise=surprise(book, rows),
            told=told_apart(book, codes, seed=seed),
            foretold=None if target is None else foretold(book, codes, target, seed=seed),
        )
        watched.advance()
        return found

    return RowsAnswer(before=seen(before), after=seen(after))


def told_apart(book: Codebook, rows: Codes, *, seed: int) -> Area | None:
    """How well boosted trees tell rows of codes from as many fakes, .5 is best; None for fewer than FEWEST rows.

    A classifier two-sample test (Lopez-Paz and Oquab, 2017), two-fold; the mean over several draws where rows are few.
    """
    if len(rows) < FEWEST:
        return None
    draw, areas = _drawer(book, seed), []
    label, order = np.repeat([0, 1], len(rows)), np.random.default_rng(seed).permutation(2 * len(rows))
    for _ in range(min(MOST // len(rows), MOST_DRAWS)):
        codes = np.concatenate([rows, draw(len(rows))])
        for ask, learn in (order[::2], order[1::2]), (order[1::2], order[::2]):
            areas.append(_area(codes[learn], label[learn], codes[ask], label[ask]))
    return Area(area=float(np.mean(areas)), few=len(rows))


def foretold(book: Codebook, rows: Codes, target: int, *, seed: int) -> Area | None:
    """How well trees that were grown on fakes foretell one column of rows, from the others; 1 is best.

    What is foretold is whether its code is beyond the one that divides the rows most evenly; None where either class
    has fewer than FEWEST_OF_A_CLASS rows.
    """
    levels = rows[:, target]
    cuts, counts = np.unique(levels, return_counts=True)
    below = counts.cumsum() - counts
    even = np.minimum(below, len(rows) - below)
    if len(rows) < FEWEST or even.max() < FEWEST_OF_A_CLASS:
        return None
    cut = cuts[even.argmax()]
    fakes = _drawer(book, seed)(MOST)
    others = np.delete(np.arange(rows.shape[1]), target)
    area = _area(fakes[:, others], fakes[:, target] >= cut, rows[:, others], levels >= cut)
    return Area(area=area, few=int(even.max()))


def _drawer(book: Codebook, seed: int) -> Callable[[int], Codes]:
    """Draws so many fakes."""
    urn = Urn(
        torch.from_numpy(book.probabilities),
        torch.from_numpy(book.weights * book.rows),
        offsets=torch.from_numpy(book.offsets),
        marginal=torch.zeros(book.probabilities.shape[1]),  # fakes without a condition ask for none
        random=torch.Generator().manual_seed(seed),
    )
    return lambda number: urn.alone(number).codes.numpy()


def _area(known: Codes, label: NDArray[np.generic], asked: Codes, truth: NDArray[np.generic]) -> float:
    """Area under the ROC curve of trees that know some rows and their labels, for others."""
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415 - slow to load, and seldom needed
    from sklearn.metrics import roc_auc_score  # noqa: PLC0415 - slow to load, and seldom needed

    if len(np.unique(label)) < 2:
        return 0.5  # who knows one class alone tells nothing
    trees = HistGradientBoostingClassifier(max_iter=TREES, early_stopping=False, random_state=0)
    return float(roc_auc_score(truth, trees.fit(known, label).predict_proba(asked)[:, 1]))
