"""What a fit will do, decided before a row is read: who gets which share of the budget, and what it will cost.

Everything private is a Gaussian, and mu^2 of Gaussians adds up, so the budget is split as shares of rho = mu^2 / 2.
Where the schema does not say how many rows there are, they are counted first, for a small share, and that noisy count
decides what is left open here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Literal

from synthgen.encode.bounds import wanting
from synthgen.encode.grid import Grid, LevelGrid, grid, open_domain
from synthgen.encode.oneway import rounding_name
from synthgen.encode.sizes import has_sizes
from synthgen.engine.candidates import MOST_GROUPS
from synthgen.engine.phase import Ask, Facts, Phase, decide
from synthgen.engine.settings import Effort, Settings, settings_for, signal
from synthgen.errors import ConfigError, SchemaError
from synthgen.identifiers import check
from synthgen.privacy import Budget, calibrate_mu
from synthgen.sample.finish import identifiers
from synthgen.schema import Categorical, Levels, Schema, undeclared
from synthgen.schema.mistakes import closest
from synthgen.shape import shape_of

Teaching = Literal["counts", "ctgan"]

COUNT_SHARE = 0.005
"""Of the budget, for the number of rows, when the schema does not give it."""
SIZES_SHARE = ALIKE_SHARE = 0.02
"""Of the budget, for the rows of each person, and for how alike they are, where persons have several."""
DISCOVER_SHARE = 0.05
"""Of the budget, for finding the levels of all columns with `discover: true` together."""
DISCOVER_DELTA = 0.1
"""Of delta, likewise."""
BOUNDS_SHARE, MOST_BOUNDS = 0.02, 0.1
"""Of the budget, for each column with `bounds: discover`, and for all of them together at most."""
SAFETY = 1 - 1e-6
"""Keeps rounding in the sums on the safe side."""
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
class Shares:
    """rho of each part of a fit; all infinite without privacy."""

    sizes: float
    alike: float
    discover: float
    count: float
    one_way: float
    select: float
    measure: float


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
    """What a fit will do. `levels` are those of all columns, at most; `seconds` of CPU; `memory` in bytes."""

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


def hidden_columns(schema: Schema) -> tuple[str, ...]:
    """Columns whose levels are not declared."""
    return tuple(
        name for name, column in schema.columns.items() if isinstance(column, Categorical) and column.values is None
    )


def total_mu(schema: Schema, budget: Budget) -> float:
    """The budget as one Gaussian, after the delta that discovery takes."""
    if not budget.is_private:
        return math.inf
    return calibrate_mu(budget, delta_elsewhere=DISCOVER_DELTA * budget.delta if hidden_columns(schema) else 0.0)


def shares(schema: Schema, mu: float, settings: Settings) -> Shares:
    """The budget's rho, split."""
    if math.isinf(mu):
        return Shares(sizes=mu, alike=mu, discover=mu, count=mu, one_way=mu, select=mu, measure=mu)
    rho = SAFETY * mu**2 / 2
    sizes, alike = (SIZES_SHARE * rho, ALIKE_SHARE * rho) if has_sizes(schema) else (0.0, 0.0)
    discover = DISCOVER_SHARE * rho if hidden_columns(schema) else 0.0
    count = COUNT_SHARE * rho if schema.rows is None else 0.0
    rest = rho - sizes - alike - discover - count
    one_way = settings.one_way_share * rest if len(schema.columns) > 1 else rest
    select = settings.select_share * rest if len(schema.columns) > 1 else 0.0
    return Shares(
        sizes=sizes,
        alike=alike,
        discover=discover,
        count=count,
        one_way=one_way,
        select=select,
        measure=max(rest - one_way - select, 0.0),
    )


def bounds_rho(schema: Schema, mu: float) -> float:
    """What the search for bounds may cost (rho); it is taken off before the rest is split."""
    share = _bounds_share(schema)
    return share * SAFETY * mu**2 / 2 if share else 0.0


def after_bounds(schema: Schema, mu: float) -> float:
    """What that search leaves of the budget, as one Gaussian."""
    return math.sqrt(1 - _bounds_share(schema)) * mu


def _bounds_share(schema: Schema) -> float:
    return min(BOUNDS_SHARE * len(wanting(schema)), MOST_BOUNDS)


def strength(schema: Schema, mu: float, rows: float) -> float:
    """The signal of a table of so many rows."""
    per_row = mu / schema.privacy.rows_per_unit
    return signal(rows, per_row, len(schema.columns), target=schema.target is not None)


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
    refuse_parts(schema, wish)
    phase = phase_of(described, schema, budget, effort, wish)
    likely = [taught(settings_for(strength(schema, mu, rows), effort), wish) for rows in _row_counts(schema)]
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
        steps=steps_of(likely[-1], phase, wish),
        codebook=likely[-1].codebook * members_of(likely[-1], phase),
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
    )
    phase = decide(wish.dp_sgd, facts, alone=wish.generator == "ctgan", batch=wish.batch)
    return replace(phase, hardened=wish.hardened)


