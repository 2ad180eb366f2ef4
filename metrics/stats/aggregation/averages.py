"""Numbers and ratings: median, mean, and the mean that weighs annotators by how little they err.

`spread` is the mean absolute deviation from the median (in steps of the scale for ratings), or the standard deviation
around the mean, of all answers to the unit (divided by their number, not by one less).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from metrics.stats.aggregation.answers import Answers, CannotAggregate
from metrics.stats.aggregation.em import Step, no_step
from metrics.stats.aggregation.result import DECIDED, NO_ANSWER, TIED, UNANSWERED, Aggregate, Fit, StateArray
from metrics.stats.aggregation.votes import vote_shares
from metrics.stats.patterns import FloatArray, IntArray, Value, is_numeric

PRIOR_ANSWERS: Final = 1.0
SMALLEST: Final = 1e-12
"""Of the variance of all errors: the least that anybody's is taken for."""
TOLERANCE: Final = 1e-12


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
        middles = numbers[lower] / 2 + numbers[upper] / 2
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
    apart = np.abs(numbers - np.repeat(middles, answers.sizes[answers.answered]))
    most = max(1.0, float(apart.max(initial=0.0)))  # so that squares of very large numbers stay numbers
    return _measured("mean", answers, middles, most * np.sqrt(_mean_over(answers, (apart / most) ** 2)))


def weighted_mean(
    answers: Answers, *, prior_answers: float = PRIOR_ANSWERS, max_iterations: int = 500, on_round: Step = no_step
) -> Aggregate:
    """The mean with weights 1 / variance of each annotator's errors, learned from the answers themselves.

    Raykar et al. (2010), JMLR 11:1297-1322: errors are normal around the truth, independent and unbiased. EM, with
    nothing known of the truths beforehand, so that what an annotator has contributed to a mean does not make him seem
    exact. `prior_answers` answers with the variance of everybody's errors are added to each annotator: nobody is
    believed blindly. `fit.errors` are the standard deviations, NaN for whoever shares no unit; `spread` is weighted.
    Raises CannotAggregate for numbers too large to be squared.
    """
    numbers, people = _numbers(answers)[answers.value], answers.annotator
    # Units with one answer tell nothing of errors: their mean is the answer.
    shared = np.repeat(answers.sizes[answers.answered] > 1, answers.sizes[answers.answered])
    given = np.bincount(people, weights=shared, minlength=max(1, answers.n_annotators))
    with np.errstate(over="ignore"):
        pooled = _pooled(answers, numbers)
    if not np.isfinite(pooled):
        raise CannotAggregate("too_large", "The answers are too large to be squared.")
    found = _weigh(answers, numbers, np.full(given.size, pooled))
    objective, iterations, converged = -np.inf, 0, False
    while not converged and iterations < max_iterations:
        iterations += 1
        on_round()
        square = np.where(shared, found.residual + _spread_out(answers, 1 / found.total), 0.0)
        sums = np.bincount(people, weights=square, minlength=given.size) + prior_answers * pooled
        variance = np.where(given > 0, sums / np.maximum(given + prior_answers, 1e-300), pooled)
        found = _weigh(answers, numbers, np.maximum(variance, SMALLEST * pooled))
        before, objective = objective, found.log_likelihood - _penalty(found.variance, prior_answers, pooled)
        converged = bool(abs(objective - before) <= TOLERANCE * max(1.0, abs(objective)))
    spread = np.sqrt(_over_units(answers, found.residual / found.variance[people]) / found.total)
    errors = np.where(given > 0, np.sqrt(found.variance), np.nan)
    fit = Fit(iterations, converged, found.log_likelihood, errors=errors)
    return _measured("weighted_mean", answers, found.middles, _everywhere(answers, spread), fit)


@dataclass(frozen=True, eq=False)
class _Weighed:
    """Means under given variances. `total` is the precision of each mean, `residual` squared, an answer each."""

    variance: FloatArray
    middles: FloatArray
    total: FloatArray
    residual: FloatArray
    log_likelihood: float


def _weigh(answers: Answers, numbers: FloatArray, variance: FloatArray) -> _Weighed:
    scale = variance[answers.annotator]
    total = _over_units(answers, 1 / scale)
    # From the first answer of each unit on, so that answers of one mind give just that.
    sizes = answers.sizes[answers.answered]
    first = numbers[np.cumsum(sizes) - sizes]
    middles = first + _over_units(answers, (numbers - _spread_out(answers, first)) / scale) / total
    residual = (numbers - _spread_out(answers, middles)) ** 2
    # Marginal over the truths, of which nothing is known.
    likelihood = -0.5 * float((np.log(2 * np.pi * scale) + residual / scale).sum())
    likelihood += 0.5 * float(np.log(2 * np.pi / total).sum())
    return _Weighed(variance, middles, total, residual, likelihood)


def _penalty(variance: FloatArray, answers: float, pooled: float) -> float:
    """What the prior takes from the log-likelihood: `answers` errors of everybody's variance."""
    return 0.5 * answers * float((np.log(variance) + pooled / variance).sum())


def _pooled(answers: Answers, numbers: FloatArray) -> float:
    """The variance of all errors around the plain means; 1 where nothing differs."""
    sizes = answers.sizes[answers.answered]
    middles = _over_units(answers, numbers) / sizes
    freedom = float((sizes - 1).sum())
    found = float(((numbers - _spread_out(answers, middles)) ** 2).sum()) / freedom if freedom else 0.0
    return found if found > 0 else 1.0


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
