"""`--mlflow`, of fit and release."""

# The heavy libraries are imported by the command that needs them, so that --help is there at once.
# ruff: noqa: PLC0415

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from synthgen.model import Model
    from synthgen.release.release import Outcome, Release

Mlflow = Annotated[
    str | None,
    typer.Option(
        "--mlflow",
        metavar="URI",
        show_default=False,
        help="Log settings, figures that may be published and what may leave to an MLflow server.",
    ),
]


def check_server(uri: str | None) -> None:
    """Refuse a server that is not there, before any work is done."""
    if uri is not None:
        from synthgen.release import tracker

        tracker.check(uri)


def log_fit(uri: str | None, model: Model, options: Mapping[str, Any], *, file: Path) -> str | None:
    """Log a fit that is done; returns the run's id."""
    if uri is None:
        return None
    from synthgen.release import tracker
    from synthgen.release.tracked import of_fit

    return tracker.log(of_fit(model, options, file=file, log=options.get("log")), uri)


def log_release(uri: str | None, asked: Release, outcome: Outcome) -> str | None:
    """Log a release, or that it was refused; returns the run's id."""
    if uri is None:
        return None
    from synthgen.model import Model
    from synthgen.release import manifest, tracker
    from synthgen.release.tracked import of_release

    numbers = {}
    if outcome.bundle is not None:
        numbers = manifest.from_bytes((outcome.bundle.folder / manifest.NAME).read_bytes()).numbers
    return tracker.log(of_release(asked, outcome, Model.load(asked.model), numbers), uri)
