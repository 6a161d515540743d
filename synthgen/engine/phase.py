"""The DP-SGD phase: the part of a fit that sees rows instead of counts. All of it is fixed before a row is read.

Whether it is worth its budget is predicted from public facts by one figure, the *reach*:

    reach = rows x mu_phase / sqrt(numbers of the whole codebook)

the length of a full gradient on which all rows agree, in standard deviations of the noise that the whole phase adds to
it (every row pulls with the clipping norm; noise falls on every number alike). See `benchmarks/README.md` for the
tables on which the thresholds were set. It is always that of the whole codebook: see `decide`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from synthgen.engine.critic_settings import OPEN, Adversary, adversary_for
from synthgen.engine.settings import Effort, Settings
from synthgen.errors import ConfigError
from synthgen.privacy import Budget, calibrate_noise

Kind = Literal["off", "likelihood", "critic"]
Wrt = Literal["logits", "last_layer", "weights", "low_rank"]

LIKELIHOOD_SHARE: Final = 0.15
WEIGHTS_SHARE: Final = 0.05
CRITIC_SHARE: Final = 0.3
CTGAN_SHARE: Final = 0.85
"""Of the budget (rho), where nothing else is said: for the likelihood of all numbers, or of weights alone; for the
critic beside counts, or alone."""
REACH: Final = 100.0
"""From this reach on rows teach the whole codebook,"""
WEIGHTS_REACH: Final = 16.0
"""and from this one on the weights of its rows alone, about a hundred times fewer numbers."""
BATCH, WEIGHTS_BATCH = 4096, 1024
"""Expected rows of a batch, where the number of rows is public. Weights learn as much from smaller ones, sooner."""
MOST_RATE, BLIND_RATE = 0.25, 0.05
"""The highest sample rate, and the one where nobody may know how many rows there are."""
FEWEST_UNITS: Final = 8.0
FEWEST_COLUMNS: Final = 3
LIKELIHOOD_STEPS: Final = {"private": {"quick": 150, "high": 300}, "open": {"quick": 100, "high": 250}}
CRITIC_STEPS: Final = 2000
NOISY_CRITIC_STEPS: Final = 200
CLIP: Final = {"likelihood": 0.1, "critic": 0.3}
"""L2 norm of a unit's gradient. Small: while the codebook's rows are alike, so are gradients, and short."""
OPEN_WEIGHT: Final = 4.0


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
            which keeps what it can follow), the last layer's weights, the mixture weights (nothing else is learned
            then), or a random projection
    rank    of that projection
    weight  of the rows beside the counts: 1 is that of independent evidence (both are log-likelihoods)
    """

    wrt: Wrt = "logits"
    rank: int = 64
    weight: float = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Phase:
    """One phase of DP-SGD.

    share             of the budget (rho); 0 without privacy
    noise_multiplier  0 without privacy
    sample_rate       chance of each unit to be in a batch
    batch             expected units of a batch: the public divisor
    clip              L2 norm that one unit's gradient may have; 0 without privacy: any
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
    adversary: Adversary = OPEN
    reason: str = ""

    @property
    def name(self) -> str:
        """What is done, for people."""
        by_weights = self.kind == "likelihood" and self.likelihood.wrt == "weights"
        return "likelihood by weights" if by_weights else self.kind


def pupil(settings: Settings, phase: Phase, *, divided: bool = False) -> Settings:
    """The settings of the generators that a phase teaches, as they are fitted to counts before.

    For the likelihood their rows start apart. Where all rows of a codebook are alike, the likelihood of a parity of k
    columns is a plateau, for its gradient is a product of k small differences; rows that start apart are off it from
    the first step. Without rows to say which of their differences are true, they are better alike. Weights alone can
    be learned for the rows of several generators, all else for those of one; where the codebook is `divided` among
    levels of the target its rows are apart already, and more costs the rare ones.
    """
    if phase.kind == "off":
        return settings
    one = replace(settings, members=1)
    if phase.kind == "critic":
        return one
    if phase.likelihood.wrt == "weights":
        return settings if divided else replace(settings, contrast=4.0)
    return replace(one, spread=1.0, contrast=2.0)


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What is public about a fit before a row is read, and all that the choice of a phase may look at.

    rows        the public number of rows, or None
    per_unit    most rows of a unit
    mu          the budget as one Gaussian; infinite without privacy. `shared`: what is left to be shared out of it
    taken       delta that other mechanisms have taken
    numbers     how many numbers a full gradient has
    columns     how many columns are learned
    """

    budget: Budget
    effort: Effort
    rows: int | None
    per_unit: int
    mu: float
    shared: float
    taken: float
    numbers: int
    columns: int
    hardened: bool = False

    @property
    def units(self) -> float | None:
        """How many units there are at least, about."""
        return None if self.rows is None else self.rows / self.per_unit


