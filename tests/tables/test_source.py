"""A table is a file, a folder, a data frame or an Arrow table; anything else is refused in one line."""

import datetime as dt
import gzip
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthgen.errors import TableError
from synthgen.tables import Source, arrays, open_table

TABLE = pa.table({"age": [17, 23, 99, 5], "name": ["ann", None, "Bo, jr", 'q"q'], "x": [0.5, None, 1e9, -1.0]})


def save(table: pa.Table, path: Path) -> Path:
    if ".csv" in path.suffixes:
        with gzip.open(path, "wb") if path.suffix == ".gz" else path.open("wb") as file:
            pyarrow.csv.write_csv(table, file)
    elif path.suffix == ".tsv":
        pyarrow.csv.write_csv(table, path, pyarrow.csv.WriteOptions(delimiter="\t"))
    elif path.suffix in {".parquet", ".pq"}:
        pq.write_table(table, path)
    elif path.suffix == ".ipc":
        with pa.ipc.new_stream(path, table.schema) as stream:
            stream.write_table(table)
    else:
        pyarrow.feather.write_feather(table, path)
    return path


def texts(source: Source, **options: Any) -> list[dict[str, str | None]]:
    rows = [row for batch in source.batches(**options) for row in batch.to_pylist()]
    return [{name: None if value is None else str(value) for name, value in row.items()} for row in rows]


@pytest.mark.parametrize("name", ["t.csv", "T.CSV", "t.csv.gz", "t.tsv", "t.parquet", "t.pq", "t.feather", "t.ipc"])
def test_every_format_gives_the_same_rows_twice(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    save(TABLE, tmp_path / name.lower()).rename(path)
    source = open_table(str(path))
    assert source.columns == ("age", "name", "x")
    assert [row["name"] for row in texts(source)] == ["ann", None, "Bo, jr", 'q"q']
    assert texts(source) == texts(source)
    assert [float(row["x"]) for row in texts(source, columns=["x"]) if row["x"]] == [0.5, 1e9, -1.0]


@pytest.mark.parametrize("name", ["t.csv", "t.parquet", "t.feather", "t.ipc", "frame", "arrow"])
def test_columns_come_in_the_order_asked_for_and_batches_keep_their_size(tmp_path: Path, name: str) -> None:
    data = {"frame": TABLE.to_pandas(), "arrow": TABLE}.get(name) if "." not in name else save(TABLE, tmp_path / name)
    batches = list(open_table(data).batches(["x", "age"], batch_rows=3))
    assert [batch.schema.names for batch in batches] == [["x", "age"]] * len(batches)
    assert all(0 < batch.num_rows <= 3 for batch in batches)
    assert [int(age) for batch in batches for age in batch["age"].to_pylist()] == [17, 23, 99, 5]


@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.parquet", "t.feather", "t.ipc", "frame", "arrow"])
def test_a_table_without_rows_has_columns_and_no_batches(tmp_path: Path, name: str) -> None:
    empty = TABLE.slice(0, 0)
    data = {"frame": empty.to_pandas(), "arrow": empty}.get(name) if "." not in name else save(empty, tmp_path / name)
    source = open_table(data)
    assert source.columns == ("age", "name", "x")
    assert list(source.batches()) == []


def test_a_folder_is_its_files_in_the_order_of_their_names(tmp_path: Path) -> None:
    save(TABLE.slice(2), tmp_path / "b.parquet")
    save(TABLE.slice(0, 2).select(["x", "name", "age"]), tmp_path / "a.parquet")
    (tmp_path / "_SUCCESS").touch()
    (tmp_path / ".a.parquet.crc").touch()
    source = open_table(tmp_path)
    assert [row["age"] for row in texts(source)] == ["17", "23", "99", "5"]
    assert set(source.columns) == {"age", "name", "x"}


def test_a_folder_may_hold_plain_and_gzipped_csv(tmp_path: Path) -> None:
    save(TABLE, tmp_path / "a.csv")
    save(TABLE, tmp_path / "b.csv.gz")
    assert len(texts(open_table(tmp_path))) == 2 * TABLE.num_rows


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, ["got an empty folder"]),
        ({".hidden.csv": TABLE}, ["got an empty folder"]),
        ({"a.csv": TABLE, "b.parquet": TABLE}, ["one kind", "CSV and Parquet"]),
        ({"a.parquet": TABLE, "notes.txt": None}, ["one kind", "Parquet and other files"]),
        ({"a.parquet": TABLE, "b.parquet": TABLE.drop_columns(["x"])}, ["b.parquet", "the 3 columns", "2 of them"]),
        ({"year=2019": {}}, ["files only", "year=2019"]),
    ],
)  # fmt: skip
def test_a_mixed_folder_is_refused(tmp_path: Path, files: dict[str, Any], words: list[str]) -> None:
    for name, content in files.items():
        if isinstance(content, pa.Table):
            save(content, tmp_path / name)
        elif content is None:
            (tmp_path / name).write_text("notes")
        else:
            (tmp_path / name).mkdir()
    with pytest.raises(TableError) as caught:
        open_table(tmp_path)
    assert all(word in str(caught.value) for word in words)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["t.xlsx", "t.json", "t", "t.gz", "t.parquet.gz"])
