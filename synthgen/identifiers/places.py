"""Places that agree with themselves: a city lies in its state, and its postcode starts as codes there would.

Cities and states are real and public. Postcodes are not: each comes from a part of the country's code space that its
post does not hand out (the sources are in docs/identifiers.md), so an address never leads to a door.
"""

from __future__ import annotations

from dataclasses import dataclass

from synthgen.identifiers.spelling import CAPITALS, Letters, number, options


@dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    """Cities of one country, in order.

    cities, states, starts   text of each place; `starts` begins its postcodes
    ends                     what follows the start, uint8 [choices, width]
    """

    cities: tuple[str, ...]
    states: tuple[str, ...]
    starts: tuple[str, ...]
    ends: Letters


def _places(table: str, ends: Letters) -> Places:
    """From lines `state, start of the postcode: city, city`."""
    rows: list[tuple[str, str, str]] = []
    for line in filter(None, table.strip().splitlines()):
        head, _, cities = line.partition(":")
        state, start = (part.strip(" ") for part in head.split(","))
        rows += [(place.strip(), state, start.replace("_", " ")) for place in cities.split(",")]
    return Places(
        cities=tuple(city for city, _, _ in rows),
        states=tuple(state for _, state, _ in rows),
        starts=tuple(start for _, _, start in rows),
        ends=ends,
    )


