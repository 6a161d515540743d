"""What may be tried: options of `fit`, each with a few values, all combinations of them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from synthgen.engine.phase import parse_ask
from synthgen.errors import ConfigError
from synthgen.pipeline import wished
from synthgen.plan import Wish

Choice = Mapping[str, Any]
"""Options of one trial, by their names in Python."""

MOST = 1000
DEFAULT = {"dp_sgd": ("off", "likelihood", "likelihood:0.3", "critic")}
"""What is tried where nothing is said: how much of the budget is spent on rows instead of counts."""


def _word(*words: str) -> Callable[[str], str]:
    def one(text: str) -> str:
        if text not in words:
            raise ValueError(text)
        return text

    return one


def _ask(text: str) -> str:
    parse_ask(text)
    return text


def _count(text: str) -> int:
    if int(text) < 1:
        raise ValueError(text)
    return int(text)


def _switch(text: str) -> bool:
    return {"true": True, "false": False}[text]


OPTIONS: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "effort": ("quick, high", _word("quick", "high")),
    "model": ("counts, ctgan", _word("counts", "ctgan")),
    "dp-sgd": ("auto, off, critic or likelihood[:SHARE]", _ask),
    "parts": ("columns, several joined by +, or nothing", lambda text: text.split("+") if text else []),
    "batch": ("whole numbers from 1", _count),
    "hardened": ("true, false", _switch),
}
"""What each option takes, and how it is read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Space:
    """Options and the values to try; public, and fixed before anything is read."""

    options: Mapping[str, Sequence[Any]]

    def choices(self) -> list[Choice]:
        """Every combination."""
        names = list(self.options)
        return [dict(zip(names, values, strict=True)) for values in itertools.product(*self.options.values())]


def parse_space(texts: Iterable[str]) -> Space:
    """Read `effort=quick,high`, one option a text; without any, what is tried by default. Raises ConfigError.

    >>> parse_space(["dp-sgd=off,likelihood:0.2", "effort=quick"]).choices()
    [{'dp_sgd': 'off', 'effort': 'quick'}, {'dp_sgd': 'likelihood:0.2', 'effort': 'quick'}]
    """
    found = dict(map(_option, texts)) or dict(DEFAULT)
    space = Space(options=found)
    number = len(space.choices())
    if not 2 <= number <= MOST:
        raise ConfigError("try", expected=f"2 to {MOST} combinations", got=str(number), fix="dp-sgd=off,likelihood:0.2")
    return space


def wish_of(choice: Choice) -> Wish:
    """A choice as `plan` takes it. Raises ConfigError."""
    plain = {"model": "counts", "dp_sgd": "auto", "parts": (), "batch": None, "hardened": False}
    return wished(**(plain | {name: value for name, value in choice.items() if name in plain}))


def _option(text: str) -> tuple[str, tuple[Any, ...]]:
    name, equals, listed = text.partition("=")
    if name not in OPTIONS or not equals:
        fix = "dp-sgd=off,likelihood:0.2"
        raise ConfigError("try", expected=f"one of {', '.join(OPTIONS)}, =, and values", got=repr(text), fix=fix)
    expected, read = OPTIONS[name]
    try:
        values = tuple(read(each.strip()) for each in listed.split(","))
    except (KeyError, ValueError):
        raise ConfigError(f"try {name}", expected=expected, got=repr(listed)) from None
    return name.replace("-", "_"), values
