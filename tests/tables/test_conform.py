"""Whatever arrives, conform returns values inside the schema's domain and counts what was wrong."""

import datetime as dt
import decimal
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthgen.schema import Schema
from synthgen.tables import Conformed, conform, open_table

DAY = dt.date(2019, 1, 1)
MOMENT = dt.datetime(2019, 1, 1, 12, 30, 15, 999_999)  # noqa: DTZ001 - wall time

COLUMNS: dict[str, dict[str, Any]] = {
    "categorical": {"type": "categorical", "values": ["a", "1", 2, 2.5]},
    "open": {"type": "categorical", "discover": True},
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer", "minimum": -5, "maximum": 90},
    "unbounded integer": {"type": "integer"},
    "number": {"type": "number", "minimum": 0.5, "maximum": 100, "decimals": 1},
    "unbounded number": {"type": "number", "decimals": 12},
    "date": {"type": "date", "minimum": "1900-01-01", "maximum": "2100-12-31"},
    "datetime": {"type": "datetime", "minimum": "1900-01-01T00:00:00", "maximum": "2100-12-31T00:00:00"},
    "sentinels": {
        "type": "integer", "minimum": 0, "maximum": 9, "special": ["N", -1], "nullable": True, "null_values": ["?", 99],
    },
    "time": {"type": "time", "minimum": "06:00"},
    "duration": {"type": "duration", "unit": "minutes", "minimum": 0, "maximum": 600},
    "unbounded duration": {"type": "duration", "unit": "days"},
    "zoned": {"type": "datetime", "timezone": "Europe/Berlin", "minimum": "1900-01-01", "maximum": "2100-12-31"},
    "money": {"type": "number", "format": "$1,234.50", "minimum": -1e6, "maximum": 1e6, "special": ["none"]},
    "whole money": {"type": "integer", "format": "1.234 \u20ac", "minimum": -(10**6), "maximum": 10**6},
    "kept": {"type": "identifier", "kind": "company", "action": "keep"},
    "always missing": {"type": "categorical", "values": [], "nullable": True},
}  # fmt: skip

ODDITIES: dict[str, pa.Array] = {
    "nothing": pa.nulls(3),
    "text": pa.array(["", " ", "a", " a ", "1", "1.0", "01", "1,5", "1.234,5", "nan", "-inf", "1e400", "x" * 99, None]),
    "odd text": pa.array(["٣", "\0", "1_000", "0x10", "+-1", "--1", "1e", ".", "e5", "9" * 30, "9" * 5000]),
    "dates as text": pa.array(["2019-02-29", "2020-02-29", "0000-01-01", "9999-12-31", "2019-13-01", "2019-01-01 24"]),
    "large text": pa.array(["a", None], pa.large_string()),
    "text views": pa.array(["a", None], pa.string_view()),
    "bytes": pa.array([b"a", b"\xff\xfe", None]),
    "large bytes": pa.array([b"a", b"\xff\xfe", None], pa.large_binary()),
    "int8": pa.array([-128, 127, None], pa.int8()),
    "int64": pa.array([-(2**63), 2**63 - 1, 0, None]),
    "uint64": pa.array([2**64 - 1, 1, None], pa.uint64()),
    "float64": pa.array([np.nan, np.inf, -np.inf, 1e308, -1e308, 5e-324, -0.0, 1.5, None]),
    "float32": pa.array([0.1, np.nan, np.inf, 1e38], pa.float32()),
    "float16": pa.array([0.5, np.nan, np.inf, None], pa.float16()),
    "decimals": pa.array([decimal.Decimal("1.50"), decimal.Decimal(-(10**20)), None]),
    "wide decimals": pa.array([decimal.Decimal(10) ** 60, None], pa.decimal256(70, 2)),
    "booleans": pa.array([True, False, None]),
    "date32": pa.array([DAY, dt.date(1, 1, 1), dt.date(9999, 12, 31), None]),
    "far date32": pa.array([2**31 - 1, -(2**31)], pa.int32()).cast(pa.date32()),
    "date64": pa.array([DAY, None], pa.date64()),
    "moments": pa.array([MOMENT, None], pa.timestamp("us")),
    "far moments": pa.array([2**63 - 1, -(2**63)], pa.int64()).cast(pa.timestamp("ns")),
    "zoned moments": pa.array([MOMENT, None], pa.timestamp("ns", "America/New_York")),
    "moments of an unknown zone": pa.array([MOMENT, None], pa.timestamp("s", "Nowhere/At_All")),
    "times": pa.array([dt.time(1, 2), None]),
    "durations": pa.array([dt.timedelta(1), None]),
    "intervals": pa.array([(1, 2, 3), None], pa.month_day_nano_interval()),
    "lists": pa.array([[1, 2], [], None]),
    "structs": pa.array([{"a": 1}, None]),
    "dictionary": pa.array(["a", "zzz", None, "a"]).dictionary_encode(),
    "dictionary of numbers": pa.array([1.0, np.nan, None, 7.0]).dictionary_encode(),
    "dictionary of nothing": pa.DictionaryArray.from_arrays(pa.nulls(2, pa.int8()), pa.array([], pa.string())),
    "dictionary with null": pa.DictionaryArray.from_arrays(pa.array([0, 1, None], pa.int8()), pa.array(["a", None])),
    "dictionary with duplicates": pa.DictionaryArray.from_arrays(pa.array([0, 1]), pa.array(["a", "a"])),
    "full small dictionary": pa.DictionaryArray.from_arrays(
        pa.array([*range(128), None], pa.int8()), pa.array([str(n) for n in range(128)])
    ),
    "dictionary of bytes": pa.array([b"a", None]).dictionary_encode(),
    "slice of a table": pa.array(["a", "b", "c", "d", "e"]).dictionary_encode().slice(4),
    "runs": pa.RunEndEncodedArray.from_arrays([2, 3], pa.array(["a", None])),
    "no rows": pa.array([], pa.float64()),
}  # fmt: skip


