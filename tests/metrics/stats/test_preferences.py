"""Preferences: the bias towards a side, and the two scales of an answer."""

import pytest

from metrics.stats.preferences import leaning, left_win_rate


def test_the_interval_is_wilsons() -> None:
    rate = left_win_rate(8, 2, ties=5)
    # Wilson's interval of 8 of 10 at 95 %, as printed in many textbooks.
    assert (rate.value, rate.n, rate.ties) == (0.8, 10, 5)
    assert rate.low == pytest.approx(0.4902, abs=5e-5)
    assert rate.high == pytest.approx(0.9433, abs=5e-5)
    assert not rate.is_biased
    assert left_win_rate(80, 20).is_biased


def test_the_interval_solves_its_equation() -> None:
    rate, z = left_win_rate(37, 63), 1.959963984540054
    assert rate.low is not None
    assert rate.high is not None
    for limit in (rate.low, rate.high):
        assert (0.37 - limit) ** 2 == pytest.approx(z * z * limit * (1 - limit) / 100)


def test_sides_mirror_each_other() -> None:
    left, right = left_win_rate(30, 12), left_win_rate(12, 30)
    assert left.low is not None
    assert right.high is not None
    assert left.low == pytest.approx(1 - right.high)


def test_nothing_decided_has_no_rate() -> None:
    assert left_win_rate(0, 0, ties=4) == left_win_rate(0, 0, 4)
    assert left_win_rate(0, 0).value is None
    assert left_win_rate(5, 0).high == pytest.approx(1.0)


def test_an_answer_leans_to_one_of_two() -> None:
    assert [leaning(value, ("x", "y")) for value in ("x", "tie", "both_bad", "y")] == [-1, 0, 0, 1]
