"""How many units would decide: the formula, and its simulation twin."""

import numpy as np
import pytest

from metrics.stats.alpha import alpha
from metrics.stats.bootstrap import bootstrap_alpha
from metrics.stats.patterns import Patterns
from metrics.stats.planning import units_needed

TARGET = 0.6


@pytest.mark.parametrize(
    ("value", "low", "high", "needed"),
    [
        (0.7, 0.5, 0.8, 400),
        (0.5, 0.3, 0.7, 400),
        (0.604, 0.5, 0.7, None),
        (0.6, 0.5, 0.7, None),
        (0.61, 0.01, 0.9, 360_000),
        (0.7, 0.7, 0.7, None),
    ],
)
def test_the_width_towards_the_target_shrinks_with_the_root(
    value: float, low: float, high: float, needed: int | None
) -> None:
    assert units_needed(value=value, low=low, high=high, target=TARGET, n_units=100) == needed


def test_none_is_promised_beyond_reason() -> None:
    assert units_needed(value=0.606, low=0.1, high=0.9, target=TARGET, n_units=5_000_000) is None


def drawn(units: int, generator: np.random.Generator) -> Patterns:
    """Two people and two labels; each answer is right with a chance that makes alpha about .68."""
    truth = generator.integers(0, 2, units)
    answers = np.where(generator.random((2, units)) < 0.912, truth, 1 - truth)
    return Patterns.from_units([{0: int((u == 0).sum()), 1: int((u == 1).sum())} for u in answers.T], (0, 1), "nominal")


def decided(patterns: Patterns, seed: int) -> bool:
    interval = bootstrap_alpha(patterns, "nominal", 200, seed)
    return interval.low is not None and interval.low >= TARGET


def test_at_the_number_promised_about_half_of_the_data_sets_decide() -> None:
    generator = np.random.default_rng(4)
    promised = []
    for seed in range(200):
        patterns = drawn(60, generator)
        value, interval = alpha(patterns, "nominal").value, bootstrap_alpha(patterns, "nominal", 200, seed)
        assert value is not None
        assert interval.low is not None
        assert interval.high is not None
        if interval.low < TARGET <= interval.high and abs(value - 0.68) < 0.03:
            found = units_needed(value=value, low=interval.low, high=interval.high, target=TARGET, n_units=60)
            promised.append(found)
    known = [number for number in promised if number is not None]
    assert len(known) >= 20
    needed = int(np.median(known))
    shares = [
        np.mean([decided(drawn(max(20, int(needed * factor)), generator), seed) for seed in range(100)])
        for factor in (0.4, 1, 2.5)
    ]
    assert shares[0] < 0.4
    assert 0.3 <= shares[1] <= 0.7
    assert shares[2] > 0.75
