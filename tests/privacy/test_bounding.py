from collections import Counter
from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from synthgen.privacy import Histogram, PrivateTable
from synthgen.privacy.bounding import keep_some, sizes_of, twos_of

CHANCE = 1e-7
"""How rarely a test that draws from the operating system's entropy may fail by bad luck."""


@given(units=st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 4), max_size=60), most=st.integers(1, 5))
def test_each_unit_keeps_all_its_rows_up_to_its_cap(units: list[int], most: int) -> None:
    keep = keep_some(np.array(units, np.uint64), most)
    for unit in set(units):
        own = [i for i, other in enumerate(units) if other == unit]
        assert keep[own].sum() == min(len(own), most)


@given(units=st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 4), max_size=60))
def test_units_are_counted_by_the_number_of_their_rows(units: list[int]) -> None:
    rows, number = sizes_of(np.array(units, np.uint64))
    expected = Counter(Counter(units).values())
    assert dict(zip(rows.tolist(), number.tolist(), strict=True)) == expected
    assert rows.tolist() == sorted(expected)


@given(units=st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 4), max_size=60))
def test_two_rows_are_picked_of_each_unit_that_has_two(units: list[int]) -> None:
    first, second = twos_of(np.array(units, np.uint64))
    assert (first != second).all()
    owners = [units[place] for place in first]
    assert owners == [units[place] for place in second]
    assert sorted(owners) == sorted(unit for unit, rows in Counter(units).items() if rows > 1)


def test_every_two_rows_of_a_unit_are_equally_likely() -> None:
    rows, units = 4, 20_000
    first, second = twos_of(np.tile(np.arange(units), rows).astype(np.uint64))
    pairs = np.bincount(first // units * rows + second // units, minlength=rows**2).reshape(rows, rows)
    assert stats.chisquare(pairs[~np.eye(rows, dtype=bool)]).pvalue > CHANCE


@pytest.mark.parametrize("grouped", [True, False])
def test_every_choice_of_a_unit_s_rows_is_equally_likely(*, grouped: bool) -> None:
    rows, most, units = 5, 2, 20_000
    owner = np.repeat(np.arange(units), rows) if grouped else np.tile(np.arange(units), rows)
    keep = keep_some(owner.astype(np.uint64), most)
    choice = keep.reshape(units, rows) if grouped else keep.reshape(rows, units).T
    number = choice @ (2 ** np.arange(rows))
    seen = [(number == 2**a + 2**b).sum() for a, b in combinations(range(rows), 2)]
    assert sum(seen) == units
    assert stats.chisquare(seen).pvalue > CHANCE


def test_two_units_choose_independently_of_each_other() -> None:
    keep = keep_some(np.repeat(np.arange(40_000), 2).astype(np.uint64), 1).reshape(-1, 2)[:, 0]
    together = np.bincount(keep[::2] * 2 + keep[1::2], minlength=4)
    assert stats.chisquare(together).pvalue > CHANCE


@pytest.mark.parametrize("batch_rows", [1, 3, 1000])
def test_bounding_holds_across_batches_and_inside_one(enter: Callable[..., PrivateTable], batch_rows: int) -> None:
    units = [1] * 9 + [2] * 2 + [3] * 9 + [1] * 5
    place = {1: 0, 2: 1, 3: 2}
    table = enter(
        {"who": [place[unit] for unit in units]},
        cells={"who": 3},
        units=units,
        rows_per_unit=4,
        batch_rows=batch_rows,
    )
    (counts,) = table.histograms("who", [Histogram(column="who", bins=3, bin_of=None, sigma=0)])
    assert counts.tolist() == [4, 2, 4]


def test_which_rows_are_kept_is_uniform_across_batches(enter: Callable[..., PrivateTable]) -> None:
    rows, most, units = 10, 3, 3_000
    table = enter(
        {"place": list(np.repeat(np.arange(rows), units))},
        cells={"place": rows},
        units=list(np.tile(np.arange(units), rows)),
        rows_per_unit=most,
        batch_rows=units // 2 + 1,
    )
    (counts,) = table.histograms("places", [Histogram(column="place", bins=rows, bin_of=None, sigma=0)])
    expected = units * most / rows
    # drawn without replacement, so the sum of squares is smaller by (rows - most) / (rows - 1)
    square = ((counts - expected) ** 2 / expected).sum() * (rows - 1) / (rows - most)
    assert stats.chi2.sf(square, rows - 1) > CHANCE