def schema_of(column: dict[str, Any], policy: str = "error", **more: Any) -> Schema:
    return Schema.model_validate({"name": "t", "on_violation": policy, "columns": {"x": column}, **more})


def conform_one(array: pa.Array | list[Any], column: dict[str, Any], policy: str = "error") -> Conformed:
    values = array if isinstance(array, pa.Array) else pa.array(array)
    return conform(pa.RecordBatch.from_arrays([values], names=["x"]), schema_of(column, policy))


def rules(result: Conformed) -> dict[str, int]:
    return {rule: count for (_, rule), count in result.violations.items()}


def in_domain(result: Conformed, schema: Schema) -> bool:
    values, column = result.columns["x"], schema.columns["x"]
    data = values.data
    lengths = {len(data), len(values.null), len(values.special), result.rows}
    marks = (column.nullable or not values.null.any()) and values.special.max(initial=-1) < len(
        getattr(column, "special", ())
    )
    if column.type in ("categorical", "boolean", "identifier"):
        size = len(getattr(column, "values", None) or values.dictionary)
        inside = data.dtype == np.int32 and bool(((data >= 0) & (data < max(size, 1))).all())
    else:
        kind = np.float64 if column.type == "number" else np.int64
        inside = data.dtype == kind and bool(np.isfinite(data).all())
    return len(lengths) == 1 and bool(marks) and inside


@pytest.mark.parametrize("policy", ["error", "drop", "clip"])
@pytest.mark.parametrize("column", COLUMNS.values(), ids=COLUMNS.keys())
@pytest.mark.parametrize("array", ODDITIES.values(), ids=ODDITIES.keys())
def test_any_array_conforms_to_any_column(array: pa.Array, column: dict[str, Any], policy: str) -> None:
    schema = schema_of(column, policy)
    result = conform(pa.RecordBatch.from_arrays([array], names=["x"]), schema)
    assert in_domain(result, schema)
    assert result.read == len(array)
    assert result.rows == len(array) - (0 if policy == "error" else result.quarantined)
    assert (result.quarantined > 0) <= bool(result.violations)


