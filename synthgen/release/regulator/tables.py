"""Blocks of documents that are worked out: figures of the evaluation, verdicts, columns, lists of the certificate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from synthgen.evaluate.report import PUBLIC_TIERS
from synthgen.release.regulator.identifiers import LISTED, fate, letters
from synthgen.release.regulator.pieces import Blank, Block, Bullets, Gap, Line, Paragraph, Quote, Rows, words
from synthgen.release.regulator.source import CERTIFICATE, SCHEMA, VERDICTS, Source
from synthgen.schema import Schema

_TOLD: Final = ("what", "measured", "lowest (95 %)", "highest (95 %)", "reference: best", "reference: worst")
_MOST: Final = 60
"""Rows of one table of figures, at most: the report has the rest."""


def tables(source: Source) -> Mapping[str, Sequence[Block]]:
    """Every block by its name in templates."""
    made: dict[str, Sequence[Block]] = {name: _listed(source, CERTIFICATE, *steps) for name, steps in _LISTS.items()}
    return made | {
        "singling": _risk(source, "singling out", "attacks.singling"),
        "linkability": _risk(source, "linkability", "attacks.linkability"),
        "inference": _risk(source, "attribute inference", "attacks.attribute"),
        "membership": _risk(source, "membership inference", "attacks.membership"),
        "trade_off": [_trade_off(source)],
        "beliefs": [_beliefs(source)],
        "mechanisms": [_mechanisms(source)],
        "verdicts": [_verdicts(source)],
        "bounds": _bounds(source),
        "groups": [_groups(source)],
        "fidelity": _figures(source, "fidelity."),
        "utility": _figures(source, "utility."),
        "fairness": _figures(source, "fairness."),
        "paid": _paid(source),
        "columns": [_columns(source)],
        "safe_harbor": [_safe_harbor(source)],
    }


_LISTS: Final = {
    "public_inputs": ("public_inputs",),
    "outside": ("outside",),
    "trust": ("trust",),
    "randomness": ("randomness",),
    "side_channels": ("side_channels",),
    "hazards": ("hazards",),
}
"""Lists of the certificate."""


def _listed(source: Source, file: str, *steps: str) -> list[Block]:
    lines = [(source.quote(file, *steps, at),) for at in range(len(source.listed(file, *steps)))]
    return [Bullets(lines=tuple(lines))] if lines else [_gap("The certificate lists nothing here.")]


def _risk(source: Source, attack: str, prefix: str) -> list[Block]:
    """What one attack found, and how well it did."""
    figures = [place for place, one in _all_figures(source) if str(one.get("key", "")).startswith(prefix)]
    blocks: list[Block] = [Paragraph(line=_verdict(source, *place)) for place in _findings(source, attack)]
    if figures:
        blocks.append(_told(source, figures))
    return blocks or [_gap(_missing(source, attack))]


def _missing(source: Source, what: str) -> str:
    if source.internal:
        return f"The report that was given holds no figure of {what}."
    return (
        f"This bundle holds no measured figure of {what}: such figures are read from private rows without noise, and "
        "stay inside. synthgen regulator --report takes them from the whole report; the folder then stays inside too."
    )


def _verdict(source: Source, section: int, finding: int) -> Line:
    place = ("sections", section, "findings", finding)
    verdict, because = (source.quote(source.report, *place, key) for key in ("verdict", "because"))
    return (*words("Verdict of the attack: "), verdict, *words(". Why: "), because)


def _findings(source: Source, attack: str) -> Iterator[tuple[int, int]]:
    for i in range(len(source.listed(source.report, "sections"))):
        for j, one in enumerate(source.listed(source.report, "sections", i, "findings")):
            if one.get("attack") == attack:
                yield i, j


def _figures(source: Source, prefix: str) -> list[Block]:
    """Figures of whole tables."""
    found = [
        place
        for place, one in _all_figures(source)
        if str(one.get("key", "")).startswith(prefix) and not one.get("subject") and not one.get("slice")
    ]
    name = prefix.rstrip(".")
    if not found:
        return [_gap(_missing(source, name))]
    rest = f"Other figures of {name} were read from private rows without noise, and are in no bundle."
    return [_told(source, found), *([] if source.internal else [_gap(rest)])]


def _paid(source: Source) -> list[Block]:
    """Figures that were noised and charged to the ledger."""
    found = [place for place, one in _all_figures(source) if one.get("tier") == "paid"]
    return [_told(source, found)] if found else [_gap("None was bought: the gate did not decide on noised figures.")]


def _all_figures(source: Source) -> Iterator[tuple[tuple[int, int], Mapping[str, Any]]]:
    for i in range(len(source.listed(source.report, "sections"))):
        for j, one in enumerate(source.listed(source.report, "sections", i, "figures")):
            yield (i, j), one


def _told(source: Source, places: Sequence[tuple[int, int]]) -> Rows:
    """Figures with their intervals and references, each cell at its place."""

    def cell(i: int, j: int, *steps: str) -> Line:
        found = source.quote(source.report, "sections", i, "figures", j, *steps)
        if isinstance(found, Gap):
            found = source.quote(source.report, "sections", i, "figures", j, steps[0], "why")
            return words("—") if steps != ("value",) or isinstance(found, Gap) else (found,)
        return (found,)

    rows = [
        (
            _named(source, i, j),
            *(cell(i, j, *steps) for steps in (("value",), ("interval", "low"), ("interval", "high"))),
            *(cell(i, j, key) for key in ("ceiling", "floor")),
        )
        for i, j in places[:_MOST]
    ]
    return Rows(head=_TOLD, rows=tuple(rows))


def _named(source: Source, i: int, j: int) -> Line:
    figure = source.listed(source.report, "sections", i, "figures")[j]
    about = ", ".join([*map(str, figure.get("subject", ())), *([figure["slice"]] if figure.get("slice") else [])])
    inside = "" if figure.get("tier") in PUBLIC_TIERS else " (internal)"
    return words(f"{figure.get('title', '')}{f': {about}' if about else ''}{inside}")


def _trade_off(source: Source) -> Block:
    """What an attacker's test can do at most, whatever it is."""
    count = len(source.listed(CERTIFICATE, "operational", "trade_off"))
    head = ("false alarms among those absent", "alarms among those present, at most")
    places = [("operational", "trade_off", at) for at in range(count)]
    return _rows(source, head, [[(*place, 0), (*place, 1)] for place in places])


