"""Keys and signatures: Ed25519 (RFC 8032), in the PEM files that openssl writes and reads.

    private key   PKCS#8 PEM, in a file of mode 0600 or in the variable SYNTHGEN_KEY; with a passphrase if you like
    public key    SubjectPublicKeyInfo PEM, NAME.pub
    signature     64 bytes over the bytes that are given, deterministic

This is the only module that knows the library of the signatures.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from synthgen.errors import ConfigError
from synthgen.tables.write import atomic_path, check_output

VARIABLE = "SYNTHGEN_KEY"
"""Holds the private key's PEM text, where there is no file: a secret of a CI job."""
PASSPHRASE = "SYNTHGEN_KEY_PASSPHRASE"  # noqa: S105 - the name of a variable, not what is in it
"""Holds the passphrase of a private key that has one."""
LARGEST = 16 * 1024
"""Bytes of a key file, at most."""
_IS_PUBLIC = b"BEGIN PUBLIC KEY"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Whom a signature is from: `raw` is the 32 bytes of the key."""

    raw: bytes

    def __post_init__(self) -> None:
        """Refuse what has another length."""
        if len(self.raw) != 32:
            raise ValueError("an Ed25519 key has 32 bytes")

    @property
    def fingerprint(self) -> str:
        """How people compare keys: SHA-256 of the raw key, in hex.

        >>> PublicKey(bytes(32)).fingerprint[:16]
        '66687aadf862bd77'
        """
        return hashlib.sha256(self.raw).hexdigest()

    @property
    def pem(self) -> bytes:
        """The key as a PEM file."""
        key = Ed25519PublicKey.from_public_bytes(self.raw)
        return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def signed(self, message: bytes, signature: bytes) -> bool:
        """Is this the key's signature of the message? False for any other 64 bytes, and for other lengths."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except InvalidSignature:
            return False
        return True

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a public key file. Raises ConfigError, also for a private key."""
        return cls.from_pem(_read(Path(path), secret=False), str(path))

    @classmethod
    def from_pem(cls, text: bytes, subject: str = "public key") -> Self:
        """A public key from PEM text. Raises ConfigError."""
        try:
            key = load_pem_public_key(text)
        except (ValueError, UnsupportedAlgorithm):
            private = b"PRIVATE KEY" in text
            got = "a private key" if private else "something else"
            fix = "give NAME.pub, and keep the private key to yourself" if private else "is it NAME.pub of keygen?"
            raise ConfigError(subject, expected="an Ed25519 public key (PEM)", got=got, fix=fix) from None
        if not isinstance(key, Ed25519PublicKey):
            raise ConfigError(subject, expected="an Ed25519 key", got="another kind", fix="synthgen keygen makes one")
        return cls(key.public_bytes(Encoding.Raw, PublicFormat.Raw))


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """Who signs. It is never printed, and equal to nothing but itself."""

    key: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def new(cls) -> Self:
        """A fresh key, from the operating system's entropy."""
        return cls(Ed25519PrivateKey.generate())

    @property
    def public(self) -> PublicKey:
        """What others check its signatures with."""
        return PublicKey(self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes that only this key makes of the message; always the same."""
        return self.key.sign(message)

    def pem(self, passphrase: str = "") -> bytes:
        """The key as a PEM file, encrypted where there is a passphrase."""
        hidden: KeySerializationEncryption = NoEncryption()
        if passphrase:
            hidden = BestAvailableEncryption(passphrase.encode())
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, hidden)

    @classmethod
    def load(cls, path: str | Path, *, passphrase: str = "") -> Self:
        """Read a private key file; only its owner may be able to. Raises ConfigError."""
        return cls.from_pem(_read(Path(path), secret=True), str(path), passphrase=passphrase)

    @classmethod
    def from_pem(cls, text: bytes, subject: str = "private key", *, passphrase: str = "") -> Self:
        """A private key from PEM text. Raises ConfigError."""
        expected, fix = "an Ed25519 private key (PEM)", "synthgen keygen makes one"
        try:
            key = load_pem_private_key(text, passphrase.encode() or None)
        except TypeError:
            got = "one without" if passphrase else "one with a passphrase"
            fix = f"unset {PASSPHRASE}" if passphrase else f"put it into {PASSPHRASE}"
            wanted = "a private key with a passphrase" if passphrase else "a private key without a passphrase"
            raise ConfigError(subject, expected=wanted, got=got, fix=fix) from None
        except (ValueError, UnsupportedAlgorithm):
            got = "a public key" if b"PUBLIC KEY" in text else "another passphrase" if passphrase else "something else"
            raise ConfigError(subject, expected=expected, got=got, fix=fix) from None
        if not isinstance(key, Ed25519PrivateKey):
            raise ConfigError(subject, expected="an Ed25519 key", got="another kind", fix=fix)
        return cls(key)


def find_key(path: str | Path | None, environment: Mapping[str, str] | None = None) -> PrivateKey | None:
    """The key to sign with: from a file, else from SYNTHGEN_KEY, else None. Raises ConfigError."""
    said = os.environ if environment is None else environment
    passphrase = said.get(PASSPHRASE, "")
    if path is not None:
        return PrivateKey.load(path, passphrase=passphrase)
    text = said.get(VARIABLE, "")
    if not text:
        return None
    lines = text.replace("\\n", "\n")  # CI systems keep a secret on one line
    return PrivateKey.from_pem(lines.encode(), VARIABLE, passphrase=passphrase)


def write_keys(path: str | Path, *, passphrase: str = "") -> PublicKey:
    """Make a key pair: `path` (mode 0600) and `path`.pub. Nothing that exists is ever replaced. Raises ConfigError."""
    private, public = Path(path), Path(f"{path}.pub")
    for each in (private, public):
        check_new(each)
    key = PrivateKey.new()
    descriptor = os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(key.pem(passphrase))
            file.flush()
            os.fsync(file.fileno())
        with atomic_path(public, force=False) as temporary:
            temporary.write_bytes(key.public.pem)
    except BaseException:
        private.unlink(missing_ok=True)
        raise
    return key.public


def check_new(path: Path) -> None:
    """Refuse a path that is taken, also by a link that leads nowhere. Raises ConfigError."""
    if os.path.lexists(path):
        fix = "a key is never replaced: choose another name"
        raise ConfigError(str(path), expected="a new file", got="one that exists", fix=fix)
    check_output(path, force=False)


def _read(path: Path, *, secret: bool) -> bytes:
    expected = f"a {'private' if secret else 'public'} key file"
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode) or found.st_size > LARGEST:
            raise ConfigError(str(path), expected=expected, got="something else", fix="synthgen keygen makes a pair")
        if secret and _IS_PUBLIC in path.read_bytes():
            raise ConfigError(str(path), expected=expected, got="a public key", fix="give the file without .pub")
        if secret and found.st_mode & 0o077:
            fix = f"chmod 600 {path}, or put the key into {VARIABLE}"
            raise ConfigError(str(path), expected="a file that its owner alone may read", got="an open one", fix=fix)
        return path.read_bytes()
    except FileNotFoundError:
        raise ConfigError(str(path), expected=expected, got="nothing there", fix="synthgen keygen makes one") from None
    except OSError as error:
        raise ConfigError(str(path), expected=expected, got=(error.strerror or "an error").lower()) from None
