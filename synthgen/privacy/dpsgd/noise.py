"""From clipped sums to what may be seen: Opacus' optimizer adds the noise, divides, and tells its accountant.

The only importer of Opacus in the library. Sums come in float64 and noise is drawn in float64: torch makes a float32
normal from 24 random bits, so none lies beyond 5.77 standard deviations, and over thousands of steps such an edge
alone would show a row that touches a single parameter, with a probability above the usual delta. At 53 bits the edge is
at 8.57. The noise is still floating point (Mironov 2012); `hardened` noise is not.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from synthgen.privacy.dpsgd.entropy import fresh
from synthgen.privacy.events import HARDENED_GRID
from synthgen.privacy.mechanisms import Noise
from synthgen.privacy.requests import Run

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what Opacus warns about while it is imported is not ours to fail on
    from opacus.accountants import PRVAccountant
    from opacus.optimizers.optimizer_fast_gradient_clipping import DPOptimizerFastGradientClipping


@dataclass(frozen=True, kw_only=True, slots=True)
class Release:
    """How clipped sums become noisy means, the same way each step. `integers` is the noise of the hardened mode."""

    run: Run
    integers: Noise
    accountant: Any = field(default_factory=PRVAccountant)

    def __call__(self, sums: Tensor) -> Tensor:
        """Noisy means. `sums` is a float64 vector, private until here; exact means if the run has no noise."""
        if not self.run.noise_multiplier:
            return sums / self.run.divisor
        everything = nn.Parameter(torch.empty_like(sums))  # all parameters as one: the noise is the same
        optimizer = self._optimizer(torch.optim.SGD([everything]), sums.device)
        optimizer.attach_step_hook(self.accountant.get_optimizer_hook_fn(sample_rate=self.run.sample_rate))
        everything.grad = sums
        if not optimizer.pre_step() or everything.grad is sums:
            raise RuntimeError("Opacus added no noise")
        return everything.grad

    def _optimizer(self, plain: torch.optim.Optimizer, device: torch.device) -> Any:
        hardened = self.run.hardened
        return (_Integers if hardened else DPOptimizerFastGradientClipping)(
            plain,
            noise_multiplier=self.run.noise_multiplier,
            max_grad_norm=self.run.clip,
            expected_batch_size=self.run.divisor,
            loss_reduction="mean",
            generator=self.integers if hardened else fresh(device),
        )


class _Integers(DPOptimizerFastGradientClipping):  # type: ignore[misc]  # Opacus ships no types
    """The same optimizer, its noise whole numbers of grid steps: exact where floating point is not."""

    def add_noise(self) -> None:
        """Round the sums to the grid, add discrete Gaussian noise, and put the product into each gradient."""
        grid = self.max_grad_norm * HARDENED_GRID
        for parameter in self.params:
            whole = (parameter.summed_grad / grid).round().to(torch.int64)
            noisy = self.generator(whole.cpu().numpy().ravel(), self.noise_multiplier / HARDENED_GRID)
            parameter.grad = (torch.from_numpy(noisy).view_as(whole).to(parameter) * grid).view_as(parameter)
