"""A fitted model, and its way into a file and back."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from synthgen.encode.codec import Codec, ColumnCodec
from synthgen.encode.grid import Grid, grid
from synthgen.encode.people import UNITS_ALIKE, People, noise_of
from synthgen.encode.sizes import EDGES, UNIT_SIZES, has_sizes
from synthgen.engine.codebook import Codebook
from synthgen.errors import ConfigError, SchemaError
from synthgen.model import archive, tensors
from synthgen.model.checks import check_codebook, check_column
from synthgen.model.document import FORMAT_VERSION, JSON, Document, Manifest, from_text, to_text
from synthgen.model.refusal import about, refusal, require
from synthgen.model.tensors import WEIGHTS, Arrays, pieces_of
from synthgen.privacy import Budget, Event, Exact, SubsampledGaussian, epsilon
from synthgen.privacy import events as ledger
from synthgen.schema import Categorical, Schema, from_json, to_json
from synthgen.shape import Shape, shape_of
from synthgen.tables.write import atomic_path

LIMITS = {JSON: 64 * 2**20, WEIGHTS: 2**31 - 64 * 2**20}
"""Bytes of each member, at most: 2 GiB together."""
MOST_CELLS = 2**27
"""Cells of all grids together, at most: their edges take a gigabyte then."""
MOST_MU = 1e3
"""Far beyond any finite budget; a larger price need not be computed."""
MOST_RUNS = 16
"""Runs of DP-SGD in one ledger, at most: each takes up to seconds to price."""
PRICE_ERROR = 1.01
"""Another version of the accountant may price the same events a little higher."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Model:
    """What `fit` learnt, and all that `sample` needs.

    discovered  column -> levels that discovery released; for columns whose schema lists none
    rows        noisy or public row count, at least 0
    people      persons' numbers of rows, and how alike these are; None where each person has one
    events      the ledger, oldest first
    """

    schema: Schema
    discovered: Mapping[str, tuple[str, ...]]
    codec: Codec
    codebook: Codebook
    rows: int
    budget: Budget
    events: tuple[Event, ...]
    manifest: Manifest
    people: People | None = None

    def save(self, path: str | Path, *, force: bool = False) -> None:
        """Write the model file; it appears whole or not at all.

        Raises ConfigError when the path cannot be written or exists (without `force`), and ModelFileError, before
        anything is written, when the model is not one that could be loaded again.
        """
        with about(path):
            members = _members(self)
            _model(members)
            with atomic_path(path, force=force) as temporary:
                archive.write(temporary, members)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a model file, which may be damaged or hostile: raises ModelFileError."""
        with about(path):
            return cls(**_model(archive.read(Path(path), limits=LIMITS)))


def _members(model: Model) -> dict[str, bytes]:
    """The files inside the zip."""
    weights = tensors.to_bytes(model.codec, model.codebook)
    document = {
        "format": FORMAT_VERSION,
        "schema": to_json(model.schema),
        "discovered": {name: list(levels) for name, levels in model.discovered.items()},
        "rows": model.rows,
        **_told(model.people),
        "budget": {"epsilon": model.budget.epsilon if model.budget.is_private else None, "delta": model.budget.delta},
        "events": [ledger.to_json(event) for event in model.events],
        "manifest": asdict(model.manifest) | {"versions": dict(sorted(model.manifest.versions.items()))},
        "members": {WEIGHTS: _digest(weights)},
    }
    members = {JSON: to_text(document), WEIGHTS: weights}
    for name, content in members.items():
        fits = len(content) <= LIMITS[name]
        fix = "list fewer levels in the schema"
        require(fits, name, expected=f"at most {LIMITS[name]:,} bytes", got=f"{len(content):,}", fix=fix)
    return members


def _told(people: People | None) -> dict[str, Any]:
    if people is None:
        return {}
    return {"people": {"sizes": people.sizes.counts.tolist(), "alike": people.alike.counts.tolist()}}


def _digest(content: bytes) -> dict[str, Any]:
    return {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}


def _model(members: Mapping[str, bytes]) -> dict[str, Any]:
    """The fields of a Model, each checked; cheap checks come first."""
    document, value = from_text(members[JSON])
    digests = {name: _digest(content) for name, content in members.items() if name != JSON}
    require(value["members"] == digests, JSON, expected="the digests of the other members", got="others")
    shape = _shape(document)
    discovered = _discovered(document, shape.modelled)
    budget, events = _budget(document), tuple(map(ledger.from_json, value["events"]))
    _check_price(budget, events)
    private = document.manifest.private
    require(private == budget.is_private, f"{JSON}, manifest.private", expected="what the budget says", got="another")
    arrays = tensors.from_bytes(members[WEIGHTS], columns=len(shape.modelled.columns))
    codec = _codec(_grids(shape.modelled, discovered), arrays)
    return {
        "schema": shape.table,
        "discovered": discovered,
        "codec": codec,
        "codebook": _codebook(codec, arrays),
        "rows": document.rows,
        "people": _people(document, shape, events),
        "budget": budget,
        "events": events,
        "manifest": document.manifest,
    }


def _shape(document: Document) -> Shape:
    try:
        return shape_of(from_json(document.table))
    except (SchemaError, ArithmeticError) as error:  # whole numbers beyond any float
        got = str(error) if isinstance(error, SchemaError) else "a number too large"
        raise refusal(JSON, expected="a schema", got=got) from None


def _discovered(document: Document, modelled: Schema) -> dict[str, tuple[str, ...]]:
    """Levels for exactly the columns whose schema lists none."""
    subject = f"{JSON}, discovered"
    open_columns = [
        name for name, kind in modelled.columns.items() if isinstance(kind, Categorical) and kind.values is None
    ]
    same = set(open_columns) == set(document.discovered)
    require(same, subject, expected="the columns without values", got="others")
    for levels in document.discovered.values():
        require(len(set(levels)) == len(levels), subject, expected="each level once", got="one twice")
    return {name: tuple(levels) for name, levels in document.discovered.items()}


def _budget(document: Document) -> Budget:
    said = document.budget
    try:
        return Budget(epsilon=math.inf if said.epsilon is None else said.epsilon, delta=said.delta)
    except ConfigError as error:
        raise refusal(f"{JSON}, budget.{error.subject}", expected=error.expected, got=error.got) from None


def _check_price(budget: Budget, events: Sequence[Event]) -> None:
    """The events must cost what the budget allows: a file cannot claim less than it spent."""
    if not budget.is_private:
        return
    subject, expected = f"{JSON}, events", f"a cost of at most epsilon {budget.epsilon:g}"
    noisy = [event for event in events if not isinstance(event, Exact)]
    require(len(noisy) == len(events), subject, expected=expected, got="counts without noise")
    runs = sum(isinstance(event, SubsampledGaussian) for event in noisy)
    mus = (event.mu for event in noisy if not isinstance(event, SubsampledGaussian))
    affordable = math.hypot(*mus) <= MOST_MU and runs <= MOST_RUNS
    spent = epsilon(noisy, budget.delta) if affordable else math.inf
    require(spent <= budget.epsilon * PRICE_ERROR, subject, expected=expected, got=f"{spent:.4g}")


def _people(document: Document, shape: Shape, events: Sequence[Event]) -> People | None:
    """Counts of persons, each as long as it must be and paid for by an event that is in the file."""
    said = document.people
    if said is None:
        return None
    subject = f"{JSON}, people"
    wanted = "none, because each person has one row"
    require(has_sizes(shape.table), subject, expected=wanted, got="some")
    counts = {UNIT_SIZES: said.sizes, UNITS_ALIKE: said.alike}
    lengths = {UNIT_SIZES: len(EDGES), UNITS_ALIKE: 1 + len(shape.modelled.columns)}
    noise = {}
    for what, listed in counts.items():
        require(len(listed) == lengths[what], subject, expected=f"{lengths[what]} counts", got=str(len(listed)))
        sigma = noise_of(events, what, len(listed))
        require(sigma is not None, subject, expected=f"one event, {what}, that paid for them", got="another number")
        noise[what] = float(sigma or 0.0)
    return People.of({what: np.array(listed, np.int64) for what, listed in counts.items()}, noise)


def _grids(modelled: Schema, discovered: Mapping[str, tuple[str, ...]]) -> dict[str, Grid]:
    """Every column's grid, one after another so that a hostile schema is stopped in time."""
    grids: dict[str, Grid] = {}
    left = MOST_CELLS
    for name, column in modelled.columns.items():
        try:
            with np.errstate(over="raise", invalid="raise", divide="raise"):
                grids[name] = grid(name, column, discovered.get(name))
        except (SchemaError, ArithmeticError) as error:
            got = str(error) if isinstance(error, SchemaError) else f"bounds of {name} that no float64 holds"
            raise refusal(f"{JSON}, schema", expected="a domain for each column", got=got) from None
        left -= grids[name].cells
        require(left >= 0, f"{JSON}, schema", expected=f"at most {MOST_CELLS:,} cells", got="more")
    return grids


def _codec(grids: Mapping[str, Grid], arrays: Arrays) -> Codec:
    columns = {
        name: ColumnCodec(
            grid=grid,
            pieces=pieces_of(arrays, j),
            marginal=arrays[f"codec.{j}.marginal"].astype(np.float64),
            variance=arrays[f"codec.{j}.variance"].astype(np.float64),
        )
        for j, (name, grid) in enumerate(grids.items())
    }
    for name, column in columns.items():
        check_column(name, column)
    return Codec(columns=columns)


def _codebook(codec: Codec, arrays: Arrays) -> Codebook:
    codebook = Codebook(
        weights=arrays["codebook.weights"].astype(np.float64),
        probabilities=arrays["codebook.probabilities"].astype(np.float32, copy=False),
        offsets=codec.offsets,
    )
    check_codebook(codec, codebook)
    return codebook
