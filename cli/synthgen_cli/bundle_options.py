"""What the options of keygen, approve and verify are called, and their help: each said once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synthgen_cli.options import Json
from synthgen_cli.release_options import JUnit, KeyFile, SignedBy

BundlePath = Annotated[
    Path, typer.Argument(metavar="BUNDLE", show_default=False, help="A bundle: the folder of a release, or its zip.")
]
PublisherKeys = Annotated[
    list[Path] | None,
    typer.Option(
        "--key",
        metavar="PUB",
        show_default=False,
        help="The publisher's public key; repeat for more. Without one, any signature is accepted, with a warning.",
    ),
]
ReleaseKeys = Annotated[
    list[Path] | None,
    typer.Option(
        "--publisher",
        metavar="PUB",
        show_default=False,
        help="Approve only what this public key released; repeat for more.",
    ),
]
ApproverKeys = Annotated[
    list[Path] | None,
    typer.Option(
        "--approver",
        metavar="PUB",
        show_default=False,
        help="A public key whose approval counts; repeat for more. Without one, any key's counts, with a warning.",
    ),
]
Unsigned = Annotated[
    bool, typer.Option("--unsigned", help="Accept a bundle that nobody signed: damage is found, a forger is not.")
]
BundledModel = Annotated[
    Path | None,
    typer.Option(
        "--model", metavar="FILE", show_default=False, help="A model file, to be compared with the one that it names."
    ),
]
NewKey = Annotated[
    Path,
    typer.Option(
        "-o", "--output", metavar="FILE", show_default=False, help="The private key to write; FILE.pub is beside it."
    ),
]

__all__ = [
    "ApproverKeys",
    "BundlePath",
    "BundledModel",
    "JUnit",
    "Json",
    "KeyFile",
    "NewKey",
    "PublisherKeys",
    "ReleaseKeys",
    "SignedBy",
    "Unsigned",
]
