"""How long work tells whoever watches. The library never prints; the command line draws a bar."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told of stages and steps. While rows are read, the steps are rows: for the curator's screen alone."""

    def stage(self, name: str, total: int | None) -> None:
        """A new stage begins, of `total` steps (None: unknown)."""

    def advance(self, steps: int = 1) -> None:
        """So many steps of the current stage are done."""


class Silent:
    """Nobody watches."""

    def stage(self, name: str, total: int | None) -> None:
        """Say nothing."""

    def advance(self, steps: int = 1) -> None:
        """Say nothing."""
