"""Rows of synthetic persons: how many each has, and what these have in common.

A person begins with one row of the model, the *first* row. Some columns stay for the person: those that a rule calls
constant always, each other one with the probability with which two rows of a real person were found to agree beyond
chance (a noisy, paid count). A further row takes over what stays, and draws the rest from the model given a few of the
columns that stay, its *anchors*:

    anchors T, a random part of what stays -> codebook row k ~ weight_k * prod over T of P(first row's level | k)
                                           -> level of each column that does not stay ~ P( . | k)

What that means for a table of rows. The first row has the model's law. Which columns stay, and which of them are
anchors, is decided without looking at levels; so in a further row (x_T, x_rest) has the law of the model's (x_T,
x_rest), by Bayes' rule, and what stays has the law of the model's first row. Hence, in every row: each column alone is
distributed exactly as the model says; so are all columns that stay, together; and all that do not stay, together with
the anchors. What is diluted is the relation of a column that stays, and is no anchor, with one that does not, and in
further rows only. All of it could be anchors, and nothing would be diluted, were the model's codebook infinite: given
many levels few of its rows are left, and a person's rows would all be one. So there are as many anchors as leave, on
average, a `LEAST_LEFT` part of the codebook.

Numbers of rows have nothing to do with levels (the counts say nothing about that), so a row's law does not depend on
how many rows its person has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from synthgen.encode.codec import Codec
from synthgen.encode.people import People
from synthgen.encode.sizes import Law, draw_sizes, law_given
from synthgen.engine.codebook import Codebook
from synthgen.sample.balance import balanced
from synthgen.sample.draw import Levels, block_rng, draw_levels
from synthgen.sample.joint import JointCodec

LEAST_LEFT: Final = 1 / 8
"""Of the codebook's rows, so many are left to draw from given the anchors, on average."""
MOST_ANCHORS: Final = 8
PARTY: Final = 8
"""So many further rows of a person have the same anchors."""
CHUNK: Final = 512
"""Parties whose codebook rows are weighed at once."""
PROBES: Final = 256
PROBE_SEED: Final = 2**64 + 1
"""What anchors leave is tried on first rows from a seed of their own, which no user can give."""
RAREST: Final = 1e-30

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, slots=True)
class Persons:
    """How persons are drawn.

    law      of the number of rows of a person
    stays    modelled column -> how likely it stays for a person; 1 for what rules call constant
    anchors  columns, of those that stay, that a further row's other columns are drawn from
    """

    law: Law
    stays: Mapping[str, float]
    anchors: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Grouped:
    """Rows of one block by person, those of a person one after another.

    person  number of each row's person in the block, int64 [rows]
    source  column of the codec -> for each row the row whose value it takes: its own, or the person's first, int64
            [rows]; columns that stay for nobody are not in it
    levels  uint16 [rows] a column
    """

    person: Rows
    source: Mapping[str, Rows]
    levels: list[Levels]

    def filtered(self, kept: Mask) -> Grouped:
        """The rows that are kept; where the row is gone whose value one takes, it keeps its own."""
        place, own = np.cumsum(kept) - 1, np.arange(int(kept.sum()))
        source = {name: np.where(kept[rows], place[rows], -1)[kept] for name, rows in self.source.items()}
        return Grouped(
            person=self.person[kept],
            source={name: np.where(rows < 0, own, rows) for name, rows in source.items()},
            levels=[column[kept] for column in self.levels],
        )


def persons_of(people: People, codebook: Codebook, codec: Codec, *, constant: Sequence[str] = ()) -> Persons:
    """How to draw persons from a model as it was fitted; `constant` are columns that stay for every person."""
    heads = [codebook.weights @ codebook.head(column) for column in range(codebook.columns)]
    always = np.isin(codec.names, constant)
    chance = np.array([float(head @ head) for head in heads])
    anchors, chance = _anchors(codebook, np.where(always, 1.0, people.alike.beyond_chance(chance)), chance)
    stays = np.where(always, 1.0, people.alike.beyond_chance(chance))
    return Persons(law=people.sizes.law(), stays=dict(zip(codec.names, stays.tolist(), strict=True)), anchors=anchors)


def persons_given(persons: Persons, columns: Sequence[str], share: float) -> Persons:
    """Persons of whose rows only those are drawn that meet a condition on these columns, as a `share` of rows does.

    Meeting it stays for a person as the column does that stays least. Exact for a condition on one column.
    """
    known = [persons.stays[name] for name in columns if name in persons.stays]
    return replace(persons, law=law_given(persons.law, share=share, stays=min(known))) if known else persons


