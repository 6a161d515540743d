"""The detector on a corpus: what the generators make, under names of several languages, and every real column we have.

Precision and recall by kind are at least 0.95 each, and docs/identifiers.md says what was measured.
"""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synthgen.identifiers import KINDS, fill
from synthgen.identifiers.detect import TEXT, detect
from synthgen.identifiers.forms import FORMS
from synthgen.identifiers.locales import LOCALES
from synthgen.schema import Identifier

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.exists(), reason="the real tables are not here")

ENOUGH = 0.95
SURE = 0.8
LABELS = {
    ("acs_income_2018", "State"): "state",
    ("adult", "native-country"): "country",
    ("client", "birth_number"): "birth_date",
    ("diabetes130", "patient_nbr"): "mrn",
    ("king_house", "zipcode"): "postcode",
    ("card_fraud_sparkov", "ssn"): "us_ssn",
    ("card_fraud_sparkov", "cc_num"): "payment_card",
    ("card_fraud_sparkov", "first"): "given_name",
    ("card_fraud_sparkov", "last"): "family_name",
    ("card_fraud_sparkov", "street"): "street_address",
    ("card_fraud_sparkov", "city"): "city",
    ("card_fraud_sparkov", "state"): "state",
    ("card_fraud_sparkov", "zip"): "postcode",
    ("card_fraud_sparkov", "dob"): "birth_date",
    ("card_fraud_sparkov", "acct_num"): "us_account",
    ("card_fraud_sparkov", "trans_num"): "uuid",
    ("acs_income_2018", "Place of birth"): "",  # states and countries: either would do, none is said
}
"""Real columns that hold identifiers; all others hold none."""
HEADERS = {
    "given_name": "first_name FIRSTNAME GivenName Vorname prénom Nombre nome_proprio voornaam förnamn "
    "patient_first_name",
    "family_name": "last_name Surname FamilyName Nachname nom_de_famille Apellidos cognome achternaam sobrenome "
    "cust_lname",
    "full_name": "name full_name CustomerName cardholder_name nom_complet nombre_completo Kontoinhaber volledige_naam",
    "email": "email e-mail EMAIL_ADDRESS user_email courriel correo_electronico indirizzo_email E-Mail-Adresse epost",
    "phone": "phone phone_number Telefon telefono téléphone mobile_no Handynummer celular home_phone_1 telefoonnummer",
    "street_address": "street address street_address Straße adresse calle Dirección indirizzo straat endereço "
    "address_line_1",
    "city": "city City_Name Wohnort ville ciudad città woonplaats cidade home_city Ort municipio",
    "postcode": "zip zipcode PostalCode PLZ code_postal codigo_postal CAP postcode CEP cust_zip_code postnummer",
    "state": "state State_Code Bundesland estado us_state customer_state",
    "country": "country Country_Name Land pays país paese nationality country_of_birth Staatsangehörigkeit",
    "birth_date": "dob birth_date DateOfBirth Geburtsdatum date_de_naissance fecha_nacimiento data_di_nascita "
    "birthday geboortedatum data_nascimento",
    "username": "username user_name login Benutzername nom_utilisateur gebruikersnaam UserName",
    "ipv4": "ip ip_address client_ip IPv4 adresse_ip",
    "ipv6": "ip ip_address ipv6 client_ip",
    "mac": "mac mac_address MacAddr device_mac",
    "uuid": "uuid guid customer_uuid id key",
    "url": "url website homepage Webseite site_web",
    "company": "company employer Firma entreprise empresa azienda Arbeitgeber company_name bedrijfsnaam",
    "us_ssn": "ssn social_security_number SocSec patient_ssn",
    "us_itin": "itin individual_taxpayer_identification_number tax_id",
    "nhs_number": "nhs_number nhs_no NHSNumber",
    "uk_nino": "nino ni_number national_insurance_number",
    "iban": "iban IBAN_Nr bank_account compte_bancaire Kontonummer",
    "bic": "bic swift swift_code BIC",
    "payment_card": "cc_num card_number CreditCardNumber Kreditkartennummer numero_de_carte pan tarjeta_de_credito",
    "us_routing": "routing_number aba_routing RoutingNo",
    "us_account": "account_number acct_num AccountNo",
    "lei": "lei legal_entity_identifier",
    "isin": "isin ISIN_Code",
    "npi": "npi national_provider_identifier NPI_Number",
    "mrn": "mrn medical_record_number PatientID Patientennummer numero_dossier patient_no",
    "passport": "passport passport_number Reisepassnummer numero_de_passeport pasaporte",
    "vat": "vat_number VAT_ID USt-IdNr partita_iva numero_tva",
    "licence_plate": "license_plate licence_plate Kennzeichen immatriculation targa plate_number kenteken",
    "vin": "vin VIN Fahrgestellnummer vehicle_identification_number",
}
"""Names that people give to columns of each kind."""
TELLING = {kind for kind, form in FORMS.items() if form.strict is not None}
"""Kinds whose values tell by themselves, in the locales that OPAQUE allows."""
OPAQUE = {
    "company": {"en_US", "de_DE"},
    "phone": {"en_US", "en_GB", "de_DE", "fr_FR", "es_ES"},
    "postcode": {"en_GB"},
    "state": {"en_US"},
    "country": set[str](),  # one country is no list of countries
}
NEGATIVES = {
    "amount": lambda rng: np.round(rng.lognormal(3, 1, 300), 2),
    "quantity": lambda rng: rng.integers(0, 40, 300),
    "order_id": lambda rng: rng.integers(10**9, 10**10, 300),
    "x9": lambda rng: rng.integers(10**8, 10**9, 300),
    "reference": lambda rng: rng.integers(10**15, 10**16, 300),
    "product": lambda rng: [f"AB-{n}" for n in rng.integers(1000, 9999, 300)],
    "version": lambda rng: [f"{a}.{b}.{c}" for a, b, c in rng.integers(0, 20, (300, 3))],
    "trans_date": lambda rng: [f"2019-{m:02d}-{d:02d}" for m, d in rng.integers(1, 13, (300, 2))],
    "last_login": lambda rng: [f"2019-{m:02d}-{d:02d} 10:00:00" for m, d in rng.integers(1, 13, (300, 2))],
    "first_visit": lambda rng: [f"2019-{m:02d}-{d:02d}" for m, d in rng.integers(1, 13, (300, 2))],
    "time": lambda rng: [f"{h:02d}:{m:02d}:00" for h, m in rng.integers(0, 24, (300, 2))],
    "phone_verified": lambda rng: rng.choice(["yes", "no"], 300),
    "email_opt_in": lambda rng: rng.choice([True, False], 300),
    "country_risk_score": lambda rng: np.round(rng.random(300), 3),
    "city_population": lambda rng: rng.integers(100, 10**6, 300),
    "name_length": lambda rng: rng.integers(3, 12, 300),
    "state_of_repair": lambda rng: rng.choice(["good", "poor", "fair"], 300),
    "address_changes": lambda rng: rng.integers(0, 5, 300),
    "card_present": lambda rng: rng.choice(["Y", "N"], 300),
    "card_type": lambda rng: rng.choice(["visa", "mastercard", "amex"], 300),
    "account_age_days": lambda rng: rng.integers(0, 9999, 300),
    "ip_reputation": lambda rng: rng.choice(["low", "medium", "high"], 300),
    "pass_rate": lambda rng: np.round(rng.random(300), 2),
    "icd10": lambda rng: [f"{a}{n:02d}.{m}" for a, n, m in zip(rng.choice(list("ABCDEFGHJKLM"), 300),
                          rng.integers(0, 99, 300), rng.integers(0, 9, 300), strict=True)],
    "colour": lambda rng: rng.choice(["red", "green", "blue", "black", "white", "grey", "silver", "brown"], 300),
    "occupation": lambda rng: rng.choice(["Teacher", "Nurse", "Clerk", "Engineer", "Farmer", "Driver", "Judge"], 300),
    "month": lambda rng: rng.choice(["January", "February", "March", "April", "May", "June", "July", "August"], 300),
    "currency": lambda rng: rng.choice(["EUR", "USD", "GBP", "CHF", "SEK"], 300),
    "language": lambda rng: rng.choice(["English", "German", "French", "Dutch", "Spanish", "Italian"], 300),
    "latitude": lambda rng: np.round(rng.uniform(-90, 90, 300), 6),
    "lat_text": lambda rng: [f"{x:.6f}" for x in rng.uniform(-90, 90, 300)],
    "price": lambda rng: [f"${x:,.2f}" for x in rng.uniform(1, 9000, 300)],
    "unix_time": lambda rng: rng.integers(1_300_000_000, 1_600_000_000, 300),
    "barcode": lambda rng: rng.integers(10**12, 10**13, 300),
    "sku": lambda rng: [f"{a}{b}" for a, b in zip(rng.choice(list("ABCDEF"), 300), rng.integers(10**4, 10**5, 300),
                        strict=True)],
}  # fmt: skip
"""Columns that name nobody, some under names that sound as if they did."""
PROSE = {
    "notes": "Called back on {}, wants the contract by post and will not sign before spring",
    "x4": "The patient number {} came in with a cough that had lasted for two weeks or so",
    "Bemerkung": "Kunde {} bittet um Rückruf am Nachmittag wegen der letzten Rechnung",
    "commentaire": "Le client {} demande un rappel avant la fin de la semaine prochaine",
}
"""Free text."""

