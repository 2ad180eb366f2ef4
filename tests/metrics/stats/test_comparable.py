"""When a difference between two versions would not be one: other items, other people, other labels."""

import math

import numpy as np
import pytest
import yaml

from metrics.stats.alpha import alpha
from metrics.stats.comparable import Side, in_common, labels_shifted, objections
from metrics.stats.patterns import Patterns
from metrics.stats.planning import smallest_detectable
from tests.paths import shared


def side(**more: object) -> Side:
    plain = {
        "n_units": 200, "frames": {"batch": 600}, "people": {"a": 200, "b": 200, "c": 200},
        "labels": {"x": 300, "y": 300}, "expected": 0.5,
    }  # fmt: skip
    return Side(**(plain | more))  # type: ignore[arg-type]


def test_like_sides_may_be_compared() -> None:
    assert objections(side(), side()) == ()
    assert objections(side(), side(n_units=40, people={"a": 40, "b": 60, "c": 20}, labels={"x": 70, "y": 50})) == ()


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (side(frames={"other": 600}), "other_items"),
        (side(frames={"batch": 400, "other": 200}), "other_items"),
        (side(frames={}), "other_items"),
        (side(people={"a": 100, "d": 500}), "other_people"),
        (side(people=None), "unknown_people"),
        (side(labels={"x": 480, "y": 120}), "other_labels"),
        (side(labels=None, expected=0.8), "other_spread"),
    ],
)
def test_each_difference_is_named(other: Side, reason: str) -> None:
    assert objections(side(), other) == (reason,)
    assert objections(other, side()) == (reason,)


def test_what_is_in_common_is_the_smaller_share_of_the_two() -> None:
    assert in_common({"a": 9, "b": 1}, {"a": 5, "c": 5}) == 0.5
    assert in_common({"a": 0}, {"a": 5}) == 0.0


def test_a_shift_within_chance_is_none() -> None:
    """Shares move by a quarter, yet twelve units a side do that by themselves."""
    assert labels_shifted({"x": 24, "y": 12}, {"x": 15, "y": 21}, 300, 300)
    assert not labels_shifted({"x": 24, "y": 12}, {"x": 15, "y": 21}, 12, 12)
    assert not labels_shifted({"x": 1}, {}, 10, 10)


def test_a_shift_too_small_to_matter_is_none_however_certain() -> None:
    assert not labels_shifted({"x": 500, "y": 500}, {"x": 530, "y": 470}, 10**6, 10**6)


def test_few_random_halves_are_refused() -> None:
    """The label check at its level: two random samples of one population are refused about once in twenty."""
    random, refused = np.random.default_rng(5), 0
    for _ in range(400):
        before, after = (np.bincount(random.choice(4, 150, p=(0.5, 0.3, 0.15, 0.05)), minlength=4) for _ in range(2))
        refused += labels_shifted(dict(enumerate(before)), dict(enumerate(after)), 150, 150)
    assert refused / 400 <= 0.075  # 0.05 and chance


def votes(random: np.random.Generator, truth: np.ndarray, skill: np.ndarray) -> np.ndarray:
    """Three answers to each item: right with the item's own probability, else any of three labels."""
    right = random.random((truth.size, 3)) < skill[:, np.newaxis]
    return np.where(right, truth[:, np.newaxis], random.integers(0, 3, (truth.size, 3)))


def figure(answers: np.ndarray) -> float:
    units = [dict(zip(*np.unique(row, return_counts=True), strict=True)) for row in answers]
    value = alpha(Patterns.from_units(units, [0, 1, 2], "nominal"), "nominal").value
    assert value is not None
    return value


def test_items_chosen_for_their_disagreement_agree_better_by_themselves() -> None:
    """AGREEMENT 8.1: the worst items of three people, asked of three others under the same guideline."""
    random = np.random.default_rng(11)
    gaps = []
    for _ in range(20):
        truth, skill = random.integers(0, 3, 1000), random.beta(2, 1, 1000)
        first, second = votes(random, truth, skill), votes(random, truth, skill)
        worst = np.argsort([len(set(row)) for row in first.tolist()], kind="stable")[-200:]
        gaps.append(figure(second[worst]) - figure(first[worst]))
        assert abs(figure(second) - figure(first)) < 0.1
    assert min(gaps) > 0.1  # nothing has changed


def test_real_photographs_chosen_so_agree_better_by_themselves() -> None:
    """The same with real answers: forty photographs of 108, worst for five people, asked of five others."""
    found = yaml.load(shared("data", "bluebirds", "labels.yaml").read_text(), yaml.CSafeLoader)
    answers = np.asarray(
        [[int(bool(given[image])) for given in found.values()] for image in sorted(next(iter(found.values())))]
    )
    random, gaps = np.random.default_rng(7), []
    for _ in range(50):
        people = random.permutation(answers.shape[1])
        first, second = answers[:, people[:5]], answers[:, people[5:10]]
        votes = first.sum(axis=1)
        worst = np.argsort(np.minimum(votes, 5 - votes), kind="stable")[-40:]
        gaps.append(figure(second[worst]) - figure(first[worst]))
    assert np.mean(gaps) > 0.1
    assert np.mean(np.asarray(gaps) > 0) > 0.9


def test_the_smallest_detectable_change_is_detected_four_times_of_five() -> None:
    random = np.random.default_rng(3)
    error = 0.05
    width = 1.959963984540054 * error
    least = smallest_detectable(-width, width)
    assert least == pytest.approx(2.8015852 * error)
    found = random.normal(least, error, 20_000)
    assert float((found - width > 0).mean()) == pytest.approx(0.8, abs=0.01)
    assert math.isclose(smallest_detectable(0.1, 0.3), smallest_detectable(-0.1, 0.1))
