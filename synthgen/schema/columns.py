"""Column kinds: what values a column may hold, all of it public.

`Categorical` and `Boolean` have levels; the kinds of `lines` have a line between two bounds. On top of either, a
column may be missing (`nullable`), and a line may hold sentinels (`special`), which are levels of their own. A `Point`
stands for two columns of the data. `Identifier` and `Text` never enter the model.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from synthgen.schema.base import BaseColumn, Frozen
from synthgen.schema.lines import Date, DateTime, Duration, Integer, Line, Number, Time
from synthgen.schema.mistakes import UNION_TAG, Mistake, show
from synthgen.schema.point import Point
from synthgen.schema.unmodelled import Identifier, Text
from synthgen.schema.values import EXACT, Scalar, all_different, none_missing, spell

__all__ = [
    "EXACT",
    "Boolean",
    "Categorical",
    "Column",
    "Date",
    "DateTime",
    "Duration",
    "Frozen",
    "Identifier",
    "Integer",
    "Levels",
    "Line",
    "Number",
    "Plain",
    "Point",
    "Scalar",
    "Text",
    "Time",
    "Tree",
    "spell",
]


class Tree(Frozen):
    """A hierarchy from a public file: the groups that each level belongs to, nearest first."""

    file: str | None = Field(
        None, description="CSV with a header line beside the schema: a level, then its groups, nearest first."
    )
    groups: dict[str, tuple[str, ...]] | None = Field(None, description="The same, written out.")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.file is None) == (self.groups is None):
            got = "neither" if self.file is None else "both"
            raise Mistake(expected="one of file and groups", got=got)
        return self


def _tree(value: Any) -> Any:
    """Refuse what is no hierarchy at all, before the union words it twice."""
    if isinstance(value, dict | Tree) or value in ("icd9", "prefix"):
        return value
    raise Mistake(expected="icd9, prefix or {file: codes.csv}", got=show(value))


def _kind_of_tree(value: Any) -> str:
    return "named" if isinstance(value, str) else UNION_TAG


Hierarchy = Annotated[
    Annotated[Literal["icd9", "prefix"], Tag("named")] | Annotated[Tree, Tag(UNION_TAG)],
    Discriminator(_kind_of_tree),
    BeforeValidator(_tree),
]


class Categorical(BaseColumn):
    """Levels without order; `ordered` gives them the order in which they are listed."""

    type: Literal["categorical"]
    values: tuple[Scalar, ...] | None = Field(None, description="Every level there is, known without the data.")
    values_from: str | None = Field(
        None, description="A public file beside the schema that lists the levels: text, one a line, or a column of CSV."
    )
    discover: bool = Field(False, description="The levels are unknown: find the frequent ones, and pay for it.")
    ordered: bool = Field(False, description="The levels are listed from the lowest to the highest.")
    hierarchy: Hierarchy | None = Field(
        None, description="A public hierarchy through which rare levels come back: icd9, prefix, or {file: codes.csv}."
    )

    @model_validator(mode="after")
    def _one_source_of_levels(self) -> Self:
        given = [key for key in ("values", "values_from", "discover") if getattr(self, key)]
        if len(given) > 1:
            raise Mistake(
                expected="one of values, values_from and discover",
                got=" and ".join(given),
                fix=f"keep one of the {len(given)}",
                where=(given[-1],),
            )
        if self.values is not None:
            if not self.values and not self.nullable:
                raise Mistake(
                    expected="every level there is",
                    got="an empty list",
                    fix="list them, or say discover: true",
                    where=("values",),
                )
            all_different("values", self.values)
            none_missing("values", self.values, self.null_values)
        return self

    @model_validator(mode="after")
    def _order_and_hierarchy_need_levels(self) -> Self:
        for key in ("ordered", "hierarchy"):
            if getattr(self, key) and self.discover:
                fix = "list the levels under values"
                raise Mistake(expected="levels that are declared", got="discover: true", fix=fix, where=(key,))
        if self.ordered and self.hierarchy:
            raise Mistake(expected="an order or a hierarchy", got="both", fix="keep one", where=("hierarchy",))
        return self


class Boolean(BaseColumn):
    """Two levels."""

    type: Literal["boolean"]
    values: tuple[Scalar, Scalar] = Field(
        (False, True),
        description="How false and true are spelled, in this order. When left out, yes, no, 0, 1, t, f and the like "
        "are read in any case.",
    )

    @model_validator(mode="after")
    def _two_levels(self) -> Self:
        all_different("values", self.values)
        none_missing("values", self.values, self.null_values)
        return self


Levels = Categorical | Boolean
"""A column of levels without order."""
Plain = Levels | Line
"""The kinds that a generator learns as they are."""
Column = Annotated[
    Categorical | Boolean | Integer | Number | Date | DateTime | Time | Duration | Point | Identifier | Text,
    Field(discriminator="type"),
]
