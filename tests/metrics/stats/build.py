"""Plain constructions for the tests of the agreement engine."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from metrics.stats.aggregation.answers import Answers
from metrics.stats.patterns import Level, Patterns

Unit = list[Any]
LEVELS: tuple[Level, ...] = ("nominal", "ordinal", "interval", "ratio")


def patterns(units: Sequence[Sequence[Any]], level: Level = "nominal", categories: Any = None) -> Patterns:
    """Units as lists of values; without categories the sorted values are declared."""
    if categories is None:
        categories = sorted({value for unit in units for value in unit})
    return Patterns.from_units([Counter(unit) for unit in units], categories, level)


def columns(rows: Sequence[Sequence[Any]]) -> list[Unit]:
    """A matrix of annotator rows and unit columns as units; None is a missing value."""
    return [[value for value in column if value is not None] for column in zip(*rows, strict=True)]


def triples(rows: Sequence[Sequence[Any]], names: Sequence[str]) -> list[tuple[int, str, Any]]:
    """The same matrix as (unit, annotator, value) rows."""
    return [
        (unit, name, value)
        for name, row in zip(names, rows, strict=True)
        for unit, value in enumerate(row)
        if value is not None
    ]


def voted(counts: Any, level: Level = "nominal") -> Answers:
    """Items x annotators x labels counts as answers."""
    rows = np.repeat(np.argwhere(counts), np.asarray(counts)[np.nonzero(counts)], axis=0)
    unit, annotator, value = rows.T
    labels = list(range(np.shape(counts)[2]))
    return Answers.of(level, unit, annotator, value, labels, categories=labels, n_units=len(counts))


def units_strategy(values: int = 4, size: int = 14) -> st.SearchStrategy[list[Unit]]:
    """Random units of up to five answers 1..values, unpairable ones among them."""
    return st.lists(st.lists(st.integers(1, values), max_size=5), max_size=size)


def whole(units: Sequence[Sequence[Any]], level: Level) -> Patterns:
    """Units of answers that are written as JSON, or as they are where they are texts."""
    counted = [Counter(value if isinstance(value, str) else json.dumps(value) for value in unit) for unit in units]
    return Patterns.from_units(counted, sorted({value for unit in counted for value in unit}), level)
