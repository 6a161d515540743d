"""The plan: the whole budget split beforehand, from public facts alone."""

import math
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthgen.engine.settings import settings_for
from synthgen.errors import ConfigError, SchemaError
from synthgen.plan import after_bounds, bounds_rho, checked_budget, plan, shares, strength, too_small, total_mu
from synthgen.privacy import Budget
from synthgen.schema import Schema

AGE = {"type": "integer", "minimum": 0, "maximum": 120}
JOB = {"type": "categorical", "values": ["a", "b", "c"]}
HIDDEN = {"type": "categorical", "discover": True}


def schema_of(**more: Any) -> Schema:
    return Schema(**({"name": "t", "columns": {"age": AGE, "job": JOB, "pay": AGE}} | more))


SCHEMAS = {
    "plain": schema_of(),
    "public number of rows": schema_of(rows=5000),
    "a target": schema_of(target="job"),
    "one column": schema_of(columns={"age": AGE}),
    "levels to discover": schema_of(columns={"age": AGE, "job": HIDDEN, "town": HIDDEN}),
    "persons": schema_of(privacy={"unit": "person", "rows_per_unit": 20}),
}
schemas = st.sampled_from(list(SCHEMAS.values()))
budgets = st.builds(Budget, epsilon=st.sampled_from([0.01, 1.0, 10.0, 300.0]), delta=st.sampled_from([1e-9, 1e-5]))


@given(schemas, budgets, st.floats(0, 1e7))
def test_the_shares_are_the_whole_budget_and_never_more(schema: Schema, budget: Budget, rows: float) -> None:
    mu = total_mu(schema, budget)
    parts = shares(schema, mu, settings_for(strength(schema, mu, rows), "quick"))
    split = list(asdict(parts).values())
    assert min(split) >= 0
    assert parts.one_way > 0
    assert sum(split) <= mu**2 / 2
    assert sum(split) == pytest.approx(mu**2 / 2, rel=1e-5)
    assert (parts.count > 0) == (schema.rows is None)
    assert (parts.sizes > 0) == (parts.alike > 0) == (schema.privacy.rows_per_unit > 1)
    assert (parts.discover > 0) == ("discover" in str(schema.model_dump(exclude_defaults=True)))


@given(schemas)
def test_without_privacy_everything_is_exact(schema: Schema) -> None:
    parts = shares(schema, math.inf, settings_for(math.inf, "quick"))
    assert set(asdict(parts).values()) == {math.inf}


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_lines_of_a_plan_add_up(name: str) -> None:
    """With a public row count nothing is open: shares sum to 1, and noise multipliers to the budget's mu."""
    found = plan(SCHEMAS[name].model_copy(update={"rows": 5000}), budget=Budget(epsilon=3, delta=1e-6), effort="quick")
    assert all(low == high for line in found.lines for low, high in (line.share, line.noise_multiplier))
    assert sum(line.share[0] for line in found.lines) == pytest.approx(1)
    assert sum(line.noise_multiplier[0] ** -2 for line in found.lines) == pytest.approx(found.mu**2, rel=1e-4)
    assert found.mu == total_mu(SCHEMAS[name], found.budget)


def test_a_plan_without_a_public_row_count_gives_ranges() -> None:
    found = plan(SCHEMAS["plain"], budget=Budget(epsilon=3, delta=1e-6), effort="quick")
    assert all(line.share[0] <= line.share[1] for line in found.lines)
    assert any(line.share[0] < line.share[1] for line in found.lines)
    assert found.lines[0].what == "number of rows"


def test_a_plan_says_what_persons_with_several_rows_cost() -> None:
    told = {
        name: [line.what for line in plan(schema, budget=Budget(epsilon=3, delta=1e-6), effort="quick").lines]
        for name, schema in SCHEMAS.items()
    }
    theirs = ["rows of each person", "how alike a person's rows are"]
    assert [what for what in told["persons"] if what in theirs] == theirs
    assert not any(what in theirs for name, lines in told.items() if name != "persons" for what in lines)


@pytest.mark.parametrize("epsilon", [1.0, math.inf])
@pytest.mark.parametrize("name", SCHEMAS)
def test_a_plan_tells_what_the_fit_will_cost(name: str, epsilon: float) -> None:
    found = plan(SCHEMAS[name], budget=Budget(epsilon=epsilon, delta=1e-6), effort="quick")
    assert found.seconds > 0
    assert found.memory > 2**20
    assert found.steps > 0
    assert found.levels >= len(SCHEMAS[name].columns)
    assert bool(found.lines) == math.isfinite(epsilon)


OPEN = {
    "values": {"type": "categorical"},
    "minimum and maximum": {"type": "number"},
    "maximum": {"type": "date", "minimum": "2020-01-01"},
}


@pytest.mark.parametrize("keys", OPEN)
def test_a_domain_that_nobody_declared_is_refused_under_a_finite_epsilon(keys: str) -> None:
    open_schema = schema_of(columns={"age": AGE, "x": OPEN[keys]})
    with pytest.raises(SchemaError, match=keys) as error:
        plan(open_schema, budget=Budget(epsilon=300, delta=1e-6), effort="quick")
    assert error.value.subject == "column x"
    assert ("discover: true" in error.value.fix) == (keys == "values")
    assert plan(open_schema, budget=Budget(epsilon=math.inf, delta=1e-6), effort="quick").levels > 0


