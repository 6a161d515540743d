"""What the options of evaluate and drift are called, and their help: each said once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synthgen_cli.options import Force, Json, ModelPath, seed_of

__all__ = [
    "AlertRate",
    "Alpha",
    "Copies",
    "DriftSeed",
    "EvaluationSeed",
    "Force",
    "HoldoutPath",
    "Json",
    "Least",
    "Markdown",
    "MaybeModelPath",
    "ModelPath",
    "MostRows",
    "NewRows",
    "Only",
    "Public",
    "RealPath",
    "ReportFolder",
    "SyntheticPath",
    "TableSchema",
]

RealPath = Annotated[
    Path, typer.Option("--real", metavar="TRAIN", show_default=False, help="The rows that the generator was fitted to.")
]
HoldoutPath = Annotated[
    Path | None,
    typer.Option(
        "--holdout",
        metavar="TEST",
        show_default=False,
        help="Rows of the same kind that the generator never saw. Without them no attack is judged and no model tested,"
        " which the report says.",
    ),
]
SyntheticPath = Annotated[
    Path, typer.Option("--synthetic", metavar="SYN", show_default=False, help="The synthetic table, whoever made it.")
]
TableSchema = Annotated[
    Path, typer.Option("--schema", metavar="FILE", show_default=False, help="The table's schema, a YAML file.")
]
MaybeModelPath = Annotated[
    Path | None,
    typer.Option("--model", metavar="MODEL", show_default=False, help="The model file: adds what its budget means."),
]
Copies = Annotated[
    list[Path] | None,
    typer.Option(
        "--copies",
        metavar="FILE",
        show_default=False,
        help="A further synthetic table of the same model, for inference that combines several; repeat for more.",
    ),
]
ReportFolder = Annotated[
    Path, typer.Option("-o", "--output", metavar="FOLDER", help="A new folder for the report: a page and its figures.")
]
Only = Annotated[
    list[str] | None,
    typer.Option(
        "--only",
        metavar="NAMES",
        show_default=False,
        help="Sections, with commas between them: fidelity, utility, fairness, attacks, budget. \\[default: all]",
    ),
]
Public = Annotated[
    bool,
    typer.Option(
        "--public", help="Write only what read no private row, or was paid for: report.public.html and .json."
    ),
]
Markdown = Annotated[
    Path | None,
    typer.Option("--markdown", metavar="FILE", show_default=False, help="Write a summary for a pull request, too."),
]
EvaluationSeed = Annotated[
    int, typer.Option("--seed", metavar="NUMBER", callback=seed_of, help="The same seed gives the same report.")
]
MostRows = Annotated[
    int,
    typer.Option(
        "--rows", metavar="NUMBER", min=100, help="Look at so many rows of each table at most, picked at random."
    ),
]
AlertRate = Annotated[
    float | None,
    typer.Option(
        "--alert-rate",
        metavar="SHARE",
        show_default=False,
        help="Share of rows that you can look at: recall of the target's rarest class is measured there."
        " \\[default: the share of that class]",
    ),
]
NewRows = Annotated[
    Path, typer.Argument(metavar="NEW", show_default=False, help="New rows of the same table: CSV, Parquet, Arrow.")
]
Alpha = Annotated[
    float,
    typer.Option("--alpha", metavar="NUMBER", help="Probability of a refit though nothing has changed, at most."),
]
Least = Annotated[
    float,
    typer.Option("--least", metavar="SHARE", help="Share of rows that must have moved before a shift matters."),
]
DriftSeed = Annotated[
    int,
    typer.Option("--seed", metavar="NUMBER", callback=seed_of, help="Of the rows picked where persons have too many."),
]
