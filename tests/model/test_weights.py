"""Weights that do not mean a mixture over the schema's domain are refused."""

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from synthgen.errors import ModelFileError
from synthgen.model import Model

Arrays = dict[str, Any]


def refused(path: Path, *, saying: str) -> None:
    with pytest.raises(ModelFileError, match=saying) as caught:
        Model.load(path)
    assert "\n" not in str(caught.value)


def put(name: str, at: Any, value: float) -> Callable[[Arrays], None]:
    """Change entries of one array."""

    def change(arrays: Arrays) -> None:
        arrays[name] = arrays[name].copy()
        arrays[name][at] = value

    return change


def swap(name: str, make: Callable[[Any], Any]) -> Callable[[Arrays], None]:
    """Put another array in its place."""

    def change(arrays: Arrays) -> None:
        arrays[name] = make(arrays[name])

    return change


AGE, INCOME, MOMENT = "codec.3", "codec.4", "codec.8"
PRICE, CITY = "codec.5", "codec.0"
BIG = 2**62


@pytest.mark.parametrize(
    ("arrays", "saying"),
    [
        (lambda arrays: arrays.pop("codec.8.mass"), "a tensor codec.8.mass, got none"),
        (lambda arrays: arrays.pop("codebook.weights"), "a tensor codebook.weights, got none"),
        (lambda arrays: arrays.update({"codec.9.mass": np.ones(1)}), "no other tensors, got 'codec.9.mass'"),
        (lambda arrays: arrays.update({"rows\n": np.ones(1)}), "no other tensors"),
        (swap("codebook.weights", lambda a: a.astype(np.float32)), "expected float64, got float32"),
        (swap("codec.0.kind", lambda a: a.astype(np.int64)), "expected int8, got int64"),
        (swap("codebook.weights", lambda a: a[None]), "expected 1 axes, got 2"),
        (swap("codebook.probabilities", np.ravel), "expected 2 axes, got 1"),
        (swap("codebook.weights", lambda a: a[:0]), "at least one entry"),
        (swap("codebook.weights", lambda a: a[:2]), "rows by levels"),
        (swap("codebook.probabilities", lambda a: a[:, :-1]), "rows by levels"),
        (swap(f"{AGE}.first", lambda a: a[:-1]), "codec.3: expected arrays of one length"),
        (swap(f"{AGE}.variance", lambda a: a[:-1]), "column age: expected a variance for each level"),
        (swap(f"{AGE}.marginal", lambda a: np.append(a, 0)), "a variance for each level"),
        (put("codebook.weights", 0, np.nan), "weights that are finite"),
        (put("codebook.weights", 0, np.inf), "weights that are finite"),
        (put("codebook.weights", 0, -0.1), "weights that are finite and not negative"),
        (put("codebook.weights", 0, 0.9), "weights that sum to 1"),
        (put("codebook.probabilities", (1, 2), np.nan), "probabilities that are finite"),
        (put("codebook.probabilities", (1, 2), -1e-9), "probabilities that are finite and not negative"),
        (put("codebook.probabilities", (1, 2), 0.9), "sum to 1 in each row and column"),
        (put(f"{AGE}.marginal", 0, np.nan), "column age: expected shares of levels that are finite"),
        (put(f"{AGE}.marginal", 0, 1.0), "shares of levels that sum to 1"),
        (put(f"{AGE}.variance", 0, -1.0), "variances that are finite"),
        (put(f"{AGE}.level", 0, 1), "pieces of levels 0 to 4, in order"),
        (put(f"{AGE}.level", -1, 3), "pieces of levels 0 to 4, in order"),
        (put(f"{AGE}.level", 2, 0), "pieces of levels 0 to 4, in order"),
        (put(f"{AGE}.level", 1, BIG), "pieces of levels 0 to 4, in order"),
        (put(f"{AGE}.level", 1, -BIG), "pieces of levels 0 to 4, in order"),
        (put(f"{AGE}.mass", 0, np.inf), "masses of pieces that are finite"),
        (put(f"{AGE}.mass", 0, 0.5), "masses that sum to 1 in each level"),
        (put(f"{AGE}.kind", 0, 3), "values, sentinels or missing"),
        (put(f"{AGE}.kind", 3, 2), "column age: expected pieces inside 0 places"),  # missing, but not nullable
        (put(f"{AGE}.first", 0, -1), "column age: expected pieces inside 121 places"),
        (put(f"{AGE}.first", 2, 42), "column age: expected pieces inside 121 places"),
        (put(f"{AGE}.first", 2, BIG), "column age: expected pieces inside 121 places"),
        (put(f"{AGE}.count", 2, 0), "column age: expected pieces inside 121 places"),
        (put(f"{AGE}.stride", 2, 0), "column age: expected pieces inside 121 places"),
        (put(f"{AGE}.stride", 2, BIG), "column age: expected pieces inside 121 places"),  # the product overflows
        (put(f"{AGE}.first", 4, 2), "column age: expected pieces inside 2 places"),
        (put(f"{AGE}.count", 4, 2), "column age: expected pieces inside 2 places"),
        (put(f"{PRICE}.first", 2, 1), "column price: expected pieces inside 1 places"),
        (put(f"{CITY}.first", 1, 3), "column city: expected pieces inside 3 places"),
        (put(f"{CITY}.count", 0, 2), "column city: expected runs of values on lines only"),
        (put(f"{MOMENT}.first", 0, 3600), "column moment: expected pieces inside"),
    ],
)
def test_weights_that_mean_nothing_are_refused(forge: Any, arrays: Callable[[Arrays], object], saying: str) -> None:
    refused(forge(arrays=arrays), saying=saying)


@pytest.mark.parametrize("stride", [10, 10**6])
def test_a_run_may_end_on_the_last_unit_and_no_further(forge: Any, stride: int) -> None:
    def run(first: int, count: int) -> Callable[[Arrays], None]:
        def change(arrays: Arrays) -> None:
            for name, value in (("first", first), ("stride", stride), ("count", count)):
                put(f"{INCOME}.{name}", -1, value)(arrays)

        return change

    count = 9_000_000 // stride + 1
    assert Model.load(forge(arrays=run(0, count))).rows == 40
    refused(forge(arrays=run(1, count)), saying="column income: expected pieces inside 9000001 places")


def tensors(header: object, body: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"short",
        struct.pack("<Q", 2**63) + b"{}",
        tensors(b"not json"),
        tensors(b"[" * 100_000),
        tensors([]),
        tensors({"a": 1}),
        tensors({"a": {"dtype": "F64", "shape": [1], "data_offsets": [0, 8]}}),  # no body
        tensors({"a": {"dtype": "F64", "shape": [2**60, 2**60], "data_offsets": [0, 8]}}, bytes(8)),
        tensors({"a": {"dtype": "F64", "shape": [-1], "data_offsets": [0, 8]}}, bytes(8)),
        tensors({"a": {"dtype": "F64", "shape": [1], "data_offsets": [8, 0]}}, bytes(8)),
        tensors({"a": {"dtype": "object", "shape": [1], "data_offsets": [0, 8]}}, bytes(8)),
        tensors({"a": {"dtype": "BF16", "shape": [4], "data_offsets": [0, 8]}}, bytes(8)),
        tensors({"a": {"dtype": "F64", "shape": [1], "data_offsets": [0, 8]}}, bytes(16)),  # a hole at the end
    ],
)
def test_a_broken_header_is_refused(forge: Any, content: bytes) -> None:
    refused(forge(weights=content), saying="weights.safetensors: expected tensors in the safetensors format")
