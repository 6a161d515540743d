"""A figure against its rule, with the figure's uncertainty taken into account.

    relative = (value - floor) / (ceiling - floor)

0 is the floor (independent columns), 1 the ceiling (a second real sample of the same size); it works alike for figures
that are better when higher and when lower. The rule passes when both ends of the 95 % interval meet it, fails when
neither does, and is inconclusive in between. Where a figure has no interval the value alone decides.
"""

from __future__ import annotations

from synthgen.evaluate.report import Absent, Figure
from synthgen.release.checked import Verdict, worst
from synthgen.release.policy import FigureRule, SliceRule

NO_ROOM = 1e-9
"""A ceiling that is no further from the floor leaves nothing to measure by."""


def asked(rule: FigureRule | SliceRule) -> str:
    """What the rule wants, in words."""
    wanted = (
        (rule.relative, "{:g} of the way from the floor to the ceiling"),
        (rule.at_least, "at least {:g}"),
        (rule.at_most, "at most {:g}"),
    )
    return " and ".join(text.format(bound) for bound, text in wanted if bound is not None)


def met(rule: FigureRule | SliceRule, figure: Figure) -> tuple[Verdict, str]:
    """The verdict, and what was got in words."""
    if isinstance(figure.value, Absent):
        return "inconclusive", f"not computed: {figure.value.why}"
    low, high = _ends(figure, figure.value)
    verdicts: list[Verdict] = []
    got = f"{figure.value:.4g}" + (f" ({low:.4g} to {high:.4g})" if low < high else "")
    if rule.at_least is not None:
        verdicts.append(_above(low, high, rule.at_least))
    if rule.at_most is not None:
        verdicts.append(_above(-high, -low, -rule.at_most))
    if rule.relative is not None:
        scale = _scale(figure)
        if isinstance(scale, Absent):
            return worst([*verdicts, "inconclusive"]), f"{got}; {scale.why}"
        floor, gap = scale
        ends = sorted(((low - floor) / gap, (high - floor) / gap))
        verdicts.append(_above(ends[0], ends[1], rule.relative))
        share = (figure.value - floor) / gap
        got = f"{share:.3g}" + (f" ({ends[0]:.3g} to {ends[1]:.3g})" if low < high else "")
        got += f": {figure.value:.4g} between floor {floor:.4g} and ceiling {floor + gap:.4g}"
    return worst(verdicts), got


def _above(low: float, high: float, least: float) -> Verdict:
    if low >= least:
        return "pass"
    return "inconclusive" if high >= least else "fail"


def _ends(figure: Figure, value: float) -> tuple[float, float]:
    """Of the interval; a bootstrap's may miss the value, which then is an end itself."""
    if isinstance(figure.interval, Absent):
        return value, value
    return min(figure.interval.low, value), max(figure.interval.high, value)


def _scale(figure: Figure) -> tuple[float, float] | Absent:
    """Floor, and how far the ceiling is from it; or why there is no such scale."""
    for word, reference in (("ceiling", figure.ceiling), ("floor", figure.floor)):
        if isinstance(reference, Absent):
            return Absent(why=f"it has no {word}: {reference.why}")
    assert not isinstance(figure.ceiling, Absent)
    assert not isinstance(figure.floor, Absent)
    gap = figure.ceiling - figure.floor
    if figure.better == "neither":
        return Absent(why="neither more nor less of it is better")
    if gap * (1 if figure.better == "higher" else -1) <= NO_ROOM:
        return Absent(
            why=f"a second real sample ({figure.ceiling:.4g}) is no better than the floor ({figure.floor:.4g})"
        )
    return figure.floor, gap
