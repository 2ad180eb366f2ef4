"""The kappa family and ICC against plain second versions, and what must not change them."""

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.stats.alpha import alpha
from metrics.stats.icc import FORMS, icc, mean_squares
from metrics.stats.kappas import (
    CountTable,
    cohen,
    conger,
    counts_of_table,
    fleiss_error,
    many_rater_replicates,
    many_raters,
    scott_pi,
)
from tests.metrics.stats.build import patterns

LABELS = 3
UNITS = st.lists(st.lists(st.integers(0, LABELS - 1), min_size=1, max_size=5), min_size=1, max_size=12)
TABLES = st.lists(st.lists(st.integers(0, 6), min_size=3, max_size=3), min_size=3, max_size=3)


def table(units: list[list[int]]) -> CountTable:
    counts = np.asarray([[unit.count(c) for c in range(LABELS)] for unit in units], dtype=np.int64)
    return CountTable(counts, np.ones(len(units), dtype=np.int64))


def plain(units: list[list[int]], chance: str) -> float | None:
    pairable = [unit for unit in units if len(unit) >= 2]
    if not pairable:
        return None
    agreeing = [np.mean([a == b for a, b in combinations(unit, 2)]) for unit in pairable]
    shares = [np.mean([unit.count(c) / len(unit) for unit in units]) for c in range(LABELS)]
    by_chance = {
        "fleiss": sum(p * p for p in shares),
        "ac1": sum(p * (1 - p) for p in shares) / (LABELS - 1),
        "brennan_prediger": 1 / LABELS,
    }[chance]
    return float((np.mean(agreeing) - by_chance) / (1 - by_chance)) if by_chance < 1 - 1e-12 else None


@pytest.mark.parametrize("chance", ["fleiss", "ac1", "brennan_prediger"])
@given(units=UNITS)
def test_many_raters_is_the_definition(chance: Any, units: list[list[int]]) -> None:
    found, expected = many_raters(table(units), chance), plain(units, chance)
    if expected is None:
        assert found.value is None
        assert found.undefined is not None
    else:
        assert found.value == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("chance", ["fleiss", "ac1", "brennan_prediger"])
def test_the_linearised_error_is_that_of_the_bootstrap(chance: Any) -> None:
    draw = np.random.default_rng(4)
    truth = draw.choice(3, 150, p=[0.5, 0.3, 0.2])
    units = [[int(t) if draw.random() < 0.75 else int(draw.integers(3)) for _ in range(3)] for t in truth]
    data = table(units)
    weights = draw.multinomial(150, np.full(150, 1 / 150), size=800).astype(np.float64)
    samples = many_rater_replicates(data, chance, weights)
    assert many_raters(data, chance).error == pytest.approx(samples.std(), rel=0.12)


def test_a_collapsed_table_is_the_same() -> None:
    units = [[0, 0, 1], [0, 1, 0], [2, 2, 2], [0, 0, 1]]
    collapsed = CountTable(np.asarray([[2, 1, 0], [0, 0, 3]]), np.asarray([3, 1]))
    for chance in ("fleiss", "ac1"):
        one, other = (many_raters(data, chance) for data in (collapsed, table(units)))  # type: ignore[arg-type]
        assert one.value == pytest.approx(other.value)
        assert one.error == pytest.approx(other.error)
    assert fleiss_error(collapsed) == pytest.approx(fleiss_error(table(units)))


def test_the_error_of_fleiss_is_that_of_chance() -> None:
    draw = np.random.default_rng(8)
    values = [many_raters(table(draw.integers(0, 3, (60, 4)).tolist()), "fleiss").value for _ in range(300)]
    error = fleiss_error(table(draw.integers(0, 3, (60, 4)).tolist()))
    assert error == pytest.approx(np.std([v for v in values if v is not None]), rel=0.15)


def plain_cohen(counts: Any) -> float | None:
    pairs = [(i, j) for i in range(3) for j in range(3) for _ in range(counts[i][j])]
    if not pairs:
        return None
    observed = np.mean([i == j for i, j in pairs])
    expected = np.mean([i == j for i, _ in pairs for _, j in pairs])
    return float((observed - expected) / (1 - expected)) if expected < 1 else None


@given(TABLES)
def test_cohen_is_the_definition(counts: Any) -> None:
    found, expected = cohen(np.asarray(counts)), plain_cohen(counts)
    assert found.value == (None if expected is None else pytest.approx(expected, abs=1e-9))


