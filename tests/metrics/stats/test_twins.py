"""Plain second versions of what has no other: errors by resampling, chance by enumeration, libraries where they agree.

Twins of the other coefficients stand beside their own tests: alpha of every level, percent agreement, Fleiss, AC1,
Brennan & Prediger, Cohen, ICC, F1, tau-b, chrf, edit distance, IoU and matching, confusions, pair matrices and
leave-one-out, the interval by collapsed patterns.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable
from itertools import combinations, permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import friedmanchisquare, kendalltau, ks_2samp

from metrics.stats.alpha import alpha, coincidence
from metrics.stats.bootstrap import PairedPatterns, alpha_replicates, difference_paired, difference_unpaired
from metrics.stats.boxes import drawn, matches
from metrics.stats.kappas import (
    CountTable,
    alpha_error,
    bennett_s,
    category_kappa,
    cohen,
    conger,
    counts_of_table,
    many_raters,
    scott_pi,
)
from metrics.stats.labels import label_scores
from metrics.stats.patterns import Level
from metrics.stats.rankings import kendall_w, tau_b
from metrics.stats.ratios import ratio_of, ratio_score
from metrics.stats.sets import set_key
from metrics.stats.unitizing import alpha_unitizing
from tests.metrics.stats.build import LEVELS, patterns, units_strategy, whole
from tests.metrics.stats.rows import with_rest_alpha

LABELS = [1, 2, 3, 4]
TABLES = st.lists(st.lists(st.integers(0, 6), min_size=3, max_size=3), min_size=3, max_size=3)
SLOW = pytest.mark.integration
"""A second of resampling each: left out of the layer that answers at once."""
GIVEN = st.lists(st.lists(st.integers(-1, 2), min_size=4, max_size=4), min_size=1, max_size=10)


def close(value: float | None) -> Any:
    return None if value is None else pytest.approx(value, abs=1e-9)


# --- Two annotators ------------------------------------------------------------------------------------------------


@given(TABLES, st.lists(st.integers(1, 5), min_size=3, max_size=3))
def test_weighted_kappa_is_the_mean_disagreement_over_that_of_chance(counts: Any, costs: list[int]) -> None:
    """Cohen (1968): one less the disagreement of pairs over that of everybody with everybody."""
    cost = np.zeros((3, 3))
    for (i, j), value in zip(combinations(range(3), 2), costs, strict=True):
        cost[i, j] = cost[j, i] = value
    pairs = [(i, j) for i in range(3) for j in range(3) for _ in range(counts[i][j])]
    assume(pairs)
    chance = np.mean([cost[i, j] for i, _ in pairs for _, j in pairs])
    expected = 1 - np.mean([cost[i, j] for i, j in pairs]) / chance if chance > 1e-12 else None
    assert cohen(np.asarray(counts), cost).value == close(expected)


@given(TABLES)
def test_scott_and_bennett_count_pairs(counts: Any) -> None:
    pairs = [(i, j) for i in range(3) for j in range(3) for _ in range(counts[i][j])]
    assume(pairs)
    same = np.mean([i == j for i, j in pairs])
    assert bennett_s(np.asarray(counts)).value == pytest.approx((same - 1 / 3) / (1 - 1 / 3))
    both = [label for pair in pairs for label in pair]
    by_chance = np.mean([a == b for a in both for b in both])
    expected = (same - by_chance) / (1 - by_chance) if by_chance < 1 - 1e-12 else None
    assert scott_pi(np.asarray(counts)).value == close(expected)


def test_the_errors_of_kappa_are_those_of_resampled_units() -> None:
    draw = np.random.default_rng(12)
    counts = np.asarray([[40, 9, 3], [6, 50, 8], [2, 10, 32]])
    squares = np.asarray([[(i - j) ** 2 for j in range(3)] for i in range(3)], dtype=np.float64)
    samples = draw.multinomial(counts.sum(), counts.ravel() / counts.sum(), 1500).reshape(-1, 3, 3)
    for weights in (None, squares):
        values = [cohen(sample, weights).value for sample in samples]
        assert cohen(counts, weights).error == pytest.approx(np.std([v for v in values if v is not None]), rel=0.1)


# --- Any number of annotators --------------------------------------------------------------------------------------


def held(answers: Any) -> CountTable:
    rows = [[int((unit == label).sum()) for label in range(3)] for unit in answers if (unit >= 0).any()]
    return CountTable(np.asarray(rows, dtype=np.int64), np.ones(len(rows), dtype=np.int64))


@given(GIVEN)
def test_conger_takes_chance_from_every_pair_of_annotators(rows: list[list[int]]) -> None:
    """Conger (1980): two annotators drawn at random, each answering by own shares; missing answers as Gwet (2014)."""
    answers = np.asarray(rows)
    answers = answers[(answers >= 0).any(axis=1)]
    assume(len(answers) and ((answers >= 0).sum(axis=1) >= 2).any())
    agreeing = [
        np.mean([a == b for a, b in combinations(unit[unit >= 0], 2)]) for unit in answers if (unit >= 0).sum() >= 2
    ]
    shares = []
    for person in answers.T:
        mine = person[person >= 0]
        shares.append([float((mine == label).mean()) if mine.size else 0.0 for label in range(3)])
    by_chance = np.mean([sum(p * q for p, q in zip(one, other, strict=True)) for one, other in permutations(shares, 2)])
    expected = (np.mean(agreeing) - by_chance) / (1 - by_chance) if by_chance < 1 - 1e-12 else None
    assert conger(answers, 3).value == close(expected)


def crowd(seed: int, units: int = 150, people: int = 3) -> Any:
    draw = np.random.default_rng(seed)
    truth = draw.choice(3, units, p=[0.5, 0.3, 0.2])
    right = draw.random((units, people)) < 0.75
    return np.where(right, truth[:, np.newaxis], draw.integers(0, 3, (units, people)))


@SLOW
@pytest.mark.parametrize(
    ("error", "value"),
    [
        (lambda answers: conger(answers, 3).error, lambda answers: conger(answers, 3).value),
        (
            lambda answers: alpha_error(held(answers)),
            lambda answers: alpha(patterns(answers.tolist(), categories=[0, 1, 2]), "nominal").value,
        ),
    ],
    ids=["conger", "alpha"],
)
def test_linearised_errors_are_those_of_resampled_units(error: Callable[..., Any], value: Callable[..., Any]) -> None:
    draw, answers = np.random.default_rng(2), crowd(4)
    values = [value(answers[draw.integers(0, len(answers), len(answers))]) for _ in range(500)]
    assert error(answers) == pytest.approx(np.std(values), rel=0.12)


@given(st.lists(st.lists(st.integers(0, 2), min_size=4, max_size=4), min_size=2, max_size=8))
def test_kappa_of_one_label_is_the_formula_of_1971(units: list[list[int]]) -> None:
    """Fleiss (1971): 1 - sum x (m - x) / (N m (m - 1) p q)."""
    answers = np.asarray(units)
    for label in range(3):
        x = (answers == label).sum(axis=1)
        p = x.sum() / answers.size
        expected = 1 - (x * (4 - x)).sum() / (len(units) * 4 * 3 * p * (1 - p)) if 0 < p < 1 else None
        assert category_kappa(held(answers), label) == close(expected)


@given(TABLES)
def test_a_table_is_the_units_it_stands_for(counts: Any) -> None:
    rows, freq = counts_of_table(np.asarray(counts))
    units = [(i, j) for i in range(3) for j in range(3) for _ in range(counts[i][j])]
    one_by_one = Counter(tuple(sorted(unit)) for unit in units)
    collapsed: Counter[tuple[int, ...]] = Counter()
    for row, number in zip(rows.tolist(), freq.tolist(), strict=True):
        collapsed[tuple(label for label, times in enumerate(row) for _ in range(times))] += number
    assert collapsed == one_by_one


# --- Alpha and what is made of coincidences ------------------------------------------------------------------------


@given(units=units_strategy())
def test_coincidences_are_counted_pairs(units: list[list[int]]) -> None:
    """Krippendorff (2011): every ordered pair of values in a unit, 1 / (m - 1) each."""
    plain = np.zeros((4, 4))
    for unit in units:
        for a, b in permutations(unit, 2):
            plain[a - 1, b - 1] += 1 / (len(unit) - 1)
    assert coincidence(patterns(units, categories=LABELS)) == pytest.approx(plain)


@given(units=units_strategy())
def test_specific_agreement_is_the_chance_that_another_gives_the_label_too(units: list[list[int]]) -> None:
    """sum n (n - 1) / (m - 1) / sum n, by asking everybody who gave it all the others."""
    for score in label_scores(patterns(units, categories=LABELS), replicates=2):
        shares = [
            np.mean([other == score.label for j, other in enumerate(unit) if j != i])
            for unit in units
            if len(unit) > 1
            for i, value in enumerate(unit)
            if value == score.label
        ]
        assert score.specific_agreement == (pytest.approx(np.mean(shares)) if shares else None)


@pytest.mark.parametrize("level", LEVELS)
@given(rows=st.lists(st.lists(st.integers(0, 4), min_size=4, max_size=4), min_size=1, max_size=9))
def test_against_the_rest_is_alpha_of_weighted_meetings(level: Level, rows: list[list[int]]) -> None:
    """Krippendorff's formulae over the meetings of annotator 0, each unit's together weighing 1; 0 is missing."""
    answered = [{p: value for p, value in enumerate(unit) if value} for unit in rows if unit[0]]
    observed: dict[tuple[int, int], float] = defaultdict(float)
    for unit in answered:
        others = [value for p, value in unit.items() if p != 0]
        for value in others:
            observed[unit[0], value] += 1 / len(others)
            observed[value, unit[0]] += 1 / len(others)
    n_c = {c: sum(o for (a, _), o in observed.items() if a == c) for c in LABELS}

    def d(a: int, b: int) -> float:
        low, high = min(a, b), max(a, b)
        return {
            "nominal": float(a != b),
            "interval": float(a - b) ** 2,
            "ratio": ((a - b) / (a + b)) ** 2,
            "ordinal": (sum(n_c[g] for g in range(low, high + 1)) - (n_c[a] + n_c[b]) / 2) ** 2,
        }[level]

    n = sum(n_c.values())
    by_chance = sum(n_c[a] * n_c[b] * d(a, b) for a in LABELS for b in LABELS)
    found = with_rest_alpha(0, answered, level, LABELS)
    assert found.n_items == round(n / 2)
    expected = (
        1 - (n - 1) * sum(o * d(a, b) for (a, b), o in observed.items()) / by_chance if by_chance > 1e-9 else None
    )
    assert found.value == close(expected)


@pytest.mark.parametrize("level", ["masi", "jaccard", "token_edit"])
def test_sets_and_texts_keep_what_alpha_keeps(level: Level) -> None:
    """Permuting, renaming, single answers, everything twice (AGREEMENT: metamorphic checks)."""
    draw = np.random.default_rng(5)

    def an_answer(names: str = "abcd") -> Any:
        chosen = [names[i] for i in range(4) if draw.random() < 0.5]
        return set_key(chosen) if level != "token_edit" else " ".join([*chosen, "z"])

    units = [[an_answer() for _ in range(int(draw.integers(2, 5)))] for _ in range(25)]
    found = alpha(whole(units, level), level)
    assert found.value is not None
    assert alpha(whole(units[::-1], level), level).value == pytest.approx(found.value, abs=1e-12)
    assert alpha(whole([unit[::-1] for unit in units], level), level).value == pytest.approx(found.value, abs=1e-12)
    assert alpha(whole([*units, [an_answer()], [an_answer()]], level), level).value == found.value
    exchanged = str.maketrans("abcd", "dcab")
    renamed = [
        [
            value.translate(exchanged) if level == "token_edit" else set_key(json.loads(value.translate(exchanged)))
            for value in unit
        ]
        for unit in units
    ]
    assert alpha(whole(renamed, level), level).value == pytest.approx(found.value, abs=1e-12)
    twice, n = alpha(whole(units * 2, level), level), found.n_annotations
    factor = (2 * n - 1) / (2 * (n - 1))
    assert 1 - twice.value == pytest.approx((1 - found.value) * factor)


# --- Differences ---------------------------------------------------------------------------------------------------


def arms(seed: int, number: int) -> tuple[list[list[int]], list[list[int]]]:
    draw = np.random.default_rng(seed)
    truth = draw.integers(0, 3, number)

    def answers(skill: float) -> list[list[int]]:
        right = draw.random((number, 3)) < skill
        return np.where(right, truth[:, np.newaxis], draw.integers(0, 3, (number, 3))).tolist()

    return answers(0.6), answers(0.8)


def value_of(units: list[list[int]]) -> float:
    found = alpha(patterns(units, categories=[0, 1, 2]), "nominal").value
    assert found is not None
    return found


@SLOW
def test_a_paired_difference_resamples_the_same_units_on_both_sides() -> None:
    before, after = arms(3, 40)
    sides = [{u: Counter(unit) for u, unit in enumerate(arm)} for arm in (before, after)]
    found = difference_paired(PairedPatterns.from_units(*sides, [0, 1, 2], "nominal"), "nominal", 1500, 7)
    draw, plain = np.random.default_rng(1), []
    for _ in range(700):
        chosen = draw.integers(0, 40, 40)
        plain.append(value_of([after[u] for u in chosen]) - value_of([before[u] for u in chosen]))
    assert ks_2samp(found.replicates, plain).pvalue > 0.01
    assert found.p_positive == pytest.approx(np.mean(np.asarray(plain) > 0), abs=0.04)


@SLOW
def test_an_unpaired_difference_resamples_each_side_by_itself() -> None:
    before, after = arms(9, 60)
    before, after = before[:25], after[25:]
    sides = [
        alpha_replicates(patterns(arm, categories=[0, 1, 2]), "nominal", 1500, seed)
        for seed, arm in enumerate((before, after))
    ]
    found = difference_unpaired(*sides)
    draw, plain = np.random.default_rng(1), []
    for _ in range(700):
        resampled = [[arm[u] for u in draw.integers(0, len(arm), len(arm))] for arm in (before, after)]
        plain.append(value_of(resampled[1]) - value_of(resampled[0]))
    assert ks_2samp(found.replicates, plain).pvalue > 0.01
    assert found.interval.low == pytest.approx(np.percentile(plain, 2.5), abs=0.04)


# --- Rankings, boxes, sections -------------------------------------------------------------------------------------

RANKS = st.lists(st.lists(st.integers(0, 3), min_size=5, max_size=5), min_size=3, max_size=5)


@given(RANKS)
def test_w_with_ties_is_friedmans_statistic(rows: list[list[int]]) -> None:
    """W = chi^2 / (m (n - 1)), both corrected for ties (Kendall & Gibbons 1990, ch. 6)."""
    assume(any(len(set(row)) > 1 for row in rows))
    places = [dict(zip("abcde", row, strict=True)) for row in rows]
    statistic = friedmanchisquare(*np.asarray(rows).T).statistic
    assert kendall_w(places) == pytest.approx(statistic / (len(rows) * 4))


@given(RANKS)
def test_tau_b_is_that_of_scipy(rows: list[list[int]]) -> None:
    one, other = rows[:2]
    assume(len(set(one)) > 1 and len(set(other)) > 1)
    places = [dict(zip("abcde", row, strict=True)) for row in (one, other)]
    assert tau_b(*places) == pytest.approx(kendalltau(one, other).statistic)


def test_the_mean_iou_of_what_two_annotators_share() -> None:
    draw = np.random.default_rng(6)

    def an_image() -> list[str]:
        return [
            json.dumps(
                [
                    {"x": float(x), "y": 0.1, "width": 0.2, "height": 0.3, "label": str(draw.choice(["A", "B"]))}
                    for x in draw.uniform(0, 0.5, int(draw.integers(0, 3)))
                ]
            )
            for _ in range(3)
        ]

    images = [an_image() for _ in range(30)]
    total, number = 0.0, 0
    for unit in images:
        for a, b in combinations(unit, 2):
            for label in "AB":
                sides = [[box for box in json.loads(side) if box["label"] == label] for side in (a, b)]
                for _, _, iou in matches(*(drawn(json.dumps(side)) for side in sides)):
                    if iou >= 0.5:
                        total, number = total + iou, number + 1
    data = whole(images, "boxes")
    assert number > 5
    assert ratio_score(ratio_of(data, "boxes", "iou"), data, 10).value == pytest.approx(total / number)


def plain_difference(left: list[tuple[int, int]], right: list[tuple[int, int]], end: int) -> float:
    """Sum of squared differences of two observers, character by character where nothing else is needed."""
    marks = [np.zeros(end, dtype=bool) for _ in range(2)]
    for side, units in zip(marks, (left, right), strict=True):
        for start, stop in units:
            side[start:stop] = True
    total = 0.0
    for start, stop in left:
        for other_start, other_stop in right:
            if set(range(start, stop)) & set(range(other_start, other_stop)):
                total += (start - other_start) ** 2 + (stop - other_stop) ** 2
    for units, other in ((left, marks[1]), (right, marks[0])):
        total += sum((stop - start) ** 2 for start, stop in units if not other[start:stop].any())
    return total


SECTIONS = st.lists(st.integers(0, 1), min_size=12, max_size=12).map(
    lambda bits: [
        (start, start + 1 + next((i for i, bit in enumerate(bits[start + 1 :]) if not bit), len(bits) - start - 1))
        for start in range(len(bits))
        if bits[start] and (start == 0 or not bits[start - 1])
    ]
)


@given(st.lists(SECTIONS, min_size=2, max_size=4), st.randoms(use_true_random=False))
def test_alpha_u_observes_what_sections_differ_by(observers: list[list[tuple[int, int]]], mixer: Any) -> None:
    """Krippendorff (2004): squared ends of sections that meet, squared lengths of those alone in a gap."""
    given_ = [{"c": units} for units in observers]
    found = alpha_unitizing(given_, 0, 12, "c")
    m = len(observers)
    plain = sum(plain_difference(a, b, 12) for a, b in combinations(observers, 2))
    assert found.observed == pytest.approx(2 * plain / (m * (m - 1) * 12**2))
    mixer.shuffle(given_)
    assert alpha_unitizing(given_, 0, 12, "c").value == close(found.value)
    moved = [{"c": [(start + 100, stop + 100) for start, stop in units]} for units in observers]
    assert alpha_unitizing(moved, 100, 112, "c").value == close(found.value)
    same = alpha_unitizing([given_[0]] * m, 0, 12, "c")
    assert same.value in (None, 1.0)


def test_alpha_u_of_sections_placed_at_random_is_near_nothing() -> None:
    draw, sums = np.random.default_rng(4), defaultdict[str, float](float)
    for _ in range(400):
        observers = []
        for _ in range(2):
            start = int(draw.integers(0, 90))
            observers.append({"c": [(start, start + int(draw.integers(1, 10)))]})
        found = alpha_unitizing(observers, 0, 100, "c")
        sums["observed"] += found.observed
        sums["expected"] += found.expected
    assert 1 - sums["observed"] / sums["expected"] == pytest.approx(0.0, abs=0.1)


@given(units=units_strategy(values=3))
def test_fleiss_of_two_is_scott_and_nearly_alpha(units: list[list[int]]) -> None:
    """Krippendorff (2004): with two answers a unit alpha is pi with n for n - 1 in chance."""
    pairs = [unit[:2] for unit in units if len(unit) >= 2]
    assume(len({value for pair in pairs for value in pair}) > 1)
    counts = np.asarray([[pair.count(label) for label in (1, 2, 3)] for pair in pairs], dtype=np.int64)
    pi = many_raters(CountTable(counts, np.ones(len(pairs), dtype=np.int64)), "fleiss").value
    value = alpha(patterns(pairs, categories=[1, 2, 3]), "nominal").value
    n = 2 * len(pairs)
    assert pi is not None
    assert value is not None
    assert 1 - value == pytest.approx((1 - pi) * (n - 1) / n)
