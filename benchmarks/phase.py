"""What training on rows is worth: fits with and without it, and what `auto` would have chosen.

    python benchmarks/phase.py --table parity3 scm --rows 10000 100000 --epsilon 1 3 10 inf

`off` spends the whole budget on counts, so it is also "more three-way counts in its place". One line a fit: tstr is the
AUC of a model of the target (a number: of whether it is above the median) trained on the sample, trtr on as many real
rows, pr_auc the same for the rarer class when trained on
balanced samples, c2st tells sample from held-out rows (0.5 is best), nll is that of held-out rows under the codebook.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from pairs import levels_of
from splits import ROOT, schema_of, split_of
from structures import HELD_OUT, structure

from synthgen import Schema, Synthesizer, fit
from synthgen.engine.teacher import surprise
from synthgen.pipeline import balanced
from synthgen.plan import Wish, plan
from synthgen.privacy import Budget

SCORED, MOST_TREES, MOST_CLASSES = 30_000, 150, 10


def main() -> None:
    """Run the cells asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--table", nargs="+", required=True)
    parser.add_argument("--rows", nargs="+", type=int, default=[10_000])
    parser.add_argument("--epsilon", nargs="+", type=float, default=[1.0, 3.0, 10.0, math.inf])
    parser.add_argument("--phase", nargs="+", default=["off", "likelihood"])
    parser.add_argument("--seed", nargs="+", type=int, default=[0])
    parser.add_argument("--parts", action="store_true", help="score the rare class too")
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--cache", type=Path, default=ROOT / "build" / "bench")
    options = parser.parse_args()
    torch.set_num_threads(1)
    for name in options.table:
        for rows in options.rows:
            train, test, schema = table_of(name, rows, shared=options.shared, cache=options.cache)
            for epsilon in options.epsilon:
                for phase in options.phase:
                    for seed in options.seed:
                        facts = {"table": name, "rows": len(train), "epsilon": str(epsilon), "phase": phase}
                        found = _cell(train, test, schema, epsilon=epsilon, phase=phase, seed=seed, rare=options.parts)
                        print(json.dumps(facts | {"seed": seed} | found), flush=True)


def table_of(name: str, rows: int, *, shared: Path, cache: Path) -> tuple[pd.DataFrame, pd.DataFrame, Schema]:
    """Training rows, held-out rows and schema of a table of `structures.py` or `splits.py` (of which all rows)."""
    if name in {"parity3", "parity4", "parity5", "shells", "scm", "sparkov"}:
        return structure(name, rows, shared=shared)
    if name == "acs_income_2018":  # all of it; the split has a hundred thousand rows, for the peers' sake
        whole = pd.read_parquet(shared / "data" / f"{name}.parquet").sample(frac=1.0, random_state=0, ignore_index=True)
        train, test = whole.iloc[HELD_OUT:].reset_index(drop=True), whole.iloc[:HELD_OUT]
    else:
        split = split_of(name, shared=shared, cache=cache)
        train, test = pd.read_parquet(split.train), pd.read_parquet(split.test)
    schema = schema_of(name, train).model_copy(update={"rows": len(train), "on_violation": "clip"})
    return train, test, schema


def _cell(
    train: pd.DataFrame, test: pd.DataFrame, schema: Schema, *, epsilon: float, phase: str, seed: int, rare: bool
) -> dict[str, Any]:
    """One fit and its scores."""
    delta = min(1e-5, 0.1 / len(train))
    begun, open_ = time.process_time(), math.isinf(epsilon)
    fitted = fit(train, schema, epsilon=epsilon, delta=delta, seed=seed, no_privacy=open_, dp_sgd=phase, device="cpu")
    seconds = time.process_time() - begun
    auto = plan(schema, budget=Budget(epsilon=epsilon, delta=delta), effort="quick", wish=Wish()).phase
    found = {
        "auto": auto.kind,
        "reach": auto.reason.split(" times")[0].rsplit(" ", 1)[-1],
        "cpu_s": round(seconds, 1),
        "verdict": fitted.model.manifest.taught,
        **scores(train, test, fitted, schema),
    }
    return found | (_rare(train, test, fitted, schema) if rare else {})