@pytest.mark.parametrize(
    ("column", "array", "data"),
    [
        ({"type": "integer"}, ["7", " 7 ", "+7", "7.0", "7e0"], [7] * 5),
        ({"type": "integer"}, ["9007199254740993", "9223372036854775806", "-9007199254740993"],
         [2**53 + 1, 2**63 - 2, -(2**53) - 1]),
        ({"type": "integer"}, [7.0, -0.0], [7, 0]),
        ({"type": "integer"}, [True, False], [1, 0]),
        ({"type": "integer"}, [decimal.Decimal("7.00"), decimal.Decimal("9007199254740993.00")], [7, 2**53 + 1]),
        ({"type": "number", "decimals": 2}, ["1.005", "2.50", "1e2"], [1.0, 2.5, 100.0]),
        ({"type": "number"}, pa.array([0.1, 2.0**24], pa.float32()), [0.1, 2.0**24]),
        ({"type": "number", "maximum": 0.1}, pa.array([0.1], pa.float32()), [0.1]),
        ({"type": "date"}, ["1970-01-02", "1969-12-31", "1970-01-02T23:59:59Z"], [1, -1, 1]),
        ({"type": "date"}, pa.array([-1], pa.int64()).cast(pa.timestamp("ms")), [-1]),
        ({"type": "date"}, pa.array([86_400_000], pa.int64()).cast(pa.date64()), [1]),
        ({"type": "datetime"}, ["1970-01-01 00:01", "1970-01-01T00:00:01.9", "1970-01-02"], [60, 1, 86_400]),
        ({"type": "datetime"}, pa.array([0], pa.timestamp("s", "+02:00")), [7200]),
        ({"type": "boolean"}, ["true", "False", "1", "0"], [1, 0, 1, 0]),
        ({"type": "boolean"}, [1, 0], [1, 0]),
        ({"type": "boolean"}, ["Yes", "NO", "t", "F", "ja", "Nein", "OUI", "non", "y", "N"], [1, 0] * 5),
        ({"type": "boolean", "nullable": True, "null_values": ["n"]}, ["Y", "no"], [1, 0]),
        ({"type": "time"}, ["00:00", "8:05:59", "12:00 am", "12:30 PM", "2019-01-01 10:00"],
         [0, 29159, 0, 45000, 36000]),
        ({"type": "time"}, pa.array([dt.time(1, 2, 3, 999)], pa.time64("us")), [3723]),
        ({"type": "time"}, pa.array([MOMENT], pa.timestamp("ns", "America/New_York")), [7 * 3600 + 30 * 60 + 15]),
        ({"type": "duration"}, ["PT1H30M", "P1DT1S", "P2W", "-PT5S", "1:00:01", "1 days 00:00:02", "7", "7.9"],
         [5400, 86401, 1209600, -5, 3601, 86402, 7, 7]),
        ({"type": "duration", "unit": "hours"}, ["PT90M", "-PT1M", "25:00:00"], [1, -1, 25]),
        ({"type": "duration", "unit": "days"}, pa.array([dt.timedelta(2, 5)], pa.duration("ns")), [2]),
        ({"type": "datetime", "timezone": "Europe/Berlin"},
         ["1970-01-01 01:00", "1970-01-01T00:00:00Z", "1970-01-01T05:30:00+05:30", "1970-06-01 01:00"],
         [0, 0, 0, 151 * 86400]),
        ({"type": "datetime", "timezone": "Europe/Berlin"}, ["2019-10-27 02:30", "2019-03-31 02:30"],
         [1572136200, 1553994000]),
        ({"type": "datetime", "timezone": "UTC"}, pa.array([0], pa.int64()).cast(pa.timestamp("us", "Asia/Tokyo")),
         [0]),
        ({"type": "datetime", "timezone": "Asia/Tokyo"}, pa.array([32400], pa.int64()).cast(pa.timestamp("s")), [0]),
        ({"type": "number", "format": "$1,234.50"}, ["$1,234.50", "($3.10)", "-$2", "$-4.00", "12.5", "1234"],
         [1234.5, -3.1, -2.0, -4.0, 12.5, 1234.0]),
        ({"type": "number", "format": "12,5 %"}, ["12,5 %", "100%", "0,25"], [12.5, 100.0, 0.2]),
        ({"type": "number", "format": "1 234,50"}, ["1 234,50", "-12 345 678,00"], [1234.5, -12345678.0]),
        ({"type": "integer", "format": "1,234", "nullable": True}, ["1,234,567", "12", " "], [1234567, 12, 0]),
        ({"type": "boolean", "values": [0, 1]}, [True, False], [1, 0]),
        ({"type": "boolean", "values": ["no", "yes"]}, ["yes", "no"], [1, 0]),
        ({"type": "boolean", "values": ["False", "True"]}, [True, False], [1, 0]),
        ({"type": "categorical", "values": [1, 2]}, ["1", "2.0", "02"], [0, 1, 1]),
        ({"type": "categorical", "values": [1, 2]}, [1.0, 2.0], [0, 1]),
        ({"type": "categorical", "values": ["1", "2"]}, [1.0, 2.0], [0, 1]),
        ({"type": "categorical", "values": ["01", "1"]}, ["1", "01"], [1, 0]),
        ({"type": "categorical", "values": ["250", "250.0"]}, ["250.0", "250"], [1, 0]),
        ({"type": "categorical", "values": [73.0, 16.3]}, ["73", "16.30"], [0, 1]),
        ({"type": "categorical", "values": ["2019-01-01"]}, [DAY], [0]),
        ({"type": "categorical", "values": ["", "a"]}, ["", "a", " a"], [0, 1, 1]),
        ({"type": "categorical", "values": [2**53, 2**53 + 1]}, [2**53 + 1, 2**53], [1, 0]),
    ],
)  # fmt: skip
def test_a_value_is_found_whatever_type_it_arrives_in(column: dict[str, Any], array: Any, data: list[float]) -> None:
    result = conform_one(array, column)
    assert not result.violations
    np.testing.assert_array_equal(result.columns["x"].data, data)


