import math
from typing import Any

import pytest

from synthgen.errors import ConfigError
from synthgen.privacy import Budget


@pytest.mark.parametrize("epsilon", [0, -1, math.nan, -math.inf, 1001])
def test_an_epsilon_that_makes_no_sense_is_refused(epsilon: float) -> None:
    with pytest.raises(ConfigError, match="epsilon"):
        Budget(epsilon=epsilon, delta=1e-6)


@pytest.mark.parametrize("delta", [0, 1, -1e-6, math.nan, math.inf, 2])
def test_a_delta_outside_zero_and_one_is_refused(delta: float) -> None:
    with pytest.raises(ConfigError, match="delta"):
        Budget(epsilon=1, delta=delta)


@pytest.mark.parametrize("delta", [0, math.nan, 1e-6])
def test_without_privacy_delta_means_nothing(delta: float) -> None:
    assert not Budget(epsilon=math.inf, delta=delta).is_private


def test_a_budget_cannot_be_changed() -> None:
    budget: Any = Budget(epsilon=1, delta=1e-6)
    with pytest.raises(AttributeError):
        budget.epsilon = 2
