"""What a scenario did, for the file beside its rows: sizes, conditions, odds, and what was reached by extrapolation."""

from __future__ import annotations

import itertools
from typing import Any

from synthgen.sample.scenario.extrapolation import MOST_CELLS, Watched
from synthgen.sample.scenario.plan import Part, Planned

BUDGET = {
    "epsilon": 0,
    "delta": 0,
    "statement": "A scenario costs no privacy budget: it is drawn from the finished model, and reads no private row.",
}


def manifest(planned: Planned) -> dict[str, Any]:
    """The manifest as JSON values, once the rows are drawn.

    A cell (a segment, a column and a range of its values) is reached by extrapolation where the model gives it less
    than one row in the table that it was fitted to.
    """
    floor = 1.0 / planned.usual
    scenario, sample = planned.scenario, planned.sample
    return {
        "scenario": scenario.name,
        "description": scenario.description,
        "rows": sample.rows,
        "seed": sample.seed,
        "labels": list(sample.labels),
        "budget": BUDGET,
        "floor": floor,
        "floor_means": f"one row in the {planned.usual:,} that the model was fitted to, about",
        "segments": [_segment(part, rows=sample.rows, floor=floor, rest=scenario.rest) for part in planned.parts],
    }


def _segment(part: Part, *, rows: int, floor: float, rest: str) -> dict[str, Any]:
    segment = part.segment
    facts = {
        "name": rest if segment is None else segment.name,
        "rows": part.rows,
        "share": part.rows / rows,
        "probability": part.probability,
    }
    if segment is None:
        return facts
    cells = {name: _cells(watched) for name, watched in part.changes.items()}
    return facts | {
        "where": segment.where,
        "set": {name: list(said) if isinstance(said, tuple) else said for name, said in segment.set.items()},
        "mix": {name: dict(counts) for name, counts in part.mix.items()},
        "condition_is_extrapolation": part.probability < floor,
        "extrapolation": {name: found for name, found in cells.items() if found["cells"]},
    }


def _cells(watched: Watched) -> dict[str, Any]:
    """What of one column lies below the floor: its share of the segment's rows, and where, the frequent cells first."""
    found = list(watched.below())
    listed = [
        {"from": _plain(cell.low), "to": _plain(cell.high), "probability": cell.probability, "share": cell.share}
        for cell in itertools.islice(found, MOST_CELLS)
    ]
    return {"share": sum(cell.share for cell in found), "cells": len(found), "listed": listed}


def _plain(value: Any) -> Any:
    """A value as JSON has them: days and times are text."""
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
