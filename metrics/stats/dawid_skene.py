"""One answer from several, weighing annotators by their own confusions.

Dawid & Skene (1979), Appl. Stat. 28:20-28: EM over the unknown answer of every item, the shares of the labels and
a confusion matrix for each annotator. It is run until the log-likelihood stops growing. Annotators are taken to
err independently of each other, given the true answer.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from metrics.stats.patterns import FloatArray, IntArray

TOLERANCE: Final = 1e-10
MOST_ROUNDS: Final = 2000
TINY: Final = 1e-300


@dataclass(frozen=True, eq=False)
class Consensus:
    """`posterior` items x labels, `shares` of the labels, `confusion` annotators x true x given."""

    posterior: FloatArray
    shares: FloatArray
    confusion: FloatArray
    log_likelihood: float
    rounds: int
    converged: bool


def dawid_skene(counts: IntArray, smoothing: float = 0.0) -> Consensus:
    """Consensus of items x annotators x labels counts; an annotator may answer an item more than once.

    `smoothing` is added to every cell of every confusion matrix: needed where annotators gave few labels.
    """
    given = counts.astype(np.float64)
    totals = given.sum(axis=1)
    posterior = totals / np.maximum(totals.sum(axis=1, keepdims=True), TINY)
    previous, log_likelihood, rounds, converged = -np.inf, -np.inf, 0, False
    shares = confusion = np.zeros(0)
    while rounds < MOST_ROUNDS and not converged:
        rounds += 1
        shares = posterior.mean(axis=0)
        confusion = np.einsum("it,iag->atg", posterior, given) + smoothing
        confusion = confusion / np.maximum(confusion.sum(axis=2, keepdims=True), TINY)
        joint = np.log(np.maximum(shares, TINY)) + np.einsum("iag,atg->it", given, np.log(np.maximum(confusion, TINY)))
        top = joint.max(axis=1, keepdims=True)
        log_likelihood = float((top[:, 0] + np.log(np.exp(joint - top).sum(axis=1))).sum())
        posterior = np.exp(joint - top)
        posterior /= posterior.sum(axis=1, keepdims=True)
        converged = abs(log_likelihood - previous) <= TOLERANCE * max(1.0, abs(log_likelihood))
        previous = log_likelihood
    return Consensus(posterior, shares, confusion, log_likelihood, rounds, converged)
