"""What cannot work, refused before a row is read."""

from __future__ import annotations

from collections.abc import Sequence

from synthgen.encode.grid import open_domain
from synthgen.encode.oneway import rounding_name
from synthgen.engine.candidates import FEWEST_ROWS, MOST_GROUPS
from synthgen.errors import ConfigError, SchemaError
from synthgen.privacy import Budget
from synthgen.schema import Levels, Schema, undeclared
from synthgen.schema.mistakes import closest


def refuse_parts(schema: Schema, parts: Sequence[str], rows: int) -> None:
    """Raise ConfigError for parts by a column that has no levels to divide by, is not there, or is one too many.

    `rows` are those of the codebook.
    """
    number = 1
    for name in parts:
        if name not in schema.columns:
            fix = closest(name, schema.columns) or "name a column of the schema"
            raise ConfigError("parts", expected="a column that is learned", got=repr(name), fix=fix)
        if not isinstance(schema.columns[name], Levels):
            got, fix = f"{name}, a {schema.columns[name].type}", "name a categorical or boolean column"
            raise ConfigError("parts", expected="a column of levels", got=got, fix=fix)
        known = getattr(schema.columns[name], "values", None)
        number *= min(len(known), MOST_GROUPS) if known else MOST_GROUPS
    if number * FEWEST_ROWS > rows:
        expected = f"at most {rows // FEWEST_ROWS} combinations of groups for {rows:,} rows of the codebook"
        raise ConfigError("parts", expected=expected, got=f"up to {number}", fix="name fewer columns")


def refuse_clashes(schema: Schema) -> None:
    """Raise SchemaError for a column that has the name under which another one's rounding is counted."""
    for name in schema.columns:
        if rounding_name(name) in schema.columns:
            raise SchemaError(
                f"column {rounding_name(name)}",
                expected=f"a name that is not kept for the rounding of {name}",
                got="that one",
                fix="rename the column",
            )


def refuse_marks(schema: Schema) -> None:
    """Raise SchemaError where keys were read from private rows and nobody has confirmed them."""
    marked = [name for name, column in schema.columns.items() if column.inferred]
    named = ", ".join(marked[:3]) + (f" and {len(marked) - 3} more" if len(marked) > 3 else "")
    if marked or schema.inferred:
        raise SchemaError(
            f"columns {named}" if marked else "rows",
            expected="what a person has confirmed, for a finite epsilon",
            got="keys that were read from private rows (inferred)",
            fix="check each and take off its mark, or pay: discover: true for values, bounds: discover for bounds",
        )


def refuse_undeclared(schema: Schema) -> None:
    """Raise SchemaError for the first column whose domain is neither declared nor paid for."""
    for name, keys in undeclared(schema).items():
        raise open_domain(name, keys)


def check_delta(budget: Budget, rows: float) -> None:
    """Raise ConfigError for a delta of 1/rows or more: it would allow a mechanism that publishes a row."""
    if budget.is_private and rows > 1 and budget.delta * rows >= 1:
        raise ConfigError(
            "delta", expected="a number well below 1/rows", got=f"{budget.delta:g}", fix="try a tenth of 1/rows"
        )


def checked_budget(epsilon: float, delta: float, *, no_privacy: bool) -> Budget:
    """The budget, once giving up privacy has been said twice: by an infinite epsilon and in words."""
    budget = Budget(epsilon=epsilon, delta=delta)
    if no_privacy and budget.is_private:
        raise ConfigError(
            "no privacy", expected="epsilon inf beside it", got=f"{epsilon:g}", fix="say both, or neither"
        )
    if not budget.is_private and not no_privacy:
        raise ConfigError(
            "epsilon inf",
            expected="to be said in words too, since it gives no privacy at all",
            got="epsilon alone",
            fix="add --no-privacy, or choose a finite epsilon",
        )
    return budget
