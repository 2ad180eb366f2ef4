"""Each annotator against the rest, for all of them at once.

Against the rest is alpha on the coincidences of one annotator with the others of each unit; leave-one-out is alpha of
everybody else (Krippendorff 2019, Content Analysis, 4th ed., ch. 12). Both are alphas of weighted patterns, so that
every level has them, each annotator is one row of weights, and nobody's figures cost a pass over all answers.
Intervals resample the annotator's units (Efron & Tibshirani 1993, ch. 13) by kinds of meetings.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Final

import numpy as np

from metrics.stats.alpha import AlphaResult, Undefined, alpha
from metrics.stats.bias import LabelBias, Mixed, NumberBias, label_bias, mixed_labels, number_bias
from metrics.stats.bootstrap import (
    CONFIDENCE,
    DEFAULT_REPLICATES,
    Interval,
    Kernel,
    draw_weights,
    kernel_of,
    percentile_interval,
)
from metrics.stats.meetings import Meetings
from metrics.stats.patterns import BLOCK_CELLS, FloatArray, IntArray, Patterns, is_numeric

MOST_KINDS: Final = 5_000
"""An annotator with more kinds of meetings has an interval by the jackknife: with so many units both are the same."""
JACKKNIFE_GROUPS: Final = 50
NO_INTERVAL: Final = Interval(None, None, CONFIDENCE, 0, 0)
NO_DIFFERENCE: Final[frozenset[str]] = frozenset({"ranking", "token_edit"})
"""Of orders and texts no label is given more or less often."""


@dataclass(frozen=True)
class PersonScore:
    """One annotator, by the code of the table: `n` units shared with others.

    `agreement` is the mean likeness to the others' answers, not corrected for chance; of numbers the mean distance.
    """

    annotator: int
    n: int
    with_rest: AlphaResult
    interval: Interval
    without: AlphaResult
    delta: float | None
    agreement: float
    bias: tuple[LabelBias, ...] = ()
    numbers: NumberBias | None = None
    mixed: tuple[Mixed, ...] = ()


def person_scores(
    meetings: Meetings, *, seed: int, labels: tuple[str, ...] = (), minimum: int = 1,
    replicates: int = DEFAULT_REPLICATES,
) -> Iterator[PersonScore]:  # fmt: skip
    """The score of every annotator who shares a unit with somebody, in the order of the table.

    Below `minimum` shared units there are no intervals, biases and mixed labels: they would be withheld anyway.
    `labels` names what sets, spans and boxes are made of.
    """
    found, whole = meetings.of_annotator, _Whole(meetings)
    holds = meetings.holds(labels) if meetings.level not in NO_DIFFERENCE else None
    people = np.flatnonzero(np.diff(found.indptr)).tolist()
    without = whole.without(people)
    for person in people:
        part = slice(found.indptr[person], found.indptr[person + 1])
        one = _One(meetings, found.indices[part].astype(np.int64), found.data[part].astype(np.int64), seed, replicates)
        rest, result = one.with_rest(), next(without)
        delta = None if result.value is None or whole.value is None else result.value - whole.value
        score = PersonScore(person, one.n, rest, NO_INTERVAL, result, delta, one.agreement)
        yield score if one.n < max(1, minimum) else _more(score, one, holds)


def _more(score: PersonScore, one: "_One", holds: FloatArray | None) -> PersonScore:
    interval = one.interval() if score.with_rest.value is not None and one.n >= 2 else NO_INTERVAL
    if holds is None:
        return replace(score, interval=interval)
    meetings, kinds = one.meetings, one.kinds
    own, others = holds[meetings.kinds.own[kinds]], np.asarray(meetings.others[kinds] @ holds)
    if is_numeric(meetings.level):
        return replace(score, interval=interval, numbers=number_bias(one.freq, own[:, 0], others[:, 0], one.draws()))
    mixed: tuple[Mixed, ...] = ()
    if meetings.level in {"nominal", "ordinal"}:
        mixed = tuple(mixed_labels(one.freq, meetings.kinds.own[kinds], others))
    bias = tuple(label_bias(one.freq, own, others, one.draws(own.shape[1])))
    return replace(score, interval=interval, bias=bias, mixed=mixed)


class _One:
    """One annotator's kinds of meetings with their numbers."""

    def __init__(self, meetings: Meetings, kinds: IntArray, freq: IntArray, seed: int, replicates: int) -> None:
        self.meetings = meetings
        self.kinds = kinds
        self.freq = freq
        self.n = int(freq.sum())
        self._seed = seed
        self._replicates = replicates
        low, high, weights = meetings.pairs
        mine = weights[kinds].tocsc()
        used = np.flatnonzero(np.diff(mine.indptr))
        self._weights = mine[:, used].tocsr()
        self._patterns = meetings.pair_patterns(low[used], high[used])
        self._kernel: Kernel | None = None

    @property
    def agreement(self) -> float:
        return float(self.freq @ self.meetings.scores[self.kinds] / self.n)

    def draws(self, width: int = 1) -> Iterator[FloatArray]:
        """Bootstrap weights of the kinds; with very many kinds fewer of them, which then is enough."""
        replicates = self._replicates if self.kinds.size <= MOST_KINDS else min(self._replicates, 200)
        return draw_weights(self.freq, replicates, self._seed, width)

    def _alphas(self, freq: FloatArray) -> FloatArray:
        """Alpha with the rest for rows of weights of the kinds."""
        if self._kernel is None:
            self._kernel = kernel_of(self._patterns, self.meetings.level)
        return self._kernel.alphas(np.asarray(freq @ self._weights))

    def with_rest(self) -> AlphaResult:
        if self.meetings.level == "ratio" and self.meetings.values and float(self.meetings.values[0]) < 0:
            used = self._patterns.numbers()[np.unique(self._patterns.columns)]
            if bool((used < 0).any()):
                return AlphaResult(None, "negative_values", self.n, 2 * self.n, None, None)
        value = float(self._alphas(self.freq[np.newaxis].astype(np.float64))[0])
        if np.isfinite(value):
            return AlphaResult(value, None, self.n, 2 * self.n, None, None)
        reason: Undefined = alpha(self._patterns, self.meetings.level).undefined or "no_variation"
        return AlphaResult(None, reason, self.n, 2 * self.n, None, None)

    def interval(self) -> Interval:
        """The unit bootstrap; the grouped jackknife where kinds are nearly as many as units."""
        if self.kinds.size > MOST_KINDS:
            return self._jackknife()
        chunks = self.draws(max(1, self._weights.shape[1]))
        return percentile_interval(np.concatenate([self._alphas(chunk) for chunk in chunks]))

    def _jackknife(self) -> Interval:
        """Delete a group of units at a time (Efron & Tibshirani 1993, ch. 11), which is cheap and here good enough."""
        generator = np.random.default_rng(self._seed)
        group = generator.permutation(np.arange(self.n) % JACKKNIFE_GROUPS)
        kind = np.repeat(np.arange(self.kinds.size), self.freq)
        left = np.zeros((JACKKNIFE_GROUPS, self.kinds.size))
        np.add.at(left, (group, kind), 1.0)
        parts = self._alphas(self.freq - left)
        whole = self.with_rest().value
        if whole is None or not np.isfinite(parts).all():
            return NO_INTERVAL
        spread = float(((parts - parts.mean()) ** 2).sum())
        error = np.sqrt((JACKKNIFE_GROUPS - 1) / JACKKNIFE_GROUPS * spread)
        reach = NormalDist().inv_cdf((1 + CONFIDENCE) / 2) * float(error)
        return Interval(whole - reach, whole + reach, CONFIDENCE, JACKKNIFE_GROUPS, 0)


