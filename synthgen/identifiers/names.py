"""Lists of names by locale, and what they become in mail addresses. The lists are Faker's (MIT); the choice is ours."""

from __future__ import annotations

import importlib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synthgen.identifiers.locales import LOCALES

_NO_ACCENT = str.maketrans({"ß": "ss", "ø": "o", "Ø": "o", "æ": "ae", "Æ": "ae", "ł": "l", "Ł": "l", "đ": "d"})

_MORE = (
    "cs_CZ",
    "da_DK",
    "de_AT",
    "de_CH",
    "en_IN",
    "es_MX",
    "fi_FI",
    "fr_CA",
    "fr_CH",
    "no_NO",
    "pl_PL",
    "pt_PT",
    "tr_TR",
)
"""Locales whose names are recognised, and not made up."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """Words that are drawn by how common they are.

    text    the words, with capitals and accents
    plain   the same in a-z, for mail addresses and host names
    edges   cumulated share of each word, float64; the last is 1
    """

    text: pa.StringArray
    plain: pa.StringArray
    edges: NDArray[np.float64]

    def at(self, place: NDArray[np.float64]) -> NDArray[np.int64]:
        """The words (their index) at places 0 .. 1 on the edges."""
        return np.searchsorted(self.edges, place, side="right").clip(max=len(self.edges) - 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Names:
    """Given names of men and women, and family names."""

    male: Words
    female: Words
    family: Words


@lru_cache
def names(locale: str) -> Names:
    """The names of a locale that is known (`locales.LOCALES`)."""
    provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
    return Names(
        male=_words(provider.first_names_male),
        female=_words(provider.first_names_female),
        family=_words(provider.last_names),
    )


def plain(word: str) -> str:
    """A word in a-z.

    >>> plain("Müller-Łódź"), plain("O'Neil")
    ('mullerlodz', 'oneil')
    """
    bare = unicodedata.normalize("NFKD", word.translate(_NO_ACCENT)).lower()
    return "".join(letter for letter in bare if "a" <= letter <= "z")


def _words(listed: Iterable[str]) -> Words:
    """A list, or a mapping of words to how common they are; words that leave nothing in a-z are left out."""
    weights: dict[str, float] = {}
    for word in listed:
        if plain(word):
            weights[word] = float(listed[word]) if isinstance(listed, Mapping) else 1.0
    edges = np.cumsum(list(weights.values()))
    return Words(
        text=pa.array(list(weights), pa.string()),
        plain=pa.array([plain(word) for word in weights], pa.string()),
        edges=edges / edges[-1],
    )


@lru_cache
def known_words() -> dict[str, frozenset[str]]:
    """Given and family names of all locales, and cities and countries of the world, in small letters without accents.

    For recognising names, never for making them up.
    """
    from faker.providers.address.en import Provider as Countries  # noqa: PLC0415 - slow to import, seldom needed
    from faker.providers.geo import Provider as Cities  # noqa: PLC0415 - the same

    given, family = set[str](), set[str]()
    cities = {row[2] for row in Cities.land_coords}
    states = set[str]()
    for locale in (*LOCALES, *_MORE):
        lists = names(locale)
        given |= {*lists.male.text.to_pylist(), *lists.female.text.to_pylist()}
        family |= set(lists.family.text.to_pylist())
    for known in LOCALES.values():
        cities |= set(known.places.cities)
        states |= set(known.places.states)
    american = importlib.import_module("faker.providers.address.en_US").Provider
    german = importlib.import_module("faker.providers.address.de_DE").Provider
    states |= {*american.states, *american.states_abbr, *german.states}
    found = {
        "given_name": given,
        "family_name": family,
        "city": cities | set(german.cities),
        "state": states,
        "country": {*Countries.countries, *Countries.alpha_2_country_codes, *Countries.alpha_3_country_codes},
    }
    return {kind: frozenset(folded(word) for word in listed) for kind, listed in found.items()}


@lru_cache(maxsize=2**14)
def folded(word: str) -> str:
    """A word as lists of words are searched: small letters, no accents, one blank between words.

    >>> folded("  Île-de-France ")
    'ile de france'
    """
    bare = unicodedata.normalize("NFKD", word.translate(_NO_ACCENT)).encode("ascii", "ignore").decode()
    return " ".join("".join(letter if letter.isalnum() else " " for letter in bare.lower()).split())
