"""DP-SGD by the model's own numbers: honest steps pass; samplers and noise that are wrong are caught."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from synthgen.audit.result import Found
from synthgen.audit.steps import attacked_run, attacked_step
from synthgen.privacy import SubsampledGaussian
from synthgen.privacy.dpsgd.noise import Release
from synthgen.privacy.dpsgd.units import Units

SURE = 1e-6
RUN = SubsampledGaussian(
    what="rows, likelihood", noise_multiplier=1.0, sample_rate=0.2, steps=500, clip=0.1, divisor=100.0
)


def step(doubt: float = 1e-3) -> Found:
    return attacked_step(hardened=False, canaries=20_000, trials=2_000, delta=1e-6, doubt=doubt)


def test_an_honest_step_is_consistent_with_its_claim_and_not_missed() -> None:
    found = step(SURE)
    assert found.verdict == "consistent with the claim"
    assert 0.2 * found.claimed < found.lower


def test_a_model_s_run_is_attacked_for_as_many_steps_as_are_asked() -> None:
    found = attacked_run(RUN, steps=4, canaries=5_000, trials=500, delta=1e-6, doubt=SURE)
    assert (found.what, found.verdict) == ("rows, likelihood, 4 steps of 500", "consistent with the claim")
    assert found.lower < found.claimed


def fixed_size(self: Units, rate: float) -> Tensor:
    """As many units each time: not by coins of their own."""
    number = len(self._first) - 1
    return torch.randperm(number)[: round(rate * number)]


def halved(honest: Callable[[Release, Tensor], Tensor]) -> Callable[[Release, Tensor], Tensor]:
    """Noise of half the scale."""

    def release(self: Release, sums: Tensor) -> Tensor:
        return honest(replace(self, run=replace(self.run, noise_multiplier=self.run.noise_multiplier / 2)), sums)

    return release


def test_sampling_that_is_not_poisson_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Units, "sample", fixed_size)
    assert step().verdict == "claim broken"


def test_noise_of_half_the_scale_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Release, "__call__", halved(Release.__call__))
    assert step().verdict == "claim broken"
