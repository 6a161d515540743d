"""What a fit will do: shares, steps, memory and time, and what would make it pointless; from public facts alone."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Literal

from synthgen.encode.bounds import wanting
from synthgen.encode.grid import Grid, LevelGrid, grid
from synthgen.encode.levels import PLANE_LEVELS
from synthgen.engine.candidates import MOST_GROUPS
from synthgen.engine.phase import Ask, Facts, Phase, decide, pupil
from synthgen.engine.settings import Effort, Settings, settings_for
from synthgen.identifiers import check
from synthgen.plan.budgeting import (
    DISCOVER_DELTA,
    Shares,
    after_bounds,
    bounds_rho,
    for_counts,
    hidden_columns,
    shares,
    strength,
    total_mu,
)
from synthgen.plan.refusals import check_delta, refuse_clashes, refuse_marks, refuse_parts, refuse_undeclared
from synthgen.privacy import Budget
from synthgen.sample.finish import identifiers
from synthgen.schema import Schema, undeclared
from synthgen.shape import shape_of

Teaching = Literal["counts", "ctgan"]

MOST_ATOMS = 8
"""Heavy single values that a line has beside its levels, about."""
TOO_WEAK = 20.0
"""Below this signal, pairs of columns drown in noise."""
LOOKUP = 2e-9
"""Seconds to look up one level's probability in one row of the codebook, and to add it up again."""
FLOPS = 1e11
"""Of one core of the machines this was measured on, in the products of a fit."""
DRAW_SECONDS = 9e-6
"""To draw one discrete Gaussian."""
LIBRARIES = 700 * 2**20


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """How a user wants the generator to be taught.

    generator  "counts": noisy tables first; "ctgan": one-way counts, and the critic alone
    dp_sgd     what is taught on rows, after the counts
    batch      expected units of a DP-SGD batch; None: chosen
    parts      columns whose levels own parts of the codebook; the target's do where one is rare
    hardened   DP-SGD with integer noise
    """

    generator: Teaching = "counts"
    dp_sgd: Ask = field(default_factory=Ask)
    batch: int | None = None
    parts: tuple[str, ...] = ()
    hardened: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line of the plan: share of the budget and noise multiplier of the whole release, each as (least, most)."""

    what: str
    share: tuple[float, float]
    noise_multiplier: tuple[float, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What a fit will do. `seconds` of CPU; `memory` in bytes.

    `steps` and rows of the `codebook` at most, as after a phase that was rejected; `levels` of all columns, at most.
    """

    schema_name: str
    budget: Budget
    mu: float
    unit: str
    rows_per_unit: int
    rows: int | None
    effort: Effort
    lines: tuple[Line, ...]
    rounds: int
    steps: int
    codebook: int
    levels: int
    seconds: float
    memory: int
    warnings: tuple[str, ...]
    wish: Wish
    phase: Phase


def plan(schema: Schema, *, budget: Budget, effort: Effort, wish: Wish | None = None) -> Plan:
    """The plan of a fit, from public facts alone.

    Raises SchemaError where a finite epsilon meets a domain that is not declared, or identifiers cannot be made up,
    ConfigError for a delta that a public number of rows makes senseless, and for a wish that cannot be met.
    """
    wish = wish or Wish()
    kept = {name for name, column in schema.columns.items() if column.action == "synthesize"}
    check(identifiers(schema), rows=0, given=kept - identifiers(schema).keys())
    if budget.is_private:
        refuse_marks(schema)
    described, schema = schema, shape_of(schema).modelled
    refuse_clashes(schema)
    if budget.is_private:
        refuse_undeclared(schema)
    if schema.rows is not None:
        check_delta(budget, schema.rows)
    whole = total_mu(schema, budget)
    mu = after_bounds(described, whole)
    phase = phase_of(described, schema, budget, effort, wish)
    likely = [taught(settings_for(strength(schema, mu, rows), effort), wish) for rows in _row_counts(schema)]
    refuse_parts(schema, wish.parts, likely[-1].codebook)
    levels = _most_levels(schema, likely[-1])
    seconds, memory = _cost(schema, likely[-1], levels, phase, private=budget.is_private)
    return Plan(
        schema_name=schema.name,
        budget=budget,
        mu=whole,
        unit=schema.privacy.unit,
        rows_per_unit=schema.privacy.rows_per_unit,
        rows=schema.rows,
        effort=effort,
        lines=_lines(
            [shares(schema, for_counts(mu, phase), settings) for settings in likely],
            bounds_rho(described, whole),
            phase,
            whole,
        )
        if budget.is_private
        else (),
        rounds=likely[-1].rounds,
        steps=steps_of(likely[-1], phase, wish) + _steps_again(likely[-1], phase, wish),
        codebook=likely[-1].codebook * likely[-1].members,
        levels=levels,
        seconds=seconds,
        memory=memory,
        warnings=_warnings(schema, budget, mu),
        wish=wish,
        phase=phase,
    )


def phase_of(described: Schema, modelled: Schema, budget: Budget, effort: Effort, wish: Wish) -> Phase:
    """What is taught on rows. Raises ConfigError."""
    whole = total_mu(modelled, budget)
    mu = after_bounds(described, whole)
    most = settings_for(strength(modelled, mu, _row_counts(modelled)[-1]), effort)
    facts = Facts(
        budget=budget,
        effort=effort,
        rows=modelled.rows,
        per_unit=modelled.privacy.rows_per_unit,
        mu=whole,
        shared=mu,
        taken=DISCOVER_DELTA * budget.delta if hidden_columns(modelled) and budget.is_private else 0.0,
        numbers=most.codebook * _most_levels(modelled, most),
        columns=len(modelled.columns),
        hardened=wish.hardened,
    )
    return decide(wish.dp_sgd, facts, alone=wish.generator == "ctgan", batch=wish.batch)


