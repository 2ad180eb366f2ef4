"""Free texts: distances against their definitions, alpha by all pairs and by a sample of them."""

from functools import lru_cache
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.stats.alpha import alpha, package_alpha
from metrics.stats.bootstrap import bootstrap_alpha
from metrics.stats.distances import cross_pairs, sampling_error
from metrics.stats.ratios import ratio_of, ratio_score
from metrics.stats.texts import chrf, edit_distance, token_distance, tokens_of
from tests.metrics.stats.build import whole
from tests.metrics.stats.rows import annotator_scores, item_disagreement, pair_matrix

WORDS = st.lists(st.sampled_from("abc"), max_size=7)
UNITS = st.lists(st.lists(WORDS.map(" ".join), min_size=1, max_size=4), min_size=1, max_size=6)


def plain_edits(a: list[str], b: list[str]) -> int:
    table = [[i + j if i * j == 0 else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            changed = table[i - 1][j - 1] + (a[i - 1] != b[j - 1])
            table[i][j] = min(table[i - 1][j] + 1, table[i][j - 1] + 1, changed)
    return table[-1][-1]


@given(WORDS, WORDS)
def test_edits_are_those_of_the_table(a: list[str], b: list[str]) -> None:
    assert edit_distance(a, b) == plain_edits(a, b) == edit_distance(b, a)


@given(WORDS, WORDS, WORDS)
def test_edits_are_a_metric(a: list[str], b: list[str], c: list[str]) -> None:
    assert edit_distance(a, c) <= edit_distance(a, b) + edit_distance(b, c)
    assert (edit_distance(a, b) == 0) == (a == b)


def test_long_texts_do_not_overflow() -> None:
    a, b = ["x"] * 300, ["x"] * 150 + ["y"] * 200
    assert edit_distance(a, b) == 200


def test_the_beginning_of_very_long_texts_is_compared() -> None:
    start = " ".join(["x"] * 500)
    assert token_distance(start + " a b", start + " c") == 0.0
    assert chrf("x" * 5000 + "a", "x" * 5000 + "b") == pytest.approx(1.0)
    long = [[f"{u} {w} " + start for w in range(3)] for u in range(80)]
    assert cross_pairs(whole(long, "token_edit")).mass.size == 2000


def test_case_and_the_last_punctuation_do_not_matter() -> None:
    assert tokens_of("It WORKS!?.") == ("it", "works")
    assert token_distance("It works.", "it works") == 0.0
    assert token_distance("", "") == 0.0
    assert token_distance("", "a b") == 1.0
    assert token_distance("a b c d", "a x c d") == 0.25


_far = lru_cache(maxsize=None)(token_distance)


def plain_alpha(units: list[list[str]]) -> float | None:
    units = [unit for unit in units if len(unit) >= 2]
    values = [value for unit in units for value in unit]
    n = len(values)
    if n < 2:
        return None
    within = sum(2 * _far(a, b) / (len(unit) - 1) for unit in units for a, b in combinations(unit, 2)) / n
    overall = 2 * sum(_far(a, b) for a, b in combinations(values, 2)) / (n * (n - 1))
    return 1 - within / overall if overall else None


@given(UNITS)
def test_alpha_is_the_definition(units: list[list[str]]) -> None:
    result = alpha(whole(units, "token_edit"), "token_edit")
    expected = plain_alpha(units)
    assert result.value == (None if expected is None else pytest.approx(expected, abs=1e-9))
    assert package_alpha(whole(units, "token_edit"), "token_edit").computed_by == "concord"


def sentences(number: int, seed: int = 1) -> list[list[str]]:
    draw = np.random.default_rng(seed)
    words = np.asarray([f"w{i}" for i in range(30)])
    units = []
    for _ in range(number):
        base = draw.choice(words, 8)
        unit: list[str] = []
        for _ in range(3):
            own = np.where(draw.random(8) < 0.3, draw.choice(words, 8), base)
            unit.append(" ".join(own))
        units.append(unit)
    return units


def test_a_sample_of_pairs_is_near_all_pairs_and_says_its_error() -> None:
    units = sentences(90)
    data = whole(units, "token_edit")
    pairs = cross_pairs(data)
    assert pairs.sampled
    assert 0 < pairs.error < 0.002
    assert 0 < sampling_error(data) < 0.002
    exact = plain_alpha(units)
    assert exact is not None
    assert alpha(data, "token_edit").value == pytest.approx(exact, abs=0.01)
    assert alpha(data, "token_edit") == alpha(whole(list(reversed(units)), "token_edit"), "token_edit")
    small = cross_pairs(whole(units[:30], "token_edit"))
    assert (small.sampled, small.error) == (False, 0.0)
    assert sampling_error(whole(units[:30], "token_edit")) == 0.0


def test_the_interval_holds_the_value_and_is_that_of_resampled_units() -> None:
    units = sentences(30)
    data = whole(units, "token_edit")
    interval, value = bootstrap_alpha(data, "token_edit", 400, 7), alpha(data, "token_edit").value
    draw, plain = np.random.default_rng(7), []
    for _ in range(60):
        plain.append(plain_alpha([units[i] for i in draw.integers(0, 30, 30)]))
    low, high = np.quantile([v for v in plain if v is not None], [0.025, 0.975])
    assert value is not None
    assert interval.low is not None
    assert interval.high is not None
    assert interval.low < value < interval.high
    assert interval.low == pytest.approx(low, abs=0.05)
    assert interval.high == pytest.approx(high, abs=0.05)


def plain_chrf(a: str, b: str) -> float:
    a, b = a.replace(" ", ""), b.replace(" ", "")
    precisions, recalls = [], []
    for n in range(1, 7):
        left, right = ([s[i : i + n] for i in range(len(s) - n + 1)] for s in (a, b))
        if left and right:
            rest, common = list(right), 0
            for gram in left:
                if gram in rest:
                    rest.remove(gram)
                    common += 1
            precisions.append(common / len(left))
            recalls.append(common / len(right))
    p, r = np.mean(precisions), np.mean(recalls)
    return float(2 * p * r / (p + r)) if p + r else 0.0


@given(st.text("ab ", min_size=1, max_size=12), st.text("ab ", min_size=1, max_size=12))
def test_chrf_is_the_definition_and_symmetric(a: str, b: str) -> None:
    if a.strip() and b.strip():
        assert chrf(a, b) == pytest.approx(plain_chrf(a, b))
    assert chrf(a, b) == pytest.approx(chrf(b, a))
    assert chrf(a, a) == pytest.approx(1.0)


def test_means_beside_alpha() -> None:
    units = [["It works.", "it works"], ["a b", "a c"], ["x", "y", "x"]] * 5
    data = whole(units, "token_edit")
    pairs = [(a, b) for unit in units for a, b in combinations(unit, 2)]
    similarity = ratio_score(ratio_of(data, "token_edit", "similarity"), data, 50)
    assert similarity.value == pytest.approx(np.mean([1 - token_distance(a, b) for a, b in pairs]))
    characters = ratio_score(ratio_of(data, "token_edit", "chrf"), data, 50)
    assert characters.value == pytest.approx(np.mean([chrf(a, b) for a, b in pairs]))
    # Equality is averaged over items, as percent agreement is.
    equal = ratio_score(ratio_of(data, "token_edit", "percent"), data, 50)
    assert equal.value == pytest.approx(np.mean([1, 0, 1 / 3]))


def test_people_and_items() -> None:
    units = [["a b c", "a b c", "x y z"], ["d e f", "d e f", "d e"], ["g", "g", "g"]]
    rows: list[tuple[int, str, Any]] = [
        (u, w, t) for u, unit in enumerate(units) for w, t in zip("pqr", unit, strict=True)
    ]
    values = sorted({text for _, _, text in rows})
    pairs = {(score.a, score.b): score.value for score in pair_matrix(rows, "token_edit", values)}
    assert pairs["p", "q"] == 1.0
    assert pairs["p", "r"] == pytest.approx(plain_alpha([[unit[0], unit[2]] for unit in units]))
    scores = {score.annotator: score for score in annotator_scores(rows, "token_edit", values)}
    assert scores["r"].leave_one_out.value == 1.0
    assert scores["r"].with_rest.value == pytest.approx(pairs["p", "r"])
    counts = {u: {text: unit.count(text) for text in unit} for u, unit in enumerate(units)}
    assert [row.unit for row in item_disagreement(counts, "token_edit", values)] == [0, 1]


def test_equal_texts_do_not_vary() -> None:
    assert alpha(whole([["a", "a"]] * 2, "token_edit"), "token_edit").undefined == "no_expected_disagreement"
    assert alpha(whole([["a"]], "token_edit"), "token_edit").undefined == "no_pairable_units"