def _beliefs(source: Source) -> Block:
    count = len(source.listed(CERTIFICATE, "operational", "beliefs"))
    head = ("belief before", "false alarms", "belief after an alarm, at most")
    places = [("operational", "beliefs", at) for at in range(count)]
    return _rows(source, head, [[(*place, 0), (*place, 1), (*place, 2)] for place in places])


def _mechanisms(source: Source) -> Block:
    count = len(source.listed(CERTIFICATE, "mechanisms"))
    places = [("mechanisms", at) for at in range(count)]
    head = ("what was measured", "mechanism", "mu (Gaussian differential privacy)")
    cells = [[(*place, "event", "what"), (*place, "event", "kind"), (*place, "mu")] for place in places]
    return _rows(source, head, cells)


def _rows(source: Source, head: tuple[str, ...], cells: Sequence[Sequence[tuple[str | int, ...]]]) -> Block:
    rows = tuple(tuple((source.quote(CERTIFICATE, *place),) for place in row) for row in cells)
    return Rows(head=head, rows=rows) if rows else _gap("The certificate lists nothing here.")


def _bounds(source: Source) -> list[Block]:
    """Lower bounds of an audit."""
    keys = ("what", "lower", "claimed", "confidence")
    places = range(len(source.listed(CERTIFICATE, "audit", "bounds")))
    cells: list[list[tuple[str | int, ...]]] = [[("audit", "bounds", at, key) for key in keys] for at in places]
    head = ("attack", "epsilon is at least", "epsilon that is claimed", "confidence")
    return [_rows(source, head, cells)] if cells else [_gap("No audit is attached to this bundle.")]


def _groups(source: Source) -> Block:
    """The noise in the shares of small groups."""
    head = ("column", "level", "share", "noise (half of a 95 % interval)", "noise as a part of the share")
    cells: list[list[tuple[str | int, ...]]] = []
    for i in range(len(source.listed(CERTIFICATE, "group_bias", "columns"))):
        place = ("group_bias", "columns", i)
        for j in range(len(source.listed(CERTIFICATE, *place, "levels"))):
            level = (*place, "levels", j)
            cells.append([(*place, "column"), *((*level, key) for key in ("level", "share", "noise", "relative"))])
    return _rows(source, head, cells)


def _verdicts(source: Source) -> Block:
    """The policy's rules, and how the release met them."""
    keys = ("rule", "expected", "got", "verdict")
    rows = tuple(
        tuple((source.quote(VERDICTS, "verdicts", at, key),) for key in keys)
        for at in range(len(source.listed(VERDICTS, "verdicts")))
    )
    return Rows(head=("rule", "expected", "got", "verdict"), rows=rows) if rows else _gap("No rule is in this bundle.")


def _columns(source: Source) -> Block:
    """Every column: its kind and what became of it."""
    schema = source.schema
    rows = [
        (words(name), (_of_column(source, name, "type"),), words(fate(name, column, schema)), (_PURPOSE,))
        for name, column in schema.columns.items()
    ]
    return Rows(head=("column", "kind", "what became of its real values", "why it is needed"), rows=tuple(rows))


def _safe_harbor(source: Source) -> Block:
    """The eighteen identifiers, the columns that may be such, and what became of them."""
    schema = source.schema
    found: dict[str, list[Line]] = {letter: [] for letter in LISTED}
    for name, column in schema.columns.items():
        for letter, why in letters(name, column):
            said = words(f"{name}: {why}; {fate(name, column, schema)}")
            found[letter].append((*said, *words(", "), *_linked(source, name)))
    _add_unit(found, schema)
    rows = [(words(letter), words(text), _joined(found[letter]), (_DECIDE,)) for letter, text in LISTED.items()]
    return Rows(
        head=("letter", "identifier", "columns of the schema that are or may be such", "finding"), rows=tuple(rows)
    )


def _linked(source: Source, name: str) -> Line:
    """The kind as the schema says it, at its place."""
    kind = _of_column(source, name, "kind")
    return (_of_column(source, name, "type"),) if isinstance(kind, Gap) else (kind,)


def _add_unit(found: dict[str, list[Line]], schema: Schema) -> None:
    """The column that says whose a row is, where no column of the schema describes it."""
    unit = schema.privacy.unit
    if unit != "row" and unit not in schema.columns:
        found["R"].append(words(f"{unit}: says whose a row is; new numbers, made up for synthetic persons"))


def _joined(lines: Sequence[Line]) -> Line:
    if not lines:
        return words("none by the schema")
    out = lines[0]
    for each in lines[1:]:
        out = (*out, *words(" · "), *each)
    return out


def _of_column(source: Source, name: str, key: str) -> Quote | Gap:
    return source.quote(SCHEMA, "columns", name, key)


def _gap(text: str) -> Paragraph:
    return Paragraph(line=(Gap(text=text),))


_PURPOSE: Final = Blank(text="purpose")
_DECIDE: Final = Blank(text="look at the values and decide")
