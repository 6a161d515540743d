"""The DP-SGD phase: the part of a fit that sees rows instead of counts. All of it is fixed before a row is read.

Whether it is worth its budget is predicted from public facts by one figure, the *reach*:

    reach = rows x mu_phase / sqrt(numbers that are learned)

the length of a full gradient on which all rows agree, in standard deviations of the noise that the whole phase adds to
it (every row pulls with the clipping norm; noise falls on every number alike). See `benchmarks/README.md` for the
tables on which the thresholds were set.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final, Literal

from synthgen.engine.critic_settings import Adversary
from synthgen.engine.settings import Effort
from synthgen.errors import ConfigError

Kind = Literal["off", "likelihood", "critic"]
Wrt = Literal["logits", "last_layer", "weights", "low_rank"]

LIKELIHOOD_SHARE: Final = 0.15
CRITIC_SHARE: Final = 0.3
"""Of the budget (rho), where nothing else is said."""
REACH: Final = 40.0
"""The likelihood is given budget from this reach on."""
BATCH: Final = 4096
"""Expected rows of a batch, where the number of rows is public."""
MOST_RATE, BLIND_RATE = 0.25, 0.05
"""The highest sample rate, and the one where nobody may know how many rows there are."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ask:
    """What a user wants of DP-SGD; `share` None: the default of its kind.

    >>> parse_ask("likelihood:0.2")
    Ask(kind='likelihood', share=0.2)
    """

    kind: Literal["auto", "off", "likelihood", "critic"] = "auto"
    share: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Likelihood:
    """How the exact likelihood of the rows is climbed, together with the counts.

    wrt     what gradients are clipped and noised by: the codebook's logits (then pulled back through the network,
            which keeps what it can follow), the last layer's weights, the mixture weights, or a random projection
    rank    of that projection
    weight  of the rows beside the counts: 1 is that of independent evidence (both are log-likelihoods)
    rate    learning rate of the network; `free_rate` of the free logits (without privacy)
    """

    wrt: Wrt = "logits"
    rank: int = 64
    weight: float = 1.0
    rate: float = 5e-3
    free_rate: float = 0.1


@dataclass(frozen=True, kw_only=True, slots=True)
class Phase:
    """One phase of DP-SGD.

    share             of the budget (rho); 0 without privacy
    noise_multiplier  0 without privacy
    sample_rate       chance of each unit to be in a batch
    batch             expected units of a batch: the public divisor
    clip              L2 norm that one unit's gradient may have
    hardened          noise on integers instead of floats: exact, and slow
    reason            why this phase, or why none, for people
    """

    kind: Kind = "off"
    share: float = 0.0
    noise_multiplier: float = 0.0
    sample_rate: float = 0.0
    batch: float = 0.0
    steps: int = 0
    clip: float = 0.1
    hardened: bool = False
    likelihood: Likelihood = field(default_factory=Likelihood)
    adversary: Adversary = field(default_factory=Adversary)
    reason: str = ""


def parse_ask(text: str) -> Ask:
    """Read `auto`, `off`, `critic` or `likelihood`, the last two with a share of the budget: `critic:0.3`.

    Raises ConfigError.
    """
    kind, colon, rest = text.partition(":")
    if kind not in {"auto", "off", "likelihood", "critic"} or (colon and kind in {"auto", "off"}):
        raise ConfigError("dp-sgd", expected="auto, off, critic or likelihood[:SHARE]", got=repr(text))
    share = None
    if colon:
        try:
            share = float(rest)
        except ValueError:
            share = math.nan
        if not 0 < share < 1:
            expected = "a number between 0 and 1"
            raise ConfigError("dp-sgd share", expected=expected, got=rest or "nothing", fix="likelihood:0.2")
    return Ask(kind=kind, share=share)  # type: ignore[arg-type]  # checked above


def reach(rows: float, mu: float, share: float, numbers: int) -> float:
    """How far the rows of a phase reach above its noise; infinite without privacy.

    >>> round(reach(10_000, 2.0, 0.15, 20_000), 1)
    54.8
    """
    return rows * mu * math.sqrt(share) / math.sqrt(max(numbers, 1))


def sample_rate(rows: int | None) -> float:
    """Chance of a unit to be in a batch, from the public number of rows alone."""
    return BLIND_RATE if rows is None else min(MOST_RATE, max(BATCH / max(rows, 1), 1e-4))


def steps_for(effort: Effort, *, private: bool) -> int:
    """Steps of the likelihood."""
    if private:
        return 150
    return 100 if effort == "quick" else 300
