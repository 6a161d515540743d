"""The check of a phase: fair to what is as good, and not blind to what is worse."""

import numpy as np
import pytest
import torch

from synthgen.engine.candidates import Candidate
from synthgen.engine.codebook import Codebook
from synthgen.engine.evidence import Evidence, Measured
from synthgen.engine.heldout import TELLING, RowsAnswer, Seen, asked_of_counts, asked_of_rows, told_apart

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


OFFSETS = np.array([0, 4, 7])
OTHER = np.random.default_rng(9).dirichlet(np.ones(7), 30).astype(np.float32)


def codebook(blur: float = 0.0) -> Codebook:
    """Thirty kinds of rows, mixed with what knows none of them."""
    heads = [OTHER[:, a:b] / OTHER[:, a:b].sum(1, keepdims=True) for a, b in ((0, 4), (4, 7))]
    dull = [head.mean(0, keepdims=True) for head in heads]
    shares = np.concatenate([(1 - blur) * head + blur * flat for head, flat in zip(heads, dull, strict=True)], 1)
    return Codebook(weights=np.full(30, 1 / 30), probabilities=shares, offsets=OFFSETS)


def rows_of(book: Codebook, number: int, seed: int) -> torch.Tensor:
    rng = np.random.default_rng(seed)
    origin = rng.choice(book.rows, number, p=book.weights)
    drawn = [(rng.random((number, 1)) > book.head(column)[origin].cumsum(1)).sum(1) for column in range(2)]
    return torch.from_numpy(np.stack(drawn, 1).clip(max=[3, 2]) + OFFSETS[:-1])


def test_rows_cannot_be_told_from_fakes_of_the_model_they_came_from_and_can_from_others() -> None:
    truth, rng = codebook(), np.random.default_rng(3)
    wrong = Codebook(weights=rng.dirichlet(np.ones(30) / 5), probabilities=truth.probabilities, offsets=OFFSETS)
    rows = rows_of(truth, 4000, seed=1)
    assert told_apart(truth, rows, seed=2) == pytest.approx(0.5, abs=0.02)
    assert told_apart(wrong, rows, seed=2) > 0.55
    assert told_apart(wrong, rows, seed=2) == told_apart(wrong, rows, seed=2)


@pytest.mark.parametrize(("rows", "asked"), [(99, False), (100, True)])
def test_a_classifier_is_asked_where_there_are_rows_to_learn_from(rows: int, asked: bool) -> None:
    answer = asked_of_rows(codebook(0.5), codebook(), rows_of(codebook(), rows, seed=1), seed=0)
    assert (answer.before.area is not None, answer.after.area is not None) == (asked, asked)
    assert ("told from fakes" in answer.words) == asked


def test_no_rows_reject_nothing() -> None:
    assert not asked_of_rows(codebook(), codebook(0.9), torch.empty((0, 2), dtype=torch.int64), seed=0).is_worse


@pytest.mark.parametrize(
    ("surprise", "rise", "worse"),
    [
        (-1.0, 0.0, False),
        (-1.0, TELLING - 0.001, False),
        (-1.0, TELLING + 0.001, True),
        (-1.0, -0.2, False),
        (0.0, 0.0, False),
        (0.1, -0.2, True),
        (np.nan, 0.0, True),
        (-1.0, np.nan, True),
    ],
)
def test_rows_reject_what_makes_them_less_likely_or_better_told_from_fakes(
    surprise: float, rise: float, worse: bool
) -> None:
    before, after = Seen(surprise=5.0, area=0.6), Seen(surprise=5.0 + surprise, area=0.6 + rise)
    answer = RowsAnswer(before=before, after=after)
    assert answer.is_worse == worse
    assert answer.words.startswith("rejected" if worse else "kept")
