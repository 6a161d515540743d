"""JSON with one spelling: the same value is the same bytes, and any other bytes are refused.

So a signature over the text is one over the value, and no byte of a file is free to change.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from synthgen.errors import BundleError
from synthgen.model.refusal import printable

MOST_VALUES = 2**21
"""Values in one document, at most: a small text must not become gigabytes of objects."""

Read = TypeVar("Read", bound="Record")


class Record(BaseModel):
    """A mapping with exactly these keys."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


def to_bytes(value: Mapping[str, Any]) -> bytes:
    r"""The text of a document; keys keep their order.

    >>> to_bytes({"b": 1, "a": "ü"})
    b'{\n "b": 1,\n "a": "\xc3\xbc"\n}\n'
    """
    return (json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode()


def to_signed(value: Mapping[str, Any]) -> bytes:
    """The bytes that a signature is over: no spaces, keys in order, as `jq -jcS` prints them.

    >>> to_signed({"b": 1, "a": "x"})
    b'{"a":"x","b":1}'
    """
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True).encode()


def from_bytes(text: bytes, path: str) -> dict[str, Any]:
    """The value of a document that `to_bytes` wrote, byte by byte. Raises BundleError for any other text."""
    expected = "JSON as synthgen writes it"
    values = sum(map(text.count, (b",", b"[", b"{")))
    if values > MOST_VALUES:
        raise refusal(path, expected=f"at most {MOST_VALUES:,} values", got=f"{values:,}")
    try:
        value = json.loads(text.decode())
        same = isinstance(value, dict) and to_bytes(value) == text
    except (ValueError, RecursionError):
        raise refusal(path, expected=expected, got="other text") from None
    if not same:
        raise refusal(path, expected=expected, got="another spelling")
    found: dict[str, Any] = value
    return found


def read(text: bytes, path: str, form: type[Read], *, key: str, version: int) -> Read:
    """A document of that form, whose `key` is at most `version`. Raises BundleError."""
    value = from_bytes(text, path)
    found = value.get(key)
    if type(found) is int and found > version:
        got = f"{found}: made by a newer synthgen"
        raise refusal(path, expected=f"{key} {version} or older", got=got, fix="upgrade synthgen")
    try:
        return form.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "the whole"
        got = f"{first['msg'].removeprefix('Input should be ').lower()} missing at {place}"
        raise refusal(path, expected="a document as synthgen writes it", got=got) from None


def refusal(path: str, *, expected: str, got: str, fix: str = "get a fresh copy") -> BundleError:
    """The error to raise: one line, safe to print, whatever the bundle says."""
    return BundleError(printable(path), expected=printable(expected), got=printable(got), fix=fix, path=path)


def at(value: Any, pointer: str) -> Any:
    """What stands at a JSON pointer (RFC 6901); raises LookupError where nothing does.

    >>> at({"a": [{"b": 3}]}, "/a/0/b")
    3
    """
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list):
            if not re.fullmatch(r"0|[1-9][0-9]{0,8}", key):
                raise LookupError(pointer)
            value = value[int(key)]
        elif isinstance(value, dict):
            value = value[key]
        else:
            raise LookupError(pointer)  # noqa: TRY004 - a place that is not there, as for a key
    return value


def pointer(*steps: str | int) -> str:
    """The JSON pointer of these steps.

    >>> pointer("a/b", 0)
    '/a~1b/0'
    """
    escape: Callable[[str | int], str] = lambda step: str(step).replace("~", "~0").replace("/", "~1")  # noqa: E731 - used once, below
    return "".join(f"/{escape(step)}" for step in steps)
