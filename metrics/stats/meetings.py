"""Annotators among the others of their units: the pure ground of every figure about one person.

In a unit of m answers an annotator's answer meets each of the m - 1 others with weight 1 / (m - 1), so that each unit
counts once (Krippendorff 2019, Content Analysis, 4th ed., ch. 12). Only his own answer and the content of the unit
matter: the pair of both is a *kind* of meeting, and a million answers have few different kinds.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from metrics.stats.likeness import pair_measure
from metrics.stats.parts import LABELLED, is_parted, label_uses
from metrics.stats.patterns import FloatArray, IntArray, Level, Value, is_numeric
from metrics.stats.sets import is_set, membership
from metrics.stats.table import OPT_OUT, PERSON, AnswerTable, counted_keys, distinct_keys
from metrics.stats.weighted import WeightedPairs


@dataclass(frozen=True, eq=False)
class Kinds:
    """The kinds of meetings: `own` is the code of the annotator's answer, `content` that of the unit, `size` its m."""

    own: IntArray
    content: IntArray
    size: IntArray

    def __len__(self) -> int:
        return int(self.own.size)


@dataclass(frozen=True, eq=False)
class Meetings:
    """The answers of people to units that two of them answered, and of each row its kind.

    `table` has these rows only; `values` are its values as the level knows them, in declared order where there is one,
    and `place` is where each code of the table stands in them.
    """

    table: AnswerTable
    level: Level
    values: tuple[Value, ...]
    place: IntArray
    kinds: Kinds
    kind: IntArray

    @classmethod
    def of(cls, table: AnswerTable, level: Level, categories: tuple[Value, ...] | None = None) -> Self:
        """From the answers of a question. Opt-outs, slots and nameless annotators meet nobody.

        `categories` are the declared values in their order, None where values are numbers, texts or marks.
        """
        rows = table.value != OPT_OUT
        if any(identity != PERSON for identity in table.identities):
            rows &= table.by_identity(PERSON)
        people = table if rows.all() else table.where(rows)
        if (people.unit_sizes < 2).any():
            people = people.at(people.unit_sizes >= 2)
        values, place = _values(people.values, level, categories)
        contents = people.contents
        n = max(1, len(people.values))
        keys = contents.of_unit[people.unit].astype(np.int64) * n + people.value
        found, kind = distinct_keys(keys, max(1, len(contents)) * n)
        content, own = np.divmod(found, n)
        kinds = Kinds(place[own], content, contents.n_values[content])
        return cls(people, level, values, place, kinds, kind)

    @cached_property
    def others(self) -> csr_array:
        """Kinds x values: how much of what the others of a unit gave is each value; rows add up to 1."""
        contents = self.table.contents
        lengths = np.diff(contents.starts)[self.kinds.content]
        row = np.repeat(np.arange(len(self.kinds)), lengths)
        offset = np.arange(row.size) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        slot = contents.starts[self.kinds.content][row] + offset
        column = self.place[contents.columns[slot]]
        count = contents.entries[slot] - (column == self.kinds.own[row])
        weight = count / (self.kinds.size[row] - 1)
        found = csr_array((weight, (row, column)), shape=(len(self.kinds), len(self.values)))
        found.eliminate_zeros()
        return found

    @cached_property
    def pairs(self) -> WeightedPairs:
        """The different pairs of an own and another answer, and how much of each kind they are."""
        others = self.others.tocoo()
        own = self.kinds.own[others.row]
        low, high = np.minimum(own, others.col), np.maximum(own, others.col)
        n = max(1, len(self.values))
        found, pair = distinct_keys(low.astype(np.int64) * n + high, n * n)
        weights = csr_array((others.data, (others.row, pair)), shape=(len(self.kinds), found.size))
        return WeightedPairs(self.values, self.level, found // n, found % n, weights)

    @cached_property
    def scores(self) -> FloatArray:
        """Per kind how alike the answer is to the others' (0 to 1); of numbers how far from theirs on average."""
        alike = self._alike(self.pairs.low, self.pairs.high)
        return np.asarray(self.pairs.weights @ alike, dtype=np.float64)

    def _alike(self, low: IntArray, high: IntArray) -> FloatArray:
        if is_numeric(self.level):
            numbers = np.asarray(self.values, dtype=np.float64)
            return np.asarray(np.abs(numbers[low] - numbers[high]), dtype=np.float64)
        measure = pair_measure(self.level)
        if measure is None:
            return np.asarray(low == high, dtype=np.float64)
        pairs = zip(low.tolist(), high.tolist(), strict=True)
        return np.asarray([measure(self.values[a], self.values[b]) for a, b in pairs], dtype=np.float64)

    @cached_property
    def among_others(self) -> FloatArray:
        """Per kind the share of equal pairs among the others of the unit: how hard it was for them. NaN without two."""
        contents = self.table.contents
        owner = np.repeat(np.arange(len(contents)), np.diff(contents.starts))
        equal = np.bincount(owner, weights=contents.entries * (contents.entries - 1), minlength=len(contents))
        mine = self.others[np.arange(len(self.kinds)), self.kinds.own] * (self.kinds.size - 1)
        rest = equal[self.kinds.content] - 2 * np.asarray(mine).reshape(-1)
        possible = (self.kinds.size - 1) * (self.kinds.size - 2)
        return np.asarray(
            np.divide(rest, possible, out=np.full(rest.shape, np.nan), where=possible > 0), dtype=np.float64
        )

    @cached_property
    def of_annotator(self) -> csr_array:
        """Annotators x kinds: how often each met how."""
        n = max(1, len(self.kinds))
        keys = self.table.annotator.astype(np.int64) * n + self.kind
        found, number = counted_keys(keys, max(1, len(self.table.annotators)) * n)
        row, column = np.divmod(found, n)
        return csr_array((number, (row, column)), shape=(len(self.table.annotators), n))

    def holds(self, labels: tuple[str, ...]) -> FloatArray:
        """Values x labels: how often each value holds each label. Values that are labels or numbers hold themselves."""
        if is_numeric(self.level):
            return np.asarray(self.values, dtype=np.float64).reshape(-1, 1)
        if is_set(self.level):
            return membership(self.values, labels)[:, : len(labels)]
        if is_parted(self.level) and self.level in LABELLED:
            used = [label_uses(self.level, value) for value in self.values]
            return np.asarray([[n[label] for label in labels] for n in used], dtype=np.float64).reshape(-1, len(labels))
        return np.eye(len(self.values))

    def rows_in_time(self, times: NDArray[Any]) -> tuple[IntArray, IntArray]:
        """The rows by annotator and then by time, and where those of each annotator begin."""
        order = np.lexsort([times, self.table.annotator])
        bounds = np.arange(len(self.table.annotators) + 1)
        return order.astype(np.int64), np.searchsorted(self.table.annotator[order], bounds).astype(np.int64)


def _values(
    given: tuple[Value, ...], level: Level, categories: tuple[Value, ...] | None
) -> tuple[tuple[Value, ...], IntArray]:
    """The values as the level orders them, and the place of each code in them."""
    if is_numeric(level):
        numbers = np.asarray([float(value) + 0.0 for value in given])
        distinct, place = np.unique(numbers, return_inverse=True)
        return tuple(distinct.tolist()), place.astype(np.int64)
    known = tuple(categories or ())
    index = {value: position for position, value in enumerate(known)}
    strange = sorted((value for value in given if value not in index), key=str)
    index |= {value: len(known) + position for position, value in enumerate(strange)}
    return (*known, *strange), np.asarray([index[value] for value in given], dtype=np.int64)
