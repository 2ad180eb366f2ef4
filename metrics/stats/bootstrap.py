"""The unit bootstrap: intervals for alpha and for differences of alpha.

Efron & Tibshirani (1993), ch. 13 (percentile interval); Zapf et al. (2016), BMC Med. Res. Methodol. 16:93,
recommend resampling units for alpha. Whole units are drawn with all their values, annotators are fixed. Units that
belong together are drawn together: see `groups`.
Drawing n units with replacement and counting patterns is one multinomial draw over the patterns: that makes
it fast.
"""

import hashlib
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Protocol

import numpy as np

from metrics.stats.alpha import coordinates, cross_disagreement, midranks, within_disagreement
from metrics.stats.distances import DistanceKernel
from metrics.stats.groups import draw_clusters
from metrics.stats.parts import PartedLevel, is_parted, take_apart
from metrics.stats.patterns import (
    BLOCK_CELLS,
    FloatArray,
    IntArray,
    Level,
    Pattern,
    Patterns,
    Value,
    ValueT,
    category_index,
    is_numeric,
    pattern_of,
    pattern_size,
)

DEFAULT_REPLICATES: Final = 1000
CONFIDENCE: Final = 0.95
MAX_UNDEFINED_SHARE: Final = 0.05
# A replicate whose sum of squares is all rounding has no variation left.
VARIATION_FLOOR: Final = 1e-12


@dataclass(frozen=True)
class Interval:
    """A percentile interval; both limits are None when more than 5 % of the replicates were undefined."""

    low: float | None
    high: float | None
    level: float
    replicates: int
    undefined_replicates: int


@dataclass(frozen=True)
class Difference:
    """After minus before over replicates: interval and the share of replicates above 0."""

    interval: Interval
    p_positive: float | None
    replicates: FloatArray


def seed_for(*parts: object) -> int:
    """A seed fixed by content (project, question, snapshot …), so that a reload shows the same interval.

    Each part is length-prefixed before hashing: ("ab", "c") and ("a", "bc") differ.
    """
    digest = hashlib.sha256()
    for part in parts:
        text = str(part).encode()
        digest.update(len(text).to_bytes(8, "big") + text)
    return int.from_bytes(digest.digest()[:8], "big") >> 1  # fits a signed 64-bit column


