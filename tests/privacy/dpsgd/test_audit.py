"""The audit lets an honest step pass and catches each planted fault."""

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import pytest
import torch
from torch import Tensor

from synthgen.privacy import PrivateTable, Run
from synthgen.privacy.dpsgd import Audit, Descent, audit_descent
from synthgen.privacy.dpsgd.units import Units

SURE = 1 - 1e-6
"""An honest step is accused once in a million audits, and so may this file fail."""


def audited(fault: Callable[[Descent], None] = lambda _: None, **how: Any) -> Audit:
    def faulty(table: PrivateTable, run: Run) -> Descent:
        descent = table.descend("audit", **asdict(run))
        fault(descent)
        return descent

    return audit_descent(descend=faulty, **how)


class Faulty(Units):
    """Units whose sampler is wrong in a way that the class says."""

    def __init__(self, units: Units) -> None:
        for name in ("_first", "_most", "_offsets", "_rows", "_size", "device"):
            setattr(self, name, getattr(units, name))


class FixedSize(Faulty):
    def sample(self, rate: float) -> Tensor:
        number = len(self._first) - 1
        return torch.randperm(number)[: round(rate * number)]


class UsedTwice(Faulty):
    last: Tensor | None = None

    def sample(self, rate: float) -> Tensor:
        if self.last is not None:
            drawn, self.last = self.last, None
            return drawn
        self.last = super().sample(rate)
        return self.last


class CountedTwice(Faulty):
    def sample(self, rate: float) -> Tensor:
        drawn = super().sample(rate)
        return torch.cat([drawn, drawn])


def sampled_by(kind: type[Faulty]) -> Callable[[Descent], None]:
    def fault(descent: Descent) -> None:
        descent._units = kind(descent._units)

    return fault


def halved_noise(descent: Descent) -> None:
    run = descent._release.run
    descent._release = replace(descent._release, run=replace(run, noise_multiplier=run.noise_multiplier / 2))


def forgotten_clip(descent: Descent) -> None:
    descent._clip = float("inf")


def test_an_honest_step_is_not_refuted_and_nearly_reached() -> None:
    audit = audited(confidence=SURE)
    assert not audit.refuted
    assert 0.4 * audit.claimed < audit.lower <= audit.claimed
    assert 0.6 < audit.scale <= 1
    assert audit.confidence == SURE


@pytest.mark.parametrize(
    "fault",
    [halved_noise, forgotten_clip, sampled_by(CountedTwice), sampled_by(UsedTwice)],
    ids=["halved noise", "forgotten clip", "batch counted twice", "batch used twice"],
)
def test_a_planted_fault_is_caught_by_one_run(fault: Callable[[Descent], None]) -> None:
    audit = audited(fault, trials=0, confidence=0.9999)
    assert audit.refuted
    assert audit.lower > audit.claimed


def test_a_sampler_of_a_fixed_size_is_caught_by_short_runs_of_one_canary() -> None:
    audit = audited(sampled_by(FixedSize), canaries=0, trials=4000, confidence=0.999)
    assert audit.refuted
    assert audit.lower > audit.claimed


def test_the_hardened_step_is_audited_the_same_way() -> None:
    audit = audit_descent(hardened=True, canaries=20_000, trials=0, confidence=SURE)
    assert 0.3 < audit.scale <= 1
    assert audited(halved_noise, hardened=True, canaries=20_000, trials=0, confidence=0.99).refuted


@pytest.mark.slow
@pytest.mark.parametrize(
    ("noise", "rate", "steps"), [(1.0, 0.5, 4), (2.0, 0.1, 30), (0.5, 0.5, 1), (0.7, 1.0, 3), (5.0, 0.25, 100)]
)
def test_no_honest_step_is_refuted_whatever_its_noise_rate_and_steps(noise: float, rate: float, steps: int) -> None:
    how = {"noise_multiplier": noise, "sample_rate": rate, "steps": steps, "confidence": SURE}
    assert not audit_descent(**how, canaries=400_000, trials=8_000).refuted
    assert audited(halved_noise, **how, canaries=400_000, trials=0).refuted
