"""Whether a table fits its schema: names first, then every value, counted by column and rule."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from synthgen.errors import TableError, ViolationError
from synthgen.schema.model import ROW, Schema, learned, sources
from synthgen.tables.conform import Conformed, conform
from synthgen.tables.faults import FIX
from synthgen.tables.reader import Source


@dataclass(frozen=True, kw_only=True)
class Quarantine:
    """What became of the rows that break the schema's rules: counts only, no value of the table.

    rows_read    rows of the table.
    quarantined  rows removed by the policy; under `error`, rows that break a rule.
    violations   column -> rule -> number of values; those that `clip` mended are counted too.
    policy       the schema's `on_violation`.
    """

    policy: str
    rows_read: int = 0
    quarantined: int = 0
    violations: dict[str, dict[str, int]] = field(default_factory=dict)

    def plus(self, batch: Conformed) -> Quarantine:
        """These counts and those of one more batch."""
        counts = Counter({(name, rule): n for name, rules in self.violations.items() for rule, n in rules.items()})
        violations: dict[str, dict[str, int]] = {}
        for (name, rule), n in (counts + batch.violations).items():
            violations.setdefault(name, {})[rule] = n
        return Quarantine(
            policy=self.policy,
            rows_read=self.rows_read + batch.read,
            quarantined=self.quarantined + batch.quarantined,
            violations=violations,
        )

    def refuse(self, subject: str) -> None:
        """Raise ViolationError when the policy is `error` and a row breaks a rule."""
        if self.policy != "error" or not self.quarantined:
            return
        counts = {(name, rule): n for name, rules in self.violations.items() for rule, n in rules.items()}
        worst = max(counts, key=lambda pair: counts[pair])[1]
        fixes = [fix for fault, fix in FIX.items() if fault.rule == worst]
        raise ViolationError(subject, counts=counts, fix="; ".join([*fixes, "or set on_violation: drop"]))


def check_columns(source: Source, schema: Schema) -> None:
    """Check that the table has the columns of the schema that are read, and none that it does not know.

    The unit, `exclude` and the columns that are not learned are known names, and the latter may be absent. Raises
    TableError with the closest name as the fix. Names of the table are quoted only when some of them are the schema's:
    a file without a header line has values for names.
    """
    wanted = _read(schema)
    missing = [name for name in wanted if name not in source.columns]
    known = {*wanted, *schema.exclude, *schema.columns}
    unknown = [name for name in source.columns if name not in known]
    if len(missing) == len(wanted):
        expected = f"the schema's columns ({_listed(wanted)})"
        raise TableError(source.name, expected=expected, got="none of them", fix="does the table have a header line?")
    if missing:
        close = difflib.get_close_matches(missing[0], unknown, n=1)
        fix = f"rename {close[0]}" if close else "remove it from the schema, or give the full table"
        got = f"none of that name (missing: {_listed(missing)})" if len(missing) > 1 else "none of that name"
        role = "the column of privacy.unit" if missing[0] == schema.privacy.unit else "a column of the schema"
        raise TableError(f"{source.name} {missing[0]}", expected=role, got=got, fix=fix)
    if unknown:
        fix = f"describe it under columns, or leave it out with exclude: [{_listed(unknown, limit=8)}]"
        expected = "columns of the schema only"
        raise TableError(source.name, expected=expected, got=f"others ({_listed(unknown)})", fix=fix)


def _read(schema: Schema) -> list[str]:
    """The columns of the data that a fit reads."""
    wanted = [source for name, column in learned(schema).items() for source in sources(name, column)]
    return [*wanted, *({schema.privacy.unit} - {ROW, *wanted})]


def conformed(source: Source, schema: Schema, *, on_rows: Callable[[int], None] | None = None) -> Iterator[Conformed]:
    """The table's batches after the schema's policy was applied; names are checked first.

    `on_rows` is told how many rows each batch had. Reads again each time it is called. Raises TableError.
    """
    check_columns(source, schema)
    for batch in source.batches(_read(schema)):
        yield conform(batch, schema)
        if on_rows is not None:
            on_rows(batch.num_rows)


def validate(source: Source, schema: Schema) -> Quarantine:
    """Read the whole table and count; refuses nothing but columns that do not fit (TableError)."""
    found = Quarantine(policy=schema.on_violation)
    for batch in conformed(source, schema):
        found = found.plus(batch)
    return found


def _listed(names: Sequence[str], limit: int = 3) -> str:
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more
