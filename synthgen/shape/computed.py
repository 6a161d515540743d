"""Columns that are computed from others: they leave the model, and come back as what the rule says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from synthgen.constrain import Equation, Fields
from synthgen.encode.typed import arrow_type, level_array, line_array, line_texts
from synthgen.errors import SchemaError
from synthgen.schema import Column, Duration, Levels, Line, Number, Schema
from synthgen.shape.step import Inside, Outside
from synthgen.sql.cells import Field, Mask, cells_of_batch, cells_of_values
from synthgen.sql.evaluate import Array, evaluate, rounded
from synthgen.sql.expression import columns_in
from synthgen.sql.literals import meaning
from synthgen.sql.quantities import SECONDS
from synthgen.sql.residual import holds
from synthgen.sql.terms import Call, Case, Constant, Term, Value

_REACH: Mapping[str, tuple[float, float]] = {"date": (-(2.0**31), 2.0**31 - 1), "time": (0.0, 86_399.0)}
"""What the Arrow types of days and times of day hold; other lines hold what floats count exactly."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Computed:
    """These equations are computed, each after those that it needs.

    columns  those of the table that the equations name
    kept     computed columns that are never missing though their equation may be unknown: what they are then is
             learned, under another name, as a column that is missing wherever the equation is known
    """

    equations: tuple[Equation, ...]
    columns: Mapping[str, Column]
    kept: frozenset[str]

    def modelled(self, schema: Schema) -> Schema:
        """Without the computed columns. The target stays only where it is learned."""
        made = {equation.column for equation in self.equations}
        for name in self.kept:
            if name_of_kept(name) in schema.columns:
                expected = f"a name that is not kept for {name}"
                raise SchemaError(f"column {name_of_kept(name)}", expected=expected, got="that one", fix="rename it")
        left = {name: column for name, column in schema.columns.items() if name in self.kept or name not in made}
        columns = dict(
            (name_of_kept(name), column.model_copy(update={"nullable": True})) if name in self.kept else (name, column)
            for name, column in left.items()
        )
        target = schema.target if schema.target in columns else None
        return schema.model_copy(update={"columns": columns, "target": target})

    def inward(self, columns: Inside) -> Inside:
        """What is left to learn: nothing, or the values that the equation does not know."""
        fields = Fields(columns=self.columns)
        found = dict(columns)
        for equation in self.equations:
            values = found.pop(equation.column)
            if equation.column in self.kept:
                names = columns_in(equation.term)
                cells = cells_of_values(columns, {name: fields[name] for name in names})
                _, known = evaluate(equation.term, cells, holds)
                special = np.where(known, np.int16(-1), values.special)
                found[name_of_kept(equation.column)] = replace(values, null=values.null | known, special=special)
        return found

    def outward(self, columns: Outside, _rows: int, _rng: np.random.Generator) -> Outside:
        """The computed columns, from those that they are computed from."""
        found = dict(columns)
        fields = Fields(columns=self.columns)
        for equation in self.equations:
            names = columns_in(equation.term)
            if not names <= found.keys():
                continue
            values, known = evaluate(equation.term, cells_of_batch(found, fields, names), holds)
            array = written(values, known, fields[equation.column])
            learned = found.pop(name_of_kept(equation.column), None)
            found[equation.column] = array if learned is None else pc.if_else(pa.array(known), array, learned)
        return found


def name_of_kept(column: str) -> str:
    """What the values of a computed column that its equation does not know are called where they are learned."""
    return f"{column}, not computed"


def written(values: Array, known: Mask, field: Field) -> pa.Array:
    """Computed values as a column writes them; what is unknown, or no level of the column, is missing."""
    column = field.column
    if isinstance(column, Levels):
        return _levels(values, known, column)
    assert isinstance(column, Line), "only plain columns are computed"
    numbers = values / SECONDS[column.unit] if isinstance(column, Duration) else values
    safe = np.where(known, np.clip(numbers, -(2.0**53), 2.0**53), 0.0)
    if isinstance(column, Number):
        data: NDArray[np.float64] | NDArray[np.int64] = rounded(safe, column.decimals)
    else:
        limit = 2.0**31 - 1 if column.type in {"date", "time"} else 2.0**53
        data = np.rint(
            np.clip(
                safe, 0 if column.type == "time" else -limit, min(limit, 86_399) if column.type == "time" else limit
            )
        ).astype(np.int64)
    if arrow_type(column) == pa.string():
        return pc.if_else(pa.array(known), line_texts(data, column), pa.scalar(None, pa.string()))
    return line_array(data, column, ~known)


def _levels(values: Array, known: Mask, column: Levels) -> pa.Array:
    """Levels by what they mean; of a column whose levels are not declared, the text itself."""
    if column.values is None:
        return pa.array(values, pa.string(), mask=~known)
    words = [meaning(level) for level in column.values]
    if values.dtype == object:
        code = pc.index_in(pa.array(values, pa.string(), mask=~known), value_set=pa.array(words))
    else:
        numbers = pa.array([float(level) for level in column.values if not isinstance(level, str)], pa.float64())
        code = pc.index_in(pa.array(values, mask=~known), value_set=numbers)
        code = pc.if_else(pa.array(known), code, pa.scalar(None, pa.int32()))
    return level_array(column.values).take(code)


def may_be_unknown(term: Term, columns: Mapping[str, Column]) -> bool:
    """Whether a term may have no value in a row that the schema allows."""
    if isinstance(term, Value):
        column = columns[term.column]
        return column.nullable or bool(getattr(column, "special", ()))
    if isinstance(term, Case):
        parts = [then for _, then in term.branches] + ([term.default] if term.default else [])
        return term.default is None or any(may_be_unknown(part, columns) for part in parts)
    if isinstance(term, Call):
        unknown = [may_be_unknown(argument, columns) for argument in term.arguments]
        if term.name in {"/", "%"}:
            divisor = term.arguments[1]
            return any(unknown) or not (isinstance(divisor, Constant) and bool(divisor.value))
        return all(unknown) if term.name == "coalesce" else any(unknown)
    return False


def computed_in(schema: Schema, equations: Sequence[Equation]) -> Computed | None:
    """The step for a schema; None without equations."""
    if not equations:
        return None
    names = {name for one in equations for name in (one.column, *columns_in(one.term))}
    columns = {name: schema.columns[name] for name in names}
    kept = {
        one.column
        for one in equations
        if not schema.columns[one.column].nullable and may_be_unknown(one.term, schema.columns)
    }
    return Computed(equations=tuple(equations), columns=columns, kept=frozenset(kept))