def decide(ask: Ask, facts: Facts, *, alone: bool, batch: int | None = None) -> Phase:
    """The phase of a fit, with the noise that its share of the budget buys; `alone`: the critic gets all but one-ways.

    Raises ConfigError for a batch that makes no sense, or an epsilon that cannot carry the phase.
    """
    kind, share, reason = _chosen(ask, facts, alone=alone)
    if kind == "off":
        return Phase(reason=reason)
    if not facts.budget.is_private:
        steps = CRITIC_STEPS if kind == "critic" else LIKELIHOOD_STEPS["open"][facts.effort]
        size = batch or (512 if kind == "critic" else 2048)
        how = Likelihood(weight=OPEN_WEIGHT)
        return Phase(
            kind=kind,
            batch=size,
            steps=steps,
            clip=0.0,
            likelihood=how,
            adversary=adversary_for(private=False),
            reason=reason,
        )
    steps = NOISY_CRITIC_STEPS if kind == "critic" else LIKELIHOOD_STEPS["private"][facts.effort]
    how = Likelihood(wrt="logits" if _reach(facts, ask.share) >= REACH else "weights")
    usual = WEIGHTS_BATCH if kind == "likelihood" and how.wrt == "weights" else BATCH
    rate = sample_rate(facts.units, batch, usual=usual)
    noise = calibrate_noise(
        facts.budget,
        mu=math.sqrt(max(facts.mu**2 - share * facts.shared**2, 0.0)),
        sample_rate=rate,
        steps=steps,
        delta_elsewhere=facts.taken,
        hardened=facts.hardened,
    )
    return Phase(
        kind=kind,
        share=share,
        noise_multiplier=noise,
        sample_rate=rate,
        batch=0.0 if facts.units is None else rate * facts.units,
        hardened=facts.hardened,
        steps=steps,
        clip=CLIP[kind],
        likelihood=how,
        adversary=adversary_for(private=True),
        reason=reason,
    )


def _chosen(ask: Ask, facts: Facts, *, alone: bool) -> tuple[Kind, float, str]:
    """Kind, share and reason."""
    if alone:
        return "critic", CTGAN_SHARE, "the critic alone, as asked"
    found = _reach(facts, ask.share)
    likelihood = LIKELIHOOD_SHARE if found >= REACH else WEIGHTS_SHARE
    if ask.kind != "auto":
        share = ask.share or {"likelihood": likelihood, "critic": CRITIC_SHARE, "off": 0.0}[ask.kind]
        return ask.kind, share, "as asked"
    return _automatic(facts, found, likelihood)


def _automatic(facts: Facts, found: float, share: float) -> tuple[Kind, float, str]:
    """Where nothing was asked for: by how far rows reach."""
    if facts.budget.is_private and facts.units is None:
        return "off", 0.0, "its noise must be fixed before a row is read: say in the schema how many rows there are"
    if facts.columns < FEWEST_COLUMNS:
        return "off", 0.0, "counts of pairs see all that there is in so few columns"
    if not facts.budget.is_private:
        return "likelihood", 0.0, "rows are open without privacy"
    if found < WEIGHTS_REACH:
        return "off", 0.0, f"rows reach {found:.3g} times above the noise, and {WEIGHTS_REACH:g} are needed"
    return "likelihood", share, f"rows reach {found:.3g} times above the noise"


def _reach(facts: Facts, share: float | None) -> float:
    """Of the whole codebook's likelihood, at its usual share or the one asked for; 0 where rows are not counted yet.

    The same figure says whether weights alone are taught: for whom it is too low, the whole is too much.
    """
    share = LIKELIHOOD_SHARE if share is None else share
    return 0.0 if facts.units is None else reach(facts.units, facts.shared, share, facts.numbers)


def reach(rows: float, mu: float, share: float, numbers: int) -> float:
    """How far the rows of a phase reach above its noise; infinite without privacy.

    >>> round(reach(10_000, 2.0, 0.15, 20_000), 1)
    54.8
    """
    return rows * mu * math.sqrt(share) / math.sqrt(max(numbers, 1))


def sample_rate(units: float | None, batch: int | None = None, *, usual: int = BATCH) -> float:
    """Chance of a unit to be in a batch of so many expected units, or the `usual`, from public facts alone.

    Raises ConfigError.

    >>> sample_rate(100_000), sample_rate(None), sample_rate(8_000)
    (0.04096, 0.05, 0.25)
    """
    if units is None:
        if batch is not None:
            expected = "the public number of rows in the schema"
            raise ConfigError("batch", expected=expected, got="none", fix="add rows: N")
        return BLIND_RATE
    rate = min(MOST_RATE, usual / max(units, 1.0)) if batch is None else batch / max(units, 1.0)
    if rate > 1:
        raise ConfigError("batch", expected=f"at most the {units:,.0f} units of the table", got=f"{batch:,}")
    if rate * units < FEWEST_UNITS:
        expected, got = f"batches of {FEWEST_UNITS:g} units or more", f"{rate * units:.2g} expected, mostly empty"
        raise ConfigError("sample rate", expected=expected, got=got, fix="--dp-sgd off, or a larger --batch")
    return rate
