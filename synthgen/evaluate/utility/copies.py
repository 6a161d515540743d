"""One estimate and one interval from several synthetic copies.

Treating a synthetic table as if it were real makes intervals too narrow; which rule mends that depends on how the
copies were made, and none of the published ones knows of the noise that a private fit adds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from synthgen.evaluate.report import Absent, Better, Drawing, Figure, Note, Table
from synthgen.evaluate.utility.regression import Fit

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Combined:
    """Estimates and the ends of their 95 % intervals, float64 (estimates,); NaN where they are not defined."""

    estimate: Floats
    low: Floats
    high: Floats


def fully_synthetic(estimates: Floats, variances: Floats, *, rows: int, real: int) -> Combined:
    """Copies that each come from parameters drawn anew, as a Bayesian generator's do.

    estimates, variances  (copies, estimates), of each copy as if it were real; `rows` of a copy, `real` rows

    Raghunathan, Reiter, Rubin 2003 ("Multiple imputation for statistical disclosure limitation"), section 2: with b
    the variance between copies and v the mean variance within, T = (1 + 1/m) b - v, on Student's t with
    (m - 1) (1 - v / ((1 + 1/m) b))^2 degrees of freedom. Where T is not positive, (rows / real) v stands for it
    (Reiter 2002, "Satisfying disclosure restrictions with synthetic data sets").
    """
    copies = len(estimates)
    middle, within = estimates.mean(axis=0), variances.mean(axis=0)
    between = (1 + 1 / copies) * estimates.var(axis=0, ddof=1)
    total = between - within
    positive = total > 0
    ratio = np.divide(within, between, out=np.ones_like(within), where=between > 0)
    freedom = np.maximum(1.0, (copies - 1) * np.square(1 - ratio))
    wide = np.where(positive, student.ppf(0.975, freedom), student.ppf(0.975, 1e9))
    half = wide * np.sqrt(np.where(positive, total, within * rows / real))
    return Combined(estimate=middle, low=middle - half, high=middle + half)


def one_model(estimates: Floats, variances: Floats, *, rows: int, real: int) -> Combined:
    """Copies that all come from one fitted model, as `synthgen sample` draws them.

    Raab, Nowok, Dibben 2016 ("Practical data synthesis for large samples"), section 3: T = v (rows / real + 1/m).
    """
    middle, within = estimates.mean(axis=0), variances.mean(axis=0)
    half = student.ppf(0.975, 1e9) * np.sqrt(within * (rows / real + 1 / len(estimates)))
    return Combined(estimate=middle, low=middle - half, high=middle + half)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """A way to combine; `copies` says what they must be."""

    copies: str
    combine: Callable[..., Combined]


RULES: Final[Mapping[str, Rule]] = {
    "fully_synthetic": Rule(copies="copies of models fitted anew", combine=fully_synthetic),
    "one_model": Rule(copies="copies of one model", combine=one_model),
}
"""The two published rules, by what the copies are."""

NOTES: Final = (
    Note(
        text="Several synthetic copies are combined by two rules. For copies whose generator was drawn anew each time: "
        "variance (1 + 1/m) b - v between and within copies, on Student's t; where that is not positive, the "
        "variance within, scaled to the rows.",
        source="Raghunathan, Reiter, Rubin 2003, Journal of Official Statistics 19(1); Reiter 2002, ibid. 18(4)",
    ),
    Note(
        text="For copies sampled from one model file, as synthgen sample makes them: variance v (k/n + 1/m), k rows of "
        "a copy for n real ones. Neither rule knows of the noise of a private fit, so both intervals are too narrow "
        "where that noise matters: the share of real estimates inside says by how much.",
        source="Raab, Nowok, Dibben 2016, Journal of Privacy and Confidentiality 7(3)",
    ),
)
"""What a reader must know of the rules."""


def combined(rule: Rule, fits: Sequence[Fit], *, rows: int, real: int) -> Combined | Absent:
    """The fits of all copies as one; `rows` of a copy, `real` rows."""
    if len(fits) < 2:
        return Absent(why="fewer than two copies have enough rows for the regression")
    estimates, errors = (np.stack(each) for each in zip(*((fit.estimate, fit.error) for fit in fits), strict=True))
    return rule.combine(estimates, np.square(errors), rows=rows, real=real)


def figures(found: Mapping[str, Combined | Absent], real: Fit, number: int) -> Iterator[Figure]:
    """How many of the real estimates each rule's intervals hold, and how wide these are."""
    for key, one in found.items():
        inside, width = _held(one, real)
        title = f"Real coefficients inside the combined 95 % intervals ({RULES[key].copies})"
        note = f"{number} copies. Valid intervals hold nearly all: they allow for the real estimates' own error, too."
        yield _figure(key, title, inside, better="higher", note=note)
        title = f"Width of the combined interval over that of the real one, median ({RULES[key].copies})"
        yield _figure(f"{key}_width", title, width, better="neither")


def _held(one: Combined | Absent, real: Fit) -> tuple[float | Absent, float | Absent]:
    if isinstance(one, Absent):
        return one, one
    known = np.isfinite(one.low) & np.isfinite(real.estimate)
    if not known.any():
        why = Absent(why="no coefficient is identified by all copies and the real rows")
        return why, why
    inside = (one.low <= real.estimate) & (real.estimate <= one.high)
    width = (one.high - one.low)[known] / (real.high - real.low)[known]
    return float(inside[known].mean()), float(np.median(width))


def _figure(key: str, title: str, value: float | Absent, *, better: Better, note: str = "") -> Figure:
    none = Absent(why="there are no copies of a second real sample, nor of independent columns")
    return Figure(
        key=f"utility.copies.{key}",
        title=title,
        value=value,
        tier="internal",
        better=better,
        interval=Absent(why="coefficients are correlated, so their share has no simple interval"),
        ceiling=none,
        floor=none,
        note=note,
    )


def drawings(found: Mapping[str, Combined | Absent], real: Fit, names: Sequence[str]) -> Iterator[Drawing]:
    """What an analyst who has all copies would report, beside the real estimates."""
    sides = {key: one for key, one in found.items() if not isinstance(one, Absent)}
    if not sides:
        return
    columns = [real.estimate, real.low, real.high]
    header = ["coefficient", "real", "low", "high"]
    for key, one in sides.items():
        columns += [one.estimate, one.low, one.high]
        header += [f"combined, {RULES[key].copies}", "low", "high"]
    yield Table(
        title="Coefficients combined from all synthetic copies, with 95 % intervals",
        tier="internal",
        header=tuple(header),
        cells=tuple(
            (name, *(float(one[at]) if np.isfinite(one[at]) else None for one in columns))
            for at, name in enumerate(names)
        ),
    )
