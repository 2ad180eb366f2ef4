"""Distances between sets of labels.

MASI: Passonneau (2006), LREC: 1 - J m, where J is the Jaccard index and m is 1 for equal sets, 2/3 where one
holds the other, 1/3 where they overlap, 0 where they are disjoint. Jaccard: 1 - J. Neither is squared. Two
empty sets are equal, so their distance is 0. A set is a value like any other: its key is the sorted list of
its labels as JSON.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from typing import Final, Literal

import numpy as np

from metrics.stats.patterns import FloatArray, UnknownValueError, Value

SetLevel = Literal["masi", "jaccard"]
SETS: Final[frozenset[str]] = frozenset({"masi", "jaccard"})


def is_set(level: str) -> bool:
    """Whether values of this level are keys of sets."""
    return level in SETS


def set_key(labels: Iterable[str]) -> str:
    """The key of a set: whoever gives the same labels gives the same key."""
    return json.dumps(sorted(set(labels)), ensure_ascii=False, separators=(",", ":"))


def labels_in(key: Value) -> list[str]:
    """The labels of a key. A value that is no key, left over from another scale, is a label of its own."""
    if isinstance(key, str) and key.startswith("["):
        try:
            found = json.loads(key)
        except ValueError as error:
            raise UnknownValueError(f"{key!r} is no key of a set.") from error
        if isinstance(found, list):
            return [str(label) for label in found]
    return [str(key)]


def membership(keys: Sequence[Value], labels: Sequence[str] | None = None) -> FloatArray:
    """Sets x labels: 1 where the set holds the label. Without `labels` every label that occurs has a column."""
    sets = [labels_in(key) for key in keys]
    columns = sorted({label for found in sets for label in found}) if labels is None else list(labels)
    place = {label: column for column, label in enumerate(columns)}
    matrix = np.zeros((len(sets), max(1, len(columns))))
    for row, found in enumerate(sets):
        for label in found:
            if label in place:
                matrix[row, place[label]] = 1.0
    return matrix


def set_distances(level: SetLevel, left: FloatArray, right: FloatArray) -> FloatArray:
    """Each set of `left` (… x p x labels) to each of `right` (… x q x labels): … x p x q (Passonneau 2006)."""
    common = np.asarray(left @ np.swapaxes(right, -1, -2))
    size_left, size_right = left.sum(axis=-1)[..., :, np.newaxis], right.sum(axis=-1)[..., np.newaxis, :]
    union = size_left + size_right - common
    index = np.divide(common, union, out=np.ones_like(union), where=union > 0)
    if level == "masi":
        nested = common == np.minimum(size_left, size_right)
        overlap = np.where(nested, 2 / 3, np.where(common > 0, 1 / 3, 0.0))
        index = index * np.where((common == size_left) & (common == size_right), 1.0, overlap)
    return np.asarray(1.0 - index, dtype=np.float64)


def set_distance(level: SetLevel, left: Collection[str], right: Collection[str]) -> float:
    """The distance of two sets."""
    rows = membership([set_key(left), set_key(right)])
    return float(set_distances(level, rows[:1], rows[1:])[0, 0])
