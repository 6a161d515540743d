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
from synthgen.schema import ROW, Schema, learned, sources
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


def names_read(schema: Schema) -> tuple[str, ...]:
    """The columns of the data that a fit reads, that of the unit too."""
    names = [source for name, column in learned(schema).items() for source in sources(name, column)]
    return tuple(dict.fromkeys([*names, *({schema.privacy.unit} - {ROW})]))


def model_of_nothing(schema: Schema, *, epsilon: float, delta: float) -> Model:
    """The model of a fit to a table without rows: its events are those of any fit of this schema and budget, about.

    Raises what `fit` raises.
    """
    budget = checked_budget(epsilon, delta, no_privacy=False)
    plan(schema, budget=budget, effort="quick")
    ledger = Ledger(budget)
    found = fitted(dict.fromkeys(names_read(schema), ()), schema, ledger, dp_sgd="auto")
    manifest = Manifest.of_today(
        effort="quick",
        seed=0,
        device="cpu",
        private=True,
        policy=schema.on_violation,
        taught=found.verdict,
        noise="system",
        ledger=None,
    )
    return found.model(ledger, manifest)


def _smallest(rules: Settings) -> Settings:
    return replace(rules, steps=(2,) * rules.rounds, members=1, codebook=256, latent=4, width=8, blocks=1)
