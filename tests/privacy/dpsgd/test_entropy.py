import pytest
import torch
from scipy import stats

from synthgen.privacy.dpsgd import entropy
from synthgen.privacy.dpsgd.entropy import distinct, fresh, uniforms

CPU = torch.device("cpu")


def test_no_two_generators_begin_alike() -> None:
    starts = {bytes(fresh(CPU).get_state().tolist()) for _ in range(20)}
    assert len(starts) == 20


def test_the_whole_state_is_new_not_what_a_seed_of_32_bits_makes_of_it() -> None:
    """A seed sets the first word and computes the others from it by a fixed rule."""
    words = fresh(CPU).get_state()[24 : 24 + 8 * 624].view(torch.int64)
    assert (words >= 0).all()
    assert (words < 2**32).all()
    derived = [(1812433253 * (w ^ (w >> 30)) + i) % 2**32 for i, w in enumerate(words.tolist()[:-1], 1)]
    assert sum(a == b for a, b in zip(derived, words.tolist()[1:], strict=True)) < 3
    seeded = torch.Generator().manual_seed(5).get_state()[24 : 24 + 8 * 624].view(torch.int64).tolist()
    rule = [(1812433253 * (w ^ (w >> 30)) + i) % 2**32 for i, w in enumerate(seeded[:-1], 1)]
    assert rule == seeded[1:]  # so the line above would have noticed


def test_manual_seed_keeps_32_bits_which_is_why_it_is_not_used() -> None:
    here, there = (torch.rand(4, generator=torch.Generator().manual_seed(seed)) for seed in (7, 7 + 2**32))
    assert torch.equal(here, there)


def test_draws_are_uniform_and_normal() -> None:
    assert stats.kstest(uniforms(50_000, CPU).numpy(), "uniform").pvalue > 1e-7
    drawn = torch.normal(0.0, 1.0, size=(50_000,), generator=fresh(CPU), dtype=torch.float64)
    assert stats.kstest(drawn.numpy(), "norm").pvalue > 1e-7


def test_uniforms_are_multiples_of_2_to_the_minus_53() -> None:
    drawn = uniforms(10_000, CPU)
    assert drawn.dtype == torch.float64
    assert torch.equal(drawn * 2**53, (drawn * 2**53).round())
    assert not torch.equal(drawn * 2**40, (drawn * 2**40).round())


def test_distinct_places_are_distinct_and_even() -> None:
    places = distinct(3000, 5, 2, CPU)
    assert places.shape == (3000, 2)
    assert (places[:, 0] != places[:, 1]).all()
    assert stats.chisquare(torch.bincount(places.flatten(), minlength=5).numpy()).pvalue > 1e-7


def test_the_global_generator_is_neither_read_nor_moved() -> None:
    torch.manual_seed(3)
    before = torch.get_rng_state()
    first = uniforms(3, CPU)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(3)
    assert not torch.equal(uniforms(3, CPU), first)


def test_a_state_of_another_layout_is_refused_rather_than_guessed() -> None:
    with pytest.raises(RuntimeError, match="state"):
        entropy._twister(torch.zeros(100, dtype=torch.uint8))
    with pytest.raises(RuntimeError, match="state"):
        entropy._philox(torch.zeros(5056, dtype=torch.uint8))


def test_a_gpu_s_state_is_a_key_and_a_counter_that_is_a_multiple_of_four() -> None:
    states = [entropy._philox(torch.zeros(16, dtype=torch.uint8)) for _ in range(20)]
    assert len({bytes(state.tolist()) for state in states}) == 20
    counters = [int.from_bytes(bytes(state[8:].tolist()), "little") for state in states]
    assert all(counter % 4 == 0 and counter < 2**62 for counter in counters)
