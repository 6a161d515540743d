"""The parts of a certificate, each as JSON values: from the model, the data set's ledger, the audit and the terms."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import Any, Final

from synthgen.model import Model
from synthgen.privacy import Event, Gaussian, SubsampledGaussian
from synthgen.privacy import events as ledger
from synthgen.release.certificate import texts, words
from synthgen.release.certificate.arithmetic import arithmetic, cross_check
from synthgen.release.certificate.groups import groups
from synthgen.release.evidence import Bound
from synthgen.release.terms import About, Terms
from synthgen.schema import ROW
from synthgen.spending import Statement

FORMAT_VERSION: Final = 1
KEY: Final = "synthgen_certificate"


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """What a certificate is made from.

    digest     SHA-256 of the model file
    rows       of the data that is released
    created    day of the bundle (UTC)
    statement  of the data set's ledger; None where none was kept
    audit      lower bounds; None where no audit was made
    drawn      whether the rows are those that the model draws; else they were given, and nothing is known of them
    """

    model: Model
    digest: str
    rows: int
    created: dt.date
    terms: Terms
    about: About
    statement: Statement | None = None
    audit: Sequence[Bound] | None = None
    drawn: bool = True


def certificate(source: Source) -> dict[str, Any]:
    """All fields, in the order in which they are read. Raises ConfigError for words that it cannot stand behind."""
    words.refuse(_said(source))
    model = source.model
    known = arithmetic(model.events, model.budget)
    return {
        KEY: FORMAT_VERSION,
        "issued": _issued(source),
        "guarantee": _guarantee(model, known, drawn=source.drawn),
        "unit": _unit(model),
        "adjacency": {"neighbours": texts.ADJACENCY, "replace_one_epsilon": known["replace_one"]},
        "composition": _composition(source),
        "mechanisms": [_event(event) for event in model.events],
        "sampling": _sampling(model.events),
        "public_inputs": _public_inputs(model),
        "tuning": _tuning(source.statement),
        "outside": list(texts.OUTSIDE),
        "trust": _trust(source),
        "randomness": _randomness(model),
        "side_channels": list(texts.SIDE_CHANNELS),
        "operational": {"who": _attacker(source), **{key: known[key] for key in _OPERATIONAL}},
        "audit": _audit(source.audit),
        "group_bias": groups(model),
        "hazards": _hazards(model, drawn=source.drawn),
    }


def software() -> str:
    """What writes it, and its version."""
    return f"synthgen {metadata.version('synthgen')}"


_OPERATIONAL = ("advantage", "trade_off", "beliefs")


def figures_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers of a certificate that `arithmetic` gives, as it gives them."""
    guarantee, operational = document["guarantee"], document["operational"]
    return {
        "spent": guarantee["spent"],
        "replace_one": document["adjacency"]["replace_one_epsilon"],
        "mu": guarantee["mu"],
        "curve": guarantee["curve"],
        **{key: operational[key] for key in _OPERATIONAL},
    }


def _said(source: Source) -> dict[str, str]:
    """What people wrote, by where they wrote it."""
    about, terms = source.about, source.terms
    return {
        "title": about.title,
        "description": about.description,
        "publisher": about.publisher,
        "contact": about.contact,
        "keywords": ", ".join(about.keywords),
        "the schema's name": source.model.schema.name,
        "the schema's description": source.model.schema.description or "",
        "the policy's name": terms.policy,
        "recipients": ", ".join(terms.recipients),
    }


def _issued(source: Source) -> dict[str, Any]:
    manifest, terms, about = source.model.manifest, source.terms, source.about
    return {
        "name": source.model.schema.name,
        "title": about.title or source.model.schema.name,
        "created": source.created.isoformat(),
        "software": software(),
        "rows": source.rows,
        "drawn": source.drawn,
        "model": {
            "sha256": source.digest,
            "created": manifest.created,
            "versions": dict(sorted(manifest.versions.items())),
            "device": manifest.device,
            "effort": manifest.effort,
        },
        "policy": terms.policy,
        "recipients": list(terms.recipients),
        "expires": None if terms.expires is None else terms.expires.isoformat(),
        "approvals": terms.approvals,
        "publisher": about.publisher,
        "contact": about.contact,
    }


def _guarantee(model: Model, known: Mapping[str, Any], *, drawn: bool) -> dict[str, Any]:
    budget = model.budget
    covered = texts.DEFINITION if drawn else texts.GIVEN
    return {
        "private": budget.is_private,
        "covers_rows": budget.is_private and drawn,
        "noise": model.manifest.noise,
        "definition": covered if budget.is_private else texts.NO_GUARANTEE,
        "epsilon": budget.epsilon if budget.is_private else None,
        "delta": budget.delta if budget.is_private else None,
        "spent": known["spent"],
        "mu": known["mu"],
        "curve": known["curve"],
        "accountant": texts.ACCOUNTANT,
        "cross_check": cross_check(model.events, budget),
    }


def _trust(source: Source) -> list[str]:
    """Who must be trusted, and with what."""
    kept = source.model.budget.is_private and source.model.manifest.noise == "system"
    readers = [texts.NEED_NO_TRUST if source.drawn else texts.GIVEN_TRUST] if kept else []
    return [*readers, *texts.TRUST, texts.WITH_MODEL if source.terms.with_model else texts.SYNTHETIC_ONLY]


