"""Scenarios on a small model: sizes, conditions, what is set, and what is refused."""

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from synthgen.errors import ConditionError, ConfigError, SynthgenError
from synthgen.sample.draw import BLOCK
from synthgen.sample.scenario.document import parse_scenario
from synthgen.sample.scenario.manifest import manifest
from synthgen.sample.scenario.plan import Planned, balance, plan_scenario
from synthgen.sample.stream import Draws


def planned(base: Draws, segments: str, rows: int | None = 1000, *, head: str = "label: scenario_id\n") -> Planned:
    scenario = parse_scenario(f"name: n\n{head}segments:\n{segments}")
    return plan_scenario(scenario, base, rows=rows, usual=10_000)


def frame(base: Draws, segments: str, rows: int | None = 1000, **options: Any) -> pd.DataFrame:
    sample = planned(base, segments, rows, **options).sample
    return pa.Table.from_batches(sample.batches(), schema=sample.schema).to_pandas()


def one(base: Draws, said: str, rows: int = 1000) -> pd.DataFrame:
    """A single segment of all rows."""
    return frame(base, f"  - {{name: all, share: 1, {said}}}\n", rows)


def test_sizes_labels_and_conditions_are_exact(base: Draws) -> None:
    rows = frame(
        base,
        "  - {name: stolen, share: 0.107, where: fraud = 1 AND (amt > 200 OR age < 30)}\n"
        "  - {name: old, rows: 33, where: age >= 90, label: note}\n",
    )
    assert rows["scenario_id"].value_counts().to_dict() == {"baseline": 860, "stolen": 107, "old": 33}
    stolen, old = rows[rows["scenario_id"] == "stolen"], rows[rows["scenario_id"] == "old"]
    assert (stolen["fraud"] == 1).all()
    assert ((pd.to_numeric(stolen["amt"], errors="coerce") > 200) | (stolen["age"] < 30)).all()
    assert (old["age"] >= 90).all()
    assert rows["note"].value_counts(dropna=False).to_dict() == {None: 967, "old": 33}


def test_rows_of_all_segments_stand_everywhere(base: Draws) -> None:
    rows = frame(base, "  - {name: a, share: 0.5}\n", 2 * BLOCK + 7, head="label: who\n")
    halves = [part.mean() for part in np.array_split((rows["who"] == "a").to_numpy(), 10)]
    assert min(halves) > 0.45
    assert max(halves) < 0.55
    assert (rows["who"] == "a").sum() == BLOCK + 4


@pytest.mark.parametrize("batch_rows", [1, 999, 10**6])
def test_rows_do_not_depend_on_the_size_of_a_batch(base: Draws, batch_rows: int) -> None:
    text = "  - {name: a, share: 0.3, mix: {job: {a: 0.5}}, set: {amt: x 2}}\n"
    whole = planned(base, text).sample
    again = list(planned(base, text).sample.batches(batch_rows=batch_rows))
    assert max(batch.num_rows for batch in again) <= batch_rows
    assert pa.Table.from_batches(again).equals(pa.Table.from_batches(whole.batches()))
    assert again[0].schema == whole.schema


def test_a_seed_gives_the_same_rows_and_another_gives_others(base: Draws) -> None:
    text = "  - {name: a, share: 0.3}\n"
    assert frame(base, text).equals(frame(base, text))
    assert not frame(base, text).equals(frame(replace(base, seed=12), text))


