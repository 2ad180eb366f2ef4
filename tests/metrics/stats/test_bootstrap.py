"""The unit bootstrap: one law with and without collapsing, one interval per seed, honest when undefined."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.stats import bootstrap as bootstrap_module
from metrics.stats.alpha import alpha
from metrics.stats.bootstrap import (
    PairedPatterns,
    ReplicateKernel,
    alpha_replicates,
    bootstrap_alpha,
    difference_paired,
    difference_unpaired,
    draw_weights,
    percentile_interval,
    seed_for,
)
from metrics.stats.patterns import Level
from tests.metrics.stats.build import LEVELS, patterns, units_strategy


def noisy_units(rng: np.random.Generator, n: int, raters: int = 3, labels: int = 4, noise: float = 0.4) -> list[Any]:
    truth = rng.integers(1, labels + 1, n)
    guesses = rng.integers(1, labels + 1, (n, raters))
    answers: list[Any] = np.where(rng.random((n, raters)) < noise, guesses, truth[:, None]).tolist()
    return answers


def uncollapsed(units: list[list[int]], level: Level, replicates: int, seed: int) -> np.ndarray:
    """The plain unit bootstrap, one draw of units at a time."""
    rng = np.random.default_rng(seed)
    values = []
    for _ in range(replicates):
        drawn = [units[i] for i in rng.integers(0, len(units), len(units))]
        value = alpha(patterns(drawn, level, [1, 2, 3, 4]), level).value
        values.append(np.nan if value is None else value)
    return np.asarray(values)


def kolmogorov_smirnov(left: np.ndarray, right: np.ndarray) -> float:
    both = np.concatenate([left, right])
    shares = [np.searchsorted(np.sort(side), both, side="right") / side.size for side in (left, right)]
    return float(np.abs(shares[0] - shares[1]).max())


@pytest.mark.parametrize("level", LEVELS)
@given(units=units_strategy(), data=st.data())
def test_a_weighting_gives_the_alpha_of_the_units_it_stands_for(
    level: Level, units: list[list[int]], data: st.DataObject
) -> None:
    whole = patterns(units, level, [1, 2, 3, 4])
    if len(whole) == 0:
        return
    weights = data.draw(st.lists(st.integers(0, 3), min_size=len(whole), max_size=len(whole)))
    drawn = []
    for (columns, counts), weight in zip(whole.rows(), weights, strict=True):
        unit = [whole.values[c] for c, n in zip(columns, counts, strict=True) for _ in range(n)]
        drawn += [unit] * weight
    expected = alpha(patterns(drawn, level, [1, 2, 3, 4]), level).value
    got = ReplicateKernel(whole, level).alphas(np.asarray([weights], dtype=np.float64))[0]
    if expected is None:
        assert np.isnan(got)
    else:
        assert got == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("level", LEVELS)
def test_collapsed_and_plain_bootstrap_have_one_law(level: Level) -> None:
    units = noisy_units(np.random.default_rng(3), 40)
    fast = alpha_replicates(patterns(units, level, [1, 2, 3, 4]), level, 1000, seed=1)
    slow = uncollapsed(units, level, 300, seed=2)
    # Critical value of the two-sample test at one in a thousand for 1000 and 300 replicates.
    assert kolmogorov_smirnov(fast, slow) < 1.949 * np.sqrt((1000 + 300) / (1000 * 300))


def test_seed_and_data_fix_the_interval_whatever_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    units = noisy_units(np.random.default_rng(4), 60)
    once = bootstrap_alpha(patterns(units, "ordinal"), "ordinal", seed=7)
    assert bootstrap_alpha(patterns(units[::-1], "ordinal"), "ordinal", seed=7) == once
    assert bootstrap_alpha(patterns(units, "ordinal"), "ordinal", seed=8) != once
    monkeypatch.setattr(bootstrap_module, "BLOCK_CELLS", 300)
    again = bootstrap_alpha(patterns(units, "ordinal"), "ordinal", seed=7)
    assert again.low == pytest.approx(once.low, abs=1e-12)
    assert again.high == pytest.approx(once.high, abs=1e-12)


def test_weights_draw_every_unit_and_come_in_bounded_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap_module, "BLOCK_CELLS", 30)
    chunks = list(draw_weights(np.asarray([5, 3, 2]), 25, seed=1))
    assert [chunk.shape for chunk in chunks] == [(10, 3), (10, 3), (5, 3)]
    assert all((chunk.sum(axis=1) == 10).all() for chunk in chunks)


def test_seed_depends_on_every_part_and_on_where_it_ends() -> None:
    assert seed_for("project", "question", 7) == seed_for("project", "question", 7)
    assert len({seed_for("ab", "c"), seed_for("a", "bc"), seed_for("abc"), seed_for("ab", "c", "")}) == 4
    assert seed_for("project", "question", 7) == 12611471191132641135 >> 1


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("units", [[], [[1]], [[1, 1], [1, 1]]])
def test_no_interval_where_alpha_is_undefined(level: Level, units: list[list[int]]) -> None:
    interval = bootstrap_alpha(patterns(units, level), level, 50)
    assert (interval.low, interval.high, interval.undefined_replicates) == (None, None, 50)


def test_a_single_unit_has_no_interval() -> None:
    interval = bootstrap_alpha(patterns([[1, 2, 2]]), "nominal", 50)
    assert (interval.low, interval.high) == (None, None)


def test_no_interval_when_more_than_one_replicate_in_twenty_is_undefined() -> None:
    values = np.linspace(0, 1, 100)
    values[:5] = np.nan
    assert percentile_interval(values).low is not None
    assert percentile_interval(values).undefined_replicates == 5
    values[5] = np.nan
    assert (percentile_interval(values).low, percentile_interval(values).high) == (None, None)
    # One odd unit among 60 is missing from about a third of the replicates.
    rare = bootstrap_alpha(patterns([[1, 1]] * 59 + [[1, 2]]), "nominal")
    assert rare.low is None
    assert 250 < rare.undefined_replicates < 480


def test_a_negative_ratio_value_leaves_no_replicate() -> None:
    assert np.isnan(alpha_replicates(patterns([[-1, 2], [3, 3]], "ratio"), "ratio", 20)).all()


def test_an_offset_or_outlier_does_not_cost_digits() -> None:
    units = noisy_units(np.random.default_rng(5), 50)
    plain = alpha_replicates(patterns(units, "interval"), "interval", 200, seed=1)
    far = [[value + 1.7e9 for value in unit] for unit in units]
    assert alpha_replicates(patterns(far, "interval"), "interval", 200, seed=1) == pytest.approx(plain, abs=1e-9)
    odd = [*units, [1, 10**9]]
    values = alpha_replicates(patterns(odd, "interval"), "interval", 200, seed=1)
    assert np.isfinite(values).all()
    assert values.max() > 0.3


def test_identical_arms_differ_by_nothing_when_paired() -> None:
    rng = np.random.default_rng(6)
    arm: dict[Any, Any] = {i: dict.fromkeys(unit, 1) for i, unit in enumerate(noisy_units(rng, 80))}
    difference = difference_paired(PairedPatterns.from_units(arm, arm, [1, 2, 3, 4], "nominal"), "nominal")
    assert (difference.interval.low, difference.interval.high) == (0.0, 0.0)
    assert difference.p_positive == 0.0


def test_pairing_narrows_the_interval_of_units_that_stay_alike() -> None:
    rng = np.random.default_rng(7)
    units = noisy_units(rng, 200)
    before: dict[Any, Any] = {i: {v: unit.count(v) for v in unit} for i, unit in enumerate(units)}
    better = [[unit[0], unit[0], unit[2]] if rng.random() < 0.5 else unit for unit in units]
    after: dict[Any, Any] = {i: {v: unit.count(v) for v in unit} for i, unit in enumerate(better)}
    paired = difference_paired(PairedPatterns.from_units(before, after, [1, 2, 3, 4], "ordinal"), "ordinal")
    free = difference_unpaired(
        alpha_replicates(patterns(units, "ordinal"), "ordinal", seed=1),
        alpha_replicates(patterns(better, "ordinal"), "ordinal", seed=2),
    )
    assert paired.interval.low is not None
    assert free.interval.low is not None
    assert paired.interval.high - paired.interval.low < free.interval.high - free.interval.low
    assert paired.interval.low > 0
    assert paired.p_positive > 0.95


def test_a_unit_pairable_on_one_side_counts_on_that_side_only() -> None:
    before: dict[Any, Any] = {1: {"a": 2}, 2: {"a": 1, "b": 1}, 3: {"b": 1}, 4: {"a": 1}}
    after: dict[Any, Any] = {1: {"a": 2}, 2: {"a": 1}, 3: {"b": 2}}
    paired = PairedPatterns.from_units(before, after, ["a", "b"], "nominal")
    assert paired.before.freq.sum() == 3
    ones = np.ones((1, len(paired.before)))
    for side, units in ((paired.before, [["a", "a"], ["a", "b"]]), (paired.after, [["a", "a"], ["b", "b"]])):
        expected = alpha(patterns(units), "nominal").value
        assert ReplicateKernel(side, "nominal").alphas(ones)[0] == pytest.approx(expected)


def test_differences_without_data_or_of_unequal_length() -> None:
    nothing = difference_paired(PairedPatterns.from_units({}, {}, ["a"], "nominal"), "nominal", 20)
    assert (nothing.interval.low, nothing.p_positive) == (None, None)
    with pytest.raises(ValueError, match="same number"):
        difference_unpaired(np.zeros(3), np.zeros(4))
