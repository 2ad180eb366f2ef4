"""Parts of the answers against the whole, held against computing everything anew by hand."""

import random
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from metrics.stats import splits
from metrics.stats.alpha import alpha, cross_disagreement, midranks
from metrics.stats.patterns import Level
from metrics.stats.splits import Part, Scale, Whole, weeks_of
from metrics.stats.table import AnswerTable
from tests.metrics.stats.build import patterns

CATEGORIES = (1, 2, 3, 4)
ROUND = UUID(int=1)


@dataclass
class Made:
    table: AnswerTable
    units: list[dict[int, Any]]


def made(seed: int, n: int = 60, raters: int = 4) -> Made:
    """Sparse answers; the second half of the items is answered at random."""
    rng = random.Random(seed)
    units: list[dict[int, Any]] = []
    for unit in range(n):
        truth = rng.choice(CATEGORIES)
        people = rng.sample(range(raters), rng.randint(1, raters))
        noise = 0.1 if unit < n // 2 else 0.8
        units.append({who: rng.choice(CATEGORIES) if rng.random() < noise else truth for who in people})
    rows = [
        (ROUND, UUID(int=unit + 1), UUID(int=who + 1), value)
        for unit, given in enumerate(units)
        for who, value in given.items()
    ]
    return Made(AnswerTable.from_rows(rows), units)


def disagreement_by_hand(units: list[list[Any]], whole: list[list[Any]], level: Level) -> tuple[float, float]:
    """D_o of some units and D_e of all of them, by the distance that all of them make."""
    pairable = [unit for unit in whole if len(unit) >= 2]
    marginals = np.asarray([sum(unit.count(c) for unit in pairable) for c in CATEGORIES], dtype=float)
    coords = midranks(marginals) if level == "ordinal" else np.asarray(CATEGORIES, dtype=float)
    place = dict(zip(CATEGORIES, coords, strict=True))

    def distance(a: Any, b: Any) -> float:
        return float(a != b) if level == "nominal" else float((place[a] - place[b]) ** 2)

    kept = [unit for unit in units if len(unit) >= 2]
    n = sum(map(len, kept))
    observed = sum(distance(a, b) / (len(unit) - 1) for unit in kept for a in unit for b in unit) / n
    total = marginals.sum()
    expected = float(cross_disagreement(level, coords, marginals[np.newaxis, :])[0]) / (total * (total - 1))
    return observed, expected


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_part_of_units_is_what_computing_it_by_hand_gives(level: Level, seed: int) -> None:
    data = made(seed)
    scale = Scale(level, None if level == "interval" else CATEGORIES)
    whole = Whole(data.table, scale)
    mask = np.arange(60) < 35
    values = [list(unit.values()) for unit in data.units]
    [score, rest] = whole.scores([whole.of_units(mask), whole.of_units(~mask)], seed=1, replicates=200)
    expected = alpha(patterns(values[:35], level, list(CATEGORIES)), level)
    assert score.alpha.value == pytest.approx(expected.value)
    assert score.n_items == expected.n_items
    observed, chance = disagreement_by_hand(values[:35], values, level)
    assert score.on_scale == pytest.approx(1 - observed / chance)
    assert score.observed_share is not None
    assert rest.observed_share is not None
    assert score.observed_share + rest.observed_share == pytest.approx(1)
    assert score.items_share + rest.items_share == pytest.approx(1)
    assert rest.observed_share > score.observed_share  # the random half is the smaller one
    assert score.interval.low is not None
    assert score.interval.low <= score.alpha.value <= score.interval.high  # type: ignore[operator]


@pytest.mark.parametrize("level", ["nominal", "ordinal"])
def test_a_part_of_answers_keeps_the_values_of_these_people_only(level: Level) -> None:
    data = made(4)
    whole = Whole(data.table, Scale(level, CATEGORIES))
    kept = {0, 2}
    codes = [code for code, who in enumerate(data.table.annotators) if who.int - 1 in kept]
    part = whole.of_rows(np.isin(data.table.annotator, codes))
    [score] = whole.scores([part], seed=1, replicates=50)
    units = [[value for who, value in unit.items() if who in kept] for unit in data.units]
    values = [list(unit.values()) for unit in data.units]
    assert score.alpha.value == pytest.approx(alpha(patterns(units, level, list(CATEGORIES)), level).value)
    observed, chance = disagreement_by_hand(units, values, level)
    assert score.on_scale == pytest.approx(1 - observed / chance)


