"""What the gate looks at: facts about the model, the rows that would leave, and what was found about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from synthgen.errors import ConfigError
from synthgen.evaluate.report import Report
from synthgen.model import Model

Mode = Literal["internal", "paid"]
"""On which figures the gate decides: those read from private rows as they are, or noised ones that were paid for."""
Origin = Literal["drawn", "drawn again", "given"]
"""Where the rows come from: the release drew them; they were given, and are the same when drawn again; or are not."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bound:
    """One lower bound of an audit on epsilon, beside what was claimed; `confidence` is between 0 and 1."""

    what: str
    lower: float
    claimed: float
    confidence: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Rows:
    """The table that would leave.

    columns  of the file, in its order
    broken   rows outside the schema's domain, or that break a rule
    groups   columns -> rows of the smallest group of their levels that occurs; 0 for a table without rows
    """

    rows: int
    columns: tuple[str, ...]
    origin: Origin
    broken: int
    groups: Mapping[tuple[str, ...], int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """What the ledger says of the data set: its name, and the epsilon of all its charges at the policy's delta.

    knows_model  is the model's fit among what was committed to it?
    """

    dataset: str
    epsilon: float | None
    knows_model: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """Everything that a policy can ask about; what is None was not looked at."""

    model: Model
    account: Account | None = None
    recipient: str | None = None
    mode: Mode = "internal"
    audit: tuple[Bound, ...] | None = None
    rows: Rows | None = None
    report: Report | None = None

    def evaluated(self) -> Report:
        """The report; the rules that need it come after it. Raises ConfigError where there is none."""
        if self.report is None:
            raise ConfigError("report", expected="an evaluation of the rows", got="none")
        return self.report

    def leaving(self) -> Rows:
        """What is known of the rows. Raises ConfigError where there is nothing."""
        if self.rows is None:
            raise ConfigError("rows", expected="a table that would leave", got="none")
        return self.rows
