"""What the models of annotators share: votes collapsed to patterns, and the rounds of expectation-maximisation.

Dempster, Laird & Rubin (1977), J. R. Stat. Soc. B 39:1-38. Units that got the same answers from the same annotators
have the same posterior, so they are one pattern with a frequency. Patterns are in an order of their own: neither the
order of rows nor the numbering of units changes a bit of the result.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Generic, TypeVar

import numpy as np

from metrics.stats.aggregation.answers import LARGEST, Answers
from metrics.stats.aggregation.result import Aggregate, Distribution, Fit, decide
from metrics.stats.patterns import FloatArray, IntArray

TOLERANCE: Final = 1e-10
MOST_ROUNDS: Final = 2000
TINY: Final = 1e-300
ALIKE: Final = 1e-6
"""Posteriors closer than this are a tie: less is left open by where the rounds stop."""

Params = TypeVar("Params")


@dataclass(frozen=True, eq=False)
class Votes:
    """Distinct answer patterns: pattern p holds `code[starts[p]:starts[p+1]]`, each annotator * values + value."""

    row: IntArray
    """The pattern of each unit, -1 where nobody answered."""
    starts: IntArray
    code: IntArray
    freq: FloatArray
    n_annotators: int
    n_values: int

    @cached_property
    def pattern(self) -> IntArray:
        """The pattern that each vote stands in."""
        return np.repeat(np.arange(self.freq.size, dtype=np.int64), np.diff(self.starts))

    @cached_property
    def given(self) -> FloatArray:
        """annotators x values: how often each gave each."""
        width = self.n_annotators * self.n_values
        counted = np.bincount(self.code, weights=self.freq[self.pattern], minlength=width)
        return np.asarray(counted, dtype=np.float64).reshape(self.n_annotators, self.n_values)

    @cached_property
    def seed(self) -> int:
        """Fixed by the votes themselves."""
        digest = hashlib.sha256()
        for part in (self.starts, self.code, self.freq):
            digest.update(np.ascontiguousarray(part).tobytes())
        return int.from_bytes(digest.digest()[:8], "big") >> 1

    def shares(self) -> FloatArray:
        """patterns x values: the share of votes of each value, where the rounds begin."""
        found = np.zeros((self.freq.size, self.n_values))
        np.add.at(found, (self.pattern, self.code % max(1, self.n_values)), 1.0)
        return np.asarray(found / np.diff(self.starts)[:, np.newaxis], dtype=np.float64)

    def scores(self, table: FloatArray) -> FloatArray:
        """patterns x true: the sum over votes of `table` (annotators x true x given), log probabilities."""
        found = np.empty((self.freq.size, self.n_values))
        for true in range(self.n_values):
            flat = np.ascontiguousarray(table[:, true, :]).ravel()
            found[:, true] = np.add.reduceat(flat[self.code], self.starts[:-1]) if self.freq.size else 0.0
        return found

    def tallies(self, posterior: FloatArray) -> FloatArray:
        """annotators x true x given: expected counts under a posterior (patterns x true)."""
        found = np.empty((self.n_annotators, self.n_values, self.n_values))
        for true in range(self.n_values):
            weights = (posterior[:, true] * self.freq)[self.pattern]
            counted = np.bincount(self.code, weights=weights, minlength=self.n_annotators * self.n_values)
            found[:, true, :] = counted.reshape(self.n_annotators, self.n_values)
        return found


def votes_of(answers: Answers) -> Votes:
    """Collapse the answers of annotators to patterns."""
    width = max(1, len(answers.values))
    codes = answers.annotator * width + answers.value
    row = np.full(answers.n_units, -1, dtype=np.int64)
    first = np.concatenate(([0], np.cumsum(answers.sizes)))[:-1]
    lengths, flat, freq, found = list[IntArray](), list[IntArray](), list[IntArray](), 0
    for size in np.unique(answers.sizes[answers.answered]).tolist():
        units = np.flatnonzero(answers.sizes == size)
        votes = codes[first[units][:, np.newaxis] + np.arange(size)]
        sample, inverse, counts = _distinct(votes, answers.n_annotators * width)
        row[units] = found + inverse
        found += counts.size
        lengths.append(np.full(counts.size, size, dtype=np.int64))
        flat.append(votes[sample].ravel())
        freq.append(counts)
    if not found:
        return Votes(row, np.zeros(1, dtype=np.int64), codes, np.zeros(0), answers.n_annotators, len(answers.values))
    starts = np.concatenate(([0], np.cumsum(np.concatenate(lengths)))).astype(np.int64)
    weights = np.concatenate(freq).astype(np.float64)
    return Votes(row, starts, np.concatenate(flat), weights, answers.n_annotators, len(answers.values))


def _distinct(rows: IntArray, width: int) -> tuple[IntArray, IntArray, IntArray]:
    """Like `np.unique` over rows with their places and counts, as single numbers: many times as fast."""
    key, range_ = rows[:, 0], width
    for column in range(1, rows.shape[1]):
        if range_ * width >= LARGEST:
            key = np.unique(key, return_inverse=True)[1]
            range_ = len(rows)
        key, range_ = key * width + rows[:, column], range_ * width
    _, sample, inverse, counts = np.unique(key, return_index=True, return_inverse=True, return_counts=True)
    return sample, inverse, counts


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


def climb(votes: Votes, model: Model[Params], params: Params, most: int = MOST_ROUNDS) -> Fitted[Params]:
    """Rounds until the objective stops growing."""
    previous, iterations = -np.inf, 0
    while True:
        iterations += 1
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
    spread = Distribution.from_dense(posterior, votes.row)
    answer, state, confidence = decide(spread, answers.n_units, ALIKE)
    return Aggregate(method, answers.level, answers.values, answer, state, confidence, spread, fit=fit)
