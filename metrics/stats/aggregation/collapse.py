"""Units of equal content collapsed to one row with a frequency.

Rows are in an order of their own: neither the order of answers nor the numbering of units changes a bit of what is
computed on them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from metrics.stats.aggregation.answers import LARGEST, Answers
from metrics.stats.patterns import FloatArray, IntArray

UNANSWERED_ROW: Final = -1


@dataclass(frozen=True, eq=False)
class Collapsed:
    """Row r holds `code[starts[r]:starts[r+1]]`; `row` says which one each unit has, -1 without answers."""

    row: IntArray
    starts: IntArray
    code: IntArray
    freq: FloatArray

    def __len__(self) -> int:
        return int(self.freq.size)

    @cached_property
    def row_of_entry(self) -> IntArray:
        return np.repeat(np.arange(len(self), dtype=np.int64), np.diff(self.starts))

    def only(self, kept: IntArray) -> "Collapsed":
        """These rows alone; units that had another are without one."""
        lengths = np.diff(self.starts)[kept]
        starts = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
        code = self.code[np.repeat(self.starts[kept] - starts[:-1], lengths) + np.arange(starts[-1])]
        place = np.full(len(self) + 1, UNANSWERED_ROW, dtype=np.int64)
        place[kept] = np.arange(kept.size)
        return Collapsed(place[self.row], starts, code, self.freq[kept])

    def rows(self) -> Iterator[list[int]]:
        """The codes of each row."""
        codes = self.code.tolist()
        for first, last in zip(self.starts[:-1].tolist(), self.starts[1:].tolist(), strict=True):
            yield codes[first:last]


def by_people(answers: Answers) -> Collapsed:
    """Units alike in who answered what; codes are annotator * values + value."""
    width = max(1, len(answers.values))
    return collapse(answers, answers.annotator * width + answers.value, max(1, answers.n_annotators) * width)


def by_content(answers: Answers) -> Collapsed:
    """Units alike in what was answered, by whomever; codes are those of the values, ascending in a row."""
    width = max(1, len(answers.values))
    return collapse(answers, np.sort(answers.unit * width + answers.value) % width, width)


def collapse(answers: Answers, codes: IntArray, width: int) -> Collapsed:
    """`codes` below `width`, in the order of the answers' units and of their own within each."""
    row = np.full(answers.n_units, UNANSWERED_ROW, dtype=np.int64)
    first = np.concatenate(([0], np.cumsum(answers.sizes)))[:-1]
    lengths, flat, freq, found = list[IntArray](), list[IntArray](), list[IntArray](), 0
    for size in np.unique(answers.sizes[answers.answered]).tolist():
        units = np.flatnonzero(answers.sizes == size)
        rows = codes[first[units][:, np.newaxis] + np.arange(size)]
        sample, inverse, counts = distinct(rows, width)
        row[units] = found + inverse
        found += counts.size
        lengths.append(np.full(counts.size, size, dtype=np.int64))
        flat.append(rows[sample].ravel())
        freq.append(counts)
    if not found:
        return Collapsed(row, np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0))
    starts = np.concatenate(([0], np.cumsum(np.concatenate(lengths)))).astype(np.int64)
    return Collapsed(row, starts, np.concatenate(flat), np.concatenate(freq).astype(np.float64))


def distinct(rows: IntArray, width: int) -> tuple[IntArray, IntArray, IntArray]:
    """Of each distinct row a place where it stands, of each row which one it is, and how often each occurs.

    Like `np.unique` over rows, but over single numbers, which is many times as fast.
    """
    key, reach = rows[:, 0], width
    for column in range(1, rows.shape[1]):
        if reach * width >= LARGEST:
            key = np.unique(key, return_inverse=True)[1]
            reach = len(rows)
        key, reach = key * width + rows[:, column], reach * width
    _, sample, inverse, counts = np.unique(key, return_index=True, return_inverse=True, return_counts=True)
    return sample, inverse, counts
