"""Windows and control charts, against slow twins and simulated annotators."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import betabinom, binom

from metrics.stats.drift import (
    LARGEST_EXACT,
    Slice,
    alarm_now,
    by_units,
    by_week,
    control_chart,
    share_limits,
    window_units,
)


def yes(*counts: int, size: int = 50) -> np.ndarray:
    """Windows of `size` answers, each with so many that agree."""
    return np.concatenate([[1.0] * count + [0.0] * (size - count) for count in counts])


def test_a_window_holds_fifty_units_unless_the_project_says_otherwise() -> None:
    assert [window_units(limit) for limit in (30, 50, 80, 10, 0)] == [50, 50, 80, 10, 2]


@given(st.integers(0, 300), st.integers(1, 60))
def test_windows_by_units_hold_everything_once(n: int, size: int) -> None:
    windows = by_units(n, size)
    assert [place for window in windows for place in range(window.first, window.last)] == list(range(n))
    assert all(window.n == size for window in windows[:-1])


@given(st.lists(st.integers(0, 60 * 86_400), max_size=40), st.integers(0, 2_000_000_000))
def test_weeks_are_those_of_the_calendar(offsets: list[int], begin: int) -> None:
    times = sorted(begin + offset for offset in offsets)
    expected: dict[date, int] = {}
    for time in times:
        day = datetime.fromtimestamp(time, tz=UTC).date()
        monday = day - timedelta(days=day.weekday())
        expected[monday] = expected.get(monday, 0) + 1
    windows = by_week(np.asarray(times, dtype=np.int64))
    assert [(window.start, window.n) for window in windows] == list(expected.items())
    assert [window.first for window in windows[1:]] == [window.last for window in windows[:-1]]


@given(st.integers(1, 200), st.integers(0, 300), st.integers(0, 300))
def test_limits_are_quantiles_of_the_beta_binomial(n: int, agreed: int, differed: int) -> None:
    low, high = share_limits(n, float(agreed), agreed + differed)
    known = betabinom(n, agreed + 0.5, differed + 0.5)
    assert low * n == pytest.approx(known.ppf(0.025), abs=1e-9)
    assert high * n == pytest.approx(known.ppf(0.975), abs=1e-9)


def test_with_much_before_it_they_are_the_binomial_ones() -> None:
    low, high = share_limits(50, 800_000.0, 1_000_000)
    assert low * 50 == pytest.approx(binom(50, 0.8).ppf(0.025))
    assert high * 50 == pytest.approx(binom(50, 0.8).ppf(0.975))


def test_large_windows_go_on_where_exact_limits_end() -> None:
    exact, normal = (share_limits(n, 700.0, 1000) for n in (LARGEST_EXACT, LARGEST_EXACT + 1))
    assert exact == pytest.approx(normal, abs=0.002)


def test_the_first_window_has_no_limits_and_a_small_one_no_value() -> None:
    chart = control_chart(yes(40, 41), [*by_units(100, 50), Slice(100, 100)], minimum=30)
    assert (chart[0].value, chart[0].low, chart[0].ewma) == (0.8, None, 0.8)
    assert chart[1].low is not None
    assert chart[1].ewma == pytest.approx(0.2 * 0.82 + 0.8 * 0.8)
    assert (chart[2].n, chart[2].value, chart[2].outside) == (0, None, None)
    assert control_chart(np.zeros(0), [], minimum=30) == ()


def test_one_window_outside_is_no_alarm_two_in_a_row_are() -> None:
    once = control_chart(yes(44, 45, 43, 20, 44), by_units(250, 50), minimum=30)
    assert [point.outside for point in once] == [None, None, None, "below", None]
    assert not any(point.alarm for point in once)
    assert alarm_now(once) is None
    twice = control_chart(yes(44, 45, 43, 20, 22), by_units(250, 50), minimum=30)
    assert [point.alarm for point in twice] == [False, False, False, False, True]
    assert alarm_now(twice) == "below"
    assert twice[4].centre == pytest.approx((44 + 45 + 43) / 150), "what lies outside is not what is usual"


def test_two_windows_on_different_sides_are_no_drift() -> None:
    chart = control_chart(yes(25, 25, 26, 5, 45, 45), by_units(300, 50), minimum=30)
    assert [point.outside for point in chart[3:]] == ["below", "above", "above"]
    assert [point.alarm for point in chart[3:]] == [False, False, True]


def test_a_window_too_small_to_show_does_not_part_two_others() -> None:
    windows = [Slice(0, 50), Slice(50, 100), Slice(100, 150), Slice(150, 160), Slice(160, 210)]
    values = np.concatenate([yes(45, 44, 20), np.ones(10), yes(18)])
    chart = control_chart(values, windows, minimum=30)
    assert [point.alarm for point in chart] == [False, False, False, False, True]


def test_somebody_who_always_agreed_may_differ_once() -> None:
    chart = control_chart(yes(50, 50, 49, 50), by_units(200, 50), minimum=30)
    assert not any(point.outside for point in chart)


def twin(values: list[float], size: int) -> list[tuple[str | None, bool]]:
    """The rule again, slowly: each window against all inside windows before it."""
    found: list[tuple[str | None, bool]] = []
    usual: list[float] = []
    for first in range(0, len(values), size):
        part = values[first : first + size]
        side = None
        if usual:
            known = betabinom(len(part), sum(usual) + 0.5, len(usual) - sum(usual) + 0.5)
            side = "below" if sum(part) < known.ppf(0.025) else "above" if sum(part) > known.ppf(0.975) else None
        found.append((side, side is not None and bool(found) and found[-1][0] == side))
        usual += [] if side else part
    return found


@given(st.lists(st.integers(0, 10), min_size=1, max_size=12))
def test_the_chart_is_that_of_its_twin(counts: list[int]) -> None:
    values = yes(*counts, size=10)
    chart = control_chart(values, by_units(values.size, 10), minimum=1)
    assert [(point.outside, point.alarm) for point in chart] == twin(values.tolist(), 10)


def test_nothing_changed_gives_few_alarms_and_a_fall_gives_one() -> None:
    generator = np.random.default_rng(20)
    steady = fallen = 0
    for _ in range(300):
        values = generator.binomial(1, 0.85, 1000).astype(float)
        steady += any(point.alarm for point in control_chart(values, by_units(1000, 50), minimum=30))
        values[500:] = generator.binomial(1, 0.6, 500)
        fallen += any(point.alarm for point in control_chart(values, by_units(1000, 50), minimum=30)[10:])
    assert steady / 300 < 0.05, "twenty windows without any change"
    assert fallen / 300 > 0.98


def test_numbers_have_limits_by_students_t() -> None:
    values = np.asarray([1.0, 2.0, 3.0, 4.0, 10.0, 10.5, 11.0, 10.2])
    chart = control_chart(values, by_units(8, 4), minimum=4, spread="mean")
    reach = 3.182446 * values[:4].std(ddof=1) * (1 / 4 + 1 / 4) ** 0.5
    assert chart[1].centre == pytest.approx(2.5)
    assert (chart[1].low, chart[1].high) == pytest.approx((2.5 - reach, 2.5 + reach), rel=1e-5)
    assert chart[1].outside == "above"
    single = control_chart(np.asarray([1.0, 2.0]), by_units(2, 1), minimum=1, spread="mean")
    assert single[1].low is None


def test_steady_numbers_give_few_alarms() -> None:
    generator = np.random.default_rng(4)
    alarms = 0
    for _ in range(300):
        values = np.abs(generator.normal(0, 1, 1000))
        alarms += any(p.alarm for p in control_chart(values, by_units(1000, 50), minimum=30, spread="mean"))
    assert alarms / 300 < 0.08
