"""What every kind of column has."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from synthgen.schema.mistakes import Mistake, closest
from synthgen.schema.values import Scalar, all_different

Action = Literal["synthesize", "drop", "mask", "keep"]


class Frozen(BaseModel):
    """Immutable, and refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class BaseColumn(Frozen):
    """The keys of every kind of column."""

    description: str | None = Field(None, description="For people; never used.")
    nullable: bool = Field(False, description="May the column be missing? Missing is then a level of its own.")
    null_values: tuple[Scalar, ...] = Field((), description="Values that stand for missing, such as '?'.")
    action: Action = Field(
        "synthesize",
        description="What becomes of the column: made anew, left out (drop), one fixed text (mask), or, for "
        "identifiers, its frequent values modelled as they are (keep).",
    )
    mask: str = Field("***", description="The text that action: mask writes in every row.")
    inferred: tuple[str, ...] = Field(
        (), description="Keys of this column that were read from private rows; take each out once it was confirmed."
    )

    @model_validator(mode="after")
    def _missing_is_declared(self) -> Self:
        if self.null_values and not self.nullable:
            raise Mistake(
                expected="nullable: true beside it",
                got="nullable: false",
                fix="add nullable: true",
                where=("null_values",),
            )
        all_different("null_values", self.null_values)
        return self

    @model_validator(mode="after")
    def _the_action_is_whole(self) -> Self:
        if "mask" in self.model_fields_set and self.mask != "***" and self.action != "mask":
            raise Mistake(
                expected="action: mask beside it", got=f"action: {self.action}", fix="add action: mask", where=("mask",)
            )
        return self

    @model_validator(mode="after")
    def _marks_are_keys(self) -> Self:
        known = [key for key in type(self).model_fields if key not in {"inferred", "description", "type"}]
        for index, key in enumerate(self.inferred):
            if key not in known:
                got, fix = repr(key), closest(key, known)
                raise Mistake(expected="a key of this column", got=got, fix=fix, where=("inferred", index))
        return self
