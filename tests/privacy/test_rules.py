"""Rules and private rows: whatever a row holds, it alone decides what becomes of it, and a whole fit asks the same.

The replay is that of `test_whole_fit`, for a schema with rules of every way: computed, difference, mask, rejection.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthgen import Schema, fit
from synthgen.constrain import checked, fields_of
from synthgen.model.model import Model, _members
from synthgen.privacy import table as private_table
from synthgen.privacy.replay import Recorder
from synthgen.shape import shape_of
from synthgen.tables import Conformed, conform

pytestmark = pytest.mark.usefixtures("tiny_network")


SCHEMA = Schema.model_validate(
    {
        "name": "t",
        "on_violation": "drop",
        "columns": {
            "price": {
                "type": "number",
                "minimum": 0,
                "maximum": 100,
                "decimals": 2,
                "special": ["N"],
                "nullable": True,
            },
            "count": {"type": "integer", "minimum": 0, "maximum": 9},
            "total": {"type": "number", "minimum": 0, "maximum": 1000, "decimals": 2},
            "admit": {"type": "date", "minimum": "2020-01-01", "maximum": "2020-12-31", "nullable": True},
            "leave": {"type": "date", "minimum": "2020-01-01", "maximum": "2021-01-31", "nullable": True},
            "city": {"type": "categorical", "values": ["Rome", "Oslo", "Lima"], "nullable": True},
            "land": {"type": "categorical", "discover": True},
            "won": {"type": "boolean"},
        },
        "constraints": [
            "total = price * count",
            "leave >= admit",
            "(city, land) IN TABLE 'places.csv'",
            "NOT (won AND count = 0)",
            "count / (count - 3) < 100 OR land LIKE 'I%'",
        ],
        "tables": {
            "places.csv": {"columns": ["city", "land"], "rows": [["Rome", "IT"], ["Oslo", "NO"], ["Lima", "PE"]]}
        },
    }
)
SHAPE = shape_of(SCHEMA)
TEXTS = ["0", "3", "9", "12.5", "-1", "nan", "inf", "-inf", "1e400", "9" * 40, "N", "", " ", "x", "2020-06-01"]
TEXTS += ["2020-02-30", "9999-12-31", "0001-01-01", "Rome", "Oslo", "Atlantis", "IT", "NO", "true", "false", "é\x00"]
cells = st.one_of(st.none(), st.sampled_from(TEXTS))
rows = st.lists(st.fixed_dictionaries(dict.fromkeys(SCHEMA.columns, cells)), max_size=12)


def judged(table: Sequence[dict[str, Any]], policy: str) -> Conformed:
    """What stands before the door: conformed, checked and shaped."""
    batch = pa.RecordBatch.from_pydict(
        {name: pa.array([row[name] for row in table], pa.string()) for name in SCHEMA.columns}
    )
    schema = SCHEMA.model_copy(update={"on_violation": policy})
    sound = checked(conform(batch, schema), SHAPE.rules.row_rules, fields_of(SCHEMA), policy)
    return SHAPE.inward(sound)


def spelled(rows: Conformed) -> list[tuple[Any, ...]]:
    """Every sound row as plain values; levels that nobody declared by their spelling."""
    columns = []
    for values in rows.columns.values():
        data = [values.dictionary[code] if values.dictionary else code for code in values.data.tolist()]
        columns.append(list(zip(data, values.null.tolist(), values.special.tolist(), strict=True)))
    missing = [[(0 if null else item, null, special) for item, null, special in column] for column in columns]
    sound = [True] * rows.rows if rows.broken is None else (~rows.broken).tolist()
    return [row for row, kept in zip(zip(*missing, strict=True), sound, strict=True) if kept]


@settings(max_examples=60)
@given(rows, st.sampled_from(["drop", "clip", "error"]))
def test_whatever_rows_hold_each_is_judged_alone(table: list[dict[str, Any]], policy: str) -> None:
    whole = judged(table, policy)  # nothing that a row holds raises
    apart = [judged([row], policy) for row in table]
    assert whole.rows == sum(one.rows for one in apart)
    assert whole.quarantined == sum(one.quarantined for one in apart)
    assert whole.violations == sum((one.violations for one in apart), start=type(whole.violations)())
    together = spelled(whole)
    alone = [row for one in apart for row in spelled(one)]
    assert together == alone


def row(**values: Any) -> dict[str, Any]:
    usual = {"price": "2.50", "count": "4", "total": "10", "admit": "2020-03-01", "leave": "2020-03-04"}
    return usual | {"city": "Rome", "land": "IT", "won": "true"} | values


def ordinary(number: int) -> list[dict[str, Any]]:
    places = [("Rome", "IT"), ("Oslo", "NO"), ("Lima", "PE")]
    return [
        row(
            price=f"{i % 70}.25",
            count=str(1 + i % 2),
            total=f"{(i % 70 + 0.25) * (1 + i % 2):.2f}",
            leave=f"2020-03-{4 + i % 20:02}",
            city=places[i % 3][0],
            land=places[i % 3][1],
            won=("true", "false")[i % 5 == 0],
        )
        for i in range(number)
    ]


ADDED = {
    "an ordinary row": row(),
    "a total that is wrong": row(total="11"),
    "a total that overflows": row(price="1e308", total="1e308"),
    "a price that is missing": row(price=None),
    "a price that is a sentinel": row(price="N", total="7"),
    "a division by zero": row(count="3", total="7.50"),
    "days in the wrong order": row(leave="2020-02-01"),
    "a day that is missing": row(admit=None, leave="2020-01-01"),
    "both days missing": row(admit=None, leave=None),
    "a place that there is not": row(land="PE"),
    "a city that is missing": row(city=None),
    "a land that nobody had": row(city=None, land="zzz"),
    "every rule at once": row(total="1", leave="2020-01-01", land="zzz", count="0"),
}


def model_of(table: Sequence[dict[str, Any]], noise: Any) -> Model:
    arrays = {name: pa.array([one[name] for one in table], pa.string()) for name in SCHEMA.columns}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(private_table, "DiscreteGaussian", lambda: noise)
        return fit(pa.table(arrays), SCHEMA, epsilon=10.0, delta=1e-6, device="cpu").model


@cache
def recorded() -> tuple[Any, Model]:
    """A fit on the ordinary rows, and what it was asked and answered: recorded once."""
    first = Recorder()
    return first, model_of(ordinary(90), first)


@pytest.mark.parametrize("name", ADDED)
def test_one_row_more_is_asked_the_same_and_lets_out_the_same_model(name: str) -> None:
    first, model = recorded()
    second = Recorder(first.answers)
    again = model_of([*ordinary(90), ADDED[name]], second)
    asked = [[sigma for _, sigma in run.questions] for run in (first, second)]
    assert asked[0] == asked[1]
    assert _members(model) == _members(again)


def test_rows_that_break_a_rule_leave_no_trace() -> None:
    """Under drop, a row that breaks a rule moves no count at all."""
    first, _ = recorded()
    second = Recorder(first.answers)
    model_of([*ordinary(90), ADDED["every rule at once"]], second)
    pairs = zip(first.questions, second.questions, strict=True)
    assert all(np.array_equal(here, there) for (here, _), (there, _) in pairs)
