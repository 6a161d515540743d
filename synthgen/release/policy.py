r"""A release policy: what must hold before a synthetic table leaves, in YAML.

    policy: 1                                    version of this format
    name: partner
    privacy: {epsilon: {row: 3}, delta: 1e-6}    the most that the model may have cost
    figures: [{figure: fidelity.tvd2, relative: 0.7, why: ...}]
    ...

Unknown keys, numbers that no release could meet and rules that contradict each other are refused with the line.

>>> policy = parse_policy('''
... policy: 1
... name: ours
... privacy: {epsilon: {row: 3, person: 6}, delta: 1e-6}
... figures:
...   - {figure: fidelity.tvd2, relative: 0.8}
... ''')
>>> policy.figures[0].relative
0.8
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, StrictInt, ValidationError, field_validator, model_validator

from synthgen.errors import SchemaError
from synthgen.release.terms import Terms
from synthgen.schema.base import Frozen
from synthgen.schema.document import Document
from synthgen.schema.mistakes import Mistake, Place, closest, explain, show, wrong
from synthgen.schema.values import Real
from synthgen.schema.yaml import read_text

SHIPPED: Final = ("internal", "partner", "public")
"""Policies that come with synthgen, by name."""
FOLDER: Final = Path(__file__).parent / "policies"
SECTIONS: Final = ("fidelity", "utility", "fairness", "attacks", "budget")
"""First words of the keys of figures."""
GROUPS_OF_COLUMNS: Final = ("target", "protected", "slices")
"""Words that stand for the schema's columns of that name."""
LONGEST: Final = 3650
"""Days until a bundle expires, at most."""

NO_GUARANTEE: Final = "this release has no privacy guarantee and may reveal private rows"
FIXED_NOISE: Final = "the noise of this release was not drawn from the operating system and may be taken off"

Word = Annotated[str, Field(min_length=1)]
Epsilon = Annotated[Real, Field(gt=0, le=1000)]


class _Bounds(Frozen):
    """What a figure must meet: one of these or more."""

    relative: Annotated[Real, Field(gt=0, le=1)] | None = Field(
        None,
        description="At least so far from the floor (independent columns, 0) to the ceiling (a second real sample, "
        "1): (value - floor) / (ceiling - floor).",
    )
    at_least: Real | None = Field(None, description="The value itself, or more.")
    at_most: Real | None = Field(None, description="The value itself, or less.")
    why: str | None = Field(None, description="The reason for the number; shown beside the verdict.")

    @model_validator(mode="after")
    def _something_is_asked(self) -> Self:
        if self.relative is None and self.at_least is None and self.at_most is None:
            fix = "write relative: 0.7, at_least: ... or at_most: ..."
            raise Mistake(expected="one of relative, at_least and at_most", got="none", fix=fix)
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            expected, got = f"at_most of {self.at_least:g} or more", f"{self.at_most:g}"
            raise Mistake(expected=expected, got=got, fix="no figure can meet both", where=("at_most",))
        return self


class FigureRule(_Bounds):
    """One figure of the evaluation."""

    figure: Word = Field(description="Its key in the report, such as fidelity.tvd2.")
    subject: tuple[Word, ...] = Field((), description="The columns that it is about, where it is about some.")
    slice: str = Field("", description='The rows that it is about, as "sex = Female"; all where left out.')
    optional: bool = Field(
        False, description="Passed over where the table does not have what it takes, such as a target."
    )

    @property
    def place(self) -> tuple[str, tuple[str, ...], str]:
        """What tells it from other figures."""
        return self.figure, self.subject, self.slice


class SliceRule(_Bounds):
    """One figure, asked of every level of some columns: a slice that has none is a failure."""

    figure: Word = Field(description="Its key in the report, such as fidelity.tvd2.")
    columns: tuple[Word, ...] = Field(
        min_length=1, description="Columns; target, protected and slices stand for the schema's."
    )


class GroupRule(Frozen):
    """How few rows a group of the synthetic table may have."""

    columns: tuple[Word, ...] = Field(
        min_length=1, description="Columns whose levels together make the groups; protected and target may be named."
    )
    at_least: StrictInt = Field(ge=2, description="Rows of the smallest group that occurs at all.")
    why: str | None = Field(None, description="The reason for the number.")


