"""The annotator jackknife: how far alpha would move with other annotators.

The unit bootstrap takes the annotators as they are. Who wants to speak of annotators like these leaves out one of
them at a time (Gwet 2008, Psychometrika 73:407-430, variance under a random choice of raters; Efron & Tibshirani
1993, An Introduction to the Bootstrap, ch. 11). With alpha_(a) computed without annotator a, for A annotators,

    SE^2 = (A - 1) / A * sum_a (alpha_(a) - mean alpha_(.))^2,   interval alpha -+ t(A - 1) SE.

It stands beside the unit bootstrap. The two answer different questions and are never merged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from scipy import stats

from metrics.stats.bootstrap import CONFIDENCE

FEWEST: Final = 3
"""Without one of two annotators there is nothing left to compare."""
FEW: Final = 10
"""With fewer annotators the standard error itself is a rough guess."""
Reason = Literal["no_alpha", "no_persons", "too_few_annotators", "undefined_without_one"]


@dataclass(frozen=True)
class Jackknife:
    """Standard error and interval of alpha over annotators, or the reason why there are none."""

    low: float | None
    high: float | None
    se: float | None
    n_annotators: int
    level: float
    reason: Reason | None


def annotator_jackknife(
    alpha: float | None, without: Sequence[float | None], *, level: float = CONFIDENCE, persons: bool = True
) -> Jackknife:
    """From alpha and alpha without each annotator in turn (Gwet 2008; Efron & Tibshirani 1993, ch. 11).

    `persons` is False where annotators are slots or nobody: leaving out a slot leaves out nobody in particular. The
    upper limit is at most 1.
    """
    n = len(without)
    reason: Reason | None = None
    if not persons:
        reason = "no_persons"
    elif alpha is None:
        reason = "no_alpha"
    elif n < FEWEST:
        reason = "too_few_annotators"
    elif any(value is None for value in without):
        reason = "undefined_without_one"
    if reason is not None or alpha is None:
        return Jackknife(None, None, None, n, level, reason)
    values = np.asarray(without, dtype=np.float64)
    se = float(np.sqrt((n - 1) / n * ((values - values.mean()) ** 2).sum()))
    reach = float(stats.t.ppf((1 + level) / 2, n - 1)) * se
    return Jackknife(alpha - reach, min(1.0, alpha + reach), se, n, level, None)
