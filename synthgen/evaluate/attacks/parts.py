"""The four attacks, each from tables to figures and a verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synthgen.evaluate.attacks import attribute, linkability, membership, singling
from synthgen.evaluate.attacks.chance import by_chance
from synthgen.evaluate.attacks.points import Points, points
from synthgen.evaluate.attacks.queries import Queries
from synthgen.evaluate.attacks.rates import Rate, auc, found_at, mean_of, rate_of
from synthgen.evaluate.attacks.tell import (
    NO_HOLDOUT,
    Part,
    figure,
    found,
    references,
    success,
    undecided,
)
from synthgen.evaluate.report import Absent, Figure, Table
from synthgen.evaluate.views import Features, View, features, sampled

MOST_TAUGHT: Final = 20_000
"""Synthetic rows that a classifier is taught."""
FALSE: Final = (0.001, 0.01, 0.1)
"""False positive rates at which members are counted."""
SPLITS: Final = 3
"""Ways in which columns are dealt to the two tables that are to be linked."""
MOST_SECRETS: Final = 20
"""Columns whose values are guessed."""
QUERIES: Final = 500
"""Of each kind, that single out a synthetic row."""
FEWEST_QUERIES: Final = 20


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Ground:
    """Rows that are attacked, and with what; one row a person.

    controls  rows of the holdout; None without one
    doubt     why no verdict can be given whatever is found; empty when one can
    """

    synthetic: View
    members: View
    controls: View | None
    doubt: str = ""

    @property
    def labels(self) -> NDArray[np.bool_]:
        """Which targets are members; they come first. bool [targets]."""
        controls = 0 if self.controls is None else self.controls.rows
        return np.arange(self.members.rows + controls) < self.members.rows

    def at(self, *, range_of_numbers: bool) -> tuple[Points, Points, Points | None]:
        """Synthetic rows, members and controls as points of one space."""
        views = [self.synthetic, self.members, *([] if self.controls is None else [self.controls])]
        placed = points(views, scale="range" if range_of_numbers else "rank")
        return placed[0], placed[1], placed[2] if self.controls is not None else None


def learner_rows(ground: Ground) -> Features:
    """The targets as a learner has them, members first."""
    views = [ground.members, *([] if ground.controls is None else [ground.controls])]
    told = [features(view, ground.synthetic) for view in views]
    frame = pd.concat([one.frame for one in told], ignore_index=True)
    return Features(frame=frame, categorical=told[0].categorical)


def membership_part(ground: Ground, rng: np.random.Generator) -> Part:
    """Whether a row was in the table."""
    name = "membership inference"
    if ground.controls is None:
        figures = tuple(_unknown_membership())
        return Part(figures=figures, finding=undecided(name, NO_HOLDOUT, figures))
    synthetic, members, controls = ground.at(range_of_numbers=False)
    assert controls is not None, "there is a holdout"
    fakes = features(sampled(ground.synthetic, MOST_TAUGHT, rng), ground.synthetic)
    scored = membership.scored(members.and_(controls), synthetic, learner_rows(ground), fakes, rng)
    figures = tuple(
        one
        for method, scores in zip(membership.METHODS, scored.scores, strict=True)
        for rows, chosen in (("", np.ones_like(ground.labels)), ("outliers", scored.outliers))
        for one in _of_scores(method, rows, scores[chosen & ground.labels], scores[chosen & ~ground.labels])
    )
    if ground.doubt:
        return Part(figures=figures, finding=undecided(name, ground.doubt, figures))
    chance = membership.judged(scored, ground.labels, rng)
    said = membership.look(chance.best)
    return Part(figures=figures, finding=found(name, chance.least, said, len(chance.p), figures))


def _key(method: str) -> str:
    return "membership" if method == "together" else f"membership.{method.replace(' ', '_')}"


def _unknown_membership() -> list[Figure]:
    nothing = Absent(why=NO_HOLDOUT)
    return [
        figure(f"{_key(method)}.auc", f"Membership by {method}: AUC", nothing, nothing, best=0.5, worst=1.0)
        for method in membership.METHODS
    ]


def _of_scores(method: str, rows: str, members: NDArray[np.float64], controls: NDArray[np.float64]) -> list[Figure]:
    """AUC, and members found at each false positive rate: 1/2 and that rate are what a guess has."""
    key, what = _key(method), f"Membership by {'all attackers' if method == 'together' else method}"
    if min(len(members), len(controls)) < 2:
        few = Absent(why="fewer than two members or controls among them")
        return [figure(f"{key}.auc", f"{what}: AUC", few, few, best=0.5, worst=1.0, rows=rows)]
    value, interval = auc(members, controls)
    told = [figure(f"{key}.auc", f"{what}: AUC", value, interval, best=0.5, worst=1.0, rows=rows)]
    for false in FALSE:
        rate = found_at(members, controls, false)
        title = f"{what}: members found at {false:.1%} false alarms"
        share, width = (rate, rate) if isinstance(rate, Absent) else (rate.value, rate.interval)
        told.append(
            figure(f"{key}.tpr_at_{false:g}", title, share, width, best=false, worst=1.0, rows=rows, note=_THRESHOLD)
        )
    return told


_THRESHOLD: Final = "The interval takes the threshold, which the holdout's rows set, as given."


def attribute_part(ground: Ground, secrets: tuple[str, ...], rng: np.random.Generator) -> Part:
    """Which value a row has in a column, given all others."""
    name, key, what = "attribute inference", "attribute", "Values guessed from the nearest synthetic row"
    if len(ground.synthetic.columns) < 2:
        return Part(figures=(), finding=undecided(name, "it takes two columns: one to know, one to guess"))
    synthetic, members, controls = ground.at(range_of_numbers=True)

    def tried(view: View, at: Points) -> NDArray[np.bool_]:
        return attribute.hits(view, at, ground.synthetic, synthetic, secrets)

    hit = tried(ground.members, members)
    held = None if controls is None or ground.controls is None else tried(ground.controls, controls)
    naive = attribute.naive_hits(ground.members, ground.synthetic, secrets, rng)
    figures = [
        *success(key, what, mean_of(hit), None if held is None else mean_of(held)),
        *references(key, what, None if held is None else mean_of(held), mean_of(naive)),
    ]
    for place, secret in enumerate(secrets):
        control = None if held is None else rate_of(held[place])
        figures.extend(success(key, what, rate_of(hit[place]), control, subject=(secret,)))
    drawings = (_guesses(secrets, hit, held, naive),)
    if held is None or ground.doubt:
        finding = undecided(name, ground.doubt or NO_HOLDOUT, figures)
        return Part(figures=tuple(figures), finding=finding, drawings=drawings)
    evidence = np.concatenate([hit, held], axis=1).astype(np.float64).T
    evidence = np.concatenate([evidence, evidence.mean(axis=1, keepdims=True)], axis=1)
    chance = by_chance(evidence, ground.labels, rng)
    best = chance.best
    said = f"column {secrets[best]}" if best < len(secrets) else "all columns together"
    finding = found(name, chance.least, said, len(chance.p), figures)
    return Part(figures=tuple(figures), finding=finding, drawings=drawings)


def _guesses(
    secrets: tuple[str, ...], hit: NDArray[np.bool_], held: NDArray[np.bool_] | None, naive: NDArray[np.bool_]
) -> Table:
    cells = []
    for place, secret in enumerate(secrets):
        members, guess = rate_of(hit[place]), rate_of(naive[place])
        control = None if held is None else rate_of(held[place])
        cells.append((secret, *_spelled(members), *_spelled(control), *_spelled(guess)))
    header = ("guessed column", "members", "95 %", "holdout", "95 %", "naive guess", "95 %")
    title = "Values guessed from the nearest synthetic row"
    return Table(title=title, tier="internal", header=header, cells=tuple(cells))


def _spelled(rate: Rate | None) -> tuple[float | None, str | None]:
    if rate is None:
        return None, None
    return rate.value, f"{rate.interval.low:.1%} to {rate.interval.high:.1%}"


def linkability_part(ground: Ground, rng: np.random.Generator) -> Part:
    """Whether two tables with other columns of the same people join through the synthetic rows."""
    name, key, what = "linkability", "linkability", f"Targets linked by one of {SPLITS} ways to deal columns"
    columns = len(ground.synthetic.columns)
    if columns < linkability.FEWEST_COLUMNS:
        why = f"it takes {linkability.FEWEST_COLUMNS} columns, two for each of the tables that are to be linked"
        return Part(figures=(), finding=undecided(name, why))
    synthetic, members, controls = ground.at(range_of_numbers=True)
    sides = [linkability.halves(columns, rng) for _ in range(SPLITS)]

    def linked(targets: Points) -> NDArray[np.bool_]:
        return np.stack([linkability.links(targets, synthetic, side) for side in sides])

    hit, held = linked(members), None if controls is None else linked(controls)
    blind = 1 - (1 - linkability.naive_rate(ground.synthetic.rows)) ** SPLITS
    control = None if held is None else rate_of(np.asarray(held.any(axis=0)))
    figures = [
        *success(key, what, rate_of(np.asarray(hit.any(axis=0))), control),
        *references(key, what, control, blind),
    ]
    if held is None or ground.doubt:
        return Part(figures=tuple(figures), finding=undecided(name, ground.doubt or NO_HOLDOUT, figures))
    evidence = np.concatenate([hit, held], axis=1).astype(np.float64).T
    chance = by_chance(evidence.sum(axis=1, keepdims=True), ground.labels, rng)
    said = f"{figures[0].value:.2%} of members, {figures[2].value:.2%} of the holdout"
    return Part(figures=tuple(figures), finding=found(name, chance.least, said, 1, figures))


def singling_part(ground: Ground, rng: np.random.Generator) -> Part:
    """Whether conditions that pick one synthetic row pick one row of the table. Needs as many members as controls."""
    name = "singling out"
    synthetic, members, controls = ground.at(range_of_numbers=True)
    conditions = min(singling.CONDITIONS, members.columns)
    kinds: dict[str, Callable[[], Queries]] = {
        "univariate": lambda: singling.univariate(synthetic, QUERIES, rng),
        "multivariate": lambda: singling.multivariate(synthetic, QUERIES, rng, conditions=conditions),
    }
    figures: list[Figure] = []
    chances: dict[str, float] = {}
    for kind, make in kinds.items():
        key, what, queries = f"singling.{kind}", f"Single rows picked by {kind} conditions", make()
        if len(queries) < FEWEST_QUERIES:
            few = Absent(why=f"fewer than {FEWEST_QUERIES} such conditions pick a single synthetic row")
            figures.append(figure(f"{key}.rate", f"{what}, of members", few, few, best=few))
            continue
        blind = singling.blind(synthetic, QUERIES, 1 if kind == "univariate" else conditions, rng)
        control = None if controls is None else rate_of(singling.singled(queries, controls))
        figures += success(key, what, rate_of(singling.singled(queries, members)), control)
        figures += references(key, what, control, rate_of(singling.singled(blind, members)))
        if controls is not None and not ground.doubt:
            chances[kind] = singling.by_chance(queries, members, controls, rng)
    if not chances:
        why = ground.doubt or (NO_HOLDOUT if controls is None else "too few conditions pick a single synthetic row")
        return Part(figures=tuple(figures), finding=undecided(name, why, figures))
    said = min(chances, key=lambda kind: chances[kind])
    p = min(1.0, len(chances) * chances[said])
    return Part(figures=tuple(figures), finding=found(name, p, f"{said} conditions", len(chances), figures))
