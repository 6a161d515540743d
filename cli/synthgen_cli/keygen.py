"""`synthgen keygen`."""

# The heavy libraries are imported by the command that needs them, so that --help is there at once.
# ruff: noqa: PLC0415

from __future__ import annotations

import os

from synthgen_cli import bundle_options as of


def keygen(*, output: of.NewKey, json: of.Json = False) -> None:
    """Make a key pair to sign bundles with: a private key (mode 0600) and FILE.pub. Nothing is ever replaced.

    The private key gets the passphrase in SYNTHGEN_KEY_PASSPHRASE, where there is one. Example: [bold]synthgen keygen
    -o release.key[/]
    """
    from synthgen.release.signing import PASSPHRASE, write_keys
    from synthgen_cli.output import Output

    out, passphrase = Output(json=json), os.environ.get(PASSPHRASE, "")
    public = write_keys(output, passphrase=passphrase)
    hidden = ", with a passphrase" if passphrase else ""
    out.say(
        f"Wrote {output}, which only you may have{hidden}, and {output}.pub for all.",
        f"Fingerprint: {public.fingerprint}",
    )
    out.result(
        {
            "private": output,
            "public": f"{output}.pub",
            "fingerprint": public.fingerprint,
            "passphrase": bool(passphrase),
        }
    )