@given(TABLES)
def test_conger_of_two_is_cohen_and_fleiss_of_two_is_scott(counts: Any) -> None:
    pairs = [(i, j) for i in range(3) for j in range(3) for _ in range(counts[i][j])]
    if pairs:
        found, kappa = conger(np.asarray(pairs), 3), cohen(np.asarray(counts))
        assert found.value == (None if kappa.value is None else pytest.approx(kappa.value, abs=1e-9))
    pi, fleiss = scott_pi(np.asarray(counts)), many_raters(CountTable(*counts_of_table(np.asarray(counts))), "fleiss")
    assert pi.value == (None if fleiss.value is None else pytest.approx(fleiss.value, abs=1e-9))


def test_weights_of_squares_make_an_icc() -> None:
    # Fleiss & Cohen (1973): kappa with squared weights is an intraclass correlation, here with equal marginals.
    counts = np.asarray([[10, 3, 1], [3, 12, 2], [1, 2, 9]])
    squares = np.asarray([[(i - j) ** 2 for j in range(3)] for i in range(3)], dtype=np.float64)
    pairs = np.asarray([(i, j) for i in range(3) for j in range(3) for _ in range(counts[i, j])], dtype=np.float64)
    value = cohen(counts, squares).value
    assert value == pytest.approx(icc(mean_squares(pairs), "2,1")[0], abs=0.01)


def test_nothing_to_say_has_its_reason() -> None:
    assert cohen(np.zeros((2, 2), dtype=np.int64)).undefined == "no_pairable_units"
    assert cohen(np.asarray([[5, 0], [0, 0]])).undefined == "no_variation"
    assert many_raters(table([[0], [1]]), "ac1").undefined == "no_pairable_units"
    assert many_raters(table([[0, 0], [0, 0]]), "fleiss").undefined == "no_variation"
    assert conger(np.asarray([[0, -1], [-1, 1]]), 2).undefined == "no_pairable_units"


MATRICES = st.lists(st.lists(st.integers(1, 9), min_size=3, max_size=3), min_size=3, max_size=7)


def plain_icc(rows: list[list[int]]) -> dict[str, float | None]:
    """From sums of squares as analysis of variance is taught."""
    n, k = len(rows), len(rows[0])
    grand = np.mean(rows)
    means, judges = np.mean(rows, axis=1), np.mean(rows, axis=0)
    total = sum((x - grand) ** 2 for row in rows for x in row)
    between = k * sum((m - grand) ** 2 for m in means)
    judge = n * sum((m - grand) ** 2 for m in judges)
    b, w = between / (n - 1), (total - between) / (n * (k - 1))
    j, e = judge / (k - 1), (total - between - judge) / ((n - 1) * (k - 1))
    lines = {
        "1,1": (b - w, b + (k - 1) * w), "2,1": (b - e, b + (k - 1) * e + k * (j - e) / n),
        "3,1": (b - e, b + (k - 1) * e), "1,k": (b - w, b), "2,k": (b - e, b + (j - e) / n), "3,k": (b - e, b),
    }  # fmt: skip
    return {form: top / bottom if bottom > 1e-9 else None for form, (top, bottom) in lines.items()}


@given(MATRICES)
def test_icc_is_the_analysis_of_variance(rows: list[list[int]]) -> None:
    squares, expected = mean_squares(np.asarray(rows, dtype=np.float64)), plain_icc(rows)
    for form in FORMS:
        if expected[form] is not None:
            assert icc(squares, form)[0] == pytest.approx(expected[form], rel=1e-6, abs=1e-6)


def test_icc_of_replicates_is_icc_of_repeated_rows() -> None:
    draw = np.random.default_rng(2)
    rows = draw.normal(size=(10, 3)) + draw.normal(size=(10, 1))
    weights = np.asarray([[3, 0, 1, 2, 0, 0, 1, 1, 1, 1]], dtype=np.float64)
    repeated = np.repeat(rows, weights[0].astype(int), axis=0)
    for form in FORMS:
        assert icc(mean_squares(rows, weights), form)[0] == pytest.approx(icc(mean_squares(repeated), form)[0])


def test_icc_of_one_way_is_near_interval_alpha() -> None:
    draw = np.random.default_rng(6)
    rows = (draw.normal(size=(200, 3)) + 2 * draw.normal(size=(200, 1))).round(2)
    value = alpha(patterns(rows.tolist(), "interval"), "interval").value
    assert value == pytest.approx(icc(mean_squares(rows), "1,1")[0], abs=0.01)
