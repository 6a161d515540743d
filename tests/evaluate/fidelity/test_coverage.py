"""What is lost and repeated: literal shares of small tables."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthgen.evaluate.fidelity import coverage
from synthgen.evaluate.fidelity.estimate import Estimate
from synthgen.evaluate.report import Absent


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def rare(*shares: tuple[str, int], rows: int = 1000) -> list[str]:
    named = [level for level, count in shares for _ in range(count)]
    return named + ["p"] * (rows - len(named))


def test_rare_levels_are_those_of_fewer_than_one_in_a_hundred_rows(make: Any, give: Any) -> None:
    real = make(1000, c="x", d=rare(("q", 5), ("r", 9), ("s", 10)))
    inputs = give(real, make(1000, 1, c="x", d=rare(("r", 18))))
    assert coverage.rare_levels(inputs.real) == [("d", 1), ("d", 2)]
    kept, mass = (function(inputs.real, inputs.synthetic) for function in (coverage.levels_kept, coverage.rare_mass))
    assert isinstance(kept, Estimate)
    assert isinstance(mass, Estimate)
    assert (kept.value, mass.value) == (0.5, pytest.approx(18 / 14))


def test_without_rare_levels_there_is_nothing_to_keep(make: Any, give: Any) -> None:
    inputs = give(make(300), make(300))
    assert isinstance(coverage.levels_kept(inputs.real, inputs.synthetic), Absent)
    assert isinstance(coverage.rare_mass(inputs.real, inputs.synthetic), Absent)


def test_a_table_of_few_kinds_of_rows_has_lost_modes(make: Any, give: Any) -> None:
    kinds = make(5)
    like, collapsed = give(make(2000), make(2000, 1)), give(make(2000), pd.concat([kinds] * 400))
    honest, lost = (coverage.lost_modes(one.real, one.synthetic, rng()) for one in (like, collapsed))
    assert isinstance(honest, Estimate)
    assert isinstance(lost, Estimate)
    assert honest.value < 0.2
    assert lost.value > 0.8


def test_repetitions_are_counted_in_equally_many_rows(make: Any, give: Any) -> None:
    inputs = give(make(400, n=np.arange(400) / 4), pd.concat([make(100, 1, n=np.arange(100) / 4)] * 4))
    found = coverage.repeated(inputs.real, inputs.synthetic, rng())
    assert found == (0.0, pytest.approx(0.75))


def test_copies_are_the_same_in_every_column_but_identifiers(make: Any, give: Any) -> None:
    real = make(200, n=np.arange(200) / 4)
    other = pd.concat([real.iloc[:50].assign(id="new"), make(150, 1, n=150.0), real.iloc[50:100].assign(d="p", c="z")])
    found = coverage.copied(*(getattr(give(real, other), side) for side in ("real", "synthetic")))
    assert isinstance(found, Estimate)
    changed = (real.iloc[50:100][["c", "d"]] == ["z", "p"]).all(axis=1).sum()
    assert found.value == pytest.approx((50 + changed) / 250)


def test_missing_and_zero_and_a_code_are_not_the_same(make: Any, give: Any) -> None:
    table = make(4).assign(a=[0, -1, None, 0], n=1.0, c="x", d="p")
    hashes = coverage.hashed(give(table, table).real, give(table, table).real)
    assert len(np.unique(hashes)) == 3
    assert hashes[0] == hashes[3]
