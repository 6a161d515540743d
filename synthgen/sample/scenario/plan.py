"""From a scenario and a model to streams of rows: who gets how many, under which condition, with what set.

A segment is one stream, or, where it mixes a column, one stream for each level that is told apart: shares are met
exactly because each stream's number of rows is a whole number that was chosen beforehand.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from synthgen.encode.codec import Codec
from synthgen.encode.grid import LevelGrid, grid
from synthgen.errors import ConditionError, ConfigError
from synthgen.identifiers import check
from synthgen.sample.change import Change
from synthgen.sample.changed import alone
from synthgen.sample.draw import BLOCK, part_seed
from synthgen.sample.finish import Place, identifiers
from synthgen.sample.joint import flat
from synthgen.sample.scenario.changes import Moved
from synthgen.sample.scenario.document import TOLERANCE, Scenario, Segment
from synthgen.sample.scenario.extrapolation import Watched
from synthgen.sample.scenario.segments import Segmented, Stream
from synthgen.sample.scenario.sizes import Counts, fitted, largest_remainder
from synthgen.sample.scenario.watch import watch
from synthgen.sample.scenario.words import Words
from synthgen.sample.stream import Draws, narrowed
from synthgen.schema import spell
from synthgen.schema.mistakes import closest
from synthgen.sql.region import Region, complement, intersect, unite

MOST_STREAMS = 1000
BALANCED_TURNS = 6000
"""Streams are balanced while that takes so many turns together, a few seconds."""
REST = "rest"
"""What a mix calls the levels that it does not name."""

Given = tuple[tuple[str, Region], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A segment as it is drawn.

    segment      None for what the segments leave
    probability  of its condition under the model; 1 without one
    mix          column -> what was told apart -> rows
    streams      how many of the sample's streams are its own, in their order
    """

    segment: Segment | None
    rows: int
    probability: float
    mix: Mapping[str, Mapping[str, int]]
    changes: Mapping[str, Watched]
    streams: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Planned:
    """A scenario, ready to be drawn.

    parts  its segments, and what they leave
    usual  rows of the table that the model was fitted to, about: less than one of them is extrapolation
    """

    scenario: Scenario
    usual: int
    parts: tuple[Part, ...]
    sample: Segmented


def plan_scenario(scenario: Scenario, base: Draws, *, rows: int | None, usual: int) -> Planned:
    """Streams for a scenario.

    base   the model without a condition; its seed is the sample's
    rows   in all, where the command line says so
    usual  rows where nobody says so: about as many as the model was fitted to

    Raises ConfigError for sizes and columns that make no sense, and ConditionError, about the segment, for what does
    not parse or cannot happen.
    """
    _check_labels(scenario, base)
    counts = sizes(scenario, rows=rows, usual=usual)
    parts: list[Part] = []
    streams: list[Stream] = []
    for segment, count in zip([*scenario.segments, None], counts, strict=True):
        if count:
            part, made = _part(scenario, segment, base, count, floor=1.0 / usual)
            parts.append(part)
            streams += made
    if len(streams) > MOST_STREAMS:
        expected = f"at most {MOST_STREAMS:,} kinds of rows in all"
        raise ConfigError(scenario.name, expected=expected, got=f"{len(streams):,}", fix="mix fewer levels")
    return Planned(scenario=scenario, usual=usual, parts=tuple(parts), sample=segmented(streams, seed=base.seed))


def balance(base: Draws, column: str, *, where: str | None, rows: int) -> Segmented:
    """A sample with as many rows of each level of a column, missing left out; within a condition, if there is one.

    Raises ConfigError for a column without levels, and ConditionError for a level that the model says cannot happen.
    """
    known = _known(column, base, "balance").columns[column].grid
    if not isinstance(known, LevelGrid):
        raise ConfigError(f"balance on {column}", expected="a column of levels", got="a line", fix="use a scenario")
    counts = largest_remainder([1.0] * known.value_cells, rows).tolist()
    none = np.zeros(0, np.bool_)
    streams = []
    for level, count in enumerate(counts):
        ends = np.array([level]), np.array([level + 1])
        region = Region(units=known.value_cells, low=ends[0], high=ends[1], special=none, missing=False)
        if count:
            with _about(f"balance on {column}, level {spell(known.values[level])}"):
                draws = narrowed(base, where=where, within=[(column, region)])
            streams.append(Stream(draws=replace(draws, rows=count), labels={}))
    return segmented(streams, seed=base.seed)


