"""The closed form against automatic differentiation, row by row."""

import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from synthgen.privacy.dpsgd import MixtureLikelihood, clipped_fake
from synthgen.privacy.dpsgd.clipping import clipped_sums
from synthgen.privacy.dpsgd.views import Views, one_view_each


def mixture(cells: list[int], components: int, seed: int, **how: object) -> MixtureLikelihood:
    generator = torch.Generator().manual_seed(seed)
    heads = [(2 * torch.randn(components, size, generator=generator)).log_softmax(1) for size in cells]
    return MixtureLikelihood(
        weights=torch.rand(components, generator=generator).softmax(0),
        log_probabilities=torch.cat(heads, dim=1),
        offsets=torch.tensor([0, *cells]).cumsum(0),
        **how,
    )


def sums_of(loss: MixtureLikelihood, views: Views, clip: float, dtype: torch.dtype) -> list[Tensor]:
    return clipped_sums(loss, [views], clip, dtype)


def rows_of(cells: list[int], number: int, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    starts = torch.tensor([0, *cells[:-1]]).cumsum(0)
    columns = [torch.randint(0, size, (number,), generator=generator) for size in cells]
    return torch.stack(columns, dim=1) + starts


def by_autograd(loss: MixtureLikelihood, rows: Tensor) -> Tensor:
    """Gradient of each row's loss, [rows, ...], in float64, by vmap over grad."""
    cells = loss.offsets.diff().tolist()
    public, logs = loss.log_probabilities.double(), loss.weights.double().log()
    left = torch.eye(len(public)).double() if loss.left is None else loss.left.double()
    right = torch.eye(public.shape[1]).double() if loss.right is None else loss.right.double()

    def of_one(parameter: Tensor, row: Tensor) -> Tensor:
        logits, mixing = public, logs
        if loss.wrt == "weights":
            mixing = parameter.log_softmax(0)
        else:
            logits = public + left @ parameter @ right.T
        heads = torch.cat([head.log_softmax(1) for head in logits.split(cells, dim=1)], dim=1)
        return -(mixing + heads[:, row].sum(1)).logsumexp(0)

    at = logs.clone() if loss.wrt == "weights" else torch.zeros(left.shape[1], right.shape[1]).double()
    return torch.func.vmap(torch.func.grad(of_one), (None, 0))(at, rows)


def clipped(gradients: Tensor, clip: float) -> Tensor:
    norms = gradients.flatten(1).norm(dim=1)
    factor = torch.where(norms > 0, (clip / norms).clamp(max=1.0), 1.0)
    return torch.einsum("i,i...->...", factor, gradients)


def projections(components: int, codes: int) -> dict[str, Callable[[int], dict[str, object]]]:
    def drawn(seed: int, rows: int, width: int) -> Tensor:
        return torch.randn(rows, width, generator=torch.Generator().manual_seed(seed))

    return {
        "logits": lambda _: {},
        "weights": lambda _: {"wrt": "weights"},
        "left": lambda seed: {"wrt": "rank", "left": drawn(seed, components, 3)},
        "right": lambda seed: {"wrt": "rank", "right": drawn(seed, codes, 2)},
        "both": lambda seed: {"wrt": "rank", "left": drawn(seed, components, 2), "right": drawn(seed + 1, codes, 3)},
        "neither": lambda _: {"wrt": "rank"},
    }


WAYS = ["logits", "weights", "left", "right", "both", "neither"]


@settings(max_examples=50, deadline=None)
@given(
    cells=st.lists(st.integers(1, 5), min_size=1, max_size=4),
    components=st.integers(1, 6),
    number=st.integers(1, 9),
    seed=st.integers(0, 999),
    clip=st.sampled_from([0.01, 0.4, 20.0]),
    way=st.sampled_from(WAYS),
)
def test_clipped_sums_are_those_of_automatic_differentiation(
    *, cells: list[int], components: int, number: int, seed: int, clip: float, way: str
) -> None:
    loss = mixture(cells, components, seed, **projections(components, sum(cells))[way](seed))
    rows = rows_of(cells, number, seed)
    (total,) = sums_of(loss, one_view_each(rows), clip, torch.float64)
    expected = clipped(by_autograd(loss, rows), clip)
    assert total.shape == expected.shape == loss.shapes[0]
    assert torch.allclose(total, expected, rtol=1e-4, atol=2e-5 * clip * number)
    (fast,) = clipped_fake(loss, rows, clip=clip)  # in float32, where norms are rounded up: short ones by percents
    assert (fast.double() - expected / number).abs().max() < 0.1 * clip
    assert clip < 0.4 or torch.allclose(fast.double(), expected / number, rtol=1e-3, atol=1e-4 * clip)


@settings(max_examples=50, deadline=None)
@given(
    sizes=st.lists(st.integers(0, 3), min_size=1, max_size=5),
    seed=st.integers(0, 999),
    clip=st.sampled_from([0.05, 20.0]),
    way=st.sampled_from(WAYS),
)
def test_a_unit_is_one_example_its_gradient_the_mean_of_its_rows(
    sizes: list[int], seed: int, clip: float, way: str
) -> None:
    cells = [3, 2, 4]
    loss = mixture(cells, 5, seed, **projections(5, 9)[way](seed))
    rows = rows_of(cells, 3 * len(sizes), seed)
    there = torch.arange(3) < torch.tensor(sizes).unsqueeze(1)
    shares = there.double() / torch.tensor(sizes).clamp(min=1).unsqueeze(1)
    (total,) = sums_of(loss, Views(codes=rows.view(-1, 3, 3), shares=shares), clip, torch.float64)
    means = torch.einsum("us,us...->u...", shares, by_autograd(loss, rows).unflatten(0, shares.shape))
    assert torch.allclose(total, clipped(means, clip), rtol=1e-4, atol=2e-5 * clip * len(sizes))


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 999), size=st.integers(1, 3), clip=st.floats(1e-4, 10), way=st.sampled_from(WAYS))
def test_no_example_moves_the_sum_by_more_than_the_clip(seed: int, size: int, clip: float, way: str) -> None:
    cells = [3, 2, 4]
    loss = mixture(cells, 5, seed, **projections(5, 9)[way](seed))
    one = Views(codes=rows_of(cells, size, seed).unsqueeze(0), shares=torch.full((1, size), 1 / size))
    (total,) = sums_of(loss, one, clip, torch.float32)
    assert total.double().norm() <= clip