def taught(settings: Settings, wish: Wish) -> Settings:
    """The settings, all of whose counts are one-way where the critic is alone."""
    if wish.generator == "counts":
        return settings
    return replace(settings, one_way_share=1.0, select_share=0.0, members=1)


def steps_of(settings: Settings, phase: Phase, wish: Wish) -> int:
    """Steps of all kinds together, unless the phase is rejected."""
    return (pupil(settings, phase).all_steps if wish.generator == "counts" else 0) + phase.steps


def _steps_again(settings: Settings, phase: Phase, wish: Wish) -> int:
    """Steps of a fit to counts alone after a phase that was rejected."""
    return settings.all_steps if wish.generator == "counts" and phase.kind != "off" else 0


def too_small(schema: Schema, mu: float, rows: float) -> str | None:
    """A warning when pairs of columns will drown in noise."""
    if strength(schema, mu, rows) >= TOO_WEAK:
        return None
    return (
        f"about {rows:,.0f} rows are too few for this epsilon: pairs of columns drown in noise, and the synthetic "
        "columns will be nearly independent; raise epsilon, or describe fewer columns"
    )


def _row_counts(schema: Schema) -> list[float]:
    """Row counts that the settings may meet: the public one, or a small and a large table."""
    return [float(schema.rows)] if schema.rows is not None else [1.0, 1e9]


_SHARED = (
    ("levels of columns with discover", "discover"),
    ("number of rows", "count"),
    ("rows of each person", "sizes"),
    ("how alike a person's rows are", "alike"),
    ("one-way histograms", "one_way"),
    ("choice of tables", "select"),
    ("tables", "measure"),
)
"""Words for each of the shares."""


def _lines(likely: list[Shares], bounds: float, phase: Phase, mu: float) -> tuple[Line, ...]:
    descent = phase.share * (mu**2 / 2 - bounds)
    rho = [bounds + descent + sum(getattr(part, name) for _, name in _SHARED) for part in likely]
    rows = []
    if bounds:
        whole, noisy = bounds / rho[0], 1 / math.sqrt(2 * bounds)
        rows.append(Line(what="bounds to discover", share=(whole, whole), noise_multiplier=(noisy, noisy)))
    for what, name in _SHARED:
        parts = [getattr(part, name) for part in likely]
        if not any(parts):
            continue
        ratio = sorted(part / total for part, total in zip(parts, rho, strict=True))
        noise = sorted(1 / math.sqrt(2 * part) for part in parts if part)
        rows.append(Line(what=what, share=(ratio[0], ratio[-1]), noise_multiplier=(noise[0], noise[-1])))
    if phase.share:
        whole = descent / rho[0]
        noises = (phase.noise_multiplier, phase.noise_multiplier)
        rows.append(Line(what=f"{phase.kind} on rows, each step", share=(whole, whole), noise_multiplier=noises))
    return tuple(rows)


def _most_levels(schema: Schema, settings: Settings) -> int:
    """Levels of all columns, about, and seldom more."""
    unknown = {*hidden_columns(schema), *undeclared(schema), *wanting(schema)}
    known = [_levels_of(grid(name, column), settings) for name, column in schema.columns.items() if name not in unknown]
    return sum(known) + len(unknown) * settings.resolution.most


def _levels_of(cells: Grid, settings: Settings) -> int:
    """Levels of one column: those of its values, its sentinels, and missing."""
    if isinstance(cells, LevelGrid):
        few = settings.resolution.most
    else:
        few = settings.resolution.numeric * (PLANE_LEVELS if cells.plane else 1) + MOST_ATOMS
    return min(cells.value_cells, few) + cells.cells - cells.value_cells


def _cost(schema: Schema, settings: Settings, levels: int, phase: Phase, *, private: bool) -> tuple[float, int]:
    """CPU seconds and bytes, roughly; neither depends on the number of rows, but for the counting pass."""
    layers = 1 + (MOST_GROUPS if schema.target else 0)
    width = settings.width
    network = 6 * settings.codebook * (settings.latent * width + 2 * settings.blocks * width**2 + width * levels)
    products = 4 * settings.codebook * levels**2 * min(layers, 3)
    draws = levels**2 * min(layers, 3) * DRAW_SECONDS if private else 0.0
    taught = pupil(settings, phase)
    looked_up = settings.codebook * taught.members * len(schema.columns)
    lookups = phase.steps * phase.batch * looked_up * LOOKUP
    taken = taught.all_steps + phase.steps * taught.members
    seconds = 2 + taken * (network + products) / FLOPS + draws + lookups
    memory = LIBRARIES + layers * levels**2 * 4 * 5 + settings.codebook * settings.members * levels * 4 * 8
    return seconds, int(memory)


def _warnings(schema: Schema, budget: Budget, mu: float) -> tuple[str, ...]:
    found = []
    if not budget.is_private:
        found.append("no privacy: the model may reproduce private rows, and its file says so forever")
    elif schema.rows is not None and (weak := too_small(schema, mu, schema.rows)):
        found.append(weak)
    if budget.is_private and budget.epsilon > 10:
        found.append(f"epsilon {budget.epsilon:g} is a weak worst-case guarantee")
    return tuple(found)
