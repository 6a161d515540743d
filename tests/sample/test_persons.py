"""Persons with several rows: what a row is does not depend on it, what rows share does."""

import numpy as np
import pytest
from scipy import stats

from synthgen.encode.codec import VALUE, Codec, ColumnCodec, singles
from synthgen.encode.grid import LevelGrid
from synthgen.encode.people import Alike, People
from synthgen.encode.sizes import EDGES, Sizes, mean_size
from synthgen.engine.codebook import Codebook
from synthgen.sample.draw import block_rng
from synthgen.sample.persons import MOST_ANCHORS, Grouped, Persons, draw_persons, persons_given, persons_of

CHANCE = 1e-5
"""How rarely a test may fail by the luck of its seed; the seeds are fixed."""
NAMES = ("sex", "town", "ill", "drug")
LEVELS = (2, 4, 3, 5)


def column(name: str, levels: int) -> ColumnCodec:
    index = np.arange(levels)
    return ColumnCodec(
        grid=LevelGrid(name=name, values=tuple(range(levels)), nullable=False),
        pieces=singles(VALUE, index, index, np.ones(levels)),
        marginal=np.full(levels, 1 / levels),
        variance=np.zeros(levels),
    )


CODEC = Codec(columns={name: column(name, levels) for name, levels in zip(NAMES, LEVELS, strict=True)})


def codebook(rows: int = 60, *, sharp: float = 0.3, seed: int = 1) -> Codebook:
    """A mixture whose columns depend on each other; the smaller `sharp`, the more a row is decided."""
    rng = np.random.default_rng(seed)
    heads = [rng.dirichlet(np.full(levels, sharp), rows) for levels in LEVELS]
    return Codebook(
        weights=rng.dirichlet(np.full(rows, 3.0)),
        probabilities=np.concatenate(heads, axis=1).astype(np.float32),
        offsets=CODEC.offsets,
    )


BOOK = codebook()
SIZES = Sizes(counts=np.array([50, 30, 0, 20, 0, 0, 0, 0, 0, 10] + [0] * (len(EDGES) - 10)), sigma=0.0)


def drawn(
    *, stays: dict[str, float], anchors: int = 1, rows: int = 20_000, seed: int = 0, sizes: Sizes = SIZES
) -> Grouped:
    """Independent draws: their chance is known."""
    persons = Persons(law=sizes.law(), stays=dict.fromkeys(NAMES, 0.0) | stays, anchors=anchors)
    return draw_persons(persons, BOOK, CODEC, rows, block_rng(seed, 0), independent=True, even=False)


def one_row_each(grouped: Grouped, rng: np.random.Generator) -> np.ndarray:
    """A random row of each person: rows that have nothing to do with each other, int [persons, columns]."""
    order = rng.permutation(len(grouped.person))
    _, first = np.unique(grouped.person[order], return_index=True)
    return np.stack(grouped.levels, axis=1)[order[first]].astype(int)


CASES = {
    "nothing stays": {"stays": {}, "anchors": 0},
    "one column stays": {"stays": {"sex": 1.0}, "anchors": 1},
    "stays are no anchors": {"stays": {"sex": 1.0, "town": 1.0}, "anchors": 0},
    "some are anchors": {"stays": {"sex": 1.0, "town": 0.7, "ill": 0.4}, "anchors": 1},
    "all are anchors": {"stays": {"sex": 1.0, "town": 1.0, "ill": 0.5}, "anchors": 4},
    "everything stays": {"stays": dict.fromkeys(NAMES, 1.0), "anchors": 2},
}


@pytest.mark.parametrize("case", CASES)
def test_each_column_of_a_row_is_distributed_as_the_model_says(case: str) -> None:
    """Of each person one random row, so the chi-square is that of independent rows."""
    grouped = drawn(**CASES[case], rows=60_000)
    rows = one_row_each(grouped, np.random.default_rng(5))
    for j, levels in enumerate(LEVELS):
        expected = BOOK.weights @ BOOK.head(j) * len(rows)
        assert stats.chisquare(np.bincount(rows[:, j], minlength=levels), expected).pvalue > CHANCE


@pytest.mark.parametrize(
    ("case", "pairs"),
    [
        ("nothing stays", [(0, 1), (1, 2), (2, 3)]),
        ("one column stays", [(0, 1), (0, 3), (1, 2), (2, 3)]),
        ("stays are no anchors", [(0, 1), (2, 3)]),
        ("all are anchors", [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]),
        ("everything stays", [(0, 1), (0, 3), (2, 3)]),
    ],
)
def test_pairs_of_columns_are_the_model_s_where_anchors_carry_them(case: str, pairs: list[tuple[int, int]]) -> None:
    rows = one_row_each(drawn(**CASES[case], rows=60_000), np.random.default_rng(6))
    for a, b in pairs:
        found = np.bincount(rows[:, a] * LEVELS[b] + rows[:, b], minlength=LEVELS[a] * LEVELS[b])
        assert stats.chisquare(found, BOOK.pair(a, b).ravel() * len(rows)).pvalue > CHANCE


def test_a_relation_that_no_anchor_carries_is_diluted_and_the_test_would_see_it() -> None:
    rows = one_row_each(drawn(**CASES["stays are no anchors"], rows=60_000), np.random.default_rng(6))
    found = np.bincount(rows[:, 1] * LEVELS[3] + rows[:, 3], minlength=LEVELS[1] * LEVELS[3])
    assert stats.chisquare(found, BOOK.pair(1, 3).ravel() * len(rows)).pvalue < CHANCE


