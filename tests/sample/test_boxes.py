"""Boxes cover an expression exactly, and none of them overlap."""

import functools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from synthgen.sample import boxes
from synthgen.sample.boxes import All, Clause, Some, Within, boxed, disjoint
from synthgen.sql.region import Region, merged

UNITS = 9


def region(*units: int, special: bool = False, missing: bool = False) -> Region:
    low, high = merged(np.array(sorted(units), np.int64), np.array(sorted(units), np.int64) + 1)
    return Region(units=UNITS, low=low, high=high, special=np.array([special]), missing=missing)


def cells(part: Region) -> NDArray[np.bool_]:
    """Which values, then the sentinel, then missing belong."""
    return np.array([*part.holds(np.arange(UNITS)), *part.special, part.missing])


regions = st.builds(
    lambda units, special, missing: region(*units, special=special, missing=missing),
    st.sets(st.integers(0, UNITS - 1)),
    st.booleans(),
    st.booleans(),
)
clauses: st.SearchStrategy[Clause] = st.recursive(
    st.builds(lambda column, part: Within(column=column, region=part), st.sampled_from("abc"), regions),
    lambda parts: st.builds(
        lambda kind, terms: kind(parts=tuple(terms)),
        st.sampled_from([All, Some]),
        st.lists(parts, min_size=1, max_size=3),
    ),
    max_leaves=6,
)


def along(column: str, held: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """What holds of one column's cells, over every cell of every column."""
    return np.broadcast_to(held.reshape([-1 if other == column else 1 for other in "abc"]), [UNITS + 2] * 3)


def truth(clause: Clause) -> NDArray[np.bool_]:
    """Over every cell of every column."""
    if isinstance(clause, Within):
        return along(clause.column, cells(clause.region))
    join = np.logical_and if isinstance(clause, All) else np.logical_or
    return np.asarray(join.reduce([truth(part) for part in clause.parts]))


@pytest.mark.parametrize("entries", [boxes.MOST_ENTRIES, 0], ids=["a truth table", "a list"])
@given(found=st.lists(clauses, min_size=1, max_size=3))
def test_boxes_cover_what_all_clauses_hold_for_and_never_twice(entries: int, found: list[Clause]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boxes, "MOST_ENTRIES", entries)
        made = boxed(found)
    assert made is not None
    covered = np.zeros([UNITS + 2] * 3, np.int64)
    for box in made.boxes:
        inside = np.ones([UNITS + 2] * 3, np.bool_)
        for chosen, (column, atoms) in zip(box, made.atoms.items(), strict=True):
            held = np.any([cells(atom) for atom, is_in in zip(atoms, chosen, strict=True) if is_in], axis=0)
            inside &= along(column, held)
        covered += inside
    np.testing.assert_array_equal(covered, truth(All(parts=tuple(found))).astype(np.int64))


@given(arrays(np.bool_, array_shapes(min_dims=1, max_dims=4, max_side=4)))
def test_a_truth_table_is_the_union_of_its_boxes(table: NDArray[np.bool_]) -> None:
    covered = np.zeros(table.shape, int)
    for box in disjoint(table):
        covered += functools.reduce(np.logical_and.outer, box)
    np.testing.assert_array_equal(covered, table.astype(int))


def test_forbidden_combinations_take_as_many_boxes_as_there_are_kinds_of_rows() -> None:
    """50 forbidden pairs of 10 x 10 levels: a box for each set of levels that some first level allows."""
    allowed = (np.arange(10)[:, None] + np.arange(10)) % 2 == 0
    assert len(disjoint(allowed)) == 2


@pytest.mark.parametrize("columns", [1, 3, 8])
def test_a_long_or_takes_a_box_for_each_column(columns: int) -> None:
    table = functools.reduce(np.logical_or.outer, [np.array([False, True])] * columns)
    assert len(disjoint(table)) == columns


def test_a_rule_over_many_columns_is_few_boxes_though_its_truth_table_is_too_large() -> None:
    """`a OR (b AND c AND ...)` over thirty columns: where the first holds, and where all others do."""
    units = Region(units=2, low=np.array([1]), high=np.array([2]), special=np.zeros(0, np.bool_), missing=False)
    within = [Within(column=f"c{place}", region=units) for place in range(30)]
    found = boxed([Some(parts=(within[0], All(parts=tuple(within[1:]))))])
    assert found is not None
    assert len(found.boxes) == 2
    truth = np.random.default_rng(0).integers(0, 2, (500, 30))
    truth[:50, 1:] = 1
    atoms = {column: [int(region.low[0]) for region in regions] for column, regions in found.atoms.items()}
    inside = [
        np.logical_and.reduce(
            [
                mask[[atoms[name].index(value) for value in truth[:, place]]]
                for place, (name, mask) in enumerate(zip(found.atoms, box, strict=True))
            ]
        )
        for box in found.boxes
    ]
    assert np.array_equal(np.sum(inside, axis=0), (truth[:, 0] | truth[:, 1:].all(axis=1)))


def test_a_rule_of_too_many_boxes_is_left_to_be_filtered() -> None:
    units = Region(units=2, low=np.array([1]), high=np.array([2]), special=np.zeros(0, np.bool_), missing=False)
    within = [Within(column=f"c{place}", region=units) for place in range(40)]
    pairs = [Some(parts=(within[place], within[place + 1])) for place in range(0, 40, 2)]
    assert boxed(pairs) is None
