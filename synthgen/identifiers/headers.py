"""What columns of personal data are called, in several languages; without accents, in small letters.

A phrase is looked for among the words of a name, whole words only; glued phrases (`firstname`) count too. The longest
phrase wins, so that "email address" is no address.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

PHRASES: dict[str, str] = {
    "given_name": """
        first name, given name, forename, first, fname, christian name, middle name, vorname, rufname, prenom,
        nombre, nombre de pila, primer nombre, nome proprio, nome di battesimo, voornaam, primeiro nome, fornamn,
        imie, fornavn, patient first name, customer first name, nome""",
    "family_name": """
        last name, family name, surname, last, lname, maiden name, nachname, familienname, zuname, nom, nom de
        famille, apellido, apellidos, primer apellido, cognome, achternaam, familienaam, sobrenome, apelido,
        efternamn, nazwisko, etternavn, efternavn""",
    "full_name": """
        name, full name, person name, patient name, customer name, client name, cardholder, card holder, cardholder
        name, account holder, employee name, doctor name, physician name, contact name, contact person, beneficiary
        name, vollstandiger name, vor und nachname, kundenname, ansprechpartner, inhaber, kontoinhaber, nom complet,
        nom et prenom, nombre completo, nombre y apellidos, titular, nome completo, nome e cognome, intestatario,
        volledige naam, naam, naam klant, fullstandigt namn, namn""",
    "email": """
        email, e mail, mail, email address, e mail address, mail address, emailadresse, mailadresse, e mail adresse,
        courriel, adresse electronique, adresse e mail, adresse mail, correo, correo electronico, posta elettronica,
        indirizzo email, e mailadres, emailadres, correio eletronico, epost, e post""",
    "phone": """
        phone, telephone, tel, mobile, cell, cell phone, cellphone, mobile phone, phone number, telephone number,
        mobile number, contact number, fax, telefon, telefonnummer, handy, handynummer, mobil, mobilnummer,
        rufnummer, telefax, numero de telephone, telephone portable, portable, telefono, movil, numero de telefono,
        celular, cellulare, numero di telefono, telefoon, telefoonnummer, mobiel, telefone, telemovel""",
    "street_address": """
        street, street address, address, address line, address line 1, address 1, addr, home address, postal
        address, mailing address, billing address, shipping address, residence, strasse, str, anschrift, adresse,
        wohnadresse, strasse hausnummer, strasse und hausnummer, rue, adresse postale, domicile, calle, direccion,
        domicilio, indirizzo, via, residenza, straat, adres, straatnaam, rua, endereco, morada, gata, gatuadress,
        adress""",
    "city": """
        city, town, home city, city name, municipality, ort, wohnort, stadt, ville, commune, ciudad, localidad,
        municipio, citta, comune, localita, stad, plaats, woonplaats, gemeente, cidade, localidade, stad, postort""",
    "postcode": """
        zip, zip code, zipcode, postcode, post code, postal code, zip postal code, plz, postleitzahl, code postal,
        cp, codigo postal, cap, codice postale, codice di avviamento postale, cep, postnummer, postnr""",
    "state": """
        state, us state, home state, state code, state name, bundesland, estado, comunidad autonoma, uf, provincie""",
    "country": """
        country, home country, native country, country code, country name, country of birth, country of residence,
        nationality, land, staat, herkunftsland, wohnsitzland, geburtsland, staatsangehorigkeit, pays, pays de
        naissance, nationalite, pais, nacionalidad, pais de nacimiento, paese, nazione, nazionalita, nationaliteit,
        geboorteland, nacionalidade""",
    "birth_date": """
        birth date, birthdate, date of birth, dob, d o b, birthday, birth day, birth number, born, born on,
        geburtsdatum, geburtstag, geb datum, gebdat, geboren am, date de naissance, date naissance, ne le, fecha de
        nacimiento, fecha nacimiento, nacimiento, data di nascita, data nascita, geboortedatum, geboren op, data de
        nascimento, data nascimento, fodelsedatum, fodelsedag""",
    "username": """
        username, user name, user, login, login name, screen name, nickname, nick, handle, benutzername, benutzer,
        anmeldename, nom d utilisateur, nom utilisateur, identifiant, pseudo, nombre de usuario, usuario, nome
        utente, utente, gebruikersnaam, nome de usuario, nome de utilizador, anvandarnamn""",
    "ipv4": """
        ip, ip address, ipv4, ip addr, client ip, source ip, remote addr, ip adresse, adresse ip, direccion ip""",
    "ipv6": "ip, ip address, ipv6, ip addr, client ip, ip adresse, adresse ip, direccion ip",
    "mac": "mac, mac address, mac addr, hardware address, device mac, mac adresse, adresse mac, direccion mac",
    "uuid": "uuid, guid",
    "url": "url, website, web site, homepage, home page, web page, link, webseite, site web, sitio web, sito web",
    "company": """
        company, company name, employer, employer name, organisation, organization, firm, business name, merchant
        name, firma, firmenname, unternehmen, arbeitgeber, entreprise, societe, raison sociale, employeur, empresa,
        razon social, azienda, ragione sociale, datore di lavoro, bedrijf, bedrijfsnaam, werkgever, foretag""",
    "us_ssn": "ssn, social security number, social security no, social security, soc sec no, us ssn, socsec",
    "us_itin": """
        itin, individual taxpayer identification number, us itin, taxpayer identification number, tin, tax id""",
    "nhs_number": "nhs number, nhs no, nhs num, nhs, nhs nr",
    "uk_nino": """
        nino, ni number, ni no, national insurance number, national insurance no, national insurance, uk nino""",
    "iban": """
        iban, iban number, bank account, account iban, kontonummer, konto, bankverbindung, compte bancaire, cuenta
        bancaria, conto bancario, bankrekening, rekeningnummer, conta bancaria""",
    "bic": "bic, swift, swift code, bic code, swift bic, bic swift, bank identifier code",
    "payment_card": """
        card number, card no, card num, card nr, credit card, credit card number, creditcard, debit card, debit card
        number, cc number, cc num, cc no, ccnum, pan, primary account number, payment card, kreditkarte,
        kartennummer, kreditkartennummer, carte bancaire, carte de credit, numero de carte, tarjeta, tarjeta de
        credito, numero de tarjeta, carta di credito, numero carta, creditcardnummer, kaartnummer, cartao de
        credito, numero do cartao, kortnummer""",
    "us_routing": """
        routing, routing number, routing no, aba, aba number, aba routing, rtn, routing transit number, bank routing""",
    "us_account": """
        account number, account no, account num, acct, acct num, acct no, acct number, bank account number""",
    "lei": "lei, legal entity identifier, lei code",
    "isin": "isin, isin code, security isin, wertpapierkennnummer isin",
    "npi": "npi, national provider identifier, npi number, provider npi, physician npi",
    "mrn": """
        mrn, medical record number, medical record no, patient number, patient no, patient nbr, patient num, patient
        id, hospital number, chart number, patientennummer, patienten nr, patienten id, fallnummer, numero de
        dossier, numero dossier, numero patient, ipp, historia clinica, numero de historia clinica, nhc, numero
        paziente, cartella clinica, patientnummer, numero do paciente, prontuario""",
    "passport": """
        passport, passport number, passport no, passport num, passport nr, reisepass, reisepassnummer, passnummer,
        pass nr, passeport, numero de passeport, pasaporte, numero de pasaporte, passaporto, numero passaporto,
        paspoort, paspoortnummer, passaporte, numero do passaporte""",
    "vat": """
        vat, vat number, vat no, vat id, vat reg no, vat registration number, ust id, ust idnr, ustid, umsatzsteuer
        id, tva, numero de tva, numero tva, numero de iva, nif iva, partita iva, p iva, btw, btw nummer, btw nr,
        momsnummer""",
    "licence_plate": """
        licence plate, license plate, plate, plate number, plate no, number plate, registration number, registration
        plate, vehicle registration, vrm, vrn, kennzeichen, kfz kennzeichen, nummernschild, plaque, immatriculation,
        plaque d immatriculation, matricula, placa, targa, kenteken, matricula do carro, registreringsnummer""",
    "vin": """
        vin, vehicle identification number, vehicle id number, chassis number, fahrgestellnummer, fin, numero de
        chassis, numero de bastidor, bastidor, numero di telaio, telaio, chassisnummer, numero do chassi, chassi""",
}  # fmt: skip
"""Phrases of each kind, by commas."""
COVERED = 0.3
"""A phrase must be so much of a name: a sentence that ends in "company" is not about one."""
VAGUE = frozenset({
    "first", "last", "name", "nombre", "nom", "nome", "naam", "namn", "user", "mail", "str", "via", "land", "staat",
    "link", "born", "cap", "cp", "uf", "fin", "plate", "pan", "tin", "tax id", "konto", "aba", "handle", "residence",
    "portable", "mobil", "cell", "identifiant", "usuario", "utente", "nick", "rtn", "ort", "titular", "inhaber",
    "matricula", "placa", "acct", "pseudo", "benutzer", "handy", "ipp", "nhc", "targa", "mobile", "carte bancaire",
})  # fmt: skip
"""Phrases that mean other things too: they count as the whole name only."""
_FREE_TEXT = """
    note notes comment comments remark remarks description narrative text message body review feedback summary history
    bemerkung bemerkungen kommentar beschreibung notiz anmerkung commentaire remarque observation notas comentario
    observaciones descripcion commento osservazioni nota opmerking beschrijving toelichting comentarios observacoes
    anteckning diagnosis_text free_text freetext freitext
