import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthgen.errors import BundleError
from synthgen.release.canonical import at, from_bytes, pointer, to_bytes, to_signed

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=10,
)
DOCUMENTS = st.dictionaries(NAMES, VALUES, max_size=4)


@given(DOCUMENTS)
def test_what_is_written_is_read(value: dict[str, Any]) -> None:
    assert from_bytes(to_bytes(value), "x") == value


@given(DOCUMENTS, st.data())
def test_any_other_bytes_are_another_value_or_refused(value: dict[str, Any], data: st.DataObject) -> None:
    text = bytearray(to_bytes(value))
    text[data.draw(st.integers(0, len(text) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        found = from_bytes(bytes(text), "x")
    except BundleError:
        return
    assert to_bytes(found) == bytes(text) != to_bytes(value)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]\n",
        b'{"a": 1}',
        b'{\n "a": 1\n}',
        b'{\n "a": 1,\n "a": 1\n}\n',
        b'{\n "a": NaN\n}\n',
        b"\xff",
        b"[" * 10_000,
    ],
    ids=["nothing", "a list", "no spaces", "no end", "a key twice", "no number", "no text", "too deep"],
)
def test_json_of_another_spelling_is_refused(text: bytes) -> None:
    with pytest.raises(BundleError):
        from_bytes(text, "x")


def test_a_small_text_does_not_become_a_million_objects() -> None:
    with pytest.raises(BundleError, match="at most"):
        from_bytes(b"[" * 3_000_000, "x")


@given(DOCUMENTS)
def test_what_is_signed_is_the_value_whatever_the_order_of_its_keys(value: dict[str, Any]) -> None:
    turned = dict(reversed(value.items()))
    assert to_signed(turned) == to_signed(value)
    assert json.loads(to_signed(value)) == value


@given(st.dictionaries(NAMES, st.lists(st.integers(), min_size=1), min_size=1))
def test_a_pointer_leads_to_its_place(value: dict[str, Any]) -> None:
    for name, numbers in value.items():
        assert at(value, pointer(name, len(numbers) - 1)) == numbers[-1]


@pytest.mark.parametrize("place", ["/b", "/a/1", "/a/x", "/a/0/b", "/a/-1", "/a/01"])
def test_a_pointer_to_nothing_is_told(place: str) -> None:
    with pytest.raises(LookupError):
        at({"a": [1]}, place)
