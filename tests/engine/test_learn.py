"""Rounds of select, measure and fit, on tables small enough to know everything about them."""

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest
import torch

from synthgen.encode.codec import Codec, ColumnCodec
from synthgen.encode.levels import Encoding
from synthgen.engine.candidates import candidates, groups_of
from synthgen.engine.codebook import Codebook
from synthgen.engine.learn import Job, expected_tables, independent, learn
from synthgen.engine.phase import Phase
from synthgen.engine.settings import Settings
from synthgen.privacy import Budget, Entry, Exact, Ledger, PrivateTable
from tests.engine.small import SMALL, Told

SIZES = {"job": 3, "age": 12, "won": 2}
NOISY = replace(SMALL, rounds=2, steps=(40, 60), table_rate=0.0, codebook=128)
EXACT = replace(SMALL, steps=(150,), codebook=128)
Shares = Callable[..., ColumnCodec]


def dependent_rows(rows: int) -> dict[str, np.ndarray]:
    """Three columns that depend on each other."""
    rng = np.random.default_rng(0)
    truth = rng.dirichlet(np.full(3 * 12 * 2, 0.3))
    cells = np.unravel_index(rng.choice(len(truth), rows, p=truth), tuple(SIZES.values()))
    return dict(zip(SIZES, cells, strict=True))


def counts_of(rows: dict[str, np.ndarray], a: str, b: str) -> np.ndarray:
    table = np.zeros((SIZES[a], SIZES[b]))
    np.add.at(table, (rows[a], rows[b]), 1)
    return table


def prepared(
    rows: dict[str, np.ndarray], shares_of: Shares, settings: Settings, *, rho: float, target: str | None = "won"
) -> tuple[PrivateTable, Job, Ledger]:
    """A private table and a job in which each cell is a level."""
    number = len(rows["job"])
    columns = {
        name: shares_of(np.bincount(rows[name], minlength=size) + 1e-3, line=name == "age", variance=1e-6)
        for name, size in SIZES.items()
    }
    codec = Codec(columns=columns)
    ledger = Ledger(Budget(epsilon=np.inf if np.isinf(rho) else 1000.0, delta=1e-6))
    entry = Entry(codes=rows, units=None, rows=number)
    table = PrivateTable.enter([entry], cells=SIZES, rows_per_unit=1, ledger=ledger)
    job = Job(
        encoding=Encoding(codec=codec, level_of={name: np.arange(size) for name, size in SIZES.items()}),
        groups=groups_of(codec, target),
        settings=settings,
        rho=rho,
        select=rho / 10,
        sensitivity=1,
        rows=float(number),
        device=torch.device("cpu"),
    )
    return table, job, ledger


def pair_error(book: Codebook, rows: dict[str, np.ndarray]) -> float:
    """Mean total variation distance between the model's pairs and the table's."""
    gaps = [
        np.abs(book.pair(i, j) - counts_of(rows, a, b) / len(rows[a])).sum() / 2
        for (i, a), (j, b) in combinations(enumerate(SIZES), 2)
    ]
    return float(np.mean(gaps))


def test_exact_counts_are_learned_to_the_percent(shares_of: Shares) -> None:
    rows = dependent_rows(2000)
    table, job, ledger = prepared(rows, shares_of, EXACT, rho=np.inf)
    book = learn(table, job, target="won", seed=0).codebook
    assert pair_error(independent(job), rows) > 0.2
    assert pair_error(book, rows) < 0.01
    assert [type(event) for event in ledger.events] == [Exact]


def test_one_seed_and_exact_counts_give_one_codebook(shares_of: Shares) -> None:
    rows = dependent_rows(300)
    books = []
    for seed in (1, 1, 2):
        table, job, _ = prepared(rows, shares_of, replace(EXACT, steps=(5,)), rho=np.inf)
        books.append(learn(table, job, target="won", seed=seed).codebook)
    assert (books[0].probabilities == books[1].probabilities).all()
    assert (books[0].probabilities != books[2].probabilities).any()


