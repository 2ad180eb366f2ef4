"""Preferences explained by strengths: Bradley & Terry (1952), Biometrika 39:324-345.

Every contestant has one strength, and the odds that a beats b are the quotient of theirs. Whoever compares an item
adds a game between the two that it shows; a tie, or any answer that names neither, counts as half a game for each.
Contestants must hang together by comparisons. A virtual opponent, against whom each has won and lost `prior` games,
keeps those who never lost finite. Strengths are by `choix` (Maystre & Grossglauser 2015, NIPS: Luce spectral ranking,
repeated until it gives the maximum likelihood).
"""

from typing import Final

import numpy as np

from metrics.stats.aggregation.answers import Answers, CannotAggregate
from metrics.stats.aggregation.em import ALIKE, Step, no_step
from metrics.stats.aggregation.result import Aggregate, Distribution, Fit, decide
from metrics.stats.patterns import FloatArray, IntArray

PRIOR: Final = 0.1
MOST_CONTESTANTS: Final = 2000
"""The method keeps a matrix of all against all."""
TOLERANCE: Final = 1e-10


def bradley_terry(
    answers: Answers, *, prior: float = PRIOR, max_iterations: int = 1000, on_round: Step = no_step
) -> Aggregate:
    """For every answered unit the field with the stronger contestant; `confidence` is its probability of winning.

    Raises CannotAggregate unless the answers say what each unit compares, and all of it is connected.
    """
    if answers.sides is None or not answers.contestants or len(answers.values) < 2:
        raise CannotAggregate("no_contestants", "These answers do not say which contestants each item compares.")
    if len(answers.contestants) > MOST_CONTESTANTS:
        raise CannotAggregate("too_many", f"There are more than {MOST_CONTESTANTS} contestants to compare.")
    wins = games_of(answers)
    parts = components(wins)
    if parts > 1:
        raise CannotAggregate(
            "not_connected", f"The contestants fall into {parts} groups that no comparison connects; none can be rated."
        )
    strengths, iterations, converged = _strengths(wins, prior, max_iterations, on_round)
    first, second = answers.sides[answers.answered].T
    chance = 1 / (1 + np.exp(strengths[second] - strengths[first]))
    row = np.full(answers.n_units, -1, dtype=np.int64)
    row[answers.answered] = np.arange(answers.answered.size)
    weights = np.zeros((answers.answered.size, 2))
    weights[:, 0], weights[:, 1] = chance, 1 - chance
    spread = Distribution.from_dense(weights, row)
    answer, state, confidence = decide(spread, answers.n_units, ALIKE)
    fit = Fit(iterations, converged, log_likelihood(wins, strengths), strengths=strengths)
    return Aggregate("bradley_terry", answers.level, answers.values, answer, state, confidence, spread, fit=fit)


def games_of(answers: Answers) -> FloatArray:
    """contestants x contestants: how often the first beat the second, a tie as half a win of each."""
    n = len(answers.contestants)
    sides: IntArray = np.zeros((answers.n_units, 2), dtype=np.int64) if answers.sides is None else answers.sides
    first, second = sides[answers.unit].T
    won = np.where(answers.value == 0, 1.0, np.where(answers.value == 1, 0.0, 0.5))
    wins = np.bincount(first * n + second, weights=won, minlength=n * n)
    wins += np.bincount(second * n + first, weights=1 - won, minlength=n * n)
    found = wins.reshape(n, n)
    np.fill_diagonal(found, 0.0)  # something compared with itself tells nothing
    return np.asarray(found, dtype=np.float64)


def comparisons_of(answers: Answers) -> IntArray:
    """How many answers compared each contestant with another one; shape (contestants,)."""
    n = len(answers.contestants)
    if answers.sides is None or not n:
        return np.zeros(n, dtype=np.int64)
    first, second = answers.sides[answers.unit].T
    apart = first != second
    played = np.bincount(first[apart], minlength=n) + np.bincount(second[apart], minlength=n)
    return played.astype(np.int64)


def components(wins: FloatArray) -> int:
    """Into how many groups the contestants fall between which nobody compared; those never shown are left out."""
    played = (wins + wins.T) > 0
    todo, parts = set(np.flatnonzero(played.any(axis=1)).tolist()), 0
    while todo:
        parts += 1
        reached = [todo.pop()]
        while reached:
            near = todo.intersection(np.flatnonzero(played[reached.pop()]).tolist())
            todo -= near
            reached.extend(near)
    return parts


def _strengths(wins: FloatArray, prior: float, most: int, on_round: Step) -> tuple[FloatArray, int, bool]:
    from choix import lsr_pairwise_dense  # brings scipy.stats, seconds and 60 MB; only these fits need it

    n = len(wins)
    games = np.full((n + 1, n + 1), prior)
    games[:n, :n] = wins
    games[n, n] = 0.0
    found, step, iterations = np.zeros(n + 1), np.inf, 0
    while step > TOLERANCE and iterations < most:
        iterations += 1
        on_round()
        before, found = found, lsr_pairwise_dense(games, initial_params=found)
        step = float(np.abs(found - before).max())
    return np.asarray(found[:n] - found[:n].mean(), dtype=np.float64), iterations, step <= TOLERANCE


def log_likelihood(wins: FloatArray, strengths: FloatArray) -> float:
    """Of the games alone, without the virtual ones."""
    return float(-(wins * np.log1p(np.exp(strengths[np.newaxis, :] - strengths[:, np.newaxis]))).sum())
