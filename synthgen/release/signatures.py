"""What people say about a manifest: that they released it, or that they approve of it. Each is signed by its key.

    signatures/release.json            by whoever ran the release
    signatures/approval-<key>.json     by whoever looked at it afterwards; each key once

The signature is over all other fields of the file (`canonical.to_signed`), the manifest's SHA-256 among them, so one
that approves cannot be passed off as one that released.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from synthgen.release import canonical
from synthgen.release.canonical import Record, refusal
from synthgen.release.files import Files, content
from synthgen.release.manifest import SIGNATURES, Day, Digest
from synthgen.release.signing import PrivateKey, PublicKey

FORMAT_VERSION: Final = 1
KEY = "synthgen_signature"
LARGEST = 4096
"""Bytes of one signature file, at most."""
RELEASE = f"{SIGNATURES}release.json"
APPROVAL = f"{SIGNATURES}approval-"
Kind = Literal["release", "approval"]


class Signature(Record):
    """One signature file.

    kind       what is said
    manifest   SHA-256 of manifest.json
    by         whom the signer says to be; nothing checks it but his key
    day        (UTC) on which he says to have signed
    key        his public key, 32 bytes in hex
    signature  64 bytes in hex
    """

    synthgen_signature: Literal[1]
    kind: Kind
    manifest: Digest
    by: Annotated[str, Field(max_length=200)]
    day: Day
    key: Annotated[str, Field(pattern=r"^[0-9a-f]{64}\z")]
    signature: Annotated[str, Field(pattern=r"^[0-9a-f]{128}\z")]

    @property
    def public(self) -> PublicKey:
        """Whose it is."""
        return PublicKey(bytes.fromhex(self.key))

    def holds(self) -> bool:
        """Whether its key made it, over what it says."""
        said: dict[str, Any] = self.model_dump(mode="json")
        del said["signature"]
        return self.public.signed(canonical.to_signed(said), bytes.fromhex(self.signature))


def sign(manifest: bytes, *, key: PrivateKey, kind: Kind, by: str, day: str) -> tuple[str, bytes]:
    """A signature file over manifest.json: its name in the bundle, and its bytes."""
    said: dict[str, Any] = {
        KEY: FORMAT_VERSION,
        "kind": kind,
        "manifest": hashlib.sha256(manifest).hexdigest(),
        "by": by,
        "day": day,
        "key": key.public.raw.hex(),
    }
    made = said | {"signature": key.sign(canonical.to_signed(said)).hex()}
    return path_of(kind, key.public), canonical.to_bytes(Signature.model_validate(made).model_dump(mode="json"))


def path_of(kind: Kind, key: PublicKey) -> str:
    """The name of a signature's file."""
    return RELEASE if kind == "release" else f"{APPROVAL}{key.fingerprint[:16]}.json"


def read(text: bytes, path: str, manifest: bytes) -> Signature:
    """A signature file, checked against the manifest. Raises BundleError where it is not one of it."""
    found = canonical.read(text, path, Signature, key=KEY, version=FORMAT_VERSION)
    expected = "a signature of this manifest"
    if path != path_of(found.kind, found.public):
        raise refusal(path, expected="a signature under its own name", got="another's")
    if found.manifest != hashlib.sha256(manifest).hexdigest():
        raise refusal(path, expected=expected, got="one of another")
    if not found.holds():
        raise refusal(path, expected=expected, got="one that its key did not make")
    return found


def approvals(files: Files, manifest: bytes) -> list[Signature]:
    """Every approval in a bundle. Raises BundleError where one does not hold."""
    names = [name for name in files.sizes if name.startswith(APPROVAL)]
    return [read(content(files, name, most=LARGEST), name, manifest) for name in names]
