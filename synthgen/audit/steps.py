"""Attack on DP-SGD: the model's own noise, rate and clip, and a step of so little noise that a fault shows."""

from __future__ import annotations

from synthgen.audit.result import Found
from synthgen.privacy import SubsampledGaussian
from synthgen.privacy.dpsgd import Audit, audit_descent


def attacked_run(
    run: SubsampledGaussian, *, steps: int, canaries: int, trials: int, delta: float, doubt: float
) -> Found:
    """One run of canaries at the numbers of this run, but so many steps at most: a fault is in all of them."""
    steps = min(run.steps, steps)
    audit = audit_descent(
        noise_multiplier=run.noise_multiplier,
        sample_rate=run.sample_rate,
        steps=steps,
        clip=run.clip,
        hardened=run.hardened,
        delta=delta,
        confidence=1 - doubt,
        canaries=canaries,
        trials=trials,
    )
    return _found(f"{run.what}, {steps} steps of {run.steps}", audit, canaries + trials)


def attacked_step(*, hardened: bool, canaries: int, trials: int, delta: float, doubt: float) -> Found:
    """Two steps of little noise."""
    audit = audit_descent(hardened=hardened, delta=delta, confidence=1 - doubt, canaries=canaries, trials=trials)
    return _found("DP-SGD, at little noise", audit, canaries + trials)


def _found(what: str, audit: Audit, runs: int) -> Found:
    return Found(what=what, method="steps", lower=audit.lower, claimed=audit.claimed, runs=runs)