def draw_weights(freq: IntArray, replicates: int, seed: int, width: int = 1) -> Iterator[FloatArray]:
    """Multinomial pattern weights (Efron & Tibshirani 1993, ch. 6), in chunks that bound memory.

    Chunk size depends on `width` (values per row of work), the stream does not: same seed, same replicates.
    """
    step = max(1, BLOCK_CELLS // max(1, freq.size, width))
    if freq.size * replicates <= BLOCK_CELLS:
        # One question has many figures, and all of them are drawn alike.
        whole = _drawn(freq.astype(np.int64).tobytes(), replicates, seed)
        yield from (whole[first : first + step] for first in range(0, replicates, step))
        return
    generator = np.random.default_rng(seed)
    for first in range(0, replicates, step):
        yield _draw(generator, freq, min(step, replicates - first))


def draws(patterns: Patterns, replicates: int, seed: int, width: int = 1) -> Iterator[FloatArray]:
    """Weights of the patterns in each replicate: units are drawn, or whole groups where the patterns name them."""
    if patterns.groups is None:
        return draw_weights(patterns.freq, replicates, seed, width)
    return draw_clusters(patterns.groups, replicates, seed, width)


def _draw(generator: np.random.Generator, freq: IntArray, number: int) -> FloatArray:
    units = int(freq.sum())
    return generator.multinomial(units, freq / units, size=number).astype(np.float64)


@lru_cache(maxsize=1)
def _drawn(freq: bytes, replicates: int, seed: int) -> FloatArray:
    """All replicates of the frequencies that were drawn last: at most 32 MB."""
    weights = _draw(np.random.default_rng(seed), np.frombuffer(freq, dtype=np.int64), replicates)
    weights.flags.writeable = False
    return weights


class Kernel(Protocol):
    """Alpha of many weightings of the same patterns at once; built once per patterns and level."""

    width: int
    """How many values a row of work holds."""

    def alphas(self, weights: FloatArray) -> FloatArray:
        """One alpha per row of weights (B x K); NaN, inside this package only, where it is undefined."""
        ...


class ReplicateKernel:
    """Alpha of many weightings of the same patterns at once; built once per patterns and level."""

    def __init__(self, patterns: Patterns, level: Level) -> None:
        self.patterns = patterns
        self.level = level
        self.width = len(patterns.values)
        self._sizes = patterns.sizes.astype(np.float64)
        self._divisor = patterns.pair_divisor.astype(np.float64)
        if level == "interval":
            numbers = patterns.numbers() - _weighted_median(patterns)
            self._sums, self._squares = self._row_sums(numbers), self._row_sums(numbers**2)
        if level != "ordinal":
            # Only the ordinal distance depends on the marginals; the others are fixed per pattern.
            coords = coordinates(level, patterns.values, patterns.marginals.astype(np.float64))
            self._coords = coords
            self._within = within_disagreement(patterns, level, coords)

    def _row_sums(self, x: FloatArray) -> FloatArray:
        weights = self.patterns.entries * x[self.patterns.columns]
        sums = np.bincount(self.patterns.row_of_entry, weights=weights, minlength=len(self.patterns))
        return sums.astype(np.float64)

    def alphas(self, weights: FloatArray) -> FloatArray:
        """One alpha per row of weights (B x K); NaN, inside this package only, where it is undefined."""
        n = weights @ self._sizes
        observed, cross, floor = self._disagreement(weights, n)
        defined = (cross > floor) & (n > 1)
        ratio = np.divide(observed * (n - 1), cross, out=np.full(n.shape, np.nan), where=defined)
        return np.asarray(1 - ratio, dtype=np.float64)

    def _disagreement(self, weights: FloatArray, n: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """n D_o, n (n - 1) D_e, and the size below which the latter is rounding."""
        zero = np.zeros(n.shape)
        if self.level == "interval":
            first, second = weights @ self._sums, weights @ self._squares
            scale = 2 * n * second
            return weights @ self._within, scale - 2 * first**2, VARIATION_FLOOR * scale
        marginals = self.patterns.weighted_marginals(weights)
        if self.level == "ordinal":
            ranks = midranks(marginals)
            # Midranks of one lone category differ from nothing: exact test instead of a tolerance.
            lone = np.count_nonzero(marginals, axis=1) < 2
            cross = np.where(lone, 0.0, cross_disagreement("ordinal", ranks, marginals))
            return self._ordinal_observed(weights, ranks - n[:, np.newaxis] / 2), cross, zero
        return weights @ self._within, cross_disagreement(self.level, self._coords, marginals), zero

    def _ordinal_observed(self, weights: FloatArray, ranks: FloatArray) -> FloatArray:
        """sum_u 2 (m sum r^2 - (sum r)^2) / (m - 1) with each replicate's own midranks r."""
        total = np.zeros(weights.shape[0])
        for rows, dense in self.patterns.blocks(BLOCK_CELLS // 4):
            first, second = ranks @ dense.T, (ranks**2) @ dense.T
            spread = self._sizes[rows] * second - first**2
            total += (weights[:, rows] * (2 * spread / self._divisor[rows])).sum(axis=1)
        return np.maximum(total, 0.0)  # unanimous rows may leave rounding below 0


class PartsKernel:
    """Alpha over the parts of answers, with whole answers weighted."""

    def __init__(self, patterns: Patterns, level: PartedLevel) -> None:
        self._parts = take_apart(patterns, level)
        self._kernel = ReplicateKernel(self._parts.patterns, self._parts.level)
        self.width = max(1, self._parts.matrix.shape[1])

    def alphas(self, weights: FloatArray) -> FloatArray:
        """One alpha per row of weights of the whole answers."""
        return self._kernel.alphas(weights @ self._parts.matrix)


def kernel_of(patterns: Patterns, level: Level) -> Kernel:
    """The kernel of a level."""
    if is_parted(level):
        return PartsKernel(patterns, level)
    return DistanceKernel(patterns) if level == "token_edit" else ReplicateKernel(patterns, level)


def _weighted_median(patterns: Patterns) -> float:
    """Where most values lie: centring here keeps digits even in replicates that miss an outlier."""
    reached = np.searchsorted(np.cumsum(patterns.marginals), patterns.n_annotations / 2)
    return float(patterns.values[int(reached)])


def alpha_replicates(
    patterns: Patterns, level: Level, replicates: int = DEFAULT_REPLICATES, seed: int = 0
) -> FloatArray:
    """Alpha of each bootstrap replicate over units (Zapf et al. 2016), NaN where it is undefined."""
    if patterns.n_items == 0 or (level == "ratio" and bool((patterns.numbers() < 0).any())):
        return np.full(replicates, np.nan)
    kernel = kernel_of(patterns, level)
    chunks = draws(patterns, replicates, seed, kernel.width)
    return np.concatenate([kernel.alphas(chunk) for chunk in chunks])


def percentile_interval(values: FloatArray, level: float = CONFIDENCE) -> Interval:
    """The plain percentile interval (Efron & Tibshirani 1993, ch. 13); none if over 5 % are undefined."""
    defined = values[np.isfinite(values)]
    undefined = int(values.size - defined.size)
    if values.size == 0 or undefined > MAX_UNDEFINED_SHARE * values.size:
        return Interval(None, None, level, int(values.size), undefined)
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high), level, int(values.size), undefined)


def bootstrap_alpha(patterns: Patterns, level: Level, replicates: int = DEFAULT_REPLICATES, seed: int = 0) -> Interval:
    """95 % percentile interval of alpha (Zapf et al. 2016). A single unit or group cannot vary: no interval."""
    values = alpha_replicates(patterns, level, replicates, seed)
    if patterns.n_items < 2:
        return Interval(None, None, CONFIDENCE, replicates, int(np.count_nonzero(np.isnan(values))))
    return percentile_interval(values)


def difference_unpaired(before: FloatArray, after: FloatArray) -> Difference:
    """After minus before, two independent bootstraps of different units (Efron & Tibshirani 1993, 8.3)."""
    if before.size != after.size:
        raise ValueError("Both sides need the same number of replicates.")
    values = after - before
    interval = percentile_interval(values)
    defined = values[np.isfinite(values)]
    p_positive = float((defined > 0).mean()) if interval.low is not None else None
    return Difference(interval, p_positive, values)


@dataclass(frozen=True, eq=False)
class PairedPatterns:
    """The same units under two versions, collapsed jointly; row j of both sides is one joint pattern.

    A unit that is pairable on one side only has an empty row on the other.
    """

    before: Patterns
    after: Patterns

    @classmethod
    def from_units(
        cls,
        before: Mapping[Hashable, Mapping[ValueT, int]],
        after: Mapping[Hashable, Mapping[ValueT, int]],
        categories: Sequence[Value] | None,
        level: Level,
    ) -> "PairedPatterns":
        """Match units by their id and count joint patterns."""
        index = None if categories is None or is_numeric(level) else category_index(categories)
        joint: dict[tuple[Pattern, Pattern], int] = {}
        for unit in before.keys() | after.keys():
            sides = tuple(pattern_of(arm.get(unit, {}), level, index) for arm in (before, after))
            pair = tuple(side if pattern_size(side) >= 2 else () for side in sides)
            if pair[0] or pair[1]:
                joint[pair[0], pair[1]] = joint.get((pair[0], pair[1]), 0) + 1
        rows = sorted(joint)
        freq = [joint[row] for row in rows]
        return cls(
            Patterns.from_rows([row[0] for row in rows], freq, categories, level),
            Patterns.from_rows([row[1] for row in rows], freq, categories, level),
        )


def difference_paired(
    paired: PairedPatterns, level: Level, replicates: int = DEFAULT_REPLICATES, seed: int = 0
) -> Difference:
    """After minus before with the same resampled units on both sides (Efron & Tibshirani 1993, ch. 8).

    Pairing removes the variation that the items share, which usually makes the interval narrower.
    """
    freq = paired.before.freq
    if freq.sum() == 0:
        return difference_unpaired(np.full(replicates, np.nan), np.full(replicates, np.nan))
    arms = [kernel_of(paired.before, level), kernel_of(paired.after, level)]
    draws = draw_weights(freq, replicates, seed, max(arm.width for arm in arms))
    chunks = [[arm.alphas(weights) for arm in arms] for weights in draws]
    before, after = (np.concatenate([chunk[side] for chunk in chunks]) for side in (0, 1))
    return difference_unpaired(before, after)
