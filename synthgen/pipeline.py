"""fit and sample: the whole flow, in the order in which it happens.

schema -> read -> conform -> bound contributions -> encode -> MEASURE -> learn -> model
model -> condition -> draw -> decode -> rows
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

import pandas as pd
import pyarrow as pa

from synthgen.curves import Curves, check_log, write_log
from synthgen.engine.phase import parse_ask
from synthgen.engine.record import SILENT
from synthgen.engine.settings import Effort
from synthgen.errors import ConfigError
from synthgen.model import Manifest, Model
from synthgen.plan import Plan, Teaching, Wish, account, checked_budget, plan
from synthgen.progress import Progress, Silent
from synthgen.sample.complete import Completed, completed
from synthgen.sample.scenario.document import Scenario, load_scenario
from synthgen.sample.scenario.plan import Planned, balance, plan_scenario
from synthgen.sample.scenario.segments import Segmented
from synthgen.sample.stream import Draws, prepare
from synthgen.schema import Schema, load_schema
from synthgen.spending import Spending
from synthgen.tables import Quarantine, open_table

if TYPE_CHECKING:
    import torch

Device = Literal["auto", "cpu", "cuda"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Synthesizer:
    """A fitted generator.

    quarantine  what validation met: private, never stored in the model file, and None for a model from a file
    warnings    what the fit would rather have had otherwise
    """

    model: Model
    quarantine: Quarantine | None = field(default=None, repr=False)
    warnings: tuple[str, ...] = ()

    def sample(
        self, n: int | None = None, *, where: str | None = None, seed: int = 0, iid: bool = False
    ) -> pd.DataFrame:
        """Rows of synthetic data: as many as the model's own (noisy) count when `n` is None.

        `where` is a SQL condition. `iid` draws rows independently; without it the sample is balanced, which keeps
        counts closer to the model's. Raises ConfigError and ConditionError.
        """
        ready = draws(self.model, n, where=where, seed=seed, iid=iid)
        frame: pd.DataFrame = pa.Table.from_batches(ready.batches(), schema=ready.schema).to_pandas()
        return frame

    def save(self, path: str | Path, *, force: bool = False) -> None:
        """Write the model file, whole or not at all. Raises ConfigError."""
        self.model.save(path, force=force)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a model file. Raises ModelFileError."""
        return cls(model=Model.load(path))


def draws(model: Model, n: int | None, *, where: str | None = None, seed: int = 0, iid: bool = False) -> Draws:
    """A sample of a model, ready to be drawn in batches; so far at most a pilot was drawn, where rows are filtered."""
    rows = max(model.rows, 1) if n is None else n
    return prepare(
        model.schema, model.codec, model.codebook, rows=rows, where=where, seed=seed, iid=iid, people=model.people
    )


def in_segments(
    model: Model, scenario: Scenario | str | Path, n: int | None = None, *, seed: int = 0, iid: bool = False
) -> Planned:
    """A scenario on a model, ready to be drawn; `n` comes before the file's own number of rows.

    Raises SchemaError for a file that makes no sense, ConfigError and ConditionError for one that does not fit the
    model.
    """
    known = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    base = draws(model, n, seed=seed, iid=iid)
    return plan_scenario(known, base, rows=n, usual=max(model.rows, 1))


def balanced(
    model: Model, column: str, n: int | None = None, *, where: str | None = None, seed: int = 0, iid: bool = False
) -> Segmented:
    """As many rows of each level of a column. Raises ConfigError and ConditionError."""
    base = draws(model, n, seed=seed, iid=iid)
    return balance(base, column, where=where, rows=base.rows)


def filled(
    model: Model, rows: str | Path | pd.DataFrame | pa.Table, *, as_text: bool = False, seed: int = 0
) -> Completed:
    """Partial rows with their empty cells filled from the model, given the others, which come back untouched.

    `as_text` keeps the spelling of given cells, and makes text of all. Raises TableError and ConfigError.
    """
    return completed(open_table(rows), draws(model, 1, seed=seed), as_text=as_text)


