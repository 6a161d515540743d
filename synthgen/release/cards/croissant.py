"""The data card: Croissant 1.1 (MLCommons) as JSON-LD, with the fields of its responsible-AI extension."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, Final

from synthgen.release.cards.facts import Facts
from synthgen.release.manifest import File, slug
from synthgen.schema import Boolean, Column, Date, DateTime, Duration, Integer, Number, Point, Time

CONTEXT: Final[dict[str, Any]] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataBiases": "cr:dataBiases",
    "dataCollection": "cr:dataCollection",
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "personalSensitiveInformation": "cr:personalSensitiveInformation",
    "prov": "http://www.w3.org/ns/prov#",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The context of the specification, whole: a reader must not need the network for it."""
VERSION: Final = "http://mlcommons.org/croissant/1.1"
NAME: Final = "croissant.json"
_COLLECTION: Final = (
    "No row was collected. All were drawn from a generative model that was fitted to a private table; how that was "
    "collected is not told here."
)
_GIVEN: Final = "The rows were given to the release; the model beside them does not draw them again."
_IMPACT: Final = (
    "What is true of people in general can be learnt from these rows, and can harm people who were never in the "
    "private table."
)
_MADE: Final = "Rows were decoded from the model and made to keep the rules of the schema."
_FORMATS: Final = {".parquet": "application/x-parquet", ".csv": "text/csv"}


def croissant(facts: Facts) -> dict[str, Any]:
    """The whole document."""
    about = facts.about
    told = {
        "license": about.licence,
        "keywords": list(about.keywords),
        "creator": {"@type": "Organization", "name": about.publisher} if about.publisher else "",
        "publisher": {"@type": "Organization", "name": about.publisher} if about.publisher else "",
    }
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": [VERSION, "http://mlcommons.org/croissant/RAI/1.0"],
        "name": slug(facts.schema.name),
        "alternateName": facts.title,
        "description": facts.description,
        "citeAs": _cited(facts),
        "datePublished": facts.created.isoformat(),
        "version": "1.0.0",
        "isLiveDataset": False,
        **{key: value for key, value in told.items() if value},
        **_responsible(facts),
        "distribution": [_file(file) for file in facts.data],
        "recordSet": [_records(facts)],
    }


def _cited(facts: Facts) -> str:
    """As BibTeX, without letters that would end a field."""
    title, publisher = (
        "".join(letter for letter in text if letter not in "{}\\") for text in (facts.title, facts.about.publisher)
    )
    author = f"author = {{{publisher}}}, " if publisher else ""
    return (
        f"@misc{{{slug(facts.schema.name)}, {author}title = {{{title} (synthetic)}}, year = {{{facts.created.year}}}}}"
    )


def _file(file: File) -> dict[str, Any]:
    name = PurePosixPath(file.path)
    return {
        "@type": "cr:FileObject",
        "@id": name.name,
        "name": name.name,
        "contentUrl": file.path,
        "contentSize": f"{file.size} B",
        "encodingFormat": _FORMATS[name.suffix],
        "sha256": file.sha256,
    }


def _records(facts: Facts) -> dict[str, Any]:
    table = PurePosixPath(facts.data[0].path).name
    return {
        "@type": "cr:RecordSet",
        "@id": "rows",
        "name": "rows",
        "description": f"{facts.rows} synthetic rows.",
        "field": [_field(name, column, table) for name, column in facts.columns.items()],
    }


def _field(name: str, column: Column, table: str) -> dict[str, Any]:
    said = {"description": column.description} if column.description else {}
    return {
        "@type": "cr:Field",
        "@id": f"rows/{name}",
        "name": name,
        **said,
        "dataType": _kind(column),
        "source": {"fileObject": {"@id": table}, "extract": {"column": name}},
    }


def _kind(column: Column) -> str:
    """Croissant's type; what a column writes by a format of its own, or with codes that are words, is text."""
    codes = getattr(column, "special", ())
    worded = any(isinstance(code, str) for code in codes) or (bool(codes) and not isinstance(column, Integer | Number))
    if getattr(column, "format", None) is not None or worded:
        return "sc:Text"
    kinds: Mapping[type, str] = {
        Integer: "sc:Integer",
        Duration: "sc:Integer",
        Number: "sc:Float",
        Point: "sc:Float",
        Date: "sc:Date",
        DateTime: "sc:DateTime",
        Time: "sc:Time",
    }
    if isinstance(column, Boolean) and set(column.values) == {False, True}:
        return "sc:Boolean"
    return kinds.get(type(column), "sc:Text")


def _responsible(facts: Facts) -> dict[str, Any]:
    """The responsible-AI fields (Croissant RAI 1.0)."""
    certificate, terms = facts.certificate, facts.terms
    until = "" if terms.expires is None else f" The policy allows its use until {terms.expires.isoformat()}."
    contact = f" Questions and problems: {facts.about.contact}." if facts.about.contact else ""
    return {
        "rai:dataCollection": f"{_COLLECTION if facts.drawn else _GIVEN} {facts.promise}",
        "rai:dataCollectionType": ["Synthetic data"],
        "rai:dataPreprocessingProtocol": [certificate["unit"]["enforced"]],
        "rai:dataManipulationProtocol": _MADE if facts.drawn else _GIVEN,
        "rai:dataBiases": [
            certificate["group_bias"]["meaning"],
            "Biases of the private table are learnt with the rest.",
        ],
        "rai:dataUseCases": [
            "Development, testing, teaching and exploratory analysis.",
            "Not for decisions about single persons; not for rare combinations without a check on real rows.",
        ],
        "rai:dataLimitations": list(certificate["hazards"]),
        "rai:dataSocialImpact": _IMPACT,
        "rai:personalSensitiveInformation": [
            f"{facts.promise} See certificate.json for the whole claim, and for what is outside it.",
        ],
        "rai:dataReleaseMaintenancePlan": f"Released once, signed; it is not updated.{until}{contact}",
    }
