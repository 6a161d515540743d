"""The schema of a table: its columns, the unit that privacy protects, and what users will predict."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from synthgen.schema.columns import Column, Frozen

ROW = "row"
"""`privacy.unit` of a table in which each row is a person."""


class Privacy(Frozen):
    """Whose presence the guarantee hides."""

    unit: str = Field(ROW, description="The column that names the person; `row` when each row is a person.")
    rows_per_unit: int = Field(1, ge=1, description="At most so many rows a person, picked at random, are used.")

    @model_validator(mode="after")
    def _a_row_is_one_row(self) -> Self:
        if self.unit == ROW and self.rows_per_unit != 1:
            raise ValueError("rows_per_unit needs a unit column: with unit: row each row is a person")
        return self


class Schema(Frozen):
    """A table, described without looking at it: everything here is public."""

    synthgen: Literal[1] = Field(1, description="Version of this format.")
    name: str = Field(min_length=1)
    description: str | None = None
    rows: int | None = Field(None, ge=0, description="Public row count; without it the count is measured and paid for.")
    privacy: Privacy = Privacy()
    target: str | None = Field(None, description="What users will predict; its tables are favoured.")
    on_violation: Literal["error", "drop", "clip"] = Field(
        "error", description="Rows outside the domain: refuse the table, drop the row, or clip numbers (else drop)."
    )
    exclude: tuple[str, ...] = Field((), description="Columns of the data that are left out altogether.")
    columns: dict[str, Column] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_agree(self) -> Self:
        if self.target is not None and self.target not in self.columns:
            raise ValueError(f"target: {self.target} is not a column")
        both = sorted(set(self.exclude) & set(self.columns))
        if both:
            raise ValueError(f"exclude: {both[0]} is described as a column too")
        return self
