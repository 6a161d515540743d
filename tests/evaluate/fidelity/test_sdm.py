"""SDMetrics' scores are those that SDMetrics gives the tables themselves."""

from typing import Any

import pandas as pd
import pytest
from sdmetrics.reports import DiagnosticReport, QualityReport

from synthgen.evaluate.fidelity.sdm import scores
from synthgen.evaluate.report import Absent


def test_scores_are_those_of_the_reports_on_the_tables_themselves(make: Any, give: Any) -> None:
    real, other = (make(500, seed).drop(columns="id").query("a >= 0") for seed in (0, 1))
    other["d"] = other["d"].where(other["d"] != "p", "q")
    inputs = give(real.assign(id="1"), other.assign(id="1"))
    kinds = {name: {"sdtype": "numerical" if name in "an" else "categorical"} for name in real}
    found, quality, diagnostic = scores(inputs.real, inputs.synthetic), QualityReport(), DiagnosticReport()
    for report in (quality, diagnostic):
        report.generate({"t": real}, {"t": other}, {"tables": {"t": {"columns": kinds}}}, verbose=False)
    assert found.quality == pytest.approx(quality.get_score())
    assert found.diagnostic == pytest.approx(diagnostic.get_score())
    parts = quality.get_properties().set_index("Property")["Score"]
    assert (found.shapes, found.trends) == (
        pytest.approx(parts["Column Shapes"]),
        pytest.approx(parts["Column Pair Trends"]),
    )
    assert set(found.columns) == {"a", "n", "c", "d"}


def test_wrong_values_cost_validity(make: Any, give: Any) -> None:
    inputs = give(make(200), make(200, n="many", c="w"))
    found = scores(inputs.real, inputs.synthetic)
    assert found.validity == pytest.approx(0.5)
    assert found.columns["c"] < 1e-6
    assert found.columns["n"] < 0.01


def test_columns_without_values_have_no_score(make: Any, give: Any) -> None:
    empty = pd.DataFrame(make(50)).assign(a=None, n=None, c=None, d=None)
    inputs = give(empty, empty)
    assert isinstance(scores(inputs.real, inputs.synthetic).trends, float | Absent)
