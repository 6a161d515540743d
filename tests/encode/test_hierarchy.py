"""Public hierarchies: which levels belong together."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthgen.encode.hierarchy import MOST_DEPTHS, depths_of
from synthgen.encode.icd9 import BLOCKS, CHAPTERS, path_of
from synthgen.schema import Categorical
from synthgen.schema.columns import Tree

CODES = [*(str(code) for code in range(1, 1000)), *(f"V{code}" for code in range(1, 90)), "250.01", "250.83", "E888"]


def column(values: list[str], hierarchy: object) -> Categorical:
    return Categorical.model_validate({"type": "categorical", "values": values, "hierarchy": hierarchy})


@given(st.lists(st.text("ab", min_size=1, max_size=8), min_size=1, max_size=40, unique=True))
def test_each_depth_cuts_the_one_before(words: list[str]) -> None:
    depths = depths_of(column(words, "prefix"), words)
    sizes = [1]
    for groups, coarser in zip(depths, (np.zeros(len(words), np.int64), *depths), strict=False):
        assert len(set(zip(groups.tolist(), coarser.tolist(), strict=True))) == groups.max() + 1
        assert sorted(set(groups.tolist())) == list(range(groups.max() + 1))
        sizes.append(int(groups.max()) + 1)
    assert sizes == sorted(set(sizes))
    assert len(depths) <= MOST_DEPTHS
    assert sizes[-1] < len(words) or not depths


def test_codes_of_one_block_stand_together() -> None:
    coarse, fine = depths_of(column(CODES, "icd9"), CODES)
    place = {code: index for index, code in enumerate(CODES)}
    assert coarse[place["250.83"]] == coarse[place["250"]] == coarse[place["279"]] != coarse[place["280"]]
    assert fine[place["410"]] == fine[place["414"]] != fine[place["428"]]
    assert coarse[place["V57"]] != coarse[place["57"]]


def test_the_tables_of_icd9_rise_and_each_chapter_begins_a_block() -> None:
    assert list(BLOCKS) == sorted(set(BLOCKS))
    assert set(CHAPTERS) <= set(BLOCKS)


@pytest.mark.parametrize("code", ["", "?", "1234", "25O", "X12", "250.123"])
def test_what_is_no_code_stands_aside(code: str) -> None:
    assert path_of(code) == ("other",)


def test_a_file_says_the_groups_nearest_first() -> None:
    tree = Tree(groups={"a": ("x", "top"), "b": ("x", "top"), "c": ("y", "top"), "d": ("y", "other")})
    depths = depths_of(column(["a", "b", "c", "d", "e"], tree), ["a", "b", "c", "d", "e"])
    assert [groups.tolist() for groups in depths] == [[0, 0, 0, 1, 2]]  # four groups of five say no more than five do


def test_without_a_hierarchy_there_are_no_depths() -> None:
    assert depths_of(Categorical(type="categorical", values=("a", "b", "ab")), ("a", "b", "ab")) == ()
