"""What rules do to quality: the same table fitted with its rules and without, scored the same way.

    python benchmarks/rules.py --table diabetes130 card_fraud_sparkov --epsilon 3 --rows 30000

Each row is a unit here, rules per person are left out, and levels that a schema would pay to find are taken from the
rows as a public list would be, so that only the rules differ. Scores come from `score.py` of the shared folder,
unchanged; *broken* is the share of synthetic rows that break a rule.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
from splits import HELD_OUT, ROOT

from synthgen import Schema, fit, load_schema
from synthgen.constrain import PersonRule, broken_in, fields_of, rules_of
from synthgen.schema import Categorical, Identifier, Privacy
from synthgen.schema.model import learned, sources
from synthgen.tables import conform

FIGURES = ("tvd1", "tvd2", "tvd3", "tstr", "c2st")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--table", nargs="+", default=["diabetes130", "card_fraud_sparkov"])
    parser.add_argument("--epsilon", nargs="+", type=float, default=[3.0])
    parser.add_argument("--rows", type=int, default=30_000, help="of the table, at random; a fifth is held out")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared", help="holds bench/ and data/")
    options = parser.parse_args()
    print("| table | epsilon | rules | columns learned | broken | " + " | ".join(FIGURES) + " |")
    print("| --- " * (5 + len(FIGURES)) + "|", flush=True)
    for name in options.table:
        for epsilon in options.epsilon:
            for seed in range(options.seeds):
                for with_rules in (False, True):
                    print(_line(name, epsilon, seed, options, with_rules=with_rules), flush=True)


def _line(name: str, epsilon: float, seed: int, options: argparse.Namespace, *, with_rules: bool) -> str:
    """Fit, sample and score once; one row of the table."""
    whole = pd.read_parquet(options.shared / "data" / f"{name}.parquet").sample(options.rows, random_state=0)
    schema = _schema(name, whole)
    names = [source for column, kind in schema.columns.items() for source in sources(column, kind)]
    whole = whole[names].reset_index(drop=True)
    cut = int((1 - HELD_OUT) * len(whole))
    train, test = whole[:cut], whole[cut:]
    used = schema if with_rules else schema.model_copy(update={"constraints": ()})
    fitted = fit(train, used, epsilon=epsilon, delta=1e-6, seed=seed, no_privacy=math.isinf(epsilon))
    synthetic = fitted.sample(len(train), seed=seed)
    found = {"broken": _broken(synthetic, schema)} | _scores(train, test, synthetic, schema, options.shared)
    figures = " | ".join(f"{found[figure]:.4f}" for figure in ("broken", *FIGURES))
    columns = len(fitted.model.codec.columns)
    return f"| {name} | {epsilon:g} | {'with' if with_rules else 'without'} | {columns} | {figures} |"


def _schema(name: str, table: pd.DataFrame) -> Schema:
    """The example schema, its rows units, and its unknown levels those of the table."""
    schema = load_schema(ROOT / "schemas" / f"{name}.yaml")
    columns = {column: kind for column, kind in learned(schema).items() if not isinstance(kind, Identifier)}
    for column, kind in columns.items():
        if isinstance(kind, Categorical) and kind.values is None:
            levels = tuple(sorted(table[column].dropna().unique()))
            columns[column] = Categorical(type="categorical", values=levels, nullable=kind.nullable)
    rules = tuple(rule.sql for rule in rules_of(schema) if not isinstance(rule, PersonRule))
    update = {"columns": columns, "constraints": rules, "privacy": Privacy(), "exclude": (), "on_violation": "drop"}
    return schema.model_copy(update=update)


def _broken(synthetic: pd.DataFrame, schema: Schema) -> float:
    """The share of rows that break a rule."""
    rules = [rule for rule in rules_of(schema) if hasattr(rule, "kept")]
    batch = pa.RecordBatch.from_pandas(synthetic, preserve_index=False)
    rows = conform(batch, schema.model_copy(update={"on_violation": "error"}))
    masks = list(broken_in(rows, rules, fields_of(schema)).values())
    return float(sum(masks).astype(bool).mean()) if masks else 0.0


def _scores(
    train: pd.DataFrame, test: pd.DataFrame, synthetic: pd.DataFrame, schema: Schema, shared: Path
) -> dict[str, float]:
    """What the shared scoring script says."""
    assert schema.target is not None, "both tables have a target"
    with tempfile.TemporaryDirectory() as folder:
        files = {name: Path(folder) / f"{name}.parquet" for name in ("train", "test", "synth")}
        synthetic = synthetic[list(train.columns)]
        for path, frame in zip(files.values(), (train, test, synthetic), strict=True):
            _plain(frame, schema).to_parquet(path)
        command = [sys.executable, str(shared / "bench" / "score.py"), "--target", schema.target, "--no-sdmetrics"]
        for option, path in files.items():
            command += [f"--{option}", str(path)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _plain(frame: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """Days and times of day as numbers, as the scoring script knows no others; levels as text."""
    plain = {}
    for name in frame.columns:
        kind = schema.columns[name].type if name in schema.columns else "number"
        column = frame[name]
        if kind == "date":
            plain[name] = (pd.to_datetime(column) - pd.Timestamp("2019-01-01")).dt.days
        elif kind == "time":
            plain[name] = pd.to_timedelta(column.astype(str)).dt.total_seconds()
        elif kind in {"integer", "number"}:
            plain[name] = pd.to_numeric(column)
        else:
            plain[name] = column.astype(str)
    return pd.DataFrame(plain)


if __name__ == "__main__":
    main()