# Three-digit ZIP prefixes that the Postal Service does not use, by the state whose range they lie in.
US = _places(
    """
AL, 353: Birmingham, Montgomery, Huntsville, Mobile
AZ, 854: Tucson, Mesa
AZ, 858: Phoenix, Glendale
AZ, 867: Flagstaff, Prescott
CA, 909: Long Beach, Pasadena
CA, 929: Los Angeles, San Diego, Fresno, Oakland, Sacramento, San Jose
CO, 817: Denver, Aurora
CO, 818: Boulder, Pueblo
FL, 343: Miami, Hialeah
FL, 345: Tampa, Orlando
FL, 348: Naples, Sarasota
IA, 517: Sioux City, Ames
IA, 529: Des Moines, Cedar Rapids
ID, 839: Boise, Nampa
IL, 621: Chicago, Springfield, Peoria, Rockford
KS, 663: Wichita, Topeka, Olathe
KY, 419: Lexington, Louisville
KY, 428: Bowling Green, Owensboro
LA, 702: New Orleans, Metairie
LA, 709: Baton Rouge, Lafayette
MD, 213: Baltimore, Annapolis, Rockville
MN, 552: Minneapolis, Saint Paul, Duluth
MO, 632: Saint Louis, Columbia
MO, 642: Kansas City, Independence
ND, 589: Fargo, Bismarck
NE, 682: Omaha, Bellevue
NE, 694: Lincoln, Kearney
NM, 876: Albuquerque, Santa Fe
NV, 892: Las Vegas, Henderson
NV, 899: Reno, Elko
OK, 732: Oklahoma City, Norman
OK, 742: Tulsa, Broken Arrow
SD, 578: Sioux Falls, Rapid City
UT, 848: Salt Lake City, Provo
WA, 987: Seattle, Tacoma, Spokane
WI, 533: Milwaukee, Racine
WI, 536: Madison, Green Bay
WV, 269: Charleston, Huntington
""",
    number(2),
)
# Real districts; the last two letters are from the six that the second half of a postcode never has there.
GB = _places(
    """
England, LS1_4: Leeds
England, M2_3: Manchester
England, B3_2: Birmingham
England, BS1_5: Bristol
England, L2_2: Liverpool
England, S1_2: Sheffield
England, NE1_4: Newcastle upon Tyne
England, NG1_6: Nottingham
England, LE1_5: Leicester
England, SO14_7: Southampton
England, PL1_1: Plymouth
England, NR2_1: Norwich
England, YO1_7: York
England, OX1_2: Oxford
England, CB2_1: Cambridge
England, SE1_9: London
Scotland, EH1_1: Edinburgh
Scotland, G2_1: Glasgow
Scotland, AB10_1: Aberdeen
Scotland, DD1_1: Dundee
Wales, CF10_1: Cardiff
Wales, SA1_1: Swansea
Northern Ireland, BT1_5: Belfast
""",
    options(a + b for a in "CIKMOV" for b in "CIKMOV"),
)
# The regions 05, 43 and 62 are not assigned.
DE = _places(
    """
Sachsen, 05: Leipzig, Dresden, Chemnitz, Zwickau, Plauen, Görlitz
Nordrhein-Westfalen, 43: Dortmund, Essen, Bochum, Duisburg, Gelsenkirchen, Oberhausen, Hagen, Herne
Hessen, 62: Frankfurt am Main, Wiesbaden, Darmstadt, Kassel, Offenbach am Main, Hanau, Fulda, Marburg
""",
    number(3),
)
# No department has the number 96.
FR = _places(
    """
Île-de-France, 96: Paris, Versailles, Créteil
Auvergne-Rhône-Alpes, 96: Lyon, Grenoble, Saint-Étienne
Provence-Alpes-Côte d'Azur, 96: Marseille, Nice, Toulon
Occitanie, 96: Toulouse, Montpellier, Nîmes
Nouvelle-Aquitaine, 96: Bordeaux, Limoges, Poitiers
Bretagne, 96: Rennes, Brest, Quimper
Grand Est, 96: Strasbourg, Reims, Metz
Hauts-de-France, 96: Lille, Amiens, Roubaix
Pays de la Loire, 96: Nantes, Angers, Le Mans
""",
    number(3),
)
# Provinces end at 52.
ES = _places(
    """
Madrid, 61: Madrid, Alcalá de Henares, Getafe
Cataluña, 62: Barcelona, Tarragona, Lleida
Comunidad Valenciana, 63: Valencia, Alicante, Castellón de la Plana
Andalucía, 64: Sevilla, Málaga, Córdoba, Granada
País Vasco, 65: Bilbao, Vitoria
Galicia, 66: Vigo, A Coruña
Aragón, 67: Zaragoza, Huesca
Región de Murcia, 68: Murcia, Cartagena
Castilla y León, 69: Valladolid, Burgos, Salamanca
""",
    number(3),
)
# Codes end at 98168.
IT = _places(
    """
Lazio, 99: Roma, Latina, Viterbo
Lombardia, 99: Milano, Brescia, Bergamo
Piemonte, 99: Torino, Novara, Asti
Campania, 99: Napoli, Salerno, Caserta
Sicilia, 99: Palermo, Catania, Messina
Toscana, 99: Firenze, Pisa, Siena
Veneto, 99: Venezia, Verona, Padova
Emilia-Romagna, 99: Bologna, Modena, Parma
Puglia, 99: Bari, Lecce, Taranto
""",
    number(3),
)
# Codes start at 1000.
NL = _places(
    """
Noord-Holland, 01: Amsterdam, Haarlem, Alkmaar
Zuid-Holland, 02: Rotterdam, Den Haag, Leiden, Delft
Utrecht, 03: Utrecht, Amersfoort
Noord-Brabant, 05: Eindhoven, Tilburg, Breda
Limburg, 06: Maastricht, Venlo
Gelderland, 07: Arnhem, Nijmegen, Apeldoorn
Overijssel, 08: Zwolle, Enschede
Groningen, 09: Groningen
""",
    options(f"{n:02d} {a}{b}" for n in range(100) for a in "ABDEGHJK" for b in CAPITALS[:8]),
)
# Codes start at 100 00.
SE = _places(
    """
Stockholms län, 01: Stockholm, Solna, Södertälje
Västra Götalands län, 04: Göteborg, Borås, Trollhättan
Skåne län, 02: Malmö, Lund, Helsingborg
Uppsala län, 07: Uppsala, Enköping
Östergötlands län, 05: Linköping, Norrköping
Örebro län, 06: Örebro
Västmanlands län, 03: Västerås
Västerbottens län, 09: Umeå, Skellefteå
""",
    options(f"{n // 100} {n % 100:02d}" for n in range(1000)),
)
# Codes start at 01000-000.
BR = _places(
    """
SP, 001: São Paulo, Campinas, Santos
RJ, 002: Rio de Janeiro, Niterói
MG, 003: Belo Horizonte, Uberlândia
BA, 004: Salvador, Feira de Santana
PE, 005: Recife, Olinda
CE, 006: Fortaleza
DF, 007: Brasília
PR, 008: Curitiba, Londrina
RS, 009: Porto Alegre, Caxias do Sul
""",
    options(f"{n // 1000:02d}-{n % 1000:03d}" for n in range(100_000)),
)
