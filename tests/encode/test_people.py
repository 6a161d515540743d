"""What noisy comparisons of two rows of a person say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthgen.encode.people import UNITS_ALIKE, Alike, measure_people, noise_of
from synthgen.encode.sizes import UNIT_SIZES
from synthgen.privacy import Budget, Entry, Exact, Gaussian, Ledger, Part, PartitionSelection, PrivateTable


def test_agreement_beyond_chance_is_what_is_left_when_chance_is_taken_off() -> None:
    """1,000 persons: always alike, alike by chance, alike in half of what chance leaves, never unlike by chance."""
    alike = Alike(counts=np.array([1000, 1000, 250, 600, 1000]), sigma=0.0)
    found = alike.beyond_chance(np.array([0.25, 0.25, 0.2, 1.0]))
    assert found.tolist() == pytest.approx([1.0, 0.0, 0.5, 0.0])


def test_what_noise_could_say_as_well_is_nothing() -> None:
    chance = np.array([0.5, 0.5])
    clear = Alike(counts=np.array([1000, 520, 900]), sigma=30.0).beyond_chance(chance)
    assert clear.tolist() == pytest.approx([0, 0.8], abs=0.01)
    close = Alike(counts=np.array([1000, 580, 1000]), sigma=30.0).beyond_chance(chance)
    assert 0 < close[0] < 0.16  # two noises and a bit: believed, but not all of it
    assert Alike(counts=np.array([40, 40, 40]), sigma=30.0).beyond_chance(chance).tolist() == [0, 0]


@given(
    st.lists(st.integers(-1000, 1000), min_size=2, max_size=6),
    st.sampled_from([0.0, 1.0, 100.0]),
    st.floats(0, 1),
)
def test_agreement_is_a_probability_whatever_the_noise_answered(counts: list[int], sigma: float, chance: float) -> None:
    found = Alike(counts=np.array(counts), sigma=sigma).beyond_chance(np.full(len(counts) - 1, chance))
    assert ((found >= 0) & (found <= 1)).all()


@pytest.mark.parametrize("epsilon", [50.0, float("inf")])
def test_both_questions_are_charged_by_persons_not_by_rows(epsilon: float) -> None:
    ledger = Ledger(Budget(epsilon=epsilon, delta=1e-6))
    table = PrivateTable.enter(
        [Entry(codes={"a": np.zeros(60, np.int64)}, units=np.repeat(np.arange(20), 3).astype(np.uint64), rows=60)],
        cells={"a": 1},
        rows_per_unit=2,
        ledger=ledger,
    )
    table.set_levels({"a": np.zeros(1, np.int64)})
    rho = 0.5 if epsilon == 50 else float("inf")
    people = measure_people(table, "who", ["a"], sizes=rho, alike=rho)
    assert [event.what for event in ledger.events] == [UNIT_SIZES, UNITS_ALIKE]
    for what, counts in people.counts.items():
        sigma = noise_of(ledger.events, what, len(counts))
        assert sigma == {UNIT_SIZES: people.sizes, UNITS_ALIKE: people.alike}[what].sigma
    if epsilon == 50:
        mus = [event.mu**2 / 2 for event in ledger.events if isinstance(event, Gaussian)]
        assert mus == pytest.approx([0.5, 0.5])
    else:
        assert people.sizes.counts[2] == 20
        assert people.alike.counts.tolist() == [20, 20]


def test_the_noise_of_counts_is_that_of_the_one_event_that_released_them() -> None:
    one = Gaussian(what="a", parts=(Part(name="x", cells=3, sigma=7.0, sensitivity=1.0),))
    other = PartitionSelection(what="b", sigma=7.0, sensitivity=1, threshold=30, delta=1e-9)
    assert noise_of([one, other], "a", 3) == 7.0
    assert noise_of([one, one], "a", 3) is None
    assert noise_of([one], "a", 4) is None
    assert noise_of([other], "b", 1) is None
    assert noise_of([], "a", 3) is None
    assert noise_of([Exact(what="a", names=("x",))], "a", 3) == 0.0