@pytest.mark.parametrize(
    ("column", "array", "broken"),
    [
        ({"type": "integer"}, ["", None, " ", "NaN"], {"missing": 4}),
        ({"type": "integer"}, [np.nan], {"missing": 1}),
        ({"type": "integer"}, ["x", "inf", "?", "0x10"], {"not a number": 4}),
        ({"type": "integer"}, [np.inf], {"not a number": 1}),
        ({"type": "integer"}, [DAY], {"not a number": 1}),
        ({"type": "integer"}, ["1.5"], {"not a whole number": 1}),
        ({"type": "integer"}, [1.5, -1e-9], {"not a whole number": 2}),
        ({"type": "integer"}, ["1,234", "0,5"], {"comma in a number": 2}),
        ({"type": "integer"}, ["9" * 19, "1e30", "9" * 99], {"above maximum": 3}),
        ({"type": "integer"}, pa.array([2**64 - 1], pa.uint64()), {"above maximum": 1}),
        ({"type": "integer", "minimum": 3, "maximum": 5}, [2, 3, 5, 6], {"below minimum": 1, "above maximum": 1}),
        ({"type": "number", "minimum": 0.5, "maximum": 1.5}, [0.49, 0.5, 1.5, 1.51],
         {"below minimum": 1, "above maximum": 1}),
        ({"type": "number", "maximum": 1.5, "decimals": 1}, [1.54, 1.56], {"above maximum": 1}),
        ({"type": "number"}, ["3,14", "1.234,56"], {"comma in a number": 2}),
        ({"type": "number"}, [np.inf, -np.inf], {"not a number": 2}),
        ({"type": "date"}, ["2019-02-29", "01/02/2019", "20190101", "2019-1-1", "0000-01-01"], {"not a date": 5}),
        ({"type": "date"}, [20190101], {"not a date": 1}),
        ({"type": "date", "maximum": "2019-01-01"}, ["2019-01-01", "2019-01-02"], {"above maximum": 1}),
        ({"type": "datetime"}, ["2019-01-01 24:00", "2019-01-01 10:60"], {"not a date": 2}),
        ({"type": "datetime", "minimum": "2019-01-01T10:00:00"}, ["2019-01-01 09:59:59"], {"below minimum": 1}),
        ({"type": "categorical", "values": ["a"]}, ["b", "A", "ab"], {"unknown level": 3}),
        ({"type": "categorical", "values": ["a"]}, ["", None], {"missing": 2}),
        ({"type": "categorical", "values": ["1"]}, ["01", "1.0"], {"unknown level": 2}),
        ({"type": "categorical", "discover": True}, ["a", None], {"missing": 1}),
        ({"type": "boolean"}, ["maybe", "2"], {"unknown level": 2}),
        ({"type": "boolean", "values": ["no", "yes"]}, ["YES", "y"], {"unknown level": 2}),
        ({"type": "time"}, ["24:00", "10:60", "13:00 PM", "0:00 am", "noon"], {"not a time": 5}),
        ({"type": "time", "minimum": "09:00", "maximum": "17:00"}, ["08:59:59", "17:00:01"],
         {"below minimum": 1, "above maximum": 1}),
        ({"type": "duration"}, ["P", "PT", "1:30", "an hour", "inf"], {"not a duration": 5}),
        ({"type": "duration", "maximum": 9}, ["1e30", "PT10S"], {"above maximum": 2}),
        ({"type": "datetime", "timezone": "UTC"}, ["2019-01-01 24:00", "noon"], {"not a date": 2}),
        ({"type": "datetime", "timezone": "Europe/Berlin", "minimum": "2019-01-01"}, ["2018-12-31T22:59:59Z"],
         {"below minimum": 1}),
        ({"type": "number", "format": "1.234,50"}, ["1.5", "12.34,5", "1,234.50"],
         {"not a number": 3}),
        ({"type": "number", "format": "$1,234.50"}, ["12,34", "$", "\u20ac5"],
         {"comma in a number": 1, "not a number": 2}),
        ({"type": "categorical", "values": [], "nullable": True}, ["a", None], {"unknown level": 1}),
    ],
)  # fmt: skip
def test_each_broken_rule_is_counted_by_its_name(column: dict[str, Any], array: Any, broken: dict[str, int]) -> None:
    assert rules(conform_one(array, column)) == broken


