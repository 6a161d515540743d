"""Drawing inside a level: which piece, and which place in it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from synthgen.encode.codec import MISSING, SPECIAL, VALUE, Codec, ColumnCodec, Pieces, concatenate, singles
from synthgen.encode.grid import grid
from synthgen.schema import Integer

LINE = Integer(type="integer", minimum=0, maximum=10**6, special=(-1,), nullable=True)
EVERY = 1 - 2**-53


def codec_of(pieces: Pieces) -> ColumnCodec:
    levels = int(pieces.level.max()) + 1
    return ColumnCodec(
        grid=grid("x", LINE), pieces=pieces, marginal=np.full(levels, 1 / levels), variance=np.zeros(levels)
    )


def run(level: int, mass: float, first: int, stride: int, count: int) -> Pieces:
    fields = {"level": level, "mass": mass, "first": first, "stride": stride, "count": count}
    arrays = {name: np.array([value]) for name, value in fields.items()}
    return Pieces(kind=np.array([VALUE], np.int8), **arrays)


@st.composite
def codecs(draw: st.DrawFn) -> ColumnCodec:
    """Levels of a few runs each, of any masses, strides and lengths; then a sentinel and missing."""
    parts = []
    levels = draw(st.integers(1, 5))
    for level in range(levels):
        masses = np.array(draw(st.lists(st.floats(1e-9, 1.0), min_size=1, max_size=4)))
        for mass in masses / masses.sum():
            stride = 10 ** draw(st.integers(0, 3))
            parts.append(run(level, mass, draw(st.integers(0, 10**5)), stride, draw(st.integers(1, 100))))
    one = np.ones(1)
    parts.append(singles(SPECIAL, np.array([levels]), np.zeros(1, np.int64), one))
    parts.append(singles(MISSING, np.array([levels + 1]), np.zeros(1, np.int64), one))
    return codec_of(concatenate(parts))


@given(codecs(), st.lists(st.floats(0, EVERY), min_size=1))
def test_a_draw_is_a_place_of_a_piece_of_its_level(codec: ColumnCodec, uniforms: list[float]) -> None:
    u = np.array([0.0, EVERY, *uniforms])
    for level in range(codec.levels):
        kind, unit = codec.draw(np.full(len(u), level), u)
        pieces = codec.pieces.take(codec.pieces.level == level)
        offset = unit[:, None] - pieces.first
        inside = (offset >= 0) & (offset % pieces.stride == 0) & (offset // pieces.stride < pieces.count)
        assert (inside & (kind[:, None] == pieces.kind)).any(axis=1).all()


def test_systematic_uniforms_give_systematic_values() -> None:
    """n evenly spaced uniforms meet every place as often as it weighs, to within one."""
    codec = codec_of(concatenate([run(0, 0.25, 100, 1, 5), run(0, 0.75, 1000, 10, 30)]))
    rows = 500
    for start in (0.0, 0.3, 0.999):
        kind, unit = codec.draw(np.zeros(rows, np.int64), (np.arange(rows) + start) / rows)
        found = dict(zip(*np.unique(unit, return_counts=True), strict=True))
        places = {100 + i: 25.0 for i in range(5)} | {1000 + 10 * i: 12.5 for i in range(30)}
        assert (kind == VALUE).all()
        assert set(found) == set(places)
        assert all(abs(found[place] - expected) <= 1 for place, expected in places.items())


def test_a_level_of_one_cell_is_drawn_whatever_the_luck() -> None:
    codec = codec_of(
        concatenate([run(0, 1.0, 7, 1, 1), singles(MISSING, np.array([1]), np.zeros(1, np.int64), np.ones(1))])
    )
    kind, unit = codec.draw(np.array([0, 1, 0]), np.array([0.0, 0.5, EVERY]))
    assert (kind.tolist(), unit.tolist()) == ([VALUE, MISSING, VALUE], [7, 0, 7])
    assert codec.is_plain
    assert not codec_of(run(0, 1.0, 0, 1, 2)).is_plain


def test_codes_of_all_columns_stand_in_one_long_vector() -> None:
    one = codec_of(run(0, 1.0, 0, 1, 2))
    three = codec_of(concatenate([run(level, 1.0, level, 1, 1) for level in range(3)]))
    codec = Codec(columns={"a": three, "b": one, "c": three})
    assert codec.names == ("a", "b", "c")
    assert codec.offsets.tolist() == [0, 3, 4, 7]
    assert codec.span("c") == slice(4, 7)
    np.testing.assert_allclose(codec.marginal, [1 / 3] * 3 + [1] + [1 / 3] * 3)
    assert codec.variance.shape == (7,)
