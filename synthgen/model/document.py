"""model.json: its form, key by key, and its text.

The records below are format version 1, spelled out: what they do not name is refused, in and out.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from typing import Annotated, Any, ClassVar, Final, Literal, NoReturn, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, ValidationError

from synthgen.model.refusal import refusal, require
from synthgen.spending import Receipt

FORMAT_VERSION: Final = 1
JSON = "model.json"
MOST_VALUES = 2**20
"""Values in one document, at most: a small text must not become gigabytes of objects."""
DISTRIBUTIONS = ("synthgen", "torch", "numpy", "opendp", "dp-accounting", "pyarrow")
"""What is told of the installation, beside Python."""

_STRICT = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)
Whole = Annotated[int, Field(ge=0, le=2**53)]
Count = Annotated[int, Field(ge=-(2**53), le=2**53)]
Real = Annotated[float, Field(ge=0, le=1e12)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    """How the model was made; none of it was read from the rows.

    created   day (UTC), such as 2025-01-31
    versions  of synthgen, Python and what they stand on
    effort    quick or high
    seed      of initialisation and sampling, never of noise
    device    where it was fitted: cpu or cuda
    private   False marks the file for ever: it has no guarantee
    policy    what was done with rows outside the schema: error, drop or clip
    taught    what became of training on rows, in words; empty where there was none
    ledger    of the data set, to which it was charged; None: it was kept in none
    noise     where the noise came from: system, the operating system's entropy; fixed, a source that somebody brought,
              which may be known and taken off
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    created: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\z")]
    versions: Mapping[str, str]
    effort: str
    seed: StrictInt
    device: str
    private: StrictBool
    policy: Literal["error", "drop", "clip"]
    taught: str = ""
    ledger: Receipt | None = None
    noise: Literal["system", "fixed"] = "system"

    @classmethod
    def of_today(cls, **facts: Any) -> Self:
        """A manifest with today's day and the installed versions; `facts` are the other fields."""
        versions = {"python": platform.python_version()} | {name: metadata.version(name) for name in DISTRIBUTIONS}
        return cls(created=dt.datetime.now(dt.UTC).date().isoformat(), versions=versions, **facts)


class _Record(BaseModel):
    model_config = _STRICT


class _Budget(_Record):
    """`epsilon` null is infinite: no privacy."""

    epsilon: float | None
    delta: float


class _Part(_Record):
    name: str
    cells: Whole
    sigma: Real
    sensitivity: Real
    per_cell: Whole


class _Gaussian(_Record):
    kind: Literal["gaussian"]
    what: str
    parts: list[_Part]


class _Selection(_Record):
    kind: Literal["partition selection"]
    what: str
    sigma: Real
    sensitivity: Whole
    threshold: Whole
    delta: float


class _Run(_Record):
    """Steps of DP-SGD."""

    kind: Literal["subsampled gaussian"]
    what: str
    noise_multiplier: Real
    sample_rate: Real
    steps: Whole
    clip: Real
    divisor: Real
    hardened: StrictBool


class _Exact(_Record):
    kind: Literal["exact"]
    what: str
    names: list[str]


class _People(_Record):
    """Noisy counts of persons: by number of rows, and of those with two rows alike."""

    sizes: list[Count]
    alike: list[Count]


class _Digest(_Record):
    sha256: str
    size: Whole


class Document(_Record):
    """All of model.json; `table` is the schema, whose own reader checks it."""

    format: Literal[1]
    table: dict[str, Any] = Field(alias="schema")
    discovered: dict[str, list[str]]
    rows: Whole
    people: _People | None = None
    budget: _Budget
    events: list[Annotated[_Gaussian | _Selection | _Run | _Exact, Field(discriminator="kind")]]
    manifest: Manifest
    members: dict[str, _Digest]


def to_text(value: Mapping[str, Any]) -> bytes:
    """JSON in UTF-8, the same bytes for the same value; keys keep their order, for columns have one."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1).encode()


def from_text(text: bytes) -> tuple[Document, dict[str, Any]]:
    """The document, and the same as plain JSON values. Raises ModelFileError for anything but version 1."""
    value = _parsed(text)
    require(isinstance(value, dict), JSON, expected="a mapping", got=_kind(value))
    version = value.get("format")
    require(type(version) is int, f"{JSON}, format", expected="a whole number", got=_kind(version))
    if version > FORMAT_VERSION:
        expected, got = f"format {FORMAT_VERSION} or older", f"{version}: made by a newer synthgen"
        raise refusal(JSON, expected=expected, got=got, fix="upgrade synthgen")
    try:
        return Document.model_validate(value), value
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        place = ".".join(map(str, first["loc"]))
        expected = first["msg"].removeprefix("Input should be ").lower()
        raise refusal(f"{JSON}, {place}", expected=expected, got=_kind(first["input"])) from None


class _Not(ValueError):  # noqa: N818 - a finding; what leaves is a ModelFileError
    """Valid for Python's reader, but not JSON that we write."""


def _parsed(text: bytes) -> Any:
    values = sum(map(text.count, (b",", b"[", b"{")))
    require(values <= MOST_VALUES, JSON, expected=f"at most {MOST_VALUES:,} values", got=f"{values:,}")
    try:
        value = json.loads(
            text.decode(), object_pairs_hook=_each_once, parse_constant=_not_a_number, parse_float=_finite
        )
        json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair could never be written or printed
    except RecursionError:  # the parser counts its depth
        raise refusal(JSON, expected="JSON", got="JSON nested too deep") from None
    except _Not as error:
        raise refusal(JSON, expected="JSON", got=str(error)) from None
    except ValueError:
        raise refusal(JSON, expected="JSON", got="other text") from None
    return value


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        raise _Not("a key twice")
    return mapping


def _not_a_number(word: str) -> NoReturn:
    raise _Not(word)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise _Not("a number too large")
    return number


def _kind(value: object) -> str:
    """What stands there, without the value: it may be long."""
    names = {dict: "a mapping", list: "a list", str: "text", type(None): "nothing", bool: "true or false"}
    return names.get(type(value), "a number")
