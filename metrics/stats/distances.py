"""Alpha over a distance that is dear to compute: free texts, each of which is a value of its own.

Within units every pair of texts is compared. What chance would give is the mean over all pairs of texts; above
`SAMPLED_PAIRS` of them a sample is drawn, its seed fixed by the texts, and the error of sampling is told. A bootstrap
replicate weighs the sampled pairs by the weights of the units that their texts come from.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from metrics.stats.patterns import FloatArray, IntArray, Patterns, Value
from metrics.stats.texts import token_distance, tokens_of

SAMPLED_PAIRS: Final = 20_000
FEWEST_PAIRS: Final = 2_000
SHORT: Final = 50
"""Texts of more words than this on average are sampled more thinly: their pairs take longer."""


class Known:
    """A measure of two texts that remembers what it measured, by hashes, so that long texts are not kept.

    Most units stay as they are from one look to the next.
    """

    def __init__(self, measure: Callable[[str, str], float], most: int = 100_000) -> None:
        self._measure = measure
        self._most = most
        self._values: dict[tuple[bytes, bytes], float] = {}

    def __call__(self, left: Value, right: Value) -> float:
        a, b = sorted((str(left), str(right)))
        key = _short(a), _short(b)
        value = self._values.get(key)
        if value is None:
            if len(self._values) >= self._most:
                self._values.clear()
            value = self._values[key] = self._measure(a, b)
        return value


@lru_cache(maxsize=2_048)
def _short(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


text_distance: Final = Known(token_distance)
"""The token edit distance."""


def within_distances(patterns: Patterns) -> FloatArray:
    """Per pattern: sum_ck n_uc n_uk d(c,k) / (m - 1), a unit's contribution to n D_o (Krippendorff 2011)."""
    total = np.zeros(len(patterns))
    for row, (columns, counts) in enumerate(patterns.rows()):
        texts = [patterns.values[column] for column in columns]
        total[row] = sum(
            2 * int(counts[i]) * int(counts[j]) * text_distance(texts[i], texts[j])
            for i in range(len(texts))
            for j in range(i)
        )
    return total / patterns.pair_divisor


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of values by the patterns they stand in: distance, and how much each pair counts."""

    left: IntArray
    right: IntArray
    distance: FloatArray
    mass: FloatArray
    sampled: bool

    @property
    def expected(self) -> float:
        """D_e."""
        return float((self.mass * self.distance).sum() / self.mass.sum()) if self.mass.size else 0.0

    @property
    def error(self) -> float:
        """The standard error that sampling adds to D_e; 0 where every pair was compared."""
        return float(self.distance.std(ddof=1) / np.sqrt(self.distance.size)) if self.sampled else 0.0


def cross_pairs(patterns: Patterns) -> Pairs:
    """All pairs of values, or a sample of them."""
    masses = patterns.entries * patterns.freq[patterns.row_of_entry]
    number = masses.size
    if number * (number + 1) // 2 <= _sample_size(patterns):
        left, right = np.triu_indices(number)
        # A value meets the others of its own entry too, at distance 0.
        twice = np.where(left == right, masses[left] * (masses[left] - 1), 2 * masses[left] * masses[right])
        return _pairs(patterns, left, right, twice.astype(np.float64), sampled=False)
    n, size = int(masses.sum()), _sample_size(patterns)
    generator = np.random.default_rng(_seed(patterns.values, masses))
    first = generator.integers(0, n, size)
    second = (first + generator.integers(1, n, size)) % n
    edges = np.cumsum(masses)
    left, right = (np.searchsorted(edges, draw, side="right") for draw in (first, second))
    return _pairs(patterns, left, right, np.ones(size), sampled=True)


def _sample_size(patterns: Patterns) -> int:
    texts = patterns.values[: SHORT * SHORT]
    words = sum(len(tokens_of(str(text))) for text in texts) / max(1, len(texts))
    return max(FEWEST_PAIRS, int(SAMPLED_PAIRS * min(1.0, SHORT / max(1.0, words))))


def _pairs(patterns: Patterns, left: IntArray, right: IntArray, mass: FloatArray, *, sampled: bool) -> Pairs:
    texts = [patterns.values[column] for column in patterns.columns]
    distance = np.asarray(
        [text_distance(texts[a], texts[b]) for a, b in zip(left.tolist(), right.tolist(), strict=True)]
    )
    row = patterns.row_of_entry
    return Pairs(row[left], row[right], distance.astype(np.float64), mass, sampled)


def _seed(values: Sequence[Value], masses: IntArray) -> int:
    digest = hashlib.sha256()
    for value, mass in zip(values, masses.tolist(), strict=False):
        digest.update(f"{mass}:{len(str(value))}:{value}".encode())
    return int.from_bytes(digest.digest()[:8], "big")


def sampling_error(patterns: Patterns) -> float:
    """The standard error that sampling pairs adds to alpha; 0 where every pair was compared."""
    pairs = cross_pairs(patterns)
    if not pairs.sampled or pairs.expected <= 0:
        return 0.0
    observed = float(patterns.freq @ within_distances(patterns)) / patterns.n_annotations
    return observed / pairs.expected**2 * pairs.error


class DistanceKernel:
    """Alpha of many weightings of the same texts at once."""

    def __init__(self, patterns: Patterns) -> None:
        self.within = within_distances(patterns)
        self.pairs = cross_pairs(patterns)
        self.width = self.pairs.mass.size
        self._sizes = patterns.sizes.astype(np.float64)
        self._freq = np.maximum(patterns.freq, 1).astype(np.float64)

    def alphas(self, weights: FloatArray) -> FloatArray:
        """One alpha per row of weights (B x K); NaN where it is undefined."""
        n = weights @ self._sizes
        observed = np.divide(weights @ self.within, n, out=np.full(n.shape, np.nan), where=n > 1)
        relative = weights / self._freq
        together = relative[:, self.pairs.left] * relative[:, self.pairs.right] * self.pairs.mass
        mass = together.sum(axis=1)
        expected = np.divide(together @ self.pairs.distance, mass, out=np.zeros(n.shape), where=mass > 0)
        ratio = np.divide(observed, expected, out=np.full(n.shape, np.nan), where=expected > 0)
        return np.asarray(1 - ratio, dtype=np.float64)
