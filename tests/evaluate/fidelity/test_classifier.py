"""Classifiers tell different tables apart, do not tell samples of one table apart, and say what told them."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from synthgen.evaluate.fidelity import classifier
from synthgen.evaluate.fidelity.classifier import Told, area, propensity, told_apart
from synthgen.evaluate.report import Absent


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def told(inputs: Any, **more: Any) -> Told:
    found = told_apart(inputs.real, inputs.synthetic, rng(), rounds=30, **more)
    assert isinstance(found, Told)
    return found


@given(
    st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2).filter(
        lambda one: 0 < sum(y for _, y in one) < len(one)
    )
)
def test_the_area_is_that_of_scikit_learn(pairs: list[tuple[int, bool]]) -> None:
    score, label = np.array([x for x, _ in pairs], float), np.array([int(y) for _, y in pairs])
    assert area(score, label) == pytest.approx(roc_auc_score(label, score))


def test_two_samples_of_one_table_are_not_told_apart(make: Any, give: Any) -> None:
    found = told(give(make(1500), make(1500, 1)))
    assert abs(found.auc.value - 0.5) < 0.05
    assert found.p > 0.01


def test_a_column_that_lost_its_relation_is_found_and_named(make: Any, give: Any) -> None:
    inputs = give(make(1500), make(1500, 1, n=lambda each: rng().permutation(each["n"].to_numpy())))
    found = told(inputs, telling=True)
    assert found.auc.value > 0.8
    assert found.p == pytest.approx(1 / 1000)
    assert set(sorted(found.telling, key=found.telling.__getitem__)[-2:]) == {"a", "n"}
    assert set(found.telling) == {"a", "n", "c", "d"}  # the codes of a belong to a


def test_wrong_numbers_give_a_table_away(make: Any, give: Any) -> None:
    inputs = give(make(400), make(400, 1, n="many"))
    assert told(inputs).auc.value == pytest.approx(1.0)


def test_a_person_is_never_in_both_folds(make: Any, give: Any) -> None:
    privacy = {"unit": "id", "rows_per_unit": 5}
    inputs = give(*(make(600, seed, id=np.repeat(np.arange(120), 5).astype(str)) for seed in (0, 1)), privacy=privacy)
    fold = classifier._folds(inputs.real, rng())
    assert all(len(set(fold[inputs.real.unit == person])) == 1 for person in range(120))
    assert 200 < fold.sum() < 400


def test_the_p_value_of_like_tables_is_uniform() -> None:
    draws, found = rng(), []
    for _ in range(60):
        label, fold = np.repeat([0, 1], 40), np.tile([0, 1], 40)
        found.append(classifier._permuted(draws.random(80), label, fold, draws))
    assert 0.3 < np.mean(found) < 0.7
    assert min(found) < 0.2
    assert max(found) > 0.8


def test_the_regression_is_that_of_scikit_learn() -> None:
    draws = rng()
    design = np.column_stack([np.ones(500), draws.normal(size=(500, 2))])
    label = (draws.random(500) < 1 / (1 + np.exp(-design @ [0.2, 1.0, -0.5]))).astype(float)
    theirs = LogisticRegression(C=1e4, fit_intercept=False, tol=1e-10, max_iter=1000).fit(design, label)
    assert classifier._fitted(design, label) == pytest.approx(theirs.predict_proba(design)[:, 1], abs=1e-4)


def test_the_propensity_score_has_its_mean_by_chance_for_like_tables(make: Any, give: Any) -> None:
    ratios = []
    for seed in range(12):
        inputs = give(make(400, 2 * seed), make(400, 2 * seed + 1))
        found = propensity(inputs.real, inputs.synthetic, rng())
        assert not isinstance(found, Absent)
        ratios.append(found[1].value)
    assert np.mean(ratios) == pytest.approx(2, rel=0.25)  # 1 / (1 - c) for two samples of one population


def test_the_propensity_score_rises_for_tables_that_differ(make: Any, give: Any) -> None:
    inputs = give(make(500), make(500, 1, c="x"))
    found = propensity(inputs.real, inputs.synthetic, rng())
    assert not isinstance(found, Absent)
    assert found[0].value > 0.05
    assert found[1].value > 10


def test_separated_tables_end_the_regression() -> None:
    design = np.column_stack([np.ones(100), np.repeat([0.0, 1.0], 50)])
    assert classifier._fitted(design, design[:, 1]) == pytest.approx(design[:, 1], abs=1e-3)


@pytest.mark.parametrize("rows", [1, 30])
def test_too_few_rows_are_told(make: Any, give: Any, rows: int) -> None:
    inputs = give(make(200), make(rows, 1))
    assert isinstance(told_apart(inputs.real, inputs.synthetic, rng()), Absent)
    assert isinstance(propensity(inputs.real, inputs.synthetic, rng()), Absent)


def test_tables_without_a_value_are_told(make: Any, give: Any) -> None:
    empty = make(100).assign(a=None, n=None, c=None, d=None)
    inputs = give(empty, pd.DataFrame(empty))
    assert isinstance(propensity(inputs.real, inputs.synthetic, rng()), Absent)
