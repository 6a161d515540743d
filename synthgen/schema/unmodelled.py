"""Columns that never enter the model: identifiers are made up, free text is left out or masked."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BeforeValidator, Field, model_validator

from synthgen.schema.base import BaseColumn
from synthgen.schema.mistakes import Mistake, closest, show
from synthgen.schema.pattern import parse_pattern
from synthgen.schema.values import Whole

Kind = Literal[
    "given_name",
    "family_name",
    "full_name",
    "email",
    "phone",
    "street_address",
    "city",
    "postcode",
    "state",
    "country",
    "birth_date",
    "username",
    "ipv4",
    "ipv6",
    "mac",
    "uuid",
    "url",
    "company",
    "us_ssn",
    "us_itin",
    "nhs_number",
    "uk_nino",
    "iban",
    "bic",
    "payment_card",
    "us_routing",
    "us_account",
    "lei",
    "isin",
    "npi",
    "mrn",
    "passport",
    "vat",
    "licence_plate",
    "vin",
    "sequence",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""What an identifier can be; each has a generator of its own."""
NOT_PERSONAL = frozenset({"company", "lei", "isin", "bic", "us_routing", "sequence"})
"""Kinds that name no person: their values may be kept without a word. Of a pattern nobody knows."""


_OTHER_NAMES = {
    **dict.fromkeys(("first_name", "first", "forename"), "given_name"),
    **dict.fromkeys(("last_name", "last", "surname"), "family_name"),
    **dict.fromkeys(("name", "person_name", "person"), "full_name"),
    **dict.fromkeys(("credit_card", "card", "pan", "credit_card_number"), "payment_card"),
    **dict.fromkeys(("zip", "zipcode", "zip_code", "postal_code"), "postcode"),
    **dict.fromkeys(("street", "address"), "street_address"),
    **dict.fromkeys(("ssn", "social_security_number"), "us_ssn"),
    **dict.fromkeys(("dob", "date_of_birth", "birthdate"), "birth_date"),
    **dict.fromkeys(("ip", "ip_address"), "ipv4"),
    "mail": "email",
    "phone_number": "phone",
    "itin": "us_itin",
    "nhs": "nhs_number",
    "nino": "uk_nino",
    "swift": "bic",
    "license_plate": "licence_plate",
    "serial": "sequence",
}
"""What other tools call our kinds."""


def _known(kind: Any) -> Any:
    if kind in KINDS:
        return kind
    near = _OTHER_NAMES.get(str(kind).lower())
    fix = f"kind: {near} is the word here" if near else closest(kind, KINDS) or "pattern: makes any other"
    raise Mistake(expected="a kind of identifier that there is", got=show(kind), fix=fix)


class Identifier(BaseColumn):
    """Values that name someone or something: made up, valid in form and never issued; not learned, and free."""

    type: Literal["identifier"]
    kind: Annotated[Kind, BeforeValidator(_known)] | None = Field(None, description="What the values are.")
    pattern: str | None = Field(
        None, min_length=1, description="A regular expression that the values match, such as TX-[0-9]{8}."
    )
    unique: bool = Field(False, description="No value twice: one a row, or one a person where rows belong to persons.")
    locale: str = Field("en_US", pattern=r"^[a-z]{2,3}_[A-Z]{2}$", description="Language and country of names.")
    brand: str | None = Field(None, description="Of a payment_card: visa, mastercard, amex, ...")
    agrees: dict[Literal["gender", "birth", "age"], str] = Field(
        default_factory=dict,
        description="Columns that the person must agree with: {gender: sex, birth: dob, age: age}.",
    )
    start: Whole = Field(1, ge=0, description="The first number of kind: sequence.")
    keep_because: str | None = Field(
        None, min_length=1, description="Why the values of a personal kind may be kept, in words."
    )

    @model_validator(mode="after")
    def _one_description(self) -> Self:
        if (self.kind is None) == (self.pattern is None) and self.kind != "mrn":
            got = "neither" if self.kind is None else "both"
            raise Mistake(expected="a kind or a pattern", got=got, fix="say what the values are")
        for key, kind in (("brand", "payment_card"), ("start", "sequence")):
            if getattr(self, key) != type(self).model_fields[key].default and self.kind != kind:
                raise Mistake(expected=f"kind: {kind} beside it", got=f"kind: {self.kind}", where=(key,))
        return self

    @model_validator(mode="after")
    def _the_pattern_can_be_read(self) -> Self:
        if self.pattern is not None:
            try:
                parse_pattern(self.pattern)
            except Mistake as mistake:
                mistake.where = ("pattern",)
                raise
        return self

    @model_validator(mode="after")
    def _personal_values_are_kept_in_words_only(self) -> Self:
        if self.action == "keep" and self.keep_because is None and self.kind not in NOT_PERSONAL:
            raise Mistake(
                expected="the reason in words, because its values name persons",
                got="action: keep alone",
                fix="let it be made up, or add keep_because: ...",
                where=("action",),
            )
        return self


class Text(BaseColumn):
    """Free text: never learned. Left out, or masked."""

    type: Literal["text"]
    action: Literal["drop", "mask"] = Field("drop", description="Left out, or one fixed text in every row.")
