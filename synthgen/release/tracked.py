"""What a tracker of experiments is told of a fit or a release: what may be published, and nothing else.

Others read a tracker than those who may see the private rows. So it gets settings, figures that read no private row
or were paid for, and files that leave anyway; never a count of rows that broke the schema, never how long a fit took.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from synthgen.evaluate.budget import of_model
from synthgen.evaluate.report import PUBLIC_TIERS, Absent, Figure
from synthgen.model import Model
from synthgen.release.checked import published
from synthgen.release.manifest import Number
from synthgen.release.release import Outcome, Release

_OPTIONS: Final = ("effort", "seed", "device", "model", "dp_sgd", "parts", "batch", "hardened")
"""Options of a fit that are told."""
_SHOWN: Final = ("certificate.html", "certificate.json", "report.html", "report.json", "manifest.json")
"""Files of a bundle that are told beside its zip, so that a reader need not unpack it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One run of a tracker.

    experiment  runs of one data set stand together
    figures     name -> number, all finite
    files       what is kept with it
    finished    False: refused
    """

    experiment: str
    name: str
    parameters: Mapping[str, str]
    tags: Mapping[str, str]
    figures: Mapping[str, float]
    files: tuple[Path, ...]
    finished: bool = True


def of_fit(model: Model, options: Mapping[str, Any], *, file: Path, log: Path | None = None) -> Run:
    """A fit: its settings, what its budget means, and the model file with the log of the training.

    A model without a guarantee, or one whose noise may be known, may reveal private rows: its files are not told.
    """
    schema, manifest, budget = model.schema, model.manifest, model.budget
    may_leave = budget.is_private and manifest.noise == "system"
    given = {name: options[name] for name in _OPTIONS if options.get(name) is not None}
    parameters = given | {"effort": manifest.effort, "seed": manifest.seed, "device": manifest.device}
    parameters |= {"schema": schema.name, "unit": schema.privacy.unit, "policy": manifest.policy}
    parameters |= {"epsilon": budget.epsilon, "delta": budget.delta, "columns": len(schema.columns)}
    tags = {"kind": "fit", "private": _word(may_leave), "noise": manifest.noise, **_versions(manifest.versions)}
    if manifest.ledger is not None:
        tags["ledger"] = manifest.ledger.dataset
    return Run(
        experiment=_experiment(schema.name),
        name=f"fit {manifest.created}",
        parameters=_texts(parameters),
        tags=tags,
        figures=_figures(of_model(model).figures) if may_leave else {},
        files=tuple(path for path in (file, log) if path is not None and path.exists()) if may_leave else (),
    )


def of_release(asked: Release, outcome: Outcome, model: Model, numbers: Mapping[str, Number]) -> Run:
    """A release: policy and terms, the numbers of the bundle, and the bundle; of a refusal its public rules alone.

    numbers  of the bundle's manifest, each of which stands in a file that leaves; none where the gate stayed shut
    """
    terms, bundle = outcome.terms, outcome.bundle
    parameters = {"policy": terms.policy, "gate": asked.mode, "seed": asked.seed, "with_model": terms.with_model}
    parameters |= {"recipients": ", ".join(terms.recipients), "expires": terms.expires or "", "rows": asked.rows or ""}
    told = Run(
        experiment=_experiment(model.schema.name),
        name=f"release under {terms.policy}",
        parameters=_texts(parameters),
        tags={"kind": "release", "released": _word(bundle is not None), "approvals_needed": str(terms.approvals)},
        figures={},
        files=(),
        finished=bundle is not None,
    )
    if bundle is None:
        public = [row for row in published(outcome.decision.rows) if row.tier in PUBLIC_TIERS]
        return replace(told, tags={**told.tags, **{_key(f"rule {row.rule}"): row.verdict for row in public}})
    values = {name: float(one.value) for name, one in numbers.items() if one.value is not None}
    return replace(
        told,
        tags={**told.tags, "bundle": bundle.id},
        figures={_key(name): value for name, value in values.items() if math.isfinite(value)},
        files=(bundle.archive, *(bundle.folder / name for name in _SHOWN)),
    )


def _figures(figures: Iterable[Figure]) -> dict[str, float]:
    """Figures that may be published, by a name that a tracker takes."""
    public = [one for one in figures if one.tier in PUBLIC_TIERS and not isinstance(one.value, Absent)]
    return {_key(one.key): float(one.value) for one in public if math.isfinite(float(one.value))}  # type: ignore[arg-type]  # those that are absent were left out


def _key(name: str) -> str:
    """A number's name in the letters that MLflow takes.

    >>> _key("fidelity.tvd2 (age, sex) [sex = F]")
    'fidelity.tvd2 _age_ sex_ _sex _ F_'
    """
    return re.sub(r"[^\w.: -]", "_", name, flags=re.ASCII).strip()[:250]


def _experiment(name: str) -> str:
    return f"synthgen {name}"


def _versions(versions: Mapping[str, str]) -> dict[str, str]:
    return {f"version {name}": text for name, text in versions.items()}


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items()}


def _word(truth: bool) -> str:  # noqa: FBT001 - a value to be spelled
    return "yes" if truth else "no"
