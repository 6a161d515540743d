"""Matching values to a vocabulary: the declared levels, the sentinels, the words for missing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from synthgen.schema.columns import Scalar, spell
from synthgen.tables import arrays

_CANONICAL = r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$"


def match(values: pa.Array, vocabulary: Sequence[Scalar]) -> NDArray[np.int32]:
    """Index into the vocabulary of each value, int32, -1 where there is none (null has none).

    By exact spelling first, then without blanks around, then by value. Only numbers are compared by value:
    the text '01' is the level 1, but not the level '1', so that codes keep their zeros.

    >>> match(pa.array(["1", "01", "1.0", " a", "b", None]), [1, "a"]).tolist()
    [0, 0, 0, 1, -1, -1]
    >>> match(pa.array(["1", "01", "1.0"]), ["1"]).tolist()
    [0, -1, -1]
    >>> match(pa.array([1.0, 2.0]), ["1", 2]).tolist()
    [0, 1]
    """
    if not vocabulary:
        return np.full(len(values), -1, np.int32)
    text = arrays.texts(values)
    found = _by_spelling(text, vocabulary)
    if (found >= 0).all():
        return found
    if arrays.is_text(values):
        found = np.where(found < 0, _by_spelling(arrays.trimmed(text), vocabulary), found)
    return np.where(found < 0, _by_value(values, vocabulary), found)


FALSE = ("no", "n", "f", "nein", "non", "nej", "off", "falsch", "faux", "falso", "n\u00e3o", "nao", "nee")
TRUE = ("yes", "y", "t", "ja", "j", "oui", "on", "wahr", "vrai", "verdadero", "si", "s\u00ed", "s\u00ec", "sim")
"""Words for the two truth values, beside false, true, 0 and 1."""


def spoken(values: pa.Array) -> NDArray[np.int32]:
    """0 where text says no, 1 where it says yes in any case, -1 elsewhere.

    >>> spoken(pa.array(["No", " JA ", "oui", "maybe", None])).tolist()
    [0, 1, 1, -1, -1]
    """
    if not arrays.is_text(values):
        return np.full(len(values), -1, np.int32)
    words = pc.index_in(pc.utf8_lower(arrays.trimmed(values)), value_set=pa.array([*FALSE, *TRUE]))
    place = words.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    return np.where(place < 0, -1, place >= len(FALSE)).astype(np.int32)


def _by_spelling(text: pa.StringArray, vocabulary: Sequence[Scalar]) -> NDArray[np.int32]:
    spellings = pa.array([spell(word) for word in vocabulary], pa.string())
    found: NDArray[np.int32] = (
        pc.index_in(text, value_set=spellings).fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    )
    return found


def _by_value(values: pa.Array, vocabulary: Sequence[Scalar]) -> NDArray[np.int32]:
    words = _values_of_words(values, vocabulary)
    known = np.flatnonzero(np.abs(words) <= arrays.EXACT)  # beyond it two whole numbers may be one float
    if not known.size:
        return np.full(len(values), -1, np.int32)
    distinct, first = np.unique(words[known], return_index=True)
    numbers = _as_numbers(values, two_levels=set(distinct) == {0.0, 1.0})
    place = np.minimum(np.searchsorted(distinct, numbers), distinct.size - 1)
    return np.where(distinct[place] == numbers, known[first[place]], -1).astype(np.int32)


def _values_of_words(values: pa.Array, vocabulary: Sequence[Scalar]) -> NDArray[np.float64]:
    """The numbers that the words of a vocabulary stand for, NaN for other words."""
    numeric = np.array([not isinstance(word, str) for word in vocabulary])
    numbers = np.full(len(vocabulary), np.nan)
    numbers[numeric] = [float(word) for word in vocabulary if not isinstance(word, str)]
    if arrays.is_text(values):
        return numbers
    # The data are typed, so a level that the schema quotes, "1", can only mean the number.
    text = pa.array([spell(word).casefold() for word in vocabulary], pa.string())
    quoted = np.where(arrays.matches(text, _CANONICAL), arrays.floats(text), np.nan)
    if pa.types.is_boolean(values.type):
        quoted = np.where(np.isnan(quoted), _truth(text), quoted)
    return np.where(numeric, numbers, quoted)


def _as_numbers(values: pa.Array, *, two_levels: bool) -> NDArray[np.float64]:
    numbers = arrays.floats(values)
    if arrays.is_text(values) and two_levels:
        return np.where(np.isnan(numbers), _truth(values), numbers)
    return numbers


def _truth(text: pa.StringArray) -> NDArray[np.float64]:
    """1 for 'true', 0 for 'false' in any case, NaN for the rest."""
    words = pc.index_in(pc.utf8_lower(arrays.trimmed(text)), value_set=pa.array(["false", "true"]))
    numbers: NDArray[np.float64] = words.cast(pa.float64()).to_numpy(zero_copy_only=False)
    return numbers
