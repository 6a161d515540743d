"""The check of a phase by open rows: fair to what is as good, and not blind to what is worse."""

import math

import numpy as np
import pytest
import torch

from synthgen.engine.codebook import Codebook
from synthgen.engine.openly import FEWEST_OF_A_CLASS, Area, RowsAnswer, Seen, asked_of_rows, foretold, told_apart

COLUMNS, LEVELS = 6, 5
OFFSETS = np.arange(COLUMNS + 1) * LEVELS


def codebook(seed: int = 0, rows: int = 100) -> Codebook:
    """Rows of a table with structure of all orders."""
    rng = np.random.default_rng(seed)
    heads = rng.dirichlet(np.full(LEVELS, 0.3), (rows, COLUMNS))
    shares = heads.reshape(rows, -1).astype(np.float32)
    return Codebook(weights=rng.dirichlet(np.ones(rows)), probabilities=shares, offsets=OFFSETS)


def as_good(book: Codebook, seed: int) -> Codebook:
    """The same mixture in another order: other fakes of the same law."""
    order = np.random.default_rng(seed).permutation(book.rows)
    return Codebook(weights=book.weights[order], probabilities=book.probabilities[order], offsets=OFFSETS)


def without(book: Codebook, column: int) -> Codebook:
    """One column on its own, for each row has its mean."""
    shares = book.probabilities.copy()
    span = slice(OFFSETS[column], OFFSETS[column + 1])
    shares[:, span] = book.weights @ shares[:, span]
    return Codebook(weights=book.weights, probabilities=shares, offsets=OFFSETS)


def rows_of(book: Codebook, number: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    origin = rng.choice(book.rows, number, p=book.weights)
    drawn = [(rng.random((number, 1)) > book.head(column)[origin].cumsum(1)).sum(1) for column in range(COLUMNS)]
    return np.stack(drawn, 1).clip(max=LEVELS - 1) + OFFSETS[:-1]


def held(book: Codebook, rows: int) -> torch.Tensor:
    return torch.from_numpy(rows_of(book, rows))


def test_rows_cannot_be_told_from_fakes_of_the_model_they_came_from_and_can_from_others() -> None:
    truth = codebook()
    rows = rows_of(truth, 3000)
    mine, other = told_apart(truth, rows, seed=2), told_apart(without(truth, 0), rows, seed=2)
    assert mine is not None
    assert other is not None
    assert mine.area == pytest.approx(0.5, abs=0.02)
    assert other.area > 0.55
    assert mine.few == 3000
    assert told_apart(truth, rows, seed=2) == mine


def test_a_column_is_foretold_by_fakes_that_know_it_and_not_by_others() -> None:
    truth = codebook()
    rows = rows_of(truth, 1000)
    known, blind = foretold(truth, rows, 0, seed=2), foretold(without(truth, 0), rows, 0, seed=2)
    assert known is not None
    assert blind is not None
    assert known.area > 0.65
    assert blind.area < 0.58
    assert known.few == blind.few <= 500


@pytest.mark.parametrize("rows", [100, 1000])
def test_what_is_as_good_is_seldom_rejected(rows: int) -> None:
    rejected = []
    for seed in range(12):
        truth = codebook(seed)
        codes, other = rows_of(truth, rows, seed), as_good(truth, seed)
        answers = [(told_apart(book, codes, seed=1), foretold(book, codes, 0, seed=1)) for book in (truth, other)]
        (told, known), (tells, knows) = answers
        before, after = Seen(surprise=0.0, told=told, foretold=known), Seen(surprise=0.0, told=tells, foretold=knows)
        rejected.append(RowsAnswer(before=before, after=after).is_worse)
    assert np.mean(rejected) <= 0.25  # five in a hundred each; twelve trials


@pytest.mark.parametrize("rows", [300, 1000])
def test_what_lost_a_column_is_rejected(rows: int) -> None:
    truth = codebook()
    assert asked_of_rows(truth, without(truth, 0), held(truth, rows), target=0, seed=0).is_worse


@pytest.mark.parametrize(("rows", "asked"), [(99, False), (100, True)])
def test_a_classifier_is_asked_where_there_are_rows_to_learn_from(rows: int, asked: bool) -> None:
    book = codebook()
    answer = asked_of_rows(book, book, held(book, rows), target=0, seed=0)
    for seen in (answer.before, answer.after):
        assert (seen.told is not None, seen.foretold is not None) == (asked, asked)
    assert ("told from fakes" in answer.words, "foretold by fakes" in answer.words) == (asked, asked)
    assert not answer.is_worse


def test_a_table_without_target_is_told_apart_only() -> None:
    book = codebook()
    answer = asked_of_rows(book, book, held(book, 200), target=None, seed=0)
    assert answer.before.told is not None
    assert answer.before.foretold is None


def test_a_target_that_is_nearly_always_the_same_foretells_nothing() -> None:
    book = codebook()
    rows = rows_of(book, 200)
    rows[:, 0] = 0
    rows[: FEWEST_OF_A_CLASS - 1, 0] = 1
    assert foretold(book, rows, 0, seed=0) is None
    rows[FEWEST_OF_A_CLASS, 0] = 1
    found = foretold(book, rows, 0, seed=0)
    assert found is not None
    assert found.few == FEWEST_OF_A_CLASS


def test_no_rows_reject_nothing() -> None:
    assert not asked_of_rows(codebook(), codebook(1), torch.empty((0, COLUMNS)).long(), target=0, seed=0).is_worse


@pytest.mark.parametrize("few", [100, 1000, 10_000])
def test_an_area_may_be_worse_by_chance_and_less_near_one(few: int) -> None:
    half, high = Area(area=0.5, few=few).allowance, Area(area=0.99, few=few).allowance
    assert half == max(0.01, 0.7 / math.sqrt(few))
    assert high == pytest.approx(half * 2 * math.sqrt(0.99 * 0.01))


@pytest.mark.parametrize(
    ("surprise", "told", "foretold", "worse"),
    [
        (-1.0, 0.0, 0.0, False),
        (0.0, 0.0, 0.0, False),
        (-1.0, 0.009, -0.009, False),
        (-1.0, -0.2, 0.2, False),
        (-1.0, 0.011, 0.2, True),
        (-1.0, -0.2, -0.011, True),
        (0.1, -0.2, 0.2, True),
        (math.nan, 0.0, 0.0, True),
        (-1.0, math.nan, 0.0, True),
        (-1.0, 0.0, math.nan, True),
    ],
)
def test_rows_reject_what_is_less_likely_better_told_or_worse_foretold(
    surprise: float, told: float, foretold: float, worse: bool
) -> None:
    def seen(surprise: float, told: float, foretold: float) -> Seen:
        told_by, foretold_by = (Area(area=0.5 + more, few=10**6) for more in (told, foretold))
        return Seen(surprise=surprise, told=told_by, foretold=foretold_by)

    answer = RowsAnswer(before=seen(5.0, 0.0, 0.0), after=seen(5.0 + surprise, told, foretold))
    assert answer.is_worse == worse
    assert answer.words.startswith("rejected" if worse else "kept")
