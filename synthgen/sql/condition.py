"""`--where`: an SQL condition, read into what single columns may be and what is left to check row by row."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from synthgen.encode.codec import Codec
from synthgen.schema import Schema
from synthgen.sql.cells import Field
from synthgen.sql.expression import Every, Expression, columns_of, conjuncts, has_joint
from synthgen.sql.reader import Reader
from synthgen.sql.region import Region, implied
from synthgen.sql.syntax import parse_sql, too_deep

__all__ = ["Condition", "Field", "parse_condition"]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Condition:
    """A condition on rows: true where every region holds its column and `rest`, if any, is true.

    regions  column -> the part of its domain that the condition leaves
    rest     the terms over several columns, or None
    sql      as it was written
    fields   every column that may be named
    whole    the condition as it was read
    """

    regions: Mapping[str, Region]
    rest: Expression | None
    sql: str
    fields: Mapping[str, Field]
    whole: Expression | None = None


def parse_condition(
    sql: str, codec: Codec, schema: Schema, *, moved: Mapping[str, Field] = MappingProxyType({})
) -> Condition:
    """Read an SQL condition over the columns of a schema that a codec has, and over `moved` ones.

    Every term of the top-level AND that names one column only, whatever is inside it, becomes part of that column's
    region. Other terms are the rest; what they demand of a single column narrows its region too. Moved columns are not
    there yet when rows are drawn: they have no region, and what names them is left to check.
    Raises ConditionError for anything but a condition, an unknown column or level, and unlike types.
    """
    known = {name: column.grid for name, column in codec.columns.items()}
    fields = {
        name: moved[name] if name in moved else Field(column=column, grid=known[name])
        for name, column in schema.columns.items()
        if name in moved or name in known
    }
    tree = parse_sql(sql, fields)
    try:
        expression = Reader(fields=fields).read(tree, holds=True)
        regions = implied(expression, {name: field.grid for name, field in fields.items() if field.grid is not None})
    except RecursionError:
        raise too_deep() from None
    left = tuple(term for term in conjuncts(expression) if _is_left(term, moved))
    rest = Every(terms=left) if len(left) > 1 else next(iter(left), None)
    regions = {name: region for name, region in regions.items() if name not in moved}
    return Condition(regions=regions, rest=rest, sql=sql, fields=fields, whole=expression)


def _is_left(term: Expression, moved: Collection[str]) -> bool:
    """Whether a term is more than a region of one column."""
    names = columns_of(term)
    return len(names) > 1 or not names.isdisjoint(moved) or has_joint(term)
