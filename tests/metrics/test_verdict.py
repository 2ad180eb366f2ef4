"""The one rule of readiness, and the words of a change."""

from typing import Any

import numpy as np
import pytest

from metrics.charts import heat_level, point_chart
from metrics.stats.bootstrap import difference_unpaired
from metrics.stats.withholding import Minimums
from metrics.verdict import CUSTOMARY, Target, change_words, judged, verdict_of

TARGET = Target(0.667, "customary")


def score(value: float | None, low: float | None, high: float | None, **more: Any) -> dict[str, Any]:
    return {"value": value, "ci_low": low, "ci_high": high, "n_items": 100, "reason": None, **more}


@pytest.mark.parametrize(
    ("row", "answer", "words"),
    [
        (score(0.8, 0.7, 0.9), "yes", "starts at 0.700"),
        (score(0.667, 0.667, 0.9), "yes", "starts at 0.667"),
        (score(0.5, 0.4, 0.6), "no", "ends at 0.600"),
        (score(0.7, 0.6, 0.8), "not enough data", "About 919 items"),
        (score(0.6, 0.5, 0.7), "not enough data", "About 223 items"),
        (score(0.668, 0.6, 0.7), "not enough data", "so close to the target"),
        (score(None, None, None, reason="4 of the 20 items needed."), "not enough data", "4 of the 20"),
        (score(0.9, None, None), "not enough data", "too little"),
    ],
)
def test_the_interval_decides(row: dict[str, Any], answer: str, words: str) -> None:
    verdict = verdict_of(row, TARGET)
    assert verdict.answer == answer
    assert words in verdict.sentence
    assert "0.667" in verdict.rule


def test_the_verdict_stands_in_the_first_row_alone() -> None:
    first, second = judged([score(0.7, 0.6, 0.8), score(0.9, 0.8, 1.0)], Target(0.667, "why", 2))
    assert first["target"] == {"alpha": 0.667, "reason": "why", "number": 2}
    assert (first["verdict"], first["units_needed"]) == ("not_yet_decided", 919)
    assert (second["target"], second["verdict"], second["units_needed"]) == (None, None, None)
    assert judged([score(0.7, 0.68, 0.8)], CUSTOMARY)[0]["verdict"] == "met"
    assert judged([score(0.5, 0.4, 0.6)], CUSTOMARY)[0]["verdict"] == "not_met"


def test_what_is_withheld_says_how_many_items_the_verdict_waits_for() -> None:
    verdict = verdict_of(score(None, None, None, reason="4 of the 20 items needed.", needed=20, n_items=4), CUSTOMARY)
    assert (verdict.words, verdict.needed, verdict.more) == ("not yet decided", 20, 16)


def test_improved_is_said_only_where_the_interval_leaves_nothing_out() -> None:
    low, high, wide = np.full(100, 0.2), np.full(100, 0.6), np.linspace(-0.5, 0.9, 100)
    minimums = Minimums()
    assert change_words(difference_unpaired(low, high), 50, 50, minimums) == "improved"
    assert change_words(difference_unpaired(high, low), 50, 50, minimums) == "worse"
    assert change_words(difference_unpaired(low, wide), 50, 50, minimums) == "no change shown"
    assert "29 of the 30 items" in change_words(difference_unpaired(low, high), 29, 50, minimums)
    assert "too little" in change_words(difference_unpaired(low, np.full(100, np.nan)), 50, 50, minimums)


def test_a_chart_holds_negative_values_and_withheld_ones() -> None:
    rows = [
        {"name": "v1", **score(-0.3, -0.5, -0.1)}, {"name": "v2", **score(None, None, None)},
        {"name": "v3", **score(0.5, None, None)},
    ]  # fmt: skip
    chart = point_chart(rows)
    first, second, third = chart.marks
    assert chart.left <= first.low <= first.x <= first.high <= chart.right  # type: ignore[operator]
    assert (second.x, second.text) == (None, "withheld")
    assert third.low is None
    assert chart.ticks[0].text == "\u22120.6"
    assert [heat_level(v, 10) for v in (0, 0.1, 5, 10)] == [0, 1, 5, 9]
