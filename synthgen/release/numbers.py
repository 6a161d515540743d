"""The numbers of a bundle that others quote (a tracker of experiments, a regulator's folder), and where each stands."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from synthgen.release.canonical import at, pointer
from synthgen.release.manifest import Number

SOURCES: Final = ("certificate.json", "report.json")
"""The files that numbers stand in."""
_OF_CERTIFICATE: Final[Mapping[str, str]] = {
    "rows": "/issued/rows",
    "privacy.epsilon": "/guarantee/epsilon",
    "privacy.delta": "/guarantee/delta",
    "privacy.spent": "/guarantee/spent",
    "privacy.mu": "/guarantee/mu",
    "privacy.replace_one_epsilon": "/adjacency/replace_one_epsilon",
    "privacy.rows_per_unit": "/unit/rows_per_unit",
    "privacy.advantage": "/operational/advantage",
    "ledger.epsilon": "/composition/budget/epsilon",
    "ledger.delta": "/composition/budget/delta",
    "ledger.spent": "/composition/spent",
    "ledger.reserved": "/composition/reserved",
    "ledger.left": "/composition/left",
}


def numbers_of(texts: Mapping[str, bytes]) -> dict[str, Number]:
    """Every number, by name: those of the certificate, and each figure of the report.

    A figure's name is its key; its columns and its slice follow where there are some. `texts` are the files of SOURCES.
    """
    return dict(_certified(json.loads(texts["certificate.json"]))) | dict(_reported(json.loads(texts["report.json"])))


def _certified(document: Any) -> Iterator[tuple[str, Number]]:
    for name, place in _OF_CERTIFICATE.items():
        try:
            value = at(document, place)
        except LookupError:
            continue
        yield name, Number(value=value, file="certificate.json", at=place)
    for number, (rate, _) in enumerate(document["operational"]["trade_off"]):
        place = pointer("operational", "trade_off", number, 1)
        yield f"privacy.tpr_at_{rate:g}", Number(value=at(document, place), file="certificate.json", at=place)


def _reported(document: Any) -> Iterator[tuple[str, Number]]:
    for i, section in enumerate(document["sections"]):
        for j, figure in enumerate(section["figures"]):
            value = figure["value"]
            if isinstance(value, int | float) and not isinstance(value, bool):
                place = pointer("sections", i, "figures", j, "value")
                yield _name(figure), Number(value=value, file="report.json", at=place)


def _name(figure: Mapping[str, Any]) -> str:
    """What the figure of a report is called among the numbers.

    >>> _name({"key": "fidelity.ks", "subject": ["age"], "slice": "sex = F"})
    'fidelity.ks (age) [sex = F]'
    """
    subject, rows = ", ".join(figure["subject"]), figure["slice"]
    return str(figure["key"]) + (f" ({subject})" if subject else "") + (f" [{rows}]" if rows else "")
