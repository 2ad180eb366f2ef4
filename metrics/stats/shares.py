"""Shares with their interval: k of n, by scipy.

Wilson, E. B. (1927), J. Am. Stat. Assoc. 22:209-212: unlike the plain normal interval it keeps inside 0 and 1 and
says something of 0 of n and n of n too (Brown, Cai & DasGupta 2001, Stat. Sci. 16:101-133).
"""

from dataclasses import dataclass

from scipy.stats import binomtest

from metrics.stats.bootstrap import CONFIDENCE


@dataclass(frozen=True)
class Share:
    """`count` of `n` with its interval; without anything to count there is neither."""

    value: float | None
    low: float | None
    high: float | None
    count: int
    n: int


def wilson(count: int, n: int, level: float = CONFIDENCE) -> Share:
    """The share with its score interval (Wilson 1927). Raises ValueError where `count` is no part of `n`."""
    if not 0 <= count <= n:
        raise ValueError("A share is a part of a whole.")
    if n == 0:
        return Share(None, None, None, 0, 0)
    interval = binomtest(count, n).proportion_ci(level, method="wilson")
    return Share(count / n, float(interval.low), float(interval.high), count, n)
