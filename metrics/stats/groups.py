"""Bootstraps for units that are no independent draws: whole clusters, or units within their strata.

Items of one document, conversation or batch resemble each other. Then the cluster is what a new study would draw
anew, and drawing single items makes intervals too narrow (Davison & Hinkley 1997, Bootstrap Methods and their
Application, sec. 3.8: resample at the highest level; Field & Welsh 2007, JRSS B 69:369-390). Where a sample was
drawn within strata of fixed sizes, units are drawn anew within each (Davison & Hinkley 1997, sec. 3.2).

Both work on collapsed patterns: a group is how many units of each pattern it holds, and clusters that hold the same
are exchangeable.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Self

import numpy as np
from scipy.sparse import csr_array

from metrics.stats.patterns import BLOCK_CELLS, FloatArray, IntArray

FEW_GROUPS: Final = 20
"""With fewer clusters the percentile interval is too narrow (Cameron, Gelbach & Miller 2008, Rev. Econ. Stat. 90)."""


@dataclass(frozen=True, eq=False)
class Groups:
    """Which units belong together: row g of `held` counts the units of each pattern in a group, `freq` how many
    groups look so.
    """

    held: csr_array
    freq: IntArray

    @classmethod
    def from_units(cls, pattern: IntArray, group: IntArray, n_patterns: int) -> Self:
        """From the pattern and the group of each unit (both from 0). Units with pattern -1 count for nothing.

        Rows come in an order that their content fixes, so that equal data give equal draws whatever the groups are
        called.
        """
        kept = pattern >= 0
        n_groups = int(group.max()) + 1 if group.size else 0
        ones = np.ones(int(kept.sum()))
        held = csr_array((ones, (group[kept], pattern[kept])), shape=(n_groups, n_patterns))
        held.sum_duplicates()
        kinds: dict[tuple[bytes, bytes], tuple[int, int]] = {}
        for row, (first, last) in enumerate(zip(held.indptr[:-1], held.indptr[1:], strict=True)):
            if first == last:
                continue  # no pairable unit
            key = held.indices[first:last].astype(">i8").tobytes(), held.data[first:last].astype(">f8").tobytes()
            there, number = kinds.get(key, (row, 0))
            kinds[key] = there, number + 1
        ordered = [kinds[key] for key in sorted(kinds)]
        rows = held[[row for row, _ in ordered]] if ordered else csr_array((0, n_patterns))
        return cls(csr_array(rows), np.asarray([number for _, number in ordered], dtype=np.int64))

    @property
    def number(self) -> int:
        """How many groups hold a pairable unit."""
        return int(self.freq.sum())

    @cached_property
    def key(self) -> tuple[bytes, bytes, bytes, bytes]:
        """What two samples differ by when only their groups differ."""
        parts = (self.held.indptr, self.held.indices, self.held.data, self.freq)
        first, second, third, fourth = (np.asarray(part).tobytes() for part in parts)
        return first, second, third, fourth


def draw_clusters(groups: Groups, replicates: int, seed: int, width: int = 1) -> Iterator[FloatArray]:
    """Pattern weights (B x K) of the cluster bootstrap (Davison & Hinkley 1997, sec. 3.8), in chunks.

    As many clusters as there are get drawn with replacement, each with all its units. A single cluster cannot vary:
    its weights are NaN, which every statistic takes for undefined.
    """
    if groups.number < 2:
        yield np.full((replicates, groups.held.shape[1]), np.nan)
        return
    generator = np.random.default_rng(seed)
    share = groups.freq / groups.number
    for number in _chunks(replicates, max(groups.freq.size, groups.held.shape[1], width)):
        drawn = generator.multinomial(groups.number, share, size=number).astype(np.float64)
        yield np.asarray(drawn @ groups.held, dtype=np.float64)


def draw_within(strata: Groups, replicates: int, seed: int, width: int = 1) -> Iterator[FloatArray]:
    """Pattern weights (B x K) of the stratified bootstrap (Davison & Hinkley 1997, sec. 3.2), in chunks.

    Each stratum keeps its number of units; every stratum draws from a stream of its own.
    """
    dense_rows = [
        (strata.held.indices[first:last], strata.held.data[first:last], int(number))
        for first, last, number in zip(strata.held.indptr[:-1], strata.held.indptr[1:], strata.freq, strict=True)
    ]
    streams = [
        (np.random.default_rng([seed, place, copy]), columns, counts)
        for place, (columns, counts, number) in enumerate(dense_rows)
        for copy in range(number)
    ]
    for number in _chunks(replicates, max(strata.held.shape[1], width)):
        weights = np.zeros((number, strata.held.shape[1]))
        for generator, columns, counts in streams:
            units = int(counts.sum())
            weights[:, columns] += generator.multinomial(units, counts / units, size=number)
        yield weights


def _chunks(replicates: int, width: int) -> Iterator[int]:
    step = max(1, BLOCK_CELLS // max(1, width))
    for first in range(0, replicates, step):
        yield min(step, replicates - first)
