"""Each annotator against the rest, for all of them at once.

Against the rest is alpha on the coincidences of one annotator with the others of each unit; leave-one-out is alpha of
everybody else (Krippendorff 2019, Content Analysis, 4th ed., ch. 12). Both are alphas of weighted patterns, so that
every level has them, each annotator is one row of weights, and nobody's figures cost a pass over all answers.
Intervals resample the annotator's units (Efron & Tibshirani 1993, ch. 13) by kinds of meetings.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from metrics.stats.alpha import AlphaResult, Undefined, alpha
from metrics.stats.bias import LabelBias, Mixed, NumberBias, label_bias, mixed_labels, number_bias
from metrics.stats.bootstrap import DEFAULT_REPLICATES, Interval, kernel_of
from metrics.stats.meetings import Meetings
from metrics.stats.patterns import BLOCK_CELLS, FloatArray, IntArray, Patterns, is_numeric
from metrics.stats.weighted import NO_INTERVAL, PairAlpha

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
        rest, result = one.result(), next(without)
        delta = None if result.value is None or whole.value is None else result.value - whole.value
        score = PersonScore(person, one.n, rest, NO_INTERVAL, result, delta, one.agreement)
        yield score if one.n < max(1, minimum) else _more(score, one, holds)


def _more(score: PersonScore, one: "_One", holds: FloatArray | None) -> PersonScore:
    interval = one.interval() if score.with_rest.value is not None else NO_INTERVAL
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


class _One(PairAlpha):
    """One annotator against the others, by the kinds of his meetings."""

    def __init__(self, meetings: Meetings, kinds: IntArray, freq: IntArray, seed: int, replicates: int) -> None:
        super().__init__(meetings.pairs.of(kinds), freq, seed=seed, replicates=replicates)
        self.meetings = meetings
        self.kinds = kinds

    @property
    def agreement(self) -> float:
        return float(self.freq @ self.meetings.scores[self.kinds] / self.n)


class _Whole:
    """Alpha of everybody, and of everybody but one."""

    def __init__(self, meetings: Meetings) -> None:
        self._meetings = meetings
        contents, kinds = meetings.table.contents, meetings.kinds
        self._rest = np.flatnonzero(kinds.size >= 3)
        others, n = meetings.others[self._rest], len(contents)
        place = meetings.place
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
