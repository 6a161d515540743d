"""The whole section: every figure says what it stands beside, and no table makes it fail."""

import math
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthgen.evaluate.fidelity import section
from synthgen.evaluate.fidelity.distances import codes_of, compared, distance
from synthgen.evaluate.fidelity.estimate import tables_of
from synthgen.evaluate.inputs import inputs_of
from synthgen.evaluate.report import Absent, Interval, Section
from synthgen.schema import Schema, load_schema

ROOT = Path(__file__).parents[3]
BENCH = ROOT.parent / "shared" / "bench"
NAMED = {
    *("tvd1", "tvd2", "tvd3", "equivalent_rows1", "equivalent_rows2", "equivalent_rows3", "nist", "nist_subsample"),
    *("sdm.quality", "sdm.shapes", "sdm.trends", "sdm.diagnostic", "sdm.validity", "sdm.structure"),
    *("column.tvd", "column.ks", "column.wasserstein", "column.tail_low", "column.tail_high", "column.spike"),
    *("column.zero", "column.missing", "column.codes", "missing_pattern", "pearson", "spearman", "cramers_v"),
    *("correlation_ratio", "pair.tvd", "pair.pearson", "c2st", "c2st_p", "telling", "pmse", "pmse_ratio"),
    *("alpha_precision", "beta_recall", "authenticity", "rare_levels", "rare_mass", "mode_collapse", "duplicates"),
    *("copies", "rules.rows", "rules.kept", "slice.share"),
}
"""What issue 5 names, by key."""
RULES = {"constraints": ("n >= a",), "slices": ("a",)}
NOTHING = dict.fromkeys(("a", "n", "c", "d"))


def sound(found: Section) -> Section:
    """A section in which nothing is a number by accident."""
    assert max(Counter((one.key, one.subject, one.slice) for one in found.figures).values()) == 1
    for one in found.figures:
        for value in (one.value, one.ceiling, one.floor):
            assert isinstance(value, Absent) or math.isfinite(value), one
        if isinstance(one.interval, Interval) and isinstance(one.value, float):
            assert one.interval.low <= one.value <= one.interval.high, one
    return found


def values(found: Section) -> dict[str, Any]:
    return {one.key.removeprefix("fidelity."): one.value for one in found.figures if not one.subject and not one.slice}


def test_every_figure_that_is_named_is_there_with_its_references(make: Any, give: Any) -> None:
    found = sound(section(give(make(500), make(500, 1), make(250, 2), **RULES)))
    assert {one.key.removeprefix("fidelity.") for one in found.figures} >= NAMED
    assert {one.tier for one in found.figures if not one.key.startswith("fidelity.rules.")} == {"internal"}
    kinds = Counter(one.kind for one in found.drawings)
    assert kinds == {"distribution": 4, "matrix": 4 + 6, "table": 1}  # six pairs of four columns
    assert all(note.text for note in found.notes)


def test_a_seed_gives_the_same_section(make: Any, give: Any) -> None:
    assert section(give(make(200), make(200, 1))) == section(give(make(200), make(200, 1)))


def test_a_real_sample_is_near_its_ceiling_and_independent_columns_are_the_floor(make: Any, give: Any) -> None:
    near = section(give(make(600), make(600, 1), make(600, 2)))
    shuffled = make(600, 1).apply(lambda column: column.sample(frac=1, random_state=ord(column.name[0])).to_numpy())
    far = section(give(make(600), shuffled, make(600, 2)))
    for key in ("tvd2", "tvd3", "pearson", "cramers_v", "c2st"):
        figure = next(one for one in near.figures if one.key == f"fidelity.{key}" and not one.slice)
        assert isinstance(figure.ceiling, float)
        assert isinstance(figure.floor, float)
        middle = (figure.ceiling + figure.floor) / 2
        assert values(near)[key] < middle < values(far)[key], key


@pytest.mark.parametrize(
    ("real", "other", "holdout"),
    [
        ((1, {}), (1, {}), None),
        ((1, {}), (5, {}), (1, {})),
        ((2, {}), (2, {}), None),
        ((30, {}), (25, {}), (10, {})),
        ((150, {}), (150, NOTHING), (100, {})),
        ((150, NOTHING), (150, {}), None),
        ((150, NOTHING), (150, NOTHING), None),
        ((150, {}), (150, {"c": "x", "d": "p"}), (100, {})),
        ((150, {"a": 1, "n": 1.0, "c": "x", "d": "p"}), (150, {"a": 1, "n": 1.0, "c": "x", "d": "p"}), None),
        ((150, {"a": "?", "n": "?", "c": "?"}), (150, {}), (100, {})),
        ((150, {}), (150, {"n": np.inf, "a": 1e300}), None),
        ((150, {"n": 1e308}), (150, {"n": -1e308}), None),
    ],
)
def test_no_table_makes_it_fail(make: Any, give: Any, real: Any, other: Any, holdout: Any) -> None:
    tables = [None if one is None else make(one[0], seed, **one[1]) for seed, one in enumerate((real, other, holdout))]
    found = sound(section(give(*tables, **RULES)))
    assert {one.key.removeprefix("fidelity.") for one in found.figures} >= {"tvd1", "tvd2", "c2st", "sdm.quality"}


def test_wrong_values_are_scored_as_wrong(make: Any, give: Any) -> None:
    wrong = {"a": "many", "n": "some", "c": "w", "d": "unseen"}
    found = sound(section(give(make(200), make(200, 1, **wrong), make(100, 2))))
    told = values(found)
    assert told["tvd1"] == told["tvd2"] == told["c2st"] == pytest.approx(1.0)
    assert told["rules.rows"] == told["sdm.validity"] == 0
    assert told["sdm.quality"] < 0.01
    assert [one.value for one in found.figures if one.key == "fidelity.column.wrong"] == [1.0] * 4


def test_one_column_has_no_pairs_and_says_so() -> None:
    schema = {"name": "t", "columns": {"x": {"type": "number", "nullable": True}}}
    frame = pd.DataFrame({"x": np.random.default_rng(0).normal(size=200)})
    told = values(sound(section(inputs_of(frame, frame.iloc[::-1], Schema.model_validate(schema)))))
    assert told["tvd1"] == 0
    assert isinstance(told["tvd2"], Absent)
    assert isinstance(told["cramers_v"], Absent)


def test_persons_widen_intervals(make: Any, give: Any) -> None:
    # Ten rows of each person that are all the same: a tenth of the evidence.
    privacy = {"unit": "id", "rows_per_unit": 10}
    tables = [pd.concat([make(120, seed)] * 10) for seed in (0, 1)]
    widths = []
    for views in (tables_of(give(*tables)), tables_of(give(*tables, privacy=privacy))):
        near = compared(codes_of(views), 2, np.random.default_rng(0))
        figure = distance(near, views.map(lambda view: view.unit))
        assert isinstance(figure.interval, Interval)
        widths.append(figure.interval.high - figure.interval.low)
    assert widths[1] > 2 * widths[0]


@pytest.mark.slow  # the whole section, on Adult
def test_adult_takes_seconds_and_has_the_figures_of_the_scoring_script() -> None:
    if not BENCH.exists():
        pytest.skip("needs ../shared")
    train, test = (pd.read_parquet(BENCH / f"adult_{part}.parquet") for part in ("train", "test"))
    found = sound(section(inputs_of(train, test, load_schema(ROOT / "schemas" / "adult.yaml"), holdout=test)))
    assert abs(values(found)["c2st"] - 0.5) < 0.02
    assert values(found)["tvd2"] < 0.04
