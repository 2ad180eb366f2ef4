"""Majority: the answer that most annotators gave, and a tie where there are several of them.

Nobody is weighed. Condorcet (1785): more annotators make the majority surer as long as each is right more often
than not and they err independently.
"""

import numpy as np

from metrics.stats.aggregation.answers import Answers
from metrics.stats.aggregation.result import Aggregate, Distribution, decide
from metrics.stats.patterns import IntArray


def vote_counts(answers: Answers) -> tuple[IntArray, IntArray, IntArray]:
    """Parallel (unit, value, votes), each value of a unit once, sorted."""
    width = max(1, len(answers.values))
    keys, votes = np.unique(answers.unit * width + answers.value, return_counts=True)
    unit, value = np.divmod(keys, width)
    return unit, value, votes.astype(np.int64)


def vote_shares(answers: Answers) -> Distribution:
    """The share of a unit's answers that each value has."""
    unit, value, votes = vote_counts(answers)
    row = np.full(answers.n_units, -1, dtype=np.int64)
    row[answers.answered] = np.arange(answers.answered.size)
    numbers = np.bincount(row[unit], minlength=answers.answered.size) if unit.size else np.zeros(0, dtype=np.int64)
    starts = np.concatenate(([0], np.cumsum(numbers))).astype(np.int64)
    return Distribution(row, starts, value, votes / answers.sizes[unit])


def majority(answers: Answers) -> Aggregate:
    """`confidence` is the share of the answers that the leading value has, tied or not."""
    shares = vote_shares(answers)
    answer, state, confidence = decide(shares, answers.n_units)
    return Aggregate("majority", answers.level, answers.values, answer, state, confidence, shares)
