"""Wilson's interval."""

import pytest

from metrics.stats.shares import wilson


def test_known_intervals() -> None:
    few = wilson(3, 3)
    assert (few.low, few.high) == pytest.approx((0.4385, 1.0), abs=5e-5)
    nine = wilson(9, 10)
    assert (nine.low, nine.high) == pytest.approx((0.5958, 0.9821), abs=5e-5)
    assert (nine.value, nine.count, nine.n) == (0.9, 9, 10)


def test_the_limits_solve_wilsons_equation() -> None:
    share, z = wilson(37, 100), 1.959963984540054
    for limit in (share.low, share.high):
        assert limit is not None
        assert (0.37 - limit) ** 2 == pytest.approx(z * z * limit * (1 - limit) / 100)


def test_nothing_to_count_has_no_share() -> None:
    assert wilson(0, 0).value is None
    with pytest.raises(ValueError, match="part of a whole"):
        wilson(4, 3)
