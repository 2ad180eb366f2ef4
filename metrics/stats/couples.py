"""Two annotators against each other, for all pairs at once, counted over the columns of a table."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final
from uuid import UUID

import numpy as np

from metrics.stats.pairs import PairScore, pair_score
from metrics.stats.patterns import IntArray, Level, Value
from metrics.stats.table import AnswerTable, counted_keys

BLOCK: Final = 1 << 20
"""So many meetings of two answers are counted at a time."""


def pair_scores(
    people: AnswerTable, level: Level, categories: Sequence[Value] | None = None, *, minimum: int = 1,
    most: int | None = None,
) -> tuple[PairScore[UUID], ...]:  # fmt: skip
    """Alpha of each two annotators over their shared units (Krippendorff 2019, Content Analysis, ch. 12).

    `people` holds values of persons only, no opt-outs. Pairs that share fewer than `minimum` units are left out: with
    hundreds of annotators that is nearly all of them. Pairs come in the order in which their people appear; where
    there are more than `most`, only those who share most, those first.
    """
    rank = _appearance(people)
    shared = _shared(people, rank)
    kept = np.flatnonzero(shared[1] >= minimum)
    if most is not None and kept.size > most:
        kept = kept[np.argsort(-shared[1][kept], kind="stable")][:most]
    pairs = shared[0][kept]
    found = _tables(people, rank, pairs)
    named = np.argsort(rank)
    n = len(people.annotators)
    return tuple(
        pair_score(people.annotators[named[a]], people.annotators[named[b]], found[pair], level, categories)
        for pair in pairs.tolist()
        for a, b in [divmod(pair, n)]
    )


def _appearance(people: AnswerTable) -> IntArray:
    """The place of each annotator in the order in which they appear; whoever does not appear comes last."""
    first = np.full(len(people.annotators), len(people), dtype=np.int64)
    there, rows = np.unique(people.annotator, return_index=True)
    first[there] = rows
    rank = np.empty(first.size, dtype=np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(first.size)
    return rank


def _meetings(people: AnswerTable, rank: IntArray) -> Iterator[tuple[IntArray, IntArray, IntArray]]:
    """The meetings of two answers in one unit: pair of annotators (the earlier one first), value of each."""
    sizes = np.diff(people.starts)
    n = max(1, len(people.annotators))
    for size in np.unique(sizes[sizes >= 2]).tolist():
        units = np.flatnonzero(sizes == size)
        left, right = np.triu_indices(size, 1)
        step = max(1, BLOCK // left.size)
        for begin in range(0, units.size, step):
            rows = people.starts[units[begin : begin + step]][:, np.newaxis]
            first, second = (rows + left).ravel(), (rows + right).ravel()
            a, b = rank[people.annotator[first]], rank[people.annotator[second]]
            swapped = a > b
            pair = np.where(swapped, b * n + a, a * n + b)
            mine, theirs = people.value[first].astype(np.int64), people.value[second].astype(np.int64)
            yield pair, np.where(swapped, theirs, mine), np.where(swapped, mine, theirs)


def _shared(people: AnswerTable, rank: IntArray) -> tuple[IntArray, IntArray]:
    """The pairs who share a unit, in order, and how many each shares."""
    limit = len(people.annotators) ** 2
    return _added([counted_keys(pair, limit) for pair, _, _ in _meetings(people, rank)])


def _tables(people: AnswerTable, rank: IntArray, pairs: IntArray) -> dict[int, Counter[tuple[Value, Value]]]:
    """Of each of these pairs how often which value met which."""
    order = np.argsort(pairs)
    known, n = pairs[order], max(1, len(people.values))
    parts = []
    for pair, mine, theirs in _meetings(people, rank):
        place = np.minimum(np.searchsorted(known, pair), known.size - 1) if known.size else np.zeros_like(pair)
        held = known[place] == pair if known.size else np.zeros(pair.size, dtype=np.bool_)
        keys = (place[held] * n + mine[held]) * n + theirs[held]
        parts.append(counted_keys(keys, known.size * n * n))
    keys, number = _added(parts)
    found: dict[int, Counter[tuple[Value, Value]]] = {pair: Counter() for pair in pairs.tolist()}
    for key, count in zip(keys.tolist(), number.tolist(), strict=True):
        place, cell = divmod(key, n * n)
        found[int(known[place])][people.values[cell // n], people.values[cell % n]] = count
    return found


def _added(parts: list[tuple[IntArray, IntArray]]) -> tuple[IntArray, IntArray]:
    """Counts of keys, added up."""
    if not parts:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    keys, place = np.unique(np.concatenate([keys for keys, _ in parts]), return_inverse=True)
    number = np.bincount(place, weights=np.concatenate([count for _, count in parts]), minlength=keys.size)
    return keys, number.astype(np.int64)
