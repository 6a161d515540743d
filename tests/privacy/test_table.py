import copy
import math
import pickle
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from synthgen.privacy import (
    Budget,
    Entry,
    Exact,
    Gaussian,
    Histogram,
    Ledger,
    OverBudgetError,
    PartitionSelection,
    PrivateTable,
    TableRequest,
    epsilon,
    threshold_for,
)
from synthgen.privacy.replay import Recorder

Enter = Callable[..., PrivateTable]
Use = Callable[[PrivateTable, float], Any]


def use_histograms(table: PrivateTable, sigma: float) -> Any:
    return table.histograms("one-ways", [Histogram(column="a", bins=3, bin_of=None, sigma=sigma)])


def use_tables(table: PrivateTable, sigma: float) -> Any:
    return table.tables("pairs", [TableRequest(columns=("a", "b"), by_group=False, sigma=sigma)])


def use_groups(table: PrivateTable, sigma: float) -> Any:
    return table.tables("pairs by group", [TableRequest(columns=("a", "b"), by_group=True, sigma=sigma)])


def use_scores(table: PrivateTable, sigma: float) -> Any:
    return table.scores("scores", [(("a", "b"), False)], [np.zeros((3, 2), np.int64)], sigma)


def use_discovery(table: PrivateTable, sigma: float) -> Any:
    return table.discover("jobs", "job", sigma=sigma, delta=1e-9)


def use_unit_sizes(table: PrivateTable, sigma: float) -> Any:
    return table.unit_sizes("rows of each unit", "person", np.array([1, 2, 5]), sigma)


def use_alike(table: PrivateTable, sigma: float) -> Any:
    return table.alike("units alike", ["a", "b"], sigma)


MECHANISMS = [use_histograms, use_tables, use_groups, use_scores, use_discovery, use_unit_sizes, use_alike]


def filled(enter: Enter, **options: Any) -> PrivateTable:
    columns = {"a": [0, 1, 2, 1] * 30, "b": [0, 1, 1, 0] * 30, "job": ["cook", "smith", "cook", "cook"] * 30}
    table = enter(columns, cells={"a": 3, "b": 2, "job": 0}, **options)
    table.set_levels({"a": np.arange(3), "b": np.arange(2)}, group_column="b", group_of=np.arange(2))
    return table


class Untouchable(list[Any]):
    """Rows that nobody may look at."""

    def __iter__(self) -> Iterator[Any]:
        raise AssertionError("the rows were read")


@pytest.mark.parametrize("use", MECHANISMS)
def test_a_refused_charge_reads_no_row_and_draws_no_noise(enter: Enter, use: Use) -> None:
    noise = Recorder()
    table = filled(enter, budget=Budget(epsilon=0.5, delta=1e-6), noise=noise)
    table._blocks = Untouchable()
    table._sizes = table._twos = Untouchable()
    with pytest.raises(OverBudgetError):
        use(table, 2.0)
    assert noise.questions == []
    assert table._ledger.events == ()


@pytest.mark.parametrize("use", MECHANISMS)
def test_a_charge_stands_in_the_ledger_before_a_row_is_read(enter: Enter, use: Use) -> None:
    table = filled(enter, budget=Budget(epsilon=1, delta=1e-6))
    table._blocks = Untouchable()
    table._sizes = table._twos = Untouchable()
    with pytest.raises(AssertionError, match="the rows were read"):
        use(table, 20.0)
    assert len(table._ledger.events) == 1


@pytest.mark.parametrize("use", MECHANISMS)
def test_exact_answers_are_refused_under_a_finite_epsilon_and_charged_as_such_otherwise(enter: Enter, use: Use) -> None:
    private = filled(enter, budget=Budget(epsilon=1000, delta=1e-6))
    private._blocks = Untouchable()
    private._sizes = private._twos = Untouchable()
    with pytest.raises(OverBudgetError):
        use(private, 0.0)
    noise = Recorder()
    open_table = filled(enter, noise=noise)
    use(open_table, 0.0)
    assert [type(event) for event in open_table._ledger.events] == [Exact]
    assert noise.questions == []


def test_a_release_that_mixes_noisy_and_exact_is_refused_unread(enter: Enter) -> None:
    table = filled(enter)
    table._blocks = Untouchable()
    table._sizes = table._twos = Untouchable()
    asked = [Histogram(column="a", bins=3, bin_of=None, sigma=sigma) for sigma in (2.0, 0.0)]
    with pytest.raises(ValueError, match="sigma"):
        table.histograms("both", asked)


