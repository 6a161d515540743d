"""Three dials that anyone understands: how close the rows are, what they are good for, and what attacks found."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from synthgen.evaluate.report import Absent, Figure, Finding, Report, Tier

Light = Literal["green", "amber", "red", "grey"]
"""grey: not computed, which is neither good nor bad."""

HEADLINES: Final[Mapping[str, tuple[str, ...]]] = {
    "fidelity": ("fidelity.tvd2", "fidelity.c2st"),
    "utility": ("utility.tstr",),
    "privacy": ("attacks.membership.auc",),
}
"""The figures that each dial looks at; it shows the worst of those that were computed."""
SECOND: Final = "rows of the second real sample"
"""The fact that says how large the sample is that ceilings come from."""
GREEN: Final = 0.9
"""Of the way from the floor to the ceiling: as good as real rows, but for what their own noise hides."""
AMBER: Final = 0.6


@dataclass(frozen=True, kw_only=True, slots=True)
class Dial:
    """One question answered at a glance.

    position  where the figure lies between the floor (0) and the ceiling (1), cut to both; None when it cannot be told
    text      what was compared with what, in one or two sentences
    tier      of all that the dial says
    """

    name: Literal["fidelity", "utility", "privacy"]
    title: str
    light: Light
    position: float | None
    figure: Figure | None
    text: str
    tier: Tier


def summary(report: Report) -> tuple[Dial, Dial, Dial]:
    """The three dials. Privacy is never green for want of attacks, and never called safe."""
    return (
        _quality(report, "fidelity", "How close is it to the real table?"),
        _quality(report, "utility", "Does work done on it come out the same?"),
        _privacy(report),
    )


def position(figure: Figure) -> float | None:
    """How far a figure is on the way from its floor (0) to its ceiling (1), cut to both; None where it lacks one.

    A figure that is as good as its ceiling, or better, is at 1, also where floor and ceiling are one.
    """
    value, ceiling, floor = figure.value, figure.ceiling, figure.floor
    if isinstance(value, Absent) or isinstance(ceiling, Absent) or isinstance(floor, Absent):
        return None
    if not all(map(math.isfinite, (value, ceiling, floor))):
        return None
    sign = 1.0 if ceiling > floor or (ceiling == floor and figure.better == "higher") else -1.0
    if sign * value >= sign * ceiling:
        return 1.0
    return max(0.0, (value - floor) / (ceiling - floor)) if ceiling != floor else 0.0


def _quality(report: Report, name: Literal["fidelity", "utility"], title: str) -> Dial:
    figure = _headline(report, name)
    if figure is None:
        text = f"Not computed: this report holds no {name} figure with a ceiling and a floor."
        return Dial(name=name, title=title, light="grey", position=None, figure=None, text=text, tier="synthetic_only")
    place = _place(figure)
    light: Light = "green" if place >= GREEN else "amber" if place >= AMBER else "red"
    text = (
        f"{figure.title}: {_told(figure.value)}. {_second(report, name)} {_told(figure.ceiling)}, "
        f"columns without any relation {_told(figure.floor)}: {_way(place)}."
    )
    return Dial(name=name, title=title, light=light, position=place, figure=figure, text=text, tier=figure.tier)


def _headline(report: Report, name: str) -> Figure | None:
    """The worst of the headlines that were computed."""
    found = [one for key in HEADLINES[name] if (one := report.figure(key)) is not None and position(one) is not None]
    return min(found, key=_place, default=None)


def _place(figure: Figure) -> float:
    place = position(figure)
    assert place is not None, "a headline has its references"
    return place


def _second(report: Report, name: Literal["fidelity", "utility"]) -> str:
    """What the ceiling is of: models learn from as many real rows as synthetic ones, not from the second sample."""
    return "As many real rows have" if name == "utility" else f"A second real sample{_size(report)} has"


def _size(report: Report) -> str:
    """How large the second real sample is: a smaller one is further off, so its figure is easier to reach."""
    rows = next((fact.value for fact in report.facts if fact.name == SECOND), None)
    return f" ({rows:,.0f} rows)" if isinstance(rows, int | float) else ""


def _way(place: float) -> str:
    if place >= 1:
        return "as good as real rows"
    return f"{100 * place:.0f} % of the way from unrelated columns to real rows"


def _privacy(report: Report) -> Dial:
    title = "What can attackers tell?"
    findings = [one for section in report.sections for one in section.findings]
    figure = next((one for key in HEADLINES["privacy"] if (one := report.figure(key)) is not None), None)
    tiers = {one.tier for one in findings} | ({figure.tier} if figure else set())
    light, text = _verdict(findings)
    return Dial(
        name="privacy",
        title=title,
        light=light,
        position=None if figure is None else position(figure),
        figure=figure,
        text=" ".join((text, *_promise(report))),
        tier="internal" if "internal" in tiers else "paid" if "paid" in tiers else "synthetic_only",
    )


def _verdict(findings: Sequence[Finding]) -> tuple[Light, str]:
    if not findings:
        return "grey", "Not told: this report holds no attack."
    by = {verdict: [one.attack for one in findings if one.verdict == verdict] for verdict in ("signal", "inconclusive")}
    if by["signal"]:
        return "red", f"Attacks that found a signal: {_listed(by['signal'])}, of {len(findings)} that were run."
    if by["inconclusive"]:
        told = _listed(by["inconclusive"])
        return "amber", f"No attack found a signal, but these could not tell: {told}, of {len(findings)} that were run."
    return "green", f"None of the {len(findings)} attacks that were run found a signal, which does not rule out others."


def _promise(report: Report) -> Iterator[str]:
    """What holds whatever the attack is."""
    epsilon = report.figure("budget.epsilon")
    if epsilon is None or isinstance(epsilon.value, Absent):
        yield "No privacy budget is known for this table: pass the model file if there is one."
    elif math.isinf(epsilon.value):
        yield "The model was fitted without privacy: nothing is promised."
    else:
        yield f"Whatever the attack, the model promises epsilon {epsilon.value:g}."


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)


def _told(value: float | Absent) -> str:
    return "unknown" if isinstance(value, Absent) else f"{value:.3g}"
