"""Vouching for a bundle: the manifest's checksum, the signature of who released it, and the approvals of others."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

from synthgen.errors import BundleError, ConfigError
from synthgen.release import manifest, signatures
from synthgen.release.signing import PrivateKey
from synthgen.tables import atomic_path


def seal(folder: Path, text: bytes, *, key: PrivateKey | None, by: str, day: dt.date) -> None:
    """Write manifest.json, its checksum and, with a key, the releaser's signature into a folder that has the rest."""
    (folder / manifest.NAME).write_bytes(text)
    (folder / manifest.SUM).write_bytes(manifest.sums([(hashlib.sha256(text).hexdigest(), manifest.NAME)]))
    if key is not None:
        add(folder, text, key=key, kind="release", by=by, day=day)


def add(folder: Path, text: bytes, *, key: PrivateKey, kind: signatures.Kind, by: str, day: dt.date) -> str:
    """Add a signature over the manifest, and return its name in the bundle.

    Raises ConfigError for a name that is too long, and BundleError for a key that has signed already.
    """
    if len(by) > 200 or not by.isprintable():
        raise ConfigError("by", expected="a name of at most 200 letters", got="another", fix="shorten it")
    name, content = signatures.sign(text, key=key, kind=kind, by=by, day=day.isoformat())
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    if path.exists():
        raise BundleError(
            name, expected="a key that has not signed yet", got="one that has", fix="one key, one approval"
        )
    with atomic_path(path, force=False) as temporary:
        temporary.write_bytes(content)
    return name
