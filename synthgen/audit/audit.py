"""The whole audit: replays, noisy counts, DP-SGD, whole fits; all bounds together err in at most 1 - confidence.

The doubt is shared equally among the bounds that rest on chance (Bonferroni); how many there are is known before any
run. Replays are certain. The clock ends runs, a score never does.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from synthgen.audit.counts import Attack, attacked, attacks
from synthgen.audit.crafted import Pair
from synthgen.audit.fits import attacked_fits
from synthgen.audit.neighbours import neighbours, rehearsed
from synthgen.audit.replays import Replay, found, replayed
from synthgen.audit.result import Audit, Found
from synthgen.errors import ConfigError
from synthgen.model import Model
from synthgen.privacy import SubsampledGaussian
from synthgen.progress import Progress, Silent
from synthgen.schema import ROW, Schema

CONFIDENCE: Final = 0.99
MOST_MINUTES: Final = 7 * 24 * 60
SHARES: Final = {"replaying": 0.2, "DP-SGD": 0.3, "counting": 0.6}
"""Of the time that is left, at most; whole fits have the rest."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Effort:
    """How long to attack: at most `seconds`, about (a run that has begun is finished), and at most so many runs.

    runs      of all noisy counts, on either table; `loud`: of each kind of question at little noise
    fits      of either tiny table
    canaries  of one run of DP-SGD, over `steps` of its steps at most, and `trials` of single steps
    """

    seconds: float
    runs: int
    loud: int
    fits: int
    canaries: int
    steps: int
    trials: int


QUICK: Final = Effort(seconds=150, runs=4000, loud=2000, fits=400, canaries=20_000, steps=100, trials=2_000)


def full(minutes: float) -> Effort:
    """As long as it is told. Raises ConfigError for a time that makes no sense."""
    if not 1 <= minutes <= MOST_MINUTES:
        got, expected = f"{minutes:g} minutes", f"1 minute to {MOST_MINUTES} (a week)"
        raise ConfigError("full", expected=expected, got=got)
    more = max(1.0, minutes / 10)
    return Effort(
        seconds=60 * minutes,
        runs=10**9,
        loud=round(20_000 * more),
        fits=10**9,
        canaries=50_000,
        steps=round(500 * more),
        trials=round(6_000 * more),
    )


def audit(
    model: Model,
    *,
    schema: Schema | None = None,
    effort: Effort = QUICK,
    confidence: float = CONFIDENCE,
    progress: Progress | None = None,
) -> Audit:
    """Lower bounds on what a model's fit costs, by attacks on the mechanisms that it used, beside its claim.

    No private row is read, and nothing is charged to anybody: tables are made up from the model's public schema, and
    the model's events say which mechanisms ran, at which noise. `schema` is the one that was fitted, if bounds that
    were found are to be rehearsed as well (the model has them closed). Raises ConfigError for a model without privacy.
    """
    if not model.budget.is_private:
        raise ConfigError(
            "audit", expected="a model with a finite epsilon", got="one without privacy: it claims nothing"
        )
    if not 0.5 <= confidence < 1:
        raise ConfigError("confidence", expected="a number from 0.5 to below 1", got=f"{confidence:g}")
    privacy = model.schema.privacy
    pair = Pair(rows_per_unit=privacy.rows_per_unit, alone=privacy.unit == ROW)
    counts = attacks(model.events, pair)
    runs = [event for event in model.events if isinstance(event, SubsampledGaussian)]
    chances = len(counts) + len(runs) + bool(runs) + 1
    job = _Job(model=model, effort=effort, doubt=(1 - confidence) / chances, progress=progress or Silent())
    bounds = (
        job.replays(schema or model.schema),
        *job.steps(runs),
        *job.counts(counts, pair),
        job.fits(),
    )
    return Audit(
        epsilon=model.budget.epsilon,
        delta=model.budget.delta,
        unit=privacy.unit,
        confidence=confidence,
        bounds=bounds,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Job:
    """What all parts of one audit share; `doubt` is that of one bound."""

    model: Model
    effort: Effort
    doubt: float
    progress: Progress
    begun: float = field(default_factory=time.monotonic)

    def replays(self, schema: Schema) -> Found:
        """Every pair of neighbours, from the smaller table and from the larger in turn; at least two."""
        pairs, schema = neighbours(self.model, schema), rehearsed(schema)
        go_on = self._clock("replaying", 2 * len(pairs), SHARES["replaying"])
        done: dict[str, Replay] = {}
        for remove, turn in ((False, 0), (True, 1), (False, 1), (True, 0)):
            for pair in pairs[turn::2]:
                word = "removed" if remove else "added"
                done[f"{pair.name}, {word}"] = replayed(pair, schema, self.model.budget, remove=remove)
                if not go_on(1) and len(done) > 1:
                    return found(done, self.model.budget.delta)
        return found(done, self.model.budget.delta)

    def steps(self, runs: list[SubsampledGaussian]) -> list[Found]:
        """The step of DP-SGD, where the model took any."""
        if not runs:
            return []
        from synthgen.audit.steps import attacked_run, attacked_step  # noqa: PLC0415 - Opacus takes seconds

        go_on, size = self._clock("DP-SGD", len(runs) + 1, SHARES["DP-SGD"]), self.effort
        delta, doubt, few = self.model.budget.delta, self.doubt, (size.canaries, size.trials)
        hardened = any(run.hardened for run in runs)
        bounds = [attacked_step(hardened=hardened, canaries=few[0], trials=few[1], delta=delta, doubt=doubt)]
        for run in runs:
            go_on(1)
            bounds.append(attacked_run(run, steps=size.steps, canaries=few[0], trials=few[1], delta=delta, doubt=doubt))
        return bounds

    def counts(self, counts: tuple[Attack, ...], pair: Pair) -> list[Found]:
        """All counts as they were asked, and each kind at little noise, which takes a tenth of the time or less."""
        bounds = []
        for place, attack in enumerate(counts):
            runs, share = (self.effort.runs, SHARES["counting"]) if place == 0 else (self.effort.loud, 0.1)
            go_on = self._clock(attack.what, runs, share)
            bounds.append(
                attacked(attack, pair, runs=runs, delta=self.model.budget.delta, doubt=self.doubt, go_on=go_on)
            )
        return bounds

    def fits(self) -> Found:
        """Whole fits, for the rest of the time."""
        go_on = self._clock("whole fits", self.effort.fits, 1.0)
        return attacked_fits(self.model.budget, fits=self.effort.fits, doubt=self.doubt, go_on=lambda: go_on(1))

    def _clock(self, what: str, most: int, share: float) -> Callable[[int], bool]:
        """Counts runs and tells whether time is left for more; the progress is in thousandths of what comes first."""
        now = time.monotonic()
        seconds = max(share * (self.effort.seconds - (now - self.begun)), 0.0)
        self.progress.stage(what, 1000)
        done, told = 0, 0

        def go_on(runs: int) -> bool:
            nonlocal done, told
            done += runs
            passed = time.monotonic() - now
            there = min(1000, math.floor(1000 * max(done / most, passed / seconds if seconds else 1.0)))
            self.progress.advance(there - told)
            told = there
            return passed < seconds

        return go_on