@pytest.mark.parametrize("per_unit", [1, 3])
def test_events_say_what_was_done(enter: Enter, per_unit: int) -> None:
    table = filled(enter, units=range(120), rows_per_unit=per_unit, budget=Budget(epsilon=1000, delta=1e-6), noise=None)
    use_histograms(table, 5.0)
    use_tables(table, 6.0)
    use_groups(table, 7.0)
    table.scores(
        "scores", [(("a", "b"), False), (("b", "a"), True)], [np.zeros((3, 2), int), np.zeros((2, 2, 3), int)], 8.0
    )
    use_unit_sizes(table, 8.5)
    use_alike(table, 8.7)
    use_discovery(table, 9.0)
    *counts, selection = table._ledger.events
    assert table.rows_per_unit == per_unit
    facts = [
        (event.what, part.name, part.cells, part.sigma, part.sensitivity, part.per_cell)
        for event in counts
        if isinstance(event, Gaussian)
        for part in event.parts
    ]
    assert facts == [
        ("one-ways", "a", 3, 5.0, per_unit, per_unit),
        ("pairs", "a x b", 6, 6.0, per_unit, per_unit),
        ("pairs by group", "a x b by b", 12, 7.0, per_unit, per_unit),
        ("scores", "scores", 2, 8.0, per_unit * math.sqrt(2), per_unit),
        ("rows of each unit", "person", 3, 8.5, 1, 1),
        ("units alike", "units with two rows, and alike in a column", 3, 8.7, math.sqrt(3), 1),
    ]
    assert selection == PartitionSelection(
        what="jobs", sigma=9.0, sensitivity=per_unit, threshold=threshold_for(9.0, per_unit, 1e-9), delta=1e-9
    )
    assert table._ledger.epsilon() == epsilon(table._ledger.events, 1e-6)


@pytest.mark.parametrize("per_unit", [1, 2, 9])
def test_units_are_counted_by_all_their_rows_however_few_of_them_are_kept(enter: Enter, per_unit: int) -> None:
    units = [3] * 9 + [1] * 4 + [2] * 5 + [8] + [9] + [3] * 11 + [7] * 2
    table = enter({"a": [0] * len(units)}, cells={"a": 1}, units=units, rows_per_unit=per_unit)
    sizes = table.unit_sizes("sizes", "person", np.array([1, 2, 4, 6, 20, 30]), 0.0)
    assert sizes.tolist() == [2, 1, 2, 0, 1, 0]
    assert table.unit_sizes("sizes", "person", np.array([1]), 0.0).tolist() == [6]


def test_where_rows_are_units_each_has_one(enter: Enter) -> None:
    table = enter({"a": [0, 0, 0]}, cells={"a": 1})
    assert table.unit_sizes("sizes", "row", np.array([1, 2]), 0.0).tolist() == [3, 0]
    assert enter({"a": []}, cells={"a": 1}).unit_sizes("sizes", "row", np.array([1, 2]), 0.0).tolist() == [0, 0]


def test_two_rows_of_a_unit_are_compared_level_by_level(enter: Enter) -> None:
    """Units 1 and 2 agree in a (by level, not by cell), units 1 and 3 in b; unit 4 has one row."""
    table = enter(
        {"a": [0, 1, 2, 2, 0, 3, 0], "b": [1, 1, 0, 1, 2, 2, 0]},
        cells={"a": 4, "b": 3},
        units=[1, 1, 2, 2, 3, 3, 4],
        rows_per_unit=2,
        batch_rows=2,
    )
    table.set_levels({"a": np.array([0, 0, 1, 1]), "b": np.arange(3)})
    assert table.alike("alike", ["a", "b"], 0.0).tolist() == [3, 2, 2]
    assert table.alike("alike", ["b"], 0.0).tolist() == [3, 2]
    with pytest.raises(ValueError, match="set_levels"):
        table.alike("alike", ["c"], 0.0)


@pytest.mark.parametrize("units", [None, [1, 2, 3], []])
def test_nobody_is_alike_where_each_unit_has_one_row(enter: Enter, units: list[int] | None) -> None:
    table = enter({"a": [0] * (3 if units is None else len(units))}, cells={"a": 1}, units=units, rows_per_unit=1)
    table.set_levels({"a": np.zeros(1, int)})
    assert table.alike("alike", ["a"], 0.0).tolist() == [0, 0]


