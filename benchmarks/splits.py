"""The tables of the benchmark: fixed splits, the schema of each, and the spellings that scores expect.

The splits are those of `split.py` beside the scoring script, so figures compare with earlier ones. They are not the
tables as published (identifiers are gone, king_house counts days), so some schemas are varied here, and only here.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from synthgen import Schema, load_schema
from synthgen.schema import Categorical, Identifier, Integer, Privacy
from synthgen.schema.columns import Line

ROOT = Path(__file__).resolve().parents[1]
HELD_OUT = 0.2


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """One table of the benchmark; its schema is the example of the same name.

    source  the file of the data folder
    split   its name among the splits of `split.py`; empty: split here by the same rule
    vary    what the split changed, told to the schema; sees the training rows
    note    what the reader of a figure must know
    slow    SDMetrics takes longer than everything else together
    """

    source: str
    split: str = ""
    vary: Callable[[Schema, pd.DataFrame], Schema] = lambda schema, _: schema
    note: str = ""
    slow: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Split:
    """Where the two parts of a table lie."""

    train: Path
    test: Path


def _counting_days(schema: Schema, _: pd.DataFrame) -> Schema:
    date = Integer(type="integer", minimum=0, maximum=729)
    return schema.model_copy(update={"columns": {**schema.columns, "date": date}, "exclude": ()})


def _stays(schema: Schema, train: pd.DataFrame) -> Schema:
    """Each stay a unit, and the diagnoses' codes a public list, as in the figures that ours are compared with.

    The rules are left out too: the peers know none.
    """
    levels = {
        name: Categorical(type="categorical", values=tuple(sorted(train[name].unique())))
        for name in ("diag_1", "diag_2", "diag_3")
    }
    columns = {name: column for name, column in schema.columns.items() if not isinstance(column, Identifier)}
    update = {"columns": columns | levels, "privacy": Privacy(), "exclude": (), "constraints": ()}
    return schema.model_copy(update=update)


TABLES = {
    "adult": Table(source="adult", split="adult"),
    "king_house": Table(source="king_house", split="king", vary=_counting_days, note="date counts days since 2014"),
    "nist_acs": Table(source="nist_acs_national2019", split="nist"),
    "creditcard_ulb": Table(source="creditcard_ulb_sample", split="credit"),
    "diabetes130": Table(
        source="diabetes130",
        split="diab",
        vary=_stays,
        note="a stay is the unit; the levels of diag_1 to diag_3 are taken from the training rows as a public list",
        slow=True,
    ),
    "acs_income_2018": Table(source="acs_income_2018", split="acs", note="100,000 rows of it", slow=True),
    "german_credit": Table(source="german_credit", split="german"),
    "insurance": Table(source="insurance", note="no figures of others: split 80/20 by the same rule"),
}


def split_of(name: str, *, shared: Path, cache: Path) -> Split:
    """The two parts of a table; written into the cache the first time (Adult's are fixed files)."""
    table = TABLES[name]
    folder = shared / "bench" if table.split == "adult" else cache
    prefix = table.split or name
    split = Split(train=folder / f"{prefix}_train.parquet", test=folder / f"{prefix}_test.parquet")
    if not split.test.exists():
        cache.mkdir(parents=True, exist_ok=True)
        if table.split:
            script = shared / "bench" / "split.py"
            subprocess.run([sys.executable, str(script), str(shared / "data"), str(cache)], check=True)
        else:
            _divide(pd.read_parquet(shared / "data" / f"{table.source}.parquet"), split)
    return split


def _divide(table: pd.DataFrame, split: Split) -> None:
    order = np.random.default_rng(0).permutation(len(table))
    cut = int((1 - HELD_OUT) * len(table))
    for path, rows in ((split.train, order[:cut]), (split.test, order[cut:])):
        table.iloc[rows].reset_index(drop=True).to_parquet(path)


def schema_of(name: str, train: pd.DataFrame) -> Schema:
    """The schema of a table's split."""
    return TABLES[name].vary(load_schema(ROOT / "schemas" / f"{name}.yaml"), train)


def spelled_like(sample: pd.DataFrame, train: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """The sample in the columns, types and spellings of the training table: what the scoring script compares.

    A line that the source keeps as text (because of a sentinel) may spell whole numbers 12000 or 12000.0: which of the
    two is a fact of the file's format.
    """
    columns = {}
    for name in train.columns:
        drawn, kind = sample[name], train[name].dtype
        if not pd.api.types.is_object_dtype(kind):
            columns[name] = drawn.astype(kind)
        elif isinstance(schema.columns[name], Line):
            columns[name] = _respelled(drawn.astype(str), train[name])
        else:
            columns[name] = drawn.astype(object)
    return pd.DataFrame(columns)


def _respelled(drawn: pd.Series, train: pd.Series) -> pd.Series:
    pointed = train.str.fullmatch(r"-?\d+\.0").any()
    whole = drawn.str.fullmatch(r"-?\d+")
    return drawn.where(~whole, drawn + ".0") if pointed else drawn