def fit(
    data: str | Path | pd.DataFrame | pa.Table,
    schema: Schema | str | Path,
    *,
    epsilon: float,
    delta: float = 1e-6,
    effort: Effort = "quick",
    seed: int = 0,
    device: Device = "auto",
    no_privacy: bool = False,
    model: Teaching = "counts",
    dp_sgd: str = "auto",
    parts: Sequence[str] = (),
    batch: int | None = None,
    hardened: bool = False,
    log: str | Path | None = None,
    ledger: Spending | str | Path | None = None,
    progress: Progress | None = None,
) -> Synthesizer:
    """Learn a generator from a private table, within (epsilon, delta).

    `seed` fixes initialisation; noise never has a seed, so two fits differ. `epsilon=math.inf` needs
    `no_privacy=True` as well. `model`, `dp_sgd` (auto, off, critic or likelihood, the last two with a share of the
    budget if you like: "likelihood:0.2"), `parts`, `batch` and `hardened` say how it is taught: see `plan.Wish`.
    `log` is a new folder for curves of the training, or a new .svg file for their plot alone; under privacy it is as
    public as the model. A log that cannot be written in the end is a warning: the budget was spent, the model is there.

    `ledger` is that of the data set: what the fit may cost is reserved there before a row is read, and settled in the
    end; a fit that fails keeps its reservation. Without it, epsilon is that of this run alone.

    Raises ConfigError, SchemaError, TableError, ViolationError (rows outside the schema's domain) and LedgerError,
    which is SpentError where too little is left in the ledger.
    """
    budget = checked_budget(epsilon, delta, no_privacy=no_privacy)
    schema = schema if isinstance(schema, Schema) else load_schema(schema)
    wish = wished(model=model, dp_sgd=dp_sgd, parts=parts, batch=batch, hardened=hardened)
    agreed = plan(schema, budget=budget, effort=effort, wish=wish)  # refuses what cannot work, before a row is read
    check_memory(agreed)
    curves = None if log is None else Curves(is_private=budget.is_private)
    if log is not None:
        check_log(log)
    from synthgen.train import train  # noqa: PLC0415 - only a fit needs torch; sampling starts without it

    spending = Spending.open(ledger) if isinstance(ledger, str | Path) else ledger
    source, place = open_table(data), chosen(device)
    charged = account(spending, schema, budget, effort, wish, what=f"fit {schema.name} at epsilon {epsilon:g}")
    learned = train(
        source,
        schema,
        charged.ledger,
        effort=effort,
        seed=seed,
        device=place,
        progress=progress or Silent(),
        wish=wish,
        record=curves or SILENT,
        see=charged.see,
    )
    receipt, warnings = charged.close()
    manifest = Manifest.of_today(
        effort=effort,
        seed=seed,
        device=place.type,
        private=budget.is_private,
        policy=schema.on_violation,
        taught=learned.verdict,
        noise="fixed" if charged.ledger.noise_is_fixed else "system",
        ledger=receipt,
    )
    fitted = learned.model(charged.ledger, manifest)
    warnings = (*learned.warnings, *warnings, *logged(log, curves, fitted))
    return Synthesizer(model=fitted, quarantine=learned.quarantine, warnings=warnings)


def logged(log: str | Path | None, curves: Curves | None, model: Model) -> tuple[str, ...]:
    """Write the log, if any; what stops it is a warning, since the budget was spent and the model is there."""
    if log is None or curves is None:
        return ()
    try:
        write_log(log, curves, model)
    except ConfigError as error:
        return (f"no log was written: {error}",)
    return ()


def wished(*, model: Teaching, dp_sgd: str, parts: Sequence[str], batch: int | None, hardened: bool) -> Wish:
    """How a user wants the generator to be taught. Raises ConfigError."""
    ask = parse_ask(dp_sgd)
    if model == "ctgan" and ask.kind != "auto":
        raise ConfigError("dp-sgd", expected="nothing beside model ctgan, which is the critic alone", got=repr(dp_sgd))
    return Wish(generator=model, dp_sgd=ask, parts=tuple(parts), batch=batch, hardened=hardened)


def check_memory(agreed: Plan) -> None:
    """Raise ConfigError where the plan needs more memory than the machine has."""
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else math.inf
    if agreed.memory > there:
        got, expected = f"{agreed.memory / 2**30:,.1f} GiB planned", f"at most the machine's {there / 2**30:,.1f} GiB"
        raise ConfigError("memory", expected=expected, got=got, fix="describe fewer columns or levels")


def chosen(device: Device) -> torch.device:
    """The device to fit on; `auto` is a GPU when there is one. Raises ConfigError."""
    import torch  # noqa: PLC0415 - only a fit needs torch; sampling starts without it

    if device == "cuda" and not torch.cuda.is_available():
        raise ConfigError("device", expected="a machine with CUDA", got="none", fix="--device auto")
    return torch.device("cuda" if device == "auto" and torch.cuda.is_available() else device.replace("auto", "cpu"))
