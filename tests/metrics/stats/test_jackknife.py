"""Leaving out one annotator at a time, held against the definition."""

import numpy as np
import pytest
from scipy import stats

from metrics.stats.alpha import alpha
from metrics.stats.jackknife import annotator_jackknife
from tests.metrics.stats.build import patterns
from tests.metrics.stats.rows import annotator_scores
from tests.metrics.stats.test_bootstrap import noisy_units


def rows_of(raters: int, seed: int, noise: float = 0.4) -> list[tuple[int, int, int]]:
    """Answers of a sparse design: each unit has half of the raters."""
    rng = np.random.default_rng(seed)
    units = noisy_units(rng, 60, raters=raters, noise=noise)
    return [
        (unit, int(who), answers[who])
        for unit, answers in enumerate(units)
        for who in rng.choice(raters, size=(raters + 1) // 2, replace=False)
    ]


def alpha_over(rows: list[tuple[int, int, int]]) -> float:
    units: dict[int, list[int]] = {}
    for unit, _, value in rows:
        units.setdefault(unit, []).append(value)
    found = alpha(patterns(list(units.values()), "nominal", [1, 2, 3, 4]), "nominal").value
    assert found is not None
    return found


@pytest.mark.parametrize("raters", [3, 4, 8])
def test_it_is_the_jackknife_by_hand(raters: int) -> None:
    rows = rows_of(raters, seed=raters)
    if raters == 3:
        rows = [(unit, who, value) for unit, who, value in rows_of(3, 3)] + [(u, 2, 1) for u in range(60, 70)]
        rows += [(u, who, 1 + u % 3) for u in range(70, 90) for who in range(3)]
    whole = alpha_over(rows)
    without = [alpha_over([row for row in rows if row[1] != who]) for who in range(raters)]
    found = annotator_jackknife(whole, without)
    mean = sum(without) / raters
    se = ((raters - 1) / raters * sum((value - mean) ** 2 for value in without)) ** 0.5
    reach = stats.t.ppf(0.975, raters - 1) * se
    assert found.se == pytest.approx(se)
    assert found.low == pytest.approx(whole - reach)
    assert found.high == pytest.approx(min(1.0, whole + reach))
    assert (found.n_annotators, found.level, found.reason) == (raters, 0.95, None)
    scores = annotator_scores(rows, "nominal", [1, 2, 3, 4])
    again = annotator_jackknife(whole, [score.leave_one_out.value for score in scores])
    assert again.se == pytest.approx(found.se)


def test_equal_annotators_leave_no_doubt_and_one_who_differs_much() -> None:
    assert annotator_jackknife(0.6, [0.6] * 5).se == 0.0
    odd = annotator_jackknife(0.6, [0.6, 0.6, 0.6, 0.9])
    assert odd.se is not None
    assert odd.se > 0.2
    assert odd.high == 1.0


@pytest.mark.parametrize(
    ("alpha_value", "without", "persons", "reason"),
    [
        (None, [0.1, 0.2, 0.3], True, "no_alpha"),
        (0.5, [], True, "too_few_annotators"),
        (0.5, [0.4, 0.6], True, "too_few_annotators"),
        (0.5, [0.4, 0.6, None], True, "undefined_without_one"),
        (0.5, [0.4, 0.6, 0.5], False, "no_persons"),
    ],
)
def test_without_an_interval_there_is_a_reason(
    alpha_value: float | None, without: list[float | None], persons: bool, reason: str
) -> None:
    found = annotator_jackknife(alpha_value, without, persons=persons)
    assert (found.low, found.high, found.se, found.reason) == (None, None, None, reason)