def test_missing_words_and_sentinels_are_found_by_spelling_and_by_value() -> None:
    column = COLUMNS["sentinels"]
    for array in (["N", "-1.0", " -1", "?", "99.0", "", "3"], pa.array(["N", "-1", "-1", "?", "99", None, "3"])):
        values = conform_one(array, column).columns["x"]
        assert values.special.tolist() == [0, 1, 1, -1, -1, -1, -1]
        assert values.null.tolist() == [False, False, False, True, True, True, False]
        assert values.data[6] == 3
    values = conform_one([-1.0, 99.0, np.nan, 3.0], column).columns["x"]
    assert (values.special.tolist(), values.null.tolist()) == ([1, -1, -1, -1], [False, True, True, False])


def test_a_sentinel_date_is_found_whatever_type_it_arrives_in() -> None:
    column = {"type": "datetime", "maximum": "2020-01-01T00:00:00", "special": ["9999-12-31"]}
    moments = pa.array([dt.datetime(9999, 12, 31), dt.datetime(2019, 1, 1)], pa.timestamp("us"))  # noqa: DTZ001 - wall time
    for array in (moments, ["9999-12-31 00:00:00", "2019-01-01"]):
        result = conform_one(array, column)
        assert not result.violations
        assert result.columns["x"].special.tolist() == [0, -1]


def test_error_keeps_rows_drop_removes_them_and_clip_mends_what_is_beyond_a_bound() -> None:
    column = {"type": "integer", "minimum": 0, "maximum": 9}
    array = [5, -1, 10, 1.5]
    kept, dropped, clipped = (conform_one(array, column, policy) for policy in ("error", "drop", "clip"))
    assert (kept.rows, kept.quarantined) == (4, 3)
    assert (dropped.rows, dropped.quarantined, dropped.columns["x"].data.tolist()) == (1, 3, [5])
    assert (clipped.rows, clipped.quarantined, clipped.columns["x"].data.tolist()) == (3, 1, [5, 0, 9])
    assert kept.violations == dropped.violations == clipped.violations


def test_the_dictionary_of_an_open_column_holds_only_what_its_rows_spell() -> None:
    array = pa.array(["b", "b", None, "a"], pa.dictionary(pa.int8(), pa.string()))
    unused = pa.DictionaryArray.from_arrays(array.indices, pa.array(["b", "a", "never"]))
    values = conform_one(unused, {"type": "categorical", "nullable": True}).columns["x"]
    assert values.dictionary == ("b", "a")
    assert values.data[[0, 1, 3]].tolist() == [0, 0, 1]
    assert values.null.tolist() == [False, False, True, False]


def test_a_unit_has_one_spelling_whatever_its_type() -> None:
    schema = Schema.model_validate(
        {"name": "t", "on_violation": "drop", "privacy": {"unit": "id"}, "columns": {"x": {"type": "integer"}}}
    )
    for ids in ([7, 8], [7.0, 8.0], ["7", " 8"], [decimal.Decimal("7.0"), decimal.Decimal("8.0")], [b"7", b"8"]):
        result = conform(pa.RecordBatch.from_pydict({"id": [*ids, None], "x": [1, 2, 3]}), schema)
        assert result.unit is not None
        assert result.unit.to_pylist() == ["7", "8"]
        assert result.violations == Counter({("id", "missing unit"): 1})
        assert result.columns["x"].data.tolist() == [1, 2]


def test_a_unit_may_be_a_column_too() -> None:
    schema = Schema.model_validate(
        {"name": "t", "privacy": {"unit": "x"}, "columns": {"x": {"type": "integer", "nullable": True}}}
    )
    result = conform(pa.RecordBatch.from_pydict({"x": [1, None]}), schema)
    assert result.violations == Counter({("x", "missing unit"): 1})