def test_everything_as_a_part_is_the_whole() -> None:
    data = made(5)
    whole = Whole(data.table, Scale("ordinal", CATEGORIES))
    [score] = whole.scores([whole.of_units(np.ones(60, dtype=bool))], seed=1, replicates=20)
    assert score.alpha == whole.alpha
    assert score.on_scale == pytest.approx(whole.alpha.value)
    assert (score.observed_share, score.items_share) == (pytest.approx(1), 1)


def test_without_any_disagreement_nobody_has_a_share_of_it() -> None:
    rows = [(ROUND, UUID(int=u), UUID(int=w), 1 + u % 2) for u in range(1, 9) for w in range(1, 3)]
    whole = Whole(AnswerTable.from_rows(rows), Scale("nominal", CATEGORIES))
    [score] = whole.scores([whole.of_units(np.arange(8) < 4)], seed=1, replicates=20)
    assert (score.alpha.value, score.on_scale, score.observed_share) == (1.0, 1.0, None)


def test_a_part_with_nothing_to_compare_says_so() -> None:
    rows = [(ROUND, UUID(int=u), UUID(int=w), 1) for u in range(1, 5) for w in range(1, 3)]
    rows += [(ROUND, UUID(int=9), UUID(int=1), 2), (ROUND, UUID(int=10), UUID(int=1), 1)]
    rows += [(ROUND, UUID(int=10), UUID(int=2), 2)]
    table = AnswerTable.from_rows(rows)
    whole = Whole(table, Scale("nominal", CATEGORIES))
    alone, same = whole.scores(
        [whole.of_units(np.arange(6) == 4), whole.of_units(np.arange(6) < 4)], seed=1, replicates=20
    )
    assert (alone.alpha.undefined, alone.n_items, alone.interval.low) == ("no_pairable_units", 0, None)
    assert same.alpha.undefined == "no_variation"
    assert same.on_scale == 1.0


def test_opt_outs_are_no_values_of_a_part() -> None:
    rows: list[Any] = [(ROUND, UUID(int=u), UUID(int=w), 1 + (u + w) % 2) for u in range(1, 5) for w in range(1, 3)]
    rows += [(ROUND, UUID(int=1), UUID(int=3), None), (ROUND, UUID(int=9), UUID(int=1), None)]
    whole = Whole(AnswerTable.from_rows(rows), Scale("nominal", CATEGORIES))
    assert whole.part.patterns.n_items == 4
    assert whole.part.patterns.n_annotations == 8


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
def test_very_many_parts_are_no_pass_each_over_all_contents(level: Level, monkeypatch: pytest.MonkeyPatch) -> None:
    """A question of numbers has nearly as many contents as items; a run looks at hundreds of parts."""
    data = made(9)
    whole = Whole(data.table, Scale(level, None if level == "interval" else CATEGORIES))
    whole.scores([whole.of_units(np.ones(60, dtype=np.bool_))], seed=1, replicates=5)

    def unused(*_: object) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr(splits, "pattern_rows", unused)
    parts = [whole.of_units(np.arange(60) % 10 == digit) for digit in range(10)]
    scores = whole.scores(parts, seed=1, replicates=5)
    assert sum(score.observed_share or 0.0 for score in scores) == pytest.approx(1)


def test_groups_go_along_into_parts() -> None:
    data = made(6)
    clusters = np.arange(60, dtype=np.int32) // 5
    whole = Whole(data.table, Scale("nominal", CATEGORIES), clusters)
    assert whole.part.patterns.groups is not None
    assert whole.part.patterns.groups.number == 12
    half = whole.of_units(np.arange(60) < 30)
    some = whole.of_rows(data.table.annotator < 2)
    [first, second] = whole.scores([half, some], seed=1, replicates=50)
    assert first.n_groups == 6
    assert second.n_groups is not None
    assert second.n_groups <= 12
    plain = Part.of(data.table, Scale("nominal", CATEGORIES))
    assert plain.patterns.groups is None


def test_a_week_begins_on_monday_in_utc() -> None:
    def micro(text: str) -> int:
        return int(np.datetime64(text, "us").astype(np.int64))

    times = np.asarray([micro("2026-01-04T23:59:59"), micro("2026-01-05T00:00:00"), micro("2026-01-11T23:59:59")])
    days = weeks_of(times)
    assert [str(np.datetime64(int(day), "D")) for day in days] == ["2025-12-29", "2026-01-05", "2026-01-05"]