Case = tuple[str, str, pa.Array]
"""Label (a kind, text or nothing), name of the column, sample."""


def made(kind: str, locale: str, rows: int) -> pa.Array:
    columns = {"it": Identifier.model_validate({"type": "identifier", "kind": kind, "locale": locale})}
    return fill(columns, rows, person=np.arange(rows), given={}, seed=len(kind), start=0)["it"]


def grouped(values: pa.Array, *sizes: int) -> pa.Array:
    """The same numbers with blanks, as people write them."""
    texts = values.to_pylist()
    edges = np.cumsum([0, *sizes])
    return pa.array([" ".join(text[a:b] for a, b in pairwise(edges)).strip() for text in texts])


def spellings(kind: str, values: pa.Array) -> Iterator[pa.Array]:
    """Other ways of writing the same values."""
    texts = [str(value) for value in values.to_pylist()]
    if kind in {"given_name", "family_name", "full_name", "city", "street_address"}:
        yield pa.array([text.upper() for text in texts])
    if kind in {"iban", "payment_card"}:
        yield grouped(values, 4, 4, 4, 4, 4, 4)
    if kind == "nhs_number":
        yield grouped(values, 3, 3, 4)
    if kind == "uk_nino":
        yield grouped(values, 2, 2, 2, 2, 1)
    if kind in {"us_ssn", "us_itin"}:
        yield pa.array([text.replace("-", "") for text in texts])
    if kind == "birth_date":
        yield pa.array([f"{text[8:]}/{text[5:7]}/{text[:4]}" for text in texts])
        yield pa.array([text.replace("-", "") for text in texts])
    if kind == "full_name":
        yield pa.array([", ".join(text.split(" ", 1)[::-1]) for text in texts])
    if kind in {"npi", "nhs_number", "us_routing"}:
        yield pa.array([int(text) for text in texts])