def test_a_row_that_every_component_gives_exactly_has_hardly_a_gradient_and_is_not_inflated() -> None:
    """Its squared norm is a difference of large terms; a negative one must not become NaN or a wild factor."""
    loss = mixture([3, 2], 2, 0)
    certain = torch.full_like(loss.log_probabilities, -40.0)
    certain[:, [0, 3]] = 0.0
    sure = MixtureLikelihood(weights=loss.weights, log_probabilities=certain, offsets=loss.offsets)
    (total,) = sums_of(sure, one_view_each(torch.tensor([[0, 3]])), 0.1, torch.float32)
    assert total.abs().max() < 1e-6


@pytest.mark.parametrize("wrt", ["logits", "weights"])
def test_a_row_that_no_component_can_have_counts_as_zero(wrt: str) -> None:
    loss = mixture([3, 2], 4, 1, wrt=wrt)
    impossible = loss.log_probabilities.clone()
    impossible[:, 2] = -math.inf
    odd = MixtureLikelihood(weights=loss.weights, log_probabilities=impossible, offsets=loss.offsets, wrt=wrt)
    rows = torch.tensor([[0, 3], [2, 4], [1, 4]])
    (total,) = sums_of(odd, one_view_each(rows), 0.2, torch.float32)
    (good,) = sums_of(odd, one_view_each(rows[[0, 2]]), 0.2, torch.float32)
    assert torch.equal(total, good)
    assert torch.isfinite(total).all()


def test_a_unit_with_an_impossible_row_counts_as_zero_whole() -> None:
    loss = mixture([3, 2], 4, 1)
    impossible = loss.log_probabilities.clone()
    impossible[:, 2] = -math.inf
    odd = MixtureLikelihood(weights=loss.weights, log_probabilities=impossible, offsets=loss.offsets)
    unit = Views(codes=torch.tensor([[[0, 3], [2, 4]]]), shares=torch.full((1, 2), 0.5))
    (total,) = sums_of(odd, unit, 0.2, torch.float32)
    assert (total == 0).all()


def test_padding_counts_for_nothing_and_an_empty_batch_is_zero() -> None:
    loss = mixture([3, 2], 4, 2)
    rows = rows_of([3, 2], 4, 0)
    padded = Views(codes=rows.unsqueeze(1), shares=torch.tensor([[1.0], [0.0], [1.0], [0.0]]))
    (total,) = sums_of(loss, padded, 0.3, torch.float32)
    (alone,) = sums_of(loss, one_view_each(rows[[0, 2]]), 0.3, torch.float32)
    assert torch.allclose(total, alone)
    (none,) = sums_of(loss, Views(codes=rows.unsqueeze(1), shares=torch.zeros(4, 1)), 0.3, torch.float32)
    (empty,) = sums_of(loss, one_view_each(rows[:0]), 0.3, torch.float32)
    assert (none == 0).all()
    assert torch.equal(none, empty)


@pytest.mark.parametrize(
    "wrong",
    [
        {"weights": torch.ones(3) / 3},
        {"offsets": torch.tensor([0, 3, 6])},
        {"wrt": "rank", "left": torch.ones(3, 2)},
        {"wrt": "rank", "right": torch.ones(4, 2)},
        {"left": torch.ones(4, 2)},
    ],
)
def test_shapes_that_do_not_belong_together_are_refused(wrong: dict[str, object]) -> None:
    right = {"weights": torch.ones(4) / 4, "log_probabilities": torch.zeros(4, 5), "offsets": torch.tensor([0, 3, 5])}
    MixtureLikelihood(**right)
    with pytest.raises(ValueError, match=r"component|projections"):
        MixtureLikelihood(**right | wrong)


def test_soft_rows_have_no_likelihood() -> None:
    with pytest.raises(ValueError, match="codes"):
        clipped_fake(mixture([3, 2], 4, 0), torch.rand(3, 5), clip=1.0)
