"""What it costs: fitting by the number of rows, sampling by the number of rows, counting.

    python benchmarks/speed.py

All in CPU seconds of one thread; each figure is the median of several runs, each in a process of its own. Larger tables
are Adult's training rows drawn with replacement.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from measure import counting_cost, fit_cost, in_fresh_process, sample_cost
from splits import ROOT

SCHEMA = ROOT / "schemas" / "adult.yaml"
SAMPLES: Sequence[tuple[str, int, dict[str, Any]]] = (
    ("balanced pairs", 26_049, {}),
    ("balanced pairs", 65_536, {}),
    ("systematic", 1_000_000, {}),
    ("systematic", 5_000_000, {}),
    ("independent (--iid)", 1_000_000, {"iid": True}),
    ("income = '>50K' AND age > 40", 1_000_000, {"where": "income = '>50K' AND age > 40"}),
    ('age > "hours-per-week" (filtered)', 1_000_000, {"where": 'age > "hours-per-week"'}),
)
GOAL_ROWS_PER_SECOND = 500_000
GOAL_PEAK_MIB = 2048
CHUNK = 131_072


def main() -> None:
    """Run the benchmark."""
    options = _options()
    options.cache.mkdir(parents=True, exist_ok=True)
    model = options.cache / "adult.synthgen"
    train = options.shared / "bench" / "adult_train.parquet"
    results: dict[str, Any] = {}
    if "fit" in options.parts or not model.exists():
        results["fit"] = _fits(train, model, options)
    if "sample" in options.parts:
        results["sample"] = _samples(model, options)
    if "count" in options.parts:
        results["count"] = _counts(options)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1), encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("parts", nargs="*", default=["fit", "sample", "count"], help="fit, sample, count")
    parser.add_argument("--rows", nargs="+", type=int, default=[26_049, 1_000_000, 10_000_000], help="of the fits")
    parser.add_argument("--epsilon", type=float, default=3.0)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared", help="holds bench/")
    parser.add_argument("--cache", type=Path, default=ROOT / "build" / "bench", help="for the tables and a model")
    parser.add_argument("--json", type=Path, help="write every figure here, too")
    return parser.parse_args()


def _fits(train: Path, model: Path, options: argparse.Namespace) -> list[dict[str, Any]]:
    print(f"## Fitting Adult at epsilon {options.epsilon:g}, by rows\n")
    print("| rows | CPU s | reading | counting | the rest | peak MiB | counting, s per million |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    found = []
    for rows in options.rows:
        data = train if rows == pq.read_metadata(train).num_rows else resampled(train, rows, options.cache)
        cost = _medians(
            [
                asdict(in_fresh_process(fit_cost, data, SCHEMA, epsilon=options.epsilon, save=model))
                for _ in range(options.repeats)
            ]
        )
        found.append({"rows": rows, **cost})
        parts = " | ".join(f"{cost[name]:.1f}" for name in ("total", "reading", "counting", "rest"))
        print(f"| {rows:,} | {parts} | {cost['peak_mib']:.0f} | {cost['counting'] / rows * 1e6:.2f} |", flush=True)
    reached = all(row["peak_mib"] < GOAL_PEAK_MIB for row in found)
    print(f"\npeak below {GOAL_PEAK_MIB} MiB: {'reached' if reached else 'NOT reached'}\n", flush=True)
    return found


def resampled(train: Path, rows: int, cache: Path) -> Path:
    """Training rows drawn with replacement, written once, a row group at a time."""
    path = cache / f"adult_{rows}.parquet"
    if path.exists():
        return path
    table, rng, unfinished = pq.read_table(train), np.random.default_rng(0), path.with_suffix(".part")
    with pq.ParquetWriter(unfinished, table.schema, compression="zstd") as writer:
        for start in range(0, rows, CHUNK):
            picked = rng.integers(0, table.num_rows, min(CHUNK, rows - start))
            writer.write_table(table.take(pa.array(picked)))
    return unfinished.rename(path)


def _samples(model: Path, options: argparse.Namespace) -> list[dict[str, Any]]:
    print("## Sampling Adult into Parquet\n")
    print("| sample | rows | CPU s | rows a second | peak MiB | 500,000 a second |")
    print("| --- | --- | --- | --- | --- | --- |")
    found = []
    for what, rows, how in SAMPLES:
        arguments = {"rows": rows, "where": None, "iid": False, **how}
        out = options.cache / "sample.parquet"
        cost = _medians(
            [asdict(in_fresh_process(sample_cost, model, out, **arguments)) for _ in range(options.repeats)]
        )
        out.unlink()
        rate = rows / cost["seconds"]
        found.append({"what": what, **cost, "rows_per_second": rate})
        mark = "reached" if rate >= GOAL_ROWS_PER_SECOND else "not reached"
        line = f"{rows:,} | {cost['seconds']:.2f} | {rate:,.0f} | {cost['peak_mib']:.0f} | {mark}"
        print(f"| {what} | {line} |", flush=True)
    print()
    return found


def _counts(options: argparse.Namespace) -> list[dict[str, Any]]:
    print("## Counting a million rows, all pairs of columns in 2 groups\n")
    print("| columns | levels each | CPU s |")
    print("| --- | --- | --- |")
    found = []
    for columns, levels in ((15, 20), (20, 23), (48, 53)):
        seconds = median(in_fresh_process(counting_cost, 1_000_000, columns, levels, 2) for _ in range(options.repeats))
        found.append({"columns": columns, "levels": levels, "seconds": seconds})
        print(f"| {columns} | {levels} | {seconds:.2f} |", flush=True)
    return found


def _medians(runs: Sequence[dict[str, float]]) -> dict[str, float]:
    assert all(math.isfinite(value) for run in runs for value in run.values())
    return {name: median(run[name] for run in runs) for name in runs[0]}


if __name__ == "__main__":
    main()
