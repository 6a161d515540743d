"""One DP-SGD run behind the door: charged whole before a row is looked at, then taken step by step."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import NoReturn

import torch
from torch import Tensor

from synthgen.errors import ConfigError, LedgerError
from synthgen.privacy.dpsgd.clipping import clipped_sums
from synthgen.privacy.dpsgd.layered import LayeredLoss
from synthgen.privacy.dpsgd.mixture import MixtureLikelihood
from synthgen.privacy.dpsgd.noise import Release
from synthgen.privacy.dpsgd.units import Units
from synthgen.privacy.events import (
    HARDENED_PARAMETERS,
    MIN_MULTIPLIER,
    MOST_STEPS,
    Event,
    Exact,
    SubsampledGaussian,
)
from synthgen.privacy.mechanisms import Noise
from synthgen.privacy.requests import Run

ExampleLoss = LayeredLoss | MixtureLikelihood
"""What a step may differentiate: the two whose clipping is right by construction."""


class Descent:
    """The charged steps of one training. Gradients that come out are noisy means: public, to do with as one likes.

    Made by `PrivateTable.descend`. It prints as a count of steps, refuses to be pickled, and refuses a step more than
    was charged. Losses may change from step to step, and so may their shapes: each step's noise covers whatever comes
    out of it.
    """

    __slots__ = ("_clip", "_release", "_run", "_taken", "_units")

    def __init__(self, units: Units, run: Run, *, integers: Noise) -> None:
        """For the door alone. `integers` is the noise of the hardened mode.

        A noise multiplier of 0: no clipping and no noise, an exact mean.
        """
        self._units, self._run, self._taken = units, run, 0
        self._clip = run.clip if run.noise_multiplier else math.inf
        self._release = Release(run=run, integers=integers)

    def __repr__(self) -> str:
        return f"Descent({self._taken} of {self._run.steps} steps)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a descent stays in its process: it is not copied and not pickled")

    @property
    def steps_left(self) -> int:
        """How many steps were charged and not taken."""
        return self._run.steps - self._taken

    def gradients(self, loss: ExampleLoss) -> list[Tensor]:
        """One step: the noisy mean of the clipped gradients of a Poisson batch, one tensor a parameter.

        Of each parameter's dtype and shape, on its device. The batch: each unit with probability `sample_rate`. The
        mean: the sum over the public `divisor`, whatever the batch's size; an empty batch is noise alone. An example
        whose gradient is not finite counts as zero.

        Raises LedgerError when all charged steps are taken, and ValueError for a loss of other codes or on another
        device than the rows: both before a row is looked at.
        """
        self._check(loss)
        if not self.steps_left:
            raise LedgerError("a DP-SGD step", expected=f"at most the {self._run.steps} charged", got="one more")
        self._taken += 1
        means = torch.split(self._release(self._sums(loss)), [shape.numel() for shape in loss.shapes])
        kinds = zip(means, loss.shapes, loss.dtypes, strict=True)
        return [mean.view(shape).to(dtype, copy=True) for mean, shape, dtype in kinds]

    def _sums(self, loss: ExampleLoss) -> Tensor:
        """Clipped sums over a fresh batch, those of all parameters in one vector, float64: private."""
        dtype = torch.float64 if self._run.hardened else loss.dtypes[0]
        chosen = self._units.sample(self._run.sample_rate)
        parts = self._units.views(chosen, self._run, conditions=loss.conditions)
        return torch.cat([total.flatten() for total in clipped_sums(loss, parts, self._clip, dtype)]).double()

    def _check(self, loss: ExampleLoss) -> None:
        if loss.codes != self._units.codes:
            raise ValueError(f"a loss of {loss.codes} codes for rows of {self._units.codes}")
        if loss.device != self._units.device:
            raise ValueError(f"a loss on {loss.device} for rows on {self._units.device}")
        if loss.conditions > self._units.columns:
            raise ValueError("more conditions than columns")
        if self._run.hardened and sum(shape.numel() for shape in loss.shapes) > HARDENED_PARAMETERS:
            raise ConfigError(
                "a hardened DP-SGD step",
                expected=f"at most {HARDENED_PARAMETERS:,} parameters",
                got="more",
                fix="learn fewer, or do without the hardened noise",
            )


def found_device(name: str) -> torch.device:
    """The device of that name. Raises ConfigError where it is not here, or its products are rounded too coarsely."""
    kind, _, number = name.partition(":")
    known = kind in {"cpu", "cuda"} and (number.isdecimal() or name == kind)
    if not known or (kind == "cuda" and int(number or 0) >= torch.cuda.device_count()):
        raise ConfigError("device", expected="one that is here", got=name, fix="use cpu")
    device = torch.device(name)
    if device.type == "cuda" and torch.get_float32_matmul_precision() != "highest":
        expected, got = "products of matrices in full float32", torch.get_float32_matmul_precision()
        raise ConfigError("DP-SGD", expected=expected, got=got, fix="leave float32_matmul_precision at highest")
    return device


def event_for(what: str, run: Run) -> Event:
    """What the ledger is charged. Raises ConfigError where the noise or the steps are beyond what can be priced."""
    if not run.noise_multiplier:
        return Exact(what=what, names=("gradients",))
    for holds, subject, expected, got in (
        (
            run.noise_multiplier >= MIN_MULTIPLIER,
            "noise multiplier",
            f"{MIN_MULTIPLIER:g} or more",
            run.noise_multiplier,
        ),
        (run.steps <= MOST_STEPS, "steps of DP-SGD", f"at most {MOST_STEPS:,}", run.steps),
    ):
        if not holds:
            raise ConfigError(subject, expected=expected, got=f"{got:g}")
    return SubsampledGaussian(what=what, **asdict(run))
