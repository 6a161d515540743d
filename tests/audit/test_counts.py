"""Noisy counts: honest ones pass and are nearly reached; less noise, and a charge that is too small, are caught."""

import math
from typing import Any

import numpy as np
import pytest

from synthgen.audit.counts import Attack, attacked, attacks
from synthgen.audit.crafted import Pair
from synthgen.audit.result import Found
from synthgen.encode.people import UNITS_ALIKE
from synthgen.encode.sizes import UNIT_SIZES
from synthgen.privacy import DiscreteGaussian, Event, Gaussian, Ledger, Part, PartitionSelection
from synthgen.privacy import table as private_table
from synthgen.privacy.table import PrivateTable

SURE = 1e-7
"""Doubt of a bound; the honest ones of this file fail once in a million."""
PEOPLE = Pair(rows_per_unit=3, alone=False)
ROWS = Pair(rows_per_unit=1, alone=True)


def part(sigma: float, *, cells: int = 2, sensitivity: float = 3.0, per_cell: int = 3) -> Part:
    return Part(name="x", cells=cells, sigma=sigma, sensitivity=sensitivity, per_cell=per_cell)


EVENTS: list[Event] = [
    Gaussian(what="one-way histograms", parts=(part(12.0), part(12.0))),
    Gaussian(what="tables, round 1", parts=(part(9.0),)),
    Gaussian(what="scores, round 1", parts=(part(20.0, cells=4, sensitivity=6.0),)),
    Gaussian(what=UNIT_SIZES, parts=(part(4.0, sensitivity=1.0, per_cell=1),)),
    Gaussian(what=UNITS_ALIKE, parts=(part(6.0, cells=4, sensitivity=2.0, per_cell=1),)),
    PartitionSelection(what="levels of town", sigma=10.0, sensitivity=3, threshold=70, delta=1e-8),
]


def bound(attack: Attack, pair: Pair = PEOPLE, runs: int = 400, doubt: float = SURE) -> Found:
    return attacked(attack, pair, runs=runs, delta=1e-6, doubt=doubt, go_on=lambda _: True)


ATTACKS = attacks(EVENTS, PEOPLE)
LOUD = [attack for attack in ATTACKS if attack.what.endswith("little noise")]


def named(attack: Attack) -> str:
    return attack.what


def test_every_kind_of_question_is_attacked() -> None:
    kinds = ["discovery", "histograms", "scores", "sizes of units", "tables", "units alike"]
    assert [attack.what for attack in LOUD] == [f"{kind}, at little noise" for kind in kinds]
    assert ATTACKS[0].most == pytest.approx(math.hypot(*(event.mu for event in EVENTS)))  # type: ignore[union-attr]  # none is exact


@pytest.mark.parametrize("attack", ATTACKS, ids=named)
def test_honest_noise_is_consistent_with_its_claim_and_is_not_missed(attack: Attack) -> None:
    found = bound(attack)
    assert found.verdict == "consistent with the claim"
    assert (0.15 * found.claimed if attack in LOUD else 0) <= found.lower <= found.claimed


def test_rows_without_persons_are_attacked_too() -> None:
    for attack in attacks([Gaussian(what="tables, round 1", parts=(part(3.0, sensitivity=1.0, per_cell=1),))], ROWS):
        assert bound(attack, ROWS, runs=250).verdict == "consistent with the claim"


@pytest.mark.parametrize("attack", LOUD, ids=named)
def test_halved_noise_is_caught(attack: Attack, monkeypatch: pytest.MonkeyPatch) -> None:
    halve_the_noise(monkeypatch)
    assert bound(attack, doubt=1e-3).verdict == "claim broken"


def halve_the_noise(patch: pytest.MonkeyPatch) -> None:
    """Whatever scale is paid for, half of it is drawn."""

    def halved(_: Any, counts: np.ndarray, sigma: float) -> np.ndarray:
        return counts + np.rint(np.random.default_rng().normal(0, sigma / 2, counts.shape)).astype(np.int64)

    patch.setattr(DiscreteGaussian, "__call__", halved)


def test_an_unbounded_person_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private_table, "keep_some", lambda units, _: np.ones(len(units), np.bool_))
    assert bound(LOUD[1]).verdict == "claim broken"


def test_a_charge_that_is_forgotten_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ledger, "charge", lambda _ledger, _event: None)
    assert bound(LOUD[1], runs=50).verdict == "claim broken"


def test_a_charge_that_is_too_small_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = PrivateTable._release

    def cheap(self: PrivateTable, what: str, asked: Any, _: float, exact: Any, **how: Any) -> Any:
        return honest(self, what, asked, 1.0, exact, **how | {"per_cell": 1})

    monkeypatch.setattr(PrivateTable, "_release", cheap)
    assert bound(LOUD[1]).verdict == "claim broken"


def test_a_model_that_says_its_counts_cost_less_than_they_do_is_caught() -> None:
    """The events of a model whose persons have three rows, and whose charges say one."""
    events = [Gaussian(what="tables, round 1", parts=(part(4.0, sensitivity=1.0, per_cell=1),) * 4)]
    assert bound(attacks(events, PEOPLE)[0]).verdict == "claim broken"


def test_the_clock_ends_the_runs() -> None:
    found = attacked(LOUD[1], PEOPLE, runs=10_000, delta=1e-6, doubt=SURE, go_on=lambda _: False)
    assert found.runs == 250
