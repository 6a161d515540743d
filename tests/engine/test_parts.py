"""Parts of the codebook: every group of levels has as many rows, and is as frequent as the counts say."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from synthgen.encode.codec import Codec, ColumnCodec
from synthgen.engine.candidates import FEWEST_ROWS
from synthgen.engine.fitting import generator
from synthgen.engine.parts import BARRED, parts_of, wants_parts
from synthgen.errors import ConfigError
from tests.engine.small import SMALL

Shares = Callable[..., ColumnCodec]
OWN = replace(SMALL, steps=(10,), codebook=96)


def test_every_group_owns_as_many_rows_and_keeps_its_share(codec: Codec) -> None:
    parts = parts_of(codec, ["won"], 96)
    assert parts is not None
    open_to = parts.barred[:, codec.span("won")] == 0
    assert open_to.sum(axis=0).tolist() == [48, 48]
    assert (open_to.sum(axis=1) == 1).all()
    assert parts.weights[open_to[:, 1]].sum() == pytest.approx(codec.columns["won"].marginal[1])
    assert parts.weights.sum() == pytest.approx(1.0)


def test_two_columns_divide_the_codebook_by_their_combinations(codec: Codec) -> None:
    parts = parts_of(codec, ["won", "job", "won"], 96)
    assert parts is not None
    pairs = {(a, b) for a in range(2) for b in range(3)}
    mine = parts.barred[:, codec.span("won")].argmax(1), parts.barred[:, codec.span("job")].argmax(1)
    found, rows = np.unique(np.stack(mine), axis=1, return_counts=True)
    assert {tuple(pair) for pair in found.T.tolist()} == pairs
    assert rows.tolist() == [16] * 6


def test_columns_without_groups_divide_nothing(codec: Codec) -> None:
    assert parts_of(codec, [], 96) is None


def test_parts_too_small_to_learn_in_are_refused(codec: Codec) -> None:
    with pytest.raises(ConfigError, match="combinations of groups"):
        parts_of(codec, ["won", "job"], 6 * FEWEST_ROWS - 1)


def test_only_a_rare_group_is_given_its_part_unasked(codec: Codec, shares_of: Shares) -> None:
    rare = Codec(columns={**codec.columns, "won": shares_of([499, 1])})
    assert wants_parts(rare, "won", 96)
    assert not wants_parts(codec, "won", 96)
    assert not wants_parts(codec, None, 96)


def test_a_row_of_a_part_has_no_other_level_and_sampling_keeps_the_true_shares(codec: Codec, shares_of: Shares) -> None:
    rare = Codec(columns={**codec.columns, "won": shares_of([499, 1])})
    parts = parts_of(rare, ["won"], 96)
    book = generator(rare, OWN, seed=0, device=torch.device("cpu"), parts=parts).codebook()
    won = book.head(2)
    assert (won.max(axis=1) > 1 - np.exp(BARRED / 2)).all()
    assert (won[:, 1] > 0.5).sum() == 48
    assert float(book.weights @ won[:, 1]) == pytest.approx(1 / 500, rel=1e-3)
