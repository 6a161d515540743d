"""One identity per synthetic person: whatever is asked of it agrees, in any column and any batch.

All of it is a function of the seed, the number of the person and what the table already says of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from synthgen.identifiers.chance import Bits, Index, below, bits, key, permuted, share
from synthgen.identifiers.locales import LOCALES
from synthgen.identifiers.names import Words, names
from synthgen.identifiers.spelling import text

_FEMALE = """
f fem female femme féminin feminin féminine feminino femenino femenina femmina femminile feminina frau w weiblich woman
women girl mujer mulher donna vrouw vrouwelijk v kvinna kvinde kobieta k 2 2.0
"""
_MALE = """
m male man men boy homme h masculin masculino maschile maschio mann männlich maennlich herr hombre homem uomo mannelijk
mannlig mand mężczyzna 1 1.0
"""
FEMALE, MALE = frozenset(_FEMALE.split()), frozenset(_MALE.split())
"""How a table may say it, in small letters; 1 and 2 are ISO/IEC 5218."""
TODAY = np.datetime64("2025-01-01", "D")
"""The day of reference of ages: public, and the same for everyone."""
_YOUNGEST, _OLDEST, _MOST_YEARS = 18, 90, 150
_LEAP_DAY = 31 + 29
_DIGITS_OF_BLOCK = 2


class Text(NamedTuple):
    """Names as people write them, and in a-z."""

    text: pa.Array
    plain: pa.Array


@dataclass(frozen=True, kw_only=True, slots=True)
class Persona:
    """The persons of the rows of one batch.

    seed     of the table
    number   which of the identities of a row it is: 0, or 1 for a second name, address, ... in the same row
    person   number of the person of each row, int64 [rows]
    gender   what the table says of each, or None
    """

    seed: int
    number: int
    person: Index
    gender: pa.Array | None = None
    _known: dict[tuple[str, str], Text] = field(default_factory=dict, repr=False, compare=False)

    def bits(self, purpose: str) -> Bits:
        """64 bits for each row, the same for all rows of a person."""
        return bits(key(self.seed, self.number, purpose), self.person)

    def shuffled(self, size: int, purpose: str) -> Bits:
        """Numbers 0 .. size - 1, different for different persons up to `size` of them."""
        return permuted(self.person, size, key(self.seed, self.number, purpose))

    def female(self) -> NDArray[np.bool_]:
        """Whom the names say to be a woman: as the table says, else half of the persons."""
        drawn: NDArray[np.bool_] = self.bits("gender") >> np.uint64(63) == 1
        if self.gender is None:
            return drawn
        told = self.gender.dictionary_encode()
        words = [str(word).strip().lower() for word in told.dictionary.to_pylist()]
        sides = np.array([1 if word in FEMALE else 0 if word in MALE else -1 for word in words] or [-1], np.int8)
        side = np.where(told.is_valid().to_numpy(zero_copy_only=False),
                        sides[told.indices.fill_null(0).to_numpy(zero_copy_only=False)], -1)  # fmt: skip
        return np.where(side < 0, drawn, side == 1)

    def given(self, locale: str) -> Text:
        """Given names."""
        return self._once("given", locale)

    def family(self, locale: str) -> Text:
        """Family names."""
        return self._once("family", locale)

    def _once(self, what: str, locale: str) -> Text:
        if (what, locale) not in self._known:
            known, place = names(locale), share(self.bits(what))
            if what == "family":
                self._known[what, locale] = _taken([known.family], place, np.zeros(len(place), np.intp))
            else:
                self._known[what, locale] = _taken([known.male, known.female], place, self.female().astype(np.intp))
        return self._known[what, locale]

    def place(self, locale: str) -> NDArray[np.int64]:
        """Index of each person's place among those of the locale."""
        return below(self.bits("place"), len(LOCALES[locale].places.cities))

    def postcode(self, locale: str) -> pa.Array:
        """Postcodes of the places."""
        places = LOCALES[locale].places
        ends = places.ends[below(self.bits("postcode"), len(places.ends))]
        return pc.binary_join_element_wise(taken(places.starts, self.place(locale)), text(ends), "")

    def birth(self, age: NDArray[np.float64] | None = None) -> NDArray[np.datetime64]:
        """Days of birth, so that each has `age` full years on TODAY (drawn where it is NaN, or not given).

        The month and day belong to the person: they stay as the person ages.
        """
        drawn = _YOUNGEST + below(self.bits("age"), _OLDEST - _YOUNGEST + 1)
        told = np.clip(np.nan_to_num(drawn if age is None else age), 0, _MOST_YEARS).astype(np.int64)
        years = drawn if age is None else np.where(np.isnan(age), drawn, told)
        # TODAY is a first of January: who was born on the second or later has one birthday fewer than years.
        day = 2 + below(self.bits("birthday"), 364)
        year = TODAY.astype("datetime64[Y]") - (years + 1).astype("timedelta64[Y]")
        first, after = year.astype("datetime64[D]"), (year + 1).astype("datetime64[D]")
        leap = (after - first == np.timedelta64(366, "D")) & (day >= _LEAP_DAY)  # a birthday is one in any year
        born: NDArray[np.datetime64] = first + (day - 1 + leap).astype("timedelta64[D]")
        return born

    def short(self) -> pa.Array:
        """A number as text, different for each person, and short for the first persons."""
        value = np.empty(len(self.person), np.int64)
        width, first = 10**_DIGITS_OF_BLOCK, 0
        left = np.ones(len(self.person), bool)
        while left.any():
            inside = left & (self.person < first + width)
            place = self.person[inside] - first
            value[inside] = first + permuted(place, width, key(self.seed, self.number, "short", first)).astype(np.int64)
            left &= ~inside
            first, width = first + width, width * 100
        return pa.array(value).cast(pa.string())


def taken(words: pa.Array | tuple[str, ...], index: NDArray[np.int64]) -> pa.Array:
    """The words at `index` (int64 [rows])."""
    listed = words if isinstance(words, pa.Array) else pa.array(words, pa.string())
    return listed.take(pa.array(index.astype(np.int32)))


def _taken(lists: list[Words], place: NDArray[np.float64], which: NDArray[np.intp]) -> Text:
    """Words at `place`, from the list that `which` names."""
    index = np.stack([words.at(place) for words in lists])[which, np.arange(len(place))]
    start = np.cumsum([0, *(len(words.text) for words in lists[:-1])])
    both = pa.concat_arrays([words.text for words in lists]), pa.concat_arrays([words.plain for words in lists])
    return Text(*(taken(words, index + start[which]) for words in both))
