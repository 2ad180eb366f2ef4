"""Numbers and ratings: median, mean, and the mean that weighs annotators by how little they err.

`spread` is the mean absolute deviation from the median (in steps of the scale for ratings), or the standard deviation
around the mean, of all answers to the unit (divided by their number, not by one less).
"""

from typing import Final

import numpy as np

from metrics.stats.aggregation.answers import Answers
from metrics.stats.aggregation.result import DECIDED, NO_ANSWER, TIED, UNANSWERED, Aggregate, Fit, StateArray
from metrics.stats.aggregation.votes import vote_shares
from metrics.stats.patterns import FloatArray, IntArray, Value, is_numeric

PRIOR_ANSWERS: Final = 5.0
TOLERANCE: Final = 1e-9


def median(answers: Answers, *, middle: str = "tie") -> Aggregate:
    """The middle answer. A rating's is always a declared step: where two different steps are in the middle the unit
    is tied between them, unless `middle` asks for the "lower" or the "upper" one. Of numbers it is their mean.

    For ratings `confidence` is the share of the answers that equal the median, of a tie of the commoner one.
    """
    places = _in_order(answers)
    first = np.concatenate(([0], np.cumsum(answers.sizes)))[:-1][answers.answered]
    sizes = answers.sizes[answers.answered]
    lower, upper = places[first + (sizes - 1) // 2], places[first + sizes // 2]
    if is_numeric(answers.level):
        numbers = _numbers(answers)
        middles = (numbers[lower] + numbers[upper]) / 2
        apart = np.abs(numbers[places] - np.repeat(middles, sizes))
        return _measured("median", answers, middles, _mean_over(answers, apart))
    apart = np.abs(places - np.repeat((lower + upper) / 2, sizes))
    return _rated(answers, lower, upper, middle, _mean_over(answers, apart))


def _rated(answers: Answers, lower: IntArray, upper: IntArray, middle: str, spread: FloatArray) -> Aggregate:
    shares = vote_shares(answers)
    answer, state = _empty(answers.n_units)
    confidence = np.full(answers.n_units, np.nan)
    units, tied = answers.answered, (lower != upper) & (middle == "tie")
    state[units] = np.where(tied, TIED, DECIDED)
    chosen = upper if middle == "upper" else lower
    answer[units] = np.where(tied, NO_ANSWER, chosen)
    both = np.stack([_share_of(answers, code) for code in (lower, upper)])
    confidence[units] = np.where(tied, both.max(axis=0), both[1 if middle == "upper" else 0])
    between = np.full((answers.n_units, 2), NO_ANSWER, dtype=np.int64)
    between[units[tied]] = np.stack([lower, upper], axis=1)[tied]
    return Aggregate(
        "median", answers.level, answers.values, answer, state, confidence, shares, spread=spread, between=between
    )


def _share_of(answers: Answers, code: IntArray) -> FloatArray:
    """Of each answered unit the share of answers that equal its code."""
    wanted = np.repeat(code, answers.sizes[answers.answered])
    return _over_units(answers, answers.value == wanted) / answers.sizes[answers.answered]


def mean(answers: Answers) -> Aggregate:
    """The plain mean."""
    numbers = _numbers(answers)[answers.value]
    middles = _over_units(answers, numbers) / answers.sizes[answers.answered]
    apart = (numbers - np.repeat(middles, answers.sizes[answers.answered])) ** 2
    return _measured("mean", answers, middles, np.sqrt(_mean_over(answers, apart)))


def weighted_mean(answers: Answers, *, prior_answers: float = PRIOR_ANSWERS, max_iterations: int = 500) -> Aggregate:
    """The mean with weights 1 / variance of each annotator's errors, learned from the answers themselves.

    Raykar et al. (2010), JMLR 11:1297-1322, section 6: errors are normal around the truth, independent and unbiased.
    The weight that an annotator has in a unit himself is taken out of his degrees of freedom, as else whoever is
    trusted most would seem surest; `prior_answers` answers with the variance of all together are added to each, so
    that nobody with few of them is believed blindly. `fit.errors` are the standard deviations; `spread` is weighted.
    """
    numbers = _numbers(answers)[answers.value]
    shared = np.repeat(answers.sizes[answers.answered] > 1, answers.sizes[answers.answered])
    people, n_people = answers.annotator, max(1, answers.n_annotators)
    variance, iterations, converged = np.ones(n_people), 0, not len(answers)
    middles, weights = np.zeros(answers.answered.size), np.ones(len(answers))
    residual = np.zeros(len(answers))
    while not converged and iterations < max_iterations:
        iterations += 1
        before = variance
        weights = 1 / variance[people]
        total = _over_units(answers, weights)
        middles = _over_units(answers, weights * numbers) / total
        residual = (numbers - _spread_out(answers, middles)) ** 2
        freedom = np.where(shared, 1 - weights / _spread_out(answers, total), 0.0)
        pooled = residual[shared].sum() / max(freedom.sum(), 1e-300)
        sums = [
            np.bincount(people, weights=column, minlength=n_people).astype(np.float64)
            for column in (residual * shared, freedom)
        ]
        variance = (sums[0] + prior_answers * pooled) / (sums[1] + prior_answers) if prior_answers else _plain(sums)
        if pooled <= 0:
            variance = np.ones(n_people)
        variance = np.maximum(variance, 1e-12 * max(pooled, 1e-300))
        converged = bool(np.abs(np.log(variance / before)).max(initial=0.0) <= TOLERANCE)
    spread = np.sqrt(_over_units(answers, weights * residual) / np.maximum(_over_units(answers, weights), 1e-300))
    scale = variance[people]
    likelihood = -0.5 * float((np.log(2 * np.pi * scale) + residual / scale).sum())
    errors = np.where(np.bincount(people, minlength=n_people) > 0, np.sqrt(variance), np.nan)
    fit = Fit(iterations, converged, likelihood, errors=errors)
    return _measured("weighted_mean", answers, middles, _everywhere(answers, spread), fit)


def _plain(sums: list[FloatArray]) -> FloatArray:
    return np.divide(sums[0], sums[1], out=np.ones_like(sums[0]), where=sums[1] > 0)


def _measured(
    method: str, answers: Answers, middles: FloatArray, spread: FloatArray, fit: Fit | None = None
) -> Aggregate:
    """Every number that was found is a value; whole ones are kept as whole numbers."""
    distinct, codes = np.unique(middles, return_inverse=True)
    values: tuple[Value, ...] = tuple(
        int(number) if number.is_integer() and abs(number) < 2**53 else number for number in distinct.tolist()
    )
    answer, state = _empty(answers.n_units)
    answer[answers.answered], state[answers.answered] = codes, DECIDED
    return Aggregate(
        method, answers.level, values, answer, state, np.full(answers.n_units, np.nan), spread=spread, fit=fit
    )


def _empty(n_units: int) -> tuple[IntArray, StateArray]:
    return np.full(n_units, NO_ANSWER, dtype=np.int64), np.full(n_units, UNANSWERED, dtype=np.int8)


def _numbers(answers: Answers) -> FloatArray:
    return np.asarray(answers.values, dtype=np.float64)


def _in_order(answers: Answers) -> IntArray:
    """The codes of the values, ascending within each unit; codes ascend with numbers and with declared steps."""
    width = max(1, len(answers.values))
    return np.asarray(np.sort(answers.unit * width + answers.value) % width, dtype=np.int64)


def _spread_out(answers: Answers, per_unit: FloatArray) -> FloatArray:
    """From answered units to answers."""
    return np.repeat(per_unit, answers.sizes[answers.answered])


def _over_units(answers: Answers, per_answer: FloatArray | np.ndarray) -> FloatArray:
    """Sums over the answers of each answered unit."""
    if not len(answers):
        return np.zeros(0)
    starts = np.concatenate(([0], np.cumsum(answers.sizes[answers.answered])))[:-1]
    return np.asarray(np.add.reduceat(per_answer.astype(np.float64), starts), dtype=np.float64)


def _mean_over(answers: Answers, per_answer: FloatArray) -> FloatArray:
    """Means over the answers of each unit; NaN where there are none."""
    return _everywhere(answers, _over_units(answers, per_answer) / answers.sizes[answers.answered])


def _everywhere(answers: Answers, per_answered: FloatArray) -> FloatArray:
    found = np.full(answers.n_units, np.nan)
    found[answers.answered] = per_answered
    return found
