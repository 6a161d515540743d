"""Reports made by hand: every kind of drawing, every verdict, and everything that may be absent."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np

from synthgen.evaluate.report import (
    Absent,
    Curves,
    Distribution,
    Fact,
    Figure,
    Finding,
    Interval,
    Line,
    Matrix,
    Note,
    Report,
    Section,
    Table,
    Tier,
)

NONE = Absent(why="Nothing was resampled.")
ALONE = Absent(why="It is a property of the synthetic table alone.")
BOOTSTRAP = "bootstrap of rows, 200 times"


def figure(key: str, title: str, value: float | Absent, **more: object) -> Figure:
    """An internal figure with references, unless told otherwise."""
    spans = not isinstance(value, Absent) and math.isfinite(value)
    width = 0.05 * abs(value) if not isinstance(value, Absent) else 0.0
    plain = Figure(
        key=key,
        title=title,
        value=value,
        tier="internal",
        better="lower",
        interval=Interval(low=value - width, high=value + width, method=BOOTSTRAP)
        if spans and not isinstance(value, Absent)
        else NONE,
        ceiling=0.012,
        floor=0.31,
    )
    return replace(plain, **more)  # type: ignore[arg-type]  # fields of a figure, by name


def shares(rng: np.random.Generator, size: int, seed: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Shares of a real and a synthetic column, alike but for noise."""
    real = rng.dirichlet(np.linspace(6, 1, size) + np.sin(seed + np.arange(size)) ** 2)
    synthetic = real * rng.uniform(0.8, 1.2, size)
    return tuple(real.tolist()), tuple((synthetic / synthetic.sum()).tolist())


def distribution(rng: np.random.Generator, at: int, name: str, tier: Tier = "internal") -> Distribution:
    """Numbers on even and on logarithmic bins, uneven ones, dates, and categories few and many, in turn."""
    kind = at % 6
    size = (24, 20, 12, 18, 5, 34)[kind]
    rest = ("missing", "code 99999") if kind in {0, 1} else ()
    real, synthetic = shares(rng, size + len(rest), at)
    edges: tuple[float, ...] = ()
    if kind == 0:
        edges = tuple(np.linspace(17, 90, size + 1).tolist())
    elif kind == 1:
        edges = tuple(np.geomspace(0.5, 30000, size + 1).tolist())
    elif kind == 2:
        edges = tuple(np.cumsum(rng.integers(1, 90, size + 1)).astype(float).tolist())
    elif kind == 3:
        edges = tuple(np.linspace(17000, 19000, size + 1).tolist())
    if kind == 3:
        days = [np.datetime64("1970-01-01") + int(edge) for edge in edges]
        labels = tuple(f"{left} to {right}" for left, right in pairwise(days))
    elif edges:
        labels = tuple(f"{left:.4g} to {right:.4g}" for left, right in pairwise(edges))
    else:
        labels = tuple(f"level {one} of {name}" for one in range(size))
    return Distribution(
        title=name,
        tier=tier,
        column=name,
        labels=(*labels, *rest),
        real=real,
        synthetic=synthetic,
        edges=edges,
    )


def matrix(rng: np.random.Generator, title: str, rows: tuple[str, ...], columns: tuple[str, ...], low: float) -> Matrix:
    """Values that differ a little, one of them not defined."""
    real = np.clip(rng.normal(0.1, 0.35, (len(rows), len(columns))), low, 1)
    synthetic = np.clip(real + rng.normal(0, 0.08, real.shape), low, 1)
    cells = [[None if r == c == 1 else float(value) for c, value in enumerate(row)] for r, row in enumerate(synthetic)]
    return Matrix(
        title=title,
        tier="internal",
        rows=rows,
        columns=columns,
        real=tuple(map(tuple, real.tolist())),
        synthetic=tuple(map(tuple, cells)),
        low=low,
    )


