"""The evaluation, spelled out once: read the tables, ask each section, say what was compared with what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

from synthgen.errors import ConfigError
from synthgen.evaluate.inputs import MOST_ROWS, Data, Inputs, inputs_of, persons_of
from synthgen.evaluate.report import Fact, Report, Tier
from synthgen.evaluate.summary import SECOND
from synthgen.evaluate.views import View
from synthgen.model import Model
from synthgen.progress import Progress
from synthgen.schema import Schema, load_schema


def evaluate(
    real: Data,
    synthetic: Data,
    schema: Schema | str | Path,
    *,
    holdout: Data | None = None,
    model: Model | str | Path | None = None,
    copies: Sequence[Data] = (),
    only: Sequence[str] = (),
    seed: int = 0,
    rows: int = MOST_ROWS,
    alert_rate: float | None = None,
    progress: Progress | None = None,
) -> Report:
    """Compare a synthetic table, whoever made it, with the real one.

    real       the rows that the generator was fitted to; holdout: rows that it never saw
    model      adds what a model file says of its budget
    copies     further synthetic tables of the same generator
    only       names of sections; all of them when empty
    rows       of each table at most so many are looked at, picked at random
    alert_rate share of rows that a business can look at, for recall of the target's rarest class; its own share if None

    Everything computed from real or held out rows is `internal`: it was not paid for. Raises ConfigError, SchemaError,
    TableError and ModelFileError; values that a column cannot have are no error but counted as wrong.
    """
    from synthgen.evaluate.sections import SECTIONS  # noqa: PLC0415 - heavy: importing synthgen does without

    wanted = _wanted(SECTIONS, only)
    known = schema if isinstance(schema, Schema) else load_schema(schema)
    loaded = Model.load(model) if isinstance(model, str | Path) else model
    inputs = inputs_of(
        real,
        synthetic,
        known,
        holdout=holdout,
        copies=copies,
        model=loaded,
        seed=seed,
        rows=rows,
        alert_rate=alert_rate,
        progress=progress,
    )
    return Report(
        schema=known.name,
        created=dt.datetime.now(dt.UTC).date().isoformat(),
        seed=seed,
        facts=tuple(_facts(inputs)),
        sections=tuple(SECTIONS[name](inputs) for name in wanted),
    )


def _wanted(known: Collection[str], only: Sequence[str]) -> tuple[str, ...]:
    """The sections that are wanted, in the report's order."""
    for name in only:
        if name not in known:
            raise ConfigError("only", expected=f"some of {', '.join(known)}", got=repr(name))
    return tuple(name for name in known if not only or name in only)


def _facts(inputs: Inputs) -> Iterator[Fact]:
    yield Fact(name="synthgen", value=version("synthgen"), tier="synthetic_only")
    yield Fact(name="columns", value=len(inputs.synthetic.columns), tier="synthetic_only")
    yield from _table("real", inputs.real, "internal")
    if inputs.holdout is None:
        text = "none: what needs rows that the generator never saw is left out, and said"
        yield Fact(name="holdout", value=text, tier="internal")
    else:
        yield from _table("holdout", inputs.holdout, "internal")
    yield from _table("synthetic", inputs.synthetic, "synthetic_only")
    if inputs.copies:
        yield Fact(name="further synthetic copies", value=len(inputs.copies), tier="synthetic_only")
    yield Fact(name="ceiling", value=inputs.second_is, tier="internal")
    yield Fact(name=SECOND, value=inputs.second.rows, tier="internal")
    yield Fact(name="floor", value="the real rows with each column shuffled by itself", tier="internal")


def _table(whose: str, view: View, tier: Tier) -> Iterator[Fact]:
    yield Fact(name=f"rows of the {whose} table", value=view.read, tier=tier)
    if view.read > view.rows:
        yield Fact(name=f"rows of the {whose} table that were looked at", value=view.rows, tier=tier)
    if view.unit is not None:
        yield Fact(name=f"persons of the {whose} table", value=persons_of(view), tier=tier)
    wrong = sum(int(column.wrong.sum()) for column in view.columns.values())
    yield Fact(name=f"values of the {whose} table that their column cannot have", value=wrong, tier="internal")