class PrivacyRule(Frozen):
    """What the model may have cost."""

    epsilon: Mapping[Word, Epsilon] = Field(
        default_factory=dict,
        description="Unit: the most that the model may have cost, at the delta below. The unit is the column of "
        "privacy.unit; `row` is a table where each row is one; `person` any column that is not named.",
    )
    delta: Annotated[Real, Field(gt=0, lt=1)] | None = Field(None, description="At which epsilon is computed.")
    dataset_epsilon: Mapping[Word, Epsilon] = Field(
        default_factory=dict,
        description="Unit: the most that everything in the data set's ledger may have cost together.",
    )
    no_guarantee: Literal["this release has no privacy guarantee and may reveal private rows"] | None = Field(
        None, description="These words let a model without privacy pass."
    )
    fixed_noise: (
        Literal["the noise of this release was not drawn from the operating system and may be taken off"] | None
    ) = Field(None, description="These words let a model pass whose noise did not come from the operating system.")

    @model_validator(mode="after")
    def _a_maximum_or_none(self) -> Self:
        if self.no_guarantee is not None and (self.epsilon or self.dataset_epsilon):
            fix = "leave out epsilon, or no_guarantee"
            raise Mistake(expected="a maximum of epsilon or no guarantee", got="both", fix=fix, where=("no_guarantee",))
        if self.no_guarantee is None and not self.epsilon:
            fix = "add epsilon: {row: 3, person: 3}"
            raise Mistake(expected="a maximum of epsilon for each unit", got="none", fix=fix, where=("epsilon",))
        if self.epsilon and self.delta is None:
            raise Mistake(expected="a key 'delta'", got="none", fix="add delta: 1e-6")
        for unit, most in self.dataset_epsilon.items():
            if most < self.epsilon.get(unit, 0):
                expected = f"{self.epsilon[unit]:g} or more, since one model of the data set may cost that"
                raise Mistake(expected=expected, got=f"{most:g}", where=("dataset_epsilon", unit))
        return self


class AttackRule(Frozen):
    """What the attacks may say."""

    required: tuple[Word, ...] = Field((), description="Attacks that must have been tried, by their names or a part.")
    may_signal: tuple[Word, ...] = Field((), description="Attacks whose signal is accepted; no other's is.")

    @model_validator(mode="after")
    def _nothing_twice(self) -> Self:
        both = set(self.required) & set(self.may_signal)
        if both:
            got = show(min(both))
            raise Mistake(expected="an attack required or accepted", got=f"{got} under both", where=("may_signal",))
        return self


class AuditRule(Frozen):
    """What an audit may have found."""

    required: bool = Field(False, description="Must there be an audit at all?")
    share_of_claim: Annotated[Real, Field(gt=0, le=1)] = Field(
        1.0, description="The lower bound on epsilon may be at most this share of the epsilon that is claimed."
    )
    confidence: Annotated[Real, Field(ge=0.5, lt=1)] = Field(0.95, description="Of the bound, at least.")


class PaidRule(Frozen):
    """What decides with --gate paid, in place of every rule on figures that were read without noise."""

    epsilon: Epsilon = Field(0.1, description="The most that the decision itself may cost, charged to the ledger.")
    figures: tuple[FigureRule, ...] = Field(min_length=1)

    @field_validator("figures")
    @classmethod
    def _paid_ones(cls, rules: tuple[FigureRule, ...]) -> tuple[FigureRule, ...]:
        for index, rule in enumerate(rules):
            if not rule.figure.startswith("paid."):
                expected = "a figure whose key begins with paid."
                raise Mistake(expected=expected, got=show(rule.figure), where=(index, "figure"))
        _consistent(rules)
        return rules


