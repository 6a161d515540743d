"""A file is there whole or not at all."""

import datetime as dt
import errno
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synthgen.errors import ConfigError
from synthgen.tables import atomic_folder, atomic_path, check_output, open_table, open_writer

BATCH = pa.RecordBatch.from_pydict({
    "age": [17, None], "name": pa.array(["ann", 'Bo, "jr"\n']).dictionary_encode(), "day": [dt.date(2019, 1, 1), None],
})  # fmt: skip


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


@pytest.mark.parametrize("name", ["t.parquet", "t.csv", "t.csv.gz"])
def test_what_is_written_is_read_again(tmp_path: Path, name: str) -> None:
    kind: Literal["parquet", "csv"] = "parquet" if "parquet" in name else "csv"
    with open_writer(tmp_path / name, BATCH.schema, format=kind, force=False) as writer:
        for _ in range(3):
            writer.write(BATCH)
        assert not (tmp_path / name).exists()
    rows = [row for batch in open_table(tmp_path / name).batches() for row in batch.to_pylist()]
    assert len(rows) == 6
    assert [None if value is None else str(value) for value in rows[4].values()] == ["17", "ann", "2019-01-01"]
    assert list(rows[5].values()) == [None, 'Bo, "jr"\n', None]
    assert names(tmp_path) == [name]


@pytest.mark.parametrize("name", ["t.parquet", "t.csv"])
def test_a_table_without_rows_is_written_too(tmp_path: Path, name: str) -> None:
    kind: Literal["parquet", "csv"] = "parquet" if "parquet" in name else "csv"
    with open_writer(tmp_path / name, BATCH.schema, format=kind, force=False):
        pass
    source = open_table(tmp_path / name)
    assert source.columns == ("age", "name", "day")
    assert list(source.batches()) == []


def test_small_batches_are_gathered_into_row_groups(tmp_path: Path) -> None:
    batch = pa.RecordBatch.from_pydict({"x": list(range(1000))})
    with open_writer(tmp_path / "t.parquet", batch.schema, format="parquet", force=False) as writer:
        for _ in range(300):
            writer.write(batch)
    assert pq.ParquetFile(tmp_path / "t.parquet").num_row_groups == 3


def test_readers_find_plain_text_where_a_dictionary_was_written(tmp_path: Path) -> None:
    with open_writer(tmp_path / "t.parquet", BATCH.schema, format="parquet", force=False) as writer:
        writer.write(BATCH)
    assert pq.read_schema(tmp_path / "t.parquet").field("name").type == pa.string()


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit, GeneratorExit])
@pytest.mark.parametrize("name", ["t.parquet", "t.csv", "t.csv.gz"])
def test_nothing_is_left_behind_when_the_work_stops(tmp_path: Path, name: str, error: type[BaseException]) -> None:
    kind: Literal["parquet", "csv"] = "parquet" if "parquet" in name else "csv"
    (tmp_path / name).write_text("before")

    def work() -> None:
        with open_writer(tmp_path / name, BATCH.schema, format=kind, force=True) as writer:
            writer.write(BATCH)
            writer.flush()
            raise error

    with pytest.raises(error):
        work()
    assert names(tmp_path) == [name]
    assert (tmp_path / name).read_text() == "before"


def refusal(path: Path, *, force: bool = False) -> str:
    with pytest.raises(ConfigError) as caught:
        check_output(path, force=force)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_an_output_path_that_cannot_become_a_file_is_refused_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text("old")
    os.mkfifo(tmp_path / "pipe")
    assert "got one that exists; choose another name or --force" in refusal(tmp_path / "old.csv")
    assert "got a folder" in refusal(tmp_path)
    assert "got a folder" in refusal(tmp_path, force=True)
    assert "got a device or pipe" in refusal(tmp_path / "pipe", force=True)
    assert "got a device or pipe" in refusal(Path("/dev/null"), force=True)
    assert "expected a folder that exists" in refusal(tmp_path / "no" / "t.csv")
    assert "expected a folder that exists" in refusal(tmp_path / "old.csv" / "t.csv")
    assert "file name too long" in refusal(tmp_path / ("x" * 300))
    check_output(tmp_path / "old.csv", force=True)
    check_output(tmp_path / "new.csv", force=False)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert "no permission" in refusal(tmp_path / "t.csv")


def test_a_file_that_appears_during_the_work_is_not_overwritten(tmp_path: Path) -> None:
    def work() -> None:
        with atomic_path(tmp_path / "t", force=False) as temporary:
            temporary.write_text("ours")
            (tmp_path / "t").write_text("theirs")

    with pytest.raises(ConfigError, match="exists"):
        work()
    assert (tmp_path / "t").read_text() == "theirs"
    assert names(tmp_path) == ["t"]


