"""The kappa family, as labelled seconds beside alpha: each assumes something that alpha does not.

All are nominal. A table has a row per unit (or per pattern, with its frequency) and a column per label, and
unlike alpha they count units with a single answer in the shares of the labels (Gwet 2014, ch. 2.5).
Scott (1955), Public Opin. Q. 19:321-325; Bennett, Alpert & Goldstein (1954), Public Opin. Q. 18:303-308; Cohen
(1960), Educ. Psychol. Meas. 20:37-46, weighted (1968), Psychol. Bull. 70:213-220; Fleiss (1971), Psychol. Bull.
76:378-382; Conger (1980), Psychol. Bull. 88:322-328; Gwet (2008), Br. J. Math. Stat. Psychol. 61:29-48.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from metrics.stats.alpha import Undefined
from metrics.stats.patterns import FloatArray, IntArray

Chance = Literal["fleiss", "ac1", "brennan_prediger"]


@dataclass(frozen=True)
class Kappa:
    """(p_o - p_e) / (1 - p_e), with its standard error over units where one is given."""

    value: float | None
    undefined: Undefined | None
    observed: float | None
    expected: float | None
    error: float | None = None


def _kappa(observed: float, expected: float, error: float | None = None) -> Kappa:
    if expected >= 1:
        return Kappa(None, "no_variation", observed, expected)
    return Kappa((observed - expected) / (1 - expected), None, observed, expected, error)


NOTHING = Kappa(None, "no_pairable_units", None, None)


# --- Two annotators: a table of the first's labels by the second's ------------------------------------------------


def cohen(table: IntArray, disagreement: FloatArray | None = None) -> Kappa:
    """Cohen's kappa, weighted by a matrix of disagreements where one is given (Cohen 1960, 1968).

    The error is that of Fleiss, Cohen & Everitt (1969), Psychol. Bull. 72:323-327.
    """
    n = int(table.sum())
    if n == 0:
        return NOTHING
    share = table / n
    size = share.shape[0]
    if disagreement is None:
        disagreement = 1.0 - np.eye(size)
    weight = 1.0 - disagreement / max(float(disagreement.max()), 1e-300)
    rows, columns = share.sum(axis=1), share.sum(axis=0)
    observed, expected = float((weight * share).sum()), float((weight * np.outer(rows, columns)).sum())
    if expected >= 1:
        return Kappa(None, "no_variation", observed, expected)
    by_row, by_column = weight @ columns, weight.T @ rows
    value = (observed - expected) / (1 - expected)
    spread = weight * (1 - expected) - (by_row[:, np.newaxis] + by_column[np.newaxis, :]) * (1 - observed)
    variance = float((share * spread**2).sum()) - (observed * expected - 2 * expected + observed) ** 2
    return Kappa(value, None, observed, expected, float(np.sqrt(max(variance, 0.0) / n)) / (1 - expected) ** 2)


def scott_pi(table: IntArray) -> Kappa:
    """Scott's pi (1955): chance by the labels' shares over both annotators."""
    n = int(table.sum())
    if n == 0:
        return NOTHING
    pooled = (table.sum(axis=0) + table.sum(axis=1)) / (2 * n)
    return _kappa(float(np.trace(table)) / n, float((pooled**2).sum()))


def bennett_s(table: IntArray) -> Kappa:
    """Bennett's S (1954): chance by the number of labels alone."""
    n = int(table.sum())
    return _kappa(float(np.trace(table)) / n, 1 / table.shape[0]) if n else NOTHING


def counts_of_table(table: IntArray) -> tuple[IntArray, IntArray]:
    """A table of two annotators as rows of counts with their frequencies."""
    size = table.shape[0]
    first, second = np.nonzero(table)
    rows = np.zeros((first.size, size), dtype=np.int64)
    np.add.at(rows, (np.arange(first.size), first), 1)
    np.add.at(rows, (np.arange(first.size), second), 1)
    return rows, table[first, second]


