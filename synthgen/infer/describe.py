"""From a sketch to the keys that describe its column: the first way that fits is taken.

What stands in `inferred` was read from private rows. `notes` are too; they become comments.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import numpy as np
import pyarrow as pa

from synthgen.encode.grid import value_of
from synthgen.identifiers.detect import TEXT
from synthgen.infer import words
from synthgen.infer.evidence import SURE, Evidence
from synthgen.infer.lines import LineSketch
from synthgen.infer.scale import prefers_log
from synthgen.infer.sketch import Sketch
from synthgen.schema import Date, DateTime, Duration, Integer, Number, Time
from synthgen.schema.columns import EXACT
from synthgen.tables import arrays

LISTED = 64
"""Levels that are listed in the file; more are left to discovery."""
FEW = 20
"""Levels of a column of numbers and words that is better listed than read as a line."""
MOST_SENTINELS = 5
"""Different words among numbers; with more, the column holds codes."""
ROWS_PER_LABEL = 20
"""On average: texts that repeat so much are labels."""
RARE = 10
"""Rows below which a level may point at someone."""
PLACES = frozenset({"state", "country", "city", "postcode", "company"})
"""Kinds that are worth learning where there are few of them."""
_MANY_WORDS = 4.0
_HEX = "[0-9a-f]"
_DAY = 86_400
_LAST_DAY = 2_932_896
"""9999-12-31 in days since 1970."""
_OTHER_DATE = r"^[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{1,4}(?:$|[ T])"


@dataclass(frozen=True, kw_only=True, slots=True)
class Described:
    """A column as the schema will have it; `keys` in the order in which they are written, without `inferred`."""

    name: str
    keys: dict[str, Any]
    inferred: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def describe(evidence: Evidence) -> Described:
    """The first way that fits; the last one always does."""
    ways: list[Callable[[Evidence], Described | None]] = [
        _nothing,
        _personal,
        _two_words,
        _key,
        _reference,
        _line,
        _levels,
        _text,
    ]
    found = next(own for own in (way(evidence) for way in ways) if own is not None)
    if evidence.sketch.missing and found.keys["type"] not in {"identifier", "text"}:
        marked = () if evidence.sketch.missing == evidence.sketch.rows else ("nullable",)
        keys = {key: found.keys[key] for key in found.keys if key != "null_values"} | {"nullable": True}
        keys |= {key: found.keys[key] for key in found.keys if key == "null_values"}
        return replace(found, keys=keys, inferred=(*found.inferred, *(m for m in marked if m not in found.inferred)))
    return found


def _nothing(evidence: Evidence) -> Described | None:
    if evidence.sketch.present:
        return None
    note = ("no row has a value",) if evidence.sketch.rows else ("the table has no rows",)
    keys = {"type": "categorical", "values": [], "nullable": True}
    return Described(name=evidence.sketch.name, keys=keys, inferred=("values",), notes=note)


def _personal(evidence: Evidence) -> Described | None:
    sketch, likely = evidence.sketch, max(evidence.findings, key=lambda own: own.confidence, default=None)
    if likely is None or likely.confidence < SURE:
        return None
    few = sketch.levels is not None and len(sketch.levels) <= LISTED
    if (likely.kind in PLACES and few) or (likely.kind == TEXT and _is_repeated(sketch)):
        return None
    note = f"looks like {likely.kind} (confidence {likely.confidence:.2f}): {likely.reason}"
    if likely.kind == TEXT:
        return Described(name=sketch.name, keys={"type": "text", "action": "drop"}, notes=(note,))
    keys: dict[str, Any] = {"type": "identifier", "kind": likely.kind}
    if evidence.is_key:
        return Described(name=sketch.name, keys=keys | {"unique": True}, inferred=("unique",), notes=(note,))
    return Described(name=sketch.name, keys=keys, notes=(note,))


def _two_words(evidence: Evidence) -> Described | None:
    sketch = evidence.sketch
    if sketch.levels is None or (pair := words.two_values(tuple(sketch.levels))) is None:
        return None
    if pair == ("false", "true") or len(sketch.levels) > 2:  # read in any case, then, and written as false and true
        return Described(name=sketch.name, keys={"type": "boolean"})
    values = [int(word) if word in "01" and not sketch.is_text else word for word in pair]
    return Described(name=sketch.name, keys={"type": "boolean", "values": values}, inferred=("values",))


def _key(evidence: Evidence) -> Described | None:
    """A value of its own in every row: made up anew."""
    sketch = evidence.sketch
    line = _best(sketch)
    is_whole = line is not None and _is_whole(line)
    dense = is_whole and line is not None and line.high[0] - line.low[0] + 1 == sketch.rows
    is_name = (sketch.is_text and line is None) or (is_whole and words.names_identifier(sketch.name))
    if not evidence.is_key or not (is_name or dense):
        return None
    note = ("every row has a value of its own: a key",)
    if dense:
        return Described(name=sketch.name, keys={"type": "identifier", "kind": "sequence", "unique": True}, notes=note)
    pattern = _pattern(arrays.texts(evidence.sample).drop_null().to_pylist())
    if is_whole and line is not None and pattern is not None:  # a number does not begin with 0
        pattern = "[1-9]" + (f"[0-9]{{{len(str(int(line.high[0]))) - 1}}}" if line.high[0] > 9 else "")
    if pattern is not None:
        keys = {"type": "identifier", "pattern": pattern, "unique": True}
        return Described(name=sketch.name, keys=keys, inferred=("pattern", "unique"), notes=note)
    if is_whole:
        return Described(name=sketch.name, keys={"type": "identifier", "kind": "sequence", "unique": True}, notes=note)
    return Described(name=sketch.name, keys={"type": "text", "action": "drop"}, notes=note)


def _reference(evidence: Evidence) -> Described | None:
    """Whole numbers that name something, which several rows may have in common: nothing to be learned from."""
    sketch, line = evidence.sketch, _best(evidence.sketch)
    many = sketch.levels is None or len(sketch.levels) > LISTED
    if line is None or not _is_whole(line) or line.misfits or not words.names_identifier(sketch.name) or not many:
        return None
    if _is_repeated(sketch):
        return None
    note = "names something that several rows have in common: made up, so what it ties together is not kept"
    return Described(name=sketch.name, keys={"type": "identifier", "kind": "sequence"}, notes=(note,))


def _pattern(texts: Sequence[str]) -> str | None:
    """The regular expression of texts of one length whose places hold letters, digits or one fixed mark.

    >>> _pattern(["TX-01", "AB-95"]), _pattern(["1f0", "ab9", "007"]), _pattern(["one", "three"])
    ('[A-Z]{2}-[0-9]{2}', '[0-9a-f]{3}', None)
    """
    if not texts or len({len(text) for text in texts}) != 1 or len(texts[0]) > 64:
        return None
    places = [_place("".join(sorted(set(letters)))) for letters in zip(*texts, strict=True)]
    if set(places) <= {"[0-9]", _HEX}:
        places = [max(map(str, places))] * len(places)  # [0-9a-f] everywhere, where it is anywhere
    runs = [(place, len(list(run))) for place, run in groupby(places)]
    return None if None in places else "".join(f"{place}{{{many}}}" if many > 1 else str(place) for place, many in runs)


def _place(letters: str) -> str | None:
    for pattern in ("[0-9]", _HEX, "[a-z]", "[A-Z]", "[0-9A-Z]", "[0-9a-zA-Z]"):
        if re.fullmatch(f"{pattern}+", letters):
            return pattern
    if len(letters) != 1 or letters.isspace():
        return None
    return letters if letters in "-_/:#@,;" else re.escape(letters)


def _best(sketch: Sketch) -> LineSketch | None:
    """The line that reads most values; numbers that begin with a zero are codes."""
    lines = [line for line in sketch.lines or () if line.good]
    if sketch.padded:
        lines = [line for line in lines if not isinstance(line.reader, Number) or line.reader.format]
    return max(lines, key=lambda line: line.good, default=None)


def _is_whole(line: LineSketch) -> bool:
    whole = isinstance(line.reader, Integer) or (isinstance(line.reader, Number) and line.whole)
    return whole and max(abs(line.low[0]), abs(line.high[0])) <= EXACT


def _line(evidence: Evidence) -> Described | None:
    sketch = evidence.sketch
    line = _best(sketch)
    if line is None or (isinstance(line.reader, Integer) and not _is_whole(line)):
        return None
    levels = len(sketch.levels) if sketch.levels is not None else None
    strange = [text for text in line.misfits if text not in words.MISSING]
    is_code = bool(words.CODE & set(words.words(sketch.name))) and _is_whole(line)
    if len(strange) > MOST_SENTINELS or (levels is not None and (is_code or (strange and levels <= FEW))):
        return None
    keys, notes = _line_keys(line, evidence)
    inferred = [key for key in keys if key not in {"type", "scale", "timezone", "unit"}]
    absent = [text for text in line.misfits if text in words.MISSING]
    if strange:
        keys["special"] = [*keys.get("special", []), *strange]
    if absent:
        keys |= {"nullable": True, "null_values": absent}
    inferred += [key for key in ("special", "nullable", "null_values") if key in keys and key not in inferred]
    return Described(name=sketch.name, keys=keys, inferred=tuple(inferred), notes=tuple(notes))


def _line_keys(line: LineSketch, evidence: Evidence) -> tuple[dict[str, Any], list[str]]:
    """Type, ends and what belongs to them."""
    reader: Any = line.reader
    if isinstance(reader, Time):
        return {"type": "time"}, []
    if isinstance(reader, Number | Integer):
        return _number_keys(line, evidence)
    if isinstance(reader, Date) or (isinstance(reader, DateTime) and line.midnight):
        return _date_keys(line), []
    keys = {"type": reader.type} | {key: value_of(reader, end) for key, end in _ends(line)}
    if isinstance(reader, DateTime) and evidence.sketch.zone:
        keys["timezone"] = evidence.sketch.zone
    if isinstance(reader, Duration):
        keys |= {key: int(end) for key, end in _ends(line)} | {"unit": reader.unit}
        keys |= {"format": reader.format} if reader.format else {}
    return keys, []


def _date_keys(line: LineSketch) -> dict[str, Any]:
    """Days; the last day of all calendars is none."""
    unit = _DAY if isinstance(line.reader, DateTime) else 1
    low, high, before = (end // unit for end in (line.low[0], line.high[0], line.above))
    special = {}
    if high == _LAST_DAY and before > -np.inf:
        high, special = before, {"special": ["9999-12-31"]}
    ends = {key: value_of(Date(type="date"), end) for key, end in (("minimum", low), ("maximum", high))}
    return {"type": "date"} | ends | special


def _ends(line: LineSketch) -> tuple[tuple[str, float], tuple[str, float]]:
    return ("minimum", line.low[0]), ("maximum", line.high[0])


def _number_keys(line: LineSketch, evidence: Evidence) -> tuple[dict[str, Any], list[str]]:
    low, special, notes = line.low[0], [], []
    stands_apart = low == 0 and line.high[0] > line.below > 0 and line.below > 2 * (line.high[0] - line.below)
    if stands_apart or (low in words.NEGATIVE and 0 <= line.below < np.inf):
        special, low = [int(low)], line.below
    if line.high[0] in words.NINES and line.above < line.high[0] / 2:
        notes.append(
            "the largest value is all nines, far above the next one: if it means something else, put it under special"
        )
    whole = _is_whole(line) and not getattr(line.reader, "format", None)
    as_written: Callable[[float], float] = int if whole else float
    keys: dict[str, Any] = {"type": "integer" if whole else "number"}
    keys |= {"minimum": as_written(low), "maximum": as_written(line.high[0])}
    if not whole and line.decimals is not None:
        keys |= {key: round(keys[key], line.decimals) for key in ("minimum", "maximum")}
    if getattr(line.reader, "format", None):
        keys["format"] = line.reader.format  # type: ignore[union-attr]  # only numbers have one, as just asked
    elif not whole and line.decimals is not None and max(abs(low), abs(line.high[0])) * 10.0**line.decimals <= EXACT:
        keys["decimals"] = line.decimals
    if special:
        keys["special"] = special
    if prefers_log(evidence.sample, line.reader, low=float(low), high=float(line.high[0])):
        keys["scale"] = "log"
    return keys, notes


def _levels(evidence: Evidence) -> Described | None:
    sketch = evidence.sketch
    few = sketch.levels is not None and len(sketch.levels) <= LISTED
    if few and sketch.levels is not None:
        values: list[Any] = sorted(sketch.levels, key=_natural)
        if not sketch.is_text and all(re.fullmatch(r"-?[0-9]{1,15}", value) for value in values):
            values = sorted(map(int, values))
        rare = sum(rows < RARE for rows in sketch.levels.values())
        note = (f"{rare} of its levels have fewer than {RARE} rows: is each of them public?",) if rare else ()
        keys = {"type": "categorical", "values": values}
        return Described(name=sketch.name, keys=keys, inferred=("values",), notes=note)
    if sketch.distinct.number > 0.5 * sketch.present or (_is_prose(evidence.sample) and not _is_repeated(sketch)):
        return None
    note = ("more levels than are listed here; discovery keeps those that enough rows have",)
    return Described(name=sketch.name, keys={"type": "categorical", "discover": True}, notes=note)


def _natural(text: str) -> list[tuple[bool, int, str]]:
    """Order by the numbers in a text, as people would.

    >>> sorted(["10", "9", "[25-50)", "[100-125)", "N"], key=_natural)
    ['9', '10', 'N', '[25-50)', '[100-125)']
    """
    parts = re.findall(r"[0-9]+|[^0-9]+", text)
    return [(False, int(part), "") if part.isdecimal() else (True, 0, part) for part in parts]


def _is_repeated(sketch: Sketch) -> bool:
    """Whether the same texts come again and again: labels, however many words they have."""
    return sketch.distinct.number * ROWS_PER_LABEL <= sketch.present


def _is_prose(sample: pa.Array) -> bool:
    texts = arrays.texts(sample).drop_null().slice(0, 500).to_pylist() if arrays.is_text(sample) else []
    return bool(texts) and float(np.mean([len(text.split()) for text in texts])) > _MANY_WORDS


def _text(evidence: Evidence) -> Described:
    note = "as good as a text of its own in every row; free text is never modelled"
    sample = evidence.sample
    if arrays.is_text(sample) and 2 * arrays.matches(sample, _OTHER_DATE).sum() > len(sample):
        note = "looks like dates in another order: write them as YYYY-MM-DD, and infer again"
    return Described(name=evidence.sketch.name, keys={"type": "text", "action": "drop"}, notes=(note,))
