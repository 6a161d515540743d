"""Tables of made-up rows, and one unit to add to each, as odd as text can be; from public facts alone.

Rows are drawn from a model, so they are in the schema's domain and keep its rules; nothing private is in them that is
not in the model. Violations are dropped here, whatever the schema's policy: to refuse a table tells of it, and says so.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Final

import pyarrow as pa
from pyarrow import csv

from synthgen.audit.replays import Neighbours
from synthgen.audit.whole import Rows, names_read
from synthgen.encode.bounds import wanting
from synthgen.errors import ConditionError
from synthgen.model import Model
from synthgen.pipeline import draws
from synthgen.plan import hidden_columns
from synthgen.schema import ROW, Schema

BASE: Final = 120
"""Rows of a table that is not empty."""
FAR: Final = 40
"""Rows of a unit beyond those that may be used."""
ODD: Final = {
    "missing values": None,
    "values that nobody has": "zzz",
    "numbers far out": "9" * 40,
    "not a number": "NaN",
    "infinity": "-inf",
}
"""What every column of the added row holds."""
FARTHEST: Final = {"number": "-8e300", "date": "0001-01-01", "datetime": "0001-01-01T00:00:00"}
"""What a column holds whose bounds are to be found, by its type; else a large number."""
NEWCOMER: Final = "the one who is added"


def rehearsed(schema: Schema) -> Schema:
    """The schema as rehearsals use it: rows that break it are dropped."""
    return schema if schema.on_violation != "error" else schema.model_copy(update={"on_violation": "drop"})


def neighbours(model: Model, schema: Schema) -> tuple[Neighbours, ...]:
    """Pairs of tables, the most telling first. `schema` as it was declared: it may have bounds that are to be found."""
    base, unit = _rows(model), model.schema.privacy.unit
    nobody = dict.fromkeys(base, ())
    usual = _picked(base, [0])
    found = {name: [FARTHEST.get(schema.columns[name].type, "9" * 15)] for name in wanting(schema) if name in base}
    new = {name: ["zzz"] for name in hidden_columns(schema) if name in base}
    odd = {"far out where bounds or levels are found": {**usual, **found, **new}} | {
        name: {column: [value] for column in base} for name, value in ODD.items()
    }
    if unit == ROW:
        added = {"an ordinary row": usual, **odd}
    else:
        cap = model.schema.privacy.rows_per_unit
        many = {
            "a person far over the cap": [0] * (cap + FAR),
            "a person with rows all over": [*range(min(BASE, cap + FAR))],
        }
        added = {name: _picked(base, places) for name, places in many.items()} | {"an ordinary row": usual} | odd
    pairs = [Neighbours(name=name, rows=base, added=_of_one(rows, unit)) for name, rows in added.items()]
    pairs.append(Neighbours(name="an empty table", rows=nobody, added=_of_one(usual, unit)))
    if unit != ROW:
        pairs.append(Neighbours(name="a row without a person", rows=base, added={**usual, unit: [None]}))
    return tuple(pairs)


def _rows(model: Model) -> Rows:
    """Rows of the model as text, with a unit each where the schema names one."""
    read = _drawn(model)
    unit = model.schema.privacy.unit
    persons = {} if unit == ROW else {unit: [str(i) for i in range(BASE)]}
    return {name: persons.get(name) or read.get(name) or [None] * BASE for name in names_read(model.schema)}


def _drawn(model: Model) -> Rows:
    """Rows of the model; none where its rules leave it nothing to draw, as may befall a model of nothing."""
    try:
        drawn = draws(model, BASE, seed=0)
        written = io.BytesIO()
        csv.write_csv(pa.Table.from_batches(drawn.batches(), schema=drawn.schema), written)
    except ConditionError:
        return {}
    text = dict.fromkeys(drawn.schema.names, pa.string())
    options = csv.ConvertOptions(column_types=text, strings_can_be_null=True, null_values=[""])
    columns: Rows = csv.read_csv(pa.BufferReader(written.getvalue()), convert_options=options).to_pydict()
    return columns


def _picked(rows: Rows, places: Sequence[int]) -> Rows:
    return {name: [values[place] for place in places] for name, values in rows.items()}


def _of_one(rows: Rows, unit: str) -> Rows:
    """The rows, all of one unit that is new."""
    return rows if unit == ROW else {**rows, unit: [NEWCOMER] * len(next(iter(rows.values())))}
