"""Options of `fit` from a YAML file: flag before config file before default."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from synthgen import pipeline
from synthgen.errors import ConfigError
from synthgen.schema.document import Document
from synthgen.schema.mistakes import closest, show

LARGEST = 2**20
"""Bytes of the largest config file that is read."""


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _path(value: object) -> Path:
    return Path(_text(value))


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError
    return math.inf if value == ".inf" else float(value)


def _seed(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**64:
        raise TypeError
    return value


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise TypeError
    return value


def _names(value: object) -> list[str]:
    if not isinstance(value, list):
        raise TypeError
    return [_text(each) for each in value]


def _switch(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _word(*words: str) -> Callable[[object], str]:
    def one(value: object) -> str:
        if value not in words:
            raise TypeError
        return str(value)

    return one


OPTIONS: Mapping[str, tuple[str, Callable[[object], Any]]] = {
    "schema": ("a path", _path),
    "epsilon": ("a number, or inf", _number),
    "delta": ("a number", _number),
    "output": ("a path", _path),
    "effort": ("quick or high", _word("quick", "high")),
    "seed": ("a whole number from 0", _seed),
    "device": ("auto, cpu or cuda", _word("auto", "cpu", "cuda")),
    "model": ("counts or ctgan", _word("counts", "ctgan")),
    "dp-sgd": ("auto, off, critic or likelihood[:SHARE]", _text),
    "parts": ("a list of columns", _names),
    "batch": ("a whole number from 1", _count),
    "hardened": ("true or false", _switch),
    "log": ("a path", _path),
    "ledger": ("a path", _path),
    "no-privacy": ("true or false", _switch),
    "force": ("true or false", _switch),
}
"""What each option takes; the names are those of the command line. Paths start from the working folder, as there."""


def settled(given: Mapping[str, Any], config: Path | None) -> dict[str, Any]:
    """The options that were set: those given (not None) before those of the config file."""
    said = {name: value for name, value in given.items() if value is not None}
    return (read_config(config) if config else {}) | said


def fit_defaults() -> dict[str, Any]:
    """What `pipeline.fit` takes where nothing is said.

    >>> fit_defaults()["delta"]
    1e-06
    """
    parameters = inspect.signature(pipeline.fit).parameters
    return {name: each.default for name, each in parameters.items() if each.default is not each.empty}


def read_config(path: Path) -> dict[str, Any]:
    """The options in a config file. Raises ConfigError, or SchemaError where the text is not YAML."""
    document = Document(_contents(path), source=path.name)
    if not isinstance(document.value, dict):
        raise ConfigError(path.name, expected="a mapping of options", got=show(document.value), fix="epsilon: 3, ...")
    return dict(_option(document, key, value) for key, value in document.value.items())


def _option(document: Document, key: object, value: object) -> tuple[str, Any]:
    """One option: its name in Python, and its value."""
    name = str(key).replace("_", "-")
    line = document.line((key,)) if isinstance(key, str | int) else 1
    subject = f"{document.source} line {line}, {key}"
    if name not in OPTIONS:
        raise ConfigError(subject, expected=f"one of {', '.join(OPTIONS)}", got=repr(key), fix=closest(name, OPTIONS))
    expected, read = OPTIONS[name]
    try:
        return name.replace("-", "_"), read(value)
    except (TypeError, ValueError):
        raise ConfigError(subject, expected=expected, got=show(value)) from None


def _contents(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise ConfigError(str(path), expected="a file of options", got="more than 1 MB", fix="is it the data?")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError(str(path), expected="UTF-8 text", got="other bytes", fix="is it the data?") from None
    except OSError as error:
        got = (error.strerror or "an error").lower()
        raise ConfigError(str(path), expected="a file that can be read", got=got, fix="check --config") from None
