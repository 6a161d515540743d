"""Words that no certificate or card of ours uses, because no epsilon makes them true."""

from __future__ import annotations

import re
from collections.abc import Mapping

from synthgen.errors import ConfigError

REFUSED: tuple[tuple[str, str], ...] = (
    (r"(?<!not )anonym\w*|de-?identified", "say synthetic, with its epsilon and delta"),
    (r"(gdpr|hipaa|ccpa)[- ](compliant|compliance|certified|safe|proof)", "whether it is, is for a lawyer to say"),
    (r"(zero|no) (privacy )?risk|risk[- ]free", "say what the risk is: the certificate has figures for it"),
    (r"(complete|perfect|total|absolute|full)(ly)? (private|privacy|safe|secure|protected)", "say how much: epsilon"),
    (r"(can ?not|impossible to|never) be? ?(re-?)?identif\w*", "say how likely: the certificate has figures for it"),
    (r"no (personal|real) data", "say that the rows were drawn from a model with this epsilon"),
    (r"guaranteed? (safe|private)|100 ?% (safe|private|secure)", "say how much: epsilon"),
)
"""Patterns, and what to say in their place."""


def refuse(texts: Mapping[str, str]) -> None:
    """Raise ConfigError where a text, by its name, claims what nobody can.

    >>> refuse({"title": "Fully anonymised patients"})
    Traceback (most recent call last):
    synthgen.errors.ConfigError: title: expected words that a certificate can stand behind, got 'anonymised'; say \
synthetic, with its epsilon and delta
    """
    for name, text in texts.items():
        for pattern, instead in REFUSED:
            found = re.search(rf"\b(?:{pattern})", text, re.IGNORECASE)
            if found is not None:
                got = repr(found.group(0)[:60])
                raise ConfigError(name, expected="words that a certificate can stand behind", got=got, fix=instead)
