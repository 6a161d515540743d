from collections.abc import Callable

import numpy as np
import pytest

from synthgen.privacy import Budget, Entry, Histogram, Ledger, PrivateTable, TableRequest, rows

OPEN = Budget(epsilon=float("inf"), delta=0)


def exact(table: PrivateTable, column: str, bins: int) -> list[int]:
    (counts,) = table.histograms(column, [Histogram(column=column, bins=bins, bin_of=None, sigma=0)])
    return counts.tolist()


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.uint64, np.int8, np.int64])
def test_a_code_outside_its_domain_counts_as_the_nearest_cell(kind: type) -> None:
    low = -1 if np.issubdtype(kind, np.signedinteger) else 0
    codes = np.array([low, 1, 2, np.iinfo(kind).max], kind)
    table = PrivateTable.enter(
        [Entry(codes={"a": codes}, units=None, rows=4)], cells={"a": 3}, rows_per_unit=1, ledger=Ledger(OPEN)
    )
    assert exact(table, "a", 3) == [1, 1, 2]


@pytest.mark.parametrize(("cells", "width"), [(1, 1), (256, 1), (257, 2), (65_536, 2), (65_537, 4)])
def test_codes_are_held_in_the_fewest_bytes(cells: int, width: int) -> None:
    entry = Entry(codes={"a": np.array([0, cells - 1])}, units=None, rows=2)
    blocks, _ = rows.collect([entry], cells={"a": cells}, spellings={})
    assert blocks[0]["a"].itemsize == width
    assert blocks[0]["a"].tolist() == [0, cells - 1]


def test_small_batches_are_joined_and_none_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "BLOCK_ROWS", 10)
    entries = [Entry(codes={"a": np.arange(n)}, units=None, rows=n) for n in (3, 0, 4, 5, 25, 2)]
    blocks, units = rows.collect(entries, cells={"a": 100}, spellings={})
    assert [rows.rows_in(block) for block in blocks] == [12, 25, 2]
    assert units is None
    chosen = rows.select(blocks, np.arange(39) % 2 == 0)
    assert [rows.rows_in(block) for block in chosen] == [19, 1]
    assert blocks == []


def test_batches_keep_nothing_of_their_caller_s_arrays() -> None:
    codes = np.zeros(4, np.uint8)
    table = PrivateTable.enter(
        [Entry(codes={"a": codes}, units=None, rows=4)], cells={"a": 2}, rows_per_unit=1, ledger=Ledger(OPEN)
    )
    codes[:] = 1
    assert exact(table, "a", 2) == [4, 0]


@pytest.mark.parametrize(
    "entries",
    [
        [Entry(codes={"a": np.zeros(3, np.uint8)}, units=None, rows=4)],
        [Entry(codes={"a": np.zeros(3, np.uint8)}, units=np.zeros(2, np.uint64), rows=3)],
        [
            Entry(codes={"a": np.zeros(1, np.uint8)}, units=np.zeros(1, np.uint64), rows=1),
            Entry(codes={"a": np.zeros(1, np.uint8)}, units=None, rows=1),
        ],
    ],
)
def test_batches_that_do_not_fit_together_are_a_bug_of_the_caller(entries: list[Entry]) -> None:
    with pytest.raises(ValueError, match="batch"):
        PrivateTable.enter(entries, cells={"a": 2}, rows_per_unit=1, ledger=Ledger(OPEN))


def test_an_unknown_domain_is_the_same_whatever_the_batches(enter: Callable[..., PrivateTable]) -> None:
    job = ["nurse", "cook", "nurse", "smith", "cook", "nurse", "nurse"]
    for batch_rows in (1, 2, 3, 100):
        table = enter({"job": job, "sex": [0, 1, 0, 1, 0, 1, 0]}, cells={"job": 0, "sex": 2}, batch_rows=batch_rows)
        found = table.discover("jobs", "job", sigma=0, delta=1e-9)
        assert found.names == ("cook", "nurse", "smith")
        assert found.counts.tolist() == [2, 4, 1]
        table.set_levels({"job": np.arange(4), "sex": np.arange(2)})
        (pair,) = table.tables("pair", [TableRequest(columns=("job", "sex"), by_group=False, sigma=0)])
        assert pair.tolist() == [[1, 1], [3, 1], [0, 1], [0, 0]]


def test_public_cells_beside_an_unknown_domain_follow_it_and_a_stray_code_is_other() -> None:
    entries = [
        Entry(codes={"job": np.array([0, 1, 2, 3, 4])}, units=None, rows=5, dictionaries={"job": ("smith", "cook")}),
        Entry(codes={"job": np.array([0, 1, -1])}, units=None, rows=3, dictionaries={"job": ("cook",)}),
        Entry(codes={"job": np.array([0])}, units=None, rows=1),
    ]
    table = PrivateTable.enter(entries, cells={"job": 2}, rows_per_unit=1, ledger=Ledger(OPEN), discover=["job"])
    found = table.discover("jobs", "job", sigma=0, delta=1e-9)
    assert dict(zip(found.names, found.counts.tolist(), strict=True)) == {"cook": 2, "smith": 1}
    assert table.cells == {"job": 5}
    # cook, smith, other (codes 4 and -1), then the two public cells: 2 and 3 of the first batch, 1, 0 of the others
    assert exact(table, "job", 5) == [2, 1, 2, 3, 1]
