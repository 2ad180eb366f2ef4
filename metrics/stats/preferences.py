"""Pairwise preferences: who wins, and whether the side on which an option was shown decides.

Agreement on preferences is nominal alpha over the answers themselves, which name the option and never its side.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

from metrics.stats.bootstrap import CONFIDENCE
from metrics.stats.patterns import Value


@dataclass(frozen=True)
class WinRate:
    """The share of decided answers that chose the left side, with its interval; ties are counted apart."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    ties: int

    @property
    def is_biased(self) -> bool:
        """Whether the interval leaves one half out."""
        return self.low is not None and self.high is not None and not self.low <= 0.5 <= self.high


def left_win_rate(left: int, right: int, ties: int = 0, level: float = CONFIDENCE) -> WinRate:
    """Position bias: how often what was shown left wins. Interval by Wilson (1927), J. Am. Stat. Assoc. 22:209-212."""
    n = left + right
    if n == 0:
        return WinRate(None, None, None, 0, ties)
    z = NormalDist().inv_cdf((1 + level) / 2)
    share = left / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return WinRate(share, max(0.0, centre - reach), min(1.0, centre + reach), n, ties)


def leaning(value: Value, options: Sequence[str]) -> float:
    """-1 for the first option, 1 for the second, 0 for neither: the interval scale of a preference."""
    first, second = options
    return -1.0 if value == first else 1.0 if value == second else 0.0
