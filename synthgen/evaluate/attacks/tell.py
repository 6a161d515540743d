"""What attacks found, in a report's words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from synthgen.evaluate.attacks.rates import Mean, Rate, excess
from synthgen.evaluate.report import Absent, Drawing, Figure, Finding, Interval, Verdict

LEVEL: Final = 0.01
"""An attack signals where chance does as well with at most this probability, all its ways of looking together.
It is not divided among the attacks: at a quarter of it, one row copied in a hundred would often go unseen."""
FEWEST: Final = 100
"""Members and controls, at least: of fewer, even half could be copies and not be told from chance at low rates."""

NO_HOLDOUT: Final = (
    "there is no holdout: without rows that the generator never saw, a leak cannot be told from what is true of "
    "everybody"
)
NO_CONTROL: Final = Absent(why=NO_HOLDOUT)
_KNOWN: Final = Absent(why="it is computed, not sampled")
_WORST: Final = Absent(why="an attack has none: it may find everybody")


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """What one attack adds to the report."""

    figures: tuple[Figure, ...]
    finding: Finding
    drawings: tuple[Drawing, ...] = ()


def figure(
    key: str,
    title: str,
    value: float | Absent,
    interval: Interval | Absent,
    *,
    best: float | Absent,
    worst: float | Absent = _WORST,
    subject: tuple[str, ...] = (),
    rows: str = "",
    note: str = "",
) -> Figure:
    """One number of an attack: lower is better, `best` is what is reached on rows that the generator never saw."""
    return Figure(
        key=f"attacks.{key}",
        title=title,
        value=value,
        tier="internal",
        better="lower",
        interval=value if isinstance(value, Absent) else interval,
        ceiling=best,
        floor=worst,
        subject=subject,
        slice=rows,
        note=note,
    )


def success(
    key: str, what: str, members: Rate | Mean, controls: Rate | Mean | None, *, subject: tuple[str, ...] = ()
) -> tuple[Figure, Figure]:
    """The rate on members, beside that on controls, and anonymeter's risk: the excess, as a share of what was left."""
    best = NO_CONTROL if controls is None else controls.value
    rate = figure(f"{key}.rate", f"{what}, of members", members.value, members.interval, best=best, subject=subject)
    risk, interval = (NO_CONTROL, NO_CONTROL) if controls is None else excess(members, controls)
    title = f"{what}: members beyond controls"
    return rate, figure(f"{key}.risk", title, risk, interval, best=0.0, worst=1.0, subject=subject)


def references(key: str, what: str, controls: Rate | Mean | None, naive: Rate | Mean | float) -> tuple[Figure, Figure]:
    """The control set's rate, and the naive guess's: what the rate on members is read against."""
    own = Absent(why="it is a reference itself")
    value, interval = (NO_CONTROL, NO_CONTROL) if controls is None else (controls.value, controls.interval)
    guess, spread = (naive, _KNOWN) if isinstance(naive, float) else (naive.value, naive.interval)
    return (
        figure(f"{key}.control", f"{what}, of the holdout", value, interval, best=own, worst=own),
        figure(f"{key}.naive", f"{what}, by a naive guess", guess, spread, best=own, worst=own),
    )


def found(attack: str, p: float, said: str, looks: int, figures: Sequence[Figure]) -> Finding:
    """The verdict of a test: `said` names the strongest evidence, `looks` how many ways of looking there were."""
    verdict: Verdict = "signal" if p <= LEVEL else "no signal"
    adjusted = f", adjusted for {looks} ways of looking" if looks > 1 else ""
    chance = f"chance alone does as well with a probability of {p:.2g}{adjusted}"
    because = f"members are found more often than the holdout ({said}): {chance}"
    if verdict == "no signal":
        because = f"members are not found more often than the holdout; the most telling was {said}: {chance}"
    return _finding(attack, verdict, because, figures)


def undecided(attack: str, why: str, figures: Sequence[Figure] = ()) -> Finding:
    """No verdict, and why."""
    return _finding(attack, "inconclusive", why, figures)


def _finding(attack: str, verdict: Verdict, because: str, figures: Sequence[Figure]) -> Finding:
    keys = tuple(dict.fromkeys(one.key for one in figures))
    return Finding(attack=attack, verdict=verdict, because=because, tier="internal", keys=keys)
