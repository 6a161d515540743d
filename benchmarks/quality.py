"""How close synthetic tables come: fit, sample, score, and print our row beside those of others.

    python benchmarks/quality.py --table adult --epsilon 1 3 10 inf --seeds 3

Every fit runs in a process of its own with one thread; scores come from `score.py` of the shared folder, unchanged.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
from measure import DELTA, fit_and_sample, in_fresh_process
from report import medians, page
from splits import ROOT, TABLES, Split, schema_of, split_of


def main() -> None:
    """Run the benchmark."""
    options = _options()
    results = []
    for name in list(TABLES) if "all" in options.table else options.table:
        split = split_of(name, shared=options.shared, cache=options.cache)
        for epsilon in options.epsilon:
            print(_title(name, epsilon, options), flush=True)
            runs = []
            for seed in range(options.seeds):
                runs.append(_run(name, split, epsilon, seed, options))
                print(f"seed {seed}: {json.dumps(runs[-1], default=str)}", file=sys.stderr, flush=True)
            print(page(name, epsilon, options.effort, runs) + "\n", flush=True)
            results.append(
                {
                    "table": name,
                    "epsilon": "inf" if math.isinf(epsilon) else epsilon,
                    "effort": options.effort,
                    "median": medians(runs),
                    "runs": runs,
                }
            )
            if options.json:
                options.json.write_text(json.dumps(results, indent=1), encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--table", nargs="+", default=["adult"], choices=[*TABLES, "all"])
    parser.add_argument("--epsilon", nargs="+", type=float, default=[1.0, 3.0, 10.0, math.inf])
    parser.add_argument("--effort", choices=["quick", "high"], default="quick")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--iid", action="store_true", help="score independent rows instead of a balanced sample")
    parser.add_argument("--no-sdmetrics", action="store_true", help="skip quality, which is slow on large tables")
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared", help="holds bench/ and data/")
    parser.add_argument("--cache", type=Path, default=ROOT / "build" / "bench", help="for splits")
    parser.add_argument("--json", type=Path, help="write every figure here, too")
    return parser.parse_args()


def _title(name: str, epsilon: float, options: argparse.Namespace) -> str:
    budget = f"no privacy, effort {options.effort}" if math.isinf(epsilon) else f"epsilon {epsilon:g}, delta {DELTA:g}"
    note = f" ({TABLES[name].note})" if TABLES[name].note else ""
    rows = "independent rows" if options.iid else "balanced sample"
    return f"## {name}{note}: {budget}, {rows}, {options.seeds} seed{'s' * (options.seeds != 1)}\n"


def _run(name: str, split: Split, epsilon: float, seed: int, options: argparse.Namespace) -> dict[str, Any]:
    """One fit, sample and score, as plain figures."""
    with tempfile.TemporaryDirectory() as folder:
        synthetic = Path(folder) / "synthetic.parquet"
        measured = asdict(
            in_fresh_process(
                fit_and_sample,
                name,
                split.train,
                epsilon=epsilon,
                effort=options.effort,
                seed=seed,
                iid=options.iid,
                out=synthetic,
            )
        )
        errors = measured.pop("pair_errors")
        return {
            "seed": seed,
            **measured,
            **{f"pair_error_{kind}": error for kind, error in errors.items()},
            **_scores(name, split, synthetic, options),
        }


def _scores(name: str, split: Split, synthetic: Path, options: argparse.Namespace) -> dict[str, float]:
    """What the shared scoring script says."""
    train = pd.read_parquet(split.train)
    target = schema_of(name, train).target
    assert target is not None, "every table of the benchmark has a target"
    script = options.shared / "bench" / "score.py"
    files = {"--train": split.train, "--test": split.test, "--synth": synthetic, "--target": target}
    command = [sys.executable, str(script), *(str(part) for pair in files.items() for part in pair)]
    if options.no_sdmetrics or TABLES[name].slow:
        command.append("--no-sdmetrics")
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    main()
