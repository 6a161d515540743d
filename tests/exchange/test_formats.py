"""Laws of every form: what goes out and comes back is what went out, but for the losses that were named."""

import datetime as dt
import json
from contextlib import suppress
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthgen.errors import ConfigError, SchemaError, SynthgenError
from synthgen.exchange import NAMES, Name, export_schema, import_schema
from synthgen.schema import Schema, from_json, to_json

WORDS = st.text("abcXYZ 019-_?.", min_size=1, max_size=6).map(str.strip).filter(bool)


def _levels(draw: st.DrawFn) -> list[Any]:
    scalars = st.one_of(WORDS, st.integers(-99, 99), st.booleans())
    return draw(st.lists(scalars, min_size=1, max_size=5, unique_by=lambda value: str(value).lower()))


def _ends(draw: st.DrawFn, values: st.SearchStrategy[Any]) -> dict[str, Any]:
    ends = sorted(draw(st.tuples(values, values)))
    return {key: end for key, end in zip(("minimum", "maximum"), ends, strict=True) if draw(st.booleans())}


@st.composite
def columns(draw: st.DrawFn) -> dict[str, Any]:
    """One column of any kind, as a schema file spells it."""
    days = st.dates(dt.date(1950, 1, 1), dt.date(2050, 1, 1)).map(dt.date.isoformat)
    kinds: dict[str, Any] = {
        "categorical": lambda: {"values": _levels(draw), "ordered": draw(st.booleans())},
        "boolean": lambda: draw(st.sampled_from(({}, {"values": ["n", "y"]}, {"values": [0, 1]}))),
        "integer": lambda: (
            _ends(draw, st.integers(-(10**6), 10**6)) | {"special": draw(st.sampled_from(([], [-(10**7)], ["N"])))}
        ),
        "number": lambda: _ends(draw, st.integers(-(10**4), 10**4).map(lambda n: n / 100)) | {"decimals": 2},
        "date": lambda: _ends(draw, days),
        "datetime": lambda: (
            _ends(draw, days.map(lambda day: f"{day}T12:30:00"))
            | draw(st.sampled_from(({}, {"timezone": "Europe/Berlin"})))
        ),
        "time": dict,
        "duration": lambda: _ends(draw, st.integers(0, 10**5)) | {"unit": draw(st.sampled_from(("seconds", "hours")))},
        "identifier": lambda: (
            draw(
                st.sampled_from(
                    ({"kind": "email"}, {"kind": "us_ssn"}, {"kind": "sequence"}, {"pattern": "T-[0-9]{4}"})
                )
            )
            | {"unique": draw(st.booleans())}
        ),
        "text": dict,
        "point": lambda: {
            "latitude": "lat",
            "longitude": "long",
            "minimum": [40, -80],
            "maximum": [45, -70],
        },
    }
    kind = draw(st.sampled_from(sorted(kinds)))
    more = draw(st.sampled_from(({}, {"description": "What it is."}, {"nullable": True})))
    made: dict[str, Any] = {"type": kind} | kinds[kind]() | more
    return made


@st.composite
def schemas(draw: st.DrawFn) -> Schema:
    """A schema of up to six columns, with rules that compare some of them."""
    made = draw(st.lists(columns(), min_size=1, max_size=6))
    said: dict[str, Any] = {
        f"c{index}": column
        if column["type"] != "point"
        else column | {"latitude": f"lat{index}", "longitude": f"lon{index}"}
        for index, column in enumerate(made)
    }
    whole = [name for name, column in said.items() if column["type"] == "integer"]
    rules = [f"{low} <= {high}" for low, high in pairwise(whole)]
    return from_json({"name": "some", "columns": said, "constraints": rules})


KEPT: dict[Name, set[str]] = {
    "sdv": {"minimum", "maximum"},
    "frictionless": {
        "minimum",
        "maximum",
        "values",
        "ordered",
        "nullable",
        "description",
        "unique",
        "timezone",
        "pattern",
    },
    "dpmm": {"values", "minimum", "maximum"},
    "pgm": set(),
    "pandera": {"values", "nullable", "description", "unique", "timezone", "pattern"},
    "json-schema": {"values", "nullable", "description", "special", "decimals", "pattern"},
    "arrow": {"nullable", "timezone"},
}
"""What each form keeps of a column whose type it has."""


