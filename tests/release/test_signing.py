import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthgen.errors import ConfigError
from synthgen.release.signing import PASSPHRASE, VARIABLE, PrivateKey, PublicKey, find_key, write_keys

KEY = PrivateKey.new()


@given(st.binary(max_size=200), st.integers(0, 511))
def test_a_signature_is_of_one_message_alone(message: bytes, bit: int) -> None:
    signature = KEY.sign(message)
    assert KEY.public.signed(message, signature)
    assert not KEY.public.signed(message + b"x", signature)
    spoilt = bytearray(signature)
    spoilt[bit // 8] ^= 1 << bit % 8
    assert not KEY.public.signed(message, bytes(spoilt))
    assert not PrivateKey.new().public.signed(message, signature)


def test_a_signature_of_another_length_is_none() -> None:
    assert not KEY.public.signed(b"x", b"")
    with pytest.raises(ValueError, match="32 bytes"):
        PublicKey(b"short")


def test_a_private_key_is_for_its_owner_alone_and_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    public = write_keys(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert PublicKey.load(f"{path}.pub") == public
    assert PrivateKey.load(path).public == public
    before = path.read_bytes()
    with pytest.raises(ConfigError, match="never replaced"):
        write_keys(path)
    path.unlink()
    with pytest.raises(ConfigError, match="never replaced"):  # its public key is still there
        write_keys(path)
    assert before
    assert not path.exists()


def test_a_link_that_leads_nowhere_is_taken(tmp_path: Path) -> None:
    (tmp_path / "a.key").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigError, match="one that exists"):
        write_keys(tmp_path / "a.key")
    assert not (tmp_path / "elsewhere").exists()


def test_a_key_is_not_printed() -> None:
    assert KEY.pem().decode().splitlines()[1] not in repr(KEY)
    assert repr(KEY) == "PrivateKey()"


def test_a_public_key_in_the_place_of_a_private_one_is_told(tmp_path: Path) -> None:
    write_keys(tmp_path / "a.key")
    with pytest.raises(ConfigError, match=r"got a public key; give the file without \.pub"):
        PrivateKey.load(tmp_path / "a.key.pub")


def test_an_open_private_key_is_refused(tmp_path: Path) -> None:
    write_keys(tmp_path / "a.key")
    (tmp_path / "a.key").chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        PrivateKey.load(tmp_path / "a.key")


def test_a_passphrase_is_needed_where_there_is_one(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    public = write_keys(path, passphrase="open sesame")  # noqa: S106 - a test's
    found = find_key(path, {PASSPHRASE: "open sesame"})
    assert found is not None
    assert found.public == public
    for said, got in (({}, "one with a passphrase"), ({PASSPHRASE: "wrong"}, "another passphrase")):
        with pytest.raises(ConfigError, match=got):
            find_key(path, said)
    write_keys(tmp_path / "b.key")
    with pytest.raises(ConfigError, match="unset"):
        find_key(tmp_path / "b.key", {PASSPHRASE: "open sesame"})


def test_a_key_comes_from_a_file_or_from_the_environment(tmp_path: Path) -> None:
    public = write_keys(tmp_path / "a.key")
    text = KEY.pem().decode()
    assert find_key(None, {}) is None
    for spelled in (text, text.replace("\n", "\\n")):
        found = find_key(None, {VARIABLE: spelled})
        assert found is not None
        assert found.public == KEY.public
    found = find_key(tmp_path / "a.key", {VARIABLE: text})  # the file was asked for
    assert found is not None
    assert found.public == public


@pytest.mark.parametrize(
    ("content", "got"),
    [
        (b"", "something else"),
        (b"x" * 20_000, "something else"),
        (KEY.public.pem, "a public key"),
        (b"-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n", "something else"),
    ],
)
def test_what_is_no_private_key_is_refused(content: bytes, got: str, tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(ConfigError, match=got) as caught:
        PrivateKey.load(path)
    assert "\n" not in str(caught.value)


def test_a_private_key_is_not_taken_for_a_public_one(tmp_path: Path) -> None:
    write_keys(tmp_path / "a.key")
    with pytest.raises(ConfigError, match="keep the private key to yourself"):
        PublicKey.load(tmp_path / "a.key")
    with pytest.raises(ConfigError, match="nothing there"):
        PublicKey.load(tmp_path / "none.pub")
    with pytest.raises(ConfigError, match="something else"):
        PublicKey.load(tmp_path)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl on this machine")
def test_openssl_reads_our_keys_and_checks_our_signatures(tmp_path: Path) -> None:
    write_keys(tmp_path / "a.key")
    (tmp_path / "message").write_bytes(b"a manifest")
    (tmp_path / "signature").write_bytes(PrivateKey.load(tmp_path / "a.key").sign(b"a manifest"))
    line = [
        "openssl",
        "pkeyutl",
        "-verify",
        "-pubin",
        "-inkey",
        "a.key.pub",
        "-rawin",
        "-in",
        "message",
        "-sigfile",
        "signature",
    ]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (tmp_path / "message").write_bytes(b"another")
    assert subprocess.run(line, cwd=tmp_path, capture_output=True, check=False).returncode != 0
