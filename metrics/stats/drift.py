"""Does an annotator answer as he did before? Windows of his answers on a control chart.

The chart is that of a share, a p chart (Montgomery 2013, Introduction to Statistical Quality Control, ch. 7), beside an
exponentially weighted mean (Roberts 1959, Technometrics 1:239-250). What is usual for somebody is not known in
advance, so each window is held against all windows before it that lay inside their limits, as in charts that start by
themselves (Quesenberry 1991, J. Qual. Technol. 23:239-246): the limits are those between which the share of a window of
this size lies 95 times in 100, binomial with a share that is itself only known from the earlier answers, which is the
beta-binomial (Gelman et al. 2013, Bayesian Data Analysis, ch. 2; Jeffreys' prior). One window in twenty lies outside
although nothing has changed; an alarm therefore needs two in a row, on the same side (simulated: with nothing changed
about 3 of 100 annotators have one anywhere in twenty windows).

Agreement with several others is a share between 0 and 1 in each unit; its variance is at most that of a yes or no with
the same mean (Bhatia & Davis 2000, Am. Math. Mon. 107:353-357), so that the limits are then rather too wide than too
narrow. Numbers have a chart of means instead, with limits by Student's t (Montgomery 2013, ch. 6).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, Literal

import numpy as np
from scipy.stats import t as student

from metrics.stats.bootstrap import CONFIDENCE
from metrics.stats.patterns import FloatArray, IntArray

WINDOW_UNITS: Final = 50
EWMA_WEIGHT: Final = 0.2
"""How much of the newest window the weighted mean takes (Montgomery 2013, ch. 9: .05 to .25)."""
LARGEST_EXACT: Final = 2_000
"""Windows of more units have the limits of the normal distribution with the same mean and variance."""
AHEAD: Final = 8
MOST_AHEAD: Final = 128
"""For so many windows limits are worked out at a time: few behind one that lay outside, more the longer none does."""
DAY: Final = 86_400
EPOCH: Final = date(1970, 1, 1)

Side = Literal["below", "above"]
Spread = Literal["share", "mean"]
"""Whether values lie between 0 and 1, or are numbers."""


@dataclass(frozen=True)
class Slice:
    """The answers `first` to `last`, exclusive, of all in the order of time; `start` is the Monday of a week."""

    first: int
    last: int
    start: date | None = None

    @property
    def n(self) -> int:
        return self.last - self.first


@dataclass(frozen=True)
class Point:
    """One window. Without a value it was too small; without limits nothing came before it."""

    n: int
    value: float | None = None
    ewma: float | None = None
    centre: float | None = None
    low: float | None = None
    high: float | None = None
    outside: Side | None = None
    alarm: bool = False


def window_units(drift_units: int) -> int:
    """How many units a window holds: 50, or the project's minimum where that is higher or was lowered."""
    return max(drift_units, WINDOW_UNITS) if drift_units >= 30 else max(2, drift_units)


def by_units(n: int, size: int) -> tuple[Slice, ...]:
    """Windows of `size` answers each from the first on; the last one is what is left over."""
    return tuple(Slice(first, min(n, first + size)) for first in range(0, n, size))


