"""The critic finds what is wrong with a codebook and the generator mends it; under noise only the door sees rows."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from synthgen.encode.codec import Codec
from synthgen.engine.critic import _embedding, _Game, contend, critic_of, with_shares
from synthgen.engine.critic_settings import Adversary, adversary_for
from synthgen.engine.evidence import Evidence
from synthgen.engine.fitting import Generator, generator
from synthgen.engine.loss import Goal
from synthgen.engine.phase import Phase
from synthgen.engine.teacher import OpenRows, Teacher
from synthgen.privacy.dpsgd import LayeredLoss, MixtureLikelihood, clipped_fake
from tests.engine.small import SMALL

CPU = torch.device("cpu")
OWN = replace(SMALL, one_way_share=1.0, select_share=0.0, steps=(1,), latent=16)
OPEN = replace(adversary_for(private=False), width=16, latents=64, fakes=256)
NOISY = replace(adversary_for(private=True), width=16, latents=64, fakes=256)


def alike(rows: int = 2000) -> np.ndarray:
    """Codes of two columns of two levels, the same in nine rows of ten, and of one by itself."""
    rng = np.random.default_rng(0)
    a, c = rng.integers(0, 2, (2, rows))
    return np.stack([a, (a ^ (rng.random(rows) < 0.1)) + 2, c + 4], 1).astype(np.int64)


@pytest.fixture
def start(shares_of: Any) -> tuple[Generator, Goal]:
    """An untrained generator of three columns, and their one-way counts."""
    codec = Codec(columns={name: shares_of([1, 1], variance=1e-6) for name in "abc"})
    goal = Evidence().goal(codec, None, rows=2000.0, device=CPU, half=False)
    return generator(codec, OWN, seed=0, device=CPU), goal


class Door:
    """Gives clipped means of rows, as `Descent` does, without its noise; remembers what it was asked."""

    def __init__(self, clip: float = 0.3) -> None:
        self.rows, self.clip = torch.from_numpy(alike(500)), clip
        self.asked: list[LayeredLoss | MixtureLikelihood] = []

    def gradients(self, loss: LayeredLoss | MixtureLikelihood) -> list[Tensor]:
        self.asked.append(loss)
        assert isinstance(loss, LayeredLoss)
        return clipped_fake(loss, self.rows, clip=self.clip)


def agreement(probabilities: Tensor) -> float:
    """P(the first two columns are the same)."""
    shares = probabilities.detach()
    return float((shares[:, 0] * shares[:, 2] + shares[:, 1] * shares[:, 3]).mean())


def opened() -> OpenRows:
    return OpenRows(alike(), batch=256, seed=0, device=CPU)


def phase(how: Adversary, steps: int) -> Phase:
    return Phase(kind="critic", steps=steps, batch=256.0, clip=0.3, adversary=how)


def contest(start: tuple[Generator, Goal], teacher: Teacher, how: Adversary, steps: int = 150) -> Tensor:
    model, goal = start
    return contend(model, teacher, goal, phase(how, steps), seed=0, on_step=lambda: None)


def game(start: tuple[Generator, Goal], how: Adversary) -> _Game:
    model, goal = start
    return _Game(model, goal, phase(how, 1), critic_of(6, how, seed=0, device=CPU), seed=0)


def test_open_rows_teach_what_columns_have_to_do_with_one_another(start: tuple[Generator, Goal]) -> None:
    assert agreement(start[0].probabilities()) == pytest.approx(0.5, abs=0.05)
    assert agreement(contest(start, opened(), OPEN)) > 0.8


def test_clipped_means_teach_it_too(start: tuple[Generator, Goal]) -> None:
    assert agreement(contest(start, Door(), NOISY)) > 0.75


def test_the_critic_tells_rows_from_an_obviously_wrong_codebook(start: tuple[Generator, Goal]) -> None:
    own = game(start, OPEN)
    for _ in range(60):
        own.critic_step(opened())
    said, lied = (
        own.judge(rows).detach().mean() for rows in (torch.from_numpy(alike()), own.shown.urn.alone(2000).codes)
    )
    assert float(said - lied) > 0.5


def test_under_noise_rows_are_met_at_the_door_alone_once_a_step(start: tuple[Generator, Goal]) -> None:
    door = Door()
    contest(start, door, NOISY, steps=7)
    assert len(door.asked) == 7
    assert all(isinstance(loss, LayeredLoss) for loss in door.asked)


def test_one_way_shares_come_out_as_they_were_counted(start: tuple[Generator, Goal]) -> None:
    model, goal = start
    goal = replace(goal, marginal=torch.tensor([0.9, 0.1, 0.5, 0.5, 0.3, 0.7]))
    shares = contest((model, goal), opened(), OPEN, steps=5)
    assert shares.mean(0).tolist() == pytest.approx(goal.marginal.tolist(), abs=1e-4)
    assert shares.view(-1, 3, 2).sum(2).numpy() == pytest.approx(1.0, abs=1e-5)


def test_shares_that_are_right_already_stay_and_barred_levels_stay_barred(start: tuple[Generator, Goal]) -> None:
    member = start[0].member
    shares = torch.tensor([[1.0, 0.0, 0.2, 0.8, 0.5, 0.5], [0.0, 1.0, 0.6, 0.4, 0.5, 0.5]])
    weights = torch.tensor([0.5, 1.5])
    right = weights @ shares / 2
    assert torch.allclose(with_shares(shares, weights, right, member), shares, atol=1e-6)
    other = with_shares(shares, weights, torch.tensor([0.25, 0.75, 0.2, 0.8, 0.5, 0.5]), member)
    assert other[:, :2].tolist() == shares[:, :2].tolist()
    assert (weights @ other / 2)[2:4].tolist() == pytest.approx([0.2, 0.8], abs=1e-4)


@pytest.mark.parametrize("conditions", [0, 1])
def test_the_slope_at_the_probabilities_is_that_at_the_one_hots(start: tuple[Generator, Goal], conditions: int) -> None:
    """Straight through: the probabilities of a row are pulled as its one-hots are, its condition's among them."""
    own = game(start, replace(OPEN, conditions=conditions))
    origin, column = torch.tensor([0, 1, 1, 3]), torch.tensor([0, 1, 2, 2])
    drawn = own.shown.urn.levels(origin)
    hidden = own.enter(own.with_condition(drawn, column)).detach().requires_grad_()
    [slope] = torch.autograd.grad(own.rest(hidden).sum(), hidden)
    hots = torch.zeros(4, 6).scatter_(1, drawn, 1.0).requires_grad_()
    told = hots * (own.column_of == column[:, None])
    table = _embedding(own.critic).weight
    said = own.critic[1:]((torch.cat([hots, told], 1) if conditions else hots) @ table).sum()
    [wanted] = torch.autograd.grad(said, hots)
    found = own.pulled(slope, origin, column, 5)
    assert torch.allclose(found, torch.zeros(5, 6).index_add_(0, origin, wanted), atol=1e-6)


