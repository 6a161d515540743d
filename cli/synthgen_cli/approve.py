"""`synthgen approve`."""

# The heavy libraries are imported by the command that needs them, so that --help is there at once.
# ruff: noqa: PLC0415

from __future__ import annotations

from synthgen_cli import bundle_options as of


def approve(
    bundle: of.BundlePath,
    *,
    key: of.KeyFile = None,
    by: of.SignedBy = "",
    publisher: of.ReleaseKeys = None,
    unsigned: of.Unsigned = False,
    json: of.Json = False,
) -> None:
    """Sign a bundle that you looked at, after its files and its release signature were checked.

    A policy may ask for several approvals, each by a key of its own. The zip beside a folder is signed with it.
    Example: [bold]synthgen approve bundle --key mine.key --by "A. Reviewer"[/]
    """
    from synthgen.errors import ConfigError
    from synthgen.release.approve import approve
    from synthgen.release.signing import VARIABLE, PublicKey, find_key
    from synthgen.release.verify import Trust
    from synthgen_cli.output import Output

    out, private = Output(json=json), find_key(key)
    if private is None:
        raise ConfigError("key", expected="a private key to sign with", got="none", fix=f"--key FILE, or {VARIABLE}")
    trust = Trust(keys=tuple(map(PublicKey.load, publisher or [])), may_be_unsigned=unsigned)
    done = approve(bundle, key=private, by=by, trust=trust)
    places = " and ".join(map(str, done.places))
    out.say(
        f"Approved {done.id[:16]} with key {private.public.fingerprint[:16]}: {done.path} in {places}.",
        f"Approvals: {done.count} of {done.needed} that the policy asks for.",
    )
    out.result(
        {
            "bundle": bundle,
            "id": done.id,
            "signature": done.path,
            "places": done.places,
            "key": private.public.fingerprint,
            "approvals": done.count,
            "needed": done.needed,
        }
    )
