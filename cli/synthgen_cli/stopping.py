"""Ctrl-C and `kill` as an exception that unwinds the stack, so that temporary files are removed."""

from __future__ import annotations

import importlib
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


class Stopped(BaseException):
    """Someone asked for an end. No Exception, and no KeyboardInterrupt: nobody on the way may catch it."""

    def __init__(self, number: int) -> None:
        self.code = 128 + number
        super().__init__(f"signal {number}")


@contextmanager
def stoppable() -> Iterator[None]:
    """Raise Stopped on the first of the signals; later ones are ignored while the stack unwinds.

    A signal that is ignored (nohup) stays so.
    """
    heard = [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.getsignal(number) for number in heard}

    def stop(number: int, _frame: FrameType | None) -> None:
        for each in heard:
            signal.signal(each, signal.SIG_IGN)
        raise Stopped(number)

    for number in heard:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def load(module: str) -> None:
    """Import a module without being stopped half way: torch's C++ aborts the process when its import is interrupted."""
    held: list[int] = []
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    for number, handler in before.items():
        if callable(handler):
            signal.signal(number, lambda number, _frame: held.append(number))
    try:
        importlib.import_module(module)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if held:
        signal.raise_signal(held[0])
