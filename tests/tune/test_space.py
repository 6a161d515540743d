"""What may be tried, and what comes out."""

import pytest
import yaml

from synthgen import Budget
from synthgen.errors import ConfigError
from synthgen.tune import Tuned, parse_space, to_text
from synthgen.tune.space import wish_of


def test_every_combination_is_tried() -> None:
    space = parse_space(["effort=quick,high", "dp-sgd=off,likelihood:0.2,critic", "parts=,city+job"])
    assert len(space.choices()) == 12
    assert {"effort": "high", "dp_sgd": "critic", "parts": ["city", "job"]} in space.choices()


def test_the_default_tries_how_much_goes_into_rows() -> None:
    assert {wish_of(choice).dp_sgd.kind for choice in parse_space([]).choices()} == {"off", "likelihood", "critic"}


@pytest.mark.parametrize(
    "wrong",
    ["dp-sgd", "dp-sgd=", "epsilon=1,2", "effort=slow,quick", "batch=0,1", "hardened=yes,no", "effort=quick", "=1"],
)
def test_what_makes_no_sense_is_refused(wrong: str) -> None:
    with pytest.raises(ConfigError):
        parse_space([wrong])


@pytest.mark.parametrize("price", [None, Budget(epsilon=2.5, delta=1e-7)])
def test_the_file_says_what_the_choice_cost_and_holds_its_options(price: Budget | None) -> None:
    choice = {"dp_sgd": "likelihood:0.2", "parts": ["city"], "batch": 64, "hardened": True}
    text = to_text(Tuned(choice=choice, score=0.1, budget=Budget(epsilon=1.5, delta=1e-6), price=price))
    options = {"dp-sgd": "likelihood:0.2", "parts": ["city"], "batch": 64, "hardened": True}
    assert yaml.safe_load(text) == options | {"epsilon": 1.5, "delta": 1e-6}
    assert ("cost epsilon = 2.5 at delta = 1e-07" in text) == (price is not None)