def scores(train: pd.DataFrame, test: pd.DataFrame, fitted: Synthesizer, schema: Schema) -> dict[str, float]:
    """How useful a sample is, how telling, and how likely held-out rows are under the codebook."""
    from sklearn.metrics import roc_auc_score  # noqa: PLC0415 - of the extra `bench`

    names, target = list(schema.columns), str(schema.target)
    drawn = fitted.sample(min(len(train), SCORED), seed=1)
    features = [name for name in names if name != target]
    real = train.iloc[: len(drawn)]
    label = _label(real, target)
    truth = label(test)

    def useful(rows: pd.DataFrame) -> float:
        guess = _boosted(_features(rows, real, features), label(rows)).predict_proba(_features(test, real, features))
        many = {"multi_class": "ovr", "labels": list(range(guess.shape[1]))} if guess.shape[1] > 2 else {}
        return float(roc_auc_score(truth, guess if many else guess[:, 1], **many))

    size = min(len(test), len(drawn), 20_000)
    both = pd.concat([_features(part.iloc[:size], real, names) for part in (test, drawn)], ignore_index=True)
    whose = np.repeat([0, 1], size)
    order = np.random.default_rng(0).permutation(2 * size)
    learn, judge = order[:size], order[size:]
    teller = _boosted(both.iloc[learn], whose[learn])
    return {
        "tstr": round(useful(drawn), 4),
        "trtr": round(useful(real), 4),
        "c2st": round(float(roc_auc_score(whose[judge], teller.predict_proba(both.iloc[judge])[:, 1])), 4),
        "nll": round(surprise(fitted.model.codebook, _codes(test.iloc[:SCORED], fitted, schema)), 3),
    }


def _rare(train: pd.DataFrame, test: pd.DataFrame, fitted: Synthesizer, schema: Schema) -> dict[str, float]:
    """Average precision for the rarer class: trained on balanced synthetic rows, and on the real ones."""
    from sklearn.metrics import average_precision_score  # noqa: PLC0415 - of the extra `bench`

    target = str(schema.target)
    features = [name for name in schema.columns if name != target]
    real = train.iloc[:100_000]
    truth = _features(test, real, [target])[target]
    even = pd.concat(batch.to_pandas() for batch in balanced(fitted.model, target, SCORED, seed=2).batches())

    def precision(rows: pd.DataFrame) -> float:
        own = _features(rows, real, [*features, target])
        guess = _boosted(own[features], own[target]).predict_proba(_features(test, real, features))[:, 1]
        return round(float(average_precision_score(truth, guess)), 4)

    return {"pr_auc": precision(even), "pr_auc_real": precision(real)}


def _boosted(rows: pd.DataFrame, label: Any) -> Any:
    import lightgbm  # noqa: PLC0415 - of the extra `bench`

    model = lightgbm.LGBMClassifier(n_estimators=MOST_TREES, num_leaves=31, verbose=-1, random_state=0, n_jobs=1)
    return model.fit(rows, label)


def _features(rows: pd.DataFrame, like: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Numbers as numbers, words as codes of the training table's words."""
    columns = {}
    for name in names:
        if pd.api.types.is_numeric_dtype(like[name]):
            columns[name] = pd.to_numeric(rows[name], errors="coerce").astype(float)
        else:
            known = {word: code for code, word in enumerate(sorted(set(like[name].astype(str))))}
            columns[name] = rows[name].astype(str).map(known).fillna(-1).astype(int)
    return pd.DataFrame(columns, index=rows.index)


def _label(real: pd.DataFrame, target: str) -> Callable[[pd.DataFrame], pd.Series]:
    """What is to be predicted: the class; of many, whether it is the most frequent; of numbers, whether above most."""
    if real[target].nunique() <= MOST_CLASSES:
        return lambda rows: _features(rows, real, [target])[target]
    if not pd.api.types.is_numeric_dtype(real[target]):
        usual = real[target].mode()[0]
        return lambda rows: (rows[target] == usual).astype(int)
    middle = real[target].median()
    return lambda rows: (rows[target].astype(float) > middle).astype(int)


def _codes(rows: pd.DataFrame, fitted: Synthesizer, schema: Schema) -> torch.Tensor:
    """Held-out rows as codes of the model's codec."""
    codec = fitted.model.codec
    levels = levels_of(codec.columns, rows, schema)
    return torch.from_numpy(np.stack([levels[name] for name in codec.names], axis=1) + codec.offsets[:-1])


if __name__ == "__main__":
    main()