def segmented(streams: Sequence[Stream], *, seed: int) -> Segmented:
    """Streams with seeds of their own, balanced where they are few.

    Raises SchemaError for identifiers that so many rows cannot have.
    """
    turns = sum(min(stream.draws.rows, BALANCED_TURNS // 2) for stream in streams)
    even = turns <= BALANCED_TURNS and sum(stream.draws.rows for stream in streams) <= BLOCK
    own, before = [], 0
    for part, stream in enumerate(streams):
        draws = replace(
            stream.draws,
            seed=part_seed(seed, part),
            even=even,
            before=Place(rows=before, persons=before),  # no more persons than rows
            identity=seed,
        )
        own.append(replace(stream, draws=draws))
        before += draws.rows
    schema = own[0].draws.shape.table
    check(identifiers(schema), before, persons=before, unit=schema.privacy.unit)
    return Segmented(streams=tuple(own), seed=seed)


def sizes(scenario: Scenario, *, rows: int | None, usual: int) -> list[int]:
    """Rows of each segment, and of what they leave, in this order. Raises ConfigError when they do not fit."""
    fixed = sum(segment.rows or 0 for segment in scenario.segments)
    shares = [segment.share or 0.0 for segment in scenario.segments]
    total = rows or scenario.rows or (usual if any(shares) else fixed)
    left = total - fixed - sum(shares) * total
    if left < -TOLERANCE * max(total, 1):
        got = f"{fixed:,} rows and {sum(shares):.4g} of all in the segments"
        raise ConfigError(scenario.name, expected=f"{total:,} rows in all", got=got, fix="ask for more with -n")
    rest = max(left, 0.0) / max(total, 1)
    rest = 0.0 if rest < TOLERANCE else rest
    shared = total - fixed
    counts = largest_remainder([*shares, rest], shared).tolist() if shared else [0] * (len(shares) + 1)
    wanted = [segment.rows or count for segment, count in zip(scenario.segments, counts[:-1], strict=True)]
    return [*wanted, counts[-1]]


def _part(
    scenario: Scenario, segment: Segment | None, base: Draws, rows: int, *, floor: float
) -> tuple[Part, list[Stream]]:
    """The streams of one segment, or of what the segments leave."""
    labels = {} if scenario.label is None else {scenario.label: scenario.rest if segment is None else segment.name}
    if segment is None:
        part = Part(segment=None, rows=rows, probability=1.0, mix={}, changes={}, streams=1)
        return part, [Stream(draws=replace(base, rows=rows), labels=labels)]
    labels |= {} if segment.label is None else {segment.label: segment.name}
    subject = f"segment {segment.name}"
    changes = dict(_changes(segment, base, subject))
    modelled = flat(base.codec).columns
    moved = {name: change for name, change in changes.items() if isinstance(change, Moved) and name in modelled}
    sources = tuple((name, change.source) for name, change in moved.items())
    with _about(subject):
        whole = narrowed(base, where=segment.where, within=sources)
    watched = {
        name: watch(name, change, base, segment.where, given=whole, floor=floor) for name, change in changes.items()
    }
    mixed = _mixed(segment, base, sources, rows, subject)
    streams = []
    for count, given in mixed.streams:
        with _about(subject):
            draws = narrowed(base, where=segment.where, within=[*sources, *given], changes=watched)
        streams.append(Stream(draws=replace(draws, rows=count), labels=labels))
    chance = whole.probability * (1.0 if whole.acceptance is None else whole.acceptance)
    part = Part(segment=segment, rows=rows, probability=chance, mix=mixed.counts, changes=watched, streams=len(streams))
    return part, streams


def _changes(segment: Segment, base: Draws, subject: str) -> Iterator[tuple[str, Change]]:
    """What is set; a column that a difference stands for is set in its own terms."""
    table, modelled = base.shape.table, base.shape.modelled
    late = {one.column: table.columns[one.column] for one in base.shape.rules.differences}
    own = {name: alone(grid(name, column)) for name, column in late.items()}
    codec = Codec(columns=dict(flat(base.codec).columns) | own)
    words = Words(codec=codec, schema=modelled.model_copy(update={"columns": dict(modelled.columns) | late}))
    for name, said in segment.set.items():
        if name not in late:
            _known(name, base, f"{subject}, set")
        with _about(f"{subject}, set"):
            yield name, words.change(name, said)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Mixed:
    """The streams of a mix: rows and regions of each; and rows by column and by what was told apart."""

    streams: list[tuple[int, Given]]
    counts: Mapping[str, Mapping[str, int]]


def _mixed(segment: Segment, base: Draws, sources: Given, rows: int, subject: str) -> _Mixed:
    if len(segment.mix) > 2:
        fix = "split the segment"
        raise ConfigError(subject, expected="a mix of at most two columns", got=str(len(segment.mix)), fix=fix)
    axes = {name: _axis(name, shares, base, subject) for name, shares in segment.mix.items()}
    sums = {name: largest_remainder([share for _, share in axis.values()], rows) for name, axis in axes.items()}
    regions = [[(name, region) for region, _ in axis.values()] for name, axis in axes.items()]
    cells = list(itertools.product(*regions))
    if len(axes) == 2:
        prior = np.array([_chance(segment, base, (*sources, *cell)) for cell in cells])
        table = fitted(prior.reshape([len(axis) for axis in regions]), *sums.values())
        if table is None:
            got = "levels that the model says cannot meet"
            raise ConfigError(f"{subject}, mix", expected=f"{' and '.join(axes)} that go together", got=got)
        counts: Counts = table.ravel()
    else:
        counts = next(iter(sums.values()), np.array([rows]))
    streams = [(count, cell) for count, cell in zip(counts.tolist(), cells, strict=True) if count]
    told = {name: dict(zip(axis, sums[name].tolist(), strict=True)) for name, axis in axes.items()}
    return _Mixed(streams=streams, counts=told)


def _axis(name: str, shares: Mapping[str, float], base: Draws, subject: str) -> dict[str, tuple[Region, float]]:
    """What a mix tells apart in one column: the region and the share of each."""
    words = Words(codec=_known(name, base, f"{subject}, mix"), schema=base.shape.modelled)
    found: dict[str, tuple[Region, float]] = {}
    for said, share in shares.items():
        with _about(f"{subject}, mix"):
            region = words.region(name, said)
        twice = next((other for other, (taken, _) in found.items() if not intersect([taken, region]).is_empty), None)
        if twice is not None:
            raise ConfigError(f"{subject}, mix {name}", expected="each value once", got=f"{said} and {twice}")
        found[said] = region, share
    left = 1.0 - math.fsum(shares.values())
    if left > TOLERANCE:
        found[REST] = complement(unite([region for region, _ in found.values()])), left
    return {said: pair for said, pair in found.items() if pair[1] > 0}


def _chance(segment: Segment, base: Draws, given: Given) -> float:
    """The probability of a segment's condition with these regions; 0 where the model says it cannot happen."""
    try:
        draws = narrowed(base, where=segment.where, within=given)
    except ConditionError:
        return 0.0
    return draws.probability * (1.0 if draws.acceptance is None else draws.acceptance)


def _known(name: str, base: Draws, subject: str) -> Codec:
    """The codec of what is modelled, where it has a column of the name. Raises ConfigError."""
    codec = flat(base.codec)
    if name not in codec.columns:
        fix = closest(name, codec.columns) or "set what it is made from"
        got = "one that is not drawn from the model" if name in base.shape.table.columns else "one the model lacks"
        raise ConfigError(f"{subject} {name}", expected="a column that the model draws", got=got, fix=fix)
    return codec


def _check_labels(scenario: Scenario, base: Draws) -> None:
    for name in [scenario.label, *(segment.label for segment in scenario.segments)]:
        if name is not None and name in base.shape.table.columns:
            got = "one of the table's own"
            raise ConfigError(f"label {name}", expected="a new column", got=got, fix="choose another name")


@contextmanager
def _about(subject: str) -> Iterator[None]:
    """Say in a refusal which part of the scenario it is about."""
    try:
        yield
    except ConditionError as error:
        raise ConditionError(
            f"{subject}, {error.subject}",
            expected=error.expected,
            got=error.got,
            fix=error.fix,
            probability=error.probability,
        ) from None
