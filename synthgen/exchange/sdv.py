"""SDV metadata: `V1`, `SINGLE_TABLE_V1` and `MULTI_TABLE_V1`, and the domains that its `V2` forms add.

After https://docs.sdv.dev/sdv/concepts/metadata/metadata-json and .../sdtypes. V1 metadata has neither bounds nor
levels: they come from the constraint list, where it has them, or are reported as open. Rules are read and written in
the form of `add_constraints`, under a key `constraints` that SDV's own loader passes over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from synthgen.errors import SchemaError
from synthgen.exchange.draft import Column, Draft, Imported, Reader, levels, names_in, open_ends, quoted, spelled_by
from synthgen.exchange.sdv_rules import read_rules, write_rules
from synthgen.exchange.tables import chosen, lose_others
from synthgen.schema import ROW, Boolean, Categorical, Date, DateTime, Identifier, Integer, Number, Point, Schema, Time
from synthgen.schema import Column as Kind

KINDS: Mapping[str, str] = {
    "first_name": "given_name",
    "last_name": "family_name",
    "name": "full_name",
    "email": "email",
    "phone_number": "phone",
    "street_address": "street_address",
    "city": "city",
    "postcode": "postcode",
    "state": "state",
    "country": "country",
    "date_of_birth": "birth_date",
    "user_name": "username",
    "ipv4_address": "ipv4",
    "ipv6_address": "ipv6",
    "mac_address": "mac",
    "uuid4": "uuid",
    "url": "url",
    "company": "company",
    "ssn": "us_ssn",
    "iban": "iban",
    "swift11": "bic",
    "credit_card_number": "payment_card",
    "aba": "us_routing",
    "passport_number": "passport",
    "license_plate": "licence_plate",
    "vin": "vin",
}
"""The sdtypes that name people and things (names of Faker's providers), and our kinds."""
_ROUGHLY: Mapping[str, str] = {"administrative_unit": "state", "state_abbr": "state", "country_code": "country"} | {
    "swift8": "bic",
    "address": "street_address",
}
"""Those whose form differs a little from our kind's."""
_SDTYPES = {kind: sdtype for sdtype, kind in KINDS.items()}
_DEGREES = {"latitude": 90.0, "longitude": 180.0}
_FORMATS = {Date: "%Y-%m-%d", DateTime: "%Y-%m-%d %H:%M:%S", Time: "%H:%M:%S"}

WHY: Mapping[str, str] = {
    "": "SDV metadata has no place for it",
    "null_values": "SDV knows real nulls only: replace these values in the data",
    "nullable": "V1 metadata does not say which columns may be missing",
    "values": "SDV takes the levels from the data it is fitted to",
    "identifier": "SDV has no sdtype for this kind",
    "duration": "SDV has no sdtype for durations",
    "text": "SDV has no free text",
    "point": "SDV has latitude and longitude as two columns, on the whole globe",
    "constraints": "no predefined constraint of SDV says this",
    "minimum": "SDV has no bounds for such a column",
    "maximum": "SDV has no bounds for such a column",
    "decimals": "SDV learns the decimals from the data",
}


def read(document: Any, *, name: str, table: str | None, source: str) -> Imported:
    """The schema that one table's metadata describes."""
    whole = Reader(document, "", Draft(name=name))
    version = str(whole.take("METADATA_SPEC_VERSION", "SINGLE_TABLE_V1"))
    if version.removesuffix("V1").removesuffix("V2") not in {"", "SINGLE_TABLE_", "MULTI_TABLE_"}:
        expected = "V1, SINGLE_TABLE_V1 or MULTI_TABLE_V1"
        raise SchemaError(f"{source} METADATA_SPEC_VERSION", expected=expected, got=repr(version))
    rules, tables = whole.lists("constraints"), whole.take("tables")
    relations = whole.lists("relationships")
    name, inner = (table or name, whole.rest()) if tables is None else chosen(tables, table, source)
    draft = Draft(name=name)
    lose_others(tables or {}, name, draft, "tables")
    for each in relations:
        relation = Reader(each, "relationships", draft)
        draft.lose("relationships", " to ".join(_ends(relation)), "a schema has no foreign keys")
    content = Reader(inner, "" if tables is None else f"tables.{name}", draft)
    rules += content.lists("constraints")
    _table(content, draft, says_missing=version.endswith("V2"))
    read_rules(rules, draft, table=None if tables is None else name)
    open_ends(draft, content.at("columns.{}"))
    return draft.finished(source)


def _ends(relation: Reader) -> Iterator[str]:
    for side, key in (("child", "foreign"), ("parent", "primary")):
        yield f"{relation.take(f'{side}_table_name')}.{relation.take(f'{side}_{key}_key')}"


def _table(content: Reader, draft: Draft, *, says_missing: bool) -> None:
    columns = content.reader("columns")
    for name, column in columns.rest().items():
        field = Reader(column, columns.at(name), draft)
        draft.columns[name] = _column(field)
        field.close("a schema has no place for it")
    if not says_missing:
        draft.lose("columns", "which may be missing", "V1 metadata does not say it: add nullable: true where they may")
    _keys(content, draft)
    _relationships(content, draft)
    content.close("a schema has no place for it")


def _column(field: Reader) -> Column:
    sdtype = str(field.take("sdtype", "unknown"))
    field.take("pii")  # said by our kinds themselves
    column: Column = {"nullable": bool(field.take("range_is_nullable", default=False))}
    if sdtype in _READERS:
        return column | _READERS[sdtype](field)
    if sdtype in _DEGREES:
        return column | {"type": "number", "minimum": -_DEGREES[sdtype], "maximum": _DEGREES[sdtype]}
    if sdtype in _ROUGHLY:
        field.lose("sdtype", sdtype, f"read as kind: {_ROUGHLY[sdtype]}, whose form may differ")
    if kind := KINDS.get(sdtype) or _ROUGHLY.get(sdtype):
        return column | {"type": "identifier", "kind": kind}
    field.lose("sdtype", sdtype, "no kind of ours: read as text, which is left out of the synthetic table")
    return column | {"type": "text"}


def _number(field: Reader) -> Column:
    stored = str(field.take("computer_representation", "Float"))
    decimals = field.take("decimal_places")
    whole = "Int" in stored or decimals == 0
    bounds = {"minimum": field.take("range_min"), "maximum": field.take("range_max")}
    return {"type": "integer" if whole else "number"} | bounds | ({} if whole else {"decimals": decimals})


def _moment(field: Reader) -> Column:
    form = field.text("datetime_format") or "%Y-%m-%d %H:%M:%S"
    day = any(letter in form for letter in ("%d", "%j", "%x", "%c", "%D", "%F"))
    clock = any(letter in form for letter in ("%H", "%I", "%X", "%c", "%T", "%S"))
    kind = "datetime" if day and clock else "time" if clock else "date"
    if form.replace("T", " ") not in _FORMATS.values():
        field.lose("datetime_format", form, "dates are read as YYYY-MM-DD and times as HH:MM:SS: convert the column")
    ends = {key: field.take(f"range_{key[:3]}") for key in ("minimum", "maximum")}
    return {"type": kind} | {key: None if end is None else str(end).replace(" ", "T") for key, end in ends.items()}


def _levels(field: Reader, *, ordered: bool) -> Column:
    order = field.take("order")
    values = field.take("range_values") if order is None else order
    if values is None:
        return {"type": "categorical"}
    return {"type": "categorical", "values": levels(values, field.place)[0], "ordered": ordered or order is not None}


def _identifier(field: Reader) -> Column:
    pattern = field.text("regex_format")
    if pattern is None:
        field.lose("sdtype", "id", "without a regex_format: made up as a running number")
        return {"type": "identifier", "kind": "sequence"}
    return spelled_by(pattern, field, "regex_format")


_READERS: Mapping[str, Callable[[Reader], Column]] = {
    "numerical": _number,
    "datetime": _moment,
    "categorical": lambda field: _levels(field, ordered=False),
    "ordinal": lambda field: _levels(field, ordered=True),
    "boolean": lambda _: {"type": "boolean"},
    "id": _identifier,
}


def _keys(content: Reader, draft: Draft) -> None:
    """Primary and alternate keys are unique; the sequence key names whose rows they are."""
    keys = [key for key in (content.texts("primary_key"),) if key]
    keys += [names_in(key, content.at("alternate_keys")) for key in content.lists("alternate_keys")]
    for key in keys:
        draft.unique(key, content.at("primary_key"))
    person, order = content.text("sequence_key"), content.text("sequence_index")
    if person:
        draft.rows_of = person
        why = "SDV does not say how many rows one has: set privacy.rows_per_unit"
        content.lose("sequence_key", person, why)
    if order in draft.columns and person:
        draft.rule(f"monotone({quoted(order)}) per person")
    elif order:
        content.lose("sequence_index", order, "there is no such column, or no sequence_key beside it")


def _relationships(content: Reader, draft: Draft) -> None:
    """Two columns that are one place become a point; an address agrees with itself by being one person's."""
    for each in content.lists("column_relationships"):
        relation = Reader(each, content.at("column_relationships"), draft)
        kind, names = str(relation.take("type", "")), relation.texts("column_names")
        if kind == "gps" and len(names) == 2:
            _point(draft, content, names)
        elif kind != "address":
            relation.lose(kind or "type", ", ".join(names), "a schema has no such relationship")
        relation.close("a schema has no place for it")


def _point(draft: Draft, content: Reader, names: list[str]) -> None:
    latitude, longitude = sorted(
        names, key=lambda name: draft.columns.get(name, {}).get("maximum") != _DEGREES["latitude"]
    )
    if not all(draft.columns.get(name, {}).get("type") == "number" for name in names):
        content.lose("column_relationships", "gps", "its columns are not a latitude and a longitude")
        return
    missing = any(draft.columns[name].get("nullable") for name in names)
    name = next(name for name in _names("location") if name not in draft.columns)
    point = {"type": "point", "latitude": latitude, "longitude": longitude, "nullable": missing}
    ends = {"minimum": [-90, -180], "maximum": [90, 180]}
    # The point stands where its first column stood.
    draft.columns = {
        name if each == names[0] else each: point | ends if each == names[0] else column
        for each, column in draft.columns.items()
        if each != names[1]
    }
    draft.lose(f"columns.{names[0]}", "gps", f"read as one point named {name}, on the whole globe: narrow its corners")


def _names(stem: str) -> Iterator[str]:
    yield stem
    yield from (f"{stem}_{number}" for number in range(2, 10_000))


def write(schema: Schema) -> dict[str, Any]:
    """Metadata of one table, in the form V1."""
    columns: dict[str, Any] = {}
    relations = []
    for name, column in schema.columns.items():
        if isinstance(column, Point):
            columns |= {column.latitude: {"sdtype": "latitude", "pii": True}}
            columns |= {column.longitude: {"sdtype": "longitude", "pii": True}}
            relations.append({"type": "gps", "column_names": [column.latitude, column.longitude]})
        else:
            columns[name] = _sdtype(column)
    unit = schema.privacy.unit
    columns |= {} if unit in {ROW, *columns} else {unit: {"sdtype": "id"}}
    keys = [name for name, column in schema.columns.items() if isinstance(column, Identifier) and column.unique]
    table: dict[str, Any] = {"columns": columns}
    table |= {"primary_key": keys[0]} if keys else {}
    table |= {"alternate_keys": keys[1:]} if keys[1:] else {}
    table |= {"sequence_key": unit} if unit != ROW else {}
    table |= {"column_relationships": relations} if relations else {}
    rules = list(write_rules(schema))
    document = {"METADATA_SPEC_VERSION": "V1", "tables": {schema.name: table}, "relationships": []}
    return document | ({"constraints": rules} if rules else {})


def _sdtype(column: Kind) -> dict[str, Any]:
    said: dict[str, Any] = {"sdtype": "unknown", "pii": True}
    match column:
        case Integer():
            said = {"sdtype": "numerical", "computer_representation": "Int64"}
        case Number():
            said = {"sdtype": "numerical", "computer_representation": "Float"}
        case Date() | DateTime() | Time():
            said = {"sdtype": "datetime", "datetime_format": _FORMATS[type(column)]}
        case Categorical(ordered=True, values=values) if values:
            said = {"sdtype": "categorical", "order": list(values)}
        case Categorical():
            said = {"sdtype": "categorical"}
        case Boolean():
            said = {"sdtype": "boolean"}
        case Identifier(pattern=str(pattern)):
            said = {"sdtype": "id", "regex_format": pattern}
        case Identifier(kind="sequence"):
            said = {"sdtype": "id"}
        case Identifier(kind=kind) if kind in _SDTYPES:
            said = {"sdtype": _SDTYPES[kind], "pii": True}
    return said
