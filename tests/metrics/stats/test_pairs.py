"""Annotators against each other and disputed items, against slow twins."""

import math
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.stats.alpha import alpha
from metrics.stats.pairs import percent_agreement
from metrics.stats.patterns import Level
from tests.metrics.stats.build import LEVELS, patterns, units_strategy
from tests.metrics.stats.rows import annotator_scores, item_disagreement, pair_matrix

LABELS = [1, 2, 3, 4]
ROWS = st.lists(st.tuples(st.integers(0, 6), st.sampled_from("abcd"), st.integers(1, 4)), max_size=25)


def by_unit(rows: list[Any]) -> dict[int, dict[str, int]]:
    units: dict[int, dict[str, int]] = {}
    for unit, person, value in rows:
        units.setdefault(unit, {})[person] = value
    return units


@pytest.mark.parametrize("level", LEVELS)
@given(rows=ROWS)
def test_a_cell_is_alpha_of_the_shared_units(level: Level, rows: list[Any]) -> None:
    units = by_unit(rows)
    scores = pair_matrix(rows, level, LABELS)
    people = {person for _, person, _ in rows}
    assert len({frozenset((s.a, s.b)) for s in scores}) == len(scores)
    found = {frozenset((s.a, s.b)): s for s in scores}
    for a in people:
        for b in people - {a}:
            shared = [[answers[a], answers[b]] for answers in units.values() if a in answers and b in answers]
            if not shared:
                assert frozenset((a, b)) not in found
                continue
            score, expected = found[frozenset((a, b))], alpha(patterns(shared, level, LABELS), level)
            assert score.n_items == len(shared)
            assert score.value == pytest.approx(expected.value, abs=1e-12)
            assert score.undefined == expected.undefined
            assert score.percent == pytest.approx(sum(x == y for x, y in shared) / len(shared))


def test_pairs_below_the_minimum_are_left_out_and_order_is_that_of_the_rows() -> None:
    rows = [(1, "z", 1), (1, "a", 1), (2, "z", 2), (2, "a", 1), (2, "m", 2)]
    assert [(s.a, s.b, s.n_items) for s in pair_matrix(rows, "nominal", LABELS)] == [
        ("z", "a", 2),
        ("z", "m", 1),
        ("a", "m", 1),
    ]
    assert [(s.a, s.b) for s in pair_matrix(rows, "nominal", LABELS, minimum=2)] == [("z", "a")]


@pytest.mark.parametrize("level", LEVELS)
@given(rows=ROWS)
def test_leave_one_out_is_alpha_of_the_other_rows(level: Level, rows: list[Any]) -> None:
    scores = annotator_scores(rows, level, LABELS)
    whole = alpha(patterns([list(a.values()) for a in by_unit(rows).values()], level, LABELS), level)
    for score in scores:
        rest = by_unit([row for row in rows if row[1] != score.annotator])
        expected = alpha(patterns([list(a.values()) for a in rest.values()], level, LABELS), level)
        assert score.leave_one_out == expected
        if expected.value is None or whole.value is None:
            assert score.delta is None
        else:
            assert score.delta == pytest.approx(expected.value - whole.value, abs=1e-12)
    deltas = [s.delta for s in scores if s.delta is not None]
    assert deltas == sorted(deltas, reverse=True)


@pytest.mark.parametrize("level", LEVELS)
@given(rows=ROWS)
def test_with_two_people_the_rest_is_the_other_one(level: Level, rows: list[Any]) -> None:
    two = [row for row in rows if row[1] in "ab"]
    pairs = pair_matrix(two, level, LABELS)
    for score in annotator_scores(two, level, LABELS):
        assert score.n == pairs[0].n_items
        assert score.with_rest.value == pytest.approx(pairs[0].value, abs=1e-12)
        assert score.with_rest.undefined == pairs[0].undefined


def test_someone_who_contradicts_everybody_stands_first() -> None:
    truth = [1, 2, 3, 4] * 10
    rows = [(i, person, value) for i, value in enumerate(truth) for person in "abc"]
    rows += [(i, "x", value % 4 + 1) for i, value in enumerate(truth)]
    first, *others = annotator_scores(rows, "nominal", LABELS)
    assert first.annotator == "x"
    assert first.leave_one_out.value == 1.0
    assert first.with_rest.value is not None
    assert first.with_rest.value < 0
    assert all(o.with_rest.value is not None and o.with_rest.value > 0.5 for o in others)


@given(units=units_strategy())
def test_percent_agreement_counts_pairs(units: list[list[int]]) -> None:
    pairable = [unit for unit in units if len(unit) > 1]
    result = percent_agreement(patterns(units, categories=LABELS))
    pairs = [[(x, y) for i, x in enumerate(unit) for y in unit[i + 1 :]] for unit in pairable]
    assert result.n_pairs == sum(map(len, pairs))
    if not pairable:
        assert (result.value, result.undefined) == (None, "no_pairable_units")
        return
    shares = [sum(x == y for x, y in unit) / len(unit) for unit in pairs]
    assert result.value == pytest.approx(sum(shares) / len(shares))
    assert result.pair_weighted == pytest.approx(sum(x == y for p in pairs for x, y in p) / result.n_pairs)


@pytest.mark.parametrize("level", LEVELS)
@given(units=units_strategy())
def test_contributions_add_up_to_the_observed_disagreement(level: Level, units: list[list[int]]) -> None:
    result = alpha(patterns(units, level, LABELS), level)
    found = item_disagreement({i: Counter(unit) for i, unit in enumerate(units)}, level, LABELS)
    assert sum(item.contribution for item in found) == pytest.approx((result.observed or 0) * result.n_annotations)
    assert {item.unit for item in found} == {i for i, unit in enumerate(units) if len(set(unit)) > 1}
    assert all(0 < item.entropy <= 1 + 1e-12 for item in found)
    assert sum(item.share for item in found) == pytest.approx(1 if found else 0)


def test_distance_ranks_items_that_entropy_cannot_tell_apart() -> None:
    near, far, split = Counter([1, 2]), Counter([1, 4]), Counter([1, 1, 1, 2])
    found = item_disagreement({"near": near, "far": far, "split": split, "same": Counter([3, 3])}, "interval")
    assert [item.unit for item in found] == ["far", "near", "split"]
    assert found[0].entropy == found[1].entropy == pytest.approx(1.0)
    expected = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25)) / math.log(4)
    assert found[2].entropy == pytest.approx(expected)
    assert item_disagreement({"near": near, "far": far}, "interval", limit=1)[0].unit == "far"
    assert item_disagreement({}, "nominal", LABELS) == ()
