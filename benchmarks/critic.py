"""What each loss and steadier of the critic is worth: the critic alone (`--model ctgan`), one setting changed.

    python benchmarks/critic.py --table adult scm --rows 20000 --epsilon inf 10

One line a fit: tvd2 is the mean distance of the sample from the training rows in every pair of columns, on the codec's
levels; tstr, c2st and nll are those of `phase.py`.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import torch
from pairs import pair_errors
from phase import SCORED, scores, table_of
from splits import ROOT

from synthgen import fit
from synthgen.engine.critic_settings import NOISY, OPEN, Adversary

OPEN_VARIANTS: Final[dict[str, dict[str, Any]]] = {
    "as shipped": {},
    "average": {"ema": 0.995},
    "no penalty": {"real_penalty": 0.0, "fake_penalty": 0.0},
    "conditions": {"conditions": 1},
}
NOISY_VARIANTS: Final[dict[str, dict[str, Any]]] = {
    "as shipped": {},
    "hinge": {"loss": "hinge"},
    "no decay": {"decay": 0.0},
    "conditions": {"conditions": 1},
    "no average": {"ema": 0.0},
}


def main() -> None:
    """Run the cells asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--table", nargs="+", default=["adult", "scm"])
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--epsilon", nargs="+", type=float, default=[math.inf, 10.0])
    parser.add_argument("--variant", nargs="*", default=[])
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--cache", type=Path, default=ROOT / "build" / "bench")
    options = parser.parse_args()
    torch.set_num_threads(1)
    for epsilon in options.epsilon:
        base, variants = (OPEN, OPEN_VARIANTS) if math.isinf(epsilon) else (NOISY, NOISY_VARIANTS)
        for name in options.table:
            for variant, changes in variants.items():
                if options.variant and variant not in options.variant:
                    continue
                for seed in range(options.seeds):
                    found = _cell(name, replace(base, **changes), epsilon=epsilon, seed=seed, options=options)
                    facts = {"table": name, "epsilon": str(epsilon), "variant": variant, "seed": seed}
                    print(json.dumps(facts | found), flush=True)


def _cell(name: str, how: Adversary, *, epsilon: float, seed: int, options: argparse.Namespace) -> dict[str, float]:
    """One fit and its scores."""
    train, test, schema = table_of(name, options.rows, shared=options.shared, cache=options.cache)
    begun, delta = time.process_time(), min(1e-5, 0.1 / len(train))
    with patch("synthgen.engine.phase.adversary_for", lambda **_: how):
        fitted = fit(
            train, schema, epsilon=epsilon, delta=delta, seed=seed, no_privacy=math.isinf(epsilon), model="ctgan"
        )
    seconds = time.process_time() - begun
    drawn = fitted.sample(min(len(train), SCORED), seed=1)
    far = pair_errors(fitted.model, train, {"sample": drawn})["sample"]
    return {"cpu_s": round(seconds, 1), "tvd2": round(far, 4), **scores(train, test, fitted, schema)}


if __name__ == "__main__":
    main()
