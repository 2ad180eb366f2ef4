"""How many units would decide a question that the interval of alpha leaves open.

The standard error of a mean, and of alpha, shrinks with the root of the number of units (Efron & Tibshirani 1993,
ch. 5): an interval half as wide takes four times as many.
"""

from math import ceil
from typing import Final

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