def for_counts(mu: float, phase: Phase) -> float:
    """What the phase leaves of a budget, as one Gaussian."""
    return math.sqrt(1 - phase.share) * mu


def taught(settings: Settings, wish: Wish) -> Settings:
    """The settings, all of whose counts are one-way where the critic is alone."""
    return settings if wish.generator == "counts" else replace(settings, one_way_share=1.0, select_share=0.0)


def members_of(settings: Settings, phase: Phase) -> int:
    """Generators that are fitted: one where it is taught on rows."""
    return settings.members if phase.kind == "off" else 1


def steps_of(settings: Settings, phase: Phase, wish: Wish) -> int:
    """Steps of all kinds together."""
    counts = sum(settings.steps) * members_of(settings, phase) if wish.generator == "counts" else 0
    return counts + phase.steps


def refuse_parts(schema: Schema, wish: Wish) -> None:
    """Raise ConfigError for parts by a column that has no levels to divide by, or is not there."""
    for name in wish.parts:
        if name not in schema.columns:
            fix = closest(name, schema.columns) or "name a column of the schema"
            raise ConfigError("parts", expected="a column that is learned", got=repr(name), fix=fix)
        if not isinstance(schema.columns[name], Levels):
            got, fix = f"{name}, a {schema.columns[name].type}", "name a categorical or boolean column"
            raise ConfigError("parts", expected="a column of levels", got=got, fix=fix)


def refuse_clashes(schema: Schema) -> None:
    """Raise SchemaError for a column that has the name under which another one's rounding is counted."""
    for name in schema.columns:
        if rounding_name(name) in schema.columns:
            raise SchemaError(
                f"column {rounding_name(name)}",
                expected=f"a name that is not kept for the rounding of {name}",
                got="that one",
                fix="rename the column",
            )


def refuse_marks(schema: Schema) -> None:
    """Raise SchemaError where keys were read from private rows and nobody has confirmed them."""
    marked = [name for name, column in schema.columns.items() if column.inferred]
    named = ", ".join(marked[:3]) + (f" and {len(marked) - 3} more" if len(marked) > 3 else "")
    if marked or schema.inferred:
        raise SchemaError(
            f"columns {named}" if marked else "rows",
            expected="what a person has confirmed, for a finite epsilon",
            got="keys that were read from private rows (inferred)",
            fix="check each and take off its mark, or pay: discover: true for values, bounds: discover for bounds",
        )


def refuse_undeclared(schema: Schema) -> None:
    """Raise SchemaError for the first column whose domain is neither declared nor paid for."""
    for name, keys in undeclared(schema).items():
        raise open_domain(name, keys)


def check_delta(budget: Budget, rows: float) -> None:
    """Raise ConfigError for a delta of 1/rows or more: it would allow a mechanism that publishes a row."""
    if budget.is_private and rows > 1 and budget.delta * rows >= 1:
        raise ConfigError(
            "delta", expected="a number well below 1/rows", got=f"{budget.delta:g}", fix="try a tenth of 1/rows"
        )


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
    few = settings.resolution.most if isinstance(cells, LevelGrid) else settings.resolution.numeric + MOST_ATOMS
    return min(cells.value_cells, few) + cells.cells - cells.value_cells


def _cost(schema: Schema, settings: Settings, levels: int, phase: Phase, *, private: bool) -> tuple[float, int]:
    """CPU seconds and bytes, roughly; neither depends on the number of rows, but for the counting pass."""
    layers = 1 + (MOST_GROUPS if schema.target else 0)
    width = settings.width
    network = 6 * settings.codebook * (settings.latent * width + 2 * settings.blocks * width**2 + width * levels)
    products = 4 * settings.codebook * levels**2 * min(layers, 3)
    draws = levels**2 * min(layers, 3) * DRAW_SECONDS if private else 0.0
    counted = members_of(settings, phase) * sum(settings.steps)
    lookups = phase.steps * phase.batch * settings.codebook * len(schema.columns) * LOOKUP
    seconds = 2 + (counted + phase.steps) * (network + products) / FLOPS + draws + lookups
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


def checked_budget(epsilon: float, delta: float, *, no_privacy: bool) -> Budget:
    """The budget, once giving up privacy has been said twice: by an infinite epsilon and in words."""
    budget = Budget(epsilon=epsilon, delta=delta)
    if no_privacy and budget.is_private:
        raise ConfigError(
            "no privacy", expected="epsilon inf beside it", got=f"{epsilon:g}", fix="say both, or neither"
        )
    if not budget.is_private and not no_privacy:
        raise ConfigError(
            "epsilon inf",
            expected="to be said in words too, since it gives no privacy at all",
            got="epsilon alone",
            fix="add --no-privacy, or choose a finite epsilon",
        )
    return budget
