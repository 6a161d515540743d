"""One line of the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from synthgen.errors import SynthgenError
from synthgen.model.refusal import printable

Outcome = Literal["pass", "fail", "warning", "skipped"]
"""warning: nothing is wrong, but something was not shown either; skipped: it was not looked at, and `said` is why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One check: what it is called, what came of it, and in one line why; `fix` is the first thing to try."""

    name: str
    outcome: Outcome
    said: str
    fix: str = ""


def passed(name: str, said: str) -> Check:
    """A check that holds."""
    return Check(name=name, outcome="pass", said=_line(said))


def failed(name: str, said: str, fix: str = "") -> Check:
    """A check that does not."""
    return Check(name=name, outcome="fail", said=_line(said), fix=_line(fix))


def warned(name: str, said: str, fix: str = "") -> Check:
    """A check that shows less than it could."""
    return Check(name=name, outcome="warning", said=_line(said), fix=_line(fix))


def skipped(name: str, why: str) -> Check:
    """A check that was not made."""
    return Check(name=name, outcome="skipped", said=_line(why))


def attempt(name: str, work: Callable[[], Check]) -> Check:
    """What the work says; a refusal of anything it reads is a failure."""
    try:
        return work()
    except SynthgenError as error:
        facts = ", ".join(f"{word} {text}" for word, text in (("expected", error.expected), ("got", error.got)) if text)
        return failed(name, f"{error.subject}: {facts}" if facts else error.subject, error.fix)


def _line(text: str) -> str:
    """One line that is safe to print, whatever the bundle says."""
    return printable(" ".join(text.split()), most=400)
