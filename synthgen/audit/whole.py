"""A whole fit on rows that are nobody's, from text to codebook, with the smallest network that there is.

What the network makes of noisy answers costs no privacy, so here it need cost no time either. Rows are read, bounded,
encoded, counted, charged and noised as in any fit. DP-SGD is left out: `steps` attacks it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pyarrow as pa
import torch

from synthgen.engine.phase import parse_ask
from synthgen.engine.settings import Settings
from synthgen.plan import Wish
from synthgen.privacy import Ledger
from synthgen.progress import Silent
from synthgen.schema import Schema
from synthgen.tables import open_table
from synthgen.train import Trained, train

Rows = Mapping[str, Sequence[str | None]]
"""Columns of text, all of one length."""


def fitted(rows: Rows, schema: Schema, ledger: Ledger) -> Trained:
    """What a fit learned; raises what `train` raises."""
    table = pa.table({name: pa.array(values, pa.string()) for name, values in rows.items()})
    return train(
        open_table(table),
        schema,
        ledger,
        effort="quick",
        seed=0,
        device=torch.device("cpu"),
        progress=Silent(),
        wish=Wish(dp_sgd=parse_ask("off")),
        network=_smallest,
    )


def _smallest(rules: Settings) -> Settings:
    return replace(rules, steps=(2,) * rules.rounds, members=1, codebook=8, latent=4, width=8, blocks=1)
