"""`synthgen regulator`."""

# The heavy libraries are imported by the command that needs them, so that --help is there at once.
# ruff: noqa: PLC0415

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synthgen_cli import bundle_options as of

RegulatorFolder = Annotated[
    Path, typer.Option("-o", "--output", metavar="FOLDER", show_default=False, help="A new folder for the documents.")
]
WholeReport = Annotated[
    Path | None,
    typer.Option(
        "--report",
        metavar="FILE",
        show_default=False,
        help="The whole report.json of the release (synthgen release --report), for what attacks measured. The folder"
        " must stay inside then.",
    ),
]


def regulator(
    bundle: of.BundlePath, *, output: RegulatorFolder, report: WholeReport = None, json: of.Json = False
) -> None:
    """Draft the documents that authorities and auditors ask for, each number linked to its place in a bundle.

    Impact assessment (DPIA), the three risks of WP216, a HIPAA worksheet, a model risk sheet, NIST AI RMF and ISO/IEC
    42001; as Markdown and HTML. They are drafts: what only people know is marked, and a person has to sign.

    Example: [bold]synthgen regulator bundle -o regulator/[/]
    """
    from dataclasses import asdict

    from synthgen.release.regulator import write_folder
    from synthgen_cli.output import Output

    out = Output(json=json)
    made = write_folder(bundle, output, report=report)
    inside = "; internal figures are in it, so it stays inside" if made.internal else ""
    out.say(
        f"Wrote {len(made.documents)} drafts to {output}{inside}.",
        f"{made.quotes:,} values are linked to the bundle; {made.blanks:,} places are for a person to complete.",
    )
    out.result(asdict(made))
