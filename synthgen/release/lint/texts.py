"""Texts that would leave: JSON, HTML, names, comments, statistics; anything whose bytes hold words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import get_args

import numpy as np

from synthgen.release.lint.chance import is_leak, numerals
from synthgen.release.lint.gather import passed_over
from synthgen.release.lint.private import Private
from synthgen.release.lint.result import Kind, Leak
from synthgen.release.lint.words import hashes, words

CHUNK, OVERLAP = 1 << 22, 1 << 16
"""Characters read at once; a needle that lies across two reads is found in what they share."""
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?")


@dataclass(kw_only=True, slots=True)
class Met:
    """What one text holds: needles by their number, rows by theirs, and how many numbers of so many digits."""

    strings: set[int] = field(default_factory=set)
    rows: set[int] = field(default_factory=set)
    numbers: dict[int, set[str]] = field(default_factory=dict)


def read(pieces: Iterable[bytes], private: Private, *, markup: bool) -> Met:
    """Search a text as it streams by."""
    met, passed = Met(), hashes(sorted(passed_over(private.schema)))
    for text in _joined(pieces):
        found = hashes(words(text, markup=markup))
        met.strings.update(private.string_words.among(found).tolist())
        if private.row_words.lengths:
            met.rows.update(private.row_words.among(found[~np.isin(found, passed)]).tolist())
        for number in set(_NUMBER.findall(text)):
            met.numbers.setdefault(sum(map(str.isdigit, number)), set()).add(number)
    return met


def _joined(pieces: Iterable[bytes]) -> Iterator[str]:
    """Texts of about CHUNK characters, each beginning with the end of the one before."""
    waiting = b""
    for piece in pieces:
        waiting += piece
        if len(waiting) >= CHUNK:
            yield waiting.decode("utf-8", "replace")
            waiting = waiting[-OVERLAP:]
    yield waiting.decode("utf-8", "replace")


def judged(met: Met, private: Private, where: str) -> Iterator[Leak]:
    """Leaks of one text."""
    if met.rows:
        yield Leak(kind="exact row", where=where, found=len(met.rows), chance=0.0)
    kinds: tuple[Kind, ...] = get_args(Kind)
    for kind in kinds:
        own = {private.named[place] for place in met.strings if private.named[place][0] == kind}
        for column in sorted({name for _, name, _ in own}):
            texts = {text for _, name, text in own if name == column}
            usual = _coincidences(kind, column, private, met)
            if is_leak(len(texts), usual):
                yield Leak(kind=kind, where=f"{where}, values of {column}", found=len(texts), chance=usual)


def _coincidences(kind: Kind, column: str, private: Private, met: Met) -> float:
    """Numbers of a text and of a column that are the same by chance."""
    lengths: Counter[int] = Counter()
    for own, name, text in private.named:
        if own == kind and name == column and text.replace(".", "", 1).lstrip("-").isdigit():
            lengths[sum(map(str.isdigit, text))] += 1
    return float(
        np.sum([number * len(met.numbers.get(digits, ())) / numerals(digits) for digits, number in lengths.items()])
    )