class Policy(Frozen):
    """What must hold before a synthetic table leaves."""

    policy: Literal[1] = Field(description="Version of this format.")
    name: Word = Field(description="What the bundle calls it.")
    description: str | None = Field(None, description="For people.")
    privacy: PrivacyRule
    figures: tuple[FigureRule, ...] = Field((), description="Figures of fidelity, utility, fairness and attacks.")
    slices: tuple[SliceRule, ...] = Field((), description="Figures that every level of some columns must meet.")
    constraints: Annotated[Real, Field(ge=0, le=1)] | None = Field(
        None, description="Share of synthetic rows that keep the schema's domain and every rule, at least."
    )
    attacks: AttackRule | None = None
    audit: AuditRule | None = None
    groups: tuple[GroupRule, ...] = Field((), description="Rows of the smallest groups of the synthetic table.")
    given_rows: Literal["refuse", "accept"] = Field(
        "refuse",
        description="Rows that were given, and that the model does not draw again from the same seed: nobody can say "
        "then that they are covered by its guarantee.",
    )
    forbidden_columns: tuple[Word, ...] = Field((), description="Names, with * for any part, that must not leave.")
    recipients: tuple[Word, ...] | None = Field(
        None, description="Who may have it, with * for any part; anybody where left out."
    )
    expires_after_days: Annotated[StrictInt, Field(ge=1, le=LONGEST)] | None = Field(
        None, description="The bundle is valid for so many days at most."
    )
    approvals: Annotated[StrictInt, Field(ge=0, le=16)] = Field(
        0, description="How many different keys must sign the manifest before the bundle counts as released."
    )
    inconclusive: Literal["fail", "pass"] = Field(
        "fail", description="What a rule that cannot be decided does to the release."
    )
    paid: PaidRule | None = Field(None, description="What decides with --gate paid.")

    @model_validator(mode="after")
    def _rules_agree(self) -> Self:
        for key in ("figures", "slices"):
            for index, rule in enumerate(getattr(self, key)):
                _known_section(rule.figure, (key, index, "figure"))
        _consistent(self.figures, ("figures",))
        if self.recipients is not None and not self.recipients:
            fix = "name somebody, or leave recipients out"
            raise Mistake(expected="somebody who may have it", got="an empty list", fix=fix, where=("recipients",))
        rules: tuple[SliceRule | GroupRule, ...] = (*self.slices, *self.groups)
        named = {column for rule in rules for column in rule.columns}
        both = named & set(self.forbidden_columns)
        if both:
            got = f"{show(min(both))}, which slices or groups need"
            raise Mistake(expected="columns that may leave", got=got, where=("forbidden_columns",))
        return self

    def terms(self, *, recipient: str | None, today: dt.date) -> Terms:
        """What the bundle says of its use. `recipient` narrows the policy's list to the one it is for."""
        days = self.expires_after_days
        return Terms(
            policy=self.name,
            recipients=(recipient,) if recipient is not None else (),
            expires=None if days is None else today + dt.timedelta(days=days),
            approvals=self.approvals,
        )

    def to_json(self) -> dict[str, Any]:
        """The policy as JSON values, without keys that were left out."""
        return self.model_dump(mode="json", exclude_unset=True)


def _known_section(figure: str, where: Place) -> None:
    section = figure.split(".", 1)[0]
    if section not in SECTIONS or "." not in figure:
        expected = f"the key of a figure, of {', '.join(SECTIONS)}"
        raise Mistake(expected=expected, got=show(figure), fix=closest(section, SECTIONS), where=where)


def _consistent(rules: tuple[FigureRule, ...], where: Place = ()) -> None:
    """Refuse the second rule of a figure: two numbers for one thing contradict or repeat each other."""
    seen = set()
    for index, rule in enumerate(rules):
        if rule.place in seen:
            got, fix = f"{show(rule.figure)} again", "write one rule with both numbers"
            raise Mistake(expected="each figure once", got=got, fix=fix, where=(*where, index, "figure"))
        seen.add(rule.place)


def load_policy(policy: str | Path) -> Policy:
    """Read a policy: the name of a shipped one, or a YAML file. Raises SchemaError, with `.line`."""
    if str(policy) in SHIPPED:
        return parse_policy(read_text(FOLDER / f"{policy}.yaml", str(policy)), source=str(policy))
    path = Path(policy)
    if not path.suffix and not path.exists():
        fix = closest(str(policy), SHIPPED) or "or the path of a YAML file"
        raise SchemaError(str(policy), expected=f"one of {', '.join(SHIPPED)}", got="another name", fix=fix)
    return parse_policy(read_text(path, str(policy)), source=path.name)


def parse_policy(text: str, *, source: str = "policy") -> Policy:
    """Read a policy from YAML text; `source` names it in errors. Raises SchemaError."""
    document = Document(text, source=source)
    if not isinstance(document.value, dict):
        raise wrong(source, (), 1, expected="a mapping with policy, name and privacy", got=show(document.value))
    try:
        return Policy.model_validate(document.value)
    except ValidationError as error:
        raise explain(
            error, source=source, line=document.line, unknown_key=_unknown_key, unknown_type=_unknown_type
        ) from None


_PARTS: Final[Mapping[str, type[Frozen]]] = {
    "privacy": PrivacyRule,
    "figures": FigureRule,
    "slices": SliceRule,
    "attacks": AttackRule,
    "audit": AuditRule,
    "groups": GroupRule,
}


def _unknown_key(place: Place) -> Mistake:
    inside = FigureRule if place[:2] == ("paid", "figures") else PaidRule
    part = inside if place[0] == "paid" else _PARTS.get(str(place[0]), Policy)
    known = list((part if len(place) > 1 else Policy).model_fields)
    return Mistake(expected=f"a rule, one of {', '.join(known)}", got=repr(place[-1]), fix=closest(place[-1], known))


def _unknown_type(word: object) -> Mistake:
    raise AssertionError(f"a policy has no kinds of columns, so none is unknown: {word}")