def fidelity(names: tuple[str, ...], rng: np.random.Generator, drawn_pairs: int) -> Section:
    """Columns, correlations, pairs, slices."""
    whole = (
        figure("fidelity.tvd1", "Single columns: total variation", 0.018, note="Half the sum of the gaps."),
        figure("fidelity.tvd2", "Pairs of columns: total variation", 0.042),
        figure("fidelity.tvd3", "Triples of columns: total variation", 0.091, interval=NONE),
        figure("fidelity.c2st", "A classifier told them apart, AUC", 0.61, better="lower", ceiling=0.503, floor=0.99),
        figure("fidelity.authenticity", "Authenticity", Absent(why="Fewer than 50 rows with all values present.")),
        figure("fidelity.sdm.quality", "SDMetrics quality score", 0.947, better="higher", ceiling=0.99, floor=0.71),
        figure("fidelity.sdm.diagnostic", "SDMetrics diagnostic score", 1.0, better="higher", ceiling=1.0, floor=1.0),
        figure("fidelity.duplicates", "Rows that occur twice", 124.0, better="neither", ceiling=ALONE, floor=ALONE,
               tier="synthetic_only"),
    )  # fmt: skip
    single = tuple(
        one
        for at, name in enumerate(names)
        for one in (
            figure("fidelity.column.tvd", "Total variation", 0.01 + 0.001 * at, subject=(name,)),
            figure(
                "fidelity.column.missing", "Missing, difference", 0.0, subject=(name,), interval=NONE, ceiling=ALONE
            ),
            figure("fidelity.column.ks", "Kolmogorov-Smirnov", Absent(why="It is a category."), subject=(name,)),
        )
    )
    pairs = tuple(
        figure("fidelity.pair.tvd", "Total variation", 0.2 - 0.01 * at, subject=(names[at], names[at + 1]))
        for at in range(min(10, len(names) - 1))
    )
    slices = tuple(
        figure(key, title, value, slice=f"sex = {level}")
        for level, value in (("Female", 0.05), ("Male", 0.03), ("Other", Absent(why="The slice has 7 rows of 50.")))
        for key, title in (("fidelity.tvd1", "Single columns"), ("fidelity.tvd2", "Pairs of columns"))
    )  # fmt: skip
    drawn = tuple(distribution(rng, at, name) for at, name in enumerate(names))
    return Section(
        name="fidelity",
        title="Fidelity",
        figures=(*whole, *single, *pairs, *slices),
        drawings=(
            *drawn,
            matrix(rng, "Correlation", names, names, -1.0),
            *(
                matrix(
                    rng,
                    f"{names[at]} and {names[at + 1]}",
                    tuple(f"low {one}" for one in range(8)),
                    tuple("abcdef"),
                    0.0,
                )
                for at in range(min(drawn_pairs, len(names) - 1))
            ),
        ),
        notes=(
            Note(
                text="Total variation over all pairs of columns, numbers cut at quantiles.",
                source="https://arxiv.org/abs/2112.09238",
            ),
        ),
    )


def utility() -> Section:
    """Learners, a calibration curve, a table."""
    line = tuple(np.linspace(0, 1, 11).tolist())
    return Section(
        name="utility",
        title="Utility",
        figures=(
            figure(
                "utility.tstr",
                "AUC of a model trained on synthetic rows",
                0.902,
                better="higher",
                ceiling=0.92,
                floor=0.5,
            ),
            *(
                figure(f"utility.{learner}.auc", "AUC", 0.9 - 0.01 * at, better="higher", ceiling=0.92, floor=0.5)
                for at, learner in enumerate(("logistic", "gradient_boosting", "forest"))
            ),
            figure(
                "utility.rare.recall", "Recall at an alert rate of 1 %", 0.4, better="higher", ceiling=0.5, floor=0.01
            ),
            figure("utility.rare.rows", "Rows as good as", math.inf, better="higher"),
        ),
        drawings=(
            Curves(
                title="Calibration",
                tier="internal",
                x="predicted",
                y="observed",
                lines=(
                    Line(name="trained on real", role="real", x=line, y=tuple(one**1.1 for one in line)),
                    Line(name="trained on synthetic", role="synthetic", x=line, y=tuple(one**1.4 for one in line)),
                    Line(name="second real sample", role="ceiling", x=line, y=tuple(one**1.05 for one in line)),
                    Line(name="independent columns", role="floor", x=line, y=tuple(0.3 for _ in line)),
                    Line(name="perfect", role="guide", x=(0.0, 1.0), y=(0.0, 1.0)),
                ),
            ),
            Curves(
                title="Rare class Yes: precision and recall, forest",
                tier="internal",
                x="recall",
                y="precision",
                lines=(Line(name="trained on synthetic", role="synthetic", x=line, y=line[::-1]),),
            ),
            Table(
                title="Ranks of learners",
                tier="internal",
                header=("learner", "real", "synthetic"),
                cells=(("logistic", 1.0, 2.0), ("forest", 2.0, None), ("boosting", 3.0, 0.123456)),
            ),
        ),
        notes=(Note(text="Train on synthetic, test on real.", source="Esteban et al. 2017"),),
    )


