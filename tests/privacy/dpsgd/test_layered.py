"""Book-keeping against Opacus' hooks: the same clipped sums, whatever the network and the batch."""

import copy
import math
import warnings
from collections.abc import Callable, Sequence

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

from synthgen.errors import ConfigError
from synthgen.privacy.dpsgd import LayeredLoss, clipped_fake
from synthgen.privacy.dpsgd.clipping import clipped_sums
from synthgen.privacy.dpsgd.layered import ELEMENTWISE
from synthgen.privacy.dpsgd.views import Views, one_view_each, with_conditions

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what Opacus warns about inside is not ours to fail on
    from opacus import GradSampleModule

CELLS = 5
COLUMNS = 3
CODES = CELLS * COLUMNS


def non_saturating(outputs: Tensor) -> Tensor:
    return functional.softplus(-outputs).sum(1)


def hinge(outputs: Tensor) -> Tensor:
    return (1 - outputs).relu().square().sum(1)


def sums_of(loss: LayeredLoss, views: Views, clip: float, dtype: torch.dtype) -> list[Tensor]:
    return clipped_sums(loss, [views], clip, dtype)


def rows_of(number: int, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, CELLS, (number, COLUMNS), generator=generator) + CELLS * torch.arange(COLUMNS)


@st.composite
def networks(draw: st.DrawFn) -> list[nn.Module]:
    torch.manual_seed(draw(st.integers(0, 2**30)))
    width = draw(st.integers(1, 9))
    first = nn.EmbeddingBag(CODES, width, mode="sum") if draw(st.booleans()) else nn.Linear(CODES, width)
    layers: list[nn.Module] = [first]
    for _ in range(draw(st.integers(0, 3))):
        kind = draw(st.sampled_from(["linear", "linear without bias", "norm", "norm without weights", *ELEMENTWISE]))
        if isinstance(kind, str) and kind.startswith("linear"):
            wider = draw(st.integers(1, 9))
            layers.append(nn.Linear(width, wider, bias=kind == "linear"))
            width = wider
        elif isinstance(kind, str):
            layers.append(nn.LayerNorm(width, elementwise_affine=kind == "norm"))
        else:
            layers.append(kind())
    return [*layers, nn.Linear(width, draw(st.integers(1, 2)))]


def as_linear(layers: Sequence[nn.Module]) -> nn.Sequential:
    """The same network on one-hots, for Opacus: it has no rule for sums of embeddings."""
    copied = [copy.deepcopy(layer) for layer in layers]
    if isinstance(copied[0], nn.EmbeddingBag):
        table = copied[0].weight.detach()
        copied[0] = nn.Linear(*table.shape, bias=False)
        copied[0].weight.data = table.T.clone()
    return nn.Sequential(*copied)


def by_hooks(loss: LayeredLoss, hot: Tensor) -> list[Tensor]:
    """Per-row gradients by Opacus' hooks: [rows, ...] a parameter, in our shapes."""
    network = as_linear(loss.layers)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wrapped = GradSampleModule(network, loss_reduction="sum")
        loss.loss(wrapped(hot)).sum().backward()
        gradients = [parameter.grad_sample for parameter in wrapped.parameters()]
    if isinstance(loss.layers[0], nn.EmbeddingBag):
        gradients[0] = gradients[0].transpose(1, 2)
    return gradients


def clipped(gradients: Sequence[Tensor], clip: float) -> list[Tensor]:
    """Opacus' rule, rows that are not finite left out."""
    norms = torch.stack([each.flatten(1).norm(dim=1) for each in gradients]).norm(dim=0)
    factor = torch.where(torch.isfinite(norms), (clip / (norms + 1e-6)).clamp(max=1.0), 0)
    return [torch.einsum("i,i...->...", factor, torch.nan_to_num(each, 0, 0, 0)) for each in gradients]


def one_hot(rows: Tensor) -> Tensor:
    return torch.zeros(len(rows), CODES).scatter_(1, rows, 1.0)


