"""Numbers as people write them, read by the column's declared format."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

from synthgen.schema.numerals import Spelling, spelling_of
from synthgen.tables import arrays

_MINUS = r"-\x{2212}"
"""The hyphen, and the sign that typesetters use."""


def numerals(values: pa.Array, format: str | None, *, whole: bool) -> pa.Array:  # noqa: A002 - the schema's key
    """Text that is written by the format as plain numerals; other arrays as they are.

    What does not match stays text that is no number (plain numerals stay numbers where the format has a decimal point).

    >>> numerals(pa.array(["$1,234.50", "($3.10)", "-$2", "1.5", "12,34"]), "$1,234.50", whole=False).to_pylist()
    ['1234.50', '-3.10', '-2', '1.5', '12,34']
    >>> numerals(pa.array(["1.234,5 €", "1.5", "7,5"]), "1.234,5 €", whole=False).to_pylist()
    ['1234.5', '1?5', '7.5']
    """
    if format is None or not arrays.is_text(values):
        return values
    rules = spelling_of(format, whole=whole)
    text = arrays.trimmed(values)
    parts = pc.extract_regex(text, _pattern(rules))
    body = parts.field("body")
    if rules.thousands:
        body = pc.replace_substring(body, rules.thousands, "")
    body = pc.replace_substring(body, rules.point, ".")
    signs = [pc.utf8_length(parts.field(name)) for name in ("before", "open", "after")]
    behind = pc.greater(pc.add(pc.add(signs[0], signs[1]), signs[2]), 0)
    plain = pc.if_else(behind, pc.binary_join_element_wise("-", body, ""), body)
    other = text if rules.point == "." else pc.replace_substring(text, ".", "?")
    return pc.if_else(parts.is_valid(), plain, other)


def _pattern(rules: Spelling) -> str:
    """Sign, prefix, sign, digits, suffix: prefix and suffix may be left out, a minus stands on either side."""
    prefix, suffix = (re.escape(text.strip()).replace("\\ ", " ") for text in (rules.prefix, rules.suffix))
    mark, point = re.escape(rules.thousands), re.escape(rules.point)
    groups = f"[0-9]{{1,3}}(?:{mark}[0-9]{{3}})+|" if rules.thousands else ""
    return (
        rf"^(?P<open>\(?)(?P<before>[{_MINUS}]?)\s*(?:{prefix})?\s*(?P<after>[{_MINUS}]?)\s*"
        rf"(?P<body>(?:{groups}[0-9]+)(?:{point}[0-9]*)?|{point}[0-9]+)\s*(?:{suffix})?\)?$"
    )
