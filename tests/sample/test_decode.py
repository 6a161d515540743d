"""From levels to values: the types that a schema speaks of, and values that read back as what was drawn."""

import datetime as dt
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from synthgen.encode.codec import MISSING, SPECIAL, VALUE, ColumnCodec, singles
from synthgen.encode.grid import OTHER, Grid, LevelGrid, grid
from synthgen.sample.decode import arrow_type, decode_column
from synthgen.schema import Column, Schema
from synthgen.tables import conform

LINES: dict[str, tuple[dict[str, Any], pa.DataType]] = {
    "integer": ({"minimum": -7, "maximum": 10**9}, pa.int64()),
    "number": ({"minimum": -0.5, "maximum": 3.75}, pa.float64()),
    "whole number": ({"minimum": -5, "maximum": 5, "decimals": 0}, pa.float64()),
    "decimal": ({"minimum": -0.5, "maximum": 99.95, "decimals": 2}, pa.float64()),
    "date": ({"minimum": "1950-03-01", "maximum": "2030-12-31"}, pa.date32()),
    "datetime": ({"minimum": "1950-03-01T00:00:00", "maximum": "2030-12-31T23:59:59"}, pa.timestamp("s")),
}
SENTINELS: dict[str, list[Any]] = {"none": [], "a number": [-1000], "text": ["N", "never"], "both": ["N", -1000]}
LEVELS: dict[str, tuple[dict[str, Any], pa.DataType]] = {
    "text": ({"type": "categorical", "values": ["a", "b c", "ü"]}, pa.string()),
    "whole numbers": ({"type": "categorical", "values": [3, 1, 2]}, pa.int64()),
    "numbers": ({"type": "categorical", "values": [0.5, 1.5]}, pa.float64()),
    "mixed": ({"type": "categorical", "values": ["a", 1, 2.5, True]}, pa.string()),
    "boolean": ({"type": "boolean"}, pa.bool_()),
    "boolean as numbers": ({"type": "boolean", "values": [0, 1]}, pa.int64()),
    "boolean as text": ({"type": "boolean", "values": ["no", "yes"]}, pa.string()),
}


def column_of(facts: dict[str, Any]) -> Column:
    return Schema(name="t", columns={"x": facts}).columns["x"]


def codec_of(cells: Grid) -> ColumnCodec:
    one = np.ones(1)
    pieces = singles(VALUE, np.zeros(1, np.int64), np.zeros(1, np.int64), one)
    return ColumnCodec(grid=cells, pieces=pieces, marginal=one, variance=one)