@pytest.mark.parametrize("edges", [[], [2, 3], [1, 1], [1, 3, 2], [0, 1], [[1, 2]]])
def test_sizes_that_could_be_counted_twice_or_not_at_all_are_refused_unread(enter: Enter, edges: list[int]) -> None:
    table = filled(enter)
    table._sizes = table._twos = Untouchable()
    with pytest.raises(ValueError, match="edges of sizes"):
        table.unit_sizes("sizes", "person", np.array(edges, np.int64), 9.0)
    assert table._ledger.events == ()


def test_exact_answers_are_the_counts(enter: Enter) -> None:
    table = filled(enter)
    counts, halves = table.histograms(
        "a",
        [
            Histogram(column="a", bins=3, bin_of=None, sigma=0),
            Histogram(column="a", bins=4, bin_of=np.array([3, 0, 0]), sigma=0),
        ],
    )
    assert (counts.tolist(), halves.tolist()) == ([30, 60, 30], [90, 0, 0, 30])
    (pair,) = use_tables(table, 0.0)
    assert pair.tolist() == [[30, 0], [30, 30], [0, 30]]
    estimate = np.array([[29, 0], [30, 40], [0, 30]])
    assert table.scores("scores", [(("a", "b"), False), (("b", "a"), False)], [estimate, estimate.T], 0.0).tolist() == [
        11,
        11,
    ]


@pytest.mark.parametrize("sigma", [0.0, 3.0])
def test_answers_are_copies_that_cannot_change_what_is_counted_next(enter: Enter, sigma: float) -> None:
    table = filled(enter, noise=lambda counts, _sigma: counts.copy())
    for use in (use_histograms, use_tables, use_groups):
        (first,) = use(table, sigma)
        kept = first.copy()
        first[...] = -1
        assert np.array_equal(use(table, sigma)[0], kept)


def test_new_levels_forget_the_old_counts(enter: Enter) -> None:
    table = filled(enter)
    use_tables(table, 0.0)
    table.set_levels({"a": np.zeros(3, int), "b": np.arange(2)})
    (pair,) = use_tables(table, 0.0)
    assert pair.tolist() == [[60, 60]]


def test_discovery_releases_what_many_have_and_hides_what_few_have(enter: Enter) -> None:
    job = ["cook"] * 500 + ["smith"] * 400 + ["spy"] * 3 + ["king"]
    table = enter({"job": job}, cells={"job": 1}, budget=Budget(epsilon=1, delta=1e-6))
    found = table.discover("jobs", "job", sigma=10.0, delta=1e-9)
    assert found.names == ("cook", "smith")
    assert found.counts == pytest.approx([500, 400], abs=100)
    assert table.cells == {"job": 4}
    table._ledger = Ledger(Budget(epsilon=math.inf, delta=0))
    (counts,) = table.histograms("jobs", [Histogram(column="job", bins=4, bin_of=None, sigma=0)])
    assert counts.tolist() == [500, 400, 4, 0]


def test_what_only_one_unit_has_is_released_as_rarely_as_delta_says(enter: Enter) -> None:
    people, delta = 20_000, 0.02
    table = enter(
        {"job": [f"job {i}" for i in range(people)]},
        cells={"job": 0},
        budget=Budget(epsilon=1000, delta=0.5),
        batch_rows=people,
    )
    found = table.discover("jobs", "job", sigma=10.0, delta=delta)
    assert people * delta / 2 < len(found.names) < people * delta + 6 * math.sqrt(people * delta)


def test_a_spelling_whose_rows_were_all_dropped_draws_no_noise(enter: Enter) -> None:
    noise = Recorder()
    job = [f"job {i}" for i in range(1000)]
    table = enter({"job": job}, cells={"job": 0}, units=[7] * 1000, rows_per_unit=2, noise=noise)
    table.discover("jobs", "job", sigma=5.0, delta=1e-9)
    assert [question.tolist() for question, _ in noise.questions] == [[1, 1]]


