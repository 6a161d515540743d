"""Does a step keep what its event claims? A training of its own on crafted rows, attacked as well as can be.

*One run of many canaries.* Each canary has a code of its own, so a gradient along an axis of its own, a hundred times
too long; a fair coin says whether it is in the table. Its score is the sum over steps of the noisy gradient along that
axis (Steinke, Nasr, Jagielski 2023, Privacy auditing with one training run). Axes do not touch each other, so with
independent coins and noise the canaries are independent trials.

*Many short runs of one canary*, a step each, among rows whose gradients are its opposite. A sampler of a fixed size
must leave one of them out to let it in, which moves the sum by two clips; Poisson sampling moves it by one (Lebeda and
others 2024). Half of the rows are sampled, or more: there it shows best.

Scores above a threshold are called "in". The threshold is chosen on half of the trials; on the other half the rates of
false and true positives are bounded by Clopper and Pearson, and held against the trade-off curve that was charged
(Nasr and others 2023, Tight auditing). The lower bound is the epsilon of the quietest run of the same rate and steps
whose curve allows what was seen: above the claim, the claim is refuted.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from synthgen.privacy.budget import Budget
from synthgen.privacy.dpsgd.descent import Descent
from synthgen.privacy.dpsgd.entropy import uniforms
from synthgen.privacy.dpsgd.layered import LayeredLoss
from synthgen.privacy.ledger import Ledger
from synthgen.privacy.rates import most
from synthgen.privacy.requests import Run
from synthgen.privacy.rows import Entry
from synthgen.privacy.subsampling import Steps, attack, mixed_epsilon
from synthgen.privacy.table import PrivateTable

Scores = NDArray[np.float64]
Descend = Callable[[PrivateTable, Run], Descent]

TOO_LONG = 100.0
"""Length of a crafted gradient, in clips: one that is not clipped shows."""
SHORT_RATE = 0.5
"""Sample rate of a short run, at least."""
COMPANY = 4
"""Opposite rows in a batch of a short run, on average. More would drown the canary where sampling is right."""
QUIETEST, LOUDEST = 2.0**-4, 2.0**4
"""How many times less noise than claimed is looked for: below, nothing was found; above, a fault is plain."""
RATES = np.geomspace(1e-3, 0.3, 12)
"""False positive rates between which a threshold is looked for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Audit:
    """What was claimed, and what an attack proves at least.

    lower       epsilon at `delta` that the step costs at least, with probability `confidence`
    claimed     epsilon that is charged for it
    scale       as how many times less noise `lower` looks; 1 is the claim itself
    """

    lower: float
    claimed: float
    delta: float
    confidence: float
    scale: float

    @property
    def refuted(self) -> bool:
        """Whether the claim was caught out."""
        return self.scale > 1