def test_a_link_is_written_through(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with atomic_path(tmp_path / "link", force=True) as temporary:
        temporary.write_text("new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_a_file_has_the_mode_that_the_user_wants(tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        with atomic_path(tmp_path / "t", force=False) as temporary:
            temporary.write_text("x")
    finally:
        os.umask(mask)
    assert (tmp_path / "t").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path: Path, number: int) -> None:
    def work() -> None:
        with atomic_path(tmp_path / "m.synthgen", force=False):
            raise OSError(number, os.strerror(number))

    with pytest.raises(ConfigError, match="expected room on the disk, got a full one"):
        work()
    assert names(tmp_path) == []


def test_an_error_of_the_caller_stays_what_it_is(tmp_path: Path) -> None:
    def work() -> None:
        with atomic_path(tmp_path / "t", force=False):
            raise FileNotFoundError(errno.ENOENT, "elsewhere")

    with pytest.raises(FileNotFoundError):
        work()


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_writing_beyond_what_the_system_allows_is_one_line_and_leaves_nothing(tmp_path: Path, kind: str) -> None:
    program = f"""
        import resource, signal, sys
        import numpy as np, pyarrow as pa
        from synthgen.errors import ConfigError
        from synthgen.tables import open_writer
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
        batch = pa.RecordBatch.from_pydict({{"x": np.random.default_rng(0).random(200_000)}})
        try:
            with open_writer({str(tmp_path / "t")!r}, batch.schema, format={kind!r}, force=False) as writer:
                for _ in range(5):
                    writer.write(batch)
        except ConfigError as error:
            print(error)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], check=True, capture_output=True, text=True, timeout=60
    )
    assert done.stdout == f"{tmp_path / 't'}: expected room on the disk, got a full one; make room or write elsewhere\n"
    assert done.stderr == ""
    assert names(tmp_path) == []


def test_both_formats_hold_every_kind_of_column(tmp_path: Path) -> None:
    columns: dict[str, Any] = {
        "integer": pa.array([1, None]),
        "number": pa.array([0.1, None]),
        "boolean": pa.array([True, None]),
        "day": pa.array([0, None], pa.date32()),
        "moment": pa.array([0, None], pa.timestamp("s")),
        "text": pa.array(["", None]),
    }
    batch = pa.RecordBatch.from_pydict(columns)
    for kind in ("parquet", "csv"):
        with open_writer(tmp_path / f"t.{kind}", batch.schema, format=kind, force=False) as writer:
            writer.write(batch)
        [read] = open_table(tmp_path / f"t.{kind}").batches()
        rows = [[None if value is None else str(value).lower() for value in row.values()] for row in read.to_pylist()]
        assert rows[0] == ["1", "0.1", "true", "1970-01-01", "1970-01-01 00:00:00", ""]
        assert rows[1] == [None] * 6


def test_instants_are_written_in_their_zone(tmp_path: Path) -> None:
    batch = pa.RecordBatch.from_pydict({"at": pa.array([0, None], pa.int64()).cast(pa.timestamp("s", "Europe/Berlin"))})
    for kind in ("parquet", "csv"):
        with open_writer(tmp_path / f"t.{kind}", batch.schema, format=kind, force=False) as writer:
            writer.write(batch)
    assert pq.read_table(tmp_path / "t.parquet").schema.field("at").type == pa.timestamp("ms", "Europe/Berlin")
    assert (tmp_path / "t.csv").read_text().splitlines() == ['"at"', "1970-01-01 01:00:00+0100", ""]


def test_a_folder_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    def fill(*, stopped: bool) -> None:
        with atomic_folder(tmp_path / "log") as folder:
            (folder / "a").write_text("a")
            assert not (tmp_path / "log").exists()
            if stopped:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fill(stopped=True)
    assert names(tmp_path) == []
    fill(stopped=False)
    assert (names(tmp_path), names(tmp_path / "log")) == (["log"], ["a"])
    with pytest.raises(ConfigError, match="a new folder"):
        fill(stopped=False)


def test_a_folder_that_was_filled_meanwhile_stays_as_it_is(tmp_path: Path) -> None:
    def fill() -> None:
        with atomic_folder(tmp_path / "log") as folder:
            (folder / "a").write_text("a")
            (tmp_path / "log").mkdir()
            (tmp_path / "log" / "mine").write_text("mine")

    with pytest.raises(ConfigError, match="not empty"):
        fill()
    assert (names(tmp_path), names(tmp_path / "log")) == (["log"], ["mine"])
