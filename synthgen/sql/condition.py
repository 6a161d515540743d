"""`--where`: an SQL condition, read into what single columns may be and what is left to check row by row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from synthgen.encode.codec import Codec
from synthgen.schema import Schema
from synthgen.sql.cells import Field
from synthgen.sql.expression import Every, Expression, columns_of, conjuncts
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
    """

    regions: Mapping[str, Region]
    rest: Expression | None
    sql: str
    fields: Mapping[str, Field]


def parse_condition(sql: str, codec: Codec, schema: Schema) -> Condition:
    """Read an SQL condition over the columns of a codec.

    Every term of the top-level AND that names one column only, whatever is inside it, becomes part of that column's
    region. Other terms are the rest; what they demand of a single column narrows its region too.
    Raises ConditionError for anything but a condition, an unknown column or level, and unlike types.
    """
    tree = parse_sql(sql, codec.names)
    fields = {name: Field(column=schema.columns[name], grid=known.grid) for name, known in codec.columns.items()}
    try:
        expression = Reader(fields=fields).read(tree, holds=True)
        regions = implied(expression, {name: known.grid for name, known in codec.columns.items()})
    except RecursionError:
        raise too_deep() from None
    left = tuple(term for term in conjuncts(expression) if len(columns_of(term)) > 1)
    rest = Every(terms=left) if len(left) > 1 else next(iter(left), None)
    return Condition(regions=regions, rest=rest, sql=sql, fields=fields)
