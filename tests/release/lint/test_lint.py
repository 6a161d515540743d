"""What is planted is found, wherever; what is honest is not called a leak."""

import gzip
import html
import json
import shutil
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synthgen.errors import ConfigError, TableError
from synthgen.pipeline import fit
from synthgen.release.lint import lint
from synthgen.schema import load_schema
from tests.release.lint.conftest import RELEASED, Scene, table

SHARED = Path(__file__).parents[4] / "shared"
LEARNED = ["age", "amount", "score", "city", "job", "seen"]


def found(scene: Scene) -> set[tuple[str, str]]:
    """Kind and file of every leak."""
    return {(leak.kind, leak.where.split(",")[0]) for leak in scene.lint().leaks}


def test_an_honest_release_has_no_leak(scene: Scene) -> None:
    scene.plant(scene.honest, "data.csv")
    (scene.folder / "report.json").write_text(json.dumps({"x": np.random.default_rng(0).random(3000).tolist()}))
    (scene.folder / "card.html").write_text("<p>Levels: Oslo, Rome, Lima, Paris; jobs: nurse, clerk, driver</p>")
    linted = scene.lint()
    assert linted.leaks == ()
    assert linted.clean
    assert (linted.files, linted.rows) == (4, 4000)


@pytest.mark.parametrize("name", ["data.parquet", "data.csv"])
def test_a_single_exact_row_is_found(scene: Scene, name: str) -> None:
    leaking = scene.honest.copy()
    leaking.loc[17, LEARNED] = scene.real.loc[5, LEARNED]
    shutil.rmtree(scene.folder)
    scene.folder.mkdir()
    scene.plant(leaking, name)
    assert ("exact row", name) in found(scene)


@pytest.mark.parametrize(
    ("column", "kind"),
    [("amount", "number"), ("score", "number"), ("card", "identifier"), ("visit", "identifier"), ("job", "level")],
)
def test_values_of_one_column_are_found(scene: Scene, column: str, kind: str) -> None:
    leaking = scene.honest.copy()
    leaking.loc[:2, column] = scene.real.loc[:2, column]
    scene.plant(leaking)
    leaks = scene.lint().leaks
    assert (kind, f"data.parquet, column {column}") in {(leak.kind, leak.where) for leak in leaks}
    assert {(leak.kind, leak.where.split(", column ")[1]) for leak in leaks} == {(kind, column)}


def test_a_number_with_many_digits_is_found_alone(scene: Scene) -> None:
    leaking = scene.honest.copy()
    leaking["score"] = [scene.real.score.tolist()[9], *leaking.score.tolist()[1:]]
    scene.plant(leaking)
    assert [leak.found for leak in scene.lint().leaks] == [1]


def test_an_identifier_in_another_column_is_found(scene: Scene) -> None:
    leaking = scene.honest.assign(city=[scene.real.card.tolist()[8], *scene.honest.city.tolist()[1:]])
    scene.plant(leaking)
    assert ("identifier", "data.parquet") in found(scene)


Planter = Callable[[Scene, pd.Series], None]


def text(name: str, content: Callable[[pd.Series], str]) -> Planter:
    """A file of this content."""

    def plant(scene: Scene, row: pd.Series) -> None:
        (scene.folder / name).write_text(content(row))

    return plant


def parquet_metadata(scene: Scene, row: pd.Series) -> None:
    out = pa.Table.from_pandas(scene.honest, preserve_index=False)
    out = out.replace_schema_metadata({b"written for": str(row["card"]).encode()})
    pq.write_table(out, scene.folder / "data.parquet")


def parquet_field(scene: Scene, row: pd.Series) -> None:
    field = pa.field("x", pa.int64(), metadata={b"about": str(row["visit"]).encode()})
    pq.write_table(pa.table([[1]], schema=pa.schema([field])), scene.folder / "x.parquet")


def zip_comment(scene: Scene, row: pd.Series) -> None:
    with zipfile.ZipFile(scene.folder / "a.zip", "w") as archive:
        archive.writestr("fine.txt", "fine")
        archive.comment = str(row["card"]).encode()


def zip_member_comment(scene: Scene, row: pd.Series) -> None:
    with zipfile.ZipFile(scene.folder / "a.zip", "w") as archive:
        info = zipfile.ZipInfo("fine.txt")
        info.comment = str(row["card"]).encode()
        archive.writestr(info, "fine")


