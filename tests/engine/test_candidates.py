"""Which tables there are, and how the target is cut into groups."""

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest

from synthgen.encode.codec import Codec, ColumnCodec
from synthgen.engine.candidates import MOST_GROUPS, Candidate, Groups, candidates, groups_of

Shares = Callable[..., ColumnCodec]


def groups(target: ColumnCodec, shares_of: Shares) -> Groups | None:
    return groups_of(Codec(columns={"a": shares_of([1, 1]), "t": target}), "t")


def test_without_a_target_there_are_no_groups(codec: Codec) -> None:
    assert groups_of(codec, None) is None


def test_a_target_of_one_level_has_no_groups(shares_of: Shares) -> None:
    assert groups(shares_of([1]), shares_of) is None


@pytest.mark.parametrize("levels", range(2, MOST_GROUPS + 1))
def test_few_levels_are_groups_of_their_own(levels: int, shares_of: Shares) -> None:
    found = groups(shares_of([1] * levels), shares_of)
    assert found.column == 1
    assert found.of_level.tolist() == list(range(levels))
    assert found.number == levels


def test_groups_of_a_line_are_runs_of_about_equal_mass(shares_of: Shares) -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        shares = rng.gamma(1.0, size=40)
        found = groups(shares_of(shares, line=True), shares_of)
        mass = np.bincount(found.of_level, weights=shares / shares.sum())
        assert (np.diff(found.of_level) >= 0).all()
        assert found.number == MOST_GROUPS
        assert np.abs(mass - 1 / MOST_GROUPS).max() < shares.max() / shares.sum()


def test_the_heaviest_categories_are_groups_and_the_rest_is_one(shares_of: Shares) -> None:
    shares = [1, 50, 2, 40, 3, 30, 4, 20, 5, 10]
    of_level = groups(shares_of(shares), shares_of).of_level
    heavy = [1, 3, 5, 7, 9]
    assert len(set(of_level[heavy].tolist())) == MOST_GROUPS - 1
    rest = np.setdiff1d(np.arange(10), heavy)
    assert len(set(of_level[rest].tolist())) == 1
    assert of_level[rest[0]] not in of_level[heavy]


def test_groups_are_numbered_without_gaps(shares_of: Shares) -> None:
    """A level with nearly all the mass leaves some sixths of it empty."""
    found = groups(shares_of([1e-6] * 5 + [1.0] + [1e-6] * 5, line=True), shares_of)
    assert sorted(set(found.of_level.tolist())) == list(range(found.number))


def test_candidates_are_all_pairs_and_all_pairs_by_group() -> None:
    split = Groups(column=2, of_level=np.array([0, 1]))
    found = candidates(4, split)
    assert [(c.first, c.second) for c in found if not c.by_group] == list(combinations(range(4), 2))
    assert [(c.first, c.second) for c in found if c.by_group] == [(0, 1), (0, 3), (1, 3)]
    assert len(set(found)) == len(found)


def test_a_table_of_one_column_has_no_candidates() -> None:
    assert candidates(1, None) == []
    assert candidates(2, None) == [Candidate(first=0, second=1, by_group=False)]
