"""Rankings: tau-b and W against their definitions, alpha over pairs against one written out a second time."""

import json
from itertools import combinations, permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.stats.alpha import alpha, package_alpha
from metrics.stats.bootstrap import bootstrap_alpha
from metrics.stats.patterns import Patterns, UnknownValueError
from metrics.stats.rankings import kendall_w, midranks_of, places_of, tau_b
from metrics.stats.ratios import ratio_of, ratio_score
from tests.metrics.stats.build import whole

Ranking = list[list[str]]


@st.composite
def rankings(draw: Any, options: str = "abcd") -> Ranking:
    order = draw(st.permutations(options))
    order = order[: draw(st.integers(1, len(options)))]
    groups: Ranking = []
    for option in order:
        if groups and draw(st.booleans()):
            groups[-1].append(option)
        else:
            groups.append([option])
    return [sorted(group) for group in groups]


UNITS = st.lists(st.lists(rankings(), min_size=1, max_size=4), min_size=1, max_size=6)


def place(ranking: Ranking, option: str) -> int | None:
    return next((p for p, group in enumerate(ranking) if option in group), None)


def plain_units(units: list[list[Ranking]]) -> list[list[int]]:
    """-1, 0, 1 of every pair of options that an annotator ranked."""
    found = []
    for unit in units:
        for a, b in combinations("abcd", 2):
            places = [(place(ranking, a), place(ranking, b)) for ranking in unit]
            values = [int(np.sign(x - y)) for x, y in places if x is not None and y is not None]
            if len(values) >= 2:
                found.append(values)
    return found


def plain_ordinal_alpha(units: list[list[int]]) -> float | None:
    values = [value for unit in units for value in unit]
    n = {c: values.count(c) for c in (-1, 0, 1)}

    def d(a: int, b: int) -> float:
        low, high = min(a, b), max(a, b)
        return (sum(n[g] for g in range(low, high + 1)) - (n[a] + n[b]) / 2) ** 2

    observed = sum(d(a, b) / (len(u) - 1) for u in units for i, a in enumerate(u) for j, b in enumerate(u) if i != j)
    expected = sum(d(a, b) for i, a in enumerate(values) for j, b in enumerate(values) if i != j)
    return 1 - observed * (len(values) - 1) / expected if expected else None


@given(UNITS)
def test_alpha_is_ordinal_over_pairs(units: list[list[Ranking]]) -> None:
    pairable = [unit for unit in units if len(unit) >= 2]
    result = alpha(whole(units, "ranking"), "ranking")
    expected = plain_ordinal_alpha(plain_units(pairable))
    assert result.value == (None if expected is None else pytest.approx(expected, abs=1e-9))
    assert (result.value is None) == (result.undefined is not None)
    assert (result.n_items, result.n_annotations) == (len(pairable), sum(map(len, pairable)))
    assert package_alpha(whole(units, "ranking"), "ranking").result.value == (
        None if result.value is None else pytest.approx(result.value, abs=1e-9)
    )


def plain_tau(x: list[float], y: list[float]) -> float | None:
    pairs = list(combinations(range(len(x)), 2))
    signs = [(np.sign(x[i] - x[j]), np.sign(y[i] - y[j])) for i, j in pairs]
    total = len(pairs)
    ties_x, ties_y = sum(a == 0 for a, _ in signs), sum(b == 0 for _, b in signs)
    bottom = np.sqrt((total - ties_x) * (total - ties_y))
    return float(sum(a * b for a, b in signs) / bottom) if bottom else None


@given(rankings(), rankings())
def test_tau_b_is_the_definition_and_symmetric(left: Ranking, right: Ranking) -> None:
    a, b = (places_of(json.dumps(side)) for side in (left, right))
    common = sorted(a.keys() & b.keys())
    expected = plain_tau([a[o] for o in common], [b[o] for o in common])
    assert tau_b(a, b) == (None if expected is None else pytest.approx(expected))
    assert tau_b(a, b) == tau_b(b, a)