@pytest.mark.parametrize(
    ("said", "column", "check"),
    [
        ("set: {job: b}", "job", lambda values: values == "b"),
        ("set: {job: x 3}", "job", lambda values: values == "x 3"),  # a level comes before what it looks like
        ("set: {fraud: 1}", "fraud", lambda values: values == 1),
        ("set: {fraud: true}", "fraud", lambda values: values == 1),
        ("set: {age: 40}", "age", lambda values: values == 40),
        ("set: {age: [40, 50]}", "age", lambda values: values.isin([40, 50])),
        ("set: {age: between 40 and 45}", "age", lambda values: values.between(40, 45)),
        ("set: {age: '> 90'}", "age", lambda values: values > 90),
        ("set: {amt: 12.5}", "amt", lambda values: values == "12.50"),
        ("set: {amt: N}", "amt", lambda values: values == "N"),
        ("set: {amt: 'null'}", "amt", lambda values: values.isna()),
        ("set: {day: 2020-02-29}", "day", lambda values: values == dt.date(2020, 2, 29)),
        (
            "set: {day: between 2020-02-01 and 2020-02-29}",
            "day",
            lambda values: values.map(lambda day: day.month == 2),
        ),
        ("set: {at: between 00:00 and 05:00}", "at", lambda values: values.map(lambda at: at <= dt.time(5))),
        (
            "set: {at: between 22:00 and 01:00}",  # over midnight
            "at",
            lambda values: values.map(lambda at: at >= dt.time(22) or at <= dt.time(1)),
        ),
        ("set: {age: 'normal(50, 2)'}", "age", lambda values: values.between(35, 65)),
        ("set: {age: 'normal(99, 10)'}", "age", lambda values: values.between(40, 99)),
        ("set: {age: 'uniform(20, 30)'}", "age", lambda values: values.between(20, 30)),
        ("set: {amt: 'lognormal(50, 0.1)'}", "amt", lambda values: values.astype(float).between(25, 100)),
        ("set: {age: exponential(3)}", "age", lambda values: values.between(0, 60)),
        ("set: {age: poisson(3)}", "age", lambda values: values.between(0, 30)),
    ],
)
def test_what_is_set_is_set_in_every_row(base: Draws, said: str, column: str, check: Any) -> None:
    rows = one(base, said)
    assert check(rows[column]).all()
    assert rows["job"].nunique() == (1 if column == "job" else 4)


def test_a_multiplier_scales_what_the_condition_chose_and_stays_in_the_domain(base: Draws) -> None:
    rows = one(base, "where: amt <= 900, set: {amt: x 3}", 4000)
    amounts = rows["amt"].astype(float)
    assert amounts.max() <= 1000
    cents = np.rint(amounts * 100).astype(int)
    assert (cents % 3 == 0).all()
    assert np.unique(cents).size > 1000


def test_values_that_would_leave_the_domain_are_never_drawn_and_the_others_keep_their_law(base: Draws) -> None:
    """Given that three times the amount is allowed, exactly."""
    rows = one(base, "set: {amt: x 3}", 200_000)
    numbers = pd.to_numeric(rows["amt"], errors="coerce")
    third = planned(base, "  - {name: a, share: 1, where: amt <= 333.33}\n", 200_000).sample
    expected = pd.to_numeric(pa.Table.from_batches(third.batches()).to_pandas()["amt"])
    assert numbers.mean() / 3 == pytest.approx(expected.mean(), rel=5e-3)
    assert rows["amt"].isna().any()
    assert (rows["amt"] == "N").any()


def test_days_and_times_are_shifted(base: Draws) -> None:
    rows = one(base, "where: day < '2020-02-01' AND at < '12:00', set: {day: + 2 weeks, at: plus 2 hours}")
    assert rows["day"].min() >= dt.date(2020, 1, 15)
    assert rows["day"].max() <= dt.date(2020, 2, 14)
    assert rows["at"].min() >= dt.time(2)
    assert rows["at"].max() < dt.time(14)
    earlier = one(base, "where: age = 50, set: {age: '- 20'}")
    assert (earlier["age"] == 30).all()


def test_shares_of_a_distribution_over_levels_are_rounded_only_once(base: Draws) -> None:
    rows = one(base, "set: {job: {a: 1, b: 3}, age: {18: 0.5, between 20 and 29: 0.5}}", 2000)
    assert rows["job"].value_counts().to_dict() == {"a": 500, "b": 1500}
    assert abs((rows["age"] == 18).sum() - 1000) <= 1
    assert rows["age"].between(18, 29).all()


