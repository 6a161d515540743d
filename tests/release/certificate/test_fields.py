import datetime as dt
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from synthgen.errors import ConfigError
from synthgen.model import Model
from synthgen.privacy import Budget, Exact, Gaussian, Part, SubsampledGaussian, epsilon
from synthgen.release.certificate import Source, certificate, page, texts, words
from synthgen.release.certificate.fields import figures_of
from synthgen.release.terms import About, Terms
from synthgen.spending import Spending

FIELDS = (
    *("issued", "guarantee", "unit", "adjacency", "composition", "mechanisms", "sampling", "public_inputs", "tuning"),
    *("outside", "trust", "randomness", "side_channels", "operational", "audit", "group_bias", "hazards"),
)
"""What NIST SP 800-226 asks for."""
RUN = SubsampledGaussian(what="critic", noise_multiplier=3.0, sample_rate=0.1, steps=3, clip=1.0, divisor=10.0)


@dataclass(frozen=True)
class Bound:
    what: str
    lower: float
    claimed: float
    confidence: float


def of(model: Model, **changes: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "model": model,
        "digest": "ab" * 32,
        "rows": 60,
        "created": dt.date(2026, 1, 31),
        "terms": Terms(policy="partner"),
        "about": About(),
    }
    return certificate(Source(**usual | changes))


def html(document: dict[str, Any]) -> str:
    return page(document, id_of_schema="cd" * 32, verdicts=[])


@pytest.fixture(scope="module")
def model() -> Model:
    return Model.load(Path(__file__).parents[2] / "golden" / "model_v1.synthgen")


def test_every_field_is_there_and_says_something(model: Model) -> None:
    found = of(model)
    assert tuple(found)[1:] == FIELDS
    assert all(found[name] for name in FIELDS)
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_the_claim_is_the_models(model: Model) -> None:
    found = of(model)
    assert found["guarantee"]["epsilon"] == model.budget.epsilon
    assert found["guarantee"]["spent"] == epsilon(model.events, model.budget.delta)
    assert found["guarantee"]["cross_check"] == pytest.approx(found["guarantee"]["spent"], rel=0.02)
    assert dict(map(tuple, found["guarantee"]["curve"]))[1e-5] == pytest.approx(found["guarantee"]["spent"])
    assert found["unit"]["unit"] == "person"
    assert found["unit"]["rows_per_unit"] == 3
    assert [each["event"]["kind"] for each in found["mechanisms"]] == ["partition selection", "gaussian"]
    assert "job" in " ".join(found["public_inputs"])


def test_without_a_ledger_the_epsilon_is_said_to_be_of_this_fit_alone(model: Model) -> None:
    assert of(model)["composition"]["meaning"] == texts.ALONE


def test_a_ledger_gives_the_scope_and_what_is_left(model: Model, tmp_path: Path) -> None:
    ledger = Spending.create(tmp_path / "l.db", dataset="clinic", budget=Budget(epsilon=4, delta=1e-5), unit="person")
    ledger.reserve(model.events, what="fit", by="me").commit(model.events)
    ledger.reserve(Budget(epsilon=0.5, delta=1e-7), what="tuning of the fit", by="me")
    shown = ledger.shown()
    found = of(model, statement=shown)
    assert found["composition"]["scope"] == "data set clinic"
    assert found["composition"]["left"] == shown.left > 0
    assert found["composition"]["entries"] == 2
    assert found["tuning"]["recorded"]
    assert "clinic" in html(found)


def test_sampling_is_told_as_it_was_executed(model: Model) -> None:
    assert of(model)["sampling"]["kind"] == "none"
    found = of(replace(model, events=(*model.events, RUN)))
    assert found["sampling"]["runs"] == [{"what": "critic", "sample_rate": 0.1, "steps": 3}]
    assert texts.FLOAT_NOISE in found["randomness"]
    assert "sample rate 0.1, 3 steps" in html(found)
    hardened = of(replace(model, events=(*model.events, replace(RUN, hardened=True))))
    assert texts.HARDENED_NOISE in hardened["randomness"]
    assert texts.FLOAT_NOISE not in hardened["randomness"]


def test_an_audit_is_told_with_its_confidence(model: Model) -> None:
    found = of(model, audit=[Bound("canaries", 0.31, 1.0, 0.95)])
    assert found["audit"]["bounds"] == [{"what": "canaries", "lower": 0.31, "claimed": 1.0, "confidence": 0.95}]
    assert "canaries" in html(found)
    assert of(model)["audit"]["meaning"] == texts.NO_AUDIT


