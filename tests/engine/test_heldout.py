"""The check of a phase: fair to what is as good, and not blind to what is worse."""

import numpy as np
import pytest

from synthgen.engine.candidates import Candidate
from synthgen.engine.evidence import Evidence, Measured
from synthgen.engine.heldout import asked_of_counts

ROWS, SIGMA = 10_000.0, 20.0
TRUTH = ROWS * np.random.default_rng(0).dirichlet(np.ones(64)).reshape(8, 8)


def held(seed: int, share: float = 0.05) -> tuple[Evidence, Evidence]:
    rng = np.random.default_rng(seed)
    measured = Measured(counts=TRUTH + SIGMA * rng.standard_normal(TRUTH.shape), variance=SIGMA**2)
    return Evidence(tables={Candidate(first=0, second=1, by_group=False): measured}).thinned(
        share, np.random.default_rng([seed, 1])
    )


def test_the_two_halves_of_a_thinned_table_have_independent_noise_of_the_told_variance() -> None:
    noises = []
    for seed in range(400):
        pair = [next(iter(half.tables.values())) for half in held(seed)]
        noises.append([half.counts - TRUTH for half in pair])
        variances = [half.variance for half in pair]
    both = np.array(noises).transpose(1, 0, 2, 3).reshape(2, -1)
    assert both.var(axis=1) == pytest.approx(variances, rel=0.03)
    assert abs(np.corrcoef(both)[0, 1]) < 4 / np.sqrt(both.shape[1])


def test_thinning_loses_no_information() -> None:
    kept, out = held(0)
    [(_, one)], [(_, two)] = kept.tables.items(), out.tables.items()
    assert 1 / one.variance + 1 / two.variance == pytest.approx(1 / SIGMA**2)


def test_a_phase_that_changes_nothing_is_never_worse() -> None:
    _, out = held(1)
    found = asked_of_counts([TRUTH], [TRUTH], out)
    assert (found.excess, found.noise, found.is_worse) == (0.0, 0.0, False)


def test_the_excess_is_the_difference_of_the_true_squared_errors() -> None:
    after = TRUTH + 30.0 * np.random.default_rng(5).standard_normal(TRUTH.shape)
    spread = (1 + 1 / 0.05) * SIGMA**2 + TRUTH
    expected = ((after - TRUTH) ** 2 / spread).sum()
    found = [asked_of_counts([TRUTH], [after], held(seed)[1]) for seed in range(300)]
    mean = np.mean([one.excess for one in found])
    assert mean == pytest.approx(expected, abs=4 * found[0].noise / np.sqrt(len(found)))
    assert np.std([one.excess for one in found]) == pytest.approx(found[0].noise, rel=0.15)


@pytest.mark.parametrize(("error", "worse"), [(0.02, False), (2.0, True)])
def test_what_ruins_the_tables_is_rejected_and_what_hardly_moves_them_is_kept(error: float, worse: bool) -> None:
    after = TRUTH * (1 + error * np.random.default_rng(6).choice([-1, 1], TRUTH.shape) / 2)
    rejected = np.mean([asked_of_counts([TRUTH], [after], held(seed)[1]).is_worse for seed in range(40)])
    assert rejected == 1 if worse else rejected < 0.15


@pytest.mark.parametrize("times", [0.1, 1.0, 10.0, 1000.0])
def test_the_yardstick_is_the_error_of_a_random_sample_of_as_many_rows_or_a_hundred_thousand(times: float) -> None:
    truth = times * TRUTH
    held = Evidence(tables={Candidate(first=0, second=1, by_group=False): Measured(counts=truth, variance=SIGMA**2)})
    spread = SIGMA**2 + np.maximum(truth, 1.0)
    drawn = min(times * ROWS, 100_000.0)
    scale = times * ROWS / drawn
    samples = np.random.default_rng(7).multinomial(int(drawn), TRUTH.ravel() / ROWS, 400).reshape(-1, 8, 8) * scale
    errors = ((samples - truth) ** 2 / spread).sum((1, 2))
    assert asked_of_counts([truth], [truth], held).yardstick == pytest.approx(errors.mean(), rel=0.1)
