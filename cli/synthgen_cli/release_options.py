"""What the options of release and lint are called, and their help: each said once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from synthgen_cli.evaluate_options import RealPath
from synthgen_cli.options import Json, ModelPath, Rows, Seed

__all__ = [
    "Against",
    "AuditFile",
    "BundleFolder",
    "GateMode",
    "GivenRows",
    "InternalReport",
    "JUnit",
    "Json",
    "KeyFile",
    "LedgerOfData",
    "LintSchema",
    "LintTarget",
    "ModelPath",
    "PolicyFile",
    "RealPath",
    "Recipient",
    "Rows",
    "Seed",
    "SignedBy",
    "TheHoldout",
    "WithModel",
]

TheHoldout = Annotated[
    Path,
    typer.Option(
        "--holdout", metavar="TEST", show_default=False, help="Rows of the same kind that the generator never saw."
    ),
]
GivenRows = Annotated[
    Path | None,
    typer.Option(
        "--synthetic",
        metavar="FILE",
        show_default=False,
        help="Release these rows (.parquet or .csv), drawn before with the same --seed. \\[default: draw them here]",
    ),
]
PolicyFile = Annotated[
    str,
    typer.Option(
        "--policy", metavar="POLICY", show_default=False, help="A YAML file, or one of internal, partner and public."
    ),
]
LedgerOfData = Annotated[
    Path,
    typer.Option("--ledger", metavar="LEDGER", show_default=False, help="The data set's ledger, which has the fit."),
]
BundleFolder = Annotated[
    Path,
    typer.Option(
        "-o", "--output", metavar="BUNDLE", show_default=False, help="The bundle's folder; BUNDLE.zip is beside it."
    ),
]
GateMode = Annotated[
    Literal["internal", "paid"],
    typer.Option(
        "--gate",
        help="Decide on figures read from private rows as they are (no epsilon covers the decision), or on noised ones"
        " that are charged to the ledger.",
    ),
]
Recipient = Annotated[
    str | None, typer.Option("--recipient", metavar="NAME", show_default=False, help="Who the bundle is for.")
]
AuditFile = Annotated[
    Path | None,
    typer.Option("--audit", metavar="FILE", show_default=False, help="What synthgen audit found, as JSON."),
]
WithModel = Annotated[
    bool, typer.Option("--with-model", help="Put the model file into the bundle, so that recipients draw more rows.")
]
InternalReport = Annotated[
    Path | None,
    typer.Option(
        "--report", metavar="FOLDER", show_default=False, help="Write the whole report, which stays inside, as well."
    ),
]
LintTarget = Annotated[
    Path,
    typer.Argument(metavar="TARGET", show_default=False, help="A model file, a bundle, or any other file or folder."),
]
Against = Annotated[
    Path,
    typer.Option("--against", metavar="REAL", show_default=False, help="The private table whose values are searched."),
]
LintSchema = Annotated[
    Path | None,
    typer.Option(
        "--schema",
        metavar="FILE",
        show_default=False,
        help="The table's schema. \\[default: the one inside the model file or the bundle]",
    ),
]
KeyFile = Annotated[
    Path | None,
    typer.Option(
        "--key",
        metavar="FILE",
        show_default=False,
        help="The private key to sign with. \\[default: the PEM text in SYNTHGEN_KEY]",
    ),
]
SignedBy = Annotated[
    str, typer.Option("--by", metavar="NAME", help="Who you are, as the signature says it; only the key proves it.")
]
JUnit = Annotated[
    Path | None,
    typer.Option("--junit", metavar="FILE", show_default=False, help="Write the checks as JUnit XML, too."),
]
