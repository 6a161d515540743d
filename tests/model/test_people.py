"""Counts of persons in a model file: as they were released, and only where an event paid for them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from synthgen.encode.people import UNITS_ALIKE
from synthgen.encode.sizes import UNIT_SIZES
from synthgen.errors import ModelFileError
from synthgen.model import Model, describe, statement

Change = Callable[[dict[str, Any]], object]


def test_counts_of_persons_come_back_with_the_noise_of_their_events(model: Model, tmp_path: Path) -> None:
    model.save(tmp_path / "m.synthgen")
    found, people = Model.load(tmp_path / "m.synthgen").people, model.people
    assert found is not None
    assert people is not None
    assert found.sizes.counts.tolist() == people.sizes.counts.tolist()
    assert found.alike.counts.tolist() == people.alike.counts.tolist()
    assert (found.sizes.sigma, found.alike.sigma) == (20.5, 77.0)


def test_a_model_without_them_has_none(model_without_privacy: Model, forge: Callable[..., Path]) -> None:
    assert model_without_privacy.people is None
    assert Model.load(forge(change=lambda value: value.pop("people"))).people is None


def test_the_statement_says_that_rows_of_persons_are_counted(model: Model, model_without_privacy: Model) -> None:
    assert any("how many rows each has" in line for line in statement(model))
    assert describe(model)["rows_per_person"] == pytest.approx(1)
    assert "rows_per_person" not in describe(model_without_privacy)


def without(value: dict[str, Any], what: str) -> None:
    value["events"] = [event for event in value["events"] if event["what"] != what]


def twice(value: dict[str, Any], what: str) -> None:
    value["events"] += [event for event in value["events"] if event["what"] == what]


def for_rows(value: dict[str, Any]) -> None:
    value["schema"]["privacy"] = {"unit": "row", "rows_per_unit": 1}


def other_cells(value: dict[str, Any]) -> None:
    next(event for event in value["events"] if event["what"] == UNIT_SIZES)["parts"][0]["cells"] = 7


FORGED: dict[str, Change] = {
    "sizes that nobody paid for": lambda value: without(value, UNIT_SIZES),
    "comparisons that nobody paid for": lambda value: without(value, UNITS_ALIKE),
    "sizes paid for twice": lambda value: twice(value, UNIT_SIZES),
    "persons where rows are units": for_rows,
    "an event of other counts": other_cells,
    "too few sizes": lambda value: value["people"]["sizes"].pop(),
    "too many columns": lambda value: value["people"]["alike"].append(3),
    "a size that is no whole number": lambda value: value["people"]["sizes"].__setitem__(0, 0.5),
    "a size beyond any": lambda value: value["people"]["sizes"].__setitem__(0, 2**60),
    "something else beside them": lambda value: value["people"].update(names=["Ann"]),
}


@pytest.mark.parametrize("name", FORGED)
def test_forged_counts_of_persons_are_refused(name: str, forge: Callable[..., Path]) -> None:
    with pytest.raises(ModelFileError, match=r"people|events"):
        Model.load(forge(change=FORGED[name]))
