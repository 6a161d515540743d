"""The attacks together: planted leaks are found, honest releases are not accused, and what cannot be told is said."""

import math
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from synthgen.evaluate.attacks import closest
from synthgen.evaluate.attacks import section as everything
from synthgen.evaluate.inputs import inputs_of
from synthgen.evaluate.report import Absent, Report, Section, public
from synthgen.pipeline import fit
from synthgen.schema import Schema, parse_schema
from tests.evaluate.attacks.made import SCHEMA, SMALL, Attacked, Draw

NAMES = ["membership inference", "attribute inference", "singling out", "linkability"]


def verdicts(section: Section) -> dict[str, str]:
    return {finding.attack: finding.verdict for finding in section.findings}


def value(section: Section, key: str, rows: str = "") -> float | Absent:
    return next(
        one.value for one in section.figures if (one.key, one.subject, one.slice) == (f"attacks.{key}", (), rows)
    )


def copying(real: pd.DataFrame, fresh: pd.DataFrame, share: float) -> pd.DataFrame:
    """An honest table of which a share is rows of the real one."""
    count = round(share * len(real))
    return pd.concat([fresh.iloc[count:], real.sample(count, random_state=1)], ignore_index=True)


def jittered(real: pd.DataFrame, seed: int) -> pd.DataFrame:
    """An overfitted generator's: each row is a real one with its numbers moved a little, and one value anew."""
    rng = np.random.default_rng(seed)
    moved = real.copy()
    moved["height"] = np.round(moved["height"] + rng.normal(0, 0.5, len(real)), 1)
    moved["income"] = np.round(moved["income"] * np.exp(rng.normal(0, 0.02, len(real))), 2)
    moved["town"] = rng.permutation(moved["town"].to_numpy())
    return moved


@pytest.fixture(scope="module")
def honest(draw: Draw, attack: Attacked) -> Section:
    """Attacks on a fresh sample of the population."""
    return attack(draw(1500, 0), draw(1500, 1), draw(1200, 2))


def test_a_fresh_sample_of_the_population_passes(honest: Section) -> None:
    assert verdicts(honest) == dict.fromkeys(NAMES, "no signal")


def test_one_percent_of_copied_rows_is_found(draw: Draw, attack: Attacked) -> None:
    real = draw(1500, 0)
    found = attack(real, copying(real, draw(1500, 1), 0.01), draw(1200, 2))
    assert verdicts(found)["membership inference"] == "signal"
    rate = value(found, "membership.nearest_neighbour.tpr_at_0.001")
    assert isinstance(rate, float)
    assert rate > 0.004


def test_an_overfitted_generator_is_found_by_every_attack(draw: Draw, attack: Attacked) -> None:
    real = draw(1500, 0)
    found = attack(real, jittered(real, 5), draw(1200, 2))
    assert verdicts(found) == dict.fromkeys(NAMES, "signal")
    auc = value(found, "membership.auc")
    assert isinstance(auc, float)
    assert auc > 0.6


@pytest.mark.slow
def test_false_alarms_are_as_rare_as_promised(draw: Draw, attack: Attacked) -> None:
    signals = 0
    for seed in range(0, 120, 3):
        found = attack(draw(600, seed), draw(600, seed + 1), draw(500, seed + 2), seed=seed)
        signals += sum(verdict == "signal" for verdict in verdicts(found).values())
    assert signals <= 5  # of 160, at one in a hundred each: six or more would come by chance once in 200


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_every_copying_generator_is_found(draw: Draw, attack: Attacked, seed: int) -> None:
    real = draw(1500, 10 * seed)
    found = attack(real, copying(real, draw(1500, 10 * seed + 1), 0.01), draw(1200, 10 * seed + 2), seed=seed)
    assert "signal" in verdicts(found).values()


@pytest.mark.slow
def test_noise_switched_off_on_a_small_table_is_found_and_our_fit_passes(
    draw: Draw, schema: Schema, attack: Attacked
) -> None:
    real, holdout = draw(400, 0), draw(400, 1)
    told = {}
    for epsilon in (1.0, math.inf):
        fitted = fit(real, schema, epsilon=epsilon, no_privacy=epsilon == math.inf)
        told[epsilon] = verdicts(attack(real, fitted.sample(400, iid=True), holdout))
    assert told[1.0] == dict.fromkeys(NAMES, "no signal")
    assert "signal" in told[math.inf].values()


def test_the_distance_to_the_closest_record_feeds_no_verdict(
    draw: Draw, attack: Attacked, honest: Section, monkeypatch: pytest.MonkeyPatch
) -> None:
    def alarming(*_: object) -> closest.Closest:
        return closest.Closest(
            synthetic=np.zeros(9, np.float32), unseen=np.ones(9, np.float32), holdout=np.ones(9, np.float32)
        )

    monkeypatch.setattr(closest, "closest", alarming)
    found = attack(draw(1500, 0), draw(1500, 1), draw(1200, 2))
    assert value(found, "closest.copies") == value(found, "closest.nearer") == 1.0
    assert found.findings == honest.findings
    assert not any(key.startswith("attacks.closest") for one in honest.findings for key in one.keys)