def test_a_mix_is_met_exactly_and_what_it_does_not_name_shares_the_rest(base: Draws) -> None:
    rows = one(base, "where: fraud = 1, mix: {job: {a: 0.5, b: 0.333}}", 1001)
    assert (rows["fraud"] == 1).all()
    counts = rows["job"].value_counts()
    assert counts["a"] == 501
    assert counts["b"] == 333
    assert counts["c"] + counts["x 3"] == 167


def test_a_mix_of_ranges_and_of_two_columns_at_once(base: Draws) -> None:
    said = "mix: {age: {'< 18': 0.1, between 18 and 64: 0.3, '>= 65': 0.6}, fraud: {1: 0.5, 0: 0.5}}"
    rows = one(base, said, 777)
    ages = [(rows["age"] < 18).sum(), rows["age"].between(18, 64).sum(), (rows["age"] >= 65).sum()]
    assert ages == [78, 233, 466]
    assert sorted(rows["fraud"].value_counts().tolist()) == [388, 389]


@pytest.mark.parametrize("rows", [7, 1000, BLOCK + 1])
def test_balance_gives_as_many_rows_of_each_level(base: Draws, rows: int) -> None:
    for column, levels in (("fraud", 2), ("job", 4)):
        sample = balance(base, column, where="age > 20", rows=rows)
        found = pa.Table.from_batches(sample.batches()).to_pandas()
        assert len(found) == rows
        assert (found["age"] > 20).all()
        counts = found[column].value_counts()
        assert len(counts) == levels
        assert counts.max() - counts.min() <= 1


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("set: {shoe: 3}", "segment all, set shoe: expected a column that the model draws"),
        ("set: {ag: 3}", "did you mean 'age'"),
        ("set: {job: z}", "segment all, set, condition on job"),
        ("set: {age: 200}", "segment all, set, age: expected values that the schema allows, got 200"),
        ("set: {age: x -2}", "x and a number above 0"),
        ("set: {age: + 200}", "some values in the schema's bounds"),
        ("set: {age: + 2 days}", "a number without a unit, got days"),
        ("set: {day: + 2}", "days, weeks, hours"),
        ("set: {day: + 2 hours}", "whole days, got hours"),
        ("set: {day: x 2}", "numbers or durations to multiply"),
        ("set: {age: 'normal(1)'}", "normal(mean, deviation)"),
        ("set: {age: 'gamma(1)'}", "normal(mean, deviation)"),
        ("set: {age: 'normal(5000, 1)'}", "meets the schema's bounds"),
        ("set: {day: 'normal(1, 1)'}", "a column of numbers"),
        ("where: age > 200", "segment all, condition on age: expected a value that the schema allows"),
        ("where: age >", "segment all, condition"),
        ("where: amt > 900, set: {amt: x 3}", "segment all"),
        ("mix: {job: {z: 0.5}}", "segment all, mix, condition on job"),
        ("mix: {age: {'< 30': 0.5, '< 40': 0.5}}", "each value once, got < 40 and < 30"),
        ("where: fraud = 1, mix: {fraud: {0: 0.5}}", "segment all"),
        ("mix: {age: {'< 30': 1}, job: {a: 1}, fraud: {1: 1}}", "at most two columns"),
        ("label: age", "label age: expected a new column"),
    ],
)
def test_a_scenario_that_does_not_fit_the_model_is_refused_in_one_line(base: Draws, said: str, message: str) -> None:
    with pytest.raises(SynthgenError) as refused:
        one(base, said)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_balance_that_makes_no_sense_is_refused(base: Draws) -> None:
    with pytest.raises(ConfigError, match="a column of levels"):
        balance(base, "age", where=None, rows=10)
    with pytest.raises(ConditionError, match="balance on fraud, level 0"):
        balance(base, "fraud", where="fraud = 1", rows=10)


