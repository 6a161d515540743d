"""What a schema says and its foreign form does not: found by reading the foreign form back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from synthgen.exchange.draft import Loss, brief
from synthgen.exchange.rules import rule_of
from synthgen.schema import Schema, to_json


def differences(schema: Schema, back: Schema, why: Mapping[str, str]) -> Iterator[Loss]:
    """Every place where two schemas differ, with the reason that `why` gives for its key, its type, or "".

    A column of another type is one difference, not one for each of its keys. Rules are compared one by one.
    """
    ours, theirs = _flat(schema), _flat(back)
    for key in _keys(ours, theirs):
        if key not in {"columns", "constraints"} and not _same(ours.get(key), theirs.get(key)):
            yield _loss(key, ours.get(key), why.get(key, why[""]))
    kept = [(rule, rule_of(rule)) for rule in back.constraints]
    for rule in schema.constraints:
        meant = rule_of(rule)
        if not any(rule == text or (meant is not None and meant == other) for text, other in kept):
            yield _loss("constraints", rule, why.get("constraints", why[""]))
    for name, column in ours["columns"].items():
        yield from _of_column(name, column, theirs["columns"].get(name), why)


def _flat(schema: Schema) -> dict[str, Any]:
    """The schema as JSON values, what it says of privacy key by key."""
    said = to_json(schema)
    return {key: value for key, value in said.items() if key != "privacy"} | {
        f"privacy.{key}": value for key, value in said["privacy"].items()
    }


def _of_column(
    name: str, ours: Mapping[str, Any], theirs: Mapping[str, Any] | None, why: Mapping[str, str]
) -> Iterator[Loss]:
    place, kind = f"columns.{name}", ours["type"]
    if theirs is None:
        yield Loss(where=place, what=f"type: {kind}", why=why.get(kind, why[""]))
    elif theirs["type"] != kind:
        reason = why.get(kind, why[""])
        yield Loss(where=place, what=f"type: {kind}", why=f"{reason}; it would be read as {theirs['type']}")
    else:
        for key in _keys(ours, theirs):
            if not _same(ours.get(key), theirs.get(key)):
                yield _loss(f"{place}.{key}", ours.get(key), why.get(key, why[""]))


def _keys(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[str]:
    return [*ours, *(key for key in theirs if key not in ours)]


def _same(ours: Any, theirs: Any) -> bool:
    """As JSON writes them: 1 and true are two things, which Python calls equal."""
    return json.dumps(ours) == json.dumps(theirs)


def _loss(where: str, what: Any, why: str) -> Loss:
    return Loss(where=where, what=brief(what), why=why)