def by_week(seconds: IntArray) -> tuple[Slice, ...]:
    """Calendar weeks, Monday 0:00 UTC on, of ascending times in seconds since 1970. Empty weeks are left out."""
    if not seconds.size:
        return ()
    # 1 January 1970 was a Thursday
    weeks = (np.asarray(seconds, dtype=np.int64) // DAY + 3) // 7
    starts = np.flatnonzero(np.diff(weeks, prepend=weeks[0] - 1))
    ends = [*starts[1:].tolist(), int(weeks.size)]
    return tuple(
        Slice(first, last, EPOCH + timedelta(days=int(weeks[first]) * 7 - 3))
        for first, last in zip(starts.tolist(), ends, strict=True)
    )


def control_chart(
    values: FloatArray, windows: Sequence[Slice], minimum: int, spread: Spread = "share"
) -> tuple[Point, ...]:
    """A point for each window (p chart or chart of means, see above). Windows below `minimum` are withheld.

    `values` are those of the units in the order of time. What lies outside does not enter what later windows are
    held against, so somebody who changed stays outside until he answers as before.
    """
    counted = [window for window in windows if window.n >= max(1, minimum)]
    parts = [values[window.first : window.last] for window in counted]
    history = _History(spread, parts)
    points: list[Point] = []
    ewma: float | None = None
    before: Side | None = None
    place = 0
    for window in windows:
        if window.n < max(1, minimum):
            points.append(Point(window.n))
            continue
        value = history.mean(place)
        ewma = value if ewma is None else EWMA_WEIGHT * value + (1 - EWMA_WEIGHT) * ewma
        centre, low, high = history.limits(place)
        outside = _side(value, low, high)
        alarm = outside is not None and outside == before
        points.append(Point(window.n, value, ewma, centre, low, high, outside, alarm))
        before = outside
        if outside is None:
            history.add(place)
        place += 1
    return tuple(points)


def alarm_now(points: Sequence[Point]) -> Side | None:
    """Where the last two windows with a value both lie outside: on which side."""
    shown = [point for point in points if point.value is not None]
    return shown[-1].outside if shown and shown[-1].alarm else None


def _side(value: float, low: float | None, high: float | None) -> Side | None:
    # a share is a sum of floats over a count: what lies on the limit but for rounding lies on the limit
    if low is not None and value < low - 1e-9:
        return "below"
    return "above" if high is not None and value > high + 1e-9 else None


class _History:
    """What was usual so far: number, sum and sum of squares of the values inside their limits.

    `parts` are the values of every window. Limits of shares are worked out for many windows at a time, as if none
    of them lay outside; behind one that does they are worked out anew.
    """

    def __init__(self, spread: Spread, parts: Sequence[FloatArray]) -> None:
        self._spread = spread
        self._n, self._sum, self._squares = 0, 0.0, 0.0
        self._parts = parts
        self._coming = [(int(part.size), float(part.sum())) for part in parts]
        self._ahead: dict[int, tuple[int, float, float, float]] = {}

    def mean(self, place: int) -> float:
        """Of the window at this place."""
        n, total = self._coming[place]
        return total / n

    def add(self, place: int) -> None:
        """The window at this place was as usual."""
        n, total = self._coming[place]
        self._n, self._sum = self._n + n, self._sum + total
        if self._spread == "mean":
            self._squares += float((self._parts[place] ** 2).sum())

    def limits(self, place: int) -> tuple[float | None, float | None, float | None]:
        """Centre and limits of the window at this place."""
        n, _ = self._coming[place]
        if not self._n:
            return None, None, None
        mean = self._sum / self._n
        if self._spread == "share":
            return mean, *self._share_limits(place, n)
        if self._n < 2:
            return mean, None, None
        variance = max(0.0, (self._squares - self._sum * mean) / (self._n - 1))
        reach = _student(self._n - 1) * np.sqrt(variance * (1 / n + 1 / self._n))
        return mean, float(mean - reach), float(mean + reach)

    def _share_limits(self, place: int, n: int) -> tuple[float, float]:
        if n > LARGEST_EXACT:
            return share_limits(n, round(self._sum, 6), self._n)
        known = self._ahead.get(place)
        if known is None or known[:2] != (self._n, self._sum):
            self._look_ahead(place, n)
            known = self._ahead[place]
        return known[2:]

    def _look_ahead(self, place: int, n: int) -> None:
        number = AHEAD if place in self._ahead else 2 * max(AHEAD // 2, len(self._ahead))
        earlier: list[tuple[int, float]] = []
        before, total = self._n, self._sum
        for size, added in self._coming[place : place + min(number, MOST_AHEAD)]:
            if size != n:
                break
            earlier.append((before, total))
            before, total = before + size, total + added
        sums = np.asarray([round(held, 6) for _, held in earlier])
        low, high = _shares_within(n, sums, np.asarray([float(held) for held, _ in earlier]))
        self._ahead = {
            place + index: (*held, *limits)
            for index, (held, limits) in enumerate(
                zip(earlier, zip(low.tolist(), high.tolist(), strict=True), strict=True)
            )
        }


@lru_cache(maxsize=4_096)
def _student(freedom: int) -> float:
    return float(student.ppf((1 + CONFIDENCE) / 2, freedom))


def share_limits(n: int, earlier_sum: float, earlier_n: int, level: float = CONFIDENCE) -> tuple[float, float]:
    """The limits of the share in `n` further units, when `earlier_sum` of `earlier_n` agreed so far.

    Beta-binomial with Jeffreys' prior; at most (1 - level) / 2 lies beyond each of them.
    """
    if n > LARGEST_EXACT:
        a, b = earlier_sum + 0.5, max(0.0, earlier_n - earlier_sum) + 0.5
        share = a / (a + b)
        reach = student.ppf((1 + level) / 2, np.inf) * np.sqrt(share * (1 - share) / n * (a + b + n) / (a + b + 1))
        return max(0.0, float(share - reach)), min(1.0, float(share + reach))
    low, high = _shares_within(n, np.asarray([earlier_sum]), np.asarray([float(earlier_n)]), level)
    return float(low[0]), float(high[0])


def _shares_within(
    n: int, earlier_sum: FloatArray, earlier_n: FloatArray, level: float = CONFIDENCE
) -> tuple[FloatArray, FloatArray]:
    """The exact limits for several histories at once."""
    a = (earlier_sum + 0.5)[:, np.newaxis]
    b = (np.maximum(0.0, earlier_n - earlier_sum) + 0.5)[:, np.newaxis]
    tail = (1 - level) / 2
    # From one count to the next the beta-binomial changes by a simple factor: no gamma functions for each.
    k = np.arange(n)
    steps = np.log((n - k) * (k + a)) - np.log((k + 1) * (n - k - 1 + b))
    weights = np.concatenate([np.zeros((len(a), 1)), np.cumsum(steps, axis=1)], axis=1)
    below = np.cumsum(np.exp(weights - weights.max(axis=1, keepdims=True)), axis=1)
    below /= below[:, -1:]
    low, high = (below < tail).sum(axis=1), (below < 1 - tail).sum(axis=1)
    return low / n, np.minimum(high, n) / n
