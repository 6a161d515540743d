"""What differs from country to country: words of an address, places, telephone numbers, banks."""

from __future__ import annotations

from dataclasses import dataclass

from synthgen.identifiers import checksums, places
from synthgen.identifiers.places import Places
from synthgen.identifiers.spelling import Code, Letters, code, digits, number, options

# Geographic area codes of the United States; 555-0100 to 555-0199 of each are for fiction.
_AREA_CODES = """
201 202 203 205 206 207 208 209 210 212 213 214 215 216 217 218 219 224 225 228 229 231 234 239 240 248 251 252 253
254 256 260 262 267 269 270 276 281 301 302 303 304 305 307 308 309 310 312 313 314 315 316 317 318 319 320 321 323
325 330 334 336 337 339 347 351 352 360 361 386 401 402 404 405 406 407 408 409 410 412 413 414 415 417 419 423 424
425 432 434 435 440 443 469 478 479 480 484 501 502 503 504 505 507 508 509 510 512 513 515 516 517 518 520 530 540
541 551 559 561 562 563 567 570 571 573 574 580 585 586 601 602 603 605 606 607 608 609 610 612 614 615 616 617 618
619 620 623 626 630 631 636 641 646 650 651 660 661 662 678 682 701 702 703 704 706 707 708 712 713 714 715 716 717
718 719 720 724 727 731 732 734 740 754 757 760 763 765 770 772 773 774 775 781 785 786 801 802 803 804 805 806 808
810 812 813 814 815 816 817 818 828 830 831 832 843 845 847 848 850 856 857 858 859 860 862 863 864 865 870 901 903
904 906 907 908 909 910 912 913 914 915 916 917 918 919 920 925 928 931 936 937 940 941 947 949 951 952 954 956 970
971 972 973 978 979 980 985 989
"""
_OFCOM = """
1134960 1144960 1154960 1164960 1174960 1184960 1214960 1314960 1414960 1514960 1614960 1632960 1914980 2079460
2890180 2920180 7700900
"""
_NOWHERE = code("+999", digits(9))


@dataclass(frozen=True, kw_only=True, slots=True)
class Locale:
    """A language in a country.

    country         ISO 3166-1 code and name
    street          what stands around the name of a street
    number_first    whether the house number comes before it
    company         what ends the name of a company
    places          cities, states and postcodes
    phone           telephone numbers
    iban            accounts; countries without IBAN have German ones
    """

    country: tuple[str, str]
    street: tuple[str, str]
    number_first: bool
    company: str
    places: Places
    phone: Code
    iban: Code


def _iban(country: str, *parts: str | tuple[Letters, ...], national: checksums.Check | None = None) -> Code:
    return code(country, "00", *parts, checked=checksums.iban(national))


GERMAN_IBAN = _iban("DE", "9", digits(17))

LOCALES: dict[str, Locale] = {
    "en_US": Locale(
        country=("US", "United States"),
        street=(" ", " Street"),
        number_first=True,
        company="Inc.",
        places=places.US,
        phone=code("+1-", options(_AREA_CODES.split()), "-555-01", number(2)),
        iban=GERMAN_IBAN,
    ),
    "en_GB": Locale(
        country=("GB", "United Kingdom"),
        street=(" ", " Road"),
        number_first=True,
        company="Ltd",
        places=places.GB,
        phone=code("+44", options(_OFCOM.split()), number(3)),
        iban=_iban("GB", "XXXX", "000000", digits(8)),
    ),
    "de_DE": Locale(
        country=("DE", "Germany"),
        street=("", "straße "),
        number_first=False,
        company="GmbH",
        places=places.DE,
        phone=code("+49", options(["3023125", "4066969", "6990009", "2214710", "8999998"]), number(3)),
        iban=GERMAN_IBAN,
    ),
    "fr_FR": Locale(
        country=("FR", "France"),
        street=(" rue ", ""),
        number_first=True,
        company="SARL",
        places=places.FR,
        phone=code("+33", options(["19900", "26191", "35301", "46571", "53649", "63998"]), number(4)),
        iban=_iban("FR", "00000", "00000", digits(11), "00", national=checksums.rib),
    ),
    "es_ES": Locale(
        country=("ES", "Spain"),
        street=("Calle ", ", "),
        number_first=False,
        company="S.L.",
        places=places.ES,
        phone=_NOWHERE,
        iban=_iban("ES", "0000", "0000", "00", digits(10), national=checksums.ccc),
    ),
    "it_IT": Locale(
        country=("IT", "Italy"),
        street=("Via ", ", "),
        number_first=False,
        company="S.r.l.",
        places=places.IT,
        phone=_NOWHERE,
        iban=_iban("IT", "A", "00000", "00000", digits(12), national=checksums.cin),
    ),
    "nl_NL": Locale(
        country=("NL", "Netherlands"),
        street=("", "straat "),
        number_first=False,
        company="B.V.",
        places=places.NL,
        phone=_NOWHERE,
        iban=_iban("NL", "XXXX", digits(10)),
    ),
    "sv_SE": Locale(
        country=("SE", "Sweden"),
        street=("", "gatan "),
        number_first=False,
        company="AB",
        places=places.SE,
        phone=code("+46", options(["3139006", "4062804", "8465004", "9803192"]), number(2)),
        iban=_iban("SE", "000", digits(17)),
    ),
    "pt_BR": Locale(
        country=("BR", "Brazil"),
        street=("Rua ", ", "),
        number_first=False,
        company="Ltda.",
        places=places.BR,
        phone=_NOWHERE,
        iban=GERMAN_IBAN,
    ),
}
