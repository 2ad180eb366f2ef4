"""Weighing annotators by their own confusions.

Dawid & Skene (1979), Appl. Stat. 28:20-28: EM over the unknown answer of every unit, the shares of the values and
a confusion matrix for each annotator, begun at the shares of the votes and run until the log-likelihood stops
growing. Annotators are taken to err independently of each other, given the true answer.

The one-coin model (Zhang, Chen, Zhou & Jordan 2016, JMLR 17(102):1-44) has one number for each annotator, the
probability of being right; wrong answers are spread evenly, and beforehand every value is as likely as any other.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from metrics.stats.aggregation.answers import Answers
from metrics.stats.aggregation.em import (
    MOST_ROUNDS,
    TINY,
    Model,
    Step,
    Votes,
    climb,
    concluded,
    logs,
    mean_of,
    no_step,
    votes_of,
)
from metrics.stats.aggregation.result import Aggregate, Fit
from metrics.stats.patterns import FloatArray

SMOOTH_BELOW: Final = 30
"""Annotators with fewer answers than this have their matrix smoothed."""


@dataclass(frozen=True, eq=False)
class Matrices:
    """`shares` of the values, `confusion` annotators x true x given."""

    shares: FloatArray
    confusion: FloatArray


def dawid_skene(
    answers: Answers,
    *,
    smoothing: float = 1.0,
    smooth_below: int = SMOOTH_BELOW,
    max_iterations: int = MOST_ROUNDS,
    on_round: Step = no_step,
) -> Aggregate:
    """Answers by their posterior; `competence` is the probability that an annotator is right on a unit of this data.

    To an annotator who gave fewer than `smooth_below` answers, `smoothing` answers for each cell of the matrix are
    added, as in Laplace's rule, but spread over a row as all annotators together answer by the votes: a Dirichlet
    prior. Spread evenly they would make a guesser of everybody who answered little, and the result worse than
    without (five labels, ten answers an annotator, simulated: .31 right evenly, .78 without, .85 so, majority .86).
    """
    votes = votes_of(answers)
    start = votes.shares()
    first = votes.tallies(start)
    few = votes.given.sum(axis=1) < smooth_below
    prior = np.where(few, smoothing * votes.n_values, 0.0)[:, np.newaxis, np.newaxis] * crowd_rows(first)

    def update(_: Matrices | None, tallies: FloatArray, shares: FloatArray) -> Matrices:
        rows = tallies + prior
        return Matrices(shares, rows / np.maximum(rows.sum(axis=2, keepdims=True), TINY))

    model = Model[Matrices](
        table=lambda params: (logs(params.shares), logs(params.confusion)),
        update=update,
        penalty=lambda params: float((prior * logs(params.confusion)).sum()),
    )
    found = climb(votes, model, update(None, first, mean_of(votes, start)), max_iterations, on_round)
    shares, confusion = found.params.shares, found.params.confusion
    right = np.einsum("t,att->a", shares, confusion)
    fit = Fit(
        found.iterations, found.converged, found.log_likelihood, shares, confusion, competence=known(votes, right)
    )
    return concluded("dawid_skene", answers, votes, found.posterior, fit)


def one_coin(
    answers: Answers, *, smoothing: float = 1.0, max_iterations: int = MOST_ROUNDS, on_round: Step = no_step
) -> Aggregate:
    """Answers by their posterior; `competence` is the probability that an annotator is right.

    `smoothing` answers are added to every annotator, spread evenly over the values. The shares of the values are not
    learned but equal: with one number an annotator, learning them lets every unit drift to the commonest value (on
    the bluebirds of Welinder et al. 2010 .583 are right then, .722 with equal shares, as with MACE and GLAD).
    """
    votes = votes_of(answers)
    n = max(1, votes.n_values)
    given = votes.given.sum(axis=1)
    equal, same = np.full(n, 1 / n), np.eye(n, dtype=bool)

    def update(tallies: FloatArray) -> FloatArray:
        hits = np.einsum("att->a", tallies)
        return np.asarray((hits + smoothing / n) / np.maximum(given + smoothing, TINY), dtype=np.float64)

    def wrong(right: FloatArray) -> FloatArray:
        return logs((1 - right) / max(1, n - 1))

    model = Model[FloatArray](
        table=lambda right: (
            logs(equal),
            np.where(same, logs(right)[:, np.newaxis, np.newaxis], wrong(right)[:, np.newaxis, np.newaxis]),
        ),
        update=lambda _, tallies, _shares: update(tallies),
        penalty=lambda right: float((smoothing / n * (logs(right) + (n - 1) * wrong(right))).sum()) if n > 1 else 0.0,
    )
    found = climb(votes, model, update(votes.tallies(votes.shares())), max_iterations, on_round)
    fit = Fit(found.iterations, found.converged, found.log_likelihood, equal, competence=known(votes, found.params))
    return concluded("one_coin", answers, votes, found.posterior, fit)


def crowd_rows(tallies: FloatArray) -> FloatArray:
    """true x given: how all annotators together answer; one answer is spread evenly over each row."""
    rows = tallies.sum(axis=0) + 1 / max(1, tallies.shape[-1])
    return np.asarray(rows / rows.sum(axis=1, keepdims=True), dtype=np.float64)


def known(votes: Votes, competence: FloatArray) -> FloatArray:
    """NaN for annotators without answers."""
    return np.asarray(np.where(votes.given.sum(axis=1) > 0, competence, np.nan), dtype=np.float64)
