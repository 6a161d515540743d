"""`synthgen schema infer`: from a table to a schema that it fits, and that no private fit takes before a person did."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

Command = Callable[..., Any]
DATA = Path(__file__).parents[3] / "shared" / "data"
ROWS = 3000


@pytest.fixture
def visits(here: Path) -> Path:
    """Patients with several visits each."""
    rng = np.random.default_rng(1)
    patient = rng.integers(70_000, 70_400, ROWS)
    admit = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 700, ROWS), "D")
    frame = pd.DataFrame(
        {
            "visit_id": np.arange(1, ROWS + 1),
            "patient_id": patient,
            "sex": np.where(patient % 2, "F", "M"),
            "admit": admit.date,
            "discharge": (admit + pd.to_timedelta(rng.integers(0, 30, ROWS), "D")).date,
            "ward": rng.choice(["surgery", "eye", "heart"], ROWS),
            "cost": rng.lognormal(7, 1.5, ROWS).round(2),
            "score": rng.choice(["1", "2", "3", "N"], ROWS),
            "mail": [f"p{number}@clinic.example.com" for number in patient],
            "smoker": rng.choice(["yes", "no", ""], ROWS),
        }
    )
    frame.to_csv(here / "visits.csv", index=False)
    return here / "visits.csv"


def without_marks(path: Path) -> None:
    """What a privacy officer does who agrees with every line."""
    lines = path.read_text().splitlines()
    kept = [line.removesuffix("  # inferred") for line in lines if "inferred: [" not in line and "# read" not in line]
    path.write_text("\n".join(kept) + "\n")


def test_a_table_is_described_and_fits_what_was_inferred(cli: Command, visits: Path) -> None:
    done = cli("schema", "infer", visits, "-o", "visits.yaml")
    assert (done.code, done.err) == (0, "")
    assert "patient_id looks like a person with several rows" in done.out
    assert "mail (email)" in done.out
    checked = cli("schema", "check", "visits.yaml", visits)
    assert (checked.code, checked.err) == (0, "")
    assert f"{ROWS:,} rows checked: every value is in the schema" in checked.out


def test_the_file_says_line_by_line_what_private_rows_decided(cli: Command, here: Path, visits: Path) -> None:
    cli("schema", "infer", visits, "-o", "visits.yaml")
    text = (here / "visits.yaml").read_text()
    assert "unit: patient_id" in text
    assert "    values: [eye, heart, surgery]  # inferred\n    inferred: [values]\n" in text
    assert "    maximum: 2021-" in text
    assert "nullable: true  # inferred" in text
    assert "#   - admit <= discharge" in text
    assert "#   - constant(sex) per person" in text
    assert "clinic" not in text


def test_a_private_fit_waits_for_a_person(cli: Command, here: Path, visits: Path) -> None:
    cli("schema", "infer", visits, "-o", "visits.yaml")
    fit = ("fit", visits, "--schema", "visits.yaml", "--plan")
    refused = cli(*fit, "--epsilon", 3)
    assert refused.code == 1
    assert refused.err.count("\n") == 1
    assert "keys that were read from private rows (inferred)" in refused.err
    assert "discover: true" in refused.err
    assert "bounds: discover" in refused.err
    assert cli(*fit, "--epsilon", "inf", "--no-privacy").code == 0
    without_marks(here / "visits.yaml")
    assert cli(*fit, "--epsilon", 3).code == 0


def test_what_a_person_will_not_vouch_for_is_paid_for(cli: Command, here: Path, visits: Path) -> None:
    cli("schema", "infer", visits, "-o", "visits.yaml")
    without_marks(here / "visits.yaml")
    text = (here / "visits.yaml").read_text()
    cost = text[text.index("  cost:") :].split("\n  score:")[0]
    (here / "visits.yaml").write_text(text.replace(cost, "  cost: {type: number, decimals: 2, bounds: discover}"))
    done = cli("fit", visits, "--schema", "visits.yaml", "--plan", "--epsilon", 3)
    assert (done.code, done.err) == (0, "")
    assert "bounds to discover" in done.out


def test_json_names_columns_and_kinds_and_holds_no_value(cli: Command, visits: Path) -> None:
    done = cli("schema", "infer", visits, "-o", "visits.yaml", "--json")
    said = json.loads(done.out)
    assert said["unit"] == "patient_id"
    assert said["personal"]["mail"] == "email"
    assert "ward" in said["marked"]
    assert "surgery" not in done.out + done.err


def test_the_same_table_gives_the_same_file(cli: Command, here: Path, visits: Path) -> None:
    cli("schema", "infer", visits, "-o", "one.yaml")
    pd.read_csv(visits, dtype=str, keep_default_na=False).to_csv(here / "visits.tsv", sep="\t", index=False)
    cli("schema", "infer", "visits.tsv", "-o", "two.yaml")
    assert (here / "one.yaml").read_text() == (here / "two.yaml").read_text()


def test_a_schema_is_not_written_over(cli: Command, here: Path, visits: Path) -> None:
    (here / "visits.yaml").write_text("mine")
    done = cli("schema", "infer", visits, "-o", "visits.yaml")
    assert done.code == 1
    assert (here / "visits.yaml").read_text() == "mine"
    assert cli("schema", "infer", visits, "-o", "visits.yaml", "--force").code == 0


@pytest.mark.parametrize(
    ("content", "word"),
    [("", "an empty file"), ("a,b\n1\n", "expected 2 columns"), ('a,b\n1,"2\n', "quote"), (None, "nothing there")],
)
def test_what_is_no_table_is_refused_in_one_line(cli: Command, here: Path, content: str | None, word: str) -> None:
    if content is not None:
        (here / "bad.csv").write_text(content)
    done = cli("schema", "infer", "bad.csv", "-o", "bad.yaml")
    assert done.code == 1
    assert done.err.count("\n") == 1
    assert word in done.err
    assert not (here / "bad.yaml").exists()


def test_a_table_without_rows_is_described_as_far_as_that_goes(cli: Command, here: Path) -> None:
    (here / "none.csv").write_text("a,b\n")
    assert cli("schema", "infer", "none.csv", "-o", "none.yaml").code == 0
    assert cli("schema", "check", "none.yaml", "none.csv").code == 0


SAYS_ROW = """\
name: visits
exclude: [patient_id]
columns:
  stay: {type: integer, minimum: 0, maximum: 40}
