"""What a critic is and how it is trained: one frozen configuration, each part with its source.

What is measured of each part on two data sets stands in `benchmarks/README.md`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Loss = Literal["non_saturating", "hinge", "wasserstein", "relativistic"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Adversary:
    """One configuration. With noise, only what leaves real rows alone is allowed: `open_only` names the rest.

    loss              non_saturating (Goodfellow et al. 2014), hinge (Lim and Ye 2017), wasserstein (Arjovsky et al.
                      2017), relativistic (Jolicoeur-Martineau 2018; with both penalties: R3GAN, Huang et al. 2025)
    decay             share of every weight of the critic that is lost at a step (Loshchilov and Hutter 2019): what rows
                      no longer say is forgotten. The one steadier that needs no rows
    gradient_penalty  on lines between real and fake rows (Gulrajani et al. 2017)
    real_penalty      R1, zero-centred, on real rows; `fake_penalty` R2, the same on fakes (Mescheder et al. 2018)
    spectral          every layer's largest singular value at most 1 (Miyato et al. 2018)
    instance_noise    standard deviation on the one-hots of real and fake rows (Sonderby et al. 2017)
    smoothing         one-sided: real rows are labelled 1 - smoothing (Salimans et al. 2016, section 3.4)
    matching          weight of feature matching in the generator's loss (Salimans et al. 2016, section 3.1)
    pac               rows judged together (Lin et al. 2018)
    ladder            more critic steps a generator step, once fakes fool the critic (Bie, Kamath, Zhang 2023)
    moves             generator steps after a critic step
    ema               decay of the average of the generator that is kept (Yazici et al. 2019)
    conditions        columns whose own value is fed again, CTGAN's condition vector (Xu et al. 2019); with noise, a
                      row's gradient is the mean over so many (augmentation multiplicity; De et al. 2022)
    fakes             rows a step; and `latents` rows of the codebook, where the counts do not need all of them
    anchor            weight of the counts beside the critic, in the generator's loss
    """

    loss: Loss = "non_saturating"
    width: int = 128
    depth: int = 2
    critic_rate: float = 5e-3
    generator_rate: float = 3e-3
    free_rate: float = 0.03
    momentum: float = 0.5
    decay: float = 0.0
    gradient_penalty: float = 0.0
    real_penalty: float = 0.0
    fake_penalty: float = 0.0
    spectral: bool = False
    instance_noise: float = 0.0
    smoothing: float = 0.0
    matching: float = 0.0
    pac: int = 1
    ladder: bool = False
    critic_steps: int = 1
    moves: int = 1
    ema: float = 0.995
    conditions: int = 1
    fakes: int = 512
    latents: int = 512
    anchor: float = 0.015

    @property
    def open_only(self) -> tuple[str, ...]:
        """What is switched on and needs real rows in the clear."""
        wants = {
            "gradient_penalty": self.gradient_penalty > 0,
            "real_penalty": self.real_penalty > 0,
            "instance_noise": self.instance_noise > 0,
            "matching": self.matching > 0,
            "pac": self.pac > 1,
            "relativistic": self.loss == "relativistic",
        }
        return tuple(name for name, on in wants.items() if on)


OPEN: Final = Adversary(real_penalty=0.05, fake_penalty=0.05, conditions=0)
NOISY: Final = Adversary(
    loss="wasserstein",
    width=32,
    critic_rate=1e-2,
    generator_rate=2e-3,
    free_rate=0.0,
    decay=0.06,
    conditions=0,
    moves=2,
    ema=0.95,
    anchor=0.15,
)


def adversary_for(*, private: bool) -> Adversary:
    """The configuration that was best on Adult, where rows are open and where they are not."""
    return NOISY if private else OPEN
