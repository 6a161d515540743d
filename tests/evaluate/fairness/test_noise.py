"""The noise of a group's count is that of the tables that hold its columns."""

from types import SimpleNamespace
from typing import Any

import pytest

from synthgen.evaluate.fairness.noise import noise_of
from synthgen.privacy import Exact, Gaussian
from synthgen.privacy.events import Part


def part(name: str, cells: int, sigma: float) -> Part:
    return Part(name=name, cells=cells, sigma=sigma, sensitivity=1.0)


def model(*parts: Part, exact: bool = False) -> Any:
    """What is read of a model: its events, its target, and how many levels columns have."""
    levels = {"sex": 2, "race": 5, "age": 10, "income": 2}
    codec = SimpleNamespace(columns={name: SimpleNamespace(levels=count) for name, count in levels.items()})
    events = (Exact(what="one-ways", names=("sex",)),) if exact else (Gaussian(what="tables", parts=parts),)
    return SimpleNamespace(events=events, codec=codec, schema=SimpleNamespace(target="income"))


def test_the_noise_of_a_measured_table_is_its_own() -> None:
    assert noise_of(model(part("sex", 2, 10.0)), ["sex"]) == pytest.approx(10.0)
    assert noise_of(model(part("sex x race", 10, 7.0)), ["race", "sex"]) == pytest.approx(7.0)


def test_cells_over_other_columns_add_their_noise() -> None:
    assert noise_of(model(part("sex x age", 20, 10.0)), ["sex"]) == pytest.approx(10.0 * 10**0.5)
    assert noise_of(model(part("sex x race by income", 20, 10.0)), ["sex", "race"]) == pytest.approx(10.0 * 2**0.5)


def test_two_tables_know_more_than_one() -> None:
    assert noise_of(model(part("sex", 2, 10.0), part("sex", 2, 10.0)), ["sex"]) == pytest.approx(10.0 / 2**0.5)


def test_columns_that_no_table_holds_together_have_no_known_noise() -> None:
    assert noise_of(model(part("sex", 2, 10.0), part("race", 5, 10.0)), ["sex", "race"]) is None
    assert noise_of(model(part("sex", 2, 10.0)), ["unknown"]) is None


def test_without_privacy_there_is_none() -> None:
    assert noise_of(model(exact=True), ["sex"]) == 0.0
