"""What an annotator answers more or less often than the others do on the same units.

For a label c: P(c | annotator) - P(c | others, same units), the difference of two marginals that are paired by unit,
with a percentile interval over resampled units (Efron & Tibshirani 1993, ch. 13). Marginals that differ are the
classical sign of two observers with different thresholds (Cicchetti & Feinstein 1990, J. Clin. Epidemiol. 43:551-558).
For numbers it is the mean difference from the others with its limits of agreement (Bland & Altman 1986, Lancet
327:307-310). Nobody is the truth in it: an annotator who differs may be the one who is right.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np

from metrics.stats.bootstrap import Interval, percentile_interval
from metrics.stats.patterns import FloatArray, IntArray

LIMIT_DEVIATIONS: Final = 1.96
MOST_MIXED: Final = 10


@dataclass(frozen=True)
class LabelBias:
    """One column (a label): how often the annotator gave it a unit, how often the others did, and the difference."""

    column: int
    own: float
    others: float
    difference: float
    interval: Interval


@dataclass(frozen=True)
class NumberBias:
    """Mean difference from the others with its interval, and the limits between which 95 % of differences lie."""

    difference: float
    interval: Interval
    deviation: float
    lower_limit: float
    upper_limit: float


@dataclass(frozen=True)
class Mixed:
    """An own label that met another one of the others: `weight` units of it, `share` of all, `excess` over chance."""

    own: int
    other: int
    weight: float
    share: float
    excess: float


def label_bias(freq: IntArray, own: FloatArray, others: FloatArray, draws: Iterator[FloatArray]) -> list[LabelBias]:
    """The bias table (Cicchetti & Feinstein 1990).

    `own` and `others` are kinds x labels: how often the annotator and, on average, the others gave each label in a
    unit of that kind, of which there are `freq`; `draws` are bootstrap weights of the kinds.
    """
    n = float(freq.sum())
    mine, theirs = freq @ own / n, freq @ others / n
    samples = np.concatenate([chunk @ (own - others) for chunk in draws]) / n
    return [
        LabelBias(column, float(mine[column]), float(theirs[column]), float(mine[column] - theirs[column]),
                  percentile_interval(samples[:, column]))
        for column in range(own.shape[1])
    ]  # fmt: skip


def number_bias(freq: IntArray, own: FloatArray, others: FloatArray, draws: Iterator[FloatArray]) -> NumberBias:
    """The mean difference of numbers and its limits of agreement (Bland & Altman 1986), with kinds as above.

    `own` and `others` are numbers, one per kind; the others' is the mean of theirs.
    """
    n = float(freq.sum())
    gap = own - others
    mean = float(freq @ gap / n)
    deviation = sqrt(float(freq @ (gap - mean) ** 2) / (n - 1)) if n > 1 else 0.0
    samples = np.concatenate([chunk @ gap for chunk in draws]) / n
    reach = LIMIT_DEVIATIONS * deviation
    return NumberBias(mean, percentile_interval(samples), deviation, mean - reach, mean + reach)


def mixed_labels(freq: IntArray, own: IntArray, others: FloatArray) -> list[Mixed]:
    """Which own label meets which other one most: the cells off the diagonal of the annotator's own coincidences.

    `own` is the column of each kind's own label, `others` kinds x labels the shares of the others. `excess` divides
    by what chance would give with these marginals, as in a table of two observers (Cohen 1960).
    """
    size = others.shape[1]
    table = np.zeros((size, size))
    np.add.at(table, own, freq[:, np.newaxis] * others)
    n, rows, columns = float(freq.sum()), table.sum(axis=1), table.sum(axis=0)
    np.fill_diagonal(table, 0.0)
    cells = np.argwhere(table > 1e-12)
    ordered = sorted(cells.tolist(), key=lambda cell: (-table[cell[0], cell[1]], cell))[:MOST_MIXED]
    return [
        Mixed(a, b, float(table[a, b]), float(table[a, b] / n), float(table[a, b] * n / (rows[a] * columns[b])))
        for a, b in ordered
    ]
