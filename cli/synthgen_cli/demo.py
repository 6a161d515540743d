"""`synthgen demo`."""

# The heavy libraries are imported by the command that needs them, so that --help is there at once.
# ruff: noqa: PLC0415

from __future__ import annotations

import time
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthgen_cli import options as of

if TYPE_CHECKING:
    from synthgen.model import Model
    from synthgen_cli.output import Output

EPSILON = 3.0
CONDITION = "age < 30 AND education = 'Masters'"
SCHEMA, REAL, MODEL, ROWS, SOME = "adult.yaml", "adult.parquet", "adult.synthgen", "synthetic.parquet", "masters.csv"
CONTENTS = {
    SCHEMA: "what the table may hold",
    REAL: "the real table, to try things on",
    MODEL: "the model",
    ROWS: "synthetic rows",
    SOME: f"100 synthetic rows where {CONDITION}",
}


def demo(*, output: of.Folder = Path("synthgen-demo"), json: of.Json = False) -> None:
    """Fit and sample a shipped real table, 10,000 people of the 1994 US census, and compare.

    Example: [bold]synthgen demo -o somewhere[/]
    """
    from synthgen.model import statement
    from synthgen_cli.compare import compare
    from synthgen_cli.output import Output

    out, begun = Output(json=json), time.monotonic()
    _unpack(output)
    model = _fit(output, out)
    probability = _sample(output, model)
    compared = compare(output / REAL, output / ROWS)
    _tell(out, output, compared, probability)
    facts = {"folder": output, "files": list(CONTENTS), "epsilon": EPSILON, "comparison": compared}
    facts |= {"condition": CONDITION, "probability": probability, "statement": statement(model)}
    out.result(facts | {"seconds": round(time.monotonic() - begun, 1)})


def _unpack(folder: Path) -> None:
    """Put the shipped files into the folder: a new one, or that of an earlier demo. Raises ConfigError."""
    from synthgen.errors import ConfigError
    from synthgen.tables import atomic_path, check_output

    shipped = files("synthgen_cli") / "demo"
    schema = (shipped / SCHEMA).read_bytes()
    ours = (folder / SCHEMA).is_file() and (folder / SCHEMA).read_bytes() == schema
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        got = (error.strerror or "an error").lower()
        raise ConfigError(str(folder), expected="a folder, or none yet", got=got, fix="choose another -o") from None
    for name in CONTENTS:
        check_output(folder / name, force=ours)
    for name in (SCHEMA, REAL):
        with atomic_path(folder / name, force=ours) as path:
            path.write_bytes((shipped / name).read_bytes())


def _fit(folder: Path, out: Output) -> Model:
    from synthgen.pipeline import fit
    from synthgen.plan import plan
    from synthgen.privacy import Budget
    from synthgen.schema import load_schema
    from synthgen_cli.config import fit_defaults
    from synthgen_cli.pages import plan_page, statement_page
    from synthgen_cli.progress import watched
    from synthgen_cli.stopping import load

    defaults = fit_defaults()
    schema = load_schema(folder / SCHEMA)
    agreed = plan(schema, budget=Budget(epsilon=EPSILON, delta=defaults["delta"]), effort=defaults["effort"])
    out.say("Fitting 10,000 rows of UCI Adult (1994 US census, public data).", "", *plan_page(agreed), "")
    load("synthgen.train")
    with watched() as progress:
        fitted = fit(folder / REAL, schema, epsilon=EPSILON, progress=progress)
    fitted.save(folder / MODEL, force=True)
    out.say("", *statement_page(fitted.model), "")
    return fitted.model


def _sample(folder: Path, model: Model) -> float:
    """Write both samples; returns the probability of the condition."""
    from synthgen.pipeline import draws
    from synthgen_cli.sample import probability, write

    write(draws(model, None), folder / ROWS, kind="parquet", force=True)
    some = draws(model, 100, where=CONDITION)
    write(some, folder / SOME, kind="csv", force=True)
    return probability(some)


def _tell(out: Output, folder: Path, compared: list[dict[str, Any]], probability: float) -> None:
    from synthgen_cli.output import indented, size, table

    rows = [(each["what"], f"{each['real']:.4g}", f"{each['synthetic']:.4g}") for each in compared]
    written = [(name, size((folder / name).stat().st_size), what) for name, what in CONTENTS.items()]
    out.say(
        "Before and after. The real side is shown because this table is public: of a private one it would be a leak.",
        indented(table("", "real", "synthetic", rows=rows, right=(1, 2))),
        "",
        f"P({CONDITION}) = {probability:.4g}",
        "",
        f"Files in {folder}",
        indented(table("file", "size", "", rows=written, right=(1,))),
        "",
        "Next",
        f"  synthgen inspect {folder / MODEL}",
        f'  synthgen sample {folder / MODEL} -n 1000 --where "age > 60" -o rows.csv',
    )
