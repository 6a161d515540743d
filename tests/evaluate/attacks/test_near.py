"""Nearest neighbours are those of a plain double loop, however rows fall into tiles."""

import tracemalloc

import numpy as np
import pytest
from numpy.typing import NDArray

from synthgen.evaluate.attacks import near
from synthgen.evaluate.attacks.near import nearest, nearest_without
from synthgen.evaluate.attacks.points import Points


def cloud(rows: int, seed: int, *, lines: int = 2, others: int = 3, holes: bool = True) -> Points:
    rng = np.random.default_rng(seed)
    numbers = np.round(rng.random((lines, rows)), 1).astype(np.float32)
    if holes:
        numbers[rng.random(numbers.shape) < 0.1] = 2
        numbers[rng.random(numbers.shape) < 0.05] = 6
    return Points(
        names=tuple(f"c{place}" for place in range(lines + others)),
        numbers=numbers,
        codes=rng.integers(-1, 3, (others, rows)).astype(np.int32),
        holes=np.full(lines, holes),
    )


def distances(left: Points, right: Points) -> NDArray[np.float64]:
    """By the definition."""
    numbers = np.minimum(np.abs(left.numbers[:, :, None].astype(float) - right.numbers[:, None, :]), 1)
    return np.asarray(numbers.sum(axis=0) + (left.codes[:, :, None] != right.codes[:, None, :]).sum(axis=0))


@pytest.fixture(params=[(128, 2048), (3, 4), (1, 1)])
def tiles(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near, "QUERIES", request.param[0])
    monkeypatch.setattr(near, "CANDIDATES", request.param[1])


@pytest.mark.usefixtures("tiles")
@pytest.mark.parametrize("k", [1, 3])
def test_neighbours_are_those_of_the_definition_the_first_of_equals(k: int) -> None:
    queries, candidates = cloud(7, 0), cloud(11, 1)
    expected = distances(queries, candidates)
    found = nearest(queries, candidates, k)
    order = np.argsort(np.round(expected, 4), axis=1, kind="stable")[:, :k]
    assert found.distances == pytest.approx(np.take_along_axis(expected, order, axis=1), abs=1e-5)
    assert np.take_along_axis(expected, found.index, axis=1) == pytest.approx(found.distances, abs=1e-5)
    assert k > 1 or (found.index == order).mean() > 0.8  # equal distances may differ in float32's last digit


@pytest.mark.usefixtures("tiles")
def test_exact_copies_are_at_no_distance_and_the_first_is_taken() -> None:
    one = cloud(9, 2)
    found = nearest(one, one.and_(one))
    assert (found.distances == 0).all()
    assert (found.index[:, 0] < 9).all()


@pytest.mark.usefixtures("tiles")
def test_nobody_is_his_own_neighbour() -> None:
    rows = cloud(9, 3)
    expected = distances(rows, rows)
    np.fill_diagonal(expected, np.inf)
    found = nearest(rows, rows, 2, widths=(0.5,), others=True)
    assert found.distances == pytest.approx(np.sort(expected, axis=1)[:, :2], abs=1e-5)
    assert found.mass[:, 0] == pytest.approx(np.exp(-expected / 0.5).sum(axis=1) / 8, rel=1e-4)


@pytest.mark.usefixtures("tiles")
def test_a_column_is_left_out_of_the_search_for_its_own_value() -> None:
    queries, candidates = cloud(6, 4, holes=False), cloud(13, 5, holes=False)
    found = nearest_without(queries, candidates, [0, 3])
    for secret, index in zip((0, 3), found, strict=True):
        rest = [column for column in range(5) if column != secret]
        expected = distances(queries.only(rest), candidates.only(rest))
        assert expected[np.arange(6), index] == pytest.approx(expected.min(axis=1), abs=1e-5)


def test_memory_is_that_of_a_tile_whatever_the_rows() -> None:
    queries, candidates = cloud(300, 6), cloud(50_000, 7)
    tracemalloc.start()
    nearest(queries, candidates, 3)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 * 2**20  # all distances at once would take 60 MB


@pytest.mark.slow
def test_a_hundred_thousand_rows_of_fifty_columns_take_minutes() -> None:
    import time  # noqa: PLC0415 - here alone

    rows = cloud(100_000, 8, lines=25, others=25, holes=False)
    begun = time.process_time()
    nearest(rows.take(np.arange(10_000)), rows, others=False)
    assert time.process_time() - begun < 90  # a tenth of them
