"""What the rules on a report's figures advise."""

import pytest

from synthgen.evaluate.report import Figure, Interval, Report, Section
from synthgen.release.findings import figures
from synthgen.release.policy import FigureRule


@pytest.mark.parametrize(("paid", "advice"), [(True, "raise paid.epsilon"), (False, "give more rows")])
def test_what_noise_hides_takes_epsilon_and_what_chance_hides_takes_rows(paid: bool, advice: str) -> None:
    wide = Figure(
        key="paid.tvd2",
        title="Pairs",
        value=0.1,
        tier="paid",
        better="lower",
        interval=Interval(low=0.0, high=0.4, method="test"),
        ceiling=0.1,
        floor=0.3,
    )
    report = Report(
        schema="t", created="2025-01-31", seed=0, facts=(), sections=(Section(name="s", title="s", figures=(wide,)),)
    )
    rule = FigureRule.model_validate({"figure": "paid.tvd2", "relative": 0.5})
    (row,) = figures([rule], report, paid=paid)
    assert row.verdict == "inconclusive"
    assert row.fix.startswith(advice)