def test_an_empty_table_answers_like_any_other() -> None:
    table = PrivateTable.enter(
        [],
        cells={"a": 3, "b": 2, "job": 1},
        rows_per_unit=1,
        ledger=Ledger(Budget(epsilon=10, delta=1e-6)),
        discover=["job"],
    )
    table.set_levels({"a": np.arange(3), "b": np.arange(2)}, group_column="b", group_of=np.arange(2))
    assert use_histograms(table, 4.0)[0].shape == (3,)
    assert use_groups(table, 4.0)[0].shape == (2, 3, 2)
    assert use_scores(table, 4.0).shape == (1,)
    assert use_discovery(table, 4.0).names == ()
    assert table.cells["job"] == 2


def test_asking_for_nothing_costs_nothing(enter: Enter) -> None:
    table = filled(enter)
    assert table.histograms("none", []) == table.tables("none", []) == []
    assert table.scores("none", [], [], 2.0).shape == (0,)
    assert table._ledger.events == ()


def test_a_table_of_one_column_has_no_pairs_but_can_be_asked(enter: Enter) -> None:
    table = enter({"a": [0, 1]}, cells={"a": 2})
    table.set_levels({"a": np.arange(2)})
    assert table.tables("none", []) == []


def misuses(enter: Enter) -> Iterator[tuple[type[Exception], Callable[[], object]]]:
    """Everything a caller can get wrong."""
    table = filled(enter, budget=Budget(epsilon=0.5, delta=1e-6))
    fresh = enter({"a": [0, 1, 1]}, cells={"a": 2})
    codes = {"a": np.array([123_457])}
    yield TypeError, lambda: pickle.dumps(table)
    yield TypeError, lambda: copy.deepcopy(table)
    yield TypeError, lambda: copy.copy(table)
    yield TypeError, lambda: len(table)  # type: ignore[arg-type]  # the wrong use that is refused
    yield OverBudgetError, lambda: use_histograms(table, 1.0)
    yield OverBudgetError, lambda: use_discovery(table, 1.0)
    yield ValueError, lambda: table.histograms("j", [Histogram(column="job", bins=1, bin_of=None, sigma=9)])
    yield ValueError, lambda: table.set_levels({"job": np.arange(2)})
    yield ValueError, lambda: table.set_levels({"a": np.arange(2)})
    yield ValueError, lambda: table.set_levels({"a": np.arange(3)}, group_column="a")
    yield ValueError, lambda: use_histograms(table, 0.5)
    yield ValueError, lambda: fresh.tables("t", [TableRequest(columns=("a", "a"), by_group=False, sigma=9)])
    yield ValueError, lambda: fresh.scores("t", [(("a", "a"), False)], [np.zeros((2, 2), np.int64)], 9.0)
    for bins, bin_of in ((2, None), (4, np.array([0, 1])), (2, np.array([0, 1, 2])), (2, np.array([0, 1, -1]))):
        bad = Histogram(column="a", bins=bins, bin_of=bin_of, sigma=9)
        yield ValueError, lambda bad=bad: table.histograms("h", [bad])
    yield ValueError, lambda: table.scores("s", [(("a", "b"), True)], [np.zeros((3, 2), np.int64)], 9.0)
    yield KeyError, lambda: fresh.discover("a", "a", sigma=9, delta=1e-9)
    for options in ({"cells": {"a": 0}, "rows_per_unit": 1}, {"cells": {"a": 2}, "rows_per_unit": 0}):
        yield (
            ValueError,
            lambda options=options: PrivateTable.enter(
                [Entry(codes=codes, units=None, rows=1)], ledger=Ledger(Budget(epsilon=1, delta=0.1)), **options
            ),
        )


def test_nothing_private_is_in_a_repr_a_pickle_or_an_exception(enter: Enter) -> None:
    table = filled(enter, budget=Budget(epsilon=0.5, delta=1e-6))
    entry = Entry(
        codes={"a": np.array([123_457])},
        units=np.array([123_457], np.uint64),
        rows=123_457,
        dictionaries={"a": ("cook",)},
    )
    shown = [repr(table), str(table), f"{table}", repr(entry), repr(table._hidden["job"])]
    for kind, misuse in misuses(enter):
        with pytest.raises(kind) as caught:
            misuse()
        shown.append("".join(traceback.format_exception_only(caught.value)))
    assert len(shown) > 15
    for text in shown:
        assert not any(secret in text for secret in ("cook", "smith", "123", "120", "30", "90")), text