def test_without_a_holdout_nothing_is_decided_and_that_is_said(draw: Draw, attack: Attacked) -> None:
    found = attack(draw(400, 0), draw(400, 1), None)
    assert verdicts(found) == dict.fromkeys(NAMES, "inconclusive")
    assert all("no holdout" in finding.because for finding in found.findings)
    assert isinstance(value(found, "membership.auc"), Absent)
    assert isinstance(value(found, "attribute.rate"), float)
    assert isinstance(value(found, "attribute.control"), Absent)


@pytest.mark.parametrize(("real", "synthetic", "holdout"), [(50, 300, 300), (300, 50, 300), (300, 300, 50)])
def test_too_few_rows_decide_nothing(draw: Draw, attack: Attacked, real: int, synthetic: int, holdout: int) -> None:
    found = attack(draw(real, 0), draw(synthetic, 1), draw(holdout, 2))
    assert verdicts(found) == dict.fromkeys(NAMES, "inconclusive")
    assert all("50 rows" in finding.because for finding in found.findings)


def test_a_holdout_of_other_people_is_no_control(draw: Draw, attack: Attacked) -> None:
    older = draw(1200, 2)
    older = older[older["age"] > 60]
    found = attack(draw(1500, 0), draw(1500, 1), older)
    assert verdicts(found) == dict.fromkeys(NAMES, "inconclusive")
    assert all("tells the holdout" in finding.because for finding in found.findings)


def test_no_verdict_calls_a_table_safe(honest: Section) -> None:
    assert not any(re.search(r"\b(safe|anonymous)\b", finding.because) for finding in honest.findings)


def test_a_seed_gives_the_same_section(draw: Draw, schema: Schema) -> None:
    inputs = inputs_of(draw(200, 0), draw(200, 1), schema, holdout=draw(200, 2), seed=3)
    assert everything(inputs) == everything(inputs)


def test_all_of_it_stays_inside_and_its_notes_tell_nothing_of_a_table(honest: Section) -> None:
    report = Report(schema="s", created="2025-01-31", seed=0, facts=(), sections=(honest,))
    (shown,) = public(report).sections
    assert (shown.figures, shown.drawings, shown.findings) == ((), (), ())
    assert not any(rows in note.text for note in shown.notes for rows in ("1500", "1,500", "1200", "1,200"))


def test_figures_are_told_apart_and_rates_have_their_intervals(honest: Section) -> None:
    named = [(one.key, one.subject, one.slice) for one in honest.figures]
    assert len(set(named)) == len(named)
    for one in honest.figures:
        assert (
            isinstance(one.value, Absent) == isinstance(one.interval, Absent)
            or "median" in one.key
            or "naive" in one.key
        )
    rates = [one for one in honest.figures if one.key.endswith((".rate", "tpr_at_0.01"))]
    methods = {one.interval.method for one in rates if not isinstance(one.interval, Absent)}
    assert methods == {"Wilson", "normal, by target"}
    for finding in honest.findings:
        assert set(finding.keys) <= {one.key for one in honest.figures}


def test_persons_are_attacked_once_each(draw: Draw, attack: Attacked) -> None:
    known = parse_schema(
        SCHEMA + "  who: {type: identifier, pattern: 'p[0-9]{1,4}'}\nprivacy: {unit: who, rows_per_unit: 9}\n"
    )

    def families(rows: int, seed: int) -> pd.DataFrame:
        table = draw(rows, seed)
        return pd.concat([table.assign(who=[f"p{n}" for n in range(rows)])] * 3, ignore_index=True)

    found = attack(families(90, 0), families(90, 1), families(90, 2), known=known)
    assert all("90 rows or persons" in finding.because for finding in found.findings)
    found = attack(families(150, 0), families(150, 1), families(150, 2), known=known)
    assert "signal" not in verdicts(found).values()


def test_bad_tables_are_attacked_all_the_same(draw: Draw, attack: Attacked) -> None:
    real, holdout, bad = draw(200, 0), draw(200, 2), draw(200, 1)
    bad["town"] = "Atlantis"
    bad["income"] = np.nan
    bad["ill"] = True
    bad["age"] = "old"
    found = attack(real, bad, holdout)
    assert list(verdicts(found)) == NAMES
    assert "signal" not in verdicts(found).values()


def test_a_table_of_one_column_says_what_cannot_be_tried(draw: Draw, attack: Attacked) -> None:
    known = parse_schema("name: t\ncolumns:\n  age: {type: integer, minimum: 0, maximum: 120}\n")
    found = attack(*(draw(200, seed)[["age"]] for seed in (0, 1, 2)), known=known)
    assert verdicts(found)["membership inference"] == "no signal"
    assert verdicts(found)["attribute inference"] == verdicts(found)["linkability"] == "inconclusive"


def test_a_synthetic_table_of_one_row_is_attacked(draw: Draw, attack: Attacked) -> None:
    found = attack(draw(150, 0), draw(1, 1), draw(150, 2), sizes=replace(SMALL, membership=150))
    assert list(verdicts(found)) == NAMES
