"""Pairwise preferences: who wins, and whether the side on which an option was shown decides.

Agreement on preferences is nominal alpha over the answers themselves, which name the option and never its side.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from metrics.stats.bootstrap import CONFIDENCE
from metrics.stats.patterns import Value
from metrics.stats.shares import wilson


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
    share = wilson(left, left + right, level)
    return WinRate(share.value, share.low, share.high, share.n, ties)


def leaning(value: Value, options: Sequence[str]) -> float:
    """-1 for the first option, 1 for the second, 0 for neither: the interval scale of a preference."""
    first, second = options
    return -1.0 if value == first else 1.0 if value == second else 0.0
