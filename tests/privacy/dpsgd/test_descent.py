"""The door's steps: what is charged, what is sampled, what is seen."""

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Tensor, nn

from synthgen.errors import ConfigError, LedgerError
from synthgen.privacy import Budget, Exact, PrivateTable, SubsampledGaussian
from synthgen.privacy.dpsgd import Descent, LayeredLoss, MixtureLikelihood
from synthgen.privacy.dpsgd import units as sampling
from synthgen.privacy.dpsgd.units import ROOM, Units

Table = Callable[..., PrivateTable]
Loss = Callable[..., LayeredLoss]
RUN: dict[str, Any] = {"noise_multiplier": 1.0, "sample_rate": 0.5, "steps": 3, "clip": 1.0, "divisor": 10.0}
ROWS = [(i % 4, i % 3) for i in range(20)]
CHANCE = 1e-7
"""How often a test may fail by bad luck: what is drawn comes from the operating system."""


def exactly(table: PrivateTable, rate: float = 1.0, **more: Any) -> Descent:
    return table.descend("exact", **RUN | {"noise_multiplier": 0.0, "sample_rate": rate, **more})


def counts(gradients: list[Tensor], divisor: float = 10.0) -> list[float]:
    return (gradients[0].squeeze(1) * divisor).round(decimals=3).tolist()


