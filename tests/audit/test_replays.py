"""Replays of whole fits: honest ones agree to the bit; whatever a fit learns beside noisy answers shows."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from synthgen import Schema, train
from synthgen.audit.neighbours import NEWCOMER, neighbours, rehearsed
from synthgen.audit.replays import Neighbours, Replay, found, replayed
from synthgen.audit.whole import fitted
from synthgen.encode import bounds as encode_bounds
from synthgen.model import Model
from synthgen.privacy import Budget, DiscreteGaussian, Ledger
from synthgen.privacy import table as private_table
from synthgen.privacy.events import Event
from synthgen.privacy.replay import DivergedError, Recorder

BUDGET = Budget(epsilon=8.0, delta=1e-6)


@pytest.fixture(scope="module")
def pairs(model: Model, schema: Schema) -> dict[str, Neighbours]:
    """Every pair that the audit plays back."""
    return {pair.name: pair for pair in neighbours(model, schema)}


@pytest.fixture
def play(pairs: dict[str, Neighbours], schema: Schema) -> Callable[..., Replay]:
    """One replay, by the pair's name."""
    return lambda name, **how: replayed(pairs[name], rehearsed(schema), BUDGET, **how)


def test_an_honest_fit_shows_nothing_on_any_neighbours(
    play: Callable[..., Replay], pairs: dict[str, Neighbours]
) -> None:
    replays = {name: play(name, remove=i % 2 == 1) for i, name in enumerate(pairs)}
    bound = found(replays, BUDGET.delta)
    assert bound.faults == ()
    assert bound.verdict == "consistent with the claim"
    assert 0.5 * bound.claimed < bound.lower <= bound.claimed <= BUDGET.epsilon
    assert bound.runs == len(pairs) == 11


def test_made_up_rows_are_sound_and_the_unit_is_new(pairs: dict[str, Neighbours], schema: Schema) -> None:
    pair = pairs["an ordinary row"]
    learned = fitted(pair.rows, schema, Ledger(BUDGET))  # a row that broke a rule would be refused
    assert learned.quarantine.quarantined == 0
    assert set(pair.added["person"]) == {NEWCOMER}
    assert not {NEWCOMER} & set(pair.rows["person"])


def broken(replay: Replay) -> str:
    """What was found, which must be something."""
    bound = found({"here": replay}, BUDGET.delta)
    assert bound.verdict == "claim broken"
    return "; ".join(bound.faults)


def test_a_person_who_is_not_bounded_is_caught(play: Callable[..., Replay], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private_table, "keep_some", lambda units, _: np.ones(len(units), np.bool_))
    assert "moves more than was paid for" in broken(play("a person far over the cap"))


def test_a_forgotten_charge_is_caught(play: Callable[..., Replay], monkeypatch: pytest.MonkeyPatch) -> None:
    honest = Ledger.charge

    def forgetful(self: Ledger, event: Event) -> None:
        if not event.what.startswith("scores"):
            honest(self, event)

    monkeypatch.setattr(Ledger, "charge", forgetful)
    assert "questions were asked" in broken(play("an ordinary row"))


def test_bounds_taken_from_private_rows_are_caught(
    play: Callable[..., Replay], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Preprocessing that looks: the least and the largest value of a column, exactly."""

    def looking(batches: Any, schema: Schema, ledger: Ledger, *, rho: float) -> Any:
        assert rho > 0
        free = Ledger(Budget(epsilon=float("inf"), delta=1e-6))
        assert ledger.budget.is_private
        return encode_bounds.with_bounds(batches, schema, free, rho=rho)[0], ()

    monkeypatch.setattr(train, "with_bounds", looking)
    broken(play("far out where bounds or levels are found"))


def test_a_fit_that_knows_the_number_of_rows_is_caught(
    play: Callable[..., Replay], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All questions are the same and paid for, but the true number goes into the model."""
    honest = train.behind_the_door
    rows: list[int] = []

    def nosy(*args: Any, **how: Any) -> Any:
        table, quarantine = honest(*args, **how)
        rows.append(quarantine.rows_read)
        return table, quarantine

    monkeypatch.setattr(train, "behind_the_door", nosy)
    monkeypatch.setattr(train, "row_count", lambda _: float(rows[-1]))
    assert "different" in broken(play("an ordinary row"))


def test_halved_noise_is_not_what_replays_look_for(
    play: Callable[..., Replay], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They take the noise as it is said to be; `counts` looks at what is drawn."""
    honest = DiscreteGaussian.__call__
    monkeypatch.setattr(
        DiscreteGaussian, "__call__", lambda self, counts, sigma: honest(self, counts, max(sigma / 2, 1.0))
    )
    assert play("an ordinary row").faults == ()


def test_a_recorder_is_asked_no_more_than_it_heard() -> None:
    first = Recorder()
    first(np.array([5, 6]), 2.0)
    second = Recorder(first.answers)
    assert second(np.array([5, 7, 1]), 2.0).tolist() == [*first.answers[0].tolist(), 0]
    with pytest.raises(DivergedError):
        second(np.array([5]), 2.0)


def test_a_rehearsal_says_that_its_noise_was_not_its_own(schema: Schema, pairs: dict[str, Neighbours]) -> None:
    noise = Recorder()
    ledger = Ledger(BUDGET, rehearsal=noise)
    assert ledger.noise_is_fixed
    fitted(pairs["an ordinary row"].rows, rehearsed(schema), ledger)
    assert noise.questions
    assert not Ledger(BUDGET).noise_is_fixed