CELLS = st.one_of(
    st.none(), st.text(max_size=6), st.integers(-(2**63), 2**63 - 1).map(str), st.floats().map(str), st.dates().map(str)
)


def seen(result: Conformed) -> list[object]:
    values = result.columns["x"]
    data = [values.dictionary[index] for index in values.data] if values.dictionary else values.data.tolist()
    marks = zip(data, values.null.tolist(), values.special.tolist(), strict=True)
    return [None if null else value if special < 0 else ("special", special) for value, null, special in marks]


@given(
    cells=st.lists(CELLS, max_size=12),
    extra=CELLS,
    column=st.sampled_from([{**column, "nullable": True} for column in COLUMNS.values()]),
    policy=st.sampled_from(["error", "drop", "clip"]),
)
def test_one_more_row_changes_no_other(cells: list[str | None], extra: Any, column: Any, policy: str) -> None:
    before = conform_one(pa.array(cells, pa.string()), column, policy)
    after = conform_one(pa.array([*cells, extra], pa.string()), column, policy)
    assert in_domain(after, schema_of(column, policy))
    assert after.rows - before.rows in (0, 1)
    assert seen(after)[: before.rows] == seen(before)
    assert before.violations <= after.violations


def test_pandas_arrow_and_text_conform_alike() -> None:
    frame = pd.DataFrame({
        "x": pd.array([1, None, 99, 3], "Int64"),
        "y": pd.Categorical(["a", "b", None, "a"]),
        "z": [1.5, np.nan, 2.0, 1e9],
    })  # fmt: skip
    schema = Schema.model_validate({
        "name": "t",
        "on_violation": "clip",
        "columns": {
            "x": {"type": "integer", "maximum": 9, "nullable": True, "null_values": [99]},
            "y": {"type": "categorical", "values": ["a", "b"], "nullable": True},
            "z": {"type": "number", "maximum": 100, "nullable": True},
        },
    })  # fmt: skip
    table = pa.Table.from_pandas(frame)
    text = pa.table({name: pa.array(["" if v is None else str(v) for v in table[name].to_pylist()]) for name in frame})
    results = [conform(next(open_table(data).batches()), schema) for data in (frame, table, text)]
    for result in results[1:]:
        assert result.violations == results[0].violations
        for name, values in result.columns.items():
            for part in ("data", "null", "special"):
                np.testing.assert_array_equal(getattr(values, part), getattr(results[0].columns[name], part))


PLACE = {
    "type": "point", "latitude": "lat", "longitude": "long", "minimum": [40, -75], "maximum": [41, -73], "decimals": 2,
}  # fmt: skip


def place(lat: Any, long: Any, **more: Any) -> Conformed:
    schema = Schema.model_validate({"name": "t", "columns": {"home": PLACE | more}})
    return conform(pa.RecordBatch.from_pydict({"lat": lat, "long": long}), schema)


def test_two_columns_of_the_data_are_one_point() -> None:
    found = place(["40.501", " 41 "], [-74.25, -73.0])
    assert found.columns["home"].data.tolist() == [[40.5, -74.25], [41.0, -73.0]]
    assert not found.violations


def test_a_point_is_missing_where_either_half_is() -> None:
    found = place([40.5, None, None], [None, "x", None], nullable=True)
    assert found.columns["home"].null.all()
    assert not found.violations
    assert rules(place([40.5, None], [None, None])) == {"missing": 2}


def test_a_point_outside_its_box_breaks_one_rule() -> None:
    found = place(["39.9", "40.5", "north"], [-74.0, -72.9, -74.0])
    assert rules(found) == {"below minimum": 1, "above maximum": 1, "not a number": 1}


@pytest.mark.parametrize("array", ODDITIES.values(), ids=ODDITIES.keys())
def test_any_arrays_conform_to_a_point(array: pa.Array) -> None:
    values = place(array, array).columns["home"]
    assert np.isfinite(values.data).all()
    assert values.data.shape == (len(array), 2)


def test_columns_that_are_not_learned_are_not_read() -> None:
    columns = {"x": {"type": "integer"}, "name": {"type": "identifier", "kind": "full_name"}, "note": {"type": "text"}}
    schema = Schema.model_validate({"name": "t", "columns": columns})
    found = conform(pa.RecordBatch.from_pydict({"x": [1, 2]}), schema)
    assert list(found.columns) == ["x"]
