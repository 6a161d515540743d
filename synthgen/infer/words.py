"""What names and words say in several languages: public knowledge, looked up, never learned from rows."""

from __future__ import annotations

import re


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


PERSON = _set("""
    person persons patient patients customer client member user employee subject student pupil insured holder cardholder
    beneficiary applicant borrower resident citizen respondent participant account acct household
    kunde kunden patientin versicherte versicherter mitarbeiter konto
    usager personne salarie assure compte cliente paciente usuario empleado cuenta persona
    paziente utente dipendente conto klant rekening medewerker pessoa funcionario conta
    ssn nino nhs cc card email mrn
""")
"""Words for who may have several rows."""
IDENTIFIER = _set("""
    id ids uid uuid guid nr nbr no num number key identifier code ref reference
    nummer kennung numero numéro clave codigo código codice chiave numer ssn mrn
""")
"""Words for what names one thing."""
CODE = _set("""
    id code type class category status cd kind group grp flag typ art kategorie tipo categoria
    zip zipcode postcode postal plz cap fips
""")
"""Words for whole numbers that count nothing."""
GENDER = _set("gender sex geschlecht sexe sexo sesso genero género geslacht")
AGE = _set("age alter edad eta età idade leeftijd")
MISSING = (
    "?",
    "NA",
    "N/A",
    "n/a",
    "null",
    "NULL",
    "Null",
    "none",
    "-",
    "--",
    ".",
    "missing",
    "unknown",
    "#N/A",
    "(null)",
)
"""Texts that stand for no value, among numbers and dates."""
NEGATIVE = frozenset({-1, -7, -8, -9, -88, -98, -99, -777, -888, -998, -999, -9999, -99999})
"""Sentinels of a column that is otherwise not negative."""
NINES = frozenset({9999, 99999, 999999, 9999999, 99999999, 999, 99})
"""What stands for missing where it lies far above all else."""
TWO = (
    ("false", "true"),
    ("no", "yes"),
    ("n", "y"),
    ("f", "t"),
    ("0", "1"),
    ("off", "on"),
    ("nein", "ja"),
    ("non", "oui"),
    ("no", "si"),
    ("no", "sí"),
    ("nee", "ja"),
    ("não", "sim"),
)
"""Words for false and true."""


def words(name: str) -> tuple[str, ...]:
    """The words of a column's name.

    >>> words("patient_nbr"), words("customerID"), words("Date of birth"), words("cc_num")
    (('patient', 'nbr'), ('customer', 'id'), ('date', 'of', 'birth'), ('cc', 'num'))
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return tuple(word for word in re.split(r"[^0-9a-zà-ÿ]+", spaced.lower()) if word)


def names_person(name: str) -> bool:
    """Whether a name speaks of a person, and of what tells persons apart."""
    own = set(words(name))
    return bool(own & PERSON) and (names_identifier(name) or len(own) == 1)


def names_identifier(name: str) -> bool:
    """Whether a name speaks of what tells things apart: in its last word, or its first.

    >>> names_identifier("account_number"), names_identifier("id_kunde"), names_identifier("number_of_visits")
    (True, True, False)
    """
    own = words(name)
    return bool(own) and (own[-1] in IDENTIFIER or own[0] == "id")


def two_values(levels: tuple[str, ...]) -> tuple[str, str] | None:
    """The two spellings as (false, true), when they are words for that.

    >>> two_values(("Yes", "No")), two_values(("a", "b"))
    (('No', 'Yes'), None)
    """
    by_word = {level.strip().casefold(): level for level in levels}
    pair = next((pair for pair in TWO if set(pair) == set(by_word)), None)
    return (by_word[pair[0]], by_word[pair[1]]) if pair else None
