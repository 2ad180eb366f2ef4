"""Units collapsed to count patterns.

A unit is one item under one question. Agreement statistics see only how often each value was given in it, so
units with equal counts are exchangeable: a hundred thousand units of five labels come down to a few hundred
*patterns* with a frequency each. Everything in this package computes on patterns.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # it is made of these arrays itself
    from metrics.stats.groups import Groups

Level = Literal[
    "nominal", "ordinal", "interval", "ratio", "masi", "jaccard", "ranking", "spans", "tokens", "boxes", "token_edit"
]
Value = str | int | float
ValueT = TypeVar("ValueT", bound=Value)
UnitT = TypeVar("UnitT", bound=Hashable)
PersonT = TypeVar("PersonT", bound=Hashable)
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# (position of the category, count) in declared order; for interval and ratio (the number itself, count).
Pattern = tuple[tuple[int | float, int], ...]

NUMERIC: Final[frozenset[str]] = frozenset({"interval", "ratio"})
BLOCK_CELLS: Final = 4_000_000
"""How many float cells one working block may hold (32 MB); it bounds memory, never the result."""


class UnknownValueError(ValueError):
    """A value that is not among the declared categories, or no finite number where a number is needed."""


def is_numeric(level: Level) -> bool:
    """Whether values of this level are numbers of their own, without a declared list."""
    return level in NUMERIC


def category_index(categories: Sequence[Value]) -> dict[Value, int]:
    """Position of each category as declared: the order of an ordinal question, never string sorting."""
    index = {value: position for position, value in enumerate(categories)}
    if len(index) != len(categories):
        raise UnknownValueError("A category is declared twice.")
    return index


def pattern_of(counts: Mapping[ValueT, int], level: Level, index: Mapping[Value, int] | None) -> Pattern:
    """The canonical pattern of one unit's counts; zero counts vanish."""
    merged: Counter[int | float] = Counter()
    for value, count in counts.items():
        if count < 0:
            raise UnknownValueError(f"The count of {value!r} is negative.")
        if count:
            merged[_key(value, level, index)] += int(count)
    return tuple(sorted(merged.items()))


def _key(value: Value, level: Level, index: Mapping[Value, int] | None) -> int | float:
    if is_numeric(level):
        if isinstance(value, str) or not np.isfinite(value):
            raise UnknownValueError(f"{value!r} is no finite number.")
        return float(value) + 0.0  # adding 0.0 makes -0.0 and 0.0 one value
    if index is None or value not in index:
        raise UnknownValueError(f"{value!r} is not a declared category.")
    return index[value]


def pattern_size(pattern: Pattern) -> int:
    """m_u, the number of values in the unit."""
    return sum(count for _, count in pattern)


