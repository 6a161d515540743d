"""Laws of fit and sample, for every odd table that somebody will bring, at each kind of epsilon.

A table is fitted, or refused by one clear line; what is fitted samples rows that the schema allows.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from synthgen import Schema, Synthesizer, SynthgenError, draws, fit, plan
from synthgen.encode.grid import OTHER
from synthgen.model import Model
from synthgen.privacy import Ledger, epsilon
from synthgen.sample.decode import arrow_type
from synthgen.schema import Categorical, Identifier, Plain, Point
from synthgen.tables import conform

pytestmark = pytest.mark.usefixtures("few_steps")

Columns = dict[str, Any]
RNG = np.random.default_rng(0)


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows and their schema; `more` are other facts of the schema. `refused`: at which epsilons, and why."""

    columns: Columns
    rows: dict[str, Any]
    more: Columns = field(default_factory=dict)
    refused: dict[float, str] = field(default_factory=dict)

    @property
    def schema(self) -> Schema:
        return Schema(name="t", columns=self.columns, **self.more)

    @property
    def arrow(self) -> pa.Table:
        return pa.table(self.rows)


def levels(*values: Any, **more: Any) -> Columns:
    return {"type": "categorical", "values": list(values), **more}


def whole(maximum: int, **more: Any) -> Columns:
    return {"type": "integer", "minimum": 0, "maximum": maximum, **more}


AGE, JOB, WON = whole(120), levels("a", "b", "c"), {"type": "boolean"}


def some(rows: int, *, persons: int = 0) -> dict[str, Any]:
    """Three ordinary columns."""
    table = {
        "age": RNG.integers(0, 121, rows),
        "job": RNG.choice(["a", "b", "c"], rows),
        "won": RNG.random(rows) < 0.3,
    }
    return table | ({"person": [f"p{i % persons}" for i in range(rows)]} if persons else {})


THREE = {"age": AGE, "job": JOB, "won": WON}
EVERY_KIND: Columns = {
    "category": levels("a", "b", "c", nullable=True, null_values=["?"]),
    "numbered": levels(3, 1, 2),
    "mixed": levels("x", 1, 2.5),
    "flag": {"type": "boolean", "values": ["no", "yes"], "nullable": True},
    "count": whole(30, special=["N", -1], nullable=True),
    "amount": whole(10**9, scale="log"),
    "price": {"type": "number", "minimum": 0.5, "maximum": 99.95, "decimals": 2, "nullable": True},
    "share": {"type": "number", "minimum": -1.5, "maximum": 2.5, "special": ["none"]},
    "day": {"type": "date", "minimum": "2019-01-01", "maximum": "2019-12-31", "nullable": True},
    "moment": {"type": "datetime", "minimum": "2019-01-01T00:00:00", "maximum": "2019-12-31T23:59:59", "special": [0]},
}


def of_every_kind(rows: int) -> dict[str, Any]:
    def or_missing(values: list[Any]) -> list[Any]:
        return [None if luck < 0.2 else value for luck, value in zip(RNG.random(rows), values, strict=True)]

    def choice(*values: Any) -> list[Any]:
        return [values[i] for i in RNG.integers(0, len(values), rows)]

    days = [f"2019-{month:02d}-15" for month in RNG.integers(1, 13, rows)]
    return {
        "category": choice("a", "b", "c", "?", None),
        "numbered": choice(1, 2, 3),
        "mixed": choice("x", "1", "2.5"),
        "flag": or_missing(choice("no", "yes")),
        "count": or_missing(choice("N", "-1", *map(str, range(31)))),
        "amount": RNG.lognormal(8, 2, rows).astype(np.int64),
        "price": pa.array(or_missing(np.round(RNG.uniform(0.5, 99.9, rows), 2).tolist())),
        "share": [str(value) for value in choice("none", *RNG.uniform(-1.5, 2.5, 50).tolist())],
        "day": or_missing(days),
        "moment": [f"{day} 12:00:00" if luck < 0.8 else "0" for day, luck in zip(days, RNG.random(rows), strict=True)],
    }


