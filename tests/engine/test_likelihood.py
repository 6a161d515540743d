"""Rows as teachers: what counts cannot see is learned from their likelihood, openly and behind the door."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, get_args

import numpy as np
import pytest
import torch

from synthgen.encode.codec import Codec
from synthgen.encode.levels import Encoding
from synthgen.engine.codebook import Codebook, mixed
from synthgen.engine.evidence import Evidence
from synthgen.engine.fitting import Generator, generator
from synthgen.engine.heldout import HELD_SHARE
from synthgen.engine.learn import Job, Learned, learn
from synthgen.engine.likelihood import climb
from synthgen.engine.parts import parts_of
from synthgen.engine.phase import Likelihood, Phase, Wrt, pupil
from synthgen.engine.settings import Settings
from synthgen.engine.teacher import HELD_OUT, OpenRows, surprise
from synthgen.errors import LedgerError
from synthgen.privacy import Budget, Entry, Exact, Ledger, PrivateTable, SubsampledGaussian
from synthgen.privacy.dpsgd import MixtureLikelihood
from tests.engine.small import SMALL, Told

NAMES = ("a", "b", "c")
OWN = replace(SMALL, codebook=128, latent=16)
OPEN = Phase(kind="likelihood", batch=1000, steps=120, likelihood=Likelihood(weight=4.0))


def parity(rows: int, seed: int = 0, *, names: Sequence[str] = NAMES) -> dict[str, np.ndarray]:
    """Bits of even parity, mostly: all but all of them are independent."""
    rng = np.random.default_rng(seed)
    free = rng.integers(0, 2, (len(names) - 1, rows))
    last = free.sum(0) % 2 ^ (rng.random(rows) < 0.05)
    return dict(zip(names, [*free, last], strict=True))


def learned(
    shares_of: Any, phase: Phase, *, rho: float, settings: Settings = OWN, names: Sequence[str] = NAMES, **more: Any
) -> tuple[Learned, Ledger]:
    rows = parity(4000, names=names)
    codec = Codec(columns={name: shares_of([1, 1], variance=1e-6) for name in names})
    ledger = Ledger(Budget(epsilon=np.inf if np.isinf(rho) else 200.0, delta=1e-6))
    entry = Entry(codes=rows, units=None, rows=4000)
    table = PrivateTable.enter([entry], cells=dict.fromkeys(names, 2), rows_per_unit=1, ledger=ledger)
    job = Job(
        encoding=Encoding(codec=codec, level_of={name: np.arange(2) for name in names}),
        groups=None,
        settings=settings,
        rho=rho,
        select=rho / 10,
        sensitivity=1,
        rows=4000.0,
        device=torch.device("cpu"),
        phase=phase,
        **more,
    )
    return learn(table, job, target=None, seed=0), ledger


def evenness(book: Codebook) -> float:
    """P(the parity is even) by the model; one half where it learned nothing."""
    heads = [book.head(column) for column in range(book.columns)]
    signs = np.prod([head[:, 0] - head[:, 1] for head in heads], axis=0)
    return float((1 + book.weights @ signs) / 2)


def test_counts_cannot_see_a_parity_and_open_rows_teach_it(shares_of: Any) -> None:
    blind, _ = learned(shares_of, Phase(), rho=np.inf)
    taught, ledger = learned(shares_of, OPEN, rho=np.inf)
    assert evenness(blind.codebook) < 0.55
    assert evenness(taught.codebook) > 0.9
    assert "kept" in taught.verdict
    assert {type(event) for event in ledger.events} == {Exact}


def test_rows_of_a_codebook_that_start_apart_find_a_parity_of_five_where_others_stay_on_its_plateau(
    shares_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    apart, _ = learned(shares_of, OPEN, rho=np.inf, names="abcde")
    monkeypatch.setattr("synthgen.engine.learn.pupil", lambda settings, *_, **__: settings)
    alike, _ = learned(shares_of, OPEN, rho=np.inf, names="abcde")
    assert evenness(apart.codebook) > 0.9
    assert evenness(alike.codebook) < 0.6


def test_a_phase_by_which_open_rows_are_better_told_from_fakes_is_rejected_though_they_are_likelier(
    shares_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ruined(model: Generator, *_: Any, **__: Any) -> None:
        with torch.no_grad():
            model.network.leave.bias[::2] += 3.0

    surprises = iter([1.0, 0.0])
    monkeypatch.setattr("synthgen.engine.learn.climb", ruined)
    monkeypatch.setattr("synthgen.engine.openly.surprise", lambda *_: next(surprises))
    found, _ = learned(shares_of, OPEN, rho=np.inf)
    assert found.verdict.startswith("likelihood: rejected, rows held out are 1.00 nats likelier, told from fakes")
    assert found.verdict.endswith("; counts alone were fitted again")
    assert found.codebook.weights @ found.codebook.head(0) == pytest.approx([0.5, 0.5], abs=0.02)


@pytest.mark.parametrize("wrt", ["logits", "weights"])
@pytest.mark.parametrize("rho", [20.0, np.inf])
def test_where_the_phase_made_things_worse_counts_alone_are_fitted_again_to_all_that_was_noised(
    rho: float, wrt: Wrt, shares_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    surprises = iter([0.0, 1.0])
    monkeypatch.setattr("synthgen.engine.heldout.ALLOWED", -1e9)
    monkeypatch.setattr("synthgen.engine.openly.surprise", lambda *_: next(surprises))
    phase = OPEN if np.isinf(rho) else replace(OPEN, noise_multiplier=1.0, sample_rate=0.25, steps=80)
    phase = replace(phase, likelihood=replace(phase.likelihood, wrt=wrt))
    told, seen = Told(), list[Evidence]()
    usual = Evidence.goal
    monkeypatch.setattr(
        Evidence, "goal", lambda self, *given, **named: seen.append(self) or usual(self, *given, **named)
    )
    settings = replace(OWN, members=2, table_rate=OWN.table_rate if np.isinf(rho) else 0.0)
    found, _ = learned(shares_of, phase, rho=rho, settings=settings, progress=told)
    assert "rejected" in found.verdict
    assert found.codebook.rows == 2 * settings.codebook
    assert 0.45 < evenness(found.codebook) < 0.55
    asked = ["asking rows held out: 2"] if rho == np.inf else []
    assert told.stages == [*asked, f"counts alone, again: {settings.all_steps}"]
    assert told.steps == pupil(settings, phase).all_steps + phase.steps + 2 * len(asked) + settings.all_steps
    first, last = seen[0].tables, seen[-1].tables
    assert len(first) == 3
    for key, measured in first.items():
        assert last[key].variance == pytest.approx(0 if np.isinf(rho) else measured.variance / (1 + HELD_SHARE))


def test_private_rows_teach_it_too_and_every_step_is_charged_first(
    shares_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("synthgen.engine.heldout.ALLOWED", 100.0)  # what the check does is another test's business
    phase = replace(OPEN, noise_multiplier=1.0, sample_rate=0.25, batch=1000.0, steps=80, clip=0.1)
    phase = replace(phase, likelihood=Likelihood())
    taught, ledger = learned(shares_of, phase, rho=20.0, settings=replace(OWN, table_rate=0.0))
    assert evenness(taught.codebook) > 0.8
    runs = [event for event in ledger.events if isinstance(event, SubsampledGaussian)]
    assert [(run.steps, run.noise_multiplier, run.sample_rate) for run in runs] == [(80, 1.0, 0.25)]


def test_weights_alone_are_learned_for_the_rows_of_all_generators_and_nothing_else_moves(
    shares_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Codebook] = []
    monkeypatch.setattr("synthgen.engine.learn.mixed", lambda books: made.append(mixed(books)) or made[-1])
    settings = replace(OWN, members=2, table_rate=0.0)
    phase = Phase(kind="likelihood", noise_multiplier=1.0, sample_rate=0.25, batch=1000.0, steps=150)
    phase = replace(phase, likelihood=Likelihood(wrt="weights"))
    found, ledger = learned(shares_of, phase, rho=20.0, settings=settings)
    assert found.codebook.rows == 2 * settings.codebook
    assert "kept" in found.verdict
    assert evenness(found.codebook) > 0.65
    [before] = made
    assert 0.45 < evenness(before) < 0.55
    np.testing.assert_array_equal(found.codebook.probabilities, before.probabilities)
    assert sum(event.steps for event in ledger.events if isinstance(event, SubsampledGaussian)) == 150


class Hiss:
    """A teacher that says the same of every row of the codebook, as noise does."""

    def gradients(self, loss: MixtureLikelihood) -> list[torch.Tensor]:
        return [torch.ones(loss.shapes[0])]


@pytest.mark.parametrize("noise", [0.0, 1.0])
def test_noise_is_not_made_louder_for_rows_of_a_rare_part_though_they_learn_as_fast_without_it(
    noise: float, shares_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    codec = Codec(columns={"a": shares_of([1, 1], variance=1.0), "won": shares_of([499, 1], variance=1.0)})
    parts = parts_of(codec, ["won"], OWN.codebook)
    device = torch.device("cpu")
    model = generator(codec, OWN, seed=0, device=device, parts=parts)
    goal = Evidence().goal(codec, None, rows=4000.0, device=device, half=False)
    pulls: list[torch.Tensor] = []
    monkeypatch.setattr("synthgen.engine.likelihood.descend", lambda slopes: pulls.append(slopes[2][1]))
    climb(model, Hiss(), goal, OWN, replace(OPEN, steps=1, noise_multiplier=noise), on_step=lambda: None)
    heights = pulls[0].abs().max(1).values
    loudest = float(heights.max() / heights.min())
    assert loudest == pytest.approx(1.0) if noise else loudest > 100


@pytest.mark.parametrize("wrt", get_args(Wrt))
def test_every_view_of_the_gradient_takes_its_steps(wrt: Wrt, shares_of: Any) -> None:
    phase = replace(OPEN, steps=3, likelihood=Likelihood(wrt=wrt, rank=4))
    found, _ = learned(shares_of, phase, rho=np.inf)
    assert np.isfinite(found.codebook.probabilities).all()
    assert found.codebook.weights.sum() == pytest.approx(1.0)
    assert (np.ptp(found.codebook.weights) > 0) == (wrt == "weights")


def test_a_finite_budget_never_opens_the_rows() -> None:
    ledger = Ledger(Budget(epsilon=5.0, delta=1e-6))
    entry = Entry(codes=parity(10), units=None, rows=10)
    table = PrivateTable.enter([entry], cells=dict.fromkeys(NAMES, 2), rows_per_unit=1, ledger=ledger)
    table.set_levels({name: np.arange(2) for name in NAMES})
    with pytest.raises(LedgerError):
        table.rows("likelihood")
    assert ledger.events == ()


def test_open_rows_are_the_table_in_codes() -> None:
    rows = parity(50)
    ledger = Ledger(Budget(epsilon=np.inf, delta=1e-6))
    entry = Entry(codes=rows, units=None, rows=50)
    table = PrivateTable.enter([entry], cells=dict.fromkeys(NAMES, 2), rows_per_unit=1, ledger=ledger)
    table.set_levels({name: np.arange(2) for name in NAMES})
    expected = np.stack([rows[name] + 2 * place for place, name in enumerate(NAMES)], axis=1)
    np.testing.assert_array_equal(table.rows("likelihood"), expected)


def open_rows(rows: int = 100) -> OpenRows:
    codes = np.stack([bits + 2 * place for place, bits in enumerate(parity(rows).values())], axis=1)
    return OpenRows(codes, batch=30, seed=0, device=torch.device("cpu"))


def test_rows_held_out_are_never_taught() -> None:
    codes = np.arange(100)[:, None]
    teacher = OpenRows(codes, batch=30, seed=0, device=torch.device("cpu"))
    seen = {int(code) for _ in range(20) for code in teacher.batch().flatten()}
    assert seen == set(range(100)) - set(teacher.held_out.flatten().tolist())
    assert len(teacher.held_out) == HELD_OUT * 100


def mixture(seed: int = 0) -> tuple[Codebook, MixtureLikelihood]:
    rng = np.random.default_rng(seed)
    shares = np.concatenate([rng.dirichlet(np.ones(2), 5) for _ in range(3)], axis=1).astype(np.float32)
    weights = rng.dirichlet(np.ones(5))
    book = Codebook(weights=weights, probabilities=shares, offsets=np.array([0, 2, 4, 6]))
    loss = MixtureLikelihood(
        weights=torch.tensor(weights, dtype=torch.float32),
        log_probabilities=torch.tensor(shares).log(),
        offsets=torch.tensor([0, 2, 4, 6]),
    )
    return book, loss


def test_the_open_gradient_is_that_of_the_surprise() -> None:
    teacher, (book, loss) = open_rows(), mixture()
    batch = teacher.batch()
    logits = loss.log_probabilities.double().requires_grad_()
    logs = torch.cat([part.log_softmax(1) for part in logits.split(2, dim=1)], dim=1)
    likely = logs[:, batch].sum(2) + loss.weights.double().log()[:, None]
    mean = -torch.logsumexp(likely, 0).mean()
    [expected] = torch.autograd.grad(mean, logits)
    again = open_rows()
    [found] = again.gradients(loss)
    torch.testing.assert_close(found.double(), expected, rtol=1e-4, atol=1e-6)
    assert surprise(book, batch) == pytest.approx(float(mean.detach()), rel=1e-5)