@dataclass(frozen=True, eq=False)
class Patterns:
    """Pairable count patterns (m >= 2) and how many units show each.

    Stored as compressed rows, so that numeric questions with very many distinct values need memory only for
    what was answered: row k holds `columns[starts[k]:starts[k+1]]` (positions in `values`) and their
    `entries` (counts). `groups` says which units belong together and are drawn anew together, None that each stands
    alone.
    """

    values: tuple[Value, ...]
    starts: IntArray
    columns: IntArray
    entries: IntArray
    freq: IntArray
    groups: "Groups | None" = None

    @classmethod
    def from_units(
        cls, units: Iterable[Mapping[ValueT, int]], categories: Sequence[Value] | None, level: Level
    ) -> Self:
        """Collapse units, each a mapping from value to count. Numeric levels take values from the data."""
        index = None if categories is None or is_numeric(level) else category_index(categories)
        frequencies = Counter(pattern_of(counts, level, index) for counts in units)
        return cls.from_frequencies(frequencies, categories, level)

    @classmethod
    def from_frequencies(
        cls, frequencies: Mapping[Pattern, int], categories: Sequence[Value] | None, level: Level
    ) -> Self:
        """Build from pattern frequencies. Row order is canonical: equal data give equal random draws."""
        kept = sorted(p for p, freq in frequencies.items() if freq > 0 and pattern_size(p) >= 2)
        return cls.from_rows(kept, [frequencies[p] for p in kept], categories, level)

    @classmethod
    def from_rows(
        cls, rows: Sequence[Pattern], freq: Sequence[int], categories: Sequence[Value] | None, level: Level
    ) -> Self:
        """Rows as they are, in the given order; they may repeat or be empty, as paired comparisons need."""
        keys = [key for row in rows for key, _ in row]
        values: tuple[Value, ...]
        if is_numeric(level):
            distinct, columns = np.unique(np.asarray(keys, dtype=np.float64), return_inverse=True)
            values = tuple(float(value) for value in distinct)
        else:
            values, columns = tuple(categories or ()), np.asarray(keys, dtype=np.int64)
        lengths = [len(row) for row in rows]
        return cls(
            values=values,
            starts=np.concatenate(([0], np.cumsum(lengths, dtype=np.int64))).astype(np.int64),
            columns=columns.astype(np.int64),
            entries=np.asarray([count for row in rows for _, count in row], dtype=np.int64),
            freq=np.asarray(freq, dtype=np.int64),
        )

    def __len__(self) -> int:
        return int(self.freq.size)

    @property
    def n_items(self) -> int:
        """Pairable units."""
        return int(self.freq.sum())

    @property
    def n_annotations(self) -> int:
        """Pairable values: n in Krippendorff's notation."""
        return int(self.freq @ self.sizes)

    @cached_property
    def sizes(self) -> IntArray:
        """m of each pattern."""
        return np.bincount(self.row_of_entry, weights=self.entries, minlength=len(self)).astype(np.int64)

    @cached_property
    def row_of_entry(self) -> IntArray:
        """The pattern that each stored entry belongs to."""
        return np.repeat(np.arange(len(self), dtype=np.int64), np.diff(self.starts))

    @cached_property
    def pair_divisor(self) -> IntArray:
        """m - 1, and 1 for an empty row, whose numerators are all 0."""
        return np.maximum(self.sizes - 1, 1)

    @property
    def counts(self) -> IntArray:
        """The dense K x V matrix. Fine for labels; loops over `blocks` where V may be large."""
        return self._dense(0, len(self))

    def _dense(self, first: int, last: int) -> IntArray:
        dense = np.zeros((last - first, len(self.values)), dtype=np.int64)
        part = slice(int(self.starts[first]), int(self.starts[last]))
        dense[self.row_of_entry[part] - first, self.columns[part]] = self.entries[part]
        return dense

    def blocks(self, cells: int = BLOCK_CELLS) -> Iterator[tuple[slice, FloatArray]]:
        """The dense counts in row blocks of at most `cells` cells, as floats ready for matrix products."""
        step = max(1, cells // max(1, len(self.values)))
        for first in range(0, len(self), step):
            last = min(len(self), first + step)
            yield slice(first, last), self._dense(first, last).astype(np.float64)

    @cached_property
    def marginals(self) -> IntArray:
        """n_c: how often each value occurs among the pairable values."""
        weights = self.entries * self.freq[self.row_of_entry]
        return np.bincount(self.columns, weights=weights, minlength=len(self.values)).astype(np.int64)

    def weighted_marginals(self, weights: FloatArray) -> FloatArray:
        """n_c of each replicate, B x V, for pattern weights B x K."""
        total = np.zeros((weights.shape[0], len(self.values)))
        for rows, dense in self.blocks():
            total += weights[:, rows] @ dense
        return total

    def numbers(self) -> FloatArray:
        """The values as numbers; only for interval and ratio."""
        return np.asarray(self.values, dtype=np.float64)

    def rows(self) -> Iterator[tuple[IntArray, IntArray]]:
        """Column positions and counts, pattern by pattern."""
        for first, last in zip(self.starts[:-1], self.starts[1:], strict=True):
            yield self.columns[first:last], self.entries[first:last]
