"""What is known of persons with several rows: how many rows they have, and how alike two of them are.

Both are noisy counts over persons, not over rows, so neither's noise grows with `rows_per_unit`. What is made of them
is post-processing: `sizes` draws numbers of rows, `sample.persons` decides what the rows of one person share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from synthgen.encode.sizes import EDGES, UNIT_SIZES, Sizes
from synthgen.privacy import Event, Exact, Gaussian, PrivateTable, sigma_for

UNITS_ALIKE: Final = "units with two rows alike"
"""What the ledger calls the comparison of two rows of each person."""
CREDIBLE: Final = 2.0
"""So many noises above chance must two rows agree before they count as more than chance."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Alike:
    """Noisy numbers of persons with two rows, and of those with one level in both, by column.

    counts  int64 [1 + columns], in the order of the modelled columns
    sigma   scale of their noise; 0: exact
    """

    counts: NDArray[np.int64] = field(repr=False)
    sigma: float

    def beyond_chance(self, chance: NDArray[np.float64]) -> NDArray[np.float64]:
        """How often two rows of a person agree for another reason than chance, float64 [columns], 0 to 1.

        `chance` (float64 [columns]) is how often two rows that have nothing to do with each other agree. With s the
        answer, two rows agree with probability s + (1 - s) * chance. Shrunk by what noise does to it (positive-part
        James and Stein, 1961), and zero where noise could say as much.
        """
        persons, agree = float(self.counts[0]), self.counts[1:].astype(np.float64)
        if persons <= CREDIBLE * self.sigma:
            return np.zeros(len(agree))
        surplus = agree - persons * chance
        noise = self.sigma * np.sqrt(1 + chance**2)
        credible = surplus > np.maximum(CREDIBLE * noise, 1e-9)
        surplus = np.where(credible, surplus, 1.0)
        share = np.minimum(surplus / np.maximum(persons * (1 - chance), 1e-9), 1.0)
        return np.asarray(np.where(credible, share * (1 - (noise / surplus) ** 2), 0.0))


@dataclass(frozen=True, kw_only=True, slots=True)
class People:
    """What a fit measured about persons: noisy, and public."""

    sizes: Sizes
    alike: Alike

    @property
    def counts(self) -> dict[str, NDArray[np.int64]]:
        """The noisy counts by the name of the event that paid for them."""
        return {UNIT_SIZES: self.sizes.counts, UNITS_ALIKE: self.alike.counts}

    @classmethod
    def of(cls, counts: Mapping[str, NDArray[np.int64]], sigma: Mapping[str, float]) -> People:
        """From counts, and scales of noise, by the name of their event."""
        return cls(
            sizes=Sizes(counts=counts[UNIT_SIZES], sigma=sigma[UNIT_SIZES]),
            alike=Alike(counts=counts[UNITS_ALIKE], sigma=sigma[UNITS_ALIKE]),
        )


def measure_people(table: PrivateTable, unit: str, columns: Sequence[str], *, sizes: float, alike: float) -> People:
    """Ask the table both questions, at these costs (rho); the levels of the columns must be set."""
    cells = 1 + len(columns)
    sigma = {UNIT_SIZES: sigma_for(sizes, 1.0), UNITS_ALIKE: sigma_for(alike, float(np.sqrt(cells)))}
    counts = {
        UNIT_SIZES: table.unit_sizes(UNIT_SIZES, unit, EDGES, sigma[UNIT_SIZES]),
        UNITS_ALIKE: table.alike(UNITS_ALIKE, columns, sigma[UNITS_ALIKE]),
    }
    return People.of(counts, sigma)


def noise_of(events: Sequence[Event], what: str, cells: int) -> float | None:
    """The scale of the noise with which one event released so many counts; None where no such event is."""
    found = [event for event in events if event.what == what]
    if len(found) != 1:
        return None
    (event,) = found
    if isinstance(event, Exact):
        return 0.0
    if not isinstance(event, Gaussian) or [part.cells for part in event.parts] != [cells]:
        return None
    return event.parts[0].sigma