"""


def test_a_person_with_several_rows_is_no_row(cli: Command, here: Path) -> None:
    (here / "visits.csv").write_text("patient_id,stay\n" + "".join(f"{i // 3},{i % 7}\n" for i in range(600)))
    (here / "visits.yaml").write_text(SAYS_ROW)
    done = cli("schema", "check", "visits.yaml", "visits.csv")
    assert done.code == 1
    assert "looks like a person with several rows" in done.err
    assert "set privacy: {unit: patient_id, rows_per_unit: 2}" in done.err
    by_patient = SAYS_ROW.replace("exclude: [patient_id]", "privacy: {unit: patient_id, rows_per_unit: 3}")
    (here / "visits.yaml").write_text(by_patient)
    assert cli("schema", "check", "visits.yaml", "visits.csv").code == 0


@pytest.mark.skipif(not DATA.exists(), reason="the shared tables are not here")
@pytest.mark.parametrize(
    "name", ["adult", "diabetes130", "insurance", "german_credit", "king_house", "nist_acs_ma2019", "berka/order"]
)
def test_a_real_table_fits_its_draft_and_a_plan_takes_it_once_it_is_confirmed(
    cli: Command, here: Path, name: str
) -> None:
    table = DATA / f"{name}.parquet"
    assert cli("schema", "infer", table, "-o", "s.yaml").code == 0
    assert cli("schema", "check", "s.yaml", table).code == 0
    without_marks(here / "s.yaml")
    assert cli("fit", table, "--schema", "s.yaml", "--plan", "--epsilon", 3).err == ""
