r"""Texts as sequences of words, and needles as short runs of them.

A word is a run of letters, digits and underscores. A needle of several words is found wherever these stand beside each
other, in any order and with anything but words between them: `4111-1111` in "4111 1111", a row in `[39, "Private"]`
and in `<td>39</td><td>Private</td>` once markup and the names of columns are taken out.

>>> needles = Needles.of(["4111-1111", "Ada Lovelace"])
>>> needles.found("<b>Lovelace</b>, Ada: 4111 1111 and 4111", markup=True).tolist()
[0, 1]
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

_WORD = re.compile(r"\w+")
_WORD_OR_END = re.compile(r"\w+|\n")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>")
_ZERO = re.compile(r"(?<=\d)\.0+(?!\w)")
MOST_WORDS = 64
"""Of a needle: a longer run would be a document."""
_SIEVE = 1 << 22

Hashes = NDArray[np.uint64]


def words(text: str, *, markup: bool = False) -> list[str]:
    """The words of a text, in order; 39.0 is spelled 39. `markup`: tags are taken out, entities are spelled.

    >>> words("<td>&lt;=50K</td> 39.0", markup=True)
    ['50K', '39']
    """
    if markup:
        text = html.unescape(_TAG.sub(" ", text))
    return _WORD.findall(_ZERO.sub("", text))


def hashes(found: Sequence[str]) -> Hashes:
    """A 64-bit number for each word: Python's own hash, the same throughout a process."""
    return np.fromiter(map(hash, found), np.int64, len(found)).view(np.uint64)


def mixed(codes: Hashes) -> Hashes:
    """Spread 64-bit numbers, so that sums of them do not collide (splitmix64's finaliser; Steele, Lea, Flood 2014)."""
    with np.errstate(over="ignore"):
        codes = (codes ^ (codes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        codes = (codes ^ (codes >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return codes ^ (codes >> np.uint64(31))


def runs(texts: Iterable[str], *, without: Collection[str] = ()) -> tuple[Hashes, NDArray[np.int64]]:
    """For each text the sum of its words' hashes, and how many words it has; those of `without` do not count."""
    lines = [text.replace("\n", " ") for text in texts]
    found = _WORD_OR_END.findall(_ZERO.sub("", "\n".join([*lines, ""])))
    ends = np.fromiter((word == "\n" for word in found), np.bool_, len(found))
    counted = ~ends
    if without:
        counted &= np.fromiter((word not in without for word in found), np.bool_, len(found))
    line: NDArray[np.int64] = np.cumsum(ends) - ends
    sums = np.zeros(len(lines), np.uint64)
    np.add.at(sums, line[counted], mixed(hashes(found))[counted])
    return sums, np.bincount(line[counted], minlength=len(lines)).astype(np.int64)


@dataclass(frozen=True, kw_only=True, slots=True)
class Needles:
    """Runs of words, known by the sum of their words' hashes.

    lengths  number of words -> (sums, sorted; which needle each is), of one length
    sieve    bool: might a sum with these low bits be a needle? Most are not
    """

    lengths: dict[int, tuple[Hashes, NDArray[np.int64]]]
    sieve: NDArray[np.bool_]

    @classmethod
    def of(cls, texts: Iterable[str]) -> Self:
        """Needles numbered as the texts are; what has no word, or too many, cannot be found."""
        sums, counts = runs(texts)
        return cls.summed(sums, counts)

    @classmethod
    def summed(cls, sums: Hashes, counts: NDArray[np.int64]) -> Self:
        """From sums and numbers of words, one a needle."""
        lengths, sieve = {}, np.zeros(_SIEVE, np.bool_)
        for length in np.unique(counts).tolist():
            if 0 < length <= MOST_WORDS:
                which = np.flatnonzero(counts == length)
                which = which[np.argsort(sums[which])]
                lengths[length] = (sums[which], which)
                sieve[(sums[which] % np.uint64(_SIEVE)).astype(np.int64)] = True
        return cls(lengths=lengths, sieve=sieve)

    def found(self, text: str, *, markup: bool = False, without: Collection[str] = ()) -> NDArray[np.int64]:
        """Which needles a text has, each once; `without` are words that are passed over."""
        read = words(text, markup=markup)
        return self.among(hashes([word for word in read if word not in without] if without else read))

    def among(self, codes: Hashes) -> NDArray[np.int64]:
        """The same for the hashes of a text's words."""
        with np.errstate(over="ignore"):
            total = np.concatenate([np.zeros(1, np.uint64), np.cumsum(mixed(codes), dtype=np.uint64)])
            hits = [
                which[_matches(total[length:] - total[:-length], sums, self.sieve)]
                for length, (sums, which) in self.lengths.items()
                if length < len(total)
            ]
        return np.unique(np.concatenate([np.zeros(0, np.int64), *hits]))


def _matches(windows: Hashes, sums: Hashes, sieve: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Places in `sums` that some window has, all copies of a sum among them."""
    likely = windows[sieve[(windows % np.uint64(_SIEVE)).astype(np.int64)]]
    likely = np.unique(likely)
    first, last = np.searchsorted(sums, likely), np.searchsorted(sums, likely, side="right")
    places = [np.arange(a, b) for a, b in zip(first, last, strict=True) if b > a]
    return np.concatenate([np.zeros(0, np.int64), *places]).astype(np.int64)
