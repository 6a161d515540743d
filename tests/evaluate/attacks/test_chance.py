"""The test that no label was known to an attack: exact, one-sided, and adjusted for everything that is looked at."""

from itertools import combinations

import numpy as np
import pytest

from synthgen.evaluate.attacks.chance import by_chance


def labels(members: int, targets: int) -> np.ndarray:
    return np.arange(targets) < members


def test_the_probability_is_that_of_all_dealings() -> None:
    evidence = np.array([5.0, 3.0, 4.0, 1.0, 2.0, 0.0, 2.5])[:, None]
    sums = [evidence[list(dealt)].sum() for dealt in combinations(range(7), 3)]
    exact = float(np.mean([one >= evidence[:3].sum() for one in sums]))
    found = by_chance(evidence, labels(3, 7), np.random.default_rng(0))
    assert found.least == pytest.approx(exact, abs=0.02)


def test_false_alarms_are_as_rare_as_promised() -> None:
    rng = np.random.default_rng(1)
    found = [by_chance(rng.normal(size=(60, 12)), labels(30, 60), rng).least for _ in range(150)]
    assert np.mean(np.array(found) <= 0.1) == pytest.approx(0.1, abs=0.06)


def test_looking_at_one_thing_often_costs_nothing() -> None:
    rng = np.random.default_rng(2)
    evidence = rng.normal(size=(60, 1))
    once = by_chance(evidence, labels(30, 60), np.random.default_rng(3)).least
    often = by_chance(np.repeat(evidence, 20, axis=1), labels(30, 60), np.random.default_rng(3)).least
    assert once == often


def test_a_leak_in_one_of_many_looks_is_found_and_named() -> None:
    rng = np.random.default_rng(4)
    evidence = rng.normal(size=(200, 20))
    evidence[:100, 7] += 1
    found = by_chance(evidence, labels(100, 200), rng)
    assert found.least <= 0.001
    assert found.best == 7


def test_members_that_are_found_less_often_are_no_leak() -> None:
    evidence = np.r_[np.zeros(50), np.ones(50)][:, None]
    assert by_chance(evidence, labels(50, 100), np.random.default_rng(0)).least == 1.0


def test_evidence_that_is_the_same_for_all_says_nothing() -> None:
    found = by_chance(np.ones((30, 3)), labels(10, 30), np.random.default_rng(0))
    assert found.p.tolist() == [1.0, 1.0, 1.0]
