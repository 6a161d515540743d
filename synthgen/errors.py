"""What can go wrong, and who is told what.

    SynthgenError                   every mistake a user can make or mend
    ├── ConfigError                 an option, budget or path that makes no sense
    ├── SchemaError                 the schema file is wrong (.line, when the file has one)
    ├── TableError                  a table cannot be read, or does not fit the schema
    │   └── ViolationError          rows break the schema's rules (.counts: rule by column; never a value)
    ├── LedgerError                 a charge that the budget cannot carry; nothing was computed
    │   └── SpentError              a data set's ledger has not enough left (.left: epsilon; .after: epsilon with it)
    ├── ConditionError              a condition that does not parse, or that the model says cannot happen
    ├── ModelFileError              a model file that is damaged, hostile or not one
    ├── BundleError                 a bundle that is damaged, hostile or not one (.path: the file inside it)
    ├── GateError                   a release that a policy or the linter stopped (.rules: what stopped it)
    └── ReportError                 a report file that is damaged, from another version, or not one

A message is one line, `subject: expected ..., got ...; fix`. It may leave the machine, so it never quotes
a private value: it names columns, rules, counts and files.
"""

from __future__ import annotations

from collections.abc import Mapping


class SynthgenError(Exception):
    """A mistake that its reader can mend.

    >>> print(SynthgenError("epsilon", expected="a number above 0", got="-1", fix="try --epsilon 3"))
    epsilon: expected a number above 0, got -1; try --epsilon 3
    """

    def __init__(self, subject: str, *, expected: str = "", got: str = "", fix: str = "") -> None:
        self.subject = subject
        self.expected = expected
        self.got = got
        self.fix = fix
        facts = ", ".join(f"{word} {text}" for word, text in (("expected", expected), ("got", got)) if text)
        super().__init__("; ".join(part for part in (f"{subject}: {facts}" if facts else subject, fix) if part))


class ConfigError(SynthgenError):
    """An option, a budget or a path that makes no sense."""


class SchemaError(SynthgenError):
    """The schema is wrong; `line` counts from 1 and is None where no file is involved."""

    def __init__(
        self, subject: str, *, expected: str = "", got: str = "", fix: str = "", line: int | None = None
    ) -> None:
        self.line = line
        super().__init__(subject, expected=expected, got=got, fix=fix)


class TableError(SynthgenError):
    """A table that cannot be read or written, or that does not have the schema's columns."""


class ViolationError(TableError):
    """Rows break the schema's rules; `counts` maps (column, rule) to the number of values."""

    def __init__(self, subject: str, *, counts: Mapping[tuple[str, str], int], fix: str = "") -> None:
        self.counts = dict(counts)
        worst = sorted(self.counts.items(), key=lambda item: -item[1])[:3]
        listed = ", ".join(f"{column} ({rule}: {count})" for (column, rule), count in worst)
        more = f" and {len(self.counts) - 3} more" if len(self.counts) > 3 else ""
        super().__init__(subject, expected="every value inside the schema's domain", got=f"{listed}{more}", fix=fix)


class LedgerError(SynthgenError):
    """A charge that the budget cannot carry; refused before anything was computed."""


class SpentError(LedgerError):
    """A reservation that the ledger of a data set cannot carry: `after` is the epsilon with it, `left` what is free."""

    def __init__(
        self, subject: str, *, expected: str = "", got: str = "", fix: str = "", left: float, after: float
    ) -> None:
        self.left = left
        self.after = after
        super().__init__(subject, expected=expected, got=got, fix=fix)


class ConditionError(SynthgenError):
    """A condition that does not parse or cannot happen; `probability` is set when the model gave one."""

    def __init__(
        self, subject: str, *, expected: str = "", got: str = "", fix: str = "", probability: float | None = None
    ) -> None:
        self.probability = probability
        super().__init__(subject, expected=expected, got=got, fix=fix)


class ModelFileError(SynthgenError):
    """A model file that is damaged, hostile, from a newer version, or not a model file at all."""


class BundleError(SynthgenError):
    """A bundle that is damaged, hostile, or not one at all; `path` is the file inside it that is meant, if any."""

    def __init__(
        self, subject: str, *, expected: str = "", got: str = "", fix: str = "get a fresh copy", path: str = ""
    ) -> None:
        self.path = path
        super().__init__(subject, expected=expected, got=got, fix=fix)


class ReportError(SynthgenError):
    """A report file that is damaged, from another version, or not a report at all."""


class GateError(SynthgenError):
    """A release that a policy stopped, or a file in which the linter found private values; `rules` name what did."""

    def __init__(
        self, subject: str, *, expected: str = "", got: str = "", fix: str = "", rules: tuple[str, ...] = ()
    ) -> None:
        self.rules = rules
        super().__init__(subject, expected=expected, got=got, fix=fix)