def plain_w(rows: list[list[float]]) -> float:
    """W from the mean Spearman correlation of ranks: W = (1 + (m - 1) r) / m, which holds with ties too only where
    every row has the same ties; here without any."""
    m = len(rows)
    r = np.mean([np.corrcoef(a, b)[0, 1] for a, b in combinations(rows, 2)])
    return float((1 + (m - 1) * r) / m)


@given(st.lists(st.permutations("abcde"), min_size=2, max_size=5))
def test_w_without_ties_is_the_mean_rank_correlation(orders: list[list[str]]) -> None:
    places = [{option: p for p, option in enumerate(order)} for order in orders]
    rows = [[midranks_of(p)[option] for option in "abcde"] for p in places]
    assert kendall_w(places) == pytest.approx(plain_w(rows), abs=1e-9)


def test_w_with_ties_is_the_worked_formula() -> None:
    # Sums of ranks 4.5, 4.5, 9 over three rankings of three options; T = 6 for each of two rankings with a tie of two.
    rankings = [[["a", "b"], ["c"]], [["a"], ["b"], ["c"]], [["b"], ["a"], ["c"]]]
    places = [places_of(json.dumps(r)) for r in rankings]
    s = (4.5 - 6) ** 2 * 2 + (9 - 6) ** 2
    assert kendall_w(places) == pytest.approx(12 * s / (9 * 24 - 3 * 6))
    assert kendall_w([places[1], places[1]]) == pytest.approx(1)


def test_w_needs_the_same_options_and_some_order() -> None:
    full, short, tied = ({"a": 0, "b": 1}, {"a": 0}, {"a": 0, "b": 0})
    assert kendall_w([full]) is None
    assert kendall_w([full, short]) is None
    assert kendall_w([tied, tied]) is None


def test_the_means_rest_on_items_and_have_intervals() -> None:
    one, other = [["a"], ["b"], ["c"]], [["b"], ["a"], ["c"]]
    data = whole([[one, one, one], [one, one, other], [one, other]] * 10, "ranking")
    w = ratio_score(ratio_of(data, "ranking", "kendall_w"), data, 200, 1)
    values = [kendall_w([places_of(json.dumps(r)) for r in unit]) for unit in ([one] * 3, [one, one, other])]
    values.append(kendall_w([places_of(json.dumps(r)) for r in (one, other)]))
    assert w.value == pytest.approx(np.mean([v for v in values if v is not None]))
    assert w.n_items == 30
    tau = ratio_score(ratio_of(data, "ranking", "tau_b"), data, 200, 1)
    assert tau.value == pytest.approx((3 * 1 + 1 + 2 / 3 + 1 / 3) / 7)
    for score in (w, tau):
        assert score.interval.low is not None
        assert score.interval.high is not None
        assert score.value is not None
        assert score.interval.low < score.value < score.interval.high


def test_renaming_options_and_permuting_annotators_changes_nothing() -> None:
    units = [[[["a"], ["b"]], [["b"], ["a"]]], [[["a"], ["b"]], [["a", "b"]]], [[["b"], ["a"]], [["b"], ["a"]]]]
    value = alpha(whole(units, "ranking"), "ranking").value
    for unit in permutations(units[0]):
        assert alpha(whole([list(unit), *units[1:]], "ranking"), "ranking").value == value
    shifted = json.loads(json.dumps(units).replace("a", "x").replace("b", "y"))
    assert alpha(whole(shifted, "ranking"), "ranking").value == value


def test_nothing_in_common_has_its_reason() -> None:
    result = alpha(whole([[[["a"]], [["b"]]]] * 3, "ranking"), "ranking")
    assert (result.value, result.undefined, result.n_items) == (None, "nothing_to_compare", 3)
    interval = bootstrap_alpha(whole([[[["a"]], [["b"]]]] * 3, "ranking"), "ranking", 50)
    assert interval.low is None


def test_what_is_no_ranking_is_refused() -> None:
    with pytest.raises(UnknownValueError):
        alpha(Patterns.from_units([{"best first": 2}], ["best first"], "ranking"), "ranking")