def test_too_few_rows_for_the_epsilon_are_told() -> None:
    budget = Budget(epsilon=1, delta=1e-6)
    mu = total_mu(SCHEMAS["plain"], budget)
    told = [too_small(SCHEMAS["plain"], mu, rows) is not None for rows in (1, 10, 100, 10**6)]
    assert told == sorted(told, reverse=True)
    assert told[0]
    assert not told[-1]
    small = plan(schema_of(rows=10), budget=budget, effort="quick")
    assert any("10 rows are too few" in warning for warning in small.warnings)
    assert not plan(schema_of(rows=10**5), budget=budget, effort="quick").warnings


def test_persons_with_many_rows_need_more_of_them() -> None:
    mu = total_mu(SCHEMAS["plain"], Budget(epsilon=1, delta=1e-6))
    assert strength(SCHEMAS["persons"], mu, 1000) == pytest.approx(strength(SCHEMAS["plain"], mu, 1000) / 20)


def test_no_privacy_and_weak_privacy_are_told() -> None:
    (none,) = plan(SCHEMAS["plain"], budget=Budget(epsilon=math.inf, delta=1e-6), effort="quick").warnings
    assert none.startswith("no privacy")
    (weak,) = plan(schema_of(rows=10**6), budget=Budget(epsilon=20, delta=1e-9), effort="quick").warnings
    assert "weak" in weak


def test_a_delta_of_one_in_a_public_number_of_rows_is_refused() -> None:
    """It would allow a mechanism that publishes a row."""
    with pytest.raises(ConfigError) as error:
        plan(schema_of(rows=1000), budget=Budget(epsilon=1, delta=1e-3), effort="quick")
    assert error.value.subject == "delta"
    assert plan(schema_of(rows=1000), budget=Budget(epsilon=1, delta=9e-4), effort="quick")
    assert plan(schema_of(rows=0), budget=Budget(epsilon=1, delta=1e-3), effort="quick")
    assert plan(schema_of(rows=1000), budget=Budget(epsilon=math.inf, delta=0.5), effort="quick")


def test_no_privacy_must_be_said_twice() -> None:
    assert not checked_budget(math.inf, 1e-6, no_privacy=True).is_private
    assert checked_budget(3, 1e-6, no_privacy=False).is_private
    for epsilon, no_privacy in ((math.inf, False), (3.0, True)):
        with pytest.raises(ConfigError):
            checked_budget(epsilon, 1e-6, no_privacy=no_privacy)


def test_a_column_may_not_take_the_name_that_another_ones_rounding_is_counted_under() -> None:
    schema = schema_of(columns={"pay": AGE, "pay#rounding": AGE})
    with pytest.raises(SchemaError, match="column pay#rounding: expected a name"):
        plan(schema, budget=Budget(epsilon=1.0, delta=1e-6), effort="quick")


def test_bounds_to_discover_are_paid_off_the_top() -> None:
    open_ended = {"type": "integer", "bounds": "discover"}
    schema = schema_of(columns={"age": open_ended, "pay": open_ended, "job": JOB}, rows=5000)
    budget = Budget(epsilon=3, delta=1e-6)
    found = plan(schema, budget=budget, effort="quick")
    assert found.lines[0].what == "bounds to discover"
    assert found.lines[0].share[0] == pytest.approx(0.04)
    assert sum(line.noise_multiplier[0] ** -2 for line in found.lines) == pytest.approx(found.mu**2, rel=1e-4)
    assert sum(line.share[0] for line in found.lines) == pytest.approx(1)
    assert bounds_rho(schema, found.mu) + after_bounds(schema, found.mu) ** 2 / 2 <= found.mu**2 / 2
    assert bounds_rho(schema_of(), 1.0) == 0
    assert after_bounds(schema_of(), 1.0) == 1


def test_what_nobody_confirmed_is_refused_under_a_finite_epsilon_only() -> None:
    marked = schema_of(columns={"age": AGE | {"inferred": ["maximum"]}, "job": JOB | {"inferred": ["values"]}})
    with pytest.raises(SchemaError, match=r"columns age, job: .*take off its mark.*discover: true.*bounds: discover"):
        plan(marked, budget=Budget(epsilon=3, delta=1e-6), effort="quick")
    with pytest.raises(SchemaError, match="rows: expected what a person has confirmed"):
        plan(schema_of(rows=9, inferred=["rows"]), budget=Budget(epsilon=3, delta=1e-6), effort="quick")
    plan(marked, budget=Budget(epsilon=math.inf, delta=1e-6), effort="quick")


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"kind": "given_name", "locale": "xx_XX"}, "columns.who.locale"),
        ({"kind": "payment_card", "brand": "viza"}, "columns.who.brand"),
        ({"kind": "full_name", "unique": True}, "columns.who.unique"),
        ({"kind": "given_name", "agrees": {"gender": "left"}}, "columns.who.agrees.gender"),
    ],
)
def test_identifiers_that_cannot_be_made_up_are_refused_before_a_row_is_read(wrong: dict[str, Any], place: str) -> None:
    columns = {"age": AGE, "left": JOB | {"action": "drop"}, "who": {"type": "identifier"} | wrong}
    with pytest.raises(SchemaError) as caught:
        plan(schema_of(columns=columns), budget=Budget(epsilon=1.0, delta=1e-6), effort="quick")
    assert caught.value.subject == place
