"""A whole fit on rows that are nobody's, from text to codebook, with the smallest network that there is.

What the network makes of noisy answers costs no privacy, so here it need cost no time either. Rows are read, bounded,
encoded, counted, charged and noised as in any fit. DP-SGD is left out of rehearsals: `steps` attacks it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pyarrow as pa
import torch

from synthgen.engine.phase import parse_ask
from synthgen.engine.settings import Settings
from synthgen.model import Manifest, Model
from synthgen.plan import Wish, checked_budget, plan
from synthgen.privacy import Ledger
from synthgen.progress import Silent
from synthgen.schema import ROW, Schema
from synthgen.tables import open_table
from synthgen.train import Trained, train

Rows = Mapping[str, Sequence[str | None]]
"""Columns of text, all of one length."""


def fitted(rows: Rows, schema: Schema, ledger: Ledger, *, dp_sgd: str = "off") -> Trained:
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
        wish=Wish(dp_sgd=parse_ask(dp_sgd)),
        network=_smallest,
    )


def model_of_nothing(schema: Schema, *, epsilon: float, delta: float) -> Model:
    """The model of a fit to a table without rows: its events are those of any fit of this schema and budget, about.

    Raises what `fit` raises.
    """
    budget = checked_budget(epsilon, delta, no_privacy=False)
    plan(schema, budget=budget, effort="quick")
    unit = schema.privacy.unit
    names = [*schema.columns, *([] if unit == ROW or unit in schema.columns else [unit])]
    ledger = Ledger(budget)
    learned = fitted(dict.fromkeys(names, ()), schema, ledger, dp_sgd="auto")
    return Model(
        schema=learned.schema,
        discovered=learned.discovered,
        codec=learned.encoding.codec,
        codebook=learned.codebook,
        rows=max(round(learned.rows), 0),
        people=learned.people,
        budget=budget,
        events=ledger.events,
        manifest=Manifest.of_today(
            effort="quick",
            seed=0,
            device="cpu",
            private=True,
            policy=schema.on_violation,
            taught=learned.verdict,
            noise="system",
            ledger=None,
        ),
    )


def _smallest(rules: Settings) -> Settings:
    return replace(rules, steps=(2,) * rules.rounds, members=1, codebook=8, latent=4, width=8, blocks=1)
