"""Everybody against the rest at once, against the slow way, one person at a time."""

import json
from collections import defaultdict
from typing import Any
from uuid import UUID, uuid5

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.stats.bias import mixed_labels
from metrics.stats.bootstrap import draw_weights, percentile_interval
from metrics.stats.meetings import Meetings
from metrics.stats.patterns import Level, Value
from metrics.stats.people import PersonScore, person_scores
from metrics.stats.sets import set_distance, set_key
from metrics.stats.table import AnswerTable
from metrics.stats.texts import token_distance
from tests.metrics.stats.build import LEVELS
from tests.metrics.stats.rows import annotator_scores, with_rest_alpha

SPACE = UUID(int=7)
ROUND = uuid5(SPACE, "round")
LABELS: list[Value] = [1, 2, 3, 4]
ROWS = st.lists(st.tuples(st.integers(0, 6), st.sampled_from("abcd"), st.integers(1, 4)), max_size=25)
Rows = list[tuple[Any, str, Any]]


def who(name: str) -> UUID:
    return uuid5(SPACE, name)


def table(rows: Rows) -> AnswerTable:
    return AnswerTable.from_rows((ROUND, uuid5(SPACE, f"item {unit}"), who(person), v) for unit, person, v in rows)


def scores(rows: Rows, level: Level, categories: Any = None, **more: Any) -> dict[UUID, PersonScore]:
    answers = table(rows)
    found = Meetings.of(answers, level, None if categories is None else tuple(categories))
    return {
        found.table.annotators[score.annotator]: score
        for score in person_scores(found, **{"seed": 1, "replicates": 50} | more)
    }


def by_unit(rows: Rows) -> dict[Any, dict[str, Any]]:
    units: dict[Any, dict[str, Any]] = {}
    for unit, person, value in rows:
        units.setdefault(unit, {})[person] = value
    return {unit: answers for unit, answers in units.items() if len(answers) >= 2}


@pytest.mark.parametrize("level", LEVELS)
@given(rows=ROWS)
def test_all_at_once_is_one_by_one(level: Level, rows: Rows) -> None:
    found = scores(rows, level, None if level in {"interval", "ratio"} else LABELS, minimum=1000)
    expected = {who(str(score.annotator)): score for score in annotator_scores(rows, level, LABELS)}
    assert found.keys() == expected.keys()
    for person, score in found.items():
        slow = expected[person]
        assert score.n == slow.n
        assert score.with_rest.value == pytest.approx(slow.with_rest.value, abs=1e-9)
        assert score.with_rest.undefined == slow.with_rest.undefined
        assert score.without.value == pytest.approx(slow.leave_one_out.value, abs=1e-9)
        assert score.without.undefined == slow.leave_one_out.undefined
        assert score.without.n_items == slow.leave_one_out.n_items
        assert score.delta == pytest.approx(slow.delta, abs=1e-9)


SETS = [set_key(labels) for labels in ([], ["a"], ["b"], ["a", "b"], ["c"])]
TEXTS = ["the cat sat", "a cat sat", "the dog ran", "nothing"]
ORDERS = [json.dumps(order) for order in ([["x"], ["y"], ["z"]], [["y"], ["x"], ["z"]], [["x", "y"], ["z"]])]
MANY: list[tuple[Level, list[str]]] = [("masi", SETS), ("jaccard", SETS), ("token_edit", TEXTS), ("ranking", ORDERS)]


@pytest.mark.parametrize(("level", "values"), MANY)
@settings(max_examples=25)
@given(data=st.data())
def test_sets_texts_and_orders_too(level: Level, values: list[str], data: st.DataObject) -> None:
    row = st.tuples(st.integers(0, 5), st.sampled_from("abc"), st.sampled_from(values))
    rows = data.draw(st.lists(row, max_size=18))
    found = scores(rows, level, minimum=1000)
    units = by_unit(rows)
    for name in "abc":
        mine = [answers for answers in units.values() if name in answers]
        assert (who(name) in found) == bool(mine)
        if mine:
            slow = with_rest_alpha(name, mine, level, sorted(values))
            assert found[who(name)].with_rest.value == pytest.approx(slow.value, abs=1e-9)
            assert found[who(name)].with_rest.undefined == slow.undefined


