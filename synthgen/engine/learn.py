"""Rounds of select, measure and fit, then rows if asked: from a private table behind its door to a codebook.

The only private facts that reach this module are noisy answers of `PrivateTable`, each charged before it is computed.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from numpy.typing import NDArray

from synthgen.encode.codec import Codec
from synthgen.encode.levels import Encoding
from synthgen.engine.candidates import Candidate, Groups, candidates
from synthgen.engine.codebook import Codebook, mixed
from synthgen.engine.critic import contend
from synthgen.engine.evidence import Evidence, Measured, splitting
from synthgen.engine.fitting import Generator, fit, generator
from synthgen.engine.heldout import HELD_SHARE, CountsAnswer, asked_of_counts
from synthgen.engine.likelihood import climb, weigh
from synthgen.engine.loss import Goal
from synthgen.engine.openly import RowsAnswer, asked_of_rows
from synthgen.engine.parts import Parts, parts_of
from synthgen.engine.phase import Phase, pupil
from synthgen.engine.record import SILENT, Record
from synthgen.engine.select import effective_cells, select
from synthgen.engine.settings import Settings
from synthgen.engine.teacher import OpenRows, Teacher
from synthgen.engine.watch import Watch
from synthgen.privacy import PrivateTable, TableRequest, sigma_for
from synthgen.progress import Progress, Silent

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """One fit: what stays the same through its rounds.

    rho      zCDP left for selection and measurement; infinite without privacy
    select   rho of selection, over all rounds
    rows     noisy row count
    phase    of DP-SGD, after the counts; `alone`: instead of them
    divided  columns whose levels own parts of the codebook
    settings of the generators; a phase has its own way with them, see `pupil`
    record   is told how the first generator learns
    """

    encoding: Encoding
    groups: Groups | None
    settings: Settings
    rho: float
    select: float
    sensitivity: int
    rows: float
    device: torch.device
    progress: Progress = field(default_factory=Silent)
    phase: Phase = field(default_factory=Phase)
    alone: bool = False
    divided: tuple[str, ...] = ()
    record: Record = SILENT

    @property
    def is_checked(self) -> bool:
        """Whether a part of each noisy table is held out, to check the phase."""
        return self.phase.kind != "off" and not np.isinf(self.rho)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns."""
        return self.encoding.codec.names

    def goal(self, evidence: Evidence) -> Goal:
        """What generators are fitted to."""
        codec, device = self.encoding.codec, self.device
        return evidence.goal(codec, self.groups, rows=self.rows, device=device, half=_half(device))

    def watch(self, stage: str, first: int, steps: int) -> Watch:
        """A new stage for the record: so many steps after the `first` ones."""
        self.record.stage(stage, first)
        return Watch(record=self.record, first=first, steps=steps)


@dataclass(frozen=True, kw_only=True, slots=True)
class Learned:
    """A fitted codebook, and what became of the DP-SGD phase, in words (empty: there was none)."""

    codebook: Codebook
    verdict: str = ""


def learn(table: PrivateTable, job: Job, *, target: str | None, seed: int) -> Learned:
    """Measure the tables that matter, fit the generator to them, train it on rows if asked, and return its codebook."""
    codec = job.encoding.codec
    groups = job.groups
    table.set_levels(
        job.encoding.level_of, group_column=target if groups else None, group_of=groups.of_level if groups else None
    )
    parts = parts_of(codec, job.divided, job.settings.codebook)
    settings = pupil(job.settings, job.phase, divided=parts is not None)
    model = generator(codec, settings, seed=seed, device=job.device, parts=parts)
    if job.alone:
        return _alone(table, job, model, seed=seed)
    options = candidates(len(job.names), groups)
    evidence, held = Evidence(), Evidence()
    rng = splitting(seed)
    for turn, steps in enumerate(settings.steps):
        estimate = independent(job) if turn == 0 else model.codebook()
        chosen, answers = _measure(table, job, options, estimate, turn)
        fresh = Evidence().adding(chosen, answers)
        if job.is_checked:
            fresh, out = fresh.thinned(HELD_SHARE, rng)
            held = held.and_also(out)
        evidence = evidence.and_also(fresh)
        if evidence.tables:
            goal = job.goal(evidence)
            watch = job.watch(f"counts, round {turn + 1}", sum(settings.steps[:turn]), steps)
            fit(model, goal, settings, steps=steps, on_step=job.progress.advance, watch=watch)
    if not evidence.tables:
        skipped = f"{job.phase.name}: not run, no table was worth measuring" if job.phase.kind != "off" else ""
        return Learned(codebook=independent(job), verdict=skipped)
    others = (_another(job, settings, goal, parts, seed=seed + member) for member in range(1, settings.members))
    before = mixed([model.codebook(), *others])
    if job.phase.kind == "off":
        return Learned(codebook=before)
    teacher = _teacher(table, job, seed=seed)
    after = _taught(job, model, before, goal, teacher, seed=seed)
    answer = _asked(job, before, after, teacher, held, target=target, seed=seed)
    verdict = f"{job.phase.name}: {answer.words}"
    if answer.is_worse:
        book = _again(job, job.goal(evidence.and_also(held)), parts, seed=seed)
        return Learned(codebook=book, verdict=f"{verdict}; counts alone were fitted again")
    return Learned(codebook=_possible(after, codec) if np.isinf(job.rho) else after, verdict=verdict)


