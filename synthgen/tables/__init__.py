"""Rows in and out: sources read in batches, values checked against the schema, files written whole or not at all."""

from synthgen.tables.check import Quarantine, check_columns, conformed, validate
from synthgen.tables.conform import Conformed, Values, conform, without
from synthgen.tables.source import Source, open_table
from synthgen.tables.write import Writer, atomic_folder, atomic_path, check_folder, check_output, open_writer

__all__ = [
    "Conformed",
    "Quarantine",
    "Source",
    "Values",
    "Writer",
    "atomic_folder",
    "atomic_path",
    "check_columns",
    "check_folder",
    "check_output",
    "conform",
    "conformed",
    "open_table",
    "open_writer",
    "validate",
    "without",
]