def test_the_penalty_is_the_squared_slope_by_the_one_hots(start: tuple[Generator, Goal]) -> None:
    own = game(start, OPEN)
    codes = torch.from_numpy(alike(20))
    hots = torch.zeros(20, 6).scatter_(1, codes, 1.0).requires_grad_()
    [wanted] = torch.autograd.grad(own.critic[1:](hots @ _embedding(own.critic).weight).sum(), hots)
    hidden = own.enter(codes)
    assert torch.allclose(own.steepness(hidden, own.rest(hidden)), wanted.square().sum(1), atol=1e-5)


def test_the_same_seed_gives_the_same_codebook_where_nothing_is_noised(shares_of: Any) -> None:
    codec = Codec(columns={name: shares_of([1, 1], variance=1e-6) for name in "abc"})
    goal = Evidence().goal(codec, None, rows=2000.0, device=CPU, half=False)
    books = [contest((generator(codec, OWN, seed=0, device=CPU), goal), opened(), OPEN, steps=10) for _ in range(2)]
    assert torch.equal(*books)


@pytest.mark.parametrize(("ema", "part"), [(0.95, 1 / (1 + 1 / 5)), (0.0, 1.0)])
def test_the_model_ends_as_the_average_of_its_steps(start: tuple[Generator, Goal], ema: float, part: float) -> None:
    own, (model, _) = game(start, replace(OPEN, ema=ema)), start
    first = model.network.enter.weight.detach().clone()
    own.generator_step()
    last = model.network.enter.weight.detach().clone()
    own.average.settle()
    mean = model.network.enter.weight.detach()
    assert not torch.equal(first, last)
    assert torch.allclose(mean, first.lerp(last, part))