def test_noisy_counts_teach_what_their_noise_allows(shares_of: Shares) -> None:
    rows = dependent_rows(5000)
    table, job, ledger = prepared(rows, shares_of, NOISY, rho=0.5)
    book = learn(table, job, target="won", seed=0).codebook
    assert pair_error(book, rows) < pair_error(independent(job), rows) / 3
    spent = sum(event.mu**2 / 2 for event in ledger.events)
    assert 0 < spent <= 0.5 * (1 + 1e-9)
    kinds = [event.what.split(",")[0] for event in ledger.events]
    assert kinds == ["scores", "tables"] * 2


def test_where_noise_drowns_everything_columns_stay_independent(shares_of: Shares) -> None:
    """No table is measured with a budget that could not carry one; only the scores are paid for."""
    table, job, ledger = prepared(dependent_rows(30), shares_of, replace(NOISY, steps=(2, 2)), rho=1.0)
    job = replace(job, rho=1.0 + 1e-9, select=1.0)
    book = learn(table, job, target="won", seed=0).codebook
    assert [event.what.split(",")[0] for event in ledger.events] == ["scores"] * 2
    np.testing.assert_array_equal(book.probabilities, independent(job).probabilities)


def test_rows_that_were_to_teach_then_do_not_and_the_verdict_says_so(shares_of: Shares) -> None:
    table, job, ledger = prepared(dependent_rows(30), shares_of, replace(NOISY, steps=(2, 2)), rho=1.0)
    job = replace(job, rho=1.0 + 1e-9, select=1.0, phase=Phase(kind="likelihood"))
    assert learn(table, job, target="won", seed=0).verdict.startswith("likelihood: not run")
    assert [event.what.split(",")[0] for event in ledger.events] == ["scores"] * 2


def test_a_table_of_one_column_is_its_shares(shares_of: Shares) -> None:
    codec = Codec(columns={"job": shares_of([5, 3, 1])})
    ledger = Ledger(Budget(epsilon=1.0, delta=1e-6))
    entry = Entry(codes={"job": np.array([0, 1, 2])}, units=None, rows=3)
    table = PrivateTable.enter([entry], cells={"job": 3}, rows_per_unit=1, ledger=ledger)
    encoding = Encoding(codec=codec, level_of={"job": np.arange(3)})
    common: dict[str, Any] = {"settings": NOISY, "sensitivity": 1, "rows": 3.0}
    job = Job(encoding=encoding, groups=None, rho=0.0, select=0.0, device=torch.device("cpu"), **common)
    book = learn(table, job, target=None, seed=0).codebook
    np.testing.assert_allclose(book.weights @ book.head(0), codec.marginal, rtol=1e-6)
    assert ledger.events == ()


def test_expected_tables_are_what_the_rows_of_the_codebook_mean(codec: Codec) -> None:
    """Against the sum over codebook rows of weight x shares, cell by cell."""
    rng = np.random.default_rng(0)
    heads = [rng.dirichlet(np.ones(size), 4) for size in (3, 12, 2)]
    weights = rng.dirichlet(np.ones(4))
    probabilities = np.concatenate(heads, axis=1).astype(np.float32)
    book = Codebook(weights=weights, probabilities=probabilities, offsets=codec.offsets)
    groups = groups_of(codec, "won")
    options = candidates(3, groups)
    found = expected_tables(book, options, groups, 100.0)
    for candidate, table in zip(options, found, strict=True):
        left, right = heads[candidate.first], heads[candidate.second]
        expected = np.einsum("k,ka,kb->ab", weights, left, right)
        if candidate.by_group:
            expected = np.einsum("k,kg,ka,kb->gab", weights, heads[2], left, right)
        np.testing.assert_allclose(table, expected * 100, rtol=1e-5)


@pytest.mark.parametrize("target", [None, "won"])
def test_every_step_is_told(shares_of: Shares, target: str | None) -> None:
    table, job, _ = prepared(dependent_rows(50), shares_of, replace(EXACT, steps=(7,)), rho=np.inf, target=target)
    told = Told()
    learn(table, replace(job, progress=told), target=target, seed=0)
    assert told.steps == 7
