"""Whether rows keep the rules: private rows on their way to the door, and every synthetic row before it is written.

What sees private rows here is row-local and total: whether a row is kept depends on that row alone, and nothing that a
row may hold can stop it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from synthgen.constrain.fields import Fields
from synthgen.constrain.rules import RowRule, spelled
from synthgen.errors import ViolationError
from synthgen.schema import Schema
from synthgen.schema.model import Privacy
from synthgen.sql.cells import Mask, cells_of_values
from synthgen.sql.evaluate import Rows
from synthgen.sql.expression import columns_of
from synthgen.sql.residual import holds
from synthgen.tables import Conformed, conform, without

CONSTRAINT = "constraint"
"""Under this name violations of rules are counted, beside those of columns."""


def checked(rows: Conformed, rules: Sequence[RowRule], fields: Fields, policy: str) -> Conformed:
    """Conformed rows after the policy has dealt with those that break a rule.

    `error` keeps and counts them, `drop` and `clip` remove them: a rule does not say which of its columns to mend.
    """
    if not rules:
        return rows
    broken = broken_in(rows, rules, fields)
    counts = {(CONSTRAINT, spelled(rule)): int(broken[rule.number].sum()) for rule in rules}
    lost = np.logical_or.reduce(list(broken.values()))
    violations = rows.violations + Counter({key: count for key, count in counts.items() if count})
    return replace(without(rows, lost, policy), violations=violations)


def broken_in(rows: Conformed, rules: Sequence[RowRule], fields: Fields) -> dict[int, Mask]:
    """For each rule, by its number, which rows break it; rows that hold a filler already are not looked at again."""
    cells = _cells(rows, rules, fields)
    sound = np.ones(rows.rows, np.bool_) if rows.broken is None else ~rows.broken
    with np.errstate(all="ignore"):  # a warning would tell of the row that caused it
        return {rule.number: sound & ~holds(rule.kept, cells) for rule in rules}


def _cells(rows: Conformed, rules: Sequence[RowRule], fields: Fields) -> Rows:
    names = frozenset().union(*(columns_of(rule.kept) for rule in rules))
    return cells_of_values(rows.columns, {name: fields[name] for name in fields if name in names})


def verify(batch: pa.RecordBatch, rules: Sequence[RowRule], fields: Fields, schema: Schema) -> None:
    """Raise ViolationError unless every row of a batch, read again as it is written, keeps every rule."""
    names = frozenset().union(*(columns_of(rule.kept) for rule in rules)) & set(batch.schema.names)
    sound = [rule for rule in rules if columns_of(rule.kept) <= names]
    if not sound or not batch.num_rows:
        return
    columns = {name: column for name, column in schema.columns.items() if name in names}
    narrow = schema.model_copy(update={"columns": columns, "privacy": Privacy(), "on_violation": "error"})
    rows = conform(batch, narrow)
    counts: Mapping[tuple[str, str], int] = dict(rows.violations)
    if not counts:
        broken = broken_in(rows, sound, fields)
        counts = {(CONSTRAINT, spelled(rule)): int(broken[rule.number].sum()) for rule in sound}
    found = {key: count for key, count in counts.items() if count}
    if found:
        raise ViolationError("synthetic rows", counts=found, fix="nothing was written; this is a bug, please report it")
