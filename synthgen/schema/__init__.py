"""What a table is: column kinds, the privacy unit, the target; YAML in and out."""

from synthgen.schema.columns import (
    Boolean,
    Categorical,
    Column,
    Date,
    DateTime,
    Integer,
    Levels,
    Line,
    Number,
    Scalar,
    spell,
)
from synthgen.schema.model import ROW, Privacy, Schema, undeclared
from synthgen.schema.yaml import dump_schema, from_json, load_schema, parse_schema, to_json

__all__ = [
    "ROW",
    "Boolean",
    "Categorical",
    "Column",
    "Date",
    "DateTime",
    "Integer",
    "Levels",
    "Line",
    "Number",
    "Privacy",
    "Scalar",
    "Schema",
    "dump_schema",
    "from_json",
    "load_schema",
    "parse_schema",
    "spell",
    "to_json",
    "undeclared",
]