def generated() -> Iterator[Case]:
    for kind in KINDS.keys() - {"sequence"}:
        for locale in LOCALES:
            values = made(kind, locale, 200)
            for index, header in enumerate(HEADERS[kind].split()):
                yield kind, header, values if index % 2 else values.slice(0, 40)
                yield from ((kind, header, other) for other in spellings(kind, values))
            if kind in TELLING and locale in OPAQUE.get(kind, set(LOCALES)):
                yield kind, "x17", values


def unlike() -> Iterator[Case]:
    rng = np.random.default_rng(5)
    for name, draw in NEGATIVES.items():
        yield "", name, pa.array(draw(rng))
    for name, sentence in PROSE.items():
        yield TEXT, name, pa.array([sentence.format(number) for number in range(60)])


@cache
def real() -> tuple[Case, ...]:
    """The columns of the public tables."""
    return tuple(labelled()) if DATA.exists() else ()


def labelled() -> Iterator[Case]:
    for path in sorted((*DATA.glob("*.parquet"), *DATA.glob("berka/*.parquet"))):
        table = pq.read_table(path)
        table = table.take(np.arange(0, len(table), max(1, len(table) // 2_000)))
        for name in table.column_names:
            yield LABELS.get((path.stem, name), ""), name, table[name].combine_chunks()


@cache
def counted() -> tuple[Counter[str], Counter[str], Counter[str], tuple[str, ...]]:
    """Columns by kind: what they are, what was said, what was said rightly; and the mistakes."""
    truth, said, right, mistakes = Counter[str](), Counter[str](), Counter[str](), list[str]()
    for label, name, sample in (*generated(), *unlike(), *real()):
        found = next((finding.kind for finding in detect(name, sample) if finding.confidence >= SURE), "")
        truth[label] += 1
        said[found] += 1
        right[label] += found == label
        if found != label:
            mistakes.append(f"{name}: {label or 'nothing'}, said {found or 'nothing'}")
    return truth, said, right, tuple(mistakes)


@pytest.mark.parametrize("kind", [*(kind for kind in KINDS if kind != "sequence"), TEXT])
def test_precision_and_recall_of_each_kind(kind: str) -> None:
    truth, said, right, _ = counted()
    assert truth[kind] >= 3
    assert right[kind] / truth[kind] >= ENOUGH, "recall"
    assert right[kind] / said[kind] >= ENOUGH, "precision"


def test_columns_that_name_nobody_are_left_alone() -> None:
    truth, _, right, _ = counted()
    assert right[""] / truth[""] >= ENOUGH


@needs_data
def test_every_real_column_is_labelled_rightly() -> None:
    wrong = [
        (name, label)
        for label, name, sample in real()
        if next((finding.kind for finding in detect(name, sample) if finding.confidence >= SURE), "") != label
    ]
    assert wrong == []


@needs_data
def test_the_docs_say_what_was_measured() -> None:
    truth, said, right, _ = counted()
    text = (ROOT / "docs" / "identifiers.md").read_text(encoding="utf-8")
    rows = [
        f"| {(kind and f'`{kind}`') or 'nothing'} | {count:,} | {right[kind] / said[kind]:.3f} |"
        f" {right[kind] / count:.3f} |"
        for kind, count in truth.items()
    ]
    assert [row for row in rows if row not in text] == []
    assert f"Measured on {truth.total():,} columns" in text
