"""Rules are counted in the synthetic rows alone, and may be told to anyone."""

from typing import Any

import pandas as pd
import pytest

from synthgen.evaluate.fidelity.rules import adherence
from synthgen.evaluate.report import Absent, Figure

RULES = ("n >= a", "UNIQUE (c, d)")


def found(inputs: Any) -> dict[str, Figure]:
    return {(one.subject or (one.key,))[0]: one for one in adherence(inputs.synthetic, inputs.schema)}


def table(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame(
        {"a": [1, 2, 3, 4], "n": [1.5, 2.5, 3.5, 4.5], "c": list("xyzx"), "d": list("pppq"), "id": "1"} | columns
    )


def test_rows_that_break_a_rule_are_counted(give: Any) -> None:
    kept = found(give(table(), table(n=[1.5, 0.5, None, 4.5], d="p"), constraints=RULES))
    assert kept["n >= a"].value == pytest.approx(3 / 4)  # unknown is kept
    assert kept["UNIQUE (c, d)"].value == pytest.approx(3 / 4)
    assert kept["fidelity.rules.rows"].value == pytest.approx(3 / 4)  # no row breaks UNIQUE by itself


def test_rows_with_values_outside_their_domain_are_not_allowed(give: Any) -> None:
    kept = found(give(table(), table(a=[1, 2, 3, 400], c=["x", "y", "w", "x"])))
    assert set(kept) == {"fidelity.rules.rows"}
    assert kept["fidelity.rules.rows"].value == pytest.approx(2 / 4)


def test_where_no_row_is_sound_no_rule_is_looked_at(give: Any) -> None:
    kept = found(give(table(), table(c="w"), constraints=RULES))
    assert kept["fidelity.rules.rows"].value == 0
    assert isinstance(kept["n >= a"].value, Absent)


def test_these_figures_may_leave_and_say_that_they_are_exact(give: Any) -> None:
    for figure in found(give(table(), table(), constraints=RULES)).values():
        assert figure.tier == "synthetic_only"
        assert (figure.value, figure.ceiling) == (1.0, 1.0)
        assert isinstance(figure.interval, Absent)
        assert isinstance(figure.floor, Absent)


def test_rules_by_person_need_persons(give: Any) -> None:
    person = {"privacy": {"unit": "id", "rows_per_unit": 4}, "constraints": ("CONSTANT (c) PER PERSON", "n >= a")}
    told = found(give(table(c="x"), table(c="x"), **person))
    assert told["CONSTANT (c) PER PERSON"].value == 1.0
    untold = found(give(table(c="x"), table(c="x").drop(columns="id"), **person))
    assert isinstance(untold["CONSTANT (c) PER PERSON"].value, Absent)
    assert untold["n >= a"].value == 1.0
