"""What the commands' options are called, and their help: each said once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer


class Misused(typer.TyperException):
    """A command line that makes no sense, though every word of it does."""

    exit_code = 2


def seed_of(value: int | None) -> int | None:
    """A seed that every generator takes; Typer says what is wrong with another."""
    if value is not None and not 0 <= value < 2**64:
        expected = "expected a number from 0 to 2^64 - 1"
        raise typer.BadParameter(expected)
    return value


DataPath = Annotated[
    Path,
    typer.Argument(
        metavar="DATA",
        show_default=False,
        help="The private table: CSV (.csv, .csv.gz, .tsv), Parquet, Arrow/Feather, or a folder of one kind.",
    ),
]
MaybeDataPath = Annotated[
    Path | None,
    typer.Argument(metavar="[DATA]", show_default=False, help="A table whose values are counted against the schema."),
]
SchemaFile = Annotated[Path, typer.Argument(metavar="SCHEMA", show_default=False, help="The schema, a YAML file.")]
ModelPath = Annotated[
    Path, typer.Argument(metavar="MODEL", show_default=False, help="A model file, written by synthgen fit.")
]

SchemaPath = Annotated[
    Path | None,
    typer.Option("--schema", metavar="FILE", show_default=False, help="The table's schema, a YAML file. \\[required]"),
]
Epsilon = Annotated[
    float | None,
    typer.Option(
        "--epsilon",
        metavar="NUMBER",
        show_default=False,
        help="Privacy budget: smaller protects more; 1 to 3 is usual. inf gives none, and needs --no-privacy."
        " \\[required]",
    ),
]
Delta = Annotated[
    float | None,
    typer.Option(
        "--delta",
        metavar="NUMBER",
        show_default=False,
        help="Probability with which the promise may fail; well below 1/rows. \\[default: 1e-06]",
    ),
]
MaybeOutput = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="FILE", show_default=False, help="The model file to write. \\[required]"),
]
Output = Annotated[
    Path, typer.Option("-o", "--output", metavar="FILE", show_default=False, help="The .parquet or .csv file to write.")
]
Folder = Annotated[Path, typer.Option("-o", "--output", metavar="FOLDER", help="Where to write; made if missing.")]
OnlyPlan = Annotated[
    bool, typer.Option("--plan", help="Print shares, noise, steps, memory and time, and stop before a row is read.")
]
MaybeEffort = Annotated[
    Literal["quick", "high"] | None,
    typer.Option(
        "--effort",
        show_default=False,
        help="How long to learn; high takes about four times as long. \\[default: quick]",
    ),
]
MaybeSeed = Annotated[
    int | None,
    typer.Option(
        "--seed",
        metavar="NUMBER",
        callback=seed_of,
        show_default=False,
        help="Where learning starts. Noise never has a seed, so two private fits differ. \\[default: 0]",
    ),
]
Seed = Annotated[int, typer.Option("--seed", metavar="NUMBER", help="The same seed gives the same rows.")]
MaybeDevice = Annotated[
    Literal["auto", "cpu", "cuda"] | None,
    typer.Option(
        "--device", show_default=False, help="Where to learn; auto is a GPU where there is one. \\[default: auto]"
    ),
]
MaybeGenerator = Annotated[
    Literal["counts", "ctgan"] | None,
    typer.Option(
        "--model",
        show_default=False,
        help="What teaches the generator: noisy counts first, or (ctgan) a critic alone, by DP-SGD."
        " \\[default: counts]",
    ),
]
MaybeDpSgd = Annotated[
    str | None,
    typer.Option(
        "--dp-sgd",
        metavar="KIND[:SHARE]",
        show_default=False,
        help="Training on rows after the counts: off, likelihood or critic, with a share of the budget"
        " (likelihood:0.2); auto gives it some where it can learn. \\[default: auto]",
    ),
]
MaybeBatch = Annotated[
    int | None,
    typer.Option("--batch", metavar="NUMBER", show_default=False, help="Expected units of a DP-SGD batch."),
]
MaybeHardened = Annotated[
    bool | None,
    typer.Option("--hardened", show_default=False, help="DP-SGD noise on integers, exact to the last bit; slow."),
]
MaybeLog = Annotated[
    Path | None,
    typer.Option(
        "--log",
        metavar="FOLDER",
        show_default=False,
        help="Write curves of the training, as a plot, as lines of JSON and for TensorBoard, to a new folder; or the"
        " plot alone, to a new .svg file. Under privacy they are as public as the model.",
    ),
]
MaybeParts = Annotated[
    list[str] | None,
    typer.Option(
        "--parts",
        metavar="COLUMN",
        show_default=False,
        help="Give each level of this column an equal part of the generator, however rare it is; repeat for more."
        " The target's rare levels have theirs without being asked.",
    ),
]
LedgerFile = Annotated[
    Path, typer.Argument(metavar="LEDGER", show_default=False, help="The ledger of a data set, a file.")
]
MaybeLedger = Annotated[
    Path | None,
    typer.Option(
        "--ledger",
        metavar="FILE",
        show_default=False,
        help="The ledger of the data set, made by synthgen budget init: what this may cost is reserved there before a"
        " row is read. Without it, epsilon is that of this run alone.",
    ),
]
Dataset = Annotated[
    str, typer.Option("--dataset", metavar="NAME", show_default=False, help="What the data are called.")
]
WholeEpsilon = Annotated[
    float,
    typer.Option(
        "--epsilon", metavar="NUMBER", show_default=False, help="For all that will ever be learnt from the data set."
    ),
]
WholeDelta = Annotated[
    float, typer.Option("--delta", metavar="NUMBER", help="Probability with which that promise may fail; below 1/rows.")
]
Unit = Annotated[
    str,
    typer.Option(
        "--unit", metavar="COLUMN", help="Whom it protects: the privacy.unit of the data set's schemas, or row."
    ),
]
OneDelta = Annotated[
    float | None,
    typer.Option("--delta", metavar="NUMBER", show_default=False, help="Of the new fits. \\[default: the ledger's]"),
]
Number = Annotated[int, typer.Argument(metavar="NUMBER", show_default=False, help="As synthgen budget show lists it.")]
Reason = Annotated[
    str,
    typer.Option(
        "--reason",
        metavar="TEXT",
        show_default=False,
        help="Why nothing was learnt under the reservation. It stays in the ledger for ever.",
    ),
]
Public = Annotated[
    bool,
    typer.Option(
        "--public",
        help="DATA is public, or synthetic: trying options on it is free. That it is so is your word.",
    ),
]
Paid = Annotated[
    bool,
    typer.Option(
        "--paid", help="DATA is private: the choice is paid for, as the best of a random number of private runs."
    ),
]
Try = Annotated[
    list[str] | None,
    typer.Option(
        "--try",
        metavar="OPTION=VALUES",
        show_default=False,
        help="Values of an option of fit, such as dp-sgd=off,likelihood:0.2; repeat for more options."
        " \\[default: dp-sgd=off,likelihood,likelihood:0.3,critic]",
    ),
]
Trials = Annotated[int, typer.Option("--trials", metavar="NUMBER", help="Fits on a public table.")]
Runs = Annotated[
    float, typer.Option("--runs", metavar="MEAN", help="Fits on a private table, on average; their number is random.")
]
RunsShape = Annotated[
    Literal["logarithmic", "geometric"],
    typer.Option("--shape", help="How that number is spread: logarithmic is cheapest, geometric is seldom few."),
]
ConfigOutput = Annotated[
    Path | None,
    typer.Option(
        "-o", "--output", metavar="FILE", show_default=False, help="The file for fit --config to write. \\[required]"
    ),
]
TunedSchema = Annotated[
    Path, typer.Option("--schema", metavar="FILE", show_default=False, help="The table's schema, a YAML file.")
]
TunedEpsilon = Annotated[
    float,
    typer.Option("--epsilon", metavar="NUMBER", show_default=False, help="Of the fit that is tuned for, and of a run."),
]
TunedDelta = Annotated[float, typer.Option("--delta", metavar="NUMBER", help="Likewise.")]
Seen = Annotated[
    Path | None,
    typer.Option(
        "--seen",
        metavar="MODEL",
        show_default=False,
        help="A model that was charged to the ledger: does the ledger still lead to what its receipt says?",
    ),
]
ConfigPath = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        show_default=False,
        help="A YAML mapping of these options (epsilon: 3, no-privacy: true, ...). Options given here come first.",
    ),
]
NoPrivacy = Annotated[
    bool | None,
    typer.Option(
        "--no-privacy", show_default=False, help="Say that the model may reveal private rows; with --epsilon inf only."
    ),
]
MaybeForce = Annotated[
    bool | None, typer.Option("--force", show_default=False, help="Replace an output file that exists.")
]
Force = Annotated[bool, typer.Option("--force", help="Replace an output file that exists.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object, and nothing else, on standard output.")]
Rows = Annotated[
    int | None,
    typer.Option(
        "-n",
        "--rows",
        metavar="NUMBER",
        show_default=False,
        help="How many rows to draw. \\[default: as many as the model was fitted to, about]",
    ),
]
Where = Annotated[
    str | None,
    typer.Option(
        "--where", metavar="SQL", show_default=False, help='Only rows that meet a condition, such as "age < 30".'
    ),
]
ScenarioPath = Annotated[
    Path | None,
    typer.Option(
        "--scenario",
        metavar="FILE",
        show_default=False,
        help="A YAML file of segments: how many rows, under which condition, with what set. See docs/scenarios.md.",
    ),
]
Partial = Annotated[
    Path | None,
    typer.Option(
        "--complete",
        metavar="FILE",
        show_default=False,
        help="Fill the empty cells of these rows (CSV, Parquet, ...) from the model, given the cells that are there.",
    ),
]
Balance = Annotated[
    str | None,
    typer.Option("--balance", metavar="COLUMN", show_default=False, help="As many rows of each level of this column."),
]
Iid = Annotated[
    bool, typer.Option("--iid", help="Draw rows independently, instead of balanced (which follows the model closer).")
]
Format = Annotated[
    Literal["parquet", "csv"] | None,
    typer.Option("--format", show_default=False, help="What to write. \\[default: what the file's suffix says]"),
]
Foreign = Literal["sdv", "frictionless", "dpmm", "pgm", "pandera", "json-schema", "arrow"]
ForeignFile = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        show_default=False,
        help="SDV metadata, a Frictionless Table Schema, a dpmm or private-pgm domain, a Pandera schema, the JSON "
        "Schema of a record, or a Parquet or Arrow file, whose types are read and no row.",
    ),
]
From = Annotated[
    Foreign | None, typer.Option("--from", show_default=False, help="What FILE is. \\[default: what it looks like]")
]
To = Annotated[Foreign, typer.Option("--to", show_default=False, help="What to write.")]
Table = Annotated[
    str | None,
    typer.Option("--table", metavar="NAME", show_default=False, help="Which table, when FILE describes several."),
]
Constraints = Annotated[
    Path | None,
    typer.Option("--constraints", metavar="FILE", show_default=False, help="A JSON list of SDV's constraints."),
]
SchemaOutput = Annotated[
    Path, typer.Option("-o", "--output", metavar="FILE", show_default=False, help="The schema to write, a YAML file.")
]
ForeignOutput = Annotated[
    Path, typer.Option("-o", "--output", metavar="FILE", show_default=False, help="The file to write.")
]
