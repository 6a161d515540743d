"""A draft as the file that a person reads: YAML, with a mark on every line that private rows decided."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from synthgen.infer.describe import Described
from synthgen.infer.draft import Draft
from synthgen.schema.yaml import yaml_text

MARK = "  # inferred"
READ = "# read from the rows: "
WIDTH, _ENDLESS = 110, 1 << 20
ROWS_PER_UNIT = 2

HEAD = """\
# A first draft of a schema, inferred from private rows. Keep it as private as they are until a person has read it.
#
# Lines marked `# inferred` hold what was read from private rows: values, ends, spellings. A schema is public, so check
# each: is it known without these rows? Then write what is known (0 to 120, not the youngest and the oldest), and delete
# the column's line `inferred: [...]`. Where it is not known, pay for it out of the privacy budget:
#     values: [...]          ->  discover: true       finds the levels that enough rows have
#     minimum:, maximum:     ->  bounds: discover     finds noisy bounds
# `synthgen fit` with a finite epsilon refuses this file as long as a mark is left. Comments that begin with
# `read from the rows` are as private as the rows: delete them before the file leaves.
"""


def render(draft: Draft) -> str:
    """The draft as YAML text that `parse_schema` reads."""
    lines = [HEAD.rstrip(), "synthgen: 1", *_dumped({"name": draft.name}), *_privacy(draft), "columns:"]
    for own in draft.columns:
        lines += [f"  {line}" for line in _column(own)]
    return "\n".join([*lines, *_rules(draft.rules)]) + "\n"


def _privacy(draft: Draft) -> Iterator[str]:
    if draft.unit is None:
        yield "# Each row is taken for a person. May a person have several? privacy: {unit: COLUMN, rows_per_unit: 2}"
        return
    yield f"# {one_line(draft.unit)} looks like a person with several rows, so a person is what is protected."
    yield "# Not so? Then describe it under columns, and delete `privacy`: each row is then a person."
    yield from (READ + one_line(note) for note in draft.persons)
    yield "privacy:"
    yield from (f"  {line}" for line in _dumped({"unit": draft.unit}))
    yield f"  rows_per_unit: {ROWS_PER_UNIT}  # your choice: more rows of a person are used, and more noise hides them"


def _column(own: Described) -> Iterator[str]:
    yield from _dumped({own.name: None})
    yield from (f"  {READ}{one_line(note)}" for note in own.notes)
    for key, value in own.keys.items():
        mark = MARK if key in own.inferred else ""
        if isinstance(value, list):
            yield from (f"  {line}" for line in _listed(key, value, mark))
        else:
            yield f"  {_dumped({key: value})[0]}{mark}"
    if own.inferred:
        yield f"  inferred: [{', '.join(own.inferred)}]"


def _listed(key: str, values: Sequence[Any], mark: str) -> list[str]:
    """A list on one line, or on as many as it needs, broken between its values only."""
    items = [
        yaml_text({"x": [value]}, width=_ENDLESS).strip().removeprefix("x: [").removesuffix("]") for value in values
    ]
    short = f"{key}: [{', '.join(items)}]"
    if len(short) <= WIDTH - 4:
        return [short + mark]
    lines = [""]
    for item in items:
        if lines[-1] and len(lines[-1]) + len(item) > WIDTH - 8:
            lines.append("")
        lines[-1] += f"{item}, "
    return [f"{key}: [{mark}", *(f"  {line.rstrip()}" for line in lines[:-1]), f"  {lines[-1].removesuffix(', ')}", "]"]


def _rules(rules: Sequence[str]) -> Iterator[str]:
    if rules:
        yield "# Candidates for rules: every sampled row keeps them. Take in what is a rule, and not a coincidence."
        yield "# read from the rows:"
        yield "# constraints:"
        yield from (f"#   - {_dumped({'x': rule})[0].removeprefix('x: ')}" for rule in map(one_line, rules))


def _dumped(value: dict[str, Any]) -> list[str]:
    """One key and its value as lines of YAML."""
    (key, inner), *_ = value.items()
    if inner is None:  # names that are long or hold line ends come as `? name` and `: 0`, on two lines
        return [yaml_text({key: 0}, width=_ENDLESS).split("\n")[0].removeprefix("? ").removesuffix(": 0") + ":"]
    return yaml_text(value, width=_ENDLESS).rstrip("\n").split("\n")


def one_line(text: str) -> str:
    """Text without line ends: whoever chose the names in it, it stays inside its comment."""
    return "".join(letter if letter.isprintable() else "?" for letter in re.sub(r"\s+", " ", text))