def close(ours: Sequence[Tensor], theirs: Sequence[Tensor], scale: float) -> bool:
    return all(
        here.shape == there.shape and (here - there).abs().max().item() <= 1e-5 * max(scale, 1.0)
        for here, there in zip(ours, theirs, strict=True)
    )


@settings(max_examples=50, deadline=None)
@given(
    layers=networks(),
    number=st.integers(1, 12),
    padded=st.integers(0, 4),
    seed=st.integers(0, 999),
    clip=st.sampled_from([0.01, 0.5, 30.0]),
    loss=st.sampled_from([non_saturating, hinge]),
)
def test_clipped_sums_are_those_of_opacus_hooks(
    *, layers: list[nn.Module], number: int, padded: int, seed: int, clip: float, loss: Callable[[Tensor], Tensor]
) -> None:
    ours, rows = LayeredLoss(layers=layers, loss=loss), rows_of(number, seed)
    whole = one_view_each(torch.cat([rows, rows_of(padded, seed + 1)]))
    shares = whole.shares * (torch.arange(number + padded) < number).unsqueeze(1)
    sums = sums_of(ours, Views(codes=whole.codes, shares=shares), clip, torch.float32)
    expected = clipped(by_hooks(ours, one_hot(rows)), clip)
    assert close(sums, expected, clip * number)
    assert close(clipped_fake(ours, one_hot(rows), clip=clip), [each / number for each in expected], clip)
    assert close(clipped_fake(ours, rows, clip=clip), [each / number for each in expected], clip)


def test_nothing_sampled_is_a_sum_of_zero() -> None:
    loss = LayeredLoss(layers=[nn.EmbeddingBag(CODES, 4, mode="sum"), nn.LayerNorm(4), nn.Linear(4, 1)], loss=hinge)
    none = Views(codes=rows_of(6, 0).unsqueeze(1), shares=torch.zeros(6, 1))
    assert all((total == 0).all() for total in sums_of(loss, none, 1.0, torch.float32))
    empty = Views(codes=rows_of(0, 0).unsqueeze(1), shares=torch.zeros(0, 1))
    sums = sums_of(loss, empty, 1.0, torch.float32)
    assert [total.shape for total in sums] == list(loss.shapes)
    assert all((total == 0).all() for total in sums)


@pytest.mark.parametrize("bad", [math.inf, -math.inf, math.nan, 3e38])
@pytest.mark.parametrize("first", ["embedding", "linear"])
def test_a_row_that_is_not_finite_counts_as_zero_and_leaves_the_others_alone(bad: float, first: str) -> None:
    torch.manual_seed(0)
    bag = nn.EmbeddingBag(CODES, 4, mode="sum") if first == "embedding" else nn.Linear(CODES, 4)
    loss = LayeredLoss(layers=[bag, nn.LeakyReLU(), nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 1)], loss=non_saturating)
    rows = rows_of(9, 3)
    rows[:, 0] = torch.arange(9) % 3
    with torch.no_grad():
        (bag.weight if first == "embedding" else bag.weight.T)[2] = bad
    good = rows[rows[:, 0] != 2]
    assert len(good) == 6
    sums = sums_of(loss, one_view_each(rows), 0.1, torch.float32)
    assert all(torch.isfinite(total).all() for total in sums)
    assert close(sums, sums_of(loss, one_view_each(good), 0.1, torch.float32), 1.0)


def test_a_loss_that_is_nan_for_one_row_is_zero_for_that_row() -> None:
    torch.manual_seed(1)
    bag = nn.EmbeddingBag(CODES, 1, mode="sum")
    bag.weight.data = torch.arange(float(CODES)).unsqueeze(1) - 18.0
    loss = LayeredLoss(layers=[bag, nn.Linear(1, 1)], loss=lambda outputs: outputs.sqrt().sum(1))
    torch.nn.init.ones_(loss.layers[1].weight)
    torch.nn.init.zeros_(loss.layers[1].bias)
    rows = torch.tensor([[4, 9, 14], [0, 5, 10], [3, 9, 14]])
    assert torch.isnan(bag(rows[1:2]).sqrt()).all()
    sums = sums_of(loss, one_view_each(rows), 1.0, torch.float32)
    assert close(sums, sums_of(loss, one_view_each(rows[[0, 2]]), 1.0, torch.float32), 1.0)


