"""What `sample --scenario` says, and the manifest that it writes beside the rows."""

# The heavy libraries are imported by the command that needs them, so that --help is there at once.
# ruff: noqa: PLC0415

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import RenderableType

    from synthgen.sample.scenario.plan import Planned


def beside(output: Path) -> Path:
    """The manifest of a file of rows: rows.parquet.scenario.json."""
    return output.with_name(f"{output.name}.scenario.json")


def told(planned: Planned) -> Iterator[RenderableType]:
    """The segments, before the work."""
    from synthgen_cli.output import table

    rest = planned.scenario.rest
    rows = [
        (
            rest if part.segment is None else part.segment.name,
            f"{part.rows:,}",
            f"{100 * part.rows / planned.sample.rows:.3g} %",
            "-" if part.segment is None else f"{part.probability:.3g}",
        )
        for part in planned.parts
    ]
    yield table("segment", "rows", "share", "P(condition)", rows=rows, right=(1, 2, 3))


def write_manifest(planned: Planned, path: Path, *, force: bool) -> dict[str, Any]:
    """Write the manifest, once the rows are; returns what is in it."""
    from synthgen.sample.scenario.manifest import manifest
    from synthgen.tables import atomic_path

    found = manifest(planned)
    with atomic_path(path, force=force) as temporary:
        temporary.write_text(json.dumps(found, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
    return found
