r"""A scenario file: the segments of a sample, each with its size, its condition and what is set in its rows.

>>> scenario = parse_scenario('''
... name: night
... label: scenario_id
... segments:
...   - {name: usual, share: 0.9}
...   - {name: stolen, share: 0.1, where: fraud = 1, set: {amt: x 3, at: between 00:00 and 05:00}}
... ''')
>>> scenario.segments[1].set["amt"]
'x 3'
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from synthgen.schema.base import Frozen
from synthgen.schema.document import Document
from synthgen.schema.mistakes import Mistake, Place, closest, explain, show, wrong
from synthgen.schema.values import Real
from synthgen.schema.yaml import read_text

TOLERANCE = 1e-9
"""Decimals such as 0.1 and 0.7 do not add up exactly."""


def _listed(value: Any) -> Any:
    """Overrides written as a list, `- amt: x 3` or `- at between 00:00 and 05:00`, as one mapping."""
    if not isinstance(value, list):
        return value
    found: dict[str, Any] = {}
    for index, item in enumerate(value):
        one = item if isinstance(item, dict) else _worded(item, index)
        again = next((name for name in one if name in found), None)
        if again is not None:
            raise Mistake(expected="each column once", got=f"{show(again)} again", where=(index,))
        found |= one
    return found


def _worded(item: Any, index: int) -> dict[str, str]:
    """`at between 00:00 and 05:00`: the column is what stands before the first word of the override."""
    words = item.split(" between ", 1) if isinstance(item, str) else []
    if len(words) != 2:
        expected = "column: override, or column between one and other"
        raise Mistake(expected=expected, got=show(item), fix="write it like amt: x 3", where=(index,))
    return {words[0].strip(): f"between {words[1]}"}


def _share(value: Any) -> Any:
    """A share; a percentage counts, as people write `10 %`."""
    if isinstance(value, str) and value.strip().endswith("%"):
        number = value.strip().removesuffix("%").strip()
        try:
            return float(number) / 100
        except ValueError:
            raise Mistake(expected="a share such as 0.1 or 10 %", got=show(value)) from None
    return value


def _override(value: Any) -> Any:
    """One value, a list of values to choose from, or a mapping of values to weights."""
    known = value if isinstance(value, list | dict) else [value]
    if not known:
        raise Mistake(expected="a value", got=show(value))
    for one in known:
        if isinstance(one, list | dict):
            fix = "write a value, x 3, + 2, between 1 and 5, [a, b] or {a: 0.7, b: 0.3}"
            raise Mistake(expected="a value", got=show(one), fix=fix)
    for key, weight in value.items() if isinstance(value, dict) else ():
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight < math.inf:
            raise Mistake(expected="a weight, 0 or more", got=show(weight), where=(key,))
    if isinstance(value, dict) and not sum(value.values()):
        raise Mistake(expected="a weight above 0", got="none")
    return tuple(value) if isinstance(value, list) else value


Share = Annotated[Real, BeforeValidator(_share), Field(ge=0, le=1)]
Word = Annotated[str, Field(min_length=1)]
Override = Annotated[Any, BeforeValidator(_override)]
"""A scalar, a tuple of them, or a mapping of values to weights."""


class Segment(Frozen):
    """Some rows of a sample."""

    name: Word = Field(description="What the label column says of these rows.")
    rows: int | None = Field(None, ge=1, description="How many rows.")
    share: Share | None = Field(None, description="Or which share of all rows.")
    where: str | None = Field(None, description="An SQL condition that every row meets before anything is set.")
    set: Annotated[Mapping[str, Override], BeforeValidator(_listed)] = Field(
        default_factory=dict, description="Column: what becomes of its values: a value, x 3, + 2, between 1 and 5, ..."
    )
    mix: Mapping[str, Mapping[str, Share]] = Field(
        default_factory=dict, description="Column: target share of each level; what is not named shares the rest."
    )
    label: Word | None = Field(None, description="A column that says this segment's name, and nothing in other rows.")

    @model_validator(mode="after")
    def _one_size(self) -> Self:
        given = [key for key in ("rows", "share") if getattr(self, key) is not None]
        if len(given) != 1:
            got = " and ".join(given) or "none"
            raise Mistake(expected="one of rows and share", got=got, fix="say how large the segment is")
        return self

    @model_validator(mode="after")
    def _shares_of_a_mix(self) -> Self:
        for column, shares in self.mix.items():
            total = sum(shares.values())
            if not shares:
                raise Mistake(expected="level: share", got="none", where=("mix", column))
            if total > 1 + TOLERANCE:
                raise Mistake(expected="shares of at most 1 in all", got=f"{total:g}", where=("mix", column))
            if column in self.set:
                got, fix = "it under set as well", "keep one of the two"
                raise Mistake(expected="a column mixed or set", got=got, fix=fix, where=("mix", column))
        return self


class Scenario(Frozen):
    """A sample in segments. What the segments leave of all rows is drawn from the model as it is."""

    name: Word = Field(description="For people, and for the manifest.")
    description: str | None = Field(None, description="For people; never used.")
    rows: int | None = Field(None, ge=1, description="How many rows in all, where the command line does not say.")
    label: Word | None = Field(None, description="A column that says which segment a row is of.")
    rest: Word = Field("baseline", description="What the label column says of rows in no segment.")
    segments: tuple[Segment, ...]

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        if not self.segments:
            raise Mistake(expected="at least one segment", got="none", where=("segments",))
        names = Counter([segment.name for segment in self.segments] + [self.rest])
        for index, segment in enumerate(self.segments):
            if names[segment.name] > 1:
                raise Mistake(expected="a name of its own", got=show(segment.name), where=("segments", index, "name"))
        return self

    @model_validator(mode="after")
    def _shares_of_the_whole(self) -> Self:
        total = sum(segment.share or 0.0 for segment in self.segments)
        if total > 1 + TOLERANCE:
            fix = "make them smaller; what they leave is drawn from the model as it is"
            raise Mistake(expected="shares of at most 1 in all", got=f"{total:g}", fix=fix, where=("segments",))
        return self


def load_scenario(path: str | Path) -> Scenario:
    """Read a scenario file (YAML, UTF-8). Raises SchemaError, with `.line`, for what makes no sense."""
    return parse_scenario(read_text(Path(path), str(path)), source=Path(path).name)


def parse_scenario(text: str, *, source: str = "scenario") -> Scenario:
    """Read a scenario from YAML text; `source` names it in errors."""
    document = Document(text, source=source)
    if not isinstance(document.value, dict):
        raise wrong(source, (), 1, expected="a mapping with name and segments", got=show(document.value))
    try:
        return Scenario.model_validate(document.value)
    except ValidationError as error:
        raise explain(
            error, source=source, line=document.line, unknown_key=_unknown_key, unknown_type=_unknown_type
        ) from None


def _unknown_key(place: Place) -> Mistake:
    known = list((Segment if place[0] == "segments" else Scenario).model_fields)
    return Mistake(expected=f"one of {', '.join(known)}", got=repr(place[-1]), fix=closest(place[-1], known))


def _unknown_type(word: object) -> Mistake:
    raise AssertionError(f"a scenario has no kinds of columns, so none is unknown: {word}")