def test_no_guarantee_is_said_aloud(model: Model) -> None:
    bare = replace(
        model,
        events=(Exact(what="counts", names=("age",)),),
        budget=Budget(epsilon=float("inf"), delta=0.0),
        manifest=replace(model.manifest, private=False),
    )
    found = of(bare)
    assert found["guarantee"]["epsilon"] is None
    assert found["guarantee"]["spent"] is None
    assert found["operational"]["advantage"] == 1.0
    assert "No guarantee." in html(found)
    assert texts.NO_GUARANTEE in found["hazards"]


def test_noise_that_somebody_brought_is_said_aloud(model: Model) -> None:
    found = of(replace(model, manifest=replace(model.manifest, noise="fixed")))
    assert texts.FIXED_NOISE in found["randomness"]
    assert texts.FIXED_NOISE in found["hazards"]
    assert "The noise may be known." in html(found)


@pytest.mark.parametrize(("epsilon_", "said"), [(0.5, False), (3.0, True), (20.0, True)])
def test_a_large_epsilon_is_called_what_it_is(epsilon_: float, said: bool, model: Model) -> None:
    hazards = of(replace(model, budget=Budget(epsilon=epsilon_, delta=1e-5)))["hazards"]
    moderate = texts.MODERATE.format(factor=2.718281828459045**epsilon_)
    assert (moderate in hazards or texts.WEAK in hazards) is said
    assert (texts.WEAK in hazards) is (epsilon_ > 10)


def test_groups_are_told_with_their_noise(model: Model) -> None:
    found = of(model)["group_bias"]["columns"]
    assert [each["column"] for each in found] == ["won"]
    levels = found[0]["levels"]
    assert sum(each["share"] for each in levels) == pytest.approx(1)
    assert all(each["noise"] > 0 for each in levels)


def test_figures_are_those_that_arithmetic_gives(model: Model) -> None:
    assert figures_of(of(model))["beliefs"]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Anonymous data",
            "fully anonymised",
            "anonymized rows",
            "de-identified",
            "GDPR compliant",
            "HIPAA-certified",
        ),
        *("zero risk", "risk-free", "completely private", "cannot be re-identified", "no personal data", "100% safe"),
    ],
)
def test_words_that_no_epsilon_makes_true_are_refused(text: str, model: Model) -> None:
    with pytest.raises(ConfigError, match="words that a certificate can stand behind"):
        of(model, about=About(description=text))


@pytest.mark.parametrize("text", ["synthetic, not anonymous", "differentially private", "autonomous cars", "low risk"])
def test_other_words_are_not(text: str, model: Model) -> None:
    assert of(model, about=About(description=text))


def test_our_own_words_pass_our_own_rule(model: Model) -> None:
    found = of(model)
    words.refuse({"certificate": json.dumps(found), "page": html(found)})


def test_a_page_is_text_whatever_is_in_it(model: Model) -> None:
    found = html(of(model, about=About(title="<script>alert(1)</script>")))
    assert "<script>alert" not in found
    assert "http-equiv" in found
    assert "https://" not in found.replace("http://www.w3.org", "")


def test_readers_must_be_trusted_where_nothing_protects_from_them(model: Model) -> None:
    assert texts.NEED_NO_TRUST in of(model)["trust"]
    bare = replace(
        model,
        events=(Exact(what="counts", names=("age",)),),
        budget=Budget(epsilon=float("inf"), delta=0.0),
        manifest=replace(model.manifest, private=False),
    )
    known = replace(model, manifest=replace(model.manifest, noise="fixed"))
    for document in (of(bare), of(known), of(model, drawn=False)):
        assert "need not be trusted" not in " ".join(document["trust"])
    assert texts.GIVEN_TRUST in of(model, drawn=False)["trust"]


def test_bounds_that_were_found_are_told_as_what_they_are(model: Model) -> None:
    search = Gaussian(what="bounds, coarse", parts=(Part(name="age", cells=9, sigma=9.0, sensitivity=1.0),))
    told = "Bounds of these columns were found in the private rows, within the budget: age."
    assert told in of(replace(model, events=(search, *model.events)))["public_inputs"]
    assert not any(text.startswith("Bounds of these") for text in of(model)["public_inputs"])