def audit_descent(
    *,
    noise_multiplier: float = 0.5,
    sample_rate: float = 0.25,
    steps: int = 2,
    clip: float = 1.0,
    hardened: bool = False,
    device: str = "cpu",
    delta: float = 1e-5,
    confidence: float = 0.99,
    canaries: int = 200_000,
    trials: int = 3_000,
    descend: Descend | None = None,
) -> Audit:
    """Attack the DP-SGD step of `PrivateTable.descend` at this noise, rate and number of steps; seconds.

    No private row is looked at and nothing is charged to anybody. Faults show best where there is little noise and few
    steps, which is the default. `canaries` of one run and `trials` of short runs, 0 for none; `descend` is for doubles
    with faults.
    """
    claim = Steps(noise_multiplier, sample_rate, steps)
    short = Steps(noise_multiplier, max(sample_rate, SHORT_RATE), 1)
    run = Run(
        noise_multiplier=noise_multiplier,
        sample_rate=sample_rate,
        steps=steps,
        clip=clip,
        divisor=max(1.0, sample_rate * canaries / 2),
        hardened=hardened,
    )

    def honest(table: PrivateTable, own: Run) -> Descent:
        return table.descend("audit", device=device, **asdict(own))

    begin, doubt = descend or honest, (1 - confidence) / 2
    scales = [0.0]
    if canaries:
        scales.append(_scale(claim, *_one_run(run, canaries, begin, device), doubt))
    if trials:
        scales.append(_scale(short, *_short_runs(run, short.rate, trials // 2, begin, device), doubt))
    scale = max(scales)
    louder = claim._replace(multiplier=noise_multiplier / max(scale, QUIETEST))
    return Audit(
        lower=mixed_epsilon(0.0, (louder,), delta) if scale else 0.0,
        claimed=mixed_epsilon(0.0, (claim,), delta),
        delta=delta,
        confidence=confidence,
        scale=scale,
    )


def _one_run(run: Run, canaries: int, descend: Descend, device: str) -> tuple[Scores, Scores]:
    """Scores of the canaries that were in, and of those that were not."""
    there = (uniforms(canaries, torch.device("cpu")) < 1 / 2).numpy()
    bag = nn.EmbeddingBag(canaries, 1, mode="sum", device=device)
    steep = TOO_LONG * run.clip
    loss = LayeredLoss(layers=[bag], loss=lambda outputs: steep * outputs.sum(1))
    descent = descend(_table(np.flatnonzero(there), canaries), run)
    total = torch.zeros(canaries, dtype=torch.float64)
    for _ in range(run.steps):
        total += descent.gradients(loss)[0].squeeze(1).double().cpu() * run.divisor
    scores = total.numpy()
    return scores[there], scores[~there]


def _short_runs(run: Run, rate: float, trials: int, descend: Descend, device: str) -> tuple[Scores, Scores]:
    """Scores of so many steps with the canary, and of as many without."""
    company = math.ceil(COMPANY / rate)
    bag = nn.EmbeddingBag.from_pretrained(torch.tensor([[-1.0], [1.0]]), mode="sum").to(device)
    steep = TOO_LONG * run.clip
    line = nn.Linear(1, 1, bias=False, device=device)
    loss = LayeredLoss(layers=[bag, line], loss=lambda outputs: steep * outputs.sum(1))
    short = replace(run, sample_rate=rate, steps=trials, divisor=float(COMPANY))

    def scores(codes: list[int]) -> Scores:
        descent = descend(_table(np.array(codes), 2), short)
        return np.array([float(descent.gradients(loss)[0]) * short.divisor for _ in range(trials)])

    return scores([1] + [0] * company), scores([0] * company)


def _table(codes: NDArray[np.integer], levels: int) -> PrivateTable:
    """Crafted rows of one column, each a unit, with a ledger of their own."""
    table = PrivateTable.enter(
        [Entry(codes={"canary": codes}, units=None, rows=len(codes))],
        cells={"canary": levels},
        rows_per_unit=1,
        ledger=Ledger(Budget(epsilon=math.inf, delta=0.0)),
    )
    table.set_levels({"canary": np.arange(levels)})
    return table


def _scale(claim: Steps, there: Scores, absent: Scores, doubt: float) -> float:
    """How many times less noise the scores look like than was claimed, at least, but with probability `doubt`."""
    threshold = _threshold(claim, there[::2], absent[::2])
    false, true = _most(absent[1::2] > threshold, doubt / 2), 1 - _most(there[1::2] <= threshold, doubt / 2)
    low, high = (1.0, LOUDEST) if _power(claim, 1.0, false) < true else (QUIETEST, 1.0)
    if low == QUIETEST and _power(claim, low, false) >= true:
        return 0.0
    while high / low > 1.01:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if _power(claim, middle, false) >= true else (middle, high)
    return low


def _threshold(claim: Steps, there: Scores, absent: Scores) -> float:
    """Where the true positives found pass those claimed by the most standard deviations."""
    thresholds = np.quantile(absent, 1 - RATES)
    false = (absent[:, None] > thresholds).mean(axis=0)
    true = (there[:, None] > thresholds).mean(axis=0)
    false_most = np.minimum(false + np.sqrt((false + 1 / len(absent)) / len(absent)), 1.0)
    claimed = attack(0.0, (claim,), false_most)[1]
    spread = np.sqrt(np.maximum(true * (1 - true), 1 / len(there)) / len(there))
    return float(thresholds[np.argmax((true - claimed) / spread)])


def _most(called: NDArray[np.bool_], doubt: float) -> float:
    """The largest share that gives so few calls with a probability of at least `doubt`."""
    return most(int(called.sum()), len(called), doubt)


def _power(claim: Steps, scale: float, false: float) -> float:
    """The most true positives at this rate of false ones, were there so many times less noise."""
    return float(attack(0.0, (claim._replace(multiplier=claim.multiplier / scale),), (false,))[1][0])