def _asked(
    job: Job, before: Codebook, after: Codebook, teacher: Teacher, held: Evidence, *, target: str | None, seed: int
) -> CountsAnswer | RowsAnswer:
    """What was held out is asked whether rows made it worse."""
    if isinstance(teacher, OpenRows):
        place = job.names.index(target) if target in job.names else None
        return asked_of_rows(before, after, teacher.held_out, target=place, seed=seed, progress=job.progress)
    old, new = (expected_tables(book, list(held.tables), job.groups, job.rows) for book in (before, after))
    return asked_of_counts(old, new, held)


def _possible(book: Codebook, codec: Codec) -> Codebook:
    """Without the little that a softmax leaves to levels which, by exact counts, nobody has."""
    there = np.where(codec.marginal > 0, book.probabilities, 0.0).astype(np.float32)
    spans = [slice(int(a), int(b)) for a, b in itertools.pairwise(codec.offsets)]
    sums = np.concatenate([there[:, span].sum(1, keepdims=True).repeat(span.stop - span.start, 1) for span in spans], 1)
    return replace(book, probabilities=np.where(sums > 0, there / np.maximum(sums, 1e-30), book.probabilities))


def _alone(table: PrivateTable, job: Job, model: Generator, *, seed: int) -> Learned:
    """The critic and one-way counts, nothing else: `--model ctgan`."""
    goal, teacher = job.goal(Evidence()), _teacher(table, job, seed=seed)
    return Learned(codebook=_taught(job, model, model.codebook(), goal, teacher, seed=seed))


def _teacher(table: PrivateTable, job: Job, *, seed: int) -> Teacher:
    phase = job.phase
    if np.isinf(job.rho):
        return OpenRows(table.rows(phase.kind), batch=round(phase.batch), seed=seed, device=job.device)
    return table.descend(
        phase.kind,
        noise_multiplier=phase.noise_multiplier,
        sample_rate=phase.sample_rate,
        steps=phase.steps,
        clip=phase.clip,
        divisor=phase.batch,
        device=job.device.type,
        hardened=phase.hardened,
    )


def _taught(job: Job, model: Generator, before: Codebook, goal: Goal, teacher: Teacher, *, seed: int) -> Codebook:
    """The phase's codebook; `before`: what counts made, of this model and others."""
    phase, on_step = job.phase, job.progress.advance
    watch = job.watch(f"{phase.kind} on rows", 0 if job.alone else sum(job.settings.steps), phase.steps)
    if phase.kind == "likelihood":
        if phase.likelihood.wrt == "weights":
            return weigh(before, teacher, goal, phase, on_step=on_step, watch=watch)
        climb(model, teacher, goal, job.settings, phase, on_step=on_step, watch=watch)
        return model.codebook()
    average = contend(model, teacher, goal, phase, seed=seed, on_step=on_step, watch=watch)
    return replace(model.codebook(), probabilities=average.cpu().numpy())