@given(rows=ROWS)
def test_bias_and_agreement_are_sums_over_the_units(rows: Rows) -> None:
    found, units = scores(rows, "nominal", LABELS), by_unit(rows)
    for name in "abcd":
        mine = [answers for answers in units.values() if name in answers]
        if not mine:
            continue
        score = found[who(name)]
        equal = [
            sum(answers[name] == v for p, v in answers.items() if p != name) / (len(answers) - 1) for answers in mine
        ]
        assert score.agreement == pytest.approx(sum(equal) / len(mine))
        for row, label in zip(score.bias, LABELS, strict=True):
            own = sum(answers[name] == label for answers in mine) / len(mine)
            others = sum(
                sum(v == label for p, v in answers.items() if p != name) / (len(answers) - 1) for answers in mine
            ) / len(mine)
            assert (row.own, row.others) == pytest.approx((own, others))
            assert row.difference == pytest.approx(own - others)
        mass: dict[tuple[Any, Any], float] = defaultdict(float)
        for answers in mine:
            for p, v in answers.items():
                if p != name and v != answers[name]:
                    mass[answers[name], v] += 1 / (len(answers) - 1)
        assert {(LABELS[m.own], LABELS[m.other]): m.weight for m in score.mixed} == pytest.approx(
            dict(sorted(mass.items(), key=lambda cell: (-cell[1], cell[0]))[:10])
        )


@given(rows=ROWS)
def test_how_hard_units_were_for_the_others(rows: Rows) -> None:
    answers = table(rows)
    found, units = Meetings.of(answers, "nominal", tuple(LABELS)), by_unit(rows)
    for row in range(len(found.table)):
        person = found.table.annotators[found.table.annotator[row]]
        item = found.table.item(int(found.table.unit[row]))
        unit = next(u for u in units if uuid5(SPACE, f"item {u}") == item)
        rest = [v for p, v in units[unit].items() if who(p) != person]
        pairs = [x == y for i, x in enumerate(rest) for y in rest[i + 1 :]]
        among = found.among_others[found.kind[row]]
        assert np.isnan(among) if not pairs else among == pytest.approx(sum(pairs) / len(pairs))


def test_likeness_of_open_answers() -> None:
    rows: Rows = [(1, "a", SETS[3]), (1, "b", SETS[1]), (2, "a", SETS[0]), (2, "b", SETS[0])]
    one_set = 1 - set_distance("masi", ["a", "b"], ["a"])
    assert scores(rows, "masi")[who("a")].agreement == pytest.approx((one_set + 1) / 2)
    texts: Rows = [(1, "a", TEXTS[0]), (1, "b", TEXTS[1])]
    assert scores(texts, "token_edit")[who("a")].agreement == pytest.approx(1 - token_distance(*TEXTS[:2]))
    assert scores([(1, "a", 3.0), (1, "b", 5.0), (1, "c", 6.0)], "interval")[who("a")].agreement == pytest.approx(2.5)


def test_the_mean_difference_of_numbers() -> None:
    generator = np.random.default_rng(3)
    truth = generator.normal(50, 10, 60)
    rows: Rows = [(i, p, float(np.round(x + generator.normal(), 2))) for i, x in enumerate(truth) for p in "bc"]
    rows += [(i, "a", float(np.round(x + 4 + generator.normal(), 2))) for i, x in enumerate(truth)]
    score = scores(rows, "interval", replicates=400)[who("a")]
    units = by_unit(rows)
    gaps = np.asarray([a["a"] - (a["b"] + a["c"]) / 2 for a in units.values()])
    assert score.numbers is not None
    assert score.numbers.difference == pytest.approx(gaps.mean())
    assert score.numbers.deviation == pytest.approx(gaps.std(ddof=1))
    assert score.numbers.lower_limit == pytest.approx(gaps.mean() - 1.96 * gaps.std(ddof=1))
    assert score.numbers.interval.low is not None
    assert score.numbers.interval.high is not None
    assert score.numbers.interval.low < 4 < score.numbers.interval.high
    assert score.bias == ()


