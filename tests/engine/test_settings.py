"""The rules: public facts and noisy outputs in, settings out. No tuned number is pinned here."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthgen.engine.settings import Settings, settings_for, signal

strengths = st.one_of(st.floats(0, 1e9), st.just(math.inf))
efforts = st.sampled_from(["quick", "high"])


@given(strengths, efforts)
def test_every_signal_has_settings_that_can_be_run(strength: float, effort: str) -> None:
    found = settings_for(strength, effort)
    assert len(found.steps) == found.rounds >= 1
    assert min(found.steps) > 0
    assert found.one_way_share + found.select_share < 1
    assert found.resolution.numeric >= 2
    assert found.resolution.most >= 2
    assert min(found.codebook, found.latent, found.width) > 0
    assert found.rate > 0


@given(strengths)
def test_a_stronger_signal_never_makes_columns_coarser(strength: float) -> None:
    assert settings_for(strength, "quick").resolution.numeric <= settings_for(strength * 2, "quick").resolution.numeric


@pytest.mark.parametrize("strength", [100.0, math.inf])
def test_high_effort_works_no_less(strength: float) -> None:
    quick, high = (settings_for(strength, effort) for effort in ("quick", "high"))

    def work(settings: Settings) -> int:
        return settings.codebook * sum(settings.steps)

    assert work(high) >= work(quick)


def test_the_signal_grows_with_rows_and_budget_and_falls_with_columns() -> None:
    assert signal(1000, 0.5, 10, target=False) == pytest.approx(1000 * 0.5 / math.sqrt(45))
    assert signal(2000, 0.5, 10, target=True) > signal(1000, 0.5, 10, target=True)
    assert signal(1000, 0.5, 10, target=True) < signal(1000, 0.5, 10, target=False)
    assert signal(1000, 0.5, 20, target=False) < signal(1000, 0.5, 10, target=False)
    assert signal(1000, 0.5, 1, target=False) == 500
    assert signal(1000, math.inf, 5, target=False) == math.inf
