from itertools import combinations, pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthgen.errors import ConfigError
from synthgen.privacy import Budget, Entry, Ledger, PrivateTable, TableRequest, counting, rows

OPEN = Budget(epsilon=float("inf"), delta=0)


@st.composite
def cases(draw: st.DrawFn) -> tuple[pd.DataFrame, dict[str, list[int]], str | None, list[int] | None, list[int]]:
    """Random rows, level maps (columns of one level included), groups, and batch borders."""
    names = ["a", "b", "c", "d"][: draw(st.integers(2, 4))]
    cells = {name: draw(st.integers(1, 6)) for name in names}
    number = draw(st.integers(0, 40))
    frame = pd.DataFrame(
        {name: draw(st.lists(st.integers(0, cells[name] - 1), min_size=number, max_size=number)) for name in names},
        dtype=np.int64,
    )
    level_of = {name: draw(st.lists(st.integers(0, 3), min_size=cells[name], max_size=cells[name])) for name in names}
    group_column = draw(st.sampled_from([None, *names]))
    group_of = None
    if group_column:
        levels = max(level_of[group_column]) + 1
        group_of = draw(st.lists(st.integers(0, 2), min_size=levels, max_size=levels))
    borders = sorted(draw(st.lists(st.integers(0, number), max_size=5)))
    return frame, level_of, group_column, group_of, [0, *borders, number]


def crosstab(frame: pd.DataFrame, a: str, b: str, shape: tuple[int, int]) -> list[list[int]]:
    table = pd.crosstab(frame[a], frame[b])
    return table.reindex(index=range(shape[0]), columns=range(shape[1]), fill_value=0).to_numpy().astype(int).tolist()


@given(case=cases())
def test_counts_equal_a_naive_crosstab(
    case: tuple[pd.DataFrame, dict[str, list[int]], str | None, list[int] | None, list[int]],
) -> None:
    frame, level_of, group_column, group_of, borders = case
    entries = [
        Entry(
            codes={name: frame[name].to_numpy()[start:end].astype(np.uint8) for name in frame},
            units=None,
            rows=end - start,
        )
        for start, end in pairwise(borders)
    ]
    with pytest.MonkeyPatch.context() as patch:  # so small that chunks and blocks end in the middle of batches
        patch.setattr(counting, "CHUNK_ROWS", (3, 7))
        patch.setattr(rows, "BLOCK_ROWS", 11)
        table = PrivateTable.enter(
            entries, cells={name: len(level_of[name]) for name in frame}, rows_per_unit=1, ledger=Ledger(OPEN)
        )
        table.set_levels(
            {name: np.array(levels) for name, levels in level_of.items()},
            group_column=group_column,
            group_of=None if group_of is None else np.array(group_of),
        )
        asked = [
            TableRequest(columns=pair, by_group=by_group, sigma=0)
            for first, second in combinations(frame, 2)
            for pair in [(first, second), (second, first)]
            for by_group in (False, True)
        ]
        answers = table.tables("all", asked)
    leveled = pd.DataFrame({name: np.array(level_of[name])[frame[name]] for name in frame}, dtype=np.int64)
    group = np.array(group_of)[leveled[group_column]] if group_column else np.zeros(len(frame), int)
    groups = max(group_of) + 1 if group_of else 1
    for request, answer in zip(asked, answers, strict=True):
        a, b = request.columns
        shape = max(level_of[a]) + 1, max(level_of[b]) + 1
        if request.by_group:
            assert answer.tolist() == [crosstab(leveled[group == g], a, b, shape) for g in range(groups)]
        else:
            assert answer.tolist() == crosstab(leveled, a, b, shape)


def test_tables_that_memory_cannot_hold_are_refused_by_name_before_a_row_is_read() -> None:
    wide = {f"column {i}": 5000 + i for i in range(20)}
    table = PrivateTable.enter([], cells=wide, rows_per_unit=1, ledger=Ledger(OPEN))
    with pytest.raises(ConfigError) as refusal:
        table.set_levels({name: np.arange(number) for name, number in wide.items()})
    assert "column 19: 5019 levels" in str(refusal.value)
    assert "fewer levels" in refusal.value.fix
