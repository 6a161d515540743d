"""What a training may tell of itself, by name, and to whom.

Under privacy everything told is post-processing: of noisy counts, of noisy gradients as they leave `Descent`, or of
fakes. The names below are all there are. A record of a private run takes those of `FREE` and refuses the others, so a
figure that was computed from rows has no name it could be told by. No clock is read either: how long a step took would
tell how many rows there were.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, Protocol

from synthgen.engine.codebook import Codebook

Free = Literal[
    "counts/chi_square",
    "generator/gradient",
    "generator/loss",
    "codebook/effective_rows",
    "likelihood/gradient",
    "critic/gradient",
    "critic/loss_on_fakes",
    "critic/fakes_found",
]
OfRows = Literal["counts/divergence", "rows/surprise", "critic/loss_on_rows", "critic/rows_found"]
Name = Free | OfRows

FREE: Final[Mapping[Free, str]] = {
    "counts/chi_square": "chi-square against the noisy counts, a cell: 1 or less, and only noise is left",
    "generator/gradient": "length of the generator network's gradient, before it is cut",
    "generator/loss": "the generator's loss: how the critic judges its fakes",
    "codebook/effective_rows": "rows of the codebook that count, by their weights (exp of the entropy)",
    "likelihood/gradient": "length of the likelihood's gradient, as it leaves DP-SGD",
    "critic/gradient": "length of the critic's gradient, its real half as it leaves DP-SGD",
    "critic/loss_on_fakes": "the critic's loss on fakes",
    "critic/fakes_found": "share of fakes that the critic knows for fakes",
}
"""Names that any run may tell, and what they mean."""
OF_ROWS: Final[Mapping[OfRows, str]] = {
    "counts/divergence": "divergence from the exact counts, nats a table",
    "rows/surprise": "minus the log-likelihood of rows held out, nats a row",
    "critic/loss_on_rows": "the critic's loss on rows held out",
    "critic/rows_found": "share of rows held out that the critic knows for real",
}
"""Names of what is computed from rows in the clear: for runs without privacy only."""


class Record(Protocol):
    """Told of figures and of samples while a generator is trained. Steps count from the first of the fit."""

    @property
    def names(self) -> frozenset[str]:
        """The figures that it takes; none: it need not be told anything."""
        ...

    def stage(self, name: str, step: int) -> None:
        """A new stage begins with this step."""

    def scalar(self, name: Name, value: float, step: int) -> None:
        """A figure after so many steps. Raises ValueError for a name that is not among `names`."""

    def rows(self, book: Codebook, step: int) -> None:
        """A few rows of the codebook after so many steps, the same ones each time: what samples are drawn from."""


class Silent:
    """Nobody listens."""

    names: frozenset[str] = frozenset()

    def stage(self, name: str, step: int) -> None:
        """Say nothing."""

    def scalar(self, name: Name, value: float, step: int) -> None:
        """Say nothing."""

    def rows(self, book: Codebook, step: int) -> None:
        """Say nothing."""


SILENT: Final[Record] = Silent()
