import numpy as np
import pandas as pd
from pairs import levels_of

from synthgen.encode.grid import grids
from synthgen.encode.levels import Resolution, encoding
from synthgen.encode.oneway import OneWay
from synthgen.schema import Schema
from synthgen.tables import conformed, open_table

SCHEMA = Schema(
    name="t",
    columns={
        "hours": {"type": "integer", "minimum": 0, "maximum": 99, "special": ["N"], "nullable": True},
        "sex": {"type": "categorical", "values": ["f", "m", "x"]},
    },
)


def test_a_value_has_the_level_that_it_was_counted_in() -> None:
    rng = np.random.default_rng(0)
    hours = np.where(rng.random(2000) < 0.4, 40, rng.integers(0, 100, 2000)).astype(object)
    hours[:50], hours[50:80] = "N", None
    frame = pd.DataFrame({"hours": hours, "sex": rng.choice(["f", "m"], 2000)})
    public = grids(SCHEMA, discovered={})
    batches = [batch.columns for batch in conformed(open_table(frame), SCHEMA)]
    cells = {name: np.concatenate([grid.encode(batch[name]) for batch in batches]) for name, grid in public.items()}
    known = {}
    for name, grid in public.items():
        counts = np.bincount(cells[name], minlength=grid.cells).astype(np.float64)
        edges = np.arange(grid.value_cells + 1) if name == "hours" else None
        inside, outside = counts[: grid.value_cells], counts[grid.value_cells :]
        known[name] = OneWay(edges=edges, counts=inside, outside=outside, sigma=0.0, atoms={}, rounding=None)
    found = encoding(public, known, rows=2000.0, resolution=Resolution(numeric=8))
    levels = levels_of(found.codec.columns, frame, SCHEMA)
    assert len(np.unique(levels["hours"])) > 8
    for name in public:
        assert np.array_equal(levels[name], found.level_of[name][cells[name]])
