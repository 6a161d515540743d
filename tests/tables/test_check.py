"""Names are checked before rows; rows are counted by column and rule, and refused when the schema says so."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from synthgen.errors import TableError, ViolationError
from synthgen.schema import Schema
from synthgen.tables import Quarantine, check_columns, conformed, open_table, validate
from synthgen.tables.faults import FIX, Fault

COLUMNS = {
    "age": {"type": "integer", "minimum": 0, "maximum": 90},
    "sex": {"type": "categorical", "values": ["F", "M"]},
}


def schema(**more: Any) -> Schema:
    return Schema.model_validate({"name": "people", "columns": COLUMNS, **more})


def table(**columns: list[Any]) -> Any:
    return open_table(pa.table(columns))


def test_the_unit_and_excluded_columns_are_known_names() -> None:
    described = schema(privacy={"unit": "ssn"}, exclude=["note", "absent"])
    check_columns(table(note=["x"], sex=["F"], ssn=["1"], age=[1]), described)


@pytest.mark.parametrize(
    ("columns", "more", "words"),
    [
        ({"age": [1], "sexe": ["F"]}, {}, ["Arrow table sex: expected a column of the schema", "rename sexe"]),
        ({"age": [1]}, {}, ["Arrow table sex: expected a column of the schema", "got none of that name"]),
        ({"age": [1], "sex": ["F"], "note": [""]}, {}, ["got others (note)", "exclude: [note]"]),
        ({"age": [1], "sex": ["F"]}, {"privacy": {"unit": "ssn"}}, ["ssn: expected the column of privacy.unit"]),
        ({"39": [40], "State-gov": ["Private"]}, {}, ["got none of them", "header line"]),
    ],
)
def test_names_that_differ_are_told_with_the_fix(columns: Any, more: Any, words: list[str]) -> None:
    with pytest.raises(TableError) as caught:
        check_columns(table(**columns), schema(**more))
    assert all(word in str(caught.value) for word in words)


def test_a_file_without_a_header_does_not_show_its_first_row(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("39,Private\n40,State-gov\n")
    with pytest.raises(TableError) as caught:
        check_columns(open_table(tmp_path / "t.csv"), schema())
    assert "39" not in str(caught.value)
    assert "Private" not in str(caught.value)


def test_every_violation_is_counted_by_column_and_rule_over_all_batches() -> None:
    source = table(age=[-1, 17, None, 91] * 50_000, sex=["F", "M", "X", "X"] * 50_000)
    found = validate(source, schema())
    assert found == Quarantine(
        policy="error",
        rows_read=200_000,
        quarantined=150_000,
        violations={
            "age": {"below minimum": 50_000, "missing": 50_000, "above maximum": 50_000},
            "sex": {"unknown level": 100_000},
        },
    )


def test_only_the_policy_error_refuses_and_no_value_is_shown() -> None:
    source = table(age=[424242], sex=["s3cret"])
    with pytest.raises(ViolationError) as caught:
        validate(source, schema()).refuse(source.name)
    assert caught.value.counts == {("age", "above maximum"): 1, ("sex", "unknown level"): 1}
    assert "s3cret" not in str(caught.value)
    assert "424242" not in str(caught.value)
    assert "on_violation: drop" in caught.value.fix
    validate(source, schema(on_violation="drop")).refuse(source.name)
    validate(table(age=[1], sex=["F"]), schema()).refuse("t")


def test_the_policy_decides_which_rows_arrive() -> None:
    source = table(age=[1, 91, 2], sex=["F", "F", "X"])
    ages = {
        policy: [age for batch in conformed(source, schema(on_violation=policy)) for age in batch.columns["age"].data]
        for policy in ("error", "drop", "clip")
    }
    assert ages == {"error": [1, 90, 2], "drop": [1], "clip": [1, 90]}


def test_progress_is_told_the_rows_of_each_batch() -> None:
    seen: list[int] = []
    batches = list(conformed(table(age=[1] * 100_000, sex=["F"] * 100_000), schema(), on_rows=seen.append))
    assert sum(seen) == 100_000
    assert len(seen) == len(batches) > 1


def test_a_table_without_rows_fits() -> None:
    empty = pa.table({"age": pa.array([], pa.int64()), "sex": pa.array([], pa.string())})
    assert validate(open_table(empty), schema()) == Quarantine(policy="error")


def test_every_rule_has_a_fix_that_its_error_tells() -> None:
    for fault in set(Fault) - {Fault.NONE}:
        broken = Quarantine(policy="error", rows_read=1, quarantined=1, violations={"x": {fault.rule: 1}})
        with pytest.raises(ViolationError) as caught:
            broken.refuse("t")
        assert FIX[fault] in caught.value.fix
