"""How many units would decide a question that the interval of alpha leaves open.

The standard error of a mean, and of alpha, shrinks with the root of the number of units (Efron & Tibshirani 1993,
ch. 5): an interval half as wide takes four times as many.
"""

from math import ceil
from typing import Final

from scipy.stats import norm

CLOSEST: Final = 0.005
"""A target nearer to alpha than this is not decided by more units alone: alpha itself moves by as much."""
MOST_UNITS: Final = 10_000_000


def units_needed(*, value: float, low: float, high: float, target: float, n_units: int) -> int | None:
    """At how many units in all the interval would end at the target, if alpha stays where it is.

    `low` and `high` are the limits of the present interval over `n_units` units, which holds the target. Only the side
    towards the target counts: intervals of alpha are not symmetric. Alpha does not stay exactly where it is, so at
    that number the chance of a decision is about even. None where the target is too close to alpha to tell.
    """
    gap = abs(value - target)
    width = value - low if value > target else high - value
    if gap < CLOSEST or width <= 0:
        return None
    needed = ceil(n_units * (width / gap) ** 2)
    return needed if needed <= MOST_UNITS else None


def smallest_detectable(low: float, high: float, power: float = 0.8, level: float = 0.95) -> float:
    """The smallest true difference whose interval, as wide as this one, would leave 0 out with the given power.

    (z of the level + z of the power) standard errors, for a difference that is normally distributed (Cohen 1988,
    Statistical Power Analysis, ch. 1).
    """
    z_level, z_power = float(norm.ppf((1 + level) / 2)), float(norm.ppf(power))
    return (z_level + z_power) * (high - low) / (2 * z_level)