def fairness() -> Section:
    """Figures of groups only."""
    return Section(
        name="fairness",
        title="Fairness",
        figures=tuple(
            figure("fairness.parity", "Demographic parity gap", value, slice=f"sex = {level}")
            for level, value in (("Female", 0.11), ("Male", 0.04))
        ),
    )


def privacy() -> tuple[Section, Section]:
    """All three verdicts; a budget that may leave."""
    attacks = Section(
        name="attacks",
        title="Attacks",
        figures=(
            figure("attacks.membership.auc", "Membership inference: AUC", 0.503, ceiling=0.5, floor=1.0),
            figure("attacks.linkability.rate", "Linkability: share linked", 0.08, ceiling=ALONE, floor=ALONE),
        ),
        findings=(
            Finding(attack="Membership inference", verdict="no signal", because="The interval holds 0.5.",
                    tier="internal", keys=("attacks.membership.auc",)),
            Finding(attack="Linkability", verdict="signal", because="More were linked than in the control set.",
                    tier="internal", keys=("attacks.linkability.rate",)),
            Finding(attack="Singling out", verdict="inconclusive", because="Only 40 guesses were made.",
                    tier="internal", keys=()),
        ),
    )  # fmt: skip
    exact = Absent(why="It follows from the noise, not from a sample of data.")
    line = tuple(np.linspace(0, 1, 60).tolist())
    budget = Section(
        name="budget",
        title="What it cost in privacy",
        figures=(
            figure(
                "budget.epsilon",
                "Epsilon promised",
                3.0,
                tier="synthetic_only",
                interval=exact,
                ceiling=0.0,
                floor=exact,
            ),
            figure(
                "budget.delta", "Delta promised", 2.5e-10, tier="synthetic_only", interval=exact, ceiling=0.0, floor=1.0
            ),
        ),
        drawings=(
            Curves(
                title="Trade-off",
                tier="synthetic_only",
                x="false positive rate",
                y="true positive rate, at most",
                lines=(
                    Line(name="this release", role="synthetic", x=line, y=tuple(min(1.0, one**0.4) for one in line)),
                    Line(name="guessing", role="guide", x=(0.0, 1.0), y=(0.0, 1.0)),
                ),
            ),
            Table(
                title="Ledger",
                tier="synthetic_only",
                header=("mechanism", "times", "sigma"),
                cells=tuple((f"marginal {at}", float(at), 12.5 * at) for at in range(1, 25)),
            ),
        ),
        notes=(Note(text="Composed privacy loss.", source="Dong, Roth, Su 2022"),),
    )
    return attacks, budget


def report(columns: int = 7, *, pairs: int = 10, seed: int = 0) -> Report:
    """A whole report with so many columns, and at most so many of their pairs drawn."""
    rng = np.random.default_rng(seed)
    names = ("age", "amount", "hours per week", "joined", "city", "merchant category")[:columns]
    names += tuple(f"column {at}" for at in range(len(names), columns))
    return Report(
        schema="adult",
        created="2026-01-31",
        seed=7,
        facts=(
            Fact(name="Real rows", value=32561.0, tier="internal"),
            Fact(name="Synthetic rows", value=32000.0, tier="synthetic_only"),
            Fact(name="Synthetic table", value="adult_synthetic.parquet", tier="synthetic_only"),
        ),
        sections=(fidelity(names, rng, pairs), utility(), fairness(), *privacy()),
    )