# --- Any number of annotators: rows of counts ----------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class CountTable:
    """K rows of label counts, and how many units show each; rows without any answer must not be among them."""

    counts: IntArray
    freq: IntArray

    @property
    def sizes(self) -> FloatArray:
        return np.asarray(self.counts.sum(axis=1), dtype=np.float64)

    @property
    def agreeing(self) -> FloatArray:
        """The share of agreeing pairs in each row; 0 where a row has no pair."""
        pairs = self.sizes * (self.sizes - 1)
        same = (self.counts * (self.counts - 1)).sum(axis=1)
        return np.asarray(np.divide(same, pairs, out=np.zeros(pairs.size), where=pairs > 0), dtype=np.float64)

    @property
    def shares(self) -> FloatArray:
        """What part of a row's answers each label has."""
        return np.asarray(self.counts / self.sizes[:, np.newaxis], dtype=np.float64)


def many_raters(data: CountTable, chance: Chance) -> Kappa:
    """Fleiss' kappa, Gwet's AC1 or Brennan & Prediger's kappa, missing answers allowed (Gwet 2014, ch. 2.5).

    The error is linearised over units (Gwet 2008); with complete data Fleiss' kappa is that of 1971.
    """
    weights = data.freq[np.newaxis, :].astype(np.float64)
    observed, expected = _many(data, chance, weights)
    if not np.isfinite(observed[0]):
        return NOTHING
    value, p_e = _kappa(float(observed[0]), float(expected[0])), float(expected[0])
    if value.value is None:
        return value
    return _kappa(float(observed[0]), p_e, _linearised(data, chance, value.value, p_e))


def many_rater_replicates(data: CountTable, chance: Chance, weights: FloatArray) -> FloatArray:
    """The coefficient of each weighting of the rows (B x K), NaN where undefined."""
    observed, expected = _many(data, chance, weights)
    free = 1 - expected
    return np.asarray(
        np.divide(observed - expected, free, out=np.full(free.shape, np.nan), where=free > 1e-12), dtype=np.float64
    )


