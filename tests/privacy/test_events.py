import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthgen.errors import ModelFileError
from synthgen.privacy import Event, Exact, Gaussian, Part, PartitionSelection, SubsampledGaussian
from synthgen.privacy.events import LATTICE, from_json, to_json

parts = st.builds(
    Part,
    name=st.text(max_size=5),
    cells=st.integers(1, 10**6),
    sigma=st.floats(1, 1e6),
    sensitivity=st.floats(10, 1e4),
    per_cell=st.integers(1, 10),
)
events = st.one_of(
    st.builds(Gaussian, what=st.text(max_size=5), parts=st.lists(parts, max_size=4).map(tuple)),
    st.builds(
        PartitionSelection,
        what=st.text(max_size=5),
        sigma=st.floats(1, 1e3),
        sensitivity=st.integers(1, 50),
        threshold=st.integers(1, 10**6),
        delta=st.floats(1e-12, 0.5),
    ),
    st.builds(
        SubsampledGaussian,
        what=st.text(max_size=5),
        noise_multiplier=st.floats(0.1, 1e3),
        sample_rate=st.floats(0, 1, exclude_min=True),
        steps=st.integers(1, 10**6),
        clip=st.floats(1e-6, 1e6),
        divisor=st.floats(1, 1e9),
        hardened=st.booleans(),
    ),
    st.builds(Exact, what=st.text(max_size=5), names=st.lists(st.text(max_size=5), max_size=3).map(tuple)),
)


@given(event=events)
def test_an_event_survives_the_way_through_json(event: Event) -> None:
    assert from_json(json.loads(json.dumps(to_json(event)))) == event


RUN = {
    "what": "x",
    "noise_multiplier": 1.0,
    "sample_rate": 0.1,
    "steps": 10,
    "clip": 1.0,
    "divisor": 9.0,
    "hardened": False,
}


@pytest.mark.parametrize(
    "wrong",
    [
        {"noise_multiplier": 0.0},
        {"noise_multiplier": 0.09},
        {"noise_multiplier": math.inf},
        {"noise_multiplier": math.nan},
        {"sample_rate": 0.0},
        {"sample_rate": 1.01},
        {"sample_rate": math.nan},
        {"steps": 0},
        {"steps": 10**6 + 1},
        {"steps": 1.5},
        {"clip": 0.0},
        {"clip": math.inf},
        {"divisor": 0.0},
        {"divisor": math.nan},
    ],
)
def test_a_run_that_could_not_be_priced_cannot_be_made(wrong: dict[str, float]) -> None:
    assert SubsampledGaussian(**RUN).rate >= 0.1
    with pytest.raises(ValueError, match="'x'"):
        SubsampledGaussian(**RUN | wrong)
    with pytest.raises(ModelFileError):
        from_json({"kind": "subsampled gaussian", **RUN, **wrong})


@pytest.mark.parametrize(
    "damaged",
    [
        None,
        [],
        "gaussian",
        {},
        {"kind": "laplace", "what": "x"},
        {"kind": "gaussian", "what": "x"},
        {"kind": "gaussian", "what": 3, "parts": []},
        {"kind": "gaussian", "what": "x", "parts": 3},
        {"kind": "gaussian", "what": "x", "parts": [{"name": "a", "cells": 1, "sigma": 0.5, "sensitivity": 1}]},
        {"kind": "gaussian", "what": "x", "parts": [{"name": "a", "cells": 1, "sigma": math.nan, "sensitivity": 1}]},
        {"kind": "gaussian", "what": "x", "parts": [{"name": "a", "cells": 1, "sigma": "5", "sensitivity": 1}]},
        {"kind": "exact", "what": "x", "names": [{}]},
        {"kind": "subsampled gaussian", "what": "x"},
        {"kind": "subsampled gaussian", **RUN, "what": 3},
        {"kind": "subsampled gaussian", **RUN, "steps": "10"},
        {"kind": "subsampled gaussian", **RUN, "parts": []},
        {"kind": "partition selection", "what": "x", "sigma": 2, "sensitivity": 1, "threshold": 9, "delta": 2},
        {"kind": "partition selection", "what": "x", "sigma": 2, "sensitivity": 1, "threshold": 9},
    ],
)
def test_an_event_that_was_tampered_with_is_refused_in_one_line(damaged: object) -> None:
    with pytest.raises(ModelFileError) as caught:
        from_json(damaged)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"sigma": 0.99},
        {"sigma": 0.0},
        {"sigma": math.inf},
        {"sigma": math.nan},
        {"cells": 0},
        {"sensitivity": 0.0},
        {"sensitivity": math.inf},
        {"per_cell": 0},
        {"per_cell": 3},
    ],
)
def test_a_part_that_could_not_be_priced_cannot_be_made(wrong: dict[str, float]) -> None:
    right = {"name": "age", "cells": 10, "sigma": 2.0, "sensitivity": 2.0, "per_cell": 2}
    assert Part(**right).copies == 1
    with pytest.raises(ValueError, match="age"):
        Part(**right | wrong)


@given(some=st.lists(parts, min_size=1, max_size=6))
def test_the_squares_of_mu_add_up(some: list[Part]) -> None:
    whole = Gaussian(what="all", parts=tuple(some))
    assert whole.mu == pytest.approx(math.sqrt(sum(part.sensitivity**2 / (part.sigma**2 - LATTICE) for part in some)))
    assert whole.noise_multiplier == pytest.approx(1 / whole.mu)


def test_a_vector_of_scores_is_as_many_shifts_as_it_has_scores() -> None:
    assert Part(name="scores", cells=196, sigma=3.0, sensitivity=5 * math.sqrt(196), per_cell=5).copies == 196
