"""On a public or an earlier synthetic table: Optuna tries what it likes, and nothing is charged.

Each fit has the noise that it would have on the private table, so that what is chosen suits that noise; the scores are
exact. That the table is public is the user's word: nothing here can check it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from synthgen.errors import ConfigError
from synthgen.plan import plan
from synthgen.privacy import Budget, Ledger
from synthgen.tune.config import Tuned
from synthgen.tune.space import Space, wish_of
from synthgen.tune.trial import Job, effort_of, score

if TYPE_CHECKING:
    import optuna


def tune_free(job: Job, space: Space, *, trials: int) -> Tuned:
    """The best of so many trials, by Optuna's tree-structured Parzen estimator (Bergstra and others 2011).

    Raises ConfigError for a choice that cannot be fitted, before any is, and what a fit raises.
    """
    if trials < 1:
        raise ConfigError("trials", expected="a whole number from 1", got=str(trials))
    choices = space.choices()
    for choice in choices:
        plan(job.schema, budget=job.budget, effort=effort_of(choice), wish=wish_of(choice))
    study = _study(job.seed, startup=min(trials, len(choices)))
    job.progress.stage("tuning", trials)

    def one(trial: optuna.Trial) -> float:
        picked = choices[trial.suggest_categorical("choice", range(len(choices)))]
        open_ledger = Ledger(Budget(epsilon=math.inf, delta=job.budget.delta))
        found = score(job, picked, (Ledger(job.budget), open_ledger), sigma=0.0)
        job.progress.advance()
        return found

    study.optimize(one, n_trials=trials)
    best = study.best_trial
    return Tuned(choice=choices[best.params["choice"]], score=float(study.best_value), budget=job.budget, price=None)


def _study(seed: int, *, startup: int) -> Any:
    """A study that starts at random, and says nothing. Raises ConfigError where Optuna is not installed."""
    try:
        import optuna  # noqa: PLC0415 - an extra
    except ImportError:
        fix = "pip install synthgen[tune]"
        raise ConfigError("tuning on a public table", expected="Optuna", got="none installed", fix=fix) from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)  # it prints every trial
    return optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed % 2**32, n_startup_trials=startup))
