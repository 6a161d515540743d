"""The schema of a table: its columns, the unit that privacy protects, and what users will predict."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, StrictInt, StringConstraints, model_validator

from synthgen.schema.columns import Boolean, Categorical, Column, Frozen, Identifier, Line, Plain, Point, Text
from synthgen.schema.lines import Duration, Integer, Number
from synthgen.schema.listing import PublicTable
from synthgen.schema.mistakes import Mistake, Place, closest

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


class Survival(Frozen):
    """Which columns say how long somebody was followed, and whether the event came."""

    time: str = Field(description="The column of the time to the event, or to the end of follow-up.")
    event: str = Field(description="The boolean column that says whether the event came; its second value means yes.")


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
    inferred: tuple[Literal["rows"], ...] = Field((), description="Keys up here that were read from private rows.")
    columns: dict[str, Column] = Field(min_length=1)
    constraints: tuple[Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)], ...] = Field(
        (), description="Rules that every synthetic row keeps, each a SQL expression over the columns."
    )
    tables: dict[str, PublicTable] = Field(
        default_factory=dict,
        description="Public tables that rules name with IN TABLE; read from files beside the schema.",
    )
    protected: tuple[str, ...] = Field((), description="Columns such as sex or race by which harm is looked for.")
    slices: tuple[str, ...] = Field((), description="Columns by whose levels quality is reported.")
    survival: Survival | None = Field(
        None, description="Columns of time and event; evaluation then compares survival, too. Never used by a fit."
    )

    @model_validator(mode="after")
    def _names_agree(self) -> Self:
        if self.target is not None:
            self._check_learned("target", self.target, ("target",))
            if not isinstance(self.columns[self.target], Plain):
                got = f"a {self.columns[self.target].type}"
                raise Mistake(expected="a column of levels or numbers", got=got, where=("target",))
        for key in ("protected", "slices"):
            names = getattr(self, key)
            for index, name in enumerate(names):
                self._check_learned(key, name, (key, index))
                if name in names[:index]:
                    raise Mistake(expected="each column once", got=f"{name!r} again", where=(key, index))
        for name, column in self.columns.items():
            for role, other in column.agrees.items() if isinstance(column, Identifier) else ():
                if other not in self.columns or other == name:
                    fix = closest(other, self.columns) or "describe it under columns"
                    where = ("columns", name, "agrees", role)
                    raise Mistake(expected="the name of another column", got=repr(other), fix=fix, where=where)
        return self

    @model_validator(mode="after")
    def _survival_is_a_time_and_an_event(self) -> Self:
        if self.survival is None:
            return self
        for key, kinds, expected in (
            ("time", Integer | Number | Duration, "an integer, a number or a duration"),
            ("event", Boolean, "a boolean"),
        ):
            name = getattr(self.survival, key)
            self._check_learned(key, name, ("survival", key))
            if not isinstance(self.columns[name], kinds):
                raise Mistake(expected=expected, got=f"a {self.columns[name].type}", where=("survival", key))
        return self

    def _check_learned(self, key: str, name: str, where: Place) -> None:
        if name not in self.columns:
            fix = closest(name, self.columns) or "describe it under columns"
            raise Mistake(expected="the name of a column", got=repr(name), fix=fix, where=where)
        if name not in learned(self):
            column = self.columns[name]
            got = f"{name!r}, which is not (type: {column.type}, action: {column.action})"
            raise Mistake(expected="a column that is learned", got=got, fix=f"choose another {key}", where=where)

    @model_validator(mode="after")
    def _points_have_columns_of_their_own(self) -> Self:
        taken = {self.privacy.unit: "the unit"} | dict.fromkeys(self.columns, "described under columns")
        for name, column in self.columns.items():
            for axis in ("latitude", "longitude") if isinstance(column, Point) else ():
                source = getattr(column, axis)
                if source in taken:
                    got = f"{source!r}, which is {taken[source]}"
                    where, fix = ("columns", name, axis), "a point stands for its two columns: describe them once"
                    raise Mistake(expected="a column of the data", got=got, fix=fix, where=where)
                taken[source] = f"part of {name}"
        return self

    @model_validator(mode="after")
    def _what_is_left_out_is_not_used(self) -> Self:
        taken = {self.privacy.unit: "the unit"} | dict.fromkeys(self.columns, "described under columns")
        taken |= {
            source: f"part of {name}" for name, column in self.columns.items() for source in sources(name, column)
        }
        for index, name in enumerate(self.exclude):
            if name in taken or name in self.exclude[:index]:
                raise Mistake(
                    expected="a column that is left out",
                    got=f"{name!r}, which is {taken.get(name, 'listed twice')}",
                    fix="take it out of exclude",
                    where=("exclude", index),
                )
        return self


def sources(name: str, column: Column) -> tuple[str, ...]:
    """The columns of the data that a column of the schema stands for: two for a point."""
    return (column.latitude, column.longitude) if isinstance(column, Point) else (name,)


def learned(schema: Schema) -> dict[str, Column]:
    """The columns whose values are read and modelled; the others are made up, masked or dropped.

    >>> columns = {"id": {"type": "identifier", "kind": "uuid"}, "age": {"type": "integer"}, "note": {"type": "text"}}
    >>> list(learned(Schema(name="t", columns=columns)))
    ['age']
    """
    return dict(_learned(schema))


def _learned(schema: Schema) -> Iterator[tuple[str, Column]]:
    for name, column in schema.columns.items():
        if column.action == "keep" or (column.action == "synthesize" and not isinstance(column, Identifier | Text)):
            yield name, column


def undeclared(schema: Schema) -> dict[str, str]:
    """The columns whose domain the schema leaves open, each with the key that would close it.

    A finite epsilon cannot be promised for them: bounds and levels read from the rows would be private.

    >>> undeclared(Schema(name="t", columns={"age": {"type": "integer", "minimum": 0}, "on": {"type": "boolean"}}))
    {'age': 'maximum'}
    """
    missing = {name: " and ".join(_open_ends(column)) for name, column in learned(schema).items()}
    return {name: keys for name, keys in missing.items() if keys}


def _open_ends(column: Column) -> list[str]:
    if isinstance(column, Categorical):
        return [] if column.values is not None or column.discover else ["values"]
    if isinstance(column, Line) and getattr(column, "bounds", None) is None:
        return [key for key in ("minimum", "maximum") if getattr(column, key) is None]
    return []
