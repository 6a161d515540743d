import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthgen.identifiers.chance import LARGEST, bits, permuted
from synthgen.identifiers.patterns import numbered, spell

Filled = Callable[..., list[Any]]

SMALL = [
    "[ab]{0,3}",
    "(a|aa)(a|aa)",
    "x(yz?|y)w*",
    "[0-9]{3}|[a-c]-[0-9]",
    "(?:ab|cd){1,2}e?",
    r"\d[^\dA-Za-z]",
    "a.c",
    "(a|b|ab)(c|bc)",
]


@pytest.mark.parametrize("pattern", SMALL)
def test_the_numbers_of_a_pattern_are_its_texts_each_once(pattern: str) -> None:
    known = numbered(pattern)
    size = known.sizes[0]
    texts = spell(known, np.arange(size, dtype=np.uint64), bits(1, np.arange(size))).to_pylist()
    assert len(set(texts)) == size
    assert all(re.fullmatch(pattern, text) for text in texts)


def test_no_text_is_forgotten() -> None:
    known = numbered("(a|b|ab)(c|bc)?")
    texts = spell(known, np.arange(known.sizes[0], dtype=np.uint64), bits(1, np.arange(known.sizes[0]))).to_pylist()
    assert sorted(texts) == ["a", "ab", "abbc", "abc", "ac", "b", "bbc", "bc"]


@pytest.mark.parametrize("pattern", ["[0-9a-f]{32}", "[A-Z]{3}-[0-9A-Za-z]{40}", "([a-z]{2,30}-){1,4}[0-9]{20}"])
def test_texts_of_an_endless_pattern_never_meet(pattern: str) -> None:
    known = numbered(pattern)
    assert known.sizes[0] > LARGEST // 2
    place = np.concatenate([np.arange(5_000), LARGEST // 2 - np.arange(5_000)])
    texts = spell(known, permuted(place, min(known.sizes[0], LARGEST), 3), bits(4, place)).to_pylist()
    assert len(set(texts)) == len(texts)
    assert all(re.fullmatch(pattern, text) for text in texts)


def test_every_place_of_a_long_text_varies() -> None:
    known = numbered("[0-9a-f]{32}")
    place = np.arange(20_000)
    texts = spell(known, permuted(place, LARGEST, 3), bits(4, place)).to_pylist()
    for column in range(32):
        counts = np.unique([text[column] for text in texts], return_counts=True)[1]
        assert len(counts) == 16
        assert (((counts - 1_250) ** 2) / 1_250).sum() < 46  # chi-squared, 15 degrees, 1 in 20,000


@given(
    pattern=st.from_regex(
        r"([a-d]|\[[a-d]{1,3}\]|\(([a-d]{1,2}\|){1,2}[a-d]?\))(\{[0-3],[3-5]\}|\?|\*)?", fullmatch=True
    )
)
@settings(max_examples=80, deadline=None, derandomize=True)
def test_what_is_spelled_matches(pattern: str) -> None:
    known = numbered(pattern)
    place = np.arange(min(known.sizes[0], 300))
    texts = spell(known, permuted(place, known.sizes[0], 3), bits(4, place)).to_pylist()
    assert len(set(texts)) == len(place)
    assert all(re.fullmatch(pattern, text) for text in texts)


def test_letters_of_any_alphabet_are_spelled(filled: Filled) -> None:
    assert all(re.fullmatch("Straße-[äöü]{3}", text) for text in filled(20, pattern="Straße-[äöü]{3}"))


def test_no_rows_are_no_texts(filled: Filled) -> None:
    assert filled(0, pattern="[a-z]{3}") == []
