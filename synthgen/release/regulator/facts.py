"""Facts that templates name, and where in the bundle each stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from synthgen.release.canonical import at
from synthgen.release.regulator.pieces import Gap, Piece, Words
from synthgen.release.regulator.source import BUNDLE, CERTIFICATE, MANIFEST, Source

CERTIFIED: Final[Mapping[str, str]] = {
    "title": "/issued/title",
    "created": "/issued/created",
    "software": "/issued/software",
    "model": "/issued/model/sha256",
    "fitted": "/issued/model/created",
    "effort": "/issued/model/effort",
    "policy": "/issued/policy",
    "expires": "/issued/expires",
    "approvals": "/issued/approvals",
    "publisher": "/issued/publisher",
    "contact": "/issued/contact",
    "private": "/guarantee/private",
    "definition": "/guarantee/definition",
    "accountant": "/guarantee/accountant",
    "cross_check": "/guarantee/cross_check",
    "unit": "/unit/meaning",
    "enforced": "/unit/enforced",
    "neighbours": "/adjacency/neighbours",
    "scope": "/composition/scope",
    "composition": "/composition/meaning",
    "sampling": "/sampling/meaning",
    "tuning": "/tuning/meaning",
    "attacker": "/operational/who",
    "audit": "/audit/meaning",
    "group_bias": "/group_bias/meaning",
}
"""Of certificate.json, beside the numbers of the manifest."""
QUOTED: Final = (
    *("rows", "privacy.epsilon", "privacy.delta", "privacy.spent", "privacy.mu", "privacy.replace_one_epsilon"),
    *("privacy.rows_per_unit", "privacy.advantage", "privacy.tpr_at_0.001", "privacy.tpr_at_0.01"),
    *("privacy.tpr_at_0.1", "ledger.epsilon", "ledger.spent", "ledger.left"),
)
"""Numbers that the manifest names, and templates quote."""
_EMPTY: Final = Gap(text="not stated in the bundle")


def facts(source: Source, name: str) -> Piece:
    """The fact of that name; a gap where this bundle has none. Raises KeyError for a name that there is not."""
    if name in CERTIFIED:
        found = source.quote(CERTIFICATE, *_steps(CERTIFIED[name]))
        return _EMPTY if getattr(found, "value", 0) in ("", None) else found
    if name in QUOTED:
        return _numbered(source, name)
    return _OTHERS[name](source)


def _numbered(source: Source, name: str) -> Piece:
    """A number as the manifest names it, at its origin."""
    entry = at(source.values[MANIFEST], "/numbers").get(name)
    if entry is None:
        return Gap(text="not in this bundle")
    return source.quote(f"{BUNDLE}/{entry['file']}", *_steps(entry["at"]))


def _steps(pointer: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def _recipients(source: Source) -> Piece:
    names = source.listed(CERTIFICATE, "issued", "recipients")
    return Words(text=", ".join(map(str, names)) or "whoever receives it")


_OTHERS: Final[Mapping[str, Callable[[Source], Piece]]] = {
    "recipients": _recipients,
    "id": lambda source: Words(text=source.id),
    "signature": lambda source: Words(text=source.signature.said),
}
