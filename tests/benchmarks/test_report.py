import math
from typing import Any

import pytest
from report import SCORES, against_aim, medians, page, pair_line, peers, targets, verdicts

GOOD = dict(zip(SCORES, (0.999, 0.001, 0.001, 0.01, 0.95, 0.5), strict=True)) | {"fit_cpu_s": 5.0}
BAD = dict(zip(SCORES, (0.5, 0.5, 0.5, 0.5, 0.5, 1.0), strict=True)) | {"fit_cpu_s": 500.0}


@pytest.mark.parametrize("epsilon", [1.0, 3.0, 10.0, math.inf])
@pytest.mark.parametrize("effort", ["quick", "high"])
def test_every_target_is_marked_and_only_what_is_good_enough_reaches_it(epsilon: float, effort: str) -> None:
    goal = targets(epsilon, effort)
    assert len(goal) == 6
    (line,) = verdicts(GOOD, goal)
    assert (line.count("reached"), line.count("NOT")) == (6, 0)
    (line,) = verdicts(BAD, goal)
    assert line.count("NOT reached") == 6


def test_a_figure_equal_to_its_target_reaches_it() -> None:
    goal = targets(3.0, "quick")
    assert "NOT" not in verdicts(goal, goal)[0]


def test_an_epsilon_without_targets_has_no_verdict() -> None:
    assert verdicts(GOOD, targets(2.0, "quick")) == []


def test_a_score_that_was_skipped_is_said_to_be_missing() -> None:
    skipped = {name: value for name, value in GOOD.items() if name != "quality"}
    assert "quality not scored" in verdicts(skipped, targets(1.0, "quick"))[0]


def test_aim_is_compared_at_the_best_of_its_rows() -> None:
    (line,) = against_aim(GOOD | {"tvd2": 0.0200}, 3.0)
    assert "tvd2 BEHIND (.0200, AIM's best .0199)" in line
    assert "tvd3 ahead" in line
    assert against_aim(GOOD, math.inf) == []


def test_every_row_of_others_belongs_to_a_table_and_has_plausible_scores() -> None:
    rows = [row for epsilon in (1.0, 3.0, 10.0, math.inf) for row in peers("adult", epsilon)]
    assert len({row["method"] for row in rows}) > 15
    for row in rows:
        ends = [end for name in SCORES for end in (row[name] if isinstance(row[name], list) else [row[name]])]
        assert all(0 <= end <= 1 for end in ends)


def test_a_page_shows_our_median_beside_the_others() -> None:
    pairs = {"pair_error_model": 0.02, "pair_error_balanced": 0.0205, "pair_error_independent": 0.025}
    run: dict[str, Any] = GOOD | pairs | {"peak_mib": 600.0, "epsilon_spent": 0.99, "sample_cpu_s": 1.0}
    run |= {"levels": 150, "trtr": 0.92, "dcr_share": 0.5, "new_rows": 1.0, "warnings": ["weak"]}
    text = page("adult", 1.0, "quick", [run, run | {"tvd2": 0.003}, run | {"tvd2": 0.002}])
    assert "| synthgen, median of 3" in text
    assert " .0020 " in text
    assert "AIM, our codec" in text
    assert text.endswith("warning: weak")
    assert medians([run])["tvd2"] == 0.001


def test_a_balanced_sample_may_lose_five_percent_of_the_model() -> None:
    errors = {"pair_error_model": 0.02, "pair_error_independent": 0.03}
    assert "NOT" not in pair_line(errors | {"pair_error_balanced": 0.0209})
    assert "NOT reached" in pair_line(errors | {"pair_error_balanced": 0.0211})
