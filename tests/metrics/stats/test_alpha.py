"""Alpha against its definition, by pairs of answers, and under changes that must not matter."""

from fractions import Fraction
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.stats import alpha as alpha_module
from metrics.stats.alpha import (
    AlphaMismatchError,
    alpha,
    alpha_of_coincidence,
    coincidence,
    cross_disagreement,
    delta,
    package_alpha,
)
from metrics.stats.patterns import Level, Patterns, UnknownValueError
from tests.metrics.stats.build import LEVELS, columns, patterns, units_strategy

CANONICAL = columns(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
        [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
    ]
)


def alpha_by_pairs(units: list[list[int]], level: Level) -> Fraction | None:
    """The definition in exact fractions: ordered pairs inside each unit, and over all pairable answers."""
    pairable = [unit for unit in units if len(unit) >= 2]
    pool = [value for unit in pairable for value in unit]
    n = len(pool)

    def d(c: int, k: int) -> Fraction:
        if level == "nominal":
            return Fraction(int(c != k))
        if level == "interval":
            return Fraction(c - k) ** 2
        if level == "ratio":
            return Fraction(c - k, c + k) ** 2 if c + k else Fraction(0)
        low, high = min(c, k), max(c, k)
        between = sum(1 for value in pool if low <= value <= high)
        return (between - Fraction(pool.count(c) + pool.count(k), 2)) ** 2

    table = {(c, k): d(c, k) for c in set(pool) for k in set(pool)}
    expected = sum(table[c, k] for c, k in permutations(pool, 2))
    if expected == 0:
        return None
    observed = sum(
        sum((table[c, k] for c, k in permutations(unit, 2)), Fraction(0)) / (len(unit) - 1) for unit in pairable
    )
    return 1 - observed * (n - 1) / expected


@pytest.mark.parametrize("level", LEVELS)
@given(units=units_strategy(size=8))
def test_alpha_equals_its_pairwise_definition(level: Level, units: list[list[int]]) -> None:
    twin, ours = alpha_by_pairs(units, level), alpha(patterns(units, level), level)
    if twin is None:
        assert ours.value is None
        assert ours.undefined in {"no_pairable_units", "no_variation"}
    else:
        assert ours.value == pytest.approx(float(twin), abs=1e-12)


@pytest.mark.parametrize("level", LEVELS)
@given(units=units_strategy())
def test_alpha_of_the_whole_coincidence_matrix_is_alpha(level: Level, units: list[list[int]]) -> None:
    data = patterns(units, level)
    matrix, whole = coincidence(data), alpha(data, level)
    assert matrix.sum(axis=1) == pytest.approx(data.marginals)
    assert (matrix == matrix.T).all()
    again = alpha_of_coincidence(matrix, data.values, level, data.n_items)
    assert again.undefined == whole.undefined
    assert again.value == pytest.approx(whole.value, abs=1e-12)


@pytest.mark.parametrize("level", LEVELS)
@given(units=units_strategy())
def test_the_package_agrees_or_the_value_is_undefined(level: Level, units: list[list[int]]) -> None:
    checked = package_alpha(patterns(units, level, [1, 2, 3, 4]), level)
    assert (checked.computed_by == "krippendorff") == (checked.result.value is not None)


@given(units=units_strategy(), seed=st.randoms(use_true_random=False))
def test_order_of_units_and_annotators_does_not_matter(units: list[list[int]], seed: Any) -> None:
    shuffled = [seed.sample(unit, len(unit)) for unit in units]
    seed.shuffle(shuffled)
    for level in LEVELS:
        assert alpha(patterns(units, level), level) == alpha(patterns(shuffled, level), level)


@given(units=units_strategy(), names=st.permutations(["spam", "ham", "eggs", "bacon"]))
def test_renaming_nominal_labels_does_not_matter(units: list[list[int]], names: list[str]) -> None:
    renamed = [[names[value - 1] for value in unit] for unit in units]
    before = alpha(patterns(units), "nominal")
    after = alpha(patterns(renamed, categories=["ham", "eggs", "bacon", "spam"]), "nominal")
    assert after.value == pytest.approx(before.value, abs=1e-12)
    assert after.undefined == before.undefined


@given(units=units_strategy(), shift=st.integers(-(10**6), 10**6), scale=st.integers(1, 1000))
def test_interval_ignores_shift_and_scale(units: list[list[int]], shift: int, scale: int) -> None:
    moved = [[value * scale + shift for value in unit] for unit in units]
    before, after = (
        alpha(patterns(units, "interval"), "interval"),
        alpha(patterns(moved, "interval"), "interval"),
    )
    assert after.value == pytest.approx(before.value, abs=1e-9)


@given(units=units_strategy(), scale=st.floats(0.001, 1000))
def test_ratio_ignores_scale(units: list[list[int]], scale: float) -> None:
    scaled = [[value * scale for value in unit] for unit in units]
    before, after = alpha(patterns(units, "ratio"), "ratio"), alpha(patterns(scaled, "ratio"), "ratio")
    assert after.value == pytest.approx(before.value, abs=1e-9)


@given(units=units_strategy(), singles=st.lists(st.integers(1, 4), max_size=5))
def test_units_with_one_value_change_nothing(units: list[list[int]], singles: list[int]) -> None:
    for level in LEVELS:
        assert alpha(patterns([*units, *[[s] for s in singles]], level), level) == alpha(patterns(units, level), level)


