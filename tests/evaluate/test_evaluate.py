"""The evaluation as a whole: which sections run, what is told of the tables, and that nothing public is private."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthgen import evaluate
from synthgen.errors import ConfigError, ModelFileError, TableError
from synthgen.evaluate import sections
from synthgen.evaluate.inputs import Inputs, rng
from synthgen.evaluate.report import Absent, Figure, Report, Section, public
from synthgen.evaluate.written import from_json, to_json
from synthgen.schema import Schema

SCHEMA = Schema.model_validate({
    "name": "small", "target": "member", "protected": ["city"],
    "columns": {
        "age": {"type": "integer", "minimum": 18, "maximum": 80},
        "city": {"type": "categorical", "values": ["Oslo", "Rome", "Lima"]},
        "spent": {"type": "number", "minimum": 0, "maximum": 200, "decimals": 2, "nullable": True},
        "member": {"type": "boolean"},
    },
})  # fmt: skip


def rows(count: int, seed: int) -> pd.DataFrame:
    draws = np.random.default_rng(seed)
    age = draws.integers(18, 81, count)
    return pd.DataFrame({
        "age": age,
        "city": draws.choice(["Oslo", "Rome", "Lima"], count, p=[0.5, 0.3, 0.2]),
        "spent": np.where(draws.random(count) < 0.1, np.nan, np.round(age + draws.uniform(0, 40, count), 2)),
        "member": draws.random(count) < age / 100,
    })  # fmt: skip


def fake(name: str) -> Callable[[Inputs], Section]:
    def section(inputs: Inputs) -> Section:
        why = Absent(why="a test")
        figure = Figure(
            key=f"{name}.luck", title=name, value=float(rng(inputs, name).random()), tier="internal",
            better="higher", interval=why, ceiling=why, floor=why,
        )  # fmt: skip
        return Section(name=name, title=name.title(), figures=(figure,))

    return section


@pytest.fixture
def faked(monkeypatch: pytest.MonkeyPatch) -> Mapping[str, Any]:
    table = {name: fake(name) for name in ("fidelity", "utility", "attacks")}
    monkeypatch.setattr(sections, "SECTIONS", table)
    return table


def told(report: Report) -> dict[str, str | float]:
    return {fact.name: fact.value for fact in report.facts}


def test_sections_come_in_their_order_and_only_those_that_were_asked_for(faked: Mapping[str, Any]) -> None:
    real, synthetic = rows(60, 0), rows(50, 1)
    assert [one.name for one in evaluate(real, synthetic, SCHEMA).sections] == list(faked)
    some = evaluate(real, synthetic, SCHEMA, only=("attacks", "fidelity"))
    assert [one.name for one in some.sections] == ["fidelity", "attacks"]


@pytest.mark.usefixtures("faked")
def test_only_some_sections_give_the_figures_that_all_give() -> None:
    real, synthetic = rows(60, 0), rows(50, 1)
    whole = evaluate(real, synthetic, SCHEMA, seed=5)
    assert evaluate(real, synthetic, SCHEMA, seed=5, only=("utility",)).section("utility") == whole.section("utility")
    assert evaluate(real, synthetic, SCHEMA, seed=5) == whole
    assert evaluate(real, synthetic, SCHEMA, seed=6).sections != whole.sections


@pytest.mark.usefixtures("faked")
def test_a_section_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ConfigError, match="only: expected some of fidelity, utility, attacks, got 'fidelty'"):
        evaluate(rows(60, 0), rows(50, 1), SCHEMA, only=("fidelty",))


@pytest.mark.usefixtures("faked")
def test_the_tables_are_told_and_those_of_real_rows_are_internal() -> None:
    synthetic = rows(50, 1)
    synthetic.loc[:4, "city"] = "Atlantis"
    report = evaluate(rows(200, 0), synthetic, SCHEMA, holdout=rows(70, 2), rows=100, copies=(rows(30, 3),))
    facts = told(report)
    assert facts["rows of the real table"] == 200
    assert facts["rows of the real table that were looked at"] == 100
    assert facts["rows of the holdout table"] == 70
    assert facts["rows of the synthetic table"] == 50
    assert facts["values of the synthetic table that their column cannot have"] == 5
    assert facts["further synthetic copies"] == 1
    kept = told(public(report))
    assert kept["rows of the synthetic table"] == 50
    assert not {name for name in kept if "real" in name or "holdout" in name}
    assert all(not section.figures for section in public(report).sections)


@pytest.mark.usefixtures("faked")
def test_a_missing_holdout_is_said() -> None:
    assert "none: what needs rows that the generator never saw" in str(
        told(evaluate(rows(60, 0), rows(50, 1), SCHEMA))["holdout"]
    )


@pytest.mark.usefixtures("faked")
def test_files_and_frames_give_the_same_report(tmp_path: Path) -> None:
    real, synthetic = rows(60, 0), rows(50, 1)
    real.to_csv(tmp_path / "real.csv", index=False)
    synthetic.to_parquet(tmp_path / "synthetic.parquet")
    assert evaluate(tmp_path / "real.csv", tmp_path / "synthetic.parquet", SCHEMA) == evaluate(real, synthetic, SCHEMA)


@pytest.mark.usefixtures("faked")
def test_the_model_is_loaded_before_any_row_is_read() -> None:
    with pytest.raises(ModelFileError, match=r"nope\.synthgen"):
        evaluate("nowhere.csv", "nowhere.csv", SCHEMA, model="nope.synthgen")


def test_a_table_that_lacks_a_column_is_refused() -> None:
    with pytest.raises(TableError, match="synthetic table DataFrame age: expected a column of the schema"):
        evaluate(rows(60, 0), rows(50, 1).drop(columns="age"), SCHEMA)


# What follows runs every real section on tables that no metric likes.

LENIENT = ("fidelity", "utility", "fairness", "attacks", "budget")


def whole_report(real: pd.DataFrame, synthetic: pd.DataFrame, **more: Any) -> Report:
    report = evaluate(real, synthetic, SCHEMA, **more)
    assert [one.name for one in report.sections] == list(LENIENT)
    assert from_json(to_json(report)) == report
    return report


BAD: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "unseen categories": lambda table: table.assign(city="Atlantis"),
    "text for numbers": lambda table: table.assign(age="old"),
    "all null": lambda table: table.assign(spent=np.nan, age=None),
    "everything null": lambda table: table.assign(**dict.fromkeys(table.columns)),
    "one class only": lambda table: table.assign(member=True),
    "one row": lambda table: table.head(1),
    "the same row again and again": lambda table: pd.concat([table.head(1)] * 40),
}


@pytest.mark.parametrize("held", [True, False], ids=["holdout", "no holdout"])
@pytest.mark.parametrize("name", BAD)
@pytest.mark.slow
def test_bad_synthetic_rows_are_scored_and_nothing_crashes(name: str, held: bool) -> None:
    holdout = rows(80, 2) if held else None
    report = whole_report(rows(150, 0), BAD[name](rows(120, 1)), holdout=holdout)
    assert any(not isinstance(figure.value, Absent) for figure in report.figures())


@pytest.mark.parametrize("name", BAD)
@pytest.mark.slow
def test_bad_real_rows_crash_nothing(name: str) -> None:
    whole_report(BAD[name](rows(150, 0)), rows(120, 1), holdout=BAD[name](rows(80, 2)))


@pytest.mark.slow
def test_a_whole_report_is_the_same_for_a_seed() -> None:
    first, again = (whole_report(rows(150, 0), rows(120, 1), holdout=rows(80, 2), seed=3) for _ in range(2))
    assert to_json(first) == to_json(again)