def test_a_run_is_charged_whole_before_a_row_is_looked_at(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    poor = table(ROWS, budget=Budget(epsilon=1, delta=1e-6))
    monkeypatch.setattr(sampling, "units_of", lambda *_, **__: pytest.fail("looked at rows"))
    with pytest.raises(LedgerError):
        poor.descend("critic", **RUN | {"noise_multiplier": 0.2})
    with pytest.raises(LedgerError):
        exactly(poor)
    assert poor._ledger.events == ()
    rich = table(ROWS, budget=Budget(epsilon=30, delta=1e-6))
    with pytest.raises(pytest.fail.Exception, match="looked at rows"):
        rich.descend("critic", **RUN)
    assert rich._ledger.events == (SubsampledGaussian(what="critic", hardened=False, **RUN),)


def test_no_more_steps_are_taken_than_were_charged(table: Table, counting: Loss) -> None:
    own = table(ROWS, budget=Budget(epsilon=30, delta=1e-6))
    descent = own.descend("critic", **RUN)
    for left in (2, 1, 0):
        descent.gradients(counting())
        assert descent.steps_left == left
    spent = own._ledger.epsilon()
    with pytest.raises(LedgerError, match="at most the 3 charged"):
        descent.gradients(counting())
    assert own._ledger.epsilon() == spent


def test_opacus_accountant_heard_of_every_step_and_of_what_was_charged(table: Table, counting: Loss) -> None:
    descent = table(ROWS).descend("critic", **RUN)
    for _ in range(3):
        descent.gradients(counting())
    assert descent._release.accountant.history == [(1.0, 0.5, 3)]


def test_without_privacy_a_step_on_all_rows_is_their_exact_mean(table: Table, counting: Loss) -> None:
    own = table(ROWS)
    assert counts(exactly(own).gradients(counting(100.0))) == [500] * 4 + [700, 700, 600]
    assert own._ledger.events == (Exact(what="exact", names=("gradients",)),)


def test_without_noise_a_finite_budget_refuses(table: Table) -> None:
    with pytest.raises(LedgerError):
        exactly(table(ROWS, budget=Budget(epsilon=900, delta=1e-6)))


def test_the_mean_is_over_the_public_divisor_whatever_the_batch(table: Table, counting: Loss) -> None:
    assert counts(exactly(table(ROWS), divisor=4.0).gradients(counting()), 4.0) == [5] * 4 + [7, 7, 6]
    assert counts(exactly(table(ROWS[:2]), divisor=4.0).gradients(counting()), 4.0) == [1, 1, 0, 0, 1, 1, 0]


def test_gradients_are_clipped_under_noise(table: Table, counting: Loss) -> None:
    descent = table(ROWS).descend("critic", **RUN | {"sample_rate": 1.0, "clip": 0.5, "noise_multiplier": 0.1})
    (noisy,) = descent.gradients(counting(100.0))
    expected = torch.tensor([5.0, 5, 5, 5, 7, 7, 6]) * 0.5 / 2**0.5 / 10
    assert (noisy.squeeze(1) - expected).abs().max() < 8 * 0.05 / 10


def test_units_of_several_rows_are_one_example_each_and_bounded(table: Table, counting: Loss) -> None:
    rows = [(0, 0), (1, 0), (1, 0), (3, 2), (2, 1), (2, 1), (2, 1)]
    own = table(rows, units=[7, 5, 7, 9, 5, 5, 2**63], rows_per_unit=3)
    found = counts(exactly(own).gradients(counting()))
    third = 1 / 3
    assert found == pytest.approx([0.5, 0.5 + third, 1 + 2 * third, 1, 1 + third, 1 + 2 * third, 1], abs=2e-3)
    capped = table(rows * 9, units=[1] * 63, rows_per_unit=2)
    assert sum(counts(exactly(capped).gradients(counting()))) == pytest.approx(2, abs=0.01)
    single = table(rows, units=[7, 5, 7, 9, 5, 5, 2**63], rows_per_unit=1)
    assert sum(counts(exactly(single).gradients(counting()))) == pytest.approx(8, abs=0.01)


def test_levels_are_what_the_view_made_of_cells(table: Table) -> None:
    own = table(ROWS)
    own.set_levels({"a": np.array([0, 0, 1, 1]), "b": np.array([0, 1, 1])})
    bag = nn.EmbeddingBag(4, 1, mode="sum")
    loss = LayeredLoss(layers=[bag], loss=lambda outputs: outputs.sum(1))
    assert counts(exactly(own).gradients(loss)) == [10, 10, 7, 13]


def test_an_empty_table_and_an_empty_batch_are_noise_alone(table: Table, counting: Loss) -> None:
    assert counts(exactly(table([])).gradients(counting())) == [0] * 7
    noisy = table([]).descend("critic", **RUN | {"steps": 400})
    drawn = torch.cat([noisy.gradients(counting())[0] for _ in range(400)]).flatten().numpy() * 10
    assert stats.kstest(drawn, "norm").pvalue > CHANCE


@pytest.mark.parametrize("hardened", [False, True])
@pytest.mark.parametrize("factor", [0.8, 1.0, 1.25])
def test_noise_is_what_was_charged_and_any_other_scale_is_noticed(
    table: Table, *, factor: float, hardened: bool
) -> None:
    descent = table(ROWS).descend("c", **RUN | {"steps": 500, "clip": 0.3, "hardened": hardened, "divisor": 2.0})
    if factor != 1:
        descent._release = plant(descent._release, factor)
    nothing = torch.zeros(12_288, dtype=torch.float64)
    drawn = descent._release(nothing).numpy()
    assert not nothing.any()
    assert (stats.kstest(drawn / 0.15, "norm").pvalue > CHANCE) == (factor == 1)


def plant(release: Any, factor: float) -> Any:
    run = release.run
    wrong = {name: getattr(run, name) for name in ("sample_rate", "steps", "clip", "divisor", "hardened")}
    return type(release)(
        run=type(run)(noise_multiplier=run.noise_multiplier * factor, **wrong), integers=release.integers
    )


def test_hardened_noise_is_whole_steps_of_the_grid(table: Table, counting: Loss) -> None:
    run = RUN | {"clip": 0.25, "divisor": 4.0, "hardened": True, "noise_multiplier": 64.0}
    descent = table(ROWS).descend("critic", **run)
    bag = counting().layers[0].double()
    (noisy,) = descent.gradients(LayeredLoss(layers=[bag], loss=lambda outputs: outputs.sum(1)))
    steps = noisy * 4.0 / (0.25 * 2.0**-24)
    assert torch.equal(steps, steps.round())
    # finer than float32, it went through no float32 noise: seven such steps all fit by chance once in a billion times
    assert not torch.equal(noisy, noisy.float().double())


def test_hardened_and_plain_steps_agree_within_their_noise(table: Table, counting: Loss) -> None:
    quiet = RUN | {"noise_multiplier": 0.1, "sample_rate": 1.0, "clip": 0.01, "divisor": 10.0}
    plain, hard = (table(ROWS).descend("c", **quiet, hardened=hardened) for hardened in (False, True))
    here, there = plain.gradients(counting())[0], hard.gradients(counting())[0]
    assert (here - there).abs().max() < 9 * 2**0.5 * 0.1 * 0.01 / 10
    assert here.abs().max() > 50 * 0.1 * 0.01 / 10 / 20


def test_hardened_steps_refuse_more_parameters_than_their_price_allows_for(table: Table) -> None:
    wide = LayeredLoss(
        layers=[nn.EmbeddingBag(7, 2**15, mode="sum", device="cpu"), nn.Linear(2**15, 513)],
        loss=lambda outputs: outputs.sum(1),
    )
    descent = table(ROWS).descend("critic", **RUN, hardened=True)
    with pytest.raises(ConfigError, match="parameters"):
        descent.gradients(wide)
    assert descent.steps_left == 3


def test_every_unit_is_sampled_by_a_coin_of_its_own_each_step_anew(table: Table) -> None:
    units = exactly(table(ROWS * 10), steps=1)._units
    drawn = torch.zeros(1500, 200, dtype=torch.bool)
    for step in drawn:
        step[units.sample(0.3)] = True
    chance = stats.binomtest(int(drawn.sum()), drawn.numel(), 0.3).pvalue
    sizes = drawn.sum(1).double()
    spread = float(((sizes - 60) ** 2).sum() / (200 * 0.3 * 0.7))
    assert chance > CHANCE
    assert stats.chi2(1500).cdf(spread) > CHANCE  # a fixed size has no spread
    assert stats.chi2(1500).sf(spread) > CHANCE
    again = int((drawn[1:] & drawn[:-1]).sum())
    assert stats.binomtest(again, drawn[1:].numel(), 0.09).pvalue > 1e-5 * CHANCE  # neighbours in time are dependent
    each = drawn.sum(0)
    assert stats.chisquare(torch.stack([each, 1500 - each]).flatten(), [450] * 200 + [1050] * 200).pvalue > CHANCE


def test_a_batch_has_its_public_shape_whatever_is_in_the_table(table: Table) -> None:
    def shapes(rows: list[tuple[int, int]]) -> list[torch.Size]:
        descent = exactly(table(rows), divisor=50.0, rate=0.5)
        units, run = descent._units, descent._run
        return [views.codes.shape for views in units.views(units.sample(0.5), run, conditions=2)]

    expected = shapes([])
    assert shapes(ROWS) == shapes(ROWS * 6) == expected
    assert expected[0][0] == int(np.ceil(50 + ROOM * 5)) + 1
    assert expected[0][1:] == (2, 3)


@pytest.mark.parametrize("most", [1, 7, 4096])
def test_what_overflows_the_public_shape_goes_into_further_parts_and_nothing_is_dropped(
    table: Table, counting: Loss, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setitem(sampling.MOST_VIEWS, "cpu", most)
    own = table(ROWS * 50)
    assert counts(exactly(own, divisor=1.0).gradients(counting()), 1.0) == [250] * 4 + [350, 350, 300]
    descent = exactly(own, divisor=1.0)
    parts = list(descent._units.views(torch.arange(1000), descent._run, conditions=0))
    assert len({part.codes.shape for part in parts}) == 1
    assert sum(float(part.shares.sum()) for part in parts) == 1000


def test_a_condition_is_a_random_column_s_own_value_offset_by_the_codes(table: Table) -> None:
    descent = exactly(table([(3, 2)]), divisor=1.0)
    draws = []
    for _ in range(300):
        (part,) = descent._units.views(torch.tensor([0]), descent._run, conditions=1)
        assert part.codes[0, 0, :2].tolist() == [3, 6]
        draws.append(int(part.codes[0, 0, 2]))
    assert set(draws) == {3 + 7, 6 + 7}
    assert stats.binomtest(draws.count(10), 300).pvalue > CHANCE
    (both,) = descent._units.views(torch.tensor([0]), descent._run, conditions=2)
    assert sorted(both.codes[0, :, 2].tolist()) == [10, 13]


def test_conditions_are_learned_from_too(table: Table) -> None:
    bag = nn.EmbeddingBag(14, 1, mode="sum")
    loss = LayeredLoss(layers=[bag], loss=lambda outputs: outputs.sum(1), conditions=2)
    found = counts(exactly(table(ROWS)).gradients(loss))
    assert found[:7] == [5] * 4 + [7, 7, 6]
    assert found[7:] == [2.5] * 4 + [3.5, 3.5, 3]


def test_adding_a_unit_moves_the_clipped_sum_by_the_clip_at_most(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same coins for the units that both tables have: then nothing else is random."""
    coins = torch.rand(40, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    monkeypatch.setattr(sampling, "uniforms", lambda number, _: coins[:number])
    torch.manual_seed(0)
    loss = LayeredLoss(
        layers=[nn.EmbeddingBag(7, 9, mode="sum"), nn.LayerNorm(9), nn.SiLU(), nn.Linear(9, 1)],
        loss=lambda outputs: (50 * outputs).square().sum(1),
    )
    units = [i // 2 for i in range(len(ROWS))]
    moved = []
    for extra in range(4):
        sums = []
        for rows, own in ((ROWS, units), (ROWS + [(extra, 2)] * 5, [*units, *[10**9] * 5])):
            descent = table(rows, units=own, rows_per_unit=3).descend("c", **RUN | {"clip": 0.7, "sample_rate": 0.9})
            sums.append(descent._sums(loss))
        moved.append(float((sums[0] - sums[1]).norm()))
    assert max(moved) <= 0.7 + 1e-5
    assert min(moved) == pytest.approx(0.7, rel=1e-4)


def test_a_mixture_can_be_learned_through_the_same_door(table: Table) -> None:
    even = torch.cat([torch.full((2, 4), 0.25), torch.full((2, 3), 1 / 3)], dim=1).log()
    loss = MixtureLikelihood(
        weights=torch.tensor([0.5, 0.5]), log_probabilities=even, offsets=torch.tensor([0, 4, 7]), wrt="logits"
    )
    (gradient,) = exactly(table(ROWS), divisor=20.0).gradients(loss)
    expected = torch.cat([torch.zeros(4), torch.tensor([1 / 3 - 0.35, 1 / 3 - 0.35, 1 / 3 - 0.3])]) / 2
    assert torch.allclose(gradient, expected.expand(2, 7), atol=1e-6)


def test_gradients_have_the_dtype_and_shape_of_their_parameters(table: Table) -> None:
    for dtype in (torch.float32, torch.float64):
        layers = [nn.Linear(7, 3, dtype=dtype), nn.LayerNorm(3, dtype=dtype), nn.Linear(3, 1, dtype=dtype)]
        loss = LayeredLoss(layers=layers, loss=lambda outputs: outputs.sum(1))
        gradients = table(ROWS).descend("critic", **RUN).gradients(loss)
        assert [(each.dtype, each.shape) for each in gradients] == [(dtype, own.shape) for own in loss.parameters]


def test_a_loss_of_other_codes_is_refused_before_a_step_is_counted(table: Table) -> None:
    descent = table(ROWS).descend("critic", **RUN)
    for wrong in (
        LayeredLoss(layers=[nn.Linear(8, 1)], loss=lambda outputs: outputs.sum(1)),
        LayeredLoss(layers=[nn.Linear(7, 1)], loss=lambda outputs: outputs.sum(1), conditions=1),
        LayeredLoss(layers=[nn.Linear(14, 1)], loss=lambda outputs: outputs.sum(1), conditions=3),
        LayeredLoss(layers=[nn.Linear(7, 1, device="meta")], loss=lambda outputs: outputs.sum(1)),
    ):
        with pytest.raises(ValueError, match=r"codes|columns|on meta"):
            descent.gradients(wrong)
    assert descent.steps_left == 3


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"sample_rate": 0.0}, "sample rate"),
        ({"sample_rate": 1.5}, "sample rate"),
        ({"sample_rate": float("nan")}, "sample rate"),
        ({"steps": 0}, "steps"),
        ({"steps": 10**7}, "steps"),
        ({"clip": 0.0}, "clip"),
        ({"clip": float("inf")}, "clip"),
        ({"divisor": 0.3}, "expected batch"),
        ({"noise_multiplier": -1.0}, "noise multiplier"),
        ({"noise_multiplier": 0.01}, "noise multiplier"),
        ({"device": "cuda"}, "device"),
        ({"device": "abacus"}, "device"),
        ({"device": "cpu:first"}, "device"),
    ],
)
def test_numbers_that_make_no_sense_are_refused_in_a_line_before_anything_is_charged(
    table: Table, wrong: dict[str, Any], named: str
) -> None:
    own = table(ROWS)
    if wrong.get("device") == "cuda" and torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    with pytest.raises(ConfigError, match=named) as caught:
        own.descend("critic", **RUN | wrong)
    assert "\n" not in str(caught.value)
    assert own._ledger.events == ()


def test_levels_come_before(table: Table) -> None:
    own = table(ROWS)
    own._view = None
    with pytest.raises(ValueError, match="set_levels"):
        own.descend("critic", **RUN)
    assert own._ledger.events == ()


def test_neither_prints_nor_pickles_what_it_holds(table: Table) -> None:
    descent = table(ROWS).descend("critic", **RUN)
    assert repr(descent) == "Descent(0 of 3 steps)"
    assert repr(descent._units) == "Units()"
    (part, *_) = descent._units.views(torch.arange(3), descent._run, conditions=0)
    assert repr(part) == "Views()"
    for private in (descent, descent._units):
        with pytest.raises(TypeError, match="not pickled"):
            pickle.dumps(private)
    assert not hasattr(Units, "__len__")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
def test_a_step_on_a_gpu_is_the_step_on_the_processor(table: Table, counting: Loss) -> None:
    bag = counting().layers[0].to("cuda")
    loss = LayeredLoss(layers=[bag], loss=lambda outputs: outputs.sum(1))
    (found,) = exactly(table(ROWS), device="cuda").gradients(loss)
    assert counts([found.cpu()]) == [5] * 4 + [7, 7, 6]
    table(ROWS).descend("critic", **RUN, device="cuda").gradients(loss)
