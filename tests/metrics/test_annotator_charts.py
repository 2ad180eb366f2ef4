"""Where things stand in the drawings of one annotator."""

from typing import Any

import pytest

from metrics.annotatorcharts import BAR_LEFT, bias_chart, day_of, drift_chart


def window(value: float | None, **more: Any) -> dict[str, Any]:
    row = {
        "start": None, "from": "2026-03-02T10:00:00.000000Z", "value": value, "ewma": value, "centre": None,
        "low": None, "high": None, "others": None, "outside": None, "alarm": False, "words": "w",
    }  # fmt: skip
    return row | more


def test_shapes_say_what_colours_do() -> None:
    windows = [
        window(0.9),
        window(0.85, low=0.8, high=1.0, centre=0.9),
        window(0.6, low=0.8, high=1.0, centre=0.9, outside="below"),
        window(0.55, low=0.8, high=1.0, centre=0.9, outside="below", alarm=True),
        window(None),
    ]
    chart = drift_chart(windows, "share")
    assert [dot.shape for dot in chart.dots] == ["inside", "inside", "outside", "alarm", "none"]
    assert chart.dots[-1].y == chart.bottom
    assert chart.dots[0].y < chart.dots[3].y, "more agreement stands higher"
    assert (len(chart.bands), len(chart.centre)) == (3, 3)
    assert chart.ewma.count(" ") == 3
    assert chart.others == ""
    assert [tick.text for tick in chart.ticks] == ["50 %", "60 %", "70 %", "80 %", "90 %", "100 %"]
    xs = [dot.x for dot in chart.dots]
    assert xs == sorted(xs)
    assert all(chart.left < x < chart.right for x in xs)


def test_low_agreement_and_distances_have_their_own_scale() -> None:
    assert drift_chart([window(0.3)], "share").ticks[0].text == "0 %"
    chart = drift_chart([window(12.0, low=2.0, high=30.0)], "distance")
    assert chart.ticks[0].text == "0"
    assert float(chart.ticks[-1].text) >= 30
    many = drift_chart([window(0.9)] * 60, "share")
    assert many.width > 60 * 30
    assert len(many.days) < 60


def test_a_bar_is_clear_where_its_interval_leaves_0_out() -> None:
    rows = [
        {"title": "a", "difference": 0.2, "ci_low": 0.1, "ci_high": 0.3},
        {"title": "b", "difference": -0.04, "ci_low": -0.1, "ci_high": 0.02},
        {"title": "c", "difference": 0.0, "ci_low": None, "ci_high": None},
    ]
    chart = bias_chart(rows)
    assert [bar.shape for bar in chart.bars] == ["clear", "unclear", "unclear"]
    assert chart.bars[0].x == chart.zero
    assert chart.bars[1].x < chart.zero
    assert chart.bars[1].x + chart.bars[1].width == pytest.approx(chart.zero, abs=0.2)
    assert [tick.text for tick in chart.ticks] == ["\u221250 %", "\u221225 %", "0", "+25 %", "+50 %"]
    assert all(BAR_LEFT <= tick.x <= chart.width for tick in chart.ticks)


def test_days() -> None:
    assert day_of({"start": "2026-03-02", "from": "x"}) == "2 Mar"
    assert day_of({"start": None, "from": "2026-12-31T23:59:59.000000Z"}) == "31 Dec"
