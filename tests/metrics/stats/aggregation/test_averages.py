"""Medians and means against the standard library, and a published aggregate to the last digit."""

import csv
import statistics
from collections import defaultdict
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.stats.aggregation.answers import Answers, CannotAggregate
from metrics.stats.aggregation.averages import mean, median, weighted_mean
from metrics.stats.aggregation.result import DECIDED, TIED, UNANSWERED
from tests.paths import shared

NUMBERS = st.floats(-1e6, 1e6).map(lambda number: round(number, 3))
STEPS = [1, 2, 3, 4, 5]


def numbers(units: list[list[Any]], level: Any = "interval", categories: Any = None) -> Answers:
    values = sorted({value for unit in units for value in unit})
    rows = [(u, p, values.index(value)) for u, unit in enumerate(units) for p, value in enumerate(unit)]
    columns = list(zip(*rows, strict=True)) if rows else [(), (), ()]
    return Answers.of(level, *columns, values, categories=categories, n_units=len(units))


@given(st.lists(st.lists(NUMBERS, max_size=6), min_size=1, max_size=8))
def test_median_and_mean_of_numbers(units: list[list[float]]) -> None:
    middle, average = median(numbers(units)), mean(numbers(units))
    for unit, values in enumerate(units):
        if not values:
            assert middle.state[unit] == average.state[unit] == UNANSWERED
            assert middle.spread is not None
            assert np.isnan(middle.spread[unit])
            continue
        assert middle.value_of(unit) == pytest.approx(statistics.median(values))
        assert average.value_of(unit) == pytest.approx(statistics.fmean(values), abs=1e-6)
        assert average.spread is not None
        assert average.spread[unit] == pytest.approx(statistics.pstdev(values), abs=1e-6)
        assert middle.spread is not None
        apart = statistics.fmean(abs(value - statistics.median(values)) for value in values)
        assert middle.spread[unit] == pytest.approx(apart, abs=1e-6)
        assert np.isnan(average.confidence[unit])


@given(st.lists(st.lists(st.sampled_from(STEPS), max_size=6), min_size=1, max_size=8))
def test_the_median_of_ratings_is_a_declared_step(units: list[list[int]]) -> None:
    found = median(numbers(units, "ordinal", STEPS))
    low, high = (median(numbers(units, "ordinal", STEPS), middle=side) for side in ("lower", "upper"))
    for unit, values in enumerate(units):
        if not values:
            assert found.state[unit] == UNANSWERED
            continue
        bottom, top = statistics.median_low(values), statistics.median_high(values)
        assert (low.value_of(unit), high.value_of(unit)) == (bottom, top)
        assert low.confidence[unit] == values.count(bottom) / len(values)
        assert high.confidence[unit] == values.count(top) / len(values)
        if bottom == top:
            assert found.value_of(unit) == bottom
            assert found.candidates(unit) == (bottom,)
        else:
            assert found.state[unit] == TIED
            assert found.candidates(unit) == (bottom, top)
            assert found.confidence[unit] == max(values.count(bottom), values.count(top)) / len(values)
        assert dict(found.weights_of(unit)) == {v: values.count(v) / len(values) for v in set(values)}


def test_whole_results_are_whole_numbers() -> None:
    found = mean(numbers([[1, 3], [1, 2]]))
    assert [found.value_of(unit) for unit in (0, 1)] == [2, 1.5]
    assert isinstance(found.value_of(0), int)


def test_steps_are_ordered_as_declared_and_not_by_name() -> None:
    scale = ["poor", "fair", "good"]
    answers = Answers.of("ordinal", [0, 0, 0], [0, 1, 2], [0, 1, 2], ["good", "poor", "fair"], categories=scale)
    assert median(answers).value_of(0) == "fair"


def test_whoever_errs_less_weighs_more() -> None:
    draw = np.random.default_rng(3)
    errors = np.asarray([0.2, 0.5, 1.0, 3.0])
    truth = draw.normal(50, 10, 400)
    given_ = truth[:, None] + errors * draw.normal(size=(400, 4))
    answers = numbers(given_.tolist())
    found = weighted_mean(answers)
    free = weighted_mean(answers, prior_answers=0.0)
    assert found.converged
    assert free.converged
    assert free.fit is not None
    assert free.fit.errors == pytest.approx(errors, rel=0.25)
    plain = mean(answers)
    off = [
        np.sqrt(np.mean([(float(one.value_of(unit)) - truth[unit]) ** 2 for unit in range(400)]))
        for one in (found, plain)
    ]
    assert off[0] < off[1] / 2
    # What weighing by the true errors would leave.
    assert off[0] == pytest.approx(np.sqrt(1 / (1 / errors**2).sum()), rel=0.25)


def test_weights_are_at_a_maximum_of_the_likelihood() -> None:
    draw = np.random.default_rng(8)
    given_ = draw.normal(0, 2, (300, 1)) + np.asarray([0.8, 1.0, 2.0]) * draw.normal(size=(300, 3))
    found = weighted_mean(numbers(given_.tolist()), prior_answers=0.0, max_iterations=5000)
    assert found.fit is not None
    assert found.fit.errors is not None

    def likelihood(errors: Any) -> float:
        """Of all contrasts between annotators (restricted maximum likelihood, Patterson & Thompson 1971)."""
        contrasts = np.asarray([[1, -1, 0], [0, 1, -1]])
        covariance = contrasts @ np.diag(np.asarray(errors) ** 2) @ contrasts.T
        seen = given_ @ contrasts.T
        squares = np.einsum("ui,ij,uj->u", seen, np.linalg.inv(covariance), seen)
        return float(-0.5 * (squares + np.log(np.linalg.det(2 * np.pi * covariance))).sum())

    best = likelihood(found.fit.errors)
    assert found.log_likelihood == pytest.approx(best)
    for annotator in range(3):
        for factor in (0.97, 1.03):
            errors = found.fit.errors.copy()
            errors[annotator] *= factor
            assert likelihood(errors) < best


