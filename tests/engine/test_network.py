"""The network starts near the columns' own shares, and its softmax is one softmax a column."""

from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from synthgen.engine.network import ColumnSoftmax, Network, Residual, membership

offsets = st.lists(st.integers(1, 7), min_size=1, max_size=6).map(
    lambda sizes: [0, *torch.tensor(sizes).cumsum(0).tolist()]
)


def separate(logits: torch.Tensor, ends: list[int]) -> torch.Tensor:
    return torch.cat([torch.softmax(logits[:, a:b], 1) for a, b in pairwise(ends)], 1)


@given(offsets, st.integers(0, 2**32), st.sampled_from([1.0, 30.0, 1e4]))
def test_the_softmax_is_that_of_each_column(ends: list[int], seed: int, scale: float) -> None:
    logits = torch.randn(5, ends[-1], generator=torch.Generator().manual_seed(seed)) * scale
    found = ColumnSoftmax.apply(logits, ends, membership(ends))
    torch.testing.assert_close(found, separate(logits, ends))


@pytest.mark.parametrize("ends", [[0, 1], [0, 4], [0, 2, 3, 7, 8]])
def test_its_gradient_is_right(ends: list[int]) -> None:
    logits = torch.randn(3, ends[-1], dtype=torch.float64, requires_grad=True)
    member = membership(ends).double()
    assert torch.autograd.gradcheck(lambda x: ColumnSoftmax.apply(x, ends, member), [logits])


def test_every_code_belongs_to_one_column() -> None:
    member = membership([0, 2, 3, 6])
    assert member.sum(1).tolist() == [1.0] * 6
    assert member.argmax(1).tolist() == [0, 0, 1, 2, 2, 2]


def test_a_block_starts_as_the_identity() -> None:
    x = torch.randn(4, 8)
    torch.testing.assert_close(Residual(8)(x), x)


def network() -> Network:
    torch.manual_seed(0)
    shares = torch.tensor([0.2, 0.8, 0.5, 0.25, 0.25])
    return Network(shares.log(), torch.full((5,), 0.3), latent=4, width=16, blocks=2)


def test_logits_start_near_the_shares() -> None:
    logits = network()(torch.randn(2000, 4))
    torch.testing.assert_close(logits.mean(0).exp(), torch.tensor([0.2, 0.8, 0.5, 0.25, 0.25]), rtol=0.1, atol=0.01)


def test_the_smoother_blurs_what_differs_from_the_shares() -> None:
    one, latents = network(), torch.randn(7, 4)
    blur = torch.rand(5, 5)
    bias = one.leave.bias
    torch.testing.assert_close(one(latents, blur), (one(latents) - bias) @ blur + bias)
