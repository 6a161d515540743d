"""Whether synthetic rows are what the schema allows: every value in its column's domain, and every rule kept.

These figures need nothing but the synthetic rows and the schema, which both may leave: they are the public ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pyarrow as pa

from synthgen.constrain import PersonRule, RowRule, checked, fields_of, rules_of, spelled
from synthgen.constrain.survey import survey
from synthgen.evaluate.report import Absent, Figure
from synthgen.evaluate.views import View
from synthgen.schema import ROW, Privacy, Schema
from synthgen.tables import Source, conformed

EXACT: Final = Absent(why="every row that was read is counted, so nothing is estimated")
NO_FLOOR: Final = Absent(why="a public figure: independent columns of the real rows are private")
ALL_SOUND: Final = 1.0
"""The ceiling is what the schema says, not what the real rows do: they are private."""


def adherence(synthetic: View, schema: Schema) -> Iterator[Figure]:
    """The share of rows in which all values and rules are kept, and of those that keep each rule.

    Raises SchemaError for rules that make no sense. Rules by person are left out where the table does not name persons.
    """
    source = source_of(synthetic)
    told = schema.privacy.unit == ROW or schema.privacy.unit in source.columns
    known = schema if told else _without_persons(schema)
    yield _figure("rules.rows", "Rows that the schema allows", _sound(source, known), note=_SOUND)
    if known.constraints:
        found = survey(source, known.model_copy(update={"on_violation": "error"}))
        for tally in found.rules:
            kept = 1 - tally.violations / tally.rows if tally.rows else _NO_SOUND
            yield _figure("rules.kept", f"Rows that keep: {spelled(tally.rule)}", kept, subject=(spelled(tally.rule),))
    if not told:
        why = Absent(why=f"the table has no column {schema.privacy.unit}, so nobody knows whose rows are whose")
        for rule in rules_of(schema):
            if isinstance(rule, PersonRule):
                yield _figure("rules.kept", f"Persons who keep: {spelled(rule)}", why, subject=(spelled(rule),))


_SOUND: Final = "Every value is in its column's domain, and every rule that a row keeps on its own is kept."
_NO_SOUND: Final = Absent(why="no row has all its values in their columns' domains, so no rule was looked at")


def source_of(view: View) -> Source:
    """The view's rows as they were found, as a table that can be read again."""
    assert view.records, "a view that was just read has its records"
    batches = view.records

    def read(names: tuple[str, ...], _: int) -> Iterator[pa.RecordBatch]:
        return (batch.select(list(names)) for batch in batches)

    return Source(name="synthetic table", columns=tuple(batches[0].schema.names), read=read)


def _sound(source: Source, schema: Schema) -> float | Absent:
    """The share of rows that nothing is wrong with."""
    dropping = schema.model_copy(update={"on_violation": "drop"})
    rules = [rule for rule in rules_of(schema) if isinstance(rule, RowRule)]
    fields = fields_of(schema)
    read = kept = 0
    for batch in conformed(source, dropping):
        read += batch.read
        kept += checked(batch, rules, fields, "drop").rows
    return kept / read if read else Absent(why="no rows")


def _without_persons(schema: Schema) -> Schema:
    """The schema of a table that does not say whose its rows are."""
    by_person = {rule.sql for rule in rules_of(schema) if isinstance(rule, PersonRule)}
    left = tuple(rule for rule in schema.constraints if rule not in by_person)
    return schema.model_copy(update={"privacy": Privacy(), "constraints": left})


def _figure(key: str, title: str, value: float | Absent, *, subject: tuple[str, ...] = (), note: str = "") -> Figure:
    return Figure(
        key=f"fidelity.{key}",
        title=title,
        value=value,
        tier="synthetic_only",
        better="higher",
        interval=EXACT if not isinstance(value, Absent) else value,
        ceiling=ALL_SOUND,
        floor=NO_FLOOR,
        subject=subject,
        note=note,
    )
