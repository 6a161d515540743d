"""`synthgen demo`: a real fit of the shipped table, twice into the same folder."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from synthgen_cli import demo

from synthgen.schema import load_schema
from synthgen.tables import open_table, validate

Command = Callable[..., Any]
SHIPPED = Path(demo.__file__).parent / "demo"


def test_the_shipped_table_fits_its_schema() -> None:
    found = validate(open_table(SHIPPED / demo.REAL), load_schema(SHIPPED / demo.SCHEMA))
    assert found.rows_read == 10_000
    assert found.violations == {}


@pytest.mark.slow
def test_the_demo_fits_samples_and_compares_and_does_so_again(process: Command, here: Path) -> None:
    first = process("demo")
    assert (first.code, first.err) == (0, "")
    assert all(words in first.out for words in ("Plan for adult", "epsilon = 3", "public", *demo.CONTENTS))
    masters = pd.read_csv(here / "synthgen-demo" / demo.SOME)
    assert len(masters) == 100
    assert (masters["age"] < 30).all()
    assert (masters["education"] == "Masters").all()

    again = process("demo", "--json")
    said = json.loads(again.out)
    assert again.code == 0
    assert said["files"] == list(demo.CONTENTS)
    assert said["seconds"] < 120
    by_name = {each["what"]: each for each in said["comparison"]}
    age = by_name["mean of age"]
    assert age["synthetic"] == pytest.approx(age["real"], abs=1)
