"""Alpha of one side against another: pairs of answers, weighted by the units that they come from.

Each unit has weight 1, spread over its pairs of one answer from either side, so that a unit with many others counts no
more than one with few (coincidences of a part: Krippendorff 2019, Content Analysis, 4th ed., ch. 12).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Final, Self

import numpy as np
from scipy.sparse import csr_array

from metrics.stats.alpha import AlphaResult, Undefined, alpha
from metrics.stats.bootstrap import (
    CONFIDENCE,
    DEFAULT_REPLICATES,
    Interval,
    Kernel,
    draw_weights,
    kernel_of,
    percentile_interval,
)
from metrics.stats.patterns import FloatArray, IntArray, Level, Patterns, Value

MOST_KINDS: Final = 5_000
"""With more kinds of units intervals come from the jackknife: with so many units both are the same."""
FEWER_DRAWS: Final = 200
JACKKNIFE_GROUPS: Final = 50
NO_INTERVAL: Final = Interval(None, None, CONFIDENCE, 0, 0)


@dataclass(frozen=True, eq=False)
class WeightedPairs:
    """Pair k is (`low[k]`, `high[k]`), places in `values`; `weights` (kinds x pairs) says what each kind is made of."""

    values: tuple[Value, ...]
    level: Level
    low: IntArray
    high: IntArray
    weights: csr_array

    def of(self, kinds: IntArray) -> Self:
        """Those of these kinds only."""
        return replace(self, weights=self.weights[kinds])


class PairAlpha:
    """Alpha over kinds of units, of which there are `freq`."""

    def __init__(
        self, pairs: WeightedPairs, freq: IntArray, *, seed: int, replicates: int = DEFAULT_REPLICATES
    ) -> None:  # fmt: skip
        self.freq = freq
        self.n = int(freq.sum())
        self.level = pairs.level
        self._seed = seed
        self._replicates = replicates
        by_pair = pairs.weights.tocsc()
        used = np.flatnonzero(np.diff(by_pair.indptr))
        self._weights = by_pair[:, used].tocsr()
        self._patterns = pair_patterns(pairs.values, pairs.low[used], pairs.high[used])
        self._kernel: Kernel | None = None

    def draws(self, width: int = 1) -> Iterator[FloatArray]:
        """Bootstrap weights of the kinds; with very many kinds fewer of them, which then is enough."""
        few = self.freq.size > MOST_KINDS
        return draw_weights(
            self.freq, min(self._replicates, FEWER_DRAWS) if few else self._replicates, self._seed, width
        )

    def _alphas(self, freq: FloatArray) -> FloatArray:
        if self._kernel is None:
            self._kernel = kernel_of(self._patterns, self.level)
        return self._kernel.alphas(np.asarray(freq @ self._weights))

    def result(self) -> AlphaResult:
        """Alpha, or the reason why none."""
        if not self.n:
            return AlphaResult(None, "no_pairable_units", 0, 0, None, None)
        if self.level == "ratio" and bool((self._patterns.numbers() < 0).any()):
            return AlphaResult(None, "negative_values", self.n, 2 * self.n, None, None)
        value = float(self._alphas(self.freq[np.newaxis].astype(np.float64))[0])
        if np.isfinite(value):
            return AlphaResult(value, None, self.n, 2 * self.n, None, None)
        reason: Undefined = alpha(self._patterns, self.level).undefined or "no_variation"
        return AlphaResult(None, reason, self.n, 2 * self.n, None, None)

    def interval(self) -> Interval:
        """The unit bootstrap (Efron & Tibshirani 1993, ch. 13); the jackknife where kinds are very many."""
        if self.n < 2:
            return NO_INTERVAL
        if self.freq.size > MOST_KINDS:
            return self._jackknife()
        chunks = self.draws(max(1, self._weights.shape[1]))
        return percentile_interval(np.concatenate([self._alphas(chunk) for chunk in chunks]))

    def _jackknife(self) -> Interval:
        """Delete a group of units at a time (Efron & Tibshirani 1993, ch. 11), which is cheap and here good enough."""
        generator = np.random.default_rng(self._seed)
        group = generator.permutation(np.arange(self.n) % JACKKNIFE_GROUPS)
        left = np.zeros((JACKKNIFE_GROUPS, self.freq.size))
        np.add.at(left, (group, np.repeat(np.arange(self.freq.size), self.freq)), 1.0)
        parts, whole = self._alphas(self.freq - left), self.result().value
        if whole is None or not np.isfinite(parts).all():
            return NO_INTERVAL
        spread = float(((parts - parts.mean()) ** 2).sum())
        error = float(np.sqrt((JACKKNIFE_GROUPS - 1) / JACKKNIFE_GROUPS * spread))
        reach = NormalDist().inv_cdf((1 + CONFIDENCE) / 2) * error
        return Interval(whole - reach, whole + reach, CONFIDENCE, JACKKNIFE_GROUPS, 0)


def pair_patterns(values: tuple[Value, ...], low: IntArray, high: IntArray) -> Patterns:
    """Units of two answers each, one for each of these pairs; only the values in them are among its values."""
    single, used = low == high, np.unique(np.concatenate([low, high]))
    lengths = np.where(single, 1, 2)
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    columns = np.empty(int(lengths.sum()), dtype=np.int64)
    columns[starts[:-1]] = np.searchsorted(used, low)
    columns[starts[1:] - 1] = np.searchsorted(used, high)
    return Patterns(
        values=tuple(values[place] for place in used.tolist()), starts=starts, columns=columns,
        entries=np.repeat(np.where(single, 2, 1), lengths), freq=np.ones(low.size, dtype=np.int64),
    )  # fmt: skip
