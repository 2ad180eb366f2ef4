"""Answers that hold many small units: the pairs of a ranking, the characters of a text, the objects of an image.

Agreement is measured over the small units, yet whole items are what is drawn again in the bootstrap: the pairs of
one ranking stand and fall together. So every pattern of whole answers is taken apart once, and a weighting of the
whole patterns becomes one of the small patterns by a matrix product.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, TypeGuard

import numpy as np

from metrics.stats.boxes import NO_BOX, drawn, objects
from metrics.stats.patterns import FloatArray, Level, Patterns, Value
from metrics.stats.rankings import ORDER, pair_units, places_of
from metrics.stats.spans import marked, stretches

PartedLevel = Literal["ranking", "spans", "tokens", "boxes"]
PARTED: Final[frozenset[str]] = frozenset({"ranking", "spans", "tokens", "boxes"})
LABELLED: Final[frozenset[str]] = frozenset({"spans", "tokens", "boxes"})
"""The parts of these have labels of their own."""
WholeUnit = tuple[tuple[Value, int], ...]
"""The answers of one unit, each with how often it was given."""
Part = tuple[tuple[str, int], ...]


def is_parted(level: Level) -> TypeGuard[PartedLevel]:
    """Whether answers of this level are taken apart."""
    return level in PARTED


@dataclass(frozen=True, eq=False)
class Parts:
    """The small units of some patterns: `matrix` has a row per whole pattern and a column per small one."""

    patterns: Patterns
    level: Level
    matrix: FloatArray


def whole_units(patterns: Patterns) -> list[WholeUnit]:
    """The answers of each pattern."""
    return [
        tuple((patterns.values[column], int(count)) for column, count in zip(columns, counts, strict=True))
        for columns, counts in patterns.rows()
    ]


@lru_cache(maxsize=20_000)
def parts_of(level: PartedLevel, unit: WholeUnit) -> tuple[tuple[Part, int], ...]:
    """The small units of one unit: how often each value was given in it, and how many there are of the same."""
    answers = [value for value, count in unit for _ in range(count)]
    found: Counter[Part] = Counter()
    for counts, number in _small_units(level, answers):
        found[tuple(sorted(counts.items()))] += number
    return tuple(sorted(found.items()))


def _small_units(level: PartedLevel, answers: list[Value]) -> Iterable[tuple[Counter[str], int]]:
    if level == "ranking":
        return ((counts, 1) for counts in pair_units([places_of(answer) for answer in answers]))
    if level == "boxes":
        return ((counts, 1) for counts in objects([drawn(answer) for answer in answers]))
    return stretches([marked(answer, level) for answer in answers])


def take_apart(patterns: Patterns, level: PartedLevel) -> Parts:
    """The small units of all patterns, with their own scale."""
    rows = [parts_of(level, unit) for unit in whole_units(patterns)]
    kinds = sorted({part for row in rows for part, _ in row})
    values = _values(level, {value for part in kinds for value, _ in part})
    place = {value: index for index, value in enumerate(values)}
    column = {part: index for index, part in enumerate(kinds)}
    matrix = np.zeros((len(rows), len(kinds)))
    for index, row in enumerate(rows):
        for part, number in row:
            matrix[index, column[part]] = number
    small = Patterns.from_rows(
        [tuple(sorted((place[value], count) for value, count in part)) for part in kinds],
        np.rint(patterns.freq @ matrix).astype(np.int64).tolist(), values, "nominal",
    )  # fmt: skip
    return Parts(small, "ordinal" if level == "ranking" else "nominal", matrix)


def _values(level: PartedLevel, found: set[str]) -> tuple[str, ...]:
    if level == "ranking":
        return ORDER
    return tuple(sorted(found, key=lambda value: (value == NO_BOX, value)))


def label_uses(level: PartedLevel, value: Value) -> Counter[str]:
    """How many spans or boxes of each label an answer holds."""
    if level == "boxes":
        return Counter(drawn(value).labels)
    return Counter(label for _, _, label in marked(value).spans) if level != "ranking" else Counter()
