"""One HTML file that asks the network for nothing: what the report, a certificate and any other page stand on.

A page's own template extends `base.html` and is found by a loader of its own package:

    write("certificate.html", loader=PackageLoader("synthgen.release"), certificate=certificate)

`base.html` gives the skip link, the landmarks, the colours in light and dark, the print rules and the button of the
theme. Every value is escaped (autoescape), every name in a template must be given (StrictUndefined), and the page
forbids itself, by its content security policy, whatever it did not bring along: scripts are allowed by their hash,
so text that slipped through as markup would still not run.
"""

import math
from base64 import b64encode
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Final

from jinja2 import BaseLoader, ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

OWN: Final = PackageLoader("synthgen.evaluate.page")


def environment(loader: BaseLoader | None = None) -> Environment:
    """Templates of `loader` and, where it has none of a name, ours; with the filter `number`."""
    loaders = [OWN] if loader is None else [loader, OWN]
    made = Environment(
        loader=ChoiceLoader(loaders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["number"] = number
    return made


def write(
    template: str,
    *,
    loader: BaseLoader | None = None,
    styles: Iterable[str] = (),
    scripts: Iterable[str] = (),
    resting: Mapping[str, str] | None = None,
    **values: object,
) -> str:
    """The page that `template` makes of `values`.

    styles, scripts  names of templates, put after `base.css` and `base.js`; they are given no values
    resting          further scripts by the id of their element, which the page's own scripts start when they are
                     needed: a browser reads over them
    """
    room = environment(loader)
    style = "\n".join(room.get_template(name).render() for name in ("base.css", *styles))
    texts = [_script(room.get_template(name).render()) for name in ("base.js", *scripts)]
    rest = {name: _script(text) for name, text in (resting or {}).items()}
    return room.get_template(template).render(
        style=Markup(style),  # noqa: S704  (our own files, which no value enters)
        scripts=texts,
        resting=rest,
        policy=_policy([*texts, *rest.values()]),
        **values,
    )


def number(value: float | str | None) -> str:
    """A number as a reader wants it: about three digits, no noise; a text as it is.

    >>> [number(one) for one in (0.98765, 3, 12345.6, 0.00002, 1e-9, 0.0, math.inf, math.nan, None, "text")]
    ['0.988', '3', '12,346', '2.0e-5', '1.0e-9', '0', '∞', 'undefined', '', 'text']
    """
    if value is None or isinstance(value, str):
        return value or ""
    if not math.isfinite(value):
        return "undefined" if math.isnan(value) else "∞" if value > 0 else "-∞"
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    size = abs(value)
    if size < 5e-4:
        digits, exponent = f"{value:.1e}".split("e")
        return f"{digits}e{int(exponent)}"
    return f"{value:.3f}" if size < 10 else f"{value:.1f}" if size < 1000 else f"{value:,.0f}"


def _script(text: str) -> Markup:
    """A script of ours or of a library, as a browser reads it: a hash is of the text with newlines of one kind."""
    assert "</script" not in text.lower(), "a script would end its element"
    assert "<!--" not in text, "a script would open a comment"
    return Markup(text.replace("\r\n", "\n").replace("\r", "\n"))  # noqa: S704  (code, which no value enters)


def _policy(scripts: Iterable[str]) -> str:
    hashes = " ".join(f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in scripts)
    return (
        f"default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'unsafe-inline'; img-src data:; "
        f"script-src {hashes}"
    )
