"""The learners, all of scikit-learn, each with the matrix it reads.

Chosen to differ: linear, boosted trees, averaged trees, one tree, neighbours, and counts that know no interaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import CategoricalNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

Reads = Literal["dense", "frame", "bins"]
BOOSTING: Final = "boosting"
"""The learner that the importances of columns and the fairness figures are about, beside the linear one."""
LINEAR: Final = "linear"
NEIGHBOURS: Final = 15
ITERATIONS: Final = 2000
"""Of the linear learner: far more than scaled columns and its penalty need to converge."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """What a learner must know of the matrices before it sees a row.

    seed         of whatever it draws
    categorical  of the frame's columns, which are codes
    levels       of the bins, how many codes each column has
    """

    seed: int
    categorical: tuple[bool, ...]
    levels: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Learner:
    """How a learner is made, and what it reads."""

    title: str
    reads: Reads
    make: Callable[[Shape], Any]
    most_rows: int | None = None


CLASSIFIERS: Final[Mapping[str, Learner]] = {
    LINEAR: Learner(title="logistic regression", reads="dense", make=lambda _: LogisticRegression(max_iter=ITERATIONS)),
    BOOSTING: Learner(
        title="gradient boosting",
        reads="frame",
        make=lambda shape: HistGradientBoostingClassifier(
            max_iter=80, early_stopping=False, categorical_features=shape.categorical, random_state=shape.seed
        ),
    ),
    "forest": Learner(
        title="random forest",
        reads="frame",
        make=lambda shape: RandomForestClassifier(n_estimators=50, min_samples_leaf=2, random_state=shape.seed),
    ),
    "tree": Learner(
        title="decision tree",
        reads="frame",
        make=lambda shape: DecisionTreeClassifier(min_samples_leaf=20, random_state=shape.seed),
    ),
    "neighbours": Learner(
        title=f"{NEIGHBOURS} nearest neighbours",
        reads="dense",
        make=lambda _: KNeighborsClassifier(n_neighbors=NEIGHBOURS, algorithm="brute"),
        most_rows=5000,
    ),
    "bayes": Learner(
        title="naive Bayes", reads="bins", make=lambda shape: CategoricalNB(min_categories=list(shape.levels))
    ),
}
"""What predicts a class."""

REGRESSORS: Final[Mapping[str, Learner]] = {
    LINEAR: Learner(title="ridge regression", reads="dense", make=lambda _: Ridge()),
    BOOSTING: Learner(
        title="gradient boosting",
        reads="frame",
        make=lambda shape: HistGradientBoostingRegressor(
            max_iter=80, early_stopping=False, categorical_features=shape.categorical, random_state=shape.seed
        ),
    ),
    "forest": Learner(
        title="random forest",
        reads="frame",
        make=lambda shape: RandomForestRegressor(
            n_estimators=50, min_samples_leaf=2, max_features=1 / 3, random_state=shape.seed
        ),
    ),
    "tree": Learner(
        title="decision tree",
        reads="frame",
        make=lambda shape: DecisionTreeRegressor(min_samples_leaf=20, random_state=shape.seed),
    ),
    "neighbours": Learner(
        title=f"{NEIGHBOURS} nearest neighbours",
        reads="dense",
        make=lambda _: KNeighborsRegressor(n_neighbors=NEIGHBOURS, algorithm="brute"),
        most_rows=5000,
    ),
}
"""What predicts a number."""