@pytest.mark.parametrize("prior_answers", [0.0, 1.0])
def test_units_that_nobody_else_answered_say_nothing_of_errors(prior_answers: float) -> None:
    draw = np.random.default_rng(9)
    given_ = draw.normal(0, 5, (200, 1)) + np.asarray([0.3, 1.0, 3.0]) * draw.normal(size=(200, 3))
    unit, annotator = np.divmod(np.arange(600), 3)
    alone = np.arange(5000)  # of the careful one
    values = np.concatenate([given_.ravel(), draw.normal(size=5000)])
    more = Answers.of(
        "interval", np.concatenate([unit, 200 + alone]), np.concatenate([annotator, np.zeros_like(alone)]),
        np.arange(5600), values.tolist(),
    )  # fmt: skip
    without = Answers.of("interval", unit, annotator, np.arange(600), given_.ravel().tolist())
    found, expected = (weighted_mean(given, prior_answers=prior_answers) for given in (more, without))
    assert found.fit is not None
    assert expected.fit is not None
    assert found.fit.errors == pytest.approx(expected.fit.errors)
    assert found.value_of(7) == pytest.approx(expected.value_of(7))
    assert found.value_of(300) == pytest.approx(values[700])
    lonely = weighted_mean(Answers.of("interval", [0, 0, 1], [0, 1, 2], [0, 1, 2], [1.0, 2.0, 3.0]))
    assert lonely.fit is not None
    assert lonely.fit.errors is not None
    assert np.isnan(lonely.fit.errors).tolist() == [False, False, True]


def test_one_absurd_number_spoils_no_other_answer() -> None:
    absurd = numbers([[1e300, -1e300, 5.0], [5.0, 5.0, 6.0]])
    with pytest.raises(CannotAggregate) as caught:
        weighted_mean(absurd)
    assert caught.value.reason == "too_large"
    for plain in (median(absurd), mean(absurd), median(numbers([[1.7e308, 1.7e308]]))):
        found = [plain.value_of(unit) for unit in range(plain.n_units)]
        assert all(np.isfinite(float(value)) for value in found if value is not None)
        assert plain.spread is not None
        assert np.isfinite(plain.spread).all()


def test_equal_annotators_weigh_the_same_and_nobody_is_believed_blindly() -> None:
    units = [[float(u), float(u) + 1.0] for u in range(40)]
    found = weighted_mean(numbers(units))
    assert [found.value_of(unit) for unit in range(3)] == [0.5, 1.5, 2.5]
    agreed = weighted_mean(numbers([[3.0, 3.0], [4.0, 4.0], [5.0], []]))
    assert [agreed.value_of(unit) for unit in range(4)] == [3, 4, 5, None]
    assert agreed.state.tolist() == [DECIDED] * 3 + [UNANSWERED]
    odd = [[0.1 * u, 0.1 * u, 0.1 * u] for u in range(30)] + [[1.0, 2.0, 4.0], [3.0, 7.0, 5.0]]
    kept = weighted_mean(numbers(odd))
    assert [kept.value_of(unit) for unit in range(1, 30)] == [0.1 * u for u in range(1, 30)]
    assert weighted_mean(numbers([[], []])).state.tolist() == [UNANSWERED] * 2
    assert weighted_mean(numbers([[1.0], [2.0]])).value_of(1) == 2


@pytest.mark.integration  # a second of reading: left out of the layer that answers at once
def test_published_means_of_readers_are_exact() -> None:
    """Buechel & Hahn (2017): without rows of nothing but ones, more than one reader, two decimals."""
    rows: dict[str, list[list[float]]] = defaultdict(list)
    with shared("data", "emobank_reader", "individual_reader_ratings.csv").open(newline="") as lines:
        for row in csv.DictReader(lines):
            ratings = [float(row[scale]) for scale in "VAD"]
            if ratings != [1.0, 1.0, 1.0]:
                rows[row["id"]].append(ratings)
    kept = {name: found for name, found in rows.items() if len(found) > 1}
    with shared("data", "emobank_reader", "reader.csv").open(newline="") as lines:
        published = {row["id"]: row for row in csv.DictReader(lines)}
    assert len(kept) == 10325
    assert kept.keys() == published.keys()
    names = list(kept)
    for place, scale in enumerate("VAD"):
        found = mean(numbers([[ratings[place] for ratings in kept[name]] for name in names]))
        assert found.spread is not None
        means = [round(float(found.value_of(unit)), 2) for unit in range(len(names))]
        assert max(abs(m - float(published[n][scale])) for m, n in zip(means, names, strict=True)) < 0.0051
        spreads = [float(published[name][f"std{scale}"]) for name in names]
        assert np.abs(found.spread - np.asarray(spreads)).max() < 0.0051
