"""An imported schema as a file for people: what is missing stands above it, as comments."""

from __future__ import annotations

from synthgen.exchange.draft import Imported
from synthgen.schema import dump_schema


def annotated(imported: Imported, source: str) -> str:
    """YAML text of an imported schema, with every loss as a comment on top of it.

    >>> from synthgen.exchange.formats import import_schema
    >>> print(annotated(import_schema({"sex": 2}, name="people"), "people-domain.json"), end="")
    # From people-domain.json, which says more than this, or less:
    #   what the codes mean: the file has sizes only: write the levels or bounds they stand for
    synthgen: 1
    name: people
    columns:
      sex:
        type: categorical
        values: [0, 1]
    """
    head = f"From {source}" + (", which says more than this, or less:" if imported.losses else ".")
    items = (": ".join(part for part in (loss.where, loss.what, loss.why) if part) for loss in imported.losses)
    lines = [head, *(f"  {item}" for item in items)]
    return "".join(f"# {_printable(line)}\n" for line in lines) + dump_schema(imported.schema)


def _printable(line: str) -> str:
    """One line without control characters, whoever chose the names in it."""
    return "".join(letter if letter.isprintable() else "?" for letter in line)