def test_an_unknown_suffix_is_refused_with_those_that_are_known(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"a,b\n")
    with pytest.raises(TableError, match=r"expected a \.csv, \.csv\.gz, \.tsv, \.parquet"):
        open_table(tmp_path / name)


@pytest.mark.parametrize("data", [[1, 2], None, {"age": [1]}, 7])
def test_what_is_no_table_is_refused_by_its_type(data: Any) -> None:
    with pytest.raises(TableError, match=f"got {type(data).__name__}"):
        open_table(data)


def test_a_missing_path_and_a_device_are_refused(tmp_path: Path) -> None:
    for path, words in (
        (tmp_path / "no.csv", "nothing there"),
        (tmp_path / "a" / "b", "nothing there"),
        ("/dev/null", "device"),
    ):
        with pytest.raises(TableError, match=words):
            open_table(path)


@pytest.mark.parametrize("name", ["t.parquet", "t.feather", "t.ipc"])
def test_a_damaged_file_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    content = save(pa.concat_tables([TABLE] * 1000), tmp_path / name).read_bytes()
    for damaged in (b"", b"PAR1ARROW1", content[: len(content) // 2], content[:40] + b"\xff" * 200 + content[240:]):
        (tmp_path / name).write_bytes(damaged)
        with pytest.raises(TableError) as caught:
            list(open_table(tmp_path / name).batches())
        assert "\n" not in str(caught.value)
        assert name in str(caught.value)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["a", "b", "a"], "same name for columns 1 and 3"),
        (["a", ""], "column 2: expected a name"),
        ([], "at least one"),
    ],
)
def test_columns_need_names_of_their_own(names: list[str], words: str) -> None:
    arrays = [pa.array([1]) for _ in names]
    for data in (pa.Table.from_arrays(arrays, names=names), pd.DataFrame([[1] * len(names)], columns=names)):
        with pytest.raises(TableError, match=words):
            open_table(data)


def test_columns_of_several_levels_are_refused() -> None:
    with pytest.raises(TableError, match="multi-level"):
        open_table(pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("a", "b")])))


def test_pandas_objects_of_any_type_come_as_arrow_or_as_text() -> None:
    odd = [1, "two", None, 3.5, [4], 2**70, b"x", float("nan")]
    frame = pd.DataFrame({
        "odd": odd,
        "huge": [2**70] * 8,
        "period": pd.period_range("2019-01", periods=8, freq="M"),
        "arrow": pd.array([1, None] * 4, "int64[pyarrow]"),
        "complex": [1j] * 8,
        7: pd.Categorical(["a", None] * 4),
    }, index=[0] * 8)  # fmt: skip
    source = open_table(frame)
    assert source.columns == ("odd", "huge", "period", "arrow", "complex", "7")
    rows = [row for batch in source.batches(batch_rows=8) for row in batch.to_pylist()]
    assert [row["odd"] for row in rows] == ["1", "two", None, "3.5", "[4]", str(2**70), "x", None]
    assert [row["period"] for row in rows[:2]] == ["2019-01", "2019-02"]
    assert [row["7"] for row in rows[:2]] == ["a", None]
    assert [row["arrow"] for row in rows[:2]] == [1, None]


ODD: list[Any] = [
    *(1, 1.0, 2.5, 1e16, "x", "1", b"1", b"\xff", True, None, Decimal("2.50"), Decimal("1E+3"), {}, "\ud800"),
    *(np.float32(2), np.int8(3), np.True_, dt.date(2020, 1, 2), dt.datetime(2020, 1, 2, 3)),  # noqa: DTZ001 - wall time
    *(dt.datetime(2020, 1, 2, 3, tzinfo=zone) for zone in (dt.UTC, dt.timezone(dt.timedelta(hours=9)))),
]


def spelled(cells: list[Any]) -> list[str | None]:
    batches = open_table(pd.DataFrame({"x": pd.Series(cells, dtype=object)})).batches()
    return [text for batch in batches for text in arrays.texts(batch["x"]).to_pylist()]


@given(values=st.lists(st.sampled_from(ODD), max_size=6), extra=st.sampled_from(ODD))
def test_no_row_of_a_data_frame_decides_how_another_is_read(values: list[Any], extra: Any) -> None:
    """Else one person's row could drop everyone else's, or make two persons of one: no sensitivity would hold."""
    assert spelled([*values, extra])[: len(values)] == spelled(values)


def test_nor_does_a_new_category() -> None:
    frames = [pd.DataFrame({"x": pd.Categorical([1.0, 2.0, *more])}) for more in ([], ["x"])]
    for frame in frames:
        (batch,) = open_table(frame).batches()
        distinct, positions = arrays.encoded(batch["x"])
        assert arrays.texts(distinct).take(pa.array(positions)).to_pylist()[:2] == ["1", "2"]


def test_a_large_parquet_file_is_read_in_small_pieces(tmp_path: Path) -> None:
    rows = 4_000_000
    pq.write_table(pa.table({"x": np.arange(rows)}), tmp_path / "t.parquet", row_group_size=rows)
    before = pa.total_allocated_bytes()
    peak = 0
    for batch in open_table(tmp_path / "t.parquet").batches():
        peak = max(peak, pa.total_allocated_bytes() - before)
        assert batch.num_rows <= 65_536
    assert 0 < peak < 8 * rows / 2
