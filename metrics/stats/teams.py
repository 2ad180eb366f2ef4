"""Teams beside each other: how far a team agrees within itself, with everybody else, and with each other team.

Within a team alpha is over its own answers only. Between two sides each unit that both have answered counts once,
spread over its pairs of one answer from either side (coincidences of a part: Krippendorff 2019, Content Analysis,
4th ed., ch. 12). A team that agrees with itself and not with the others has rules of its own; which of both is right
no figure says. Intervals resample units (Zapf et al. 2016).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from metrics.stats.alpha import AlphaResult, alpha
from metrics.stats.bootstrap import DEFAULT_REPLICATES, Interval, bootstrap_alpha
from metrics.stats.meetings import Meetings
from metrics.stats.patterns import IntArray, Patterns
from metrics.stats.table import Contents, contents_of, distinct_keys
from metrics.stats.weighted import PairAlpha, WeightedPairs

Rows = NDArray[np.bool_]
NO_TEAM = -1


@dataclass(frozen=True)
class Agreement:
    """Alpha over `n` units with its interval."""

    n: int
    result: AlphaResult
    interval: Interval


@dataclass(frozen=True)
class TeamScore:
    """One team: its people, how far they agree among themselves, and with everybody who is not of the team."""

    team: int
    people: int
    within: Agreement
    with_rest: Agreement


def team_scores(
    meetings: Meetings, team_of: IntArray, *, seed: int, replicates: int = DEFAULT_REPLICATES
) -> Iterator[TeamScore]:  # fmt: skip
    """Each team that answered a shared unit; `team_of` has the team of each annotator's code, or NO_TEAM."""
    team = team_of[meetings.table.annotator]
    for number in np.unique(team[team != NO_TEAM]).tolist():
        rows = team == number
        people = int(np.unique(meetings.table.annotator[rows]).size)
        within = _within(meetings, rows, seed, replicates)
        yield TeamScore(number, people, within, between(meetings, rows, ~rows, seed=seed, replicates=replicates))


def team_pairs(
    meetings: Meetings, team_of: IntArray, *, seed: int, replicates: int = DEFAULT_REPLICATES
) -> Iterator[tuple[int, int, Agreement]]:  # fmt: skip
    """Each two teams, by their numbers."""
    team = team_of[meetings.table.annotator]
    for a, b in combinations(np.unique(team[team != NO_TEAM]).tolist(), 2):
        yield a, b, between(meetings, team == a, team == b, seed=seed, replicates=replicates)


def _within(meetings: Meetings, rows: Rows, seed: int, replicates: int) -> Agreement:
    contents, has = _side(meetings, rows)
    freq = np.bincount(contents.of_unit[has], minlength=len(contents)).astype(np.int64)
    kept = np.flatnonzero((contents.n_values >= 2) & (freq > 0))
    lengths = np.diff(contents.starts)[kept]
    slots = np.repeat(contents.starts[kept] - np.cumsum(lengths) + lengths, lengths) + np.arange(int(lengths.sum()))
    patterns = Patterns(
        values=meetings.values, starts=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        columns=meetings.place[contents.columns[slots]], entries=contents.entries[slots], freq=freq[kept],
    )  # fmt: skip
    result = alpha(patterns, meetings.level)
    return Agreement(patterns.n_items, result, bootstrap_alpha(patterns, meetings.level, replicates, seed))


def between(
    meetings: Meetings, left: Rows, right: Rows, *, seed: int, replicates: int = DEFAULT_REPLICATES
) -> Agreement:  # fmt: skip
    """The answers of some rows against those of others, on the units that have both."""
    (one, has_one), (other, has_other) = _side(meetings, left), _side(meetings, right)
    units = has_one & has_other
    n = max(1, len(other))
    keys = one.of_unit[units].astype(np.int64) * n + other.of_unit[units]
    kinds, kind = distinct_keys(keys, max(1, len(one)) * n)
    freq = np.bincount(kind, minlength=kinds.size).astype(np.int64)
    pairs = _pairs(meetings, one, other, kinds // n, kinds % n)
    found = PairAlpha(pairs, freq, seed=seed, replicates=replicates)
    return Agreement(found.n, found.result(), found.interval())


def _side(meetings: Meetings, rows: Rows) -> tuple[Contents, Rows]:
    """What these rows make of each unit, and which units have one of them."""
    table = meetings.table
    has = np.bincount(table.unit[rows], minlength=table.n_units) > 0
    return contents_of(table.unit[rows], table.value[rows], table.n_units, len(table.values)), has


def _pairs(meetings: Meetings, one: Contents, other: Contents, left: IntArray, right: IntArray) -> WeightedPairs:
    """The pairs of answers in each kind of unit, `left` of the one side and `right` of the other, with weight 1."""
    wide, high_ = np.diff(one.starts)[left], np.diff(other.starts)[right]
    cells = wide * high_
    kind = np.repeat(np.arange(left.size), cells)
    offset = np.arange(kind.size) - np.repeat(np.cumsum(cells) - cells, cells)
    first = one.starts[left][kind] + offset // high_[kind]
    second = other.starts[right][kind] + offset % high_[kind]
    total = one.n_values[left][kind] * other.n_values[right][kind]
    weight = one.entries[first] * other.entries[second] / total
    a, b = meetings.place[one.columns[first]], meetings.place[other.columns[second]]
    n = max(1, len(meetings.values))
    found, pair = distinct_keys(np.minimum(a, b) * n + np.maximum(a, b), n * n)
    weights = csr_array((weight, (kind, pair)), shape=(left.size, found.size))
    return WeightedPairs(meetings.values, meetings.level, found // n, found % n, weights)
