"""What is predicted: the schema's target, as a number or as one of a few classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from synthgen.evaluate.report import Absent
from synthgen.evaluate.views import Column, View
from synthgen.schema import Schema

TRAIN_ROWS: Final = 10_000
"""Rows that a learner is trained on, at most: what more would add is the same for real and synthetic rows."""
TEST_ROWS: Final = 10_000
FEWEST_TRAIN: Final = 50
FEWEST_TEST: Final = 50
FEWEST_OF_A_CLASS: Final = 10
"""Rows of a class, in the real and in the held out table, below which it is not scored by itself."""
MOST_CLASSES: Final = 20
OTHER: Final = "(other)"

Kind = Literal["binary", "classes", "number"]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Task:
    """What is to be predicted from all other columns.

    classes   what a class index means; empty for a number
    class_of  class index of each level of the column, -1 for none; int64 (levels,)
    rare      index of the rarest class of the real table: the one whose alerts are counted
    hidden    columns that a learner is not given: the target, and with an event its time
    """

    target: str
    kind: Kind
    classes: tuple[str, ...]
    class_of: NDArray[np.int64]
    rare: int
    hidden: tuple[str, ...]

    def usable(self, view: View) -> NDArray[np.bool_]:
        """Rows with an answer: a value of the column that belongs to one of the classes."""
        column = view.columns[self.target]
        if self.kind == "number":
            return column.present & np.isfinite(column.values)
        found = np.zeros(view.rows, np.bool_)
        found[column.present] = self.class_of[column.values[column.present].astype(np.int64)] >= 0
        return found

    def answers(self, view: View) -> NDArray[np.float64] | NDArray[np.int64]:
        """The answers of usable rows: float64 numbers, or int64 class indices."""
        values = view.columns[self.target].values
        if self.kind == "number":
            return values.astype(np.float64)
        return self.class_of[values.astype(np.int64)]


def task_of(schema: Schema, real: View, holdout: View) -> Task | Absent:
    """The task that the schema's target sets, or why there is none."""
    if schema.target is None:
        return Absent(why="the schema names no target")
    column, held = real.columns[schema.target], holdout.columns[schema.target]
    hidden = (schema.target, *_partners(schema))
    if len(hidden) >= len(real.columns):
        return Absent(why="there is no column to predict the target from")
    if column.is_line:
        return _number(schema.target, column, held, hidden)
    return _classes(schema.target, column, held, hidden)


def _partners(schema: Schema) -> tuple[str, ...]:
    """Of a survival target, the other column: known only when the event is."""
    pair = () if schema.survival is None else (schema.survival.time, schema.survival.event)
    return tuple(name for name in pair if name != schema.target) if schema.target in pair else ()


def _number(target: str, column: Column, held: Column, hidden: tuple[str, ...]) -> Task | Absent:
    for whose, one, fewest in (("real", column, FEWEST_TRAIN), ("held out", held, FEWEST_TEST)):
        values = one.values[one.present]
        if len(values) < fewest:
            return Absent(why=f"the {whose} table has fewer than {fewest} rows with a target")
        if values.min() == values.max():
            return Absent(why=f"the target is the same in every row of the {whose} table")
    return Task(target=target, kind="number", classes=(), class_of=np.zeros(0, np.int64), rare=-1, hidden=hidden)


def _classes(target: str, column: Column, held: Column, hidden: tuple[str, ...]) -> Task | Absent:
    """Classes are levels with enough rows on both sides; where several have too few, these are one together."""
    levels = len(column.levels)
    rows, tests = (np.bincount(one.values[one.present], minlength=levels) for one in (column, held))
    if rows.sum() < FEWEST_TRAIN or tests.sum() < FEWEST_TEST:
        return Absent(why=f"fewer than {FEWEST_TRAIN} real or {FEWEST_TEST} held out rows have a target")
    enough = (np.minimum(rows, tests) >= FEWEST_OF_A_CLASS).nonzero()[0]
    kept = np.sort(enough[np.argsort(-rows[enough], kind="stable")][: MOST_CLASSES - 1])
    class_of = np.full(levels, -1)
    class_of[kept] = np.arange(len(kept))
    pooled = class_of < 0
    names = [column.levels[level] for level in kept]
    if min(rows[pooled].sum(), tests[pooled].sum()) >= FEWEST_OF_A_CLASS:
        class_of[pooled] = len(kept)
        names.append(OTHER)
    if len(names) < 2:
        why = f"fewer than two classes have {FEWEST_OF_A_CLASS} rows in the real and in the held out table"
        return Absent(why=why)
    sizes = np.bincount(class_of[class_of >= 0], weights=rows[class_of >= 0])
    return Task(
        target=target,
        kind="binary" if len(names) == 2 else "classes",
        classes=tuple(names),
        class_of=class_of.astype(np.int64),
        rare=int(np.argmin(sizes)),
        hidden=hidden,
    )
