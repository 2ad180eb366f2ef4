"""Intraclass correlations of numbers, in the six forms of Shrout & Fleiss (1979), Psychol. Bull. 86:420-428.

They need a complete design: every annotator gave every item a number.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from metrics.stats.patterns import FloatArray

Form = Literal["1,1", "2,1", "3,1", "1,k", "2,k", "3,k"]
FORMS: Final[tuple[Form, ...]] = ("1,1", "2,1", "3,1", "1,k", "2,k", "3,k")


@dataclass(frozen=True, eq=False)
class Squares:
    """Mean squares of the two-way layout: between items, within items, between annotators, the rest."""

    items: FloatArray
    within: FloatArray
    annotators: FloatArray
    rest: FloatArray
    n: FloatArray
    k: int


def mean_squares(numbers: FloatArray, weights: FloatArray | None = None) -> Squares:
    """Of an items x annotators matrix; `weights` (B x items) gives one result for each bootstrap replicate."""
    k = numbers.shape[1]
    weights = np.ones((1, numbers.shape[0])) if weights is None else weights
    numbers = numbers - numbers.mean()  # centred, squares lose no digits
    n = weights.sum(axis=1)
    rows = numbers.mean(axis=1)
    columns = weights @ numbers / n[:, np.newaxis]
    whole = columns.mean(axis=1)
    between = k * (weights @ rows**2 - n * whole**2)
    within = weights @ ((numbers - rows[:, np.newaxis]) ** 2).sum(axis=1)
    judges = n * ((columns - whole[:, np.newaxis]) ** 2).sum(axis=1)
    free = np.maximum(n - 1, 1)
    return Squares(between / free, within / (n * (k - 1)), judges / (k - 1), (within - judges) / (free * (k - 1)), n, k)


def icc(squares: Squares, form: Form) -> FloatArray:
    """ICC of one form, NaN where nothing varies (Shrout & Fleiss 1979, table 4)."""
    b, w, j, e, n, k = squares.items, squares.within, squares.annotators, squares.rest, squares.n, squares.k
    top, bottom = {
        "1,1": (b - w, b + (k - 1) * w),
        "2,1": (b - e, b + (k - 1) * e + k * (j - e) / n),
        "3,1": (b - e, b + (k - 1) * e),
        "1,k": (b - w, b),
        "2,k": (b - e, b + (j - e) / n),
        "3,k": (b - e, b),
    }[form]
    return np.asarray(np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom > 1e-12), dtype=np.float64)
