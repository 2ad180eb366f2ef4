"""What the models of annotators share: votes collapsed to patterns, and the rounds of expectation-maximisation.

Dempster, Laird & Rubin (1977), J. R. Stat. Soc. B 39:1-38. Units that got the same answers from the same annotators
have the same posterior, so they are one pattern with a frequency.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Generic, TypeVar

import numpy as np

from metrics.stats.aggregation.answers import Answers, CannotAggregate
from metrics.stats.aggregation.collapse import Collapsed, by_people
from metrics.stats.aggregation.result import Aggregate, Distribution, Fit, decide
from metrics.stats.patterns import FloatArray

TOLERANCE: Final = 1e-10
MOST_ROUNDS: Final = 2000
MOST_CELLS: Final = 60_000_000
"""Of confusions and of posteriors: half a gigabyte each."""
TINY: Final = 1e-300
ALIKE: Final = 1e-6
"""Posteriors closer than this are a tie: less is left open by where the rounds stop."""

Params = TypeVar("Params")
Step = Callable[[], None]
"""Called before every round, of which there may be hundreds of a second each; may raise to end the work."""


@dataclass(frozen=True, eq=False)
class Votes:
    """Distinct answer patterns: who answered what, each with how many units show it."""

    patterns: Collapsed
    """Codes are annotator * values + value."""
    n_annotators: int
    n_values: int

    @property
    def freq(self) -> FloatArray:
        return self.patterns.freq

    @cached_property
    def given(self) -> FloatArray:
        """annotators x values: how often each gave each."""
        width = self.n_annotators * self.n_values
        counted = np.bincount(self.patterns.code, weights=self.freq[self.patterns.row_of_entry], minlength=width)
        return np.asarray(counted, dtype=np.float64).reshape(self.n_annotators, self.n_values)

    @cached_property
    def seed(self) -> int:
        """Fixed by the votes themselves."""
        digest = hashlib.sha256()
        for part in (self.patterns.starts, self.patterns.code, self.freq):
            digest.update(np.ascontiguousarray(part).tobytes())
        return int.from_bytes(digest.digest()[:8], "big") >> 1

    def shares(self) -> FloatArray:
        """patterns x values: the share of votes of each value, where the rounds begin."""
        size = self.freq.size * self.n_values
        places = self.patterns.row_of_entry * self.n_values + self.patterns.code % max(1, self.n_values)
        found = np.bincount(places, minlength=size).reshape(self.freq.size, self.n_values)
        return np.asarray(found / np.diff(self.patterns.starts)[:, np.newaxis], dtype=np.float64)

    def sample(self, most: int, draw: np.random.Generator) -> "Votes":
        """At most so many of the patterns; all of them where there are no more."""
        if len(self.patterns) <= most:
            return self
        return Votes(self.patterns.only(np.sort(draw.choice(len(self.patterns), most, replace=False))),
                     self.n_annotators, self.n_values)  # fmt: skip

    def scores(self, table: FloatArray) -> FloatArray:
        """patterns x true: the sum over votes of `table` (annotators x true x given), log probabilities."""
        found = np.empty((self.freq.size, self.n_values))
        for true in range(self.n_values):
            flat = np.ascontiguousarray(table[:, true, :]).ravel()
            found[:, true] = (
                np.add.reduceat(flat[self.patterns.code], self.patterns.starts[:-1]) if self.freq.size else 0.0
            )
        return found

    def tallies(self, posterior: FloatArray) -> FloatArray:
        """annotators x true x given: expected counts under a posterior (patterns x true)."""
        found = np.empty((self.n_annotators, self.n_values, self.n_values))
        for true in range(self.n_values):
            weights = (posterior[:, true] * self.freq)[self.patterns.row_of_entry]
            counted = np.bincount(self.patterns.code, weights=weights, minlength=self.n_annotators * self.n_values)
            found[:, true, :] = counted.reshape(self.n_annotators, self.n_values)
        return found


def votes_of(answers: Answers) -> Votes:
    """Collapse the answers of annotators to patterns. Raises CannotAggregate where a model would not fit in memory."""
    n = len(answers.values)
    patterns = by_people(answers)
    if max(answers.n_annotators * n * n, len(patterns) * n) > MOST_CELLS:
        raise CannotAggregate(
            "too_many", "There are too many answers of too many kinds to fit a model of all annotators; take a part."
        )
    return Votes(patterns, answers.n_annotators, n)


@dataclass(frozen=True, eq=False)
class Model(Generic[Params]):
    """How votes come about: what a vote tells of the truth, and what expected counts tell of the annotators."""

    table: Callable[[Params], tuple[FloatArray, FloatArray]]
    """Log probabilities: of the true values, and annotators x true x given."""
    update: Callable[[Params, FloatArray, FloatArray], Params]
    """From the parameters, the expected counts and the expected shares of the true values."""
    penalty: Callable[[Params], float] = lambda _params: 0.0
    """What a prior adds to the log-likelihood that the rounds raise."""


@dataclass(frozen=True, eq=False)
class Fitted(Generic[Params]):
    """Where the rounds ended. `objective` is the log-likelihood with the penalty."""

    params: Params
    posterior: FloatArray
    log_likelihood: float
    objective: float
    iterations: int
    converged: bool


def no_step() -> None:
    """Told of a round, does nothing."""


def climb(
    votes: Votes, model: Model[Params], params: Params, most: int = MOST_ROUNDS, on_round: Step = no_step
) -> Fitted[Params]:
    """Rounds until the objective stops growing."""
    previous, iterations = -np.inf, 0
    while True:
        iterations += 1
        on_round()
        posterior, log_likelihood = _expect(votes, *model.table(params))
        objective = log_likelihood + model.penalty(params)
        converged = bool(abs(objective - previous) <= TOLERANCE * max(1.0, abs(objective)))
        if converged or iterations >= most:
            return Fitted(params, posterior, log_likelihood, objective, iterations, converged)
        previous = objective
        params = model.update(params, votes.tallies(posterior), mean_of(votes, posterior))


def _expect(votes: Votes, log_shares: FloatArray, table: FloatArray) -> tuple[FloatArray, float]:
    joint = votes.scores(table) + log_shares
    top = joint.max(axis=1, keepdims=True, initial=-np.inf) if joint.size else np.zeros((len(joint), 1))
    joint -= top
    np.exp(joint, out=joint)
    total = joint.sum(axis=1, keepdims=True)
    log_likelihood = float(votes.freq @ (top + np.log(np.maximum(total, TINY)))[:, 0])
    return joint / np.maximum(total, TINY), log_likelihood


def mean_of(votes: Votes, posterior: FloatArray) -> FloatArray:
    """Shares of the true values under a posterior; equal ones without any unit."""
    total = votes.freq.sum()
    if not total:
        return np.full(votes.n_values, 1 / max(1, votes.n_values))
    return np.asarray(votes.freq @ posterior / total, dtype=np.float64)


def logs(numbers: FloatArray) -> FloatArray:
    """Logarithms, of 0 a very small one."""
    return np.asarray(np.log(np.maximum(numbers, TINY)), dtype=np.float64)


def concluded(method: str, answers: Answers, votes: Votes, posterior: FloatArray, fit: Fit) -> Aggregate:
    """The result of a model: `confidence` is the posterior of the leading value."""
    spread = Distribution.from_dense(posterior, votes.patterns.row)
    answer, state, confidence = decide(spread, answers.n_units, ALIKE)
    return Aggregate(method, answers.level, answers.values, answer, state, confidence, spread, fit=fit)