@settings(max_examples=50, deadline=None)
@given(
    layers=networks(),
    sizes=st.lists(st.integers(0, 4), min_size=1, max_size=5),
    seed=st.integers(0, 99),
    clip=st.sampled_from([0.05, 5.0]),
)
def test_a_unit_is_one_example_its_gradient_the_mean_of_its_rows(
    layers: list[nn.Module], sizes: list[int], seed: int, clip: float
) -> None:
    loss = LayeredLoss(layers=layers, loss=hinge)
    rows = rows_of(4 * len(sizes), seed).view(len(sizes), 4, COLUMNS)
    there = torch.arange(4) < torch.tensor(sizes).unsqueeze(1)
    shares = there / torch.tensor(sizes).clamp(min=1).unsqueeze(1)
    sums = sums_of(loss, Views(codes=rows, shares=shares), clip, torch.float32)
    held = [rows[i, :size] for i, size in enumerate(sizes) if size]
    means = [[each.mean(0) for each in by_hooks(loss, one_hot(own))] for own in held]
    stacked = [torch.stack(each) for each in zip(*means, strict=True)] if means else []
    expected = clipped(stacked, clip) if stacked else [torch.zeros(shape) for shape in loss.shapes]
    assert close(sums, expected, clip * len(sizes))


def test_a_row_is_the_mean_of_its_conditions_before_it_is_clipped() -> None:
    torch.manual_seed(2)
    loss = LayeredLoss(
        layers=[nn.EmbeddingBag(2 * CODES, 4, mode="sum"), nn.Tanh(), nn.Linear(4, 1)], loss=hinge, conditions=2
    )
    assert loss.codes == CODES
    rows, columns = rows_of(5, 0), torch.tensor([[[0, 2]], [[1, 0]], [[2, 1]], [[0, 1]], [[1, 2]]])
    seen = with_conditions(one_view_each(rows), columns=columns, codes=CODES)
    assert seen.codes[0].tolist() == [[*rows[0], rows[0, 0] + CODES], [*rows[0], rows[0, 2] + CODES]]
    sums = sums_of(loss, seen, 0.2, torch.float32)
    expected = [torch.zeros(shape) for shape in loss.shapes]
    for views in seen.codes:
        each = [sums_of(loss, one_view_each(view.unsqueeze(0)), math.inf, torch.float32) for view in views]
        means = [(first + second) / 2 for first, second in zip(*each, strict=True)]
        factor = min(1.0, 0.2 / math.sqrt(sum(mean.square().sum().item() for mean in means)))
        expected = [total + factor * mean for total, mean in zip(expected, means, strict=True)]
    assert close(sums, expected, 1.0)


@settings(max_examples=50, deadline=None)
@given(
    layers=networks(), seed=st.integers(0, 99), clip=st.floats(1e-6, 1e3), sizes=st.lists(st.integers(1, 3), max_size=4)
)
def test_no_example_moves_the_sum_by_more_than_the_clip(
    layers: list[nn.Module], seed: int, clip: float, sizes: list[int]
) -> None:
    loss = LayeredLoss(layers=layers, loss=hinge)
    for size in sizes:
        rows = rows_of(size, seed).unsqueeze(0)
        one = Views(codes=rows, shares=torch.full((1, size), 1 / size))
        length = math.sqrt(
            sum(total.double().square().sum().item() for total in sums_of(loss, one, clip, torch.float32))
        )
        assert length <= clip