NOWHERE = {"type": "point", "latitude": "lat", "longitude": "long", "minimum": [47, -123], "maximum": [48, -121]}
OTHER_KINDS: Columns = {
    "name": {"type": "identifier", "kind": "full_name"},
    "note": {"type": "text"},
    "secret": {"type": "text", "action": "mask", "mask": "(hidden)"},
    "clock": {"type": "time", "minimum": "06:00", "nullable": True, "special": ["never"]},
    "opens": {"type": "time", "format": "11:59 PM"},
    "wait": {"type": "duration", "unit": "minutes", "minimum": 0, "maximum": 600, "format": "PT1H30M"},
    "stay": {"type": "duration", "unit": "days", "minimum": 0, "maximum": 30, "special": [-1], "nullable": True},
    "instant": {
        "type": "datetime", "timezone": "Europe/Berlin", "minimum": "2019-10-26", "maximum": "2019-10-28",
        "nullable": True,
    },
    "pay": {"type": "number", "format": "$1,234.50", "minimum": -10_000, "maximum": 10_000, "special": ["n/a"]},
    "part": {"type": "number", "format": "12,5 %", "minimum": 0, "maximum": 100, "nullable": True},
    "spoken": {"type": "boolean", "nullable": True},
    "size": levels("S", "M", "L", "XL", ordered=True, nullable=True),
    "code": levels(*(f"{n:03d}" for n in range(0, 1000, 3)), hierarchy="prefix", nullable=True),
    "home": NOWHERE | {"nullable": True},
    "gone": levels(nullable=True),
}  # fmt: skip


def of_the_other_kinds(rows: int) -> dict[str, Any]:
    def choice(*values: Any) -> list[Any]:
        return [values[i] for i in RNG.integers(0, len(values), rows)]

    near = RNG.random(rows)
    return {
        "name": ["Ada"] * rows,
        "note": choice("x", None),
        "clock": choice("07:30", "7:30:01 PM", "never", None),
        "opens": choice("7:30 am", "19:30"),
        "wait": choice("PT5M", "1:30:00", "10"),
        "stay": choice("3", "P2D", "-1", None),
        "instant": pa.array(RNG.integers(1572040800, 1572213600, rows)).cast(pa.timestamp("s", "UTC")),
        "pay": choice("$1,200.50", "($3.00)", "-$2", "n/a"),
        "part": choice("12,5 %", "100%", "0", None),
        "spoken": choice("Yes", "no", "T", None),
        "size": choice("S", "M", "L", None),
        "code": [f"{3 * int(n):03d}" for n in 333 * RNG.random(rows) ** 3],
        "lat": pa.array(47 + near, mask=near < 0.1),
        "long": -123 + 2 * near,
        "gone": pa.nulls(rows),
    }


