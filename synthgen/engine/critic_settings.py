"""What a critic is and how it is trained: one frozen configuration, each part with its source.

Of all losses and steadiers that were measured (`benchmarks/README.md`, "The critic") only those are here that won.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Loss = Literal["hinge", "wasserstein"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Adversary:
    """One configuration.

    loss           hinge (Lim and Ye 2017) or wasserstein (Arjovsky et al. 2017), held by decay instead of penalties
    decay          share of every weight of the critic that is lost at a step (Loshchilov and Hutter 2019): what rows no
                   longer say is forgotten. Needs no rows, so it is what steadies under noise
    real_penalty   R1, zero-centred, on real rows in the clear: without noise only; `fake_penalty` R2, the same on fakes
                   (Mescheder et al. 2018)
    moves          generator steps after a critic step
    ema            decay of the average of the generator that is kept (Yazici et al. 2019); 0: its last step
    conditions     columns whose own value is fed again, CTGAN's condition vector (Xu et al. 2019); with noise, a row's
                   gradient is the mean over so many (augmentation multiplicity; De et al. 2022)
    fakes          rows a step; and `latents` rows of the codebook, where the counts do not need all of them
    anchor         weight of the counts beside the critic, in the generator's loss
    """

    loss: Loss
    width: int = 128
    depth: int = 2
    critic_rate: float = 5e-3
    generator_rate: float = 3e-3
    free_rate: float = 0.03
    momentum: float = 0.5
    decay: float = 0.0
    real_penalty: float = 0.0
    fake_penalty: float = 0.0
    moves: int = 1
    ema: float = 0.0
    conditions: int = 0
    fakes: int = 512
    latents: int = 512
    anchor: float = 0.015


OPEN: Final = Adversary(loss="hinge", real_penalty=0.05, fake_penalty=0.05)
NOISY: Final = Adversary(
    loss="wasserstein",
    width=32,
    critic_rate=1e-2,
    generator_rate=2e-3,
    free_rate=0.0,
    decay=0.06,
    moves=2,
    ema=0.95,
    anchor=0.15,
)


def adversary_for(*, private: bool) -> Adversary:
    """The configuration that was best on Adult and scm, where rows are open and where they are not."""
    return NOISY if private else OPEN
