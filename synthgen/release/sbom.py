"""A software bill of materials: what the release ran on, as CycloneDX 1.6 in JSON, read from the installation."""

from __future__ import annotations

import datetime as dt
import hashlib
import platform
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping
from importlib import metadata
from typing import Any, Final

from packaging.markers import UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement

ROOT: Final = "synthgen"
_NAMESPACE: Final = uuid.UUID("6f0a4b0e-52bb-4a7b-9f6e-6c1c6f6f3a55")


def sbom(created: dt.date) -> dict[str, Any]:
    """Synthgen, everything that it requires on this machine, and Python itself; the same for the same installation.

    Extras that nobody asked for are not followed. Files are not hashed: names, versions and licences identify packages.
    """
    found = dict(_reached(ROOT))
    parts = [_component(name, found[name]) for name in sorted(found) if name != ROOT]
    python = {
        "type": "platform",
        "bom-ref": f"python@{platform.python_version()}",
        "name": "python",
        "version": platform.python_version(),
        "description": platform.python_implementation(),
    }
    root = _component(ROOT, found[ROOT], kind="application")
    edges = [
        {
            "ref": _ref(name, found[name]),
            "dependsOn": sorted(_ref(each, found[each]) for each in _needs(found[name]) if each in found),
        }
        for name in sorted(found)
    ]
    content = [*parts, python]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(_NAMESPACE, _digest(content))}",
        "version": 1,
        "metadata": {
            "timestamp": f"{created.isoformat()}T00:00:00Z",
            "component": root,
            "properties": [{"name": "synthgen:machine", "value": f"{platform.system()} {platform.machine()}"}],
        },
        "components": content,
        "dependencies": [*edges, {"ref": python["bom-ref"]}],
    }


def _reached(root: str) -> Iterator[tuple[str, metadata.Distribution]]:
    """Each distribution that is needed, by its normal name; what is needed and not there is passed over."""
    seen, waiting = set[str](), [root]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        try:
            found = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        yield name, found
        waiting += _needs(found)


def _needs(found: metadata.Distribution) -> list[str]:
    """What it requires here and now, without extras."""
    return sorted({plain_name(each.name) for each in _requirements(found.requires or ()) if _applies(each)})


def _requirements(lines: Iterable[str]) -> Iterator[Requirement]:
    for line in lines:
        try:
            yield Requirement(line)
        except InvalidRequirement:  # old packages spell some that nobody can read any more
            continue


def _applies(need: Requirement) -> bool:
    try:
        return need.marker is None or need.marker.evaluate({"extra": ""})
    except UndefinedEnvironmentName:
        return False


def plain_name(name: str) -> str:
    """A distribution's name as PEP 503 writes it.

    >>> plain_name("Faker.Names_2")
    'faker-names-2'
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def _ref(name: str, found: metadata.Distribution) -> str:
    return f"pkg:pypi/{name}@{found.version}"


def _component(name: str, found: metadata.Distribution, *, kind: str = "library") -> dict[str, Any]:
    described: dict[str, Any] = {
        "type": kind,
        "bom-ref": _ref(name, found),
        "name": name,
        "version": found.version,
        "purl": _ref(name, found),
    }
    licences = _licences(found.metadata)
    return described | ({"licenses": licences} if licences else {})


def _licences(said: Any) -> list[dict[str, Any]]:
    """The licence as the package states it: an SPDX expression, else its classifiers, else a short text of its own."""
    expression = said.get("License-Expression")
    if expression:
        return [{"expression": expression}]
    classified = [
        each.rsplit("::", 1)[1].strip() for each in said.get_all("Classifier", []) if each.startswith("License ::")
    ]
    named = [each for each in classified if each != "OSI Approved"] or [
        (said.get("License") or "").strip().split("\n")[0][:80]
    ]
    return [{"license": {"name": each}} for each in dict.fromkeys(named) if each]


def _digest(content: Iterable[Mapping[str, Any]]) -> str:
    return hashlib.sha256(repr([sorted(each.items(), key=str) for each in content]).encode()).hexdigest()