NO_ROWS = {math.inf: "at least one row"}
TABLES = {
    "constant columns": Table(columns=THREE, rows={"age": [7] * 200, "job": ["b"] * 200, "won": [True] * 200}),
    "columns of one level": Table(
        columns={"only": levels("x"), "point": whole(0), "age": AGE},
        rows={"only": ["x"] * 200, "point": [0] * 200, "age": RNG.integers(0, 121, 200)},
        more={"target": "only"},
    ),
    "one column of one level": Table(columns={"only": levels("x")}, rows={"only": ["x"] * 30}),
    "one column": Table(columns={"age": AGE}, rows={"age": RNG.integers(0, 121, 200)}, more={"target": "age"}),
    "two columns": Table(columns={"age": AGE, "won": WON}, rows={k: some(200)[k] for k in ("age", "won")}),
    "50 rows": Table(columns=THREE, rows=some(50), more={"target": "won"}),
    "1 row": Table(columns=THREE, rows=some(1), more={"target": "won"}),
    "no rows": Table(
        columns=THREE,
        rows={"age": pa.array([], pa.int64()), "job": pa.array([], pa.string()), "won": pa.array([], pa.bool_())},
        refused=NO_ROWS,
    ),
    "a public number of rows": Table(columns=THREE, rows=some(300), more={"rows": 300}),
    "a column that is all missing": Table(
        columns=THREE | {"gone": whole(9, nullable=True), "lost": levels("x", nullable=True)},
        rows=some(200) | {"gone": pa.nulls(200), "lost": pa.nulls(200)},
        more={"target": "gone"},
    ),
    "60 columns": Table(
        columns={f"c{i}": levels(*range(2 + i % 4)) for i in range(60)},
        rows={f"c{i}": RNG.integers(0, 2 + i % 4, 200) for i in range(60)},
    ),
    "700 levels": Table(
        columns={"code": levels(*(f"k{i}" for i in range(700))), "won": WON},
        rows={"code": [f"k{int(i)}" for i in 700 * RNG.random(400) ** 3], "won": RNG.random(400) < 0.5},
        more={"target": "code"},
    ),
    "levels to discover": Table(
        columns=THREE | {"town": {"type": "categorical", "discover": True, "nullable": True}},
        rows=some(600) | {"town": ["Rome"] * 250 + ["Oslo"] * 250 + [None] * 90 + [f"hamlet {i}" for i in range(10)]},
        more={"target": "town"},
    ),
    "nothing to discover": Table(
        columns={"town": {"type": "categorical", "discover": True}, "won": WON},
        rows={"town": [f"hamlet {i}" for i in range(50)], "won": [True] * 50},
    ),
    "persons with many rows": Table(
        columns=THREE, rows=some(300, persons=12), more={"privacy": {"unit": "person", "rows_per_unit": 5}}
    ),
    "every kind of column": Table(columns=EVERY_KIND, rows=of_every_kind(400), more={"target": "count"}),
    "every other kind of column": Table(
        columns=OTHER_KINDS, rows=of_the_other_kinds(400), more={"target": "size", "protected": ["spoken"]}
    ),
    "one point": Table(columns={"home": NOWHERE}, rows={"lat": [47.5] * 50, "long": [-122.0] * 50}),
    "codes of a hierarchy that few rows have": Table(
        columns={"code": levels(*(f"{n:04d}" for n in range(2000)), hierarchy="prefix"), "won": WON},
        rows={"code": ["0001"] * 40 + ["0002"] * 3 + ["1999"] * 7, "won": [True] * 50},
    ),
    "wide bounds": Table(
        columns={
            "pay": whole(2**53),
            "gain": {"type": "number", "minimum": -1e15, "maximum": 1e15, "scale": "log"},
            "day": {"type": "date", "minimum": "0001-01-01", "maximum": "9999-12-31"},
        },
        rows={
            "pay": RNG.integers(0, 10**6, 200),
            "gain": RNG.normal(0, 1e5, 200),
            "day": pa.array(RNG.integers(0, 18_000, 200), pa.int32()).cast(pa.date32()),
        },
    ),
}
EPSILONS = {"epsilon 1": 1.0, "epsilon 10": 10.0, "no privacy": math.inf}


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """A table, and the model of it."""

    table: Table
    epsilon: float
    model: Model


Fit = Callable[[str, float], Fitted]


@pytest.fixture(scope="module")
def fitted(few_steps: None) -> Fit:  # noqa: ARG001 - asked for, so that it comes first
    """Fits each table once at each epsilon."""

    @cache
    def one(name: str, budget: float) -> Fitted:
        table = TABLES[name]
        model = fit(table.arrow, table.schema, epsilon=budget, no_privacy=math.isinf(budget), device="cpu").model
        return Fitted(table=table, epsilon=budget, model=model)

    return one


CASES = {
    f"{name}, {words}": (name, budget)
    for name, table in TABLES.items()
    for words, budget in EPSILONS.items()
    if budget not in table.refused
}
WITHOUT_PRIVACY = [name for name, budget in CASES.values() if math.isinf(budget)]


@pytest.fixture(params=CASES)
def case(fitted: Fit, request: pytest.FixtureRequest) -> Fitted:
    """Every table at every epsilon."""
    return fitted(*CASES[request.param])


def sampled(model: Model, rows: int, **request: Any) -> pa.Table:
    ready = draws(model, rows, **request)
    return pa.Table.from_batches(ready.batches(), schema=ready.schema)


def discovered_as_declared(model: Model) -> Schema:
    """The schema with the levels that discovery found, and the one for all others."""
    columns = {
        name: Categorical(type="categorical", values=(*model.discovered[name], OTHER), nullable=column.nullable)
        if name in model.discovered
        else column
        for name, column in model.schema.columns.items()
    }
    return model.schema.model_copy(
        update={"columns": columns, "privacy": Schema.model_fields["privacy"].get_default(call_default_factory=True)}
    )


