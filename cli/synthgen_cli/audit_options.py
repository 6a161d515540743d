"""What the options of audit are called, and their help: each said once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synthgen_cli.options import Delta, Epsilon, Force, Json, Misused

MaybeModel = Annotated[
    Path | None,
    typer.Argument(metavar="[MODEL]", show_default=False, help="A model file: its events and budget are the claim."),
]
Described = Annotated[
    Path | None,
    typer.Option(
        "--schema",
        metavar="FILE",
        show_default=False,
        help="Without a model: the schema of a fit to come, with --epsilon. With one: the schema that was fitted, so"
        " that bounds which were found are rehearsed too.",
    ),
]
Quick = Annotated[bool, typer.Option("--quick", help="A few minutes; the default.")]
Full = Annotated[
    float | None,
    typer.Option(
        "--full", metavar="MINUTES", show_default=False, help="Attack for so long: more runs, tighter bounds."
    ),
]
Confidence = Annotated[
    float, typer.Option("--confidence", metavar="NUMBER", help="With which all the bounds hold together.")
]
AuditOutput = Annotated[
    Path | None,
    typer.Option(
        "-o", "--output", metavar="FILE", show_default=False, help="Write the JSON here, for synthgen release --audit."
    ),
]

__all__ = [
    "AuditOutput",
    "Confidence",
    "Delta",
    "Described",
    "Epsilon",
    "Force",
    "Full",
    "Json",
    "MaybeModel",
    "Misused",
    "Quick",
]