"""
FREE_TEXT = frozenset(_FREE_TEXT.split())
"""Words for free text."""


@lru_cache(maxsize=4096)
def words(name: str) -> tuple[str, ...]:
    """The words of a column's name, in small letters and without accents.

    >>> words("DateOfBirth"), words("Straße_Nr"), words("cc_num"), words("prénom")
    (('date', 'of', 'birth'), ('strasse', 'nr'), ('cc', 'num'), ('prenom',))
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name.replace("ß", "ss"))
    bare = unicodedata.normalize("NFKD", spaced).encode("ascii", "ignore").decode().lower()
    return tuple(re.findall(r"[a-z]+|[0-9]+", bare))


def named(name: str) -> dict[str, int]:
    """The kinds that a column's name speaks of, each with the letters of its longest phrase there.

    >>> named("Customer E-Mail Address"), named("Place of birth"), named("vorname")
    ({'email': 12}, {}, {'given_name': 7})
    """
    own = words(name)
    glued = {"".join(own[start:end]) for start in range(len(own)) for end in range(start + 1, len(own) + 1)}
    whole = "".join(own).rstrip("0123456789")
    found = {
        kind: max((len(phrase) for phrase in phrases if phrase in glued), default=0)
        for kind, phrases in _sure().items()
    }
    for kind, phrases in _vague().items():
        if whole in phrases:
            found[kind] = max(found.get(kind, 0), len(whole))
    longest = max(found.values(), default=0)
    if longest < COVERED * len("".join(own)):
        return {}
    return {kind: size for kind, size in found.items() if size and size == longest}


def speaks_of_text(name: str) -> bool:
    """Whether a name says that the column is free text."""
    return bool(FREE_TEXT & set(words(name)))


@lru_cache
def _sure() -> dict[str, frozenset[str]]:
    return {kind: frozenset(_glued(phrase) for phrase in _listed(kind) if phrase not in VAGUE) for kind in PHRASES}


@lru_cache
def _vague() -> dict[str, frozenset[str]]:
    return {kind: frozenset(_glued(phrase) for phrase in _listed(kind) if phrase in VAGUE) for kind in PHRASES}


def _listed(kind: str) -> list[str]:
    return [" ".join(phrase.split()) for phrase in PHRASES[kind].split(",")]


def _glued(phrase: str) -> str:
    return phrase.replace(" ", "")