def zip_member(scene: Scene, row: pd.Series) -> None:
    with zipfile.ZipFile(scene.folder / "a.zip", "w") as archive:
        archive.writestr("deep/er.csv", pd.DataFrame([{"card": row["card"]}]).to_csv(index=False))


def gzip_name(scene: Scene, row: pd.Series) -> None:
    with (scene.folder / "x.csv.gz").open("wb") as raw, gzip.GzipFile(str(row["card"]), "wb", fileobj=raw) as out:
        out.write(b"a\n1\n")


def folder_name(scene: Scene, row: pd.Series) -> None:
    (scene.folder / f"for {row['name']} {row['visit']}").mkdir()


PLANTS: dict[str, tuple[str, Planter]] = {
    "json value": ("identifier", text("a.json", lambda row: json.dumps({"note": f"as {row['card']} said"}))),
    "html comment": ("identifier", text("a.html", lambda row: f"<p>fine</p><!-- {row['visit']} -->")),
    "html text": ("level", text("a.html", lambda _: "<p>one <b>falconer</b> among them</p>")),
    "two words": ("level", text("a.md", lambda _: "the lighthouse-keeper")),
    "number in json": ("number", text("a.json", lambda row: json.dumps({"largest": row["amount"] * 1.0}))),
    "file name": ("identifier", lambda scene, row: (scene.folder / f"{row['card']}.txt").touch()),
    "row in csv": ("exact row", text("a.txt", lambda row: "# an example\n" + ",".join(map(str, row[LEARNED])))),
    "row in json": ("exact row", text("a.json", lambda row: json.dumps({k: str(v) for k, v in row[LEARNED].items()}))),
    "row in html": (
        "exact row",
        text("a.html", lambda row: "<tr>" + "".join(f"<td>{html.escape(str(v))}</td>" for v in row[LEARNED]) + "</tr>"),
    ),
    "parquet metadata": ("identifier", parquet_metadata),
    "parquet field": ("identifier", parquet_field),
    "zip comment": ("identifier", zip_comment),
    "zip member comment": ("identifier", zip_member_comment),
    "zip member": ("identifier", zip_member),
    "gzip name": ("identifier", gzip_name),
    "folder name": ("identifier", folder_name),
    "unknown bytes": ("identifier", text("a.bin", lambda row: f"\0\1\2{row['card']}\0")),
}


@pytest.mark.parametrize("plant", PLANTS)
def test_a_planted_value_is_found_wherever_it_is(scene: Scene, plant: str) -> None:
    kind, planter = PLANTS[plant]
    row = scene.real.iloc[100]
    planter(scene, row)
    leaks = scene.lint().leaks
    assert kind in {leak.kind for leak in leaks}, plant
    assert not any(str(row[name]) in repr(leaks) for name in ("card", "visit", "name"))


def test_statistics_of_parquet_are_searched(scene: Scene) -> None:
    """A column that no table scan would look into: its values are there as bytes, its extremes in the footer."""
    pq.write_table(pa.table({"x": scene.real.card.iloc[1:2]}), scene.folder / "x.parquet")
    places = {leak.where for leak in scene.lint().leaks}
    assert any("statistics" in place for place in places)


def test_what_says_nothing_of_anybody_is_no_leak(scene: Scene) -> None:
    """Names are as common as their lists; declared levels and bounds are public."""
    leaking = scene.honest.copy()
    leaking.loc[:50, "name"] = scene.real.loc[:50, "name"]
    leaking.loc[:50, "age"] = scene.real.loc[:50, "age"]
    leaking.loc[:50, "amount"] = 1_000_000_000.0
    scene.plant(leaking)
    (scene.folder / "a.json").write_text(json.dumps({"ages": scene.real.age[:50].tolist(), "cities": ["Oslo", "Rome"]}))
    assert scene.lint().leaks == ()