def test_frozen_layers_get_no_gradient_and_count_for_nothing() -> None:
    torch.manual_seed(3)
    layers = [nn.EmbeddingBag(CODES, 4, mode="sum"), nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 1)]
    rows = rows_of(7, 1)
    whole = LayeredLoss(layers=layers, loss=hinge)
    all_gradients = by_hooks(whole, one_hot(rows))
    layers[0].weight.requires_grad_(requires_grad=False)
    layers[1].bias.requires_grad_(requires_grad=False)
    some = LayeredLoss(layers=layers, loss=hinge)
    assert [tuple(shape) for shape in some.shapes] == [(3, 4), (1, 3), (1,)]
    expected = clipped([all_gradients[1], *all_gradients[3:]], 0.3)
    assert close(sums_of(some, one_view_each(rows), 0.3, torch.float32), expected, 1.0)


def test_a_loss_cannot_mix_rows() -> None:
    loss = LayeredLoss(
        layers=[nn.EmbeddingBag(CODES, 1, mode="sum")], loss=lambda outputs: (outputs - outputs.mean(0)).square().sum(1)
    )
    sums = sums_of(loss, one_view_each(rows_of(8, 0)), 1.0, torch.float32)
    assert (sums[0] == 0).all()  # each row's mean is its own


@pytest.mark.parametrize(
    ("layers", "named"),
    [
        ([nn.Linear(CODES, 3), nn.BatchNorm1d(3)], "BatchNorm1d, which mixes rows"),
        ([nn.Linear(CODES, 3), nn.Dropout(0.1)], "Dropout"),
        ([nn.Linear(CODES, 3), nn.ReLU(inplace=True)], "inplace"),
        ([nn.Linear(CODES, 3), nn.Softmax(dim=0)], "Softmax"),
        ([nn.Linear(CODES, 3), nn.EmbeddingBag(3, 3, mode="sum")], "not first"),
        ([nn.EmbeddingBag(CODES, 3, mode="mean")], "not a plain sum"),
        ([nn.EmbeddingBag(CODES, 3, mode="sum", max_norm=1.0)], "not a plain sum"),
        ([nn.EmbeddingBag(CODES, 3, mode="sum", padding_idx=0)], "not a plain sum"),
        ([nn.ReLU(), nn.Linear(CODES, 3)], "ReLU"),
        ([nn.utils.parametrizations.spectral_norm(nn.Linear(CODES, 3))], "ParametrizedLinear"),
        ([nn.Sequential(nn.Linear(CODES, 3))], "Sequential"),
    ],
)
def test_a_layer_that_could_break_the_clipping_is_refused_by_name(layers: list[nn.Module], named: str) -> None:
    with pytest.raises(ConfigError, match="layer") as caught:
        LayeredLoss(layers=layers, loss=hinge)
    assert named in caught.value.got


def test_a_loss_without_parameters_to_learn_is_refused() -> None:
    frozen = nn.Linear(CODES, 1).requires_grad_(requires_grad=False)
    with pytest.raises(ConfigError, match="parameters to learn"):
        LayeredLoss(layers=[frozen], loss=hinge)


def test_in_float64_the_sums_are_the_same_to_twelve_digits() -> None:
    torch.manual_seed(4)
    layers = [nn.EmbeddingBag(CODES, 4, mode="sum"), nn.LayerNorm(4), nn.SiLU(), nn.Linear(4, 1)]
    double = [copy.deepcopy(layer).double() for layer in layers]
    ours = sums_of(LayeredLoss(layers=layers, loss=hinge), one_view_each(rows_of(50, 0)), 0.2, torch.float64)
    theirs = sums_of(LayeredLoss(layers=double, loss=hinge), one_view_each(rows_of(50, 0)), 0.2, torch.float64)
    assert all(here.dtype == torch.float64 for here in ours)
    assert all(torch.allclose(here, there, rtol=1e-12) for here, there in zip(ours, theirs, strict=True))