def _many(data: CountTable, chance: Chance, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    units = weights.sum(axis=1)
    pairable = weights @ (data.sizes >= 2)
    observed = np.divide(weights @ data.agreeing, pairable, out=np.full(units.shape, np.nan), where=pairable > 0)
    shares = np.divide(
        weights @ data.shares, units[:, np.newaxis], out=np.zeros((units.size, data.counts.shape[1])),
        where=units[:, np.newaxis] > 0,
    )  # fmt: skip
    return observed, _by_chance(shares, chance)


def _by_chance(shares: FloatArray, chance: Chance) -> FloatArray:
    size = shares.shape[-1]
    if chance == "brennan_prediger":
        return np.full(shares.shape[:-1], 1 / size)
    if chance == "fleiss":
        return np.asarray((shares**2).sum(axis=-1), dtype=np.float64)
    return np.asarray((shares * (1 - shares)).sum(axis=-1) / max(size - 1, 1), dtype=np.float64)


def _linearised(data: CountTable, chance: Chance, value: float, expected: float) -> float | None:
    """The standard error of Gwet (2008, eq. 33-36; 2014, ch. 5)."""
    n = float(data.freq.sum())
    if n < 2:
        return None
    pairable = float(data.freq @ (data.sizes >= 2))
    own = (n / pairable) * (data.agreeing - expected * (data.sizes >= 2)) / (1 - expected)
    pooled = data.freq @ data.shares / n
    if chance == "brennan_prediger":
        by_chance = np.full(data.freq.shape, expected)
    elif chance == "fleiss":
        by_chance = data.shares @ pooled
    else:
        by_chance = data.shares @ (1 - pooled) / max(data.counts.shape[1] - 1, 1)
    parts = own - 2 * (1 - value) * (by_chance - expected) / (1 - expected)
    return float(np.sqrt(data.freq @ (parts - value) ** 2 / (n * (n - 1))))


def fleiss_error(data: CountTable) -> float | None:
    """The standard error under no agreement of Fleiss, Nee & Landis (1979), Psychol. Bull. 86:974-977.

    For complete designs only: every row has the same number of answers.
    """
    sizes = data.sizes
    if not sizes.size or sizes.min() != sizes.max() or sizes[0] < 2:
        return None
    m, n = float(sizes[0]), float(data.freq.sum())
    p = data.freq @ data.counts / (n * m)
    mixed = float((p * (1 - p)).sum())
    if mixed <= 0:
        return None
    inner = mixed**2 - float((p * (1 - p) * (1 - 2 * p)).sum())
    return float(np.sqrt(2 * inner / (n * m * (m - 1)))) / mixed


def fleiss_error_1971(data: CountTable) -> float | None:
    """The standard error that Fleiss printed in 1971, superseded by that of 1979; kept to check against his page."""
    sizes = data.sizes
    if not sizes.size or sizes.min() != sizes.max() or sizes[0] < 2:
        return None
    m, n = float(sizes[0]), float(data.freq.sum())
    p = data.freq @ data.counts / (n * m)
    square, cube = float((p**2).sum()), float((p**3).sum())
    inner = square - (2 * m - 3) * square**2 + 2 * (m - 2) * cube
    return float(np.sqrt(2 / (n * m * (m - 1)) * inner)) / (1 - square) if square < 1 else None


def category_kappa(data: CountTable, column: int) -> float | None:
    """Fleiss' kappa of one label against all others (Fleiss 1971), complete designs or not."""
    rest = data.counts.sum(axis=1) - data.counts[:, column]
    both = CountTable(np.stack([data.counts[:, column], rest], axis=1), data.freq)
    return many_raters(both, "fleiss").value


def conger(answers: IntArray, n_labels: int) -> Kappa:
    """Conger's kappa: Cohen's for any number of annotators, chance from each one's own shares (Conger 1980).

    `answers` is units x annotators with the label's place, -1 where missing. Error: Gwet (2014, ch. 5).
    """
    given = answers >= 0
    answers, given = answers[given.any(axis=1)], given[given.any(axis=1)]
    n, m = answers.shape
    held = np.stack([answers == label for label in range(n_labels)], axis=2).astype(np.float64)
    data = CountTable(held.sum(axis=1).astype(np.int64), np.ones(n, dtype=np.int64))
    pairable = float((data.sizes >= 2).sum())
    if not pairable or m < 2:
        return NOTHING
    each = given.sum(axis=0)
    shares = held.sum(axis=0) / np.maximum(each, 1)[:, np.newaxis]
    others = shares.sum(axis=0)[np.newaxis, :] - shares
    expected = float((shares * others).sum()) / (m * (m - 1))
    observed = float(data.agreeing.sum()) / pairable
    value = _kappa(observed, expected)
    if value.value is None or n < 2:
        return value
    own = (n / pairable) * (data.agreeing - expected * (data.sizes >= 2)) / (1 - expected)
    moved = held - (given - each / n)[:, :, np.newaxis] * shares[np.newaxis, :, :]
    by_chance = (moved * (n / np.maximum(each, 1))[np.newaxis, :, np.newaxis] * others[np.newaxis, :, :]).sum(
        axis=(1, 2)
    ) / (m * (m - 1))
    parts = own - 2 * (1 - value.value) * (by_chance - expected) / (1 - expected)
    return _kappa(observed, expected, float(np.sqrt(((parts - value.value) ** 2).sum() / (n * (n - 1)))))


def alpha_error(data: CountTable) -> float | None:
    """Gwet's linearised standard error of nominal alpha (Gwet 2014, ch. 5), pairable units only."""
    kept = data.sizes >= 2
    counts, freq, sizes = data.counts[kept], data.freq[kept].astype(np.float64), data.sizes[kept]
    n = float(freq.sum())
    if n < 2:
        return None
    mean = float(freq @ sizes) / n
    own = (counts * (counts - 1)).sum(axis=1) / (mean * (sizes - 1))
    pooled = freq @ counts / (n * mean)
    observed, expected = float(freq @ own) / n, float((pooled**2).sum())
    if expected >= 1:
        return None
    value = (observed - expected) / (1 - expected)
    size = (sizes - mean) / mean
    parts = (own - observed * size - expected) / (1 - expected)
    by_chance = counts @ pooled / mean - expected * size
    parts = parts - 2 * (1 - value) * (by_chance - expected) / (1 - expected)
    return float(np.sqrt(freq @ (parts - value) ** 2 / (n * (n - 1))))
