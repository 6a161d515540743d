"""Schemas from other tools' files and to them, with every loss named."""

from synthgen.exchange.draft import Imported, Loss
from synthgen.exchange.files import load_foreign, save_foreign
from synthgen.exchange.formats import NAMES, Exported, Name, export_schema, import_schema
from synthgen.exchange.notes import annotated

__all__ = [
    "NAMES",
    "Exported",
    "Imported",
    "Loss",
    "Name",
    "annotated",
    "export_schema",
    "import_schema",
    "load_foreign",
    "save_foreign",
]