class _Whole:
    """Alpha of everybody, and of everybody but one."""

    def __init__(self, meetings: Meetings) -> None:
        self._meetings = meetings
        contents, kinds = meetings.table.contents, meetings.kinds
        self._rest = np.flatnonzero(kinds.size >= 3)
        others, n = meetings.others[self._rest], len(contents)
        place = _places(meetings)
        rest_counts = np.rint(others.data * np.repeat(kinds.size[self._rest] - 1, np.diff(others.indptr)))
        starts = np.concatenate([contents.starts, contents.starts[-1] + others.indptr[1:]]).astype(np.int64)
        columns = np.concatenate([place[contents.columns], others.indices]).astype(np.int64)
        entries = np.concatenate([contents.entries, rest_counts]).astype(np.int64)
        freq = np.concatenate([contents.freq, np.zeros(self._rest.size, dtype=np.int64)]).astype(np.int64)
        self._patterns = Patterns(meetings.values, starts, columns, entries, freq)
        self._n_contents = n
        self.value = alpha(self._patterns, meetings.level).value if n else None

    def without(self, people: list[int]) -> Iterator[AlphaResult]:
        """Alpha of everybody else, for each of these people in turn."""
        if not people:
            return
        kernel = kernel_of(self._patterns, self._meetings.level)
        step = max(1, BLOCK_CELLS // max(1, len(self._patterns), kernel.width))
        for first in range(0, len(people), step):
            weights = np.stack([self._weights(person) for person in people[first : first + step]])
            for row, value in zip(weights, kernel.alphas(weights).tolist(), strict=True):
                yield self._result(row, value)

    def _weights(self, person: int) -> FloatArray:
        found, kinds = self._meetings.of_annotator, self._meetings.kinds
        part = slice(found.indptr[person], found.indptr[person + 1])
        mine, number = found.indices[part], found.data[part]
        weights = self._patterns.freq.astype(np.float64)
        np.subtract.at(weights, kinds.content[mine], number)
        kept = kinds.size[mine] >= 3
        weights[self._n_contents + np.searchsorted(self._rest, mine[kept])] += number[kept]
        return weights

    def _result(self, weights: FloatArray, value: float) -> AlphaResult:
        n_items, n = round(float(weights.sum())), round(float(weights @ self._patterns.sizes))
        level = self._meetings.level
        if np.isfinite(value) and not self._is_negative(weights):
            return AlphaResult(value, None, n_items, n, None, None)
        rows = np.flatnonzero(weights)
        slots = [np.arange(self._patterns.starts[row], self._patterns.starts[row + 1]) for row in rows]
        lengths = [slot.size for slot in slots]
        kept = np.concatenate(slots) if slots else np.zeros(0, dtype=np.int64)
        patterns = Patterns(
            self._patterns.values, np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            self._patterns.columns[kept], self._patterns.entries[kept], weights[rows].astype(np.int64),
        )  # fmt: skip
        reason: Undefined = alpha(patterns, level).undefined or "no_variation"
        return AlphaResult(None, reason, n_items, n, None, None)

    def _is_negative(self, weights: FloatArray) -> bool:
        if self._meetings.level != "ratio" or not self._meetings.values or float(self._meetings.values[0]) >= 0:
            return False
        there = weights[self._patterns.row_of_entry] > 0
        return bool((self._patterns.numbers()[self._patterns.columns[there]] < 0).any())


def _places(meetings: Meetings) -> IntArray:
    """The place of each code of the table among the values of the level."""
    place = np.zeros(max(1, len(meetings.table.values)), dtype=np.int64)
    place[meetings.table.value] = meetings.code
    return place