@given(units=units_strategy(), times=st.integers(2, 5))
def test_duplicated_units_move_alpha_by_the_finite_sample_factor_only(units: list[list[int]], times: int) -> None:
    for level in ("nominal", "interval", "ratio"):
        once, often = alpha(patterns(units, level), level), alpha(patterns(units * times, level), level)
        if once.value is None or often.value is None:
            assert once.undefined == often.undefined
            continue
        n = once.n_annotations
        factor = (n * times - 1) / (times * (n - 1))
        assert 1 - often.value == pytest.approx((1 - once.value) * factor, abs=1e-12)


def test_declared_but_unused_labels_do_not_matter() -> None:
    for level in ("nominal", "ordinal"):
        wide = patterns(CANONICAL, level, [0, 1, 2, 2.5, 3, 4, 5, 9])
        assert alpha(wide, level).value == pytest.approx(alpha(patterns(CANONICAL, level), level).value)


def test_ordinal_order_is_the_declared_one_not_the_sorted_one() -> None:
    names = {1: "poor", 2: "fair", 3: "good", 4: "great", 5: "best"}
    units = [[names[value] for value in unit] for unit in CANONICAL]
    declared = alpha(patterns(units, "ordinal", list(names.values())), "ordinal")
    assert declared.value == pytest.approx(0.815388, abs=1e-6)
    assert alpha(patterns(units, "ordinal"), "ordinal").value != pytest.approx(declared.value, abs=1e-3)


def test_canonical_data_have_forty_pairable_values() -> None:
    result = alpha(patterns(CANONICAL), "nominal")
    assert (result.n_items, result.n_annotations) == (11, 40)


@pytest.mark.parametrize(
    ("units", "reason"),
    [
        ([], "no_pairable_units"),
        ([[1], [2], []], "no_pairable_units"),
        ([[1, 1], [1, 1, 1]], "no_variation"),
        ([[1, 1], [2]], "no_variation"),
    ],
)
@pytest.mark.parametrize("level", LEVELS)
def test_degenerate_data_give_a_reason_and_no_number(level: Level, units: list[list[int]], reason: str) -> None:
    result = alpha(patterns(units, level), level)
    assert (result.value, result.undefined) == (None, reason)
    assert package_alpha(patterns(units, level), level).result == result


def test_numbers_that_alpha_cannot_take_give_a_reason() -> None:
    assert alpha(patterns([[-1, 1], [2, 2]], "ratio"), "ratio").undefined == "negative_values"
    assert alpha(patterns([[1e200, -1e200]], "interval"), "interval").undefined == "numeric_overflow"
    assert alpha(patterns([[0.0, 1e-200]], "interval"), "interval").undefined == "no_expected_disagreement"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "4"])
def test_a_value_that_is_no_finite_number_is_refused(value: Any) -> None:
    with pytest.raises(UnknownValueError):
        Patterns.from_units([{1.0: 1, value: 1}], None, "interval")


def test_undeclared_labels_and_negative_counts_are_refused() -> None:
    with pytest.raises(UnknownValueError, match="not a declared category"):
        Patterns.from_units([{"a": 1, "z": 1}], ["a", "b"], "nominal")
    with pytest.raises(UnknownValueError, match="negative"):
        Patterns.from_units([{"a": -1}], ["a", "b"], "nominal")
    with pytest.raises(UnknownValueError, match="twice"):
        Patterns.from_units([{"a": 2}], ["a", "a"], "nominal")


def test_minus_zero_is_zero() -> None:
    zeros = Patterns.from_units([{0.0: 2}, {-0.0: 2}], None, "interval")
    assert (zeros.values, len(zeros), zeros.n_items) == ((0.0,), 1, 2)


def test_a_difference_from_the_package_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alpha_module.krippendorff, "alpha", lambda **_: 0.5)
    with pytest.raises(AlphaMismatchError) as caught:
        package_alpha(patterns(CANONICAL), "nominal")
    assert caught.value.package == 0.5
    monkeypatch.setattr(alpha_module.krippendorff, "alpha", lambda **_: float("nan"))
    with pytest.raises(AlphaMismatchError):
        package_alpha(patterns(CANONICAL), "nominal")


def test_beyond_the_package_limits_the_engine_answers_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alpha_module, "PACKAGE_MAX_UNITS", 10)
    checked = package_alpha(patterns(CANONICAL), "nominal")
    assert (checked.computed_by, checked.result) == ("concord", alpha(patterns(CANONICAL), "nominal"))


def test_blocks_bound_memory_without_changing_results(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    units = rng.integers(1, 30, (60, 4)).tolist()
    whole = {level: alpha(patterns(units, level), level).value for level in LEVELS}
    monkeypatch.setattr(alpha_module, "BLOCK_CELLS", 40)
    for level in LEVELS:
        assert alpha(patterns(units, level), level).value == pytest.approx(whole[level], abs=1e-12)


@pytest.mark.parametrize("level", LEVELS)
def test_cross_disagreement_is_the_quadratic_form_of_delta(level: Level) -> None:
    marginals = np.asarray([4.0, 0.0, 3.0, 8.0])
    values = (1, 2, 4, 7)
    d = delta(level, values, marginals)
    coords = alpha_module.coordinates(level, values, marginals)
    cross = cross_disagreement(level, coords, marginals[np.newaxis, :])[0]
    assert cross == pytest.approx(marginals @ d @ marginals)
