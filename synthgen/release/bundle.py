"""The bundle: a folder and a zip with everything that leaves, and nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from synthgen.evaluate.report import Report, Tier
from synthgen.model import Model
from synthgen.release.signing import PrivateKey
from synthgen.release.terms import About, Terms


class Verdict(Protocol):
    """A row of the gate's table, as `gate.Checked` has it."""

    @property
    def rule(self) -> str: ...  # noqa: D102 - the gate says what they mean
    @property
    def expected(self) -> str: ...  # noqa: D102
    @property
    def got(self) -> str: ...  # noqa: D102
    @property
    def verdict(self) -> Literal["pass", "fail", "inconclusive"]: ...  # noqa: D102
    @property
    def tier(self) -> Tier: ...  # noqa: D102


@dataclass(frozen=True, kw_only=True, slots=True)
class Bundle:
    """What was written; `id` is the SHA-256 of manifest.json, by which people name a bundle."""

    folder: Path
    archive: Path
    id: str


def write_bundle(
    folder: str | Path,
    *,
    data: Sequence[Path],
    model: Model,
    report: Report,
    policy: Mapping[str, Any],
    verdicts: Sequence[Verdict],
    terms: Terms,
    about: About | None = None,
    statement: Any = None,
    audit: Any = None,
    key: PrivateKey | None = None,
    created: dt.date | None = None,
) -> Bundle:
    """Write the bundle and the zip beside it, whole or not at all.

    data       the table that leaves: a .parquet or a .csv file, or both of the same rows
    report     the whole report; only its public part is written
    policy     the policy as JSON values, as it is published
    verdicts   the gate's table; what was got from private rows without noise is left out of it
    statement  the data set's ledger as `spending` shows it; None: the certificate says that no ledger was kept
    key        signs the manifest; None: the bundle is unsigned, and `verify` says so
    created    the day that is written (UTC); today by default

    Raises ConfigError where something cannot be written.
    """
    raise NotImplementedError
