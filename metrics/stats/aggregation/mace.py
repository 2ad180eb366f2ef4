"""Annotators who sometimes guess: MACE.

Hovy, Berg-Kirkpatrick, Vaswani & Hovy (2013), NAACL-HLT: 1120-1130. On every unit an annotator either knows the
answer and gives it, or guesses by habits of his own, whatever the answer is. The habits and the probability of
knowing have priors (the paper's: Beta(.5, .5) and symmetric Dirichlet) and are fitted by variational Bayes; the
lower bound of the evidence is what the rounds raise. It has several peaks, so the rounds are begun several times for
a little while, once from the votes and else at random, and only the best is carried on (Biernacki, Celeux & Govaert
2003, Comput. Stat. Data Anal. 41:561-575); of many patterns a sample is enough for that. The seed is a hash of the
votes.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from metrics.stats.aggregation.answers import Answers
from metrics.stats.aggregation.dawid_skene import known
from metrics.stats.aggregation.em import MOST_ROUNDS, Model, Step, Votes, climb, concluded, no_step, votes_of
from metrics.stats.aggregation.result import Aggregate, Fit
from metrics.stats.patterns import FloatArray

RESTARTS: Final = 10
SHORT_RUN: Final = 20
SAMPLED: Final = 20_000
"""Patterns on which beginnings are tried."""
BETA: Final = 0.5
HABITS: Final = 10.0
"""The paper's concentration of the prior of habits."""


@dataclass(frozen=True, eq=False)
class Habits:
    """Parameters of the posteriors: Beta of knowing (annotators x [knows, guesses]), Dirichlet of what is guessed
    (annotators x values)."""

    knowing: FloatArray
    guessed: FloatArray


def mace(
    answers: Answers,
    *,
    restarts: int = RESTARTS,
    habits: float = HABITS,
    max_iterations: int = MOST_ROUNDS,
    on_round: Step = no_step,
) -> Aggregate:
    """Answers by their posterior; `competence` is the probability that an annotator knows instead of guessing."""
    votes = votes_of(answers)
    draw = np.random.default_rng(votes.seed)
    few = votes.sample(SAMPLED, draw)
    starts = [_start(few, np.full(votes.n_annotators, 0.5), habits)]
    starts += [_start(few, draw.random(votes.n_annotators), habits) for _ in range(restarts - 1)]
    tried = [climb(few, model_of(few, habits), start, min(SHORT_RUN, max_iterations), on_round) for start in starts]
    best = max(tried, key=lambda found: found.objective)  # the first of equals
    found = climb(votes, model_of(votes, habits), best.params, max_iterations, on_round)
    knowing = found.params.knowing
    fit = Fit(
        found.iterations + sum(one.iterations for one in tried), found.converged, found.objective,
        competence=known(votes, knowing[:, 0] / knowing.sum(axis=1)), restarts=restarts,
    )  # fmt: skip
    return concluded("mace", answers, votes, found.posterior, fit)


def _start(votes: Votes, knows: FloatArray, habits: float) -> Habits:
    """As if each annotator had known this share of his answers."""
    given = votes.given.sum(axis=1)
    knowing = BETA + np.stack([given * knows, given * (1 - knows)], axis=1)
    return Habits(knowing, habits + votes.given * (1 - knows)[:, np.newaxis])


def model_of(votes: Votes, habits: float) -> Model[Habits]:
    """The model as rounds need it."""
    from scipy.special import digamma  # costs a process a second and 50 MB; only fits of MACE need it

    n = max(1, votes.n_values)
    same = np.eye(n, dtype=bool)

    def logs_of(params: Habits) -> tuple[FloatArray, FloatArray]:
        """Expected logarithms: of knowing (annotators), of guessing each value (annotators x values)."""
        chances = digamma(params.knowing) - digamma(params.knowing.sum(axis=1, keepdims=True))
        values = digamma(params.guessed) - digamma(params.guessed.sum(axis=1, keepdims=True))
        return chances[:, 0], chances[:, 1:] + values

    def table(params: Habits) -> tuple[FloatArray, FloatArray]:
        knows, guesses = logs_of(params)
        right = np.logaddexp(knows[:, np.newaxis], guesses)
        return np.full(n, -np.log(n)), np.where(same, right[:, np.newaxis, :], guesses[:, np.newaxis, :])

    def update(params: Habits, tallies: FloatArray, _shares: FloatArray) -> Habits:
        knows, guesses = logs_of(params)
        right = np.einsum("att->at", tallies)
        known_ = right * np.exp(knows[:, np.newaxis] - np.logaddexp(knows[:, np.newaxis], guesses))
        guessed = votes.given - known_
        return Habits(BETA + np.stack([known_.sum(axis=1), guessed.sum(axis=1)], axis=1), habits + guessed)

    def penalty(params: Habits) -> float:
        prior = Habits(np.full_like(params.knowing, BETA), np.full_like(params.guessed, habits))
        return -divergence(params.knowing, prior.knowing) - divergence(params.guessed, prior.guessed)

    return Model(table, update, penalty)


def divergence(one: FloatArray, other: FloatArray) -> float:
    """Kullback-Leibler divergence of Dirichlet distributions, a row each, in sum (Beta: two columns)."""
    from scipy.special import digamma, gammaln  # as above

    total = one.sum(axis=1)
    found = gammaln(total) - gammaln(one).sum(axis=1) - gammaln(other.sum(axis=1)) + gammaln(other).sum(axis=1)
    found += ((one - other) * (digamma(one) - digamma(total)[:, np.newaxis])).sum(axis=1)
    return float(found.sum())