def _attacker(source: Source) -> str:
    """Whom the figures of attacks are about."""
    return texts.OPERATIONAL if source.drawn else texts.GIVEN_OPERATIONAL


def _unit(model: Model) -> dict[str, Any]:
    privacy = model.schema.privacy
    by_row = privacy.unit == ROW
    return {
        "unit": privacy.unit,
        "meaning": "one row" if by_row else f"all rows with one value of {privacy.unit}",
        "rows_per_unit": privacy.rows_per_unit,
        "enforced": texts.ONE_ROW if by_row else texts.ENFORCED,
    }


def _composition(source: Source) -> dict[str, Any]:
    """Over what the epsilon is summed up, and what is left."""
    found, receipt = source.statement, source.model.manifest.ledger
    if found is None and receipt is None:
        return {"scope": "this model alone", "meaning": texts.ALONE}
    if found is None:
        assert receipt is not None, "asked above"
        meaning = texts.NOT_SHOWN.format(dataset=receipt.dataset, entry=receipt.entry)
        return {"scope": "this model alone", "meaning": meaning, "receipt": str(receipt.head)}
    counted = [entry for entry in found.entries if entry.counts]
    return {
        "scope": f"data set {found.dataset}",
        "meaning": f"Everything in the ledger of {found.dataset}: {len(counted)} entries that are spent or reserved, "
        "composed as if all had been chosen beforehand; the budget holds however they were chosen. What was "
        "released from the same people without that ledger comes on top.",
        "unit": found.unit,
        "budget": {"epsilon": _finite(found.budget.epsilon), "delta": found.budget.delta},
        "spent": _finite(found.spent),
        "reserved": _finite(found.reserved),
        "left": _finite(found.left),
        "entries": len(counted),
        "curve": [[delta, _finite(epsilon)] for delta, epsilon in found.curve],
        "receipt": str(found.head),
    }


def _event(event: Event) -> dict[str, Any]:
    """One line of the ledger, with its price as mu-GDP where it has one."""
    mu = getattr(event, "mu", None)
    return {"event": ledger.to_json(event), "mu": mu}


def _sampling(events: Sequence[Event]) -> dict[str, Any]:
    """What was really executed, which is what was charged."""
    runs = [event for event in events if isinstance(event, SubsampledGaussian)]
    if not runs:
        return {"kind": "none", "meaning": texts.FULL, "runs": []}
    return {
        "kind": "Poisson",
        "meaning": f"{texts.FULL} {texts.POISSON}",
        "runs": [{"what": run.what, "sample_rate": run.sample_rate, "steps": run.steps} for run in runs],
    }


def _public_inputs(model: Model) -> list[str]:
    rows = model.schema.rows
    size = "measured with noise and paid for" if rows is None else f"stated in the schema as {rows:,}, and so public"
    bounded = dict.fromkeys(
        part.name
        for event in model.events
        if isinstance(event, Gaussian) and event.what.startswith("bounds, ")
        for part in event.parts
    )
    found = [
        f"{what} of these columns were found in the private rows, within the budget: {', '.join(names)}."
        for what, names in (("Values", model.discovered), ("Bounds", bounded))
        if names
    ]
    return [*texts.PUBLIC_INPUTS, f"The number of rows was {size}.", *found]


def _tuning(statement: Statement | None) -> dict[str, Any]:
    """What a search for settings cost: its entries of the ledger."""
    entries = [] if statement is None else [each for each in statement.entries if each.what.startswith("tun")]
    counted = [entry for entry in entries if entry.counts]
    if not counted:
        return {"recorded": False, "meaning": texts.NO_TUNING, "epsilons": []}
    meaning = "Settings were searched for on private rows. That was charged to the ledger, and is in its total."
    return {"recorded": True, "meaning": meaning, "epsilons": [_finite(entry.price.alone) for entry in counted]}


def _randomness(model: Model) -> list[str]:
    if not model.budget.is_private:
        return [texts.NO_NOISE, texts.SEED]
    if model.manifest.noise == "fixed":
        return [texts.FIXED_NOISE, texts.SEED]
    runs = [event for event in model.events if isinstance(event, SubsampledGaussian)]
    of_runs = {run.hardened: texts.HARDENED_NOISE if run.hardened else texts.FLOAT_NOISE for run in runs}
    return [texts.NOISE, *of_runs.values(), texts.SEED]


def _audit(audit: Sequence[Bound] | None) -> dict[str, Any]:
    if not audit:
        return {"made": False, "meaning": texts.NO_AUDIT, "bounds": []}
    bounds = [
        {"what": one.what, "lower": one.lower, "claimed": _finite(one.claimed), "confidence": one.confidence}
        for one in audit
    ]
    return {"made": True, "meaning": texts.AUDIT, "bounds": bounds}


def _hazards(model: Model, *, drawn: bool) -> list[str]:
    epsilon, origin = model.budget.epsilon, texts.DRAWN if drawn else texts.GIVEN
    if not model.budget.is_private:
        return [texts.NO_GUARANTEE, *([origin] if drawn else []), *texts.HAZARDS]
    source = [texts.FIXED_NOISE] if model.manifest.noise == "fixed" else []
    size = [texts.WEAK] if epsilon > 10 else [texts.MODERATE.format(factor=math.exp(epsilon))] if epsilon > 1 else []
    unit = [texts.BY_ROW] if model.schema.privacy.unit == ROW else []
    return [*([] if drawn else [origin]), *source, *size, *unit, *([origin] if drawn else []), *texts.HAZARDS]


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
