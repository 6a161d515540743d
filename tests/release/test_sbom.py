import datetime as dt
import json
from importlib import metadata

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from synthgen.release.sbom import plain_name, sbom

DAY = dt.date(2026, 1, 31)


def test_it_keeps_the_published_schema_of_cyclonedx() -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(sbom(DAY))) is None


def test_it_names_everything_that_we_stand_on_with_its_version() -> None:
    found = {each["name"]: each["version"] for each in sbom(DAY)["components"]}
    for name in ("torch", "opacus", "dp-accounting", "numpy", "pydantic-core", "python"):
        assert name in found
    assert found["numpy"] == metadata.version("numpy")
    assert "pytest" not in found  # nobody needs it to run


def test_every_edge_leads_to_a_component_and_the_root_to_what_it_requires() -> None:
    found = sbom(DAY)
    root = found["metadata"]["component"]["bom-ref"]
    known = {each["bom-ref"] for each in found["components"]} | {root}
    edges = {each["ref"]: each.get("dependsOn", []) for each in found["dependencies"]}
    assert {end for ends in edges.values() for end in ends} <= known
    assert any(end.startswith("pkg:pypi/torch@") for end in edges[root])
    assert edges.keys() == known


def test_the_same_installation_has_the_same_bill() -> None:
    assert sbom(DAY) == sbom(DAY)
    assert plain_name("a_B.c") == "a-b-c"
