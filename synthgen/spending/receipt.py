"""What a run keeps of the ledger that it was charged to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from synthgen.spending.chain import Head


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """Public: it holds no row, no id and no key.

    entry       number of its reservation
    rows, hash  the ledger's head when the run was settled: a ledger that does not lead there was cut or rewritten
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    dataset: Annotated[str, Field(min_length=1, max_length=500)]
    entry: Annotated[int, Field(ge=1, le=2**31)]
    rows: Annotated[int, Field(ge=1, le=2**31)]
    hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}\z")]

    @property
    def head(self) -> Head:
        """For `Spending.open(seen=...)`."""
        return Head(count=self.rows, hash=self.hash)