def test_the_interval_is_that_of_resampled_units() -> None:
    generator = np.random.default_rng(11)
    rows: Rows = [
        (i, p, int(truth) if generator.random() < 0.8 else int(generator.integers(1, 5)))
        for i, truth in enumerate(generator.integers(1, 5, 120)) for p in "abc"
    ]  # fmt: skip
    score = scores(rows, "nominal", LABELS, replicates=1000)[who("a")]
    units, drawn = list(by_unit(rows).values()), []
    for _ in range(400):
        sample = [units[i] for i in generator.integers(0, len(units), len(units))]
        drawn.append(with_rest_alpha("a", sample, "nominal", LABELS).value)
    slow = percentile_interval(np.asarray(drawn, dtype=np.float64))
    assert score.interval.low == pytest.approx(slow.low, abs=0.03)
    assert score.interval.high == pytest.approx(slow.high, abs=0.03)


def test_with_very_many_kinds_the_jackknife_agrees(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(12)
    rows: Rows = []
    for i, x in enumerate(generator.normal(0, 3, 900)):
        rows += [(i, p, float(np.round(x + generator.normal(), 3))) for p in "ab"]
    by_draws = scores(rows, "interval", replicates=1000)[who("a")].interval
    monkeypatch.setattr("metrics.stats.weighted.MOST_KINDS", 100)
    fast = scores(rows, "interval", replicates=1000)[who("a")].interval
    assert (fast.low, fast.high) == pytest.approx((by_draws.low, by_draws.high), abs=0.006)
    assert fast == scores(rows, "interval")[who("a")].interval, "the same answers give the same interval"


def test_nobody_without_company() -> None:
    assert scores([(1, "a", 1), (2, "b", 1)], "nominal", LABELS) == {}
    assert scores([], "nominal", LABELS) == {}
    same = scores([(i, p, 1) for i in range(5) for p in "ab"], "nominal", LABELS)
    assert same[who("a")].with_rest.undefined == "no_variation"
    assert same[who("a")].delta is None
    negative = scores([(1, "a", -1.0), (1, "b", 2.0), (2, "c", 1.0), (2, "d", 2.0)], "ratio")
    assert negative[who("a")].with_rest.undefined == "negative_values"
    assert negative[who("c")].with_rest.value is not None


def test_slots_and_opt_outs_meet_nobody() -> None:
    other = uuid5(SPACE, "slots")
    rows = [(ROUND, who("item"), who(p), v) for p, v in (("a", 1), ("b", 2), ("c", None))]
    rows += [(other, who("item"), who(p), 1) for p in ("slot 1", "slot 2")]
    answers = AnswerTable.from_rows(rows, {ROUND: "person", other: "slot"})
    found = Meetings.of(answers, "nominal", tuple(LABELS))
    assert sorted(found.table.annotators[code] for code in found.table.annotator) == sorted([who("a"), who("b")])


def test_mixed_labels_against_a_table_of_two() -> None:
    own = np.asarray([0, 0, 1])
    others = np.asarray([[0.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
    (found,) = mixed_labels(np.asarray([2, 6, 2]), own, others)
    assert (found.own, found.other, found.weight) == (0, 1, 2.0)
    assert found.share == pytest.approx(0.2)
    assert found.excess == pytest.approx(2 * 10 / (8 * 4))


def test_draws_and_biases_are_of_the_same_units() -> None:
    freq = np.asarray([5, 7, 9])
    first = np.concatenate(list(draw_weights(freq, 10, 3, 1)))
    assert (first == np.concatenate(list(draw_weights(freq, 10, 3, 4)))).all()