def draw_persons(
    persons: Persons,
    codebook: Codebook,
    codec: Codec,
    rows: int,
    rng: np.random.Generator,
    *,
    independent: bool,
    even: bool,
) -> Grouped:
    """So many rows, `rows` <= BLOCK; first rows are balanced where `even`, further rows are independent draws."""
    sizes = draw_sizes(persons.law, rows, rng)
    origin, first = draw_levels(codebook, len(sizes), rng, independent=independent)
    if even:
        first = balanced(codebook, origin, first, rng)
    begins = np.cumsum(sizes) - sizes
    person = np.repeat(np.arange(len(sizes)), sizes)
    lead, own = begins[person], np.arange(rows)
    stays = rng.random((len(sizes), codebook.columns)) < _chances(persons, codec)
    further = np.flatnonzero(own != lead)
    rank = own[further] - lead[further] - 1
    party = np.cumsum(rank % PARTY == 0) - 1
    owner = person[further][rank % PARTY == 0]
    codes = np.stack(first, axis=1).astype(np.int64) + codebook.offsets[:-1]
    anchors = _chosen(stays[owner], persons.anchors, rng)
    drawn = _origins(codebook, codes[owner], anchors, party, rng)
    levels, source = [], {}
    for column, name in enumerate(codec.names):
        mixed = first[column][person]
        kept = stays[:, column][person]
        loose = np.flatnonzero(~kept[further])
        mixed[further[loose]] = _levels(codebook, column, drawn[loose], rng)
        levels.append(mixed)
        if kept.any():
            source[name] = np.where(kept, lead, own)
    return Grouped(person=person, source=source, levels=levels)


def _chances(persons: Persons, codec: Codec) -> Floats:
    """How likely each column of a codec stays: a joint column always with any of its parts, else as they do."""
    found = []
    for name, column in codec.columns.items():
        parts = list(column.parts) if isinstance(column, JointCodec) else [name]
        chances = [persons.stays[part] for part in parts]
        found.append(1.0 if max(chances) == 1 else float(np.mean(chances)))
    return np.array(found)


def _anchors(codebook: Codebook, stays: Floats, chance: Floats) -> tuple[int, Floats]:
    """The most anchors that leave enough of the codebook, and how often two rows with these agree in the other columns.

    `stays` is how likely each column does, `chance` how often two rows agree that have nothing in common.
    """
    rng = block_rng(PROBE_SEED, 0)
    _, levels = draw_levels(codebook, PROBES, rng, independent=False)
    codes = np.stack(levels, axis=1).astype(np.int64) + codebook.offsets[:-1]
    staying = rng.random(codes.shape) < stays
    logs, found = _logs(codebook), 0
    for number in range(1, MOST_ANCHORS + 1):
        anchors = _chosen(staying, number, rng)
        weights = _given(logs, codebook, codes, anchors)
        if np.mean(1 / (weights**2).sum(axis=1)) < LEAST_LEFT / float((codebook.weights**2).sum()):
            break
        agree = np.stack([((weights @ codebook.head(j)) ** 2).sum(axis=1) for j in range(codebook.columns)], axis=1)
        others = np.maximum((~anchors).sum(axis=0), 1)
        found, chance = number, np.maximum(chance, np.where(anchors, 0.0, agree).sum(axis=0) / others)
    return found, chance


def _chosen(stays: Mask, number: int, rng: np.random.Generator) -> Mask:
    """A random `number` of what stays in each line, or all of it."""
    luck = np.where(stays, rng.random(stays.shape), 2.0)
    if number >= stays.shape[1]:
        return stays
    last = np.partition(luck, max(number - 1, 0), axis=1)[:, max(number - 1, 0)]
    return stays & (luck <= last[:, None]) & (number > 0)


def _logs(codebook: Codebook) -> NDArray[np.float32]:
    """Log-probability of each code in each codebook row, float32 [codes, codebook rows]."""
    return np.asarray(np.log(np.maximum(codebook.probabilities.T, np.float32(RAREST))))


def _given(logs: NDArray[np.float32], codebook: Codebook, codes: Rows, anchors: Mask) -> Floats:
    """Probability of each codebook row given the anchors' codes, float64 [lines, codebook rows]."""
    with np.errstate(divide="ignore"):
        scores = np.tile(np.log(codebook.weights), (len(codes), 1))
    for column in np.flatnonzero(anchors.any(axis=0)):
        lines = np.flatnonzero(anchors[:, column])
        scores[lines] += logs[codes[lines, column]]
    scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(scores / scores.sum(axis=1, keepdims=True))


def _origins(codebook: Codebook, codes: Rows, anchors: Mask, party: Rows, rng: np.random.Generator) -> Rows:
    """A codebook row for each further row: `codes` and `anchors` are those of parties, `party` rises over the rows."""
    logs, luck = _logs(codebook), rng.random(len(party))
    drawn = np.zeros(len(party), np.int64)
    for start in range(0, len(codes), CHUNK):
        weights = _given(logs, codebook, codes[start : start + CHUNK], anchors[start : start + CHUNK])
        low, high = np.searchsorted(party, [start, start + len(weights)])
        drawn[low:high] = _picked(weights, party[low:high] - start, luck[low:high])
    return drawn


def _levels(codebook: Codebook, column: int, origin: Rows, rng: np.random.Generator) -> Levels:
    return _picked(codebook.head(column), origin, rng.random(len(origin))).astype(np.uint16)


def _picked(shares: Floats, line: Rows, luck: Floats) -> Rows:
    """An entry of a line of `shares` for each `luck` in [0, 1): one search for all, line after line."""
    width = shares.shape[1]
    ends = np.cumsum(shares, axis=1)
    ends /= ends[:, -1:]
    place = np.searchsorted((ends + np.arange(len(shares))[:, None]).ravel(), line + luck, side="right")
    return np.asarray(np.clip(place - line * width, 0, width - 1), np.int64)
