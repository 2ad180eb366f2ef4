"""Real annotations give the alpha that their descriptions state."""

import csv
import json
from collections import Counter, defaultdict
from typing import Any

import pytest

from metrics.stats.alpha import package_alpha
from metrics.stats.bootstrap import bootstrap_alpha, seed_for
from metrics.stats.patterns import Level, Patterns
from tests.paths import shared


def factuality() -> Patterns:
    units: dict[Any, Counter[str]] = defaultdict(Counter)
    path = shared("data", "xsum_hallucination", "factuality_annotations_xsum_summaries.csv")
    with path.open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if row["is_factual"] in {"yes", "no"}:
                units[row["bbcid"], row["system"]][row["is_factual"]] += 1
    return Patterns.from_units(units.values(), ["yes", "no"], "nominal")


def sarcasm(level: Level) -> Patterns:
    units = []
    for part in ("dev", "test"):
        items = json.loads(shared("data", "csc_sarcasm", f"CSC_{part}.json").read_text(encoding="utf-8"))
        units += [Counter(int(answer) for answer in item["annotations"].values()) for item in items.values()]
    return Patterns.from_units(units, [1, 2, 3, 4, 5, 6], level)


def check(data: Patterns, level: Level, value: float, low: float, high: float) -> None:
    checked = package_alpha(data, level)
    assert checked.computed_by == "krippendorff"
    assert checked.result.value == pytest.approx(value, abs=5e-5)
    interval = bootstrap_alpha(data, level, seed=seed_for("data set", level))
    assert interval.low == pytest.approx(low, abs=0.01)
    assert interval.high == pytest.approx(high, abs=0.01)


def test_factuality_of_summaries() -> None:
    data = factuality()
    assert (data.n_items, data.n_annotations) == (1858, 5564)
    check(data, "nominal", 0.7736, 0.732, 0.811)


@pytest.mark.parametrize(
    ("level", "value", "low", "high"),
    [
        ("ordinal", 0.3517, 0.324, 0.377),
        ("interval", 0.3606, 0.332, 0.385),
        ("nominal", 0.1181, 0.105, 0.130),
    ],
)
def test_sarcasm_ratings(level: Level, value: float, low: float, high: float) -> None:
    data = sarcasm(level)
    assert (data.n_items, data.n_annotations, len(data)) == (1408, 6410, 298)
    check(data, level, value, low, high)