def _again(job: Job, goal: Goal, parts: Parts | None, *, seed: int) -> Codebook:
    """What counts alone make of a goal, as if there had been no phase."""
    job.progress.stage("counts alone, again", job.settings.all_steps)
    first = sum(job.settings.steps) + job.phase.steps
    watch = job.watch("counts alone, again", first, sum(job.settings.steps))
    seeds = range(seed, seed + job.settings.members)
    books = (_another(job, job.settings, goal, parts, seed=own, watch=watch if own == seed else None) for own in seeds)
    return mixed(list(books))


def _another(
    job: Job, settings: Settings, goal: Goal, parts: Parts | None, *, seed: int, watch: Watch | None = None
) -> Codebook:
    """One more generator, from its own start, fitted to all the evidence at once."""
    model = generator(job.encoding.codec, settings, seed=seed, device=job.device, parts=parts)
    fit(model, goal, settings, steps=sum(settings.steps), on_step=job.progress.advance, watch=watch)
    return model.codebook()


def independent(job: Job) -> Codebook:
    """One row: every column on its own."""
    codec = job.encoding.codec
    return Codebook(weights=np.ones(1), probabilities=codec.marginal[None].astype(np.float32), offsets=codec.offsets)


def _measure(
    table: PrivateTable, job: Job, options: Sequence[Candidate], estimate: Codebook, turn: int
) -> tuple[list[Candidate], list[Measured]]:
    """One round's tables: all of them without privacy, else those that the noisy scores favour."""
    if not options:
        return [], []
    if np.isinf(job.rho):
        chosen, rhos = list(options), np.full(len(options), np.inf)
    else:
        chosen, rhos = _choose(table, job, options, estimate, turn)
    if not chosen:
        return [], []
    sigmas = [sigma_for(float(rho), job.sensitivity) for rho in rhos]
    requests = [
        TableRequest(columns=(job.names[c.first], job.names[c.second]), by_group=c.by_group, sigma=sigma)
        for c, sigma in zip(chosen, sigmas, strict=True)
    ]
    answers = table.tables(f"tables, round {turn + 1}", requests)
    return chosen, [
        Measured(counts=answer.astype(np.float64), variance=sigma**2)
        for answer, sigma in zip(answers, sigmas, strict=True)
    ]


def _choose(
    table: PrivateTable, job: Job, options: Sequence[Candidate], estimate: Codebook, turn: int
) -> tuple[list[Candidate], Floats]:
    """Score every candidate against the current estimate, noisily, and pick."""
    rounds = job.settings.rounds
    rho_select = job.select / rounds
    rho_measure = (job.rho - job.select) / rounds
    tables = expected_tables(estimate, options, job.groups, job.rows)
    sensitivity = job.sensitivity * np.sqrt(len(options))
    scores = table.scores(
        f"scores, round {turn + 1}",
        [((job.names[c.first], job.names[c.second]), c.by_group) for c in options],
        [np.rint(expected).astype(np.int64) for expected in tables],
        sigma_for(rho_select, sensitivity),
    )
    cells = np.array([effective_cells(expected, rho_measure) for expected in tables])
    picked, rhos = select(scores.astype(np.float64), cells, rho_measure)
    return [options[i] for i in picked], rhos


def expected_tables(
    codebook: Codebook, options: Sequence[Candidate], groups: Groups | None, rows: float
) -> list[Floats]:
    """Expected counts of candidate tables, float64 [levels, levels] or [groups, levels, levels]."""
    offsets = codebook.offsets
    shares = codebook.probabilities.astype(np.float64)
    weighted = shares * codebook.weights[:, None] * rows
    layers = [weighted.T @ shares]
    if groups is not None:
        target = shares[:, offsets[groups.column] : offsets[groups.column + 1]]
        for group in range(groups.number):
            share = target[:, groups.of_level == group].sum(axis=1)
            layers.append((weighted * share[:, None]).T @ shares)
    spans = [slice(int(a), int(b)) for a, b in itertools.pairwise(offsets)]
    return [
        np.stack([layer[spans[c.first], spans[c.second]] for layer in layers[1:]])
        if c.by_group
        else layers[0][spans[c.first], spans[c.second]]
        for c in options
    ]


def _half(device: torch.device) -> bool:
    """Has the device units for bfloat16 products? Elsewhere they are emulated and slow."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    return bool(torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported())  # noqa: SLF001 - no public name
