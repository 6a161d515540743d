"""Starting and training the generator: the seed fixes it, it starts near the shares, and its loss falls."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from synthgen.encode.codec import Codec, ColumnCodec
from synthgen.engine.candidates import Candidate, groups_of
from synthgen.engine.evidence import Evidence, Measured
from synthgen.engine.fitting import _one_cycle, fit, generator
from tests.engine.small import SMALL

CPU = torch.device("cpu")


@pytest.mark.parametrize("steps", [1, 2, 7, 50, 600])
def test_the_rate_rises_for_a_tenth_of_the_steps_and_falls_to_almost_nothing(steps: int) -> None:
    rates = list(_one_cycle(steps))
    assert len(rates) == steps
    assert all(0 < rate <= 1 for rate in rates)
    assert rates[0] == pytest.approx(1 / 25)
    top = int(np.argmax(rates))
    assert top <= max(0.1 * steps, 1)
    assert (np.diff(rates[: top + 1]) > 0).all()
    assert (np.diff(rates[top:]) < 0).all()
    if steps > 2:
        assert rates[-1] == pytest.approx(1e-5)


def test_one_seed_starts_one_generator_and_leaves_other_random_numbers_alone(codec: Codec) -> None:
    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    one, again, other = (generator(codec, SMALL, seed=seed, device=CPU).codebook() for seed in (3, 3, 4))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert (one.probabilities == again.probabilities).all()
    assert (one.probabilities != other.probabilities).any()


def test_an_untrained_generator_is_close_to_independent_columns(codec: Codec) -> None:
    book = generator(codec, replace(SMALL, codebook=2000), seed=0, device=CPU).codebook()
    ends = codec.offsets
    for column in range(3):
        shares = codec.marginal[ends[column] : ends[column + 1]]
        np.testing.assert_allclose(book.weights @ book.head(column), shares, atol=0.03)
    pair = book.pair(0, 1)
    np.testing.assert_allclose(pair, np.outer(pair.sum(axis=1), pair.sum(axis=0)), atol=0.01)


def test_rows_start_as_far_apart_as_the_settings_say_and_further_in_columns_of_few_levels(codec: Codec) -> None:
    model = generator(codec, replace(SMALL, codebook=4000, spread=1.0, contrast=2.0), seed=0, device=CPU)
    spreads = model.logits().detach().std(0).split(np.diff(codec.offsets).tolist())
    found = [float(own.square().mean().sqrt()) for own in spreads]
    usual = 3**-0.5  # of a linear layer on inputs of unit variance
    assert found == pytest.approx([2 * usual, (1 + 2 / 11) * usual, 3 * usual], rel=0.15)


def test_a_level_without_any_share_can_still_be_learned(shares_of: Callable[..., ColumnCodec]) -> None:
    empty = Codec(columns={"a": shares_of([1, 0]), "b": shares_of([1])})
    book = generator(empty, SMALL, seed=0, device=CPU).codebook()
    assert (book.probabilities > 0).all()
    assert (book.head(1) == 1).all()


def test_only_neighbouring_levels_of_a_line_are_blurred(shares_of: Callable[..., ColumnCodec]) -> None:
    heavy = [1, 1, 1, 1, 1, 1, 1, 1, 4]
    codec = Codec(
        columns={"job": shares_of([1] * 9), "few": shares_of([1] * 6, line=True), "age": shares_of(heavy, line=True)}
    )
    smoother = generator(codec, replace(SMALL, blur=1.5), seed=0, device=CPU).smoother
    assert torch.equal(smoother[:15, :15], torch.eye(15))  # categories, and lines of few levels
    age = smoother[15:, 15:]
    assert torch.equal(smoother[:15, 15:], torch.zeros(15, 9))
    assert (age[:8, :8] > 0).all()
    assert age[8].tolist() == age[:, 8].tolist() == [0.0] * 8 + [1.0]  # 40 % of the rows: no neighbour's business
    torch.testing.assert_close((age**2).sum(1), torch.ones(9))
    assert generator(codec, SMALL, seed=0, device=CPU).smoother is None


@pytest.mark.parametrize("table_rate", [0.0, 0.1], ids=["network", "network and free logits"])
@pytest.mark.parametrize("noisy", [False, True])
def test_training_brings_the_tables_to_the_evidence(codec: Codec, table_rate: float, noisy: bool) -> None:
    rng, groups = np.random.default_rng(0), groups_of(codec, "won")
    truth = rng.dirichlet(np.full(3 * 12 * 2, 0.3)).reshape(3, 12, 2)
    rows, variance = 10_000.0, 9.0 if noisy else 0.0
    tables = {
        Candidate(first=0, second=1, by_group=False): truth.sum(2),
        Candidate(first=0, second=2, by_group=False): truth.sum(1),
        Candidate(first=1, second=2, by_group=False): truth.sum(0),
        Candidate(first=0, second=1, by_group=True): truth.transpose(2, 0, 1),
    }
    counts = [table * rows + rng.normal(0, np.sqrt(variance), table.shape) for table in tables.values()]
    measured = [Measured(counts=count, variance=variance) for count in counts]
    evidence = Evidence().adding(list(tables), measured)
    own = [truth.sum(tuple({0, 1, 2} - {axis})) for axis in range(3)]
    shares = Codec(
        columns={
            name: replace(codec.columns[name], marginal=share, variance=np.full(len(share), 1e-6))
            for name, share in zip(codec.names, own, strict=True)
        }
    )
    settings = replace(SMALL, table_rate=table_rate, rate=5e-3, steps=(100,))
    goal = evidence.goal(shares, groups, rows=rows, device=CPU, half=False)
    model = generator(shares, settings, seed=0, device=CPU)
    steps: list[int] = []

    def gap() -> float:
        book = model.codebook()
        return sum(np.abs(book.pair(a, b) - truth.sum(3 - a - b)).sum() / 2 for a, b in ((0, 1), (0, 2), (1, 2)))

    before = gap()
    fit(model, goal, settings, steps=100, on_step=lambda: steps.append(1))
    assert len(steps) == 100
    assert gap() < before / 5
