"""Numbers from a seed, by place: the number of a person or row is known without drawing those before it.

Nothing is drawn in sequence, so any batch, stream or shard agrees. The numbers are those of SplitMix64 (Steele, Lea
and Flood, 2014), a counter that is mixed: good enough for made-up values, no use for privacy or secrets.
"""

from __future__ import annotations

import hashlib
from math import isqrt

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint64]
Index = NDArray[np.int64]

LARGEST = 2**62
"""The largest space that `permuted` shuffles."""
_GOLDEN, _FIRST, _SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_HALF = np.uint64(32)
_ROUNDS = 3


def key(seed: int, *words: object) -> int:
    """64 bits that stand for a seed and a purpose; different purposes are unrelated.

    >>> key(7, "given") == key(7, "given"), key(7, "given") == key(8, "given")
    (True, False)
    """
    text = "\0".join([str(seed), *map(str, words)])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def bits(purpose: int, index: Index) -> Bits:
    """64 even bits for each place of `index` (int64 [rows]), the same wherever it is asked."""
    return _mixed(index.astype(np.uint64) * _GOLDEN + np.uint64(purpose))


def again(random: Bits, turn: int) -> Bits:
    """Other bits for the same places."""
    return _mixed(random + np.uint64((turn + 1) * int(_GOLDEN) % 2**64))


def below(random: Bits, size: int) -> NDArray[np.int64]:
    """Whole numbers 0 .. size - 1, each as likely (to 1 in 2^32 / size); `size` at most 2^31 (Lemire, 2019)."""
    return (((random >> _HALF) * np.uint64(size)) >> _HALF).astype(np.int64)


def share(random: Bits) -> NDArray[np.float64]:
    """Numbers from 0 to below 1, of 53 bits."""
    return (random >> np.uint64(11)).astype(np.float64) * 2.0**-53


def permuted(index: Index, size: int, purpose: int) -> Bits:
    """A shuffle of 0 .. size - 1, place by place: different places below `size` get different numbers.

    Places at or above `size` start over. A Feistel network on a grid of about sqrt(size) by sqrt(size) cells (Black and
    Rogaway, 2002), walked on from the few cells beyond `size`.

    >>> sorted(permuted(np.arange(10), 10, key(1, "doc")).tolist())
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    """
    assert 0 < size <= LARGEST
    height = isqrt(size - 1) + 1
    width = -(-size // height)
    place = index.astype(np.uint64) % np.uint64(size)
    place = _stepped(place, height, width, purpose)
    beyond = np.flatnonzero(place >= size)
    while len(beyond):
        place[beyond] = _stepped(place[beyond], height, width, purpose)
        beyond = beyond[place[beyond] >= size]
    return place


def _stepped(place: Bits, height: int, width: int, purpose: int) -> Bits:
    """One pass of the network over 0 .. height * width - 1."""
    row, column = place // np.uint64(width), place % np.uint64(width)
    for turn in range(_ROUNDS):
        row = _turned(row, column, height, purpose + 2 * turn)
        column = _turned(column, row, width, purpose + 2 * turn + 1)
    return row * np.uint64(width) + column


def _turned(value: Bits, by: Bits, size: int, purpose: int) -> Bits:
    """`value` + a number of 0 .. size - 1 that `by` decides, around the clock."""
    turned = value + (((_mixed(by * _GOLDEN + np.uint64(purpose % 2**64)) >> _HALF) * np.uint64(size)) >> _HALF)
    return np.where(turned >= size, turned - np.uint64(size), turned)


def _mixed(state: Bits) -> Bits:
    """SplitMix64's output function."""
    state = (state ^ (state >> np.uint64(30))) * _FIRST
    state = (state ^ (state >> np.uint64(27))) * _SECOND
    return state ^ (state >> np.uint64(31))
