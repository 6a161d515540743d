"""Rounds of select, measure and fit: from a private table behind its door to a codebook.

The only private facts that reach this module are noisy answers of `PrivateTable`, each charged before it is computed.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from synthgen.encode.levels import Encoding
from synthgen.engine.candidates import Candidate, Groups, candidates
from synthgen.engine.codebook import Codebook, mixed
from synthgen.engine.evidence import Evidence, Measured
from synthgen.engine.fitting import fit, generator
from synthgen.engine.loss import Goal
from synthgen.engine.select import effective_cells, select
from synthgen.engine.settings import Settings
from synthgen.privacy import PrivateTable, TableRequest, sigma_for

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """One fit: what stays the same through its rounds.

    rho      zCDP left for selection and measurement; infinite without privacy
    select   rho of selection, over all rounds
    rows     noisy row count
    """

    encoding: Encoding
    groups: Groups | None
    settings: Settings
    rho: float
    select: float
    sensitivity: int
    rows: float
    device: torch.device
    on_step: Callable[[], None]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns."""
        return self.encoding.codec.names


def learn(table: PrivateTable, job: Job, *, target: str | None, seed: int) -> Codebook:
    """Measure the tables that matter, fit the generator to them, and return its codebook."""
    codec = job.encoding.codec
    groups = job.groups
    table.set_levels(
        job.encoding.level_of, group_column=target if groups else None, group_of=groups.of_level if groups else None
    )
    model = generator(codec, job.settings, seed=seed, device=job.device)
    options = candidates(len(job.names), groups)
    evidence = Evidence()
    for turn, steps in enumerate(job.settings.steps):
        estimate = independent(job) if turn == 0 else model.codebook()
        chosen, answers = _measure(table, job, options, estimate, turn)
        evidence = evidence.adding(chosen, answers)
        if evidence.tables:
            goal = evidence.goal(codec, groups, rows=job.rows, device=job.device, half=_half(job.device))
            fit(model, goal, job.settings, steps=steps, on_step=job.on_step)
    if not evidence.tables:
        return independent(job)
    return mixed(
        [model.codebook(), *(_another(job, goal, seed=seed + member) for member in range(1, job.settings.members))]
    )


def _another(job: Job, goal: Goal, *, seed: int) -> Codebook:
    """One more generator, from its own start, fitted to all the evidence at once."""
    model = generator(job.encoding.codec, job.settings, seed=seed, device=job.device)
    fit(model, goal, job.settings, steps=sum(job.settings.steps), on_step=job.on_step)
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
