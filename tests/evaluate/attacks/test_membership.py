"""Scores of membership: they know no label, and find what was copied."""

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from synthgen.evaluate.attacks.membership import LOOKS, METHODS, OUTLIERS, Scored, evidence, look, scored, told_apart
from synthgen.evaluate.attacks.points import points
from synthgen.evaluate.attacks.rates import auc
from synthgen.evaluate.inputs import inputs_of
from synthgen.evaluate.views import Features, features
from synthgen.schema import Schema
from tests.evaluate.attacks.made import Draw


@pytest.fixture(scope="module")
def leaky(draw: Draw, schema: Schema) -> Scored:
    """400 targets, of which the first 20 are among the synthetic rows."""
    targets, synthetic = draw(400, 1), draw(600, 2)
    synthetic.iloc[:20] = targets.iloc[:20]
    inputs = inputs_of(targets, synthetic, schema)
    fakes, pool = points((inputs.synthetic, inputs.real), scale="rank")
    seen, told = (features(view, inputs.synthetic) for view in (inputs.real, inputs.synthetic))
    return scored(pool, fakes, seen, told, np.random.default_rng(0))


@pytest.mark.parametrize("method", ["density ratio", "nearest neighbour", "together"])
def test_copied_rows_score_highest(leaky: Scored, method: str) -> None:
    scores = leaky.scores[METHODS.index(method)]
    assert np.mean(scores[:20]) > np.quantile(scores[20:], 0.9)


def test_the_nearest_neighbour_tells_every_copy(leaky: Scored) -> None:
    scores = leaky.scores[METHODS.index("nearest neighbour")]
    assert scores[:20].min() > scores[20:].max()


def test_outliers_are_the_share_that_lies_farthest(leaky: Scored) -> None:
    assert leaky.outliers.sum() == pytest.approx(OUTLIERS * 400, abs=2)


def test_a_classifier_tells_rows_it_was_not_taught_on() -> None:
    rng = np.random.default_rng(0)
    table = rng.normal(size=(400, 3))
    which = np.arange(400) < 200
    noise = told_apart(as_features(table), rng, are=which)
    assert 0.4 < auc(noise[which], noise[~which])[0] < 0.6
    table[which, 1] += 3
    clear = told_apart(as_features(table), rng, are=which)
    assert auc(clear[which], clear[~which])[0] > 0.9


def as_features(table: NDArray[np.float64]) -> Features:
    return Features(frame=pd.DataFrame(table), categorical=(False, False, False))


def test_evidence_counts_ranks_and_the_highest_of_all_and_of_outliers() -> None:
    scores = np.arange(1000.0)
    outliers = np.arange(1000) % 10 == 9
    found = evidence(Scored(scores=np.stack([scores] * 4), outliers=outliers), np.random.default_rng(0)).T
    named = {look(kind): seen for kind, seen in enumerate(found)}
    assert named["classifier: ranks of members of all targets"].tolist() == (scores - 499.5).tolist()
    highest = "density ratio: members among the highest {} of all targets"
    assert np.flatnonzero(named[highest.format("0.5%")]).tolist() == list(range(992, 1000))  # 8 at least
    assert np.flatnonzero(named[highest.format("2.0%")]).tolist() == list(range(980, 1000))
    few = named["nearest neighbour: members among the highest 10.0% of outliers"]
    assert np.flatnonzero(few).tolist() == list(range(909, 1000, 10))
    assert not named["together: ranks of members of outliers"][~outliers].any()


def test_every_kind_of_evidence_has_a_name() -> None:
    assert len({look(kind) for kind in range(len(LOOKS))}) == len(LOOKS) == 12
