"""The attacks on one release, as a section of its report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from synthgen.evaluate.attacks import closest, membership
from synthgen.evaluate.attacks.parts import (
    MOST_SECRETS,
    Ground,
    attribute_part,
    learner_rows,
    linkability_part,
    membership_part,
    singling_part,
)
from synthgen.evaluate.attacks.points import points
from synthgen.evaluate.attacks.rates import auc
from synthgen.evaluate.attacks.targets import targets
from synthgen.evaluate.attacks.tell import FEWEST, LEVEL, NO_CONTROL, NO_HOLDOUT, Part, figure, undecided
from synthgen.evaluate.inputs import Inputs, persons_of, rng
from synthgen.evaluate.report import Absent, Drawing, Figure, Note, Section
from synthgen.evaluate.views import sampled

NAME, TITLE = "attacks", "What attacks find out"
SHIFTED: Final = 3.5
"""Standard errors by which a classifier may tell the holdout from the training rows: chance does so once in 4,000."""
_UNIT: Final = "Where rows belong to persons, one row of each is attacked."


@dataclass(frozen=True, kw_only=True, slots=True)
class Sizes:
    """How many are attacked at most, each a random sample, so that a large table takes minutes.

    membership, attribute, linkability  members, and as many controls
    singling                            rows of either table that conditions are asked of
    closest                             synthetic rows whose distances are taken, to so many real `candidates`
    """

    membership: int = 3_000
    attribute: int = 1_000
    linkability: int = 1_000
    singling: int = 10_000
    closest: int = 1_000
    candidates: int = 10_000


USUAL: Final = Sizes()
_NOTHING: Final[tuple[tuple[Figure, ...], tuple[Drawing, ...]]] = ((), ())


def section(inputs: Inputs) -> Section:
    """All attacks. Whatever is found is internal: it was computed from private rows."""
    return attacked(inputs, USUAL)


def attacked(inputs: Inputs, sizes: Sizes) -> Section:
    """The same with other sizes."""
    inputs.progress.stage(NAME, len(_ATTACKS) + 2)
    why = _too_few(inputs)
    doubt, drift = (why, ()) if why else _shift(inputs, sizes)
    inputs.progress.advance()
    parts = []
    for name, attack in _ATTACKS.items():
        parts.append(Part(figures=(), finding=undecided(name, why)) if why else attack(inputs, sizes, doubt))
        inputs.progress.advance()
    smoke, drawings = _NOTHING if why else _smoke(inputs, sizes)
    inputs.progress.advance()
    return Section(
        name=NAME,
        title=TITLE,
        figures=(*(one for part in parts for one in part.figures), *drift, *smoke),
        drawings=(*(one for part in parts for one in part.drawings), *drawings),
        findings=tuple(part.finding for part in parts),
        notes=notes(sizes),
    )


def _too_few(inputs: Inputs) -> str:
    """Why no attack can be judged, if so."""
    if not inputs.synthetic.columns:
        return "the table has no column that an attack could look at"
    for what, table in (("real", inputs.real), ("holdout", inputs.holdout), ("synthetic", inputs.synthetic)):
        if table is not None and persons_of(table) < FEWEST:
            return f"the {what} table has {persons_of(table)} rows or persons, and it takes {FEWEST} or more"
    return ""


def _ground(inputs: Inputs, name: str, most: int, doubt: str) -> Ground:
    chosen = targets(inputs.real, inputs.holdout, most, rng(inputs, f"targets of {name}"))
    controls = None if inputs.holdout is None else inputs.holdout.take(chosen.controls)
    members = inputs.real.take(chosen.members)
    return Ground(synthetic=inputs.synthetic, members=members, controls=controls, doubt=doubt)


def _shift(inputs: Inputs, sizes: Sizes) -> tuple[str, tuple[Figure, ...]]:
    """Whether the holdout is rows like the others: one that can be told from them without the release is no control."""
    key, title = "holdout.auc", "Holdout told from training rows by a classifier, without the release: AUC"
    if inputs.holdout is None:
        return NO_HOLDOUT, (figure(key, title, NO_CONTROL, NO_CONTROL, best=0.5, worst=1.0),)
    ground = _ground(inputs, "membership", sizes.membership, "")
    labels = ground.labels
    scores = membership.told_apart(learner_rows(ground), rng(inputs, "shift"), are=labels)
    value, interval = auc(scores[labels], scores[~labels])
    members, controls = int(labels.sum()), int((~labels).sum())
    error = np.sqrt((members + controls + 1) / (12 * members * controls))  # of the AUC where labels mean nothing
    told = figure(key, title, value, interval, best=0.5, worst=1.0, note="Above 1/2 it is no random part of the table.")
    if value - 0.5 <= SHIFTED * error:
        return "", (told,)
    why = (
        f"a classifier tells the holdout from the training rows without the release (AUC {value:.3f}), so it is no "
        "control set: hold out a random part of the same table"
    )
    return why, (told,)


def _membership(inputs: Inputs, sizes: Sizes, doubt: str) -> Part:
    return membership_part(_ground(inputs, "membership", sizes.membership, doubt), rng(inputs, "membership"))


def _attribute(inputs: Inputs, sizes: Sizes, doubt: str) -> Part:
    schema, columns = inputs.schema, inputs.synthetic.columns
    first = [*((schema.target,) if schema.target else ()), *schema.protected]
    secrets = [name for name in dict.fromkeys((*first, *columns)) if name in columns]
    ground = _ground(inputs, "attribute", sizes.attribute, doubt)
    return attribute_part(ground, tuple(secrets[:MOST_SECRETS]), rng(inputs, "attribute"))


def _linkability(inputs: Inputs, sizes: Sizes, doubt: str) -> Part:
    return linkability_part(_ground(inputs, "linkability", sizes.linkability, doubt), rng(inputs, "linkability"))


def _singling(inputs: Inputs, sizes: Sizes, doubt: str) -> Part:
    tables = [inputs.real, *([] if inputs.holdout is None else [inputs.holdout])]
    rows = min(sizes.singling, *map(persons_of, tables))
    return singling_part(_ground(inputs, "singling", rows, doubt), rng(inputs, "singling"))


_ATTACKS: Final[Mapping[str, Callable[[Inputs, Sizes, str], Part]]] = {
    "membership inference": _membership,
    "attribute inference": _attribute,
    "singling out": _singling,
    "linkability": _linkability,
}


def _smoke(inputs: Inputs, sizes: Sizes) -> tuple[tuple[Figure, ...], tuple[Drawing, ...]]:
    """Distances to the closest record; they feed no verdict."""
    draws = rng(inputs, "closest")
    tables = [inputs.real, *([] if inputs.holdout is None else [inputs.holdout])]
    rows = min(sizes.candidates, *(table.rows for table in tables))
    some = [sampled(inputs.synthetic, sizes.closest, draws), *(sampled(table, rows, draws) for table in tables)]
    placed = points(some, scale="range")
    found = closest.closest(placed[0], placed[1], placed[2] if inputs.holdout is not None else None)
    own, held = closest.copies(found.synthetic), found.holdout
    median = float(np.median(found.synthetic))
    figures = [
        figure(
            "closest.copies",
            "Synthetic rows that are a real one in every column",
            own.value,
            own.interval,
            best=closest.copies(held).value if len(held) else NO_CONTROL,
            note=_SMOKE,
        ),
        replace(
            figure(
                "closest.median",
                "Median distance to the closest real row, in columns that differ",
                median,
                Absent(why="a quantile of a smoke signal needs none"),
                best=float(np.median(held)) if len(held) else NO_CONTROL,
                worst=0.0,
                note=_SMOKE,
            ),
            better="higher",
        ),
    ]
    share = found.nearer if len(held) else None
    value, interval = (NO_CONTROL, NO_CONTROL) if share is None else (share.value, share.interval)
    title = "Synthetic rows nearer to the training rows than to the holdout"
    figures.append(figure("closest.nearer", title, value, interval, best=0.5, worst=1.0, note=_SMOKE))
    return tuple(figures), (closest.drawn(found),)


_SMOKE: Final = "A smoke signal of overfitting. It feeds no verdict: tables that pass it leak all the same."


def notes(sizes: Sizes) -> tuple[Note, ...]:
    """How it was done. Notes are public: nothing in them was read from a table."""
    return (
        Note(
            text="An attack signals where it finds members more often than rows of the holdout, and labels dealt "
            f"blindly do as well with a probability of at most {LEVEL:.0%}, all its ways of looking taken together. "
            "One that finds nothing has not shown that there is nothing.",
            source="Westfall, Young 1993, Resampling-based multiple testing",
        ),
        Note(
            text="Here the ceiling is what the attack has on rows that the generator never saw, or by guessing; the "
            "floor, where there is one, is a table of copies."
        ),
        Note(
            text=f"Attacked are at most {sizes.membership:,} members and as many rows of the holdout for membership, "
            f"{sizes.linkability:,} for linkability, {sizes.attribute:,} for attributes, and {sizes.singling:,} for "
            f"singling out, at random; all synthetic rows are used. {_UNIT}"
        ),
        Note(
            text="Membership inference: density ratio, classifier and calibrated nearest neighbour, each on all "
            f"targets and on the {membership.OUTLIERS:.0%} of them that lie farthest from the others.",
            source="van Breugel and others 2023 (DOMIAS); Hayes and others 2019 (LOGAN); Watson and others 2022",
        ),
        Note(
            text="Attribute inference, linkability and singling out are anonymeter's attacks and risks. Singling out "
            "asks as many rows of the table as the holdout has, which needs no correction for their sizes.",
            source="Giomi and others 2023, A unified framework for quantifying privacy risk in synthetic data, PoPETs",
        ),
        Note(
            text="The distance to the closest record is shown because it is asked for. It feeds no verdict.",
            source="Yao and others 2025, The DCR delusion, arXiv 2505.01524",
        ),
    )