def fields_of(schema: Schema) -> list[tuple[str, pa.DataType]]:
    """Names and types of what a sample has; identifiers are text here."""
    fields: list[tuple[str, pa.DataType]] = []
    for name, column in schema.columns.items():
        if isinstance(column, Point):
            fields += [(column.latitude, pa.float64()), (column.longitude, pa.float64())]
        elif column.action == "mask" or isinstance(column, Identifier) or getattr(column, "format", None):
            fields.append((name, pa.string()))
        elif isinstance(column, Plain):
            fields.append((name, arrow_type(column)))
    return fields


@pytest.mark.parametrize("name", [name for name, table in TABLES.items() if table.refused])
def test_what_cannot_be_fitted_is_refused_in_one_line(name: str) -> None:
    table = TABLES[name]
    for budget, why in table.refused.items():
        with pytest.raises(SynthgenError, match=why) as error:
            fit(table.arrow, table.schema, epsilon=budget, no_privacy=math.isinf(budget), device="cpu")
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("iid", [False, True])
def test_a_sample_has_the_schema_s_columns_types_and_domain(case: Fitted, iid: bool) -> None:
    schema = discovered_as_declared(case.model)
    table = sampled(case.model, 300, iid=iid)
    assert table.num_rows == 300
    # persons with several rows bring the column of their ids, in front where the schema does not describe it
    ids = [] if case.model.people is None else [pa.field(case.model.schema.privacy.unit, pa.int64())]
    assert table.schema == pa.schema([*ids, *fields_of(schema)])
    for batch in table.to_batches():
        assert not conform(batch, schema).violations


def test_the_ledger_stays_within_the_budget(case: Fitted) -> None:
    budget = case.model.budget
    assert budget.epsilon == case.epsilon
    if budget.is_private:
        assert 0 < epsilon(case.model.events, budget.delta) <= budget.epsilon
        assert Ledger.replay(budget, case.model.events).events == case.model.events


def test_a_model_file_keeps_every_row(case: Fitted, tmp_path: Path) -> None:
    case.model.save(tmp_path / "m.synthgen")
    again = Synthesizer.load(tmp_path / "m.synthgen").model
    assert sampled(again, 200, seed=3).equals(sampled(case.model, 200, seed=3))


def test_the_plan_knew_how_many_levels_there_could_be(case: Fitted) -> None:
    expected = plan(case.table.schema, budget=case.model.budget, effort="quick").levels
    assert int(case.model.codec.offsets[-1]) <= expected


@pytest.mark.parametrize("name", WITHOUT_PRIVACY)
def test_without_privacy_the_row_count_is_the_table_s(fitted: Fit, name: str) -> None:
    case = fitted(name, math.inf)
    rows = case.table.arrow.num_rows
    if case.model.people is None:
        assert case.model.rows == rows
    else:  # persons are counted by bins of their numbers of rows
        assert case.model.rows == pytest.approx(rows, rel=0.15)


def test_without_privacy_shares_of_levels_are_exact(fitted: Fit) -> None:
    case = fitted("constant columns", math.inf)
    drawn = sampled(case.model, 50).to_pydict()
    assert drawn == {"age": [7] * 50, "job": ["b"] * 50, "won": [True] * 50}


def test_a_column_that_is_all_missing_stays_so_without_privacy(fitted: Fit) -> None:
    drawn = sampled(fitted("a column that is all missing", math.inf).model, 50)
    assert drawn["lost"].null_count == 50
    assert drawn["gone"].null_count >= 49  # a level that nobody has keeps a share below that of one row


@pytest.mark.parametrize("budget", [1.0, 10.0])
def test_discovery_never_releases_what_one_row_has(fitted: Fit, budget: float) -> None:
    """Rare names are other; without privacy all are found."""
    found = set(fitted("levels to discover", budget).model.discovered["town"])
    assert found <= {"Rome", "Oslo"}
    assert fitted("nothing to discover", budget).model.discovered["town"] == ()
    assert len(fitted("levels to discover", math.inf).model.discovered["town"]) == 12


def test_discovery_finds_what_many_rows_have(fitted: Fit) -> None:
    """At epsilon 10; a threshold of 250 rows is 5 standard deviations away."""
    assert fitted("levels to discover", 10.0).model.discovered["town"] == ("Oslo", "Rome")
