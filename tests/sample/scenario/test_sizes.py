import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthgen.errors import ConfigError
from synthgen.sample.scenario.document import parse_scenario
from synthgen.sample.scenario.plan import sizes
from synthgen.sample.scenario.sizes import fitted, largest_remainder

weights = st.lists(st.floats(0, 10), min_size=1, max_size=12).filter(lambda some: sum(some) > 1e-3)


@given(weights, st.integers(1, 10**9))
def test_a_share_is_met_to_less_than_one_row(shares: list[float], rows: int) -> None:
    counts = largest_remainder(shares, rows)
    assert counts.sum() == rows
    assert (np.abs(counts - np.array(shares) / sum(shares) * rows) < 1 + 1e-6).all()


def test_who_lost_most_by_rounding_down_gets_the_row() -> None:
    assert largest_remainder([0.34, 0.33, 0.33], 10).tolist() == [4, 3, 3]
    assert largest_remainder([1, 1], 3).tolist() == [2, 1]


@given(st.integers(0, 2**32), st.integers(1, 6), st.integers(1, 6), st.integers(1, 500))
def test_a_table_with_the_sums_asked_for_stays_near_the_model(seed: int, first: int, second: int, rows: int) -> None:
    rng = np.random.default_rng(seed)
    prior = rng.dirichlet(np.ones(first * second)).reshape(first, second)
    sums = [largest_remainder(rng.dirichlet(np.ones(size)).tolist(), rows) for size in (first, second)]
    table = fitted(prior, *sums)
    assert table is not None
    assert (table >= 0).all()
    assert table.sum(axis=1).tolist() == sums[0].tolist()
    assert table.sum(axis=0).tolist() == sums[1].tolist()


def test_what_cannot_meet_gets_no_rows_and_sums_that_need_it_none() -> None:
    prior = np.array([[0.5, 0.0], [0.25, 0.25]])
    table = fitted(prior, np.array([3, 7]), np.array([5, 5]))
    assert table is not None
    assert table.tolist() == [[3, 0], [2, 5]]
    assert fitted(prior, np.array([8, 2]), np.array([5, 5])) is None


HEAD = "name: n\nsegments:\n"


@pytest.mark.parametrize(
    ("segments", "asked", "expected"),
    [
        ("  - {name: a, share: 0.25}\n  - {name: b, share: 0.25}\n", 10, [3, 2, 5]),
        ("  - {name: a, share: 0.5}\n  - {name: b, share: 0.5}\n", 11, [6, 5, 0]),
        ("  - {name: a, rows: 7}\n", None, [7, 0]),
        ("  - {name: a, rows: 7}\n", 10, [7, 3]),
        ("  - {name: a, share: 10 %}\n  - {name: b, rows: 60}\n", None, [10, 60, 30]),
        ("  - {name: a, share: 0.1}\n  - {name: b, share: 0.2}\n  - {name: c, share: 0.7}\n", 100, [10, 20, 70, 0]),
    ],
)
def test_rows_and_shares_become_whole_numbers_of_rows(segments: str, asked: int | None, expected: list[int]) -> None:
    assert sizes(parse_scenario(HEAD + segments), rows=asked, usual=100) == expected


def test_segments_larger_than_the_sample_are_refused() -> None:
    scenario = parse_scenario(HEAD + "  - {name: a, rows: 60}\n  - {name: b, share: 0.5}\n")
    with pytest.raises(ConfigError, match="expected 100 rows in all"):
        sizes(scenario, rows=100, usual=1000)
