"""How exact small groups can be at all: the noise in each level's share, from the model file alone."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from synthgen.encode.codec import MISSING, ColumnCodec
from synthgen.encode.grid import LevelGrid
from synthgen.model import Model
from synthgen.release.certificate import texts
from synthgen.schema import Levels, spell

Z: Final = 1.96
MOST_LEVELS: Final = 40
"""Of one column, the largest: a certificate is read by people."""


def groups(model: Model) -> dict[str, Any]:
    """For each protected column, slice and target of levels: each level, its share, and the noise in it.

    `noise` is half a 95 % interval of the share, from the noise alone; `relative` the same as a share of the share.
    """
    schema = model.schema
    wanted = dict.fromkeys((*schema.protected, *schema.slices, *([schema.target] if schema.target else [])))
    names = [name for name in wanted if isinstance(schema.columns[name], Levels) and name in model.codec.columns]
    columns = [{"column": name, "levels": _levels(model.codec.columns[name])} for name in names]
    return {"meaning": texts.BIAS if columns else texts.NO_BIAS, "columns": columns}


def _levels(column: ColumnCodec) -> list[dict[str, Any]]:
    order = np.argsort(-column.marginal, kind="stable")[:MOST_LEVELS]
    return [_level(column, int(level)) for level in order]


def _level(column: ColumnCodec, level: int) -> dict[str, Any]:
    share = float(column.marginal[level])
    noise = Z * math.sqrt(float(column.variance[level]))
    return {
        "level": _name(column, level),
        "share": share,
        "noise": noise,
        "relative": noise / share if share > 0 else None,
    }


def _name(column: ColumnCodec, level: int) -> str:
    """What a level is called; levels that noise drowned are one."""
    cells = np.flatnonzero(column.pieces.level == level)
    if len(cells) > 1:
        return f"{len(cells)} rare levels together"
    kind, first = int(column.pieces.kind[cells[0]]), int(column.pieces.first[cells[0]])
    assert isinstance(column.grid, LevelGrid), "asked of levels"
    return "missing" if kind == MISSING else spell(column.grid.values[first])