def test_rows_of_few_levels_agree_by_chance_and_that_is_said(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    small = [pd.DataFrame({c: rng.choice(["a", "b", "c", "d", "e", "f"], 300) for c in "xyzw"}) for _ in range(2)]
    small[1].to_parquet(tmp_path / "data.parquet")
    (tmp_path / "s.yaml").write_text(
        "name: s\ncolumns:\n" + "".join(f"  {c}: {{type: categorical, values: [a, b, c, d, e, f]}}\n" for c in "xyzw")
    )
    linted = lint(tmp_path / "data.parquet", small[0], load_schema(tmp_path / "s.yaml"))
    assert linted.leaks == ()
    assert any("by chance" in note for note in linted.notes)


def test_copies_among_honest_rows_of_few_levels_are_found_when_they_are_many(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    real, honest = (pd.DataFrame({c: rng.integers(0, 40, 500) for c in "xyzw"}) for _ in range(2))
    honest.iloc[:30] = real.iloc[:30]
    honest.to_parquet(tmp_path / "data.parquet")
    columns = "".join(f"  {c}: {{type: integer, minimum: 0, maximum: 39}}\n" for c in "xyzw")
    (tmp_path / "s.yaml").write_text(f"name: s\ncolumns:\n{columns}")
    linted = lint(tmp_path / "data.parquet", real, load_schema(tmp_path / "s.yaml"))
    assert [(leak.kind, leak.found) for leak in linted.leaks] == [("exact row", 30)]


def test_levels_that_noise_released_are_no_leak_and_others_are(scene: Scene) -> None:
    more = lint(scene.folder, scene.real, scene.schema, released={"job": ("nurse", "clerk")})
    assert [(leak.kind, leak.found) for leak in more.leaks] == [("level", 1)]
    unknown = lint(scene.folder, scene.real, scene.schema, released=None)
    assert unknown.clean


def test_a_model_file_is_searched(few_steps: None, tmp_path: Path) -> None:
    assert few_steps is None
    real = table(400, 3, private=True).drop(columns=["note", "job", "score"])
    (tmp_path / "s.yaml").write_text(
        "name: s\ncolumns:\n  age: {type: integer, minimum: 0, maximum: 120}\n"
        "  city: {type: categorical, values: [Oslo, Rome, Lima]}\n"
        "  card: {type: identifier, kind: payment_card}\n  name: {type: identifier, kind: full_name}\n"
        "  visit: {type: identifier, pattern: 'V-[0-9]{9}'}\nexclude: [amount, seen]\n"
    )
    fitted = fit(real, tmp_path / "s.yaml", epsilon=3, dp_sgd="off")
    fitted.save(tmp_path / "m.synthgen")
    assert lint(tmp_path / "m.synthgen", real, fitted.model.schema).clean
    with zipfile.ZipFile(tmp_path / "m.synthgen", "a") as archive:
        archive.comment = real.card[0].encode()
    assert not lint(tmp_path / "m.synthgen", real, fitted.model.schema).clean


def test_a_damaged_table_is_searched_as_a_text(scene: Scene) -> None:
    (scene.folder / "data.parquet").write_text(f"not parquet at all: {scene.real.card.tolist()[0]}")
    linted = scene.lint()
    assert [leak.kind for leak in linted.leaks] == ["identifier"]


def test_a_target_that_is_not_there_and_a_table_that_is_none_are_one_line(scene: Scene, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nothing there"):
        lint(tmp_path / "none", scene.real, scene.schema)
    with pytest.raises(TableError):
        lint(scene.folder, tmp_path / "none.csv", scene.schema)


def test_an_empty_private_table_hides_nothing(scene: Scene) -> None:
    assert lint(scene.folder, scene.real.iloc[:0], scene.schema, released=RELEASED).clean


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.exists(), reason="the real tables are not here")
@pytest.mark.parametrize("name", ["german_credit", "king_house", "insurance"])
def test_an_honest_sample_of_a_real_table_has_no_leak(name: str, tmp_path: Path) -> None:
    real = SHARED / "data" / f"{name}.parquet"
    fitted = fit(real, Path("schemas") / f"{name}.yaml", epsilon=3, dp_sgd="off")
    fitted.sample(5000, seed=1).to_parquet(tmp_path / "rows.parquet")
    fitted.save(tmp_path / "m.synthgen")
    assert lint(tmp_path, real, fitted.model.schema, released=fitted.model.discovered).leaks == ()


@pytest.mark.slow
def test_a_gigabyte_is_searched_in_minutes_and_in_bounded_memory(scene: Scene) -> None:
    """A gigabyte of JSON and two million rows; the planted value is in the last of both."""
    line = json.dumps({"x": list(range(1000)), "y": "words of nothing at all"}) + "\n"
    with (scene.folder / "big.json").open("w") as out:
        for _ in range(10):
            out.write(line * (100_000_000 // len(line)))
        out.write(scene.real.card.tolist()[7])
    begun = time.monotonic()
    assert ("identifier", "big.json") in found(scene)
    assert time.monotonic() - begun < 600
