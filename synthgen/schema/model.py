"""The schema of a table: its columns, the unit that privacy protects, and what users will predict."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, StrictInt, model_validator

from synthgen.schema.columns import Categorical, Column, Frozen, Line
from synthgen.schema.mistakes import Mistake, closest

ROW = "row"
"""`privacy.unit` of a table in which each row is a person."""


class Privacy(Frozen):
    """Whose presence the guarantee hides."""

    unit: str = Field(
        ROW, min_length=1, description="The column that names the person; `row` when each row is a person."
    )
    rows_per_unit: StrictInt = Field(1, ge=1, description="At most so many rows a person, picked at random, are used.")

    @model_validator(mode="after")
    def _a_row_is_one_row(self) -> Self:
        if self.unit == ROW and self.rows_per_unit != 1:
            raise Mistake(
                expected="1, because with unit: row each row is a person",
                got=str(self.rows_per_unit),
                fix="name the column of the person as unit",
                where=("rows_per_unit",),
            )
        return self


class Schema(Frozen):
    """A table, described without looking at it: everything here is public."""

    synthgen: Literal[1] = Field(1, description="Version of this format.")
    name: str = Field(min_length=1)
    description: str | None = Field(None, description="For people; never used.")
    rows: StrictInt | None = Field(
        None, ge=0, description="Public row count; without it the count is measured and paid for."
    )
    privacy: Privacy = Field(default_factory=Privacy, description="Whose presence the guarantee hides.")
    target: str | None = Field(None, description="What users will predict; its tables are favoured.")
    on_violation: Literal["error", "drop", "clip"] = Field(
        "error", description="Rows outside the domain: refuse the table, drop the row, or clip numbers (else drop)."
    )
    exclude: tuple[str, ...] = Field((), description="Columns of the data that are left out altogether.")
    columns: dict[str, Column] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_agree(self) -> Self:
        if self.target is not None and self.target not in self.columns:
            fix = closest(self.target, self.columns) or "describe it under columns"
            raise Mistake(expected="the name of a column", got=repr(self.target), fix=fix, where=("target",))
        taken = {self.privacy.unit: "the unit"} | dict.fromkeys(self.columns, "described under columns")
        for index, name in enumerate(self.exclude):
            if name in taken or name in self.exclude[:index]:
                raise Mistake(
                    expected="a column that is left out",
                    got=f"{name!r}, which is {taken.get(name, 'listed twice')}",
                    fix="take it out of exclude",
                    where=("exclude", index),
                )
        return self


def undeclared(schema: Schema) -> dict[str, str]:
    """The columns whose domain the schema leaves open, each with the key that would close it.

    A finite epsilon cannot be promised for them: bounds and levels read from the rows would be private.

    >>> undeclared(Schema(name="t", columns={"age": {"type": "integer", "minimum": 0}, "on": {"type": "boolean"}}))
    {'age': 'maximum'}
    """
    missing = {name: " and ".join(_open_ends(column)) for name, column in schema.columns.items()}
    return {name: keys for name, keys in missing.items() if keys}


def _open_ends(column: Column) -> list[str]:
    if isinstance(column, Categorical):
        return [] if column.values is not None or column.discover else ["values"]
    if isinstance(column, Line):
        return [key for key in ("minimum", "maximum") if getattr(column, key) is None]
    return []