def test_what_always_stays_is_one_level_in_all_rows_of_a_person() -> None:
    grouped = drawn(stays={"sex": 1.0, "town": 1.0}, anchors=2)
    for j in (0, 1):
        values = np.unique(np.stack([grouped.person, grouped.levels[j]]), axis=1)
        assert len(np.unique(values[0])) == values.shape[1]
        assert (grouped.levels[j] == grouped.levels[j][grouped.source[NAMES[j]]]).all()
    assert len(np.unique(np.stack([grouped.person, grouped.levels[3]]), axis=1)[0]) > grouped.person[-1] + 1
    assert grouped.source.keys() == {"sex", "town"}


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_two_rows_of_a_person_agree_as_often_as_was_measured(share: float) -> None:
    pairs = Sizes(counts=np.array([0, 1] + [0] * (len(EDGES) - 2)), sigma=0.0)
    grouped = drawn(stays={"drug": share}, anchors=0, sizes=pairs, rows=40_000)
    level = grouped.levels[3].reshape(-1, 2)
    chance = float(((BOOK.weights @ BOOK.head(3)) ** 2).sum())
    assert (level[:, 0] == level[:, 1]).mean() == pytest.approx(share + (1 - share) * chance, abs=0.02)


def test_persons_have_as_many_rows_as_their_sizes_say_side_by_side() -> None:
    grouped = drawn(stays={})
    assert (np.diff(grouped.person) >= 0).all()
    sizes = np.bincount(np.bincount(grouped.person))
    assert sizes[[1, 2, 4, 10]] / sizes.sum() == pytest.approx(np.array([50, 30, 20, 10]) / 110, abs=0.01)
    assert len(grouped.person) == 20_000


def test_the_same_seed_gives_the_same_persons_and_another_one_others() -> None:
    one, same, other = (drawn(stays={"sex": 1.0, "ill": 0.5}, seed=seed) for seed in (1, 1, 2))
    assert all((a == b).all() for a, b in zip(one.levels, same.levels, strict=True))
    assert (one.person == same.person).all()
    assert not all(np.array_equal(a, b) for a, b in zip(one.levels, other.levels, strict=True))


@pytest.mark.parametrize("rows", [1, 2, 7])
@pytest.mark.parametrize("even", [False, True])
def test_small_tables_have_their_rows(rows: int, *, even: bool) -> None:
    persons = Persons(law=SIZES.law(), stays=dict.fromkeys(NAMES, 0.5), anchors=2)
    grouped = draw_persons(persons, BOOK, CODEC, rows, block_rng(0, 0), independent=not even, even=even)
    assert [len(levels) for levels in grouped.levels] == [rows] * 4


def test_rows_that_are_filtered_take_along_what_they_share() -> None:
    grouped = drawn(stays={"sex": 1.0}, rows=500)
    kept = np.random.default_rng(0).random(500) < 0.4
    left = grouped.filtered(kept)
    assert (left.person == grouped.person[kept]).all()
    assert (left.levels[0] == grouped.levels[0][kept]).all()
    assert (left.levels[0][left.source["sex"]] == left.levels[0]).all()
    lost = ~kept[grouped.source["sex"]][kept]
    assert (left.source["sex"][lost] == np.flatnonzero(lost)).all()


def people(alike: list[int], sigma: float = 0.0) -> People:
    return People(sizes=SIZES, alike=Alike(counts=np.array(alike), sigma=sigma))


def test_how_long_columns_stay_is_read_from_the_noisy_counts() -> None:
    chance = [float(((BOOK.weights @ BOOK.head(j)) ** 2).sum()) for j in range(4)]
    agree = [1.0, chance[1], 0.5 + 0.5 * chance[2], chance[3]]
    found = persons_of(people([round(1_000_000 * share) for share in (1, *agree)]), BOOK, CODEC)
    assert found.stays["sex"] == pytest.approx(1.0)
    assert found.stays["town"] < 0.01
    assert 0.2 < found.stays["ill"] <= 0.5
    told = persons_of(people([1_000_000, *([0] * 4)]), BOOK, CODEC, constant=["drug"])
    assert told.stays == {"sex": 0.0, "town": 0.0, "ill": 0.0, "drug": 1.0}


def test_a_condition_thins_the_rows_of_persons_for_whom_it_does_not_stay() -> None:
    persons = Persons(law=SIZES.law(), stays={"sex": 1.0, "town": 0.5, "ill": 0.0, "drug": 0.3}, anchors=1)
    assert persons_given(persons, ["sex"], 0.2).law == pytest.approx(persons.law)
    assert persons_given(persons, [], 0.2) is persons
    both, least = (mean_size(persons_given(persons, names, 0.2).law) for names in (["sex", "ill"], ["ill"]))
    assert both == least < mean_size(persons_given(persons, ["town"], 0.2).law) < mean_size(persons.law)


def test_anchors_leave_enough_of_the_codebook_to_draw_from() -> None:
    always = people([1000, *([1000] * 4)])
    blunt, sharp = (persons_of(always, codebook(400, sharp=sharp), CODEC).anchors for sharp in (20.0, 0.02))
    assert 1 <= sharp < blunt <= MOST_ANCHORS


def test_one_codebook_row_is_enough() -> None:
    single = Codebook(weights=np.ones(1), probabilities=BOOK.probabilities[:1], offsets=BOOK.offsets)
    persons = persons_of(people([1000, *([900] * 4)]), single, CODEC)
    grouped = draw_persons(persons, single, CODEC, 1000, block_rng(0, 0), independent=False, even=False)
    assert len(grouped.person) == 1000