def same(left: Any, right: Any) -> bool:
    return json.dumps(left) == json.dumps(right)


@pytest.mark.parametrize("form", NAMES)
@given(schema=schemas())
def test_what_comes_back_differs_only_where_a_loss_was_named(form: Name, schema: Schema) -> None:
    try:
        made = export_schema(schema, form)
    except SchemaError:
        assert form in {"dpmm", "pgm"}  # no column of the schema has a domain there
        return
    back = import_schema(made.value, form, name=schema.name).schema
    lost = {loss.where for loss in made.losses}
    for name, column in to_json(schema)["columns"].items():
        place, other = f"columns.{name}", to_json(back)["columns"].get(name)
        for key in column if other is not None and place not in lost else ():
            assert same(column[key], other.get(key)) or f"{place}.{key}" in lost
        assert other is not None or place in lost
    rules = {loss.what for loss in made.losses if loss.where == "constraints"}
    assert {rule for rule in schema.constraints if rule not in back.constraints} <= rules


@pytest.mark.parametrize("form", NAMES)
@given(schema=schemas())
def test_a_form_keeps_what_it_says_it_keeps(form: Name, schema: Schema) -> None:
    try:
        made = export_schema(schema, form)
    except SchemaError:
        return
    back = import_schema(made.value, form, name=schema.name).schema
    for name, column in schema.columns.items():
        other = back.columns.get(name)
        if other is None or other.type != column.type or getattr(column, "special", None):
            continue
        for key in KEPT[form] & {key for key in type(column).model_fields if getattr(column, key) is not None}:
            kinds = {type(value) for value in getattr(column, "values", None) or ()}
            if key == "values" and (len(kinds) > 1 or (column.type == "categorical" and bool in kinds)):
                continue  # levels of one type only, text or numbers
            if key in {"minimum", "maximum"} and column.type in {"duration", "time"}:
                continue
            assert same(to_json(schema)["columns"][name].get(key), to_json(back)["columns"][name].get(key)), key


@pytest.mark.parametrize("form", NAMES)
@given(schema=schemas())
def test_a_second_trip_loses_no_more(form: Name, schema: Schema) -> None:
    try:
        once = import_schema(export_schema(schema, form).value, form, name="t").schema
        twice = import_schema(export_schema(once, form).value, form, name="t").schema
    except SchemaError:
        return
    assert [column.type for column in twice.columns.values()] == [column.type for column in once.columns.values()]


@pytest.mark.parametrize("form", NAMES)
def test_a_form_is_told_by_what_it_holds(form: Name, everything: Schema) -> None:
    value = export_schema(everything, form).value
    assert import_schema(value, source="x") == import_schema(value, form, source="x")


@pytest.mark.parametrize("value", [{}, [], 3, {"a": "b"}, {"name": "t", "columns": {"a": {"type": "integer"}}}])
def test_a_value_of_no_form_is_refused_with_the_way_out(value: Any) -> None:
    with pytest.raises(ConfigError, match=r"x: expected a description by one of sdv, .* say which with --from"):
        import_schema(value, source="x")


JUNK: list[Any] = [None, True, -1, 1.5, "", "a b", [], [1], [[]], [{}], {}, {"a": 1}, float("nan"), 10**30, [None]]


def places(value: Any, path: tuple[Any, ...] = ()) -> Any:
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from places(each, (*path, key))


def with_junk(value: Any, path: tuple[Any, ...], junk: Any) -> Any:
    if not path:
        return junk
    value = json.loads(json.dumps(value))
    inner = value
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = junk
    return value


@pytest.mark.parametrize("form", [name for name in NAMES if name != "arrow"])
def test_whatever_stands_in_a_file_the_answer_is_a_schema_or_one_line(form: Name, everything: Schema) -> None:
    value = export_schema(everything, form).value
    everywhere = list(places(value))
    for turn, path in enumerate(everywhere):
        for junk in (*JUNK, *JUNK)[turn % len(JUNK) :][: 1 if len(everywhere) > 100 else 5]:
            with suppress(SynthgenError):
                import_schema(with_junk(value, path, junk), form)
    assert len(everywhere) >= 10


def test_arrow_is_told_without_a_word() -> None:
    found = import_schema(pa.schema([pa.field("some_int", pa.int32()), pa.field("some_string", pa.string())]))
    assert [column.type for column in found.schema.columns.values()] == ["integer", "categorical"]