def test_the_manifest_says_what_was_reached_by_extrapolation_and_that_nothing_was_spent(base: Draws) -> None:
    book = base.codebook
    ages = base.codec.span("age")
    heads = book.probabilities.copy()
    heads[:, ages.stop - 1] = 1e-6  # hardly anyone is 87 or older
    rare = replace(base, codebook=replace(book, probabilities=heads))
    plan = planned(
        rare,
        "  - {name: a, share: 0.5, where: job = 'a', set: {age: between 80 and 99, amt: 5}}\n"
        "  - {name: b, share: 0.1, where: age >= 95, mix: {fraud: {1: 0.2}}}\n",
    )
    list(plan.sample.batches())
    found = manifest(plan)
    assert found["budget"]["epsilon"] == found["budget"]["delta"] == 0
    assert found["rows"] == 1000
    assert found["floor"] == 1e-4
    first, second, rest = found["segments"]
    assert (first["rows"], second["rows"], rest["rows"]) == (500, 100, 400)
    assert first["extrapolation"].keys() == {"age"}
    assert first["extrapolation"]["age"]["share"] == pytest.approx(13 / 20, abs=0.01)
    (cell,) = first["extrapolation"]["age"]["listed"]
    assert (cell["from"], cell["to"]) == (87, 99)
    assert cell["probability"] < 1e-5
    assert not first["condition_is_extrapolation"]
    assert second["condition_is_extrapolation"]
    assert second["mix"] == {"fraud": {"1": 20, "rest": 80}}
    assert rest["name"] == "baseline"


RULED = {
    "set: {fee: x 0.5}": lambda rows: rows["fee"] <= 50,
    "set: {day: + 30 days}": lambda rows: rows["day"] >= dt.date(2020, 1, 31),
    "set: {until: + 30 days}": lambda rows: rows["until"].isna() | (rows["until"] >= rows["day"]),
    "set: {until: 2021-06-01, day: between 2020-02-01 and 2020-02-29}": lambda rows: (
        (rows["until"] == dt.date(2021, 6, 1)) & rows["day"].map(lambda day: day.month == 2)
    ),
    "set: {pay: x 1.5, age: 20}": lambda rows: (rows["pay"] > 30) & (rows["age"] == 20),
    "set: {pay: 50.5}": lambda rows: (rows["pay"] == 50.5) & (rows["age"] <= 50),
    "set: {fraud: 1}": lambda rows: (rows["fraud"] == 1) & (rows["job"] != "a"),
    "where: total > 300 AND until > '2020-06-01', set: {fee: 3}": lambda rows: rows["fee"] == 3,
}


@pytest.mark.parametrize("said", RULED)
def test_rules_hold_after_set_and_what_is_set_is_set(ruled: Draws, said: str) -> None:
    rows = one(ruled, said, 500)
    assert RULED[said](rows).all()
    assert np.allclose(rows["total"], rows["pay"] + rows["fee"])
    assert (rows["until"].isna() | (rows["until"] >= rows["day"])).all()
    assert (rows["pay"] > rows["age"]).all()
    assert not ((rows["job"] == "a") & (rows["fraud"] == 1)).any()


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("set: {job: a, fraud: 1}", "'NOT (job = 'a' AND fraud = 1)' alone keeps 0 %"),
        ("set: {pay: 5, age: 90}", "'pay > age' alone keeps 0 %"),
        ("set: {total: 5}", "set total: expected a column that the model draws"),
    ],
)
def test_a_scenario_against_a_rule_is_refused_with_the_rule(ruled: Draws, said: str, message: str) -> None:
    with pytest.raises(SynthgenError) as refused:
        one(ruled, said)
    assert message in str(refused.value)


def test_what_a_bounded_pair_reaches_beyond_the_model_is_told(ruled: Draws) -> None:
    heads = ruled.codebook.probabilities.copy()
    span = ruled.codec.span("pay - age")
    heads[:, span.stop - 4 : span.stop] = 0  # hardly any pay is beyond 600
    known = replace(ruled, codebook=replace(ruled.codebook, probabilities=heads))
    plan = planned(known, "  - {name: a, share: 1, where: pay < 400, set: {pay: between 500 and 900}}\n")
    list(plan.sample.batches())
    found = manifest(plan)["segments"][0]["extrapolation"]["pay"]
    assert 590 < found["listed"][0]["from"] < found["listed"][0]["to"] <= 900
    assert 0.6 < found["share"] < 0.8