def every_place(cells: Grid, rows: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Kinds and units: both ends, places in between, every sentinel, missing."""
    units = cells.value_cells if isinstance(cells, LevelGrid) else cells.units
    unit = np.concatenate([[0, units - 1], np.random.default_rng(0).integers(0, units, rows)])
    specials = 0 if isinstance(cells, LevelGrid) else len(cells.special)
    kind = [np.full(len(unit), VALUE), np.full(specials, SPECIAL), np.full(int(cells.nullable), MISSING)]
    places = [unit, np.arange(specials), np.zeros(int(cells.nullable), np.int64)]
    return np.concatenate(kind).astype(np.int8), np.concatenate(places)


def check_round_trip(facts: dict[str, Any]) -> pa.Array:
    """What was decoded breaks no rule of the schema and falls into the cells that it came from."""
    column = column_of(facts)
    cells = grid("x", column)
    kind, unit = every_place(cells)
    array = decode_column(codec_of(cells), column, kind, unit)
    assert array.type == arrow_type(column)
    schema = Schema(name="t", columns={"x": facts})
    read = conform(pa.RecordBatch.from_arrays([array], names=["x"]), schema)
    assert not read.violations
    values = read.columns["x"]
    np.testing.assert_array_equal(values.null, kind == MISSING)
    np.testing.assert_array_equal(values.special, np.where(kind == SPECIAL, unit, -1))
    inside = kind == VALUE
    found = values.data if isinstance(cells, LevelGrid) else cells.unit_of(values.data)
    np.testing.assert_array_equal(found[inside], unit[inside])
    return array


@pytest.mark.parametrize("nullable", [False, True])
@pytest.mark.parametrize("sentinels", SENTINELS)
@pytest.mark.parametrize("kind", LINES)
def test_a_line_reads_back_as_it_was_drawn(kind: str, sentinels: str, nullable: bool) -> None:
    facts, own = LINES[kind]
    name = kind if kind in ("integer", "date", "datetime") else "number"
    array = check_round_trip({"type": name, "special": SENTINELS[sentinels], "nullable": nullable, **facts})
    fits = sentinels == "none" or (sentinels == "a number" and name in ("integer", "number"))
    assert array.type == (own if fits else pa.string())
    assert array.null_count == nullable


@pytest.mark.parametrize("nullable", [False, True])
@pytest.mark.parametrize("kind", LEVELS)
def test_levels_read_back_as_they_were_drawn(kind: str, nullable: bool) -> None:
    facts, own = LEVELS[kind]
    array = check_round_trip(facts | {"nullable": nullable})
    assert array.type == own
    assert array.null_count == nullable


def test_discovered_levels_are_text_and_so_is_the_rest() -> None:
    hidden = column_of({"type": "categorical", "discover": True, "nullable": True})
    cells = grid("x", hidden, ("baker", "7"))
    kind = np.array([VALUE, VALUE, VALUE, MISSING], np.int8)
    array = decode_column(codec_of(cells), hidden, kind, np.array([0, 1, 2, 0]))
    assert array.to_pylist() == ["baker", "7", OTHER, None]
    assert array.type == arrow_type(hidden) == pa.string()


def test_decimals_are_written_as_people_write_them() -> None:
    """0.1 is 0.1, not the sum of ten hundredths; as text it keeps its digits."""
    facts = {"type": "number", "minimum": 0, "maximum": 1, "decimals": 2}
    plain = column_of(facts)
    unit = np.arange(101)
    kind = np.zeros(101, np.int8)
    drawn = decode_column(codec_of(grid("x", plain)), plain, kind, unit).to_pylist()
    assert drawn == [float(f"{i / 100:.2f}") for i in range(101)]
    worded = column_of(facts | {"special": ["N"]})
    spelled = decode_column(codec_of(grid("x", worded)), worded, kind, unit).to_pylist()
    assert spelled[10] == "0.10"


def test_days_and_moments_are_those_of_the_calendar() -> None:
    day = column_of({"type": "date", "minimum": "2020-02-28", "maximum": "2020-03-02"})
    drawn = decode_column(codec_of(grid("x", day)), day, np.zeros(4, np.int8), np.arange(4)).to_pylist()
    assert drawn == [dt.date(2020, 2, 28), dt.date(2020, 2, 29), dt.date(2020, 3, 1), dt.date(2020, 3, 2)]
    moment = column_of({"type": "datetime", "minimum": "1969-12-31T23:59:59", "maximum": "1970-01-01T00:00:01"})
    drawn = decode_column(codec_of(grid("x", moment)), moment, np.zeros(3, np.int8), np.arange(3)).to_pylist()
    assert [str(value) for value in drawn] == ["1969-12-31 23:59:59", "1970-01-01 00:00:00", "1970-01-01 00:00:01"]


@pytest.mark.parametrize("facts", [LINES["integer"][0] | {"type": "integer"}, LEVELS["text"][0]])
def test_no_rows_decode_to_no_values(facts: dict[str, Any]) -> None:
    column = column_of(facts)
    array = decode_column(codec_of(grid("x", column)), column, np.zeros(0, np.int8), np.zeros(0, np.int64))
    assert (len(array), array.type) == (0, arrow_type(column))
