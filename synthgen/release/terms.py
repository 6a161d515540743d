"""What a policy says about a bundle once it is out, and what its cards say about the table."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """Under which terms a bundle leaves.

    policy      name of the policy that it passed
    recipients  who may have it; empty: whoever gets it
    expires     the last day on which it may be used; None: no such day
    approvals   how many distinct keys must approve it
    with_model  is the model file inside? Without it, recipients have these rows and no others
    """

    policy: str = ""
    recipients: tuple[str, ...] = ()
    expires: dt.date | None = None
    approvals: int = 0
    with_model: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class About:
    """What the cards say about the table, in people's words; what is empty is taken from the schema or left out.

    title        of the data set
    description  a paragraph
    licence      an SPDX identifier or an address
    publisher    who answers for it
    contact      where questions and reports of problems go
    keywords     for catalogues
    """

    title: str = ""
    description: str = ""
    licence: str = ""
    publisher: str = ""
    contact: str = ""
    keywords: tuple[str, ...] = ()
