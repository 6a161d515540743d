"""Pooling what was measured, and laying it out for the loss."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from synthgen.encode.codec import Codec
from synthgen.engine.candidates import Candidate, groups_of
from synthgen.engine.evidence import Evidence, Measured

CPU = torch.device("cpu")
AB, AC, BC = (Candidate(first=a, second=b, by_group=False) for a, b in ((0, 1), (0, 2), (1, 2)))
AB_BY_C = Candidate(first=0, second=1, by_group=True)

tables = st.builds(
    lambda seed, variance: Measured(counts=np.random.default_rng(seed).normal(size=(2, 3)) * 100, variance=variance),
    st.integers(0, 99),
    st.floats(1.0, 1e6),
)


@given(tables, tables)
def test_two_measurements_pool_by_inverse_variance(one: Measured, other: Measured) -> None:
    both = one.pooled(other)
    assert 1 / both.variance == pytest.approx(1 / one.variance + 1 / other.variance)
    weight = both.variance / one.variance
    np.testing.assert_allclose(both.counts, weight * one.counts + (1 - weight) * other.counts, atol=1e-9)


@given(tables, tables, tables)
def test_the_order_of_measuring_does_not_matter(a: Measured, b: Measured, c: Measured) -> None:
    one, other = a.pooled(b).pooled(c), c.pooled(b.pooled(a))
    np.testing.assert_allclose(one.counts, other.counts, atol=1e-9)
    assert one.variance == pytest.approx(other.variance)


@given(tables)
def test_what_is_exact_needs_no_other_measurement(noisy: Measured) -> None:
    exact = Measured(counts=np.ones((2, 3)), variance=0.0)
    assert exact.pooled(noisy) is exact
    assert noisy.pooled(exact) is exact


def test_adding_leaves_the_old_evidence_alone() -> None:
    first = Evidence().adding([AB], [Measured(counts=np.zeros((3, 12)), variance=4.0)])
    both = first.adding([AB, AC], [Measured(counts=np.ones((3, 12)), variance=4.0)] * 2)
    assert list(first.tables) == [AB]
    assert (first.tables[AB].counts == 0).all()
    assert (both.tables[AB].counts == 0.5).all()
    assert both.tables[AB].variance == 2.0


def measured(rng: np.random.Generator, *shape: int, variance: float) -> Measured:
    return Measured(counts=rng.gamma(1.0, 10.0, shape), variance=variance)


def test_noisy_tables_stand_in_their_blocks_on_both_sides_of_the_diagonal(codec: Codec) -> None:
    """Codes 0-2 are jobs, 3-14 ages, 15-16 the target."""
    rng, groups = np.random.default_rng(0), groups_of(codec, "won")
    plain, grouped = measured(rng, 12, 2, variance=4.0), measured(rng, 2, 3, 12, variance=25.0)
    evidence = Evidence().adding([BC, AB_BY_C], [plain, grouped])
    goal = evidence.goal(codec, groups, rows=500.0, device=CPU, half=False)
    np.testing.assert_allclose(goal.pairs.counts[3:15, 15:], plain.counts, rtol=1e-6)
    np.testing.assert_allclose(goal.pairs.precision[3:15, 15:], 1 / 4)
    assert len(goal.by_group) == 2
    for group, target in enumerate(goal.by_group):
        np.testing.assert_allclose(target.counts[:3, 3:15], grouped.counts[group], rtol=1e-6)
        np.testing.assert_allclose(target.precision[:3, 3:15], 1 / 25)
    for target in (goal.pairs, *goal.by_group):
        assert torch.equal(target.counts, target.counts.T)
        assert torch.equal(target.precision, target.precision.T)
    assert goal.pairs.precision[:3].abs().sum() == 0
    assert [codes.tolist() for codes in goal.group_codes] == [[15], [16]]
    np.testing.assert_allclose(goal.marginal, codec.marginal, rtol=1e-6)


def test_without_tables_by_group_there_are_no_group_layers(codec: Codec) -> None:
    evidence = Evidence().adding([AB], [Measured(counts=np.ones((3, 12)), variance=4.0)])
    goal = evidence.goal(codec, groups_of(codec, "won"), rows=500.0, device=CPU, half=False)
    assert goal.by_group == goal.group_codes == ()


def test_exact_tables_become_shares(codec: Codec) -> None:
    counts = np.random.default_rng(1).integers(0, 20, (3, 12)).astype(float)
    evidence = Evidence().adding([AB], [Measured(counts=counts, variance=0.0)])
    goal = evidence.goal(codec, None, rows=counts.sum(), device=CPU, half=True)
    assert goal.pairs.precision is None
    assert goal.half
    assert float(goal.pairs.counts[:3, 3:15].sum()) == pytest.approx(1.0)
