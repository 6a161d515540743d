"""Whether a phase made a codebook worse, asked of what nothing was learned from.

Under privacy that is a part of the noisy counts: free post-processing. Without it, it is rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from synthgen.engine.codebook import Codebook
from synthgen.engine.evidence import Evidence
from synthgen.engine.fakes import Urn
from synthgen.engine.teacher import surprise

Floats = NDArray[np.float64]

HELD_SHARE = 0.05
"""Of the worth of every noisy table, for the check."""
ALLOWED = 1.0
"""A phase may add so many times the squared error that a random sample of as many rows has: it brings what no pair
shows, and a sample of the model will not be nearer than that anyway.
"""
MOST_ROWS = 100_000.0
"""Of that sample: what a sample of so many does not show, no score of it does."""
TELLING = 0.01
"""Of the area under the ROC curve: by so much two fits, and two samples, differ by chance."""
FEWEST_TOLD = 100
MOST_TOLD, MOST_DRAWS, TREES = 10_000, 3, 100
"""A classifier is shown so many rows at most, few of them beside so many draws of fakes, and grows so many trees."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CountsAnswer:
    """What counts that were held out say of a codebook after against before: of their chi-square.

    excess    estimated increase of the squared error, and its standard deviation `noise`
    yardstick what a random sample of as many rows, or MOST_ROWS, would have as squared error
    """

    excess: float
    noise: float
    yardstick: float

    @property
    def is_worse(self) -> bool:
        """Whether they say, beyond their noise, that more was lost than is allowed."""
        return not self.excess - self.noise <= ALLOWED * self.yardstick  # what is no number is worse, too

    @property
    def words(self) -> str:
        """The verdict, for people."""
        if self.is_worse:
            return "rejected, noisy counts held out were better before it"
        return "kept, noisy counts held out are no worse for it"


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """How a codebook looks to rows that were held out.

    surprise  minus the mean log-likelihood of them, in nats
    area      under the ROC curve by which they are told from its fakes; None where they are too few to say
    """

    surprise: float
    area: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class RowsAnswer:
    """What rows that were held out say of a codebook after against before; without privacy."""

    before: Seen
    after: Seen

    @property
    def is_worse(self) -> bool:
        """Whether they are less likely than before, or better told from fakes, beyond chance."""
        rise = (self.after.area or 0.0) - (self.before.area or 0.0)
        return not (self.after.surprise <= self.before.surprise and rise <= TELLING)

    @property
    def words(self) -> str:
        """The verdict, for people.

        >>> RowsAnswer(before=Seen(surprise=9.0, area=0.52), after=Seen(surprise=8.0, area=0.61)).words
        'rejected, rows held out are 1.00 nats likelier, and told from fakes with an AUC of 0.610 (before: 0.520)'
        """
        gained = self.before.surprise - self.after.surprise
        moved = f"{abs(gained):.2f} nats {'likelier' if gained >= 0 else 'less likely'}"
        told = ""
        if self.before.area is not None:
            told = f", and told from fakes with an AUC of {self.after.area:.3f} (before: {self.before.area:.3f})"
        return f"{'rejected' if self.is_worse else 'kept'}, rows held out are {moved}{told}"


def asked_of_counts(before: Sequence[Floats], after: Sequence[Floats], held: Evidence) -> CountsAnswer:
    """Compare expected tables, in the order of `held`, with what was held out.

    With y the held-out count, (y - after)^2 - (y - before)^2 has the mean that the true squared errors differ by: the
    noise of y cancels.
    """
    excess = noise = yardstick = 0.0
    for old, new, measured in zip(before, after, held.tables.values(), strict=True):
        spread = measured.variance + np.maximum(old, 1.0)
        excess += float((((measured.counts - new) ** 2 - (measured.counts - old) ** 2) / spread).sum())
        noise += float((4 * measured.variance * (new - old) ** 2 / spread**2).sum())
        counts = np.maximum(old, 0.0)
        yardstick += float((counts / spread).sum()) * max(float(counts.sum()) / MOST_ROWS, 1.0)
    return CountsAnswer(excess=excess, noise=noise**0.5, yardstick=yardstick)


def asked_of_rows(before: Codebook, after: Codebook, rows: Tensor, *, seed: int) -> RowsAnswer:
    """Compare two codebooks by rows of codes, int64 [rows, columns], that neither learned from."""

    def seen(book: Codebook) -> Seen:
        area = told_apart(book, rows, seed=seed) if len(rows) >= FEWEST_TOLD else None
        return Seen(surprise=surprise(book, rows), area=area)

    return RowsAnswer(before=seen(before), after=seen(after))


def told_apart(book: Codebook, rows: Tensor, *, seed: int) -> float:
    """Area under the ROC curve by which boosted trees tell rows, int64 codes [rows, columns], from fakes: 0.5 is best.

    A classifier two-sample test (Lopez-Paz and Oquab, 2017), two-fold; the mean over several draws where rows are few.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415 - slow to load, and seldom needed
    from sklearn.metrics import roc_auc_score  # noqa: PLC0415 - slow to load, and seldom needed

    rows = rows[:MOST_TOLD].cpu()
    urn = Urn(
        torch.from_numpy(book.probabilities),
        torch.from_numpy(book.weights * book.rows),
        offsets=torch.from_numpy(book.offsets),
        marginal=torch.zeros(len(book.probabilities[0])),  # fakes without a condition ask for none
        random=torch.Generator().manual_seed(seed),
    )
    label, areas = np.repeat([0, 1], len(rows)), []
    order = np.random.default_rng(seed).permutation(len(label))
    for _ in range(min(MOST_TOLD // len(rows), MOST_DRAWS)):
        codes = torch.cat([rows, urn.alone(len(rows)).codes]).numpy()
        for ask, learn in (order[::2], order[1::2]), (order[1::2], order[::2]):
            trees = HistGradientBoostingClassifier(max_iter=TREES, early_stopping=False, random_state=0)
            trees.fit(codes[learn], label[learn])
            areas.append(roc_auc_score(label[ask], trees.predict_proba(codes[ask])[:, 1]))
    return float(np.mean(areas))
