"""The result of an audit, read from its file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from synthgen.errors import ConfigError
from synthgen.release.evidence import Bound
from synthgen.schema.yaml import read_text

_Finite = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class _Bound(BaseModel):
    what: Annotated[str, Field(min_length=1, max_length=200)]
    lower: _Finite
    claimed: Annotated[float, Field(gt=0)]
    confidence: Annotated[float, Field(gt=0, lt=1)]


class _Audit(BaseModel):
    model_config = ConfigDict(extra="ignore")

    bounds: Annotated[list[_Bound], Field(min_length=1)]


def load_audit(path: str | Path) -> tuple[Bound, ...]:
    """The bounds in a JSON file that synthgen audit wrote. Raises SchemaError and ConfigError."""
    text = read_text(Path(path), str(path))
    try:
        found = _Audit.model_validate_json(text)
    except ValidationError:
        fix = "give the file of synthgen audit --json"
        expected = "JSON with bounds: [{what, lower, claimed, confidence}, ...]"
        raise ConfigError(str(path), expected=expected, got="something else", fix=fix) from None
    return tuple(Bound(**bound.model_dump()) for bound in found.bounds)
