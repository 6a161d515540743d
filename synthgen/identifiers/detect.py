"""What a column of unknown data says of persons: by its values, by its name, or by both. Offline, on a sample.

Two ways lead to a finding. Values of a strict form tell by themselves (a mail address; numbers that all have the right
check digit). A name tells where the values look loosely as it says (`zip` over digits). Free text is found by its
length and by its words. Nothing that is returned holds a value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from synthgen.identifiers.forms import FORMS
from synthgen.identifiers.headers import named, speaks_of_text

TEXT = "text"
MOST_VALUES = 500
"""So many different values of the sample are looked at."""
_LOOSE = 0.8
_LONG, _WORDS, _DIFFERENT, _ENOUGH = 30, 5, 0.5, 8

BOTH, CHECKED, FORMED, NAMED, PROSE = 0.99, 0.97, 0.9, 0.85, 0.8


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What a column looks like.

    kind        a key of KINDS, or `text` for free text
    confidence  0 to 1: 0.99 when name and values agree, 0.97 by check digits, 0.9 by form, 0.85 by name, 0.8 for prose
    reason      in words, without a value
    """

    kind: str
    confidence: float
    reason: str


def detect(name: str, sample: pa.Array) -> list[Finding]:
    """What a column looks like, the surest first; nothing when it does not look personal.

    `sample` holds some of its values, of any type, nulls allowed; at most `MOST_VALUES` different ones are looked at.

    >>> detect("contact", pa.array(["a@b.org", "c@d.net"]))[0].kind, detect("amount", pa.array([1.5, 2.5]))
    ('email', [])
    """
    values = _texts(sample)
    if not values:
        return []
    spoken = named(name)
    findings = [found for kind in FORMS if (found := _finding(kind, spoken.get(kind, 0), values)) is not None]
    if not findings and _is_prose(name, sample, values):
        return [Finding(kind=TEXT, confidence=PROSE, reason="long values of many words, hardly two alike")]
    ranked = sorted(findings, key=lambda found: -found.confidence)
    return ranked if len(ranked) < 2 or ranked[0].kind in spoken else _by_strength(ranked, values)


def _finding(kind: str, spoken: int, values: Sequence[str]) -> Finding | None:
    form = FORMS[kind]
    told = form.tells(values)
    if told:
        proof = f"{told:.0%} of the values pass its check ({form.check})" if form.check else f"{told:.0%} have its form"
        if spoken:
            return Finding(kind=kind, confidence=BOTH, reason=f"the name says so, and {proof}")
        return Finding(kind=kind, confidence=CHECKED if form.check else FORMED, reason=proof)
    if spoken and form.fits(values) >= _LOOSE:
        return Finding(kind=kind, confidence=NAMED, reason="the name says so, and the values do not deny it")
    return None


def _by_strength(ranked: list[Finding], values: Sequence[str]) -> list[Finding]:
    """Among kinds of one confidence, the one that more values are of; then the order of FORMS."""
    order = {found.kind: (-found.confidence, -FORMS[found.kind].tells(values)) for found in ranked}
    return sorted(ranked, key=lambda found: order[found.kind])


def _is_prose(name: str, sample: pa.Array, values: Sequence[str]) -> bool:
    if not pa.types.is_string(sample.type) and not pa.types.is_large_string(sample.type):
        return False
    length = sum(map(len, values)) / len(values)
    spoken = speaks_of_text(name)
    enough = len(values) >= _ENOUGH or spoken
    different = len(values) / min(len(sample) - sample.null_count, MOST_VALUES) >= _DIFFERENT
    words = sum(len(value.split()) for value in values) / len(values)
    return enough and different and words >= (3 if spoken else _WORDS) and (spoken or length >= _LONG)


def _texts(sample: pa.Array) -> list[str]:
    """The different values as text, without blanks around, missing ones left out."""
    if pa.types.is_dictionary(sample.type):
        sample = sample.dictionary_decode()
    if pa.types.is_nested(sample.type) or pa.types.is_boolean(sample.type) or pa.types.is_floating(sample.type):
        return []
    texts = (
        pc.utf8_trim_whitespace(pc.replace_substring_regex(sample.cast(pa.string()), r"\s+", " "))
        .unique()
        .drop_null()
        .slice(0, MOST_VALUES + 1)
    )
    return [text for text in texts.to_pylist() if text and text not in _MISSING][:MOST_VALUES]


_MISSING = frozenset({"?", "-", "NA", "N/A", "None", "null", "nan", "unknown"})
