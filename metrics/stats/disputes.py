"""The units about which annotators disagree most, found over the columns of a table."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from metrics.stats.alpha import disagreement
from metrics.stats.parts import is_parted
from metrics.stats.patterns import FloatArray, IntArray, Level, Pattern, Patterns, Value, is_numeric
from metrics.stats.table import AnswerTable


@dataclass(frozen=True)
class Dispute:
    """A unit's part in the disagreement: `contribution` to n D_o, its share of the whole, and its entropy.

    `unit` is its code in the table, `counts` what was answered, in the order of the table's values.
    """

    unit: int
    contribution: float
    share: float
    entropy: float
    n_values: int
    counts: tuple[tuple[Value, int], ...]


def disputes(
    table: AnswerTable, level: Level, categories: Sequence[Value] | None = None, limit: int | None = None
) -> tuple[Dispute, ...]:
    """Units by contribution to D_o (Krippendorff 2019, Content Analysis, ch. 12), greatest first.

    `table` holds values only, no opt-outs. Unanimous units are left out. Entropy is Shannon's, divided by
    log min(m, V): alone it over-ranks units with few answers and ignores distance.
    """
    contents = table.contents
    split = np.diff(contents.starts) >= 2
    if not split.any():
        return ()
    parts, n_labels = _parts(table, level, categories)
    units = np.flatnonzero(split[contents.of_unit])
    by_unit = parts[contents.of_unit[units]]
    # Stable: equal contributions keep the order of the units.
    order = np.argsort(-by_unit, kind="stable")[:limit]
    whole = math.fsum((parts * contents.freq)[split])
    rows = {kind: row for kind, row in enumerate(contents.rows()) if split[kind]}
    found = []
    for unit, part in zip(units[order].tolist(), by_unit[order].tolist(), strict=True):
        row = rows[int(contents.of_unit[unit])]
        n = np.asarray([count for _, count in row], dtype=np.float64)
        counts = tuple((table.values[code], count) for code, count in row)
        share = part / whole if whole else 0.0
        found.append(Dispute(unit, part, share, _entropy(n, n_labels), int(n.sum()), counts))
    return tuple(found)


def _parts(table: AnswerTable, level: Level, categories: Sequence[Value] | None) -> tuple[FloatArray, int]:
    """What each content adds to n D_o, and V. The ordinal distance needs everybody's answers."""
    contents, is_open = table.contents, is_parted(level) or level == "token_edit"
    counted = np.diff(contents.starts) >= 2 if is_open else contents.n_values >= 2
    place, values = _places(table, level, None if is_open else categories)
    rows: list[Pattern] = [
        tuple(sorted((float(place[code]) if is_numeric(level) else int(place[code]), count) for code, count in row))
        for row, kept in zip(contents.rows(), counted.tolist(), strict=True)
        if kept
    ]
    patterns = Patterns.from_rows(rows, contents.freq[counted].tolist(), values, level)
    parts = np.zeros(len(contents))
    parts[counted] = disagreement(patterns, level)
    return parts, int(np.unique(contents.columns).size) if is_open else len(patterns.values)


def _places(
    table: AnswerTable, level: Level, categories: Sequence[Value] | None
) -> tuple[FloatArray | IntArray, Sequence[Value] | None]:
    """Where each code of the table stands among the values of the level, or which number it is."""
    if is_numeric(level):
        return np.asarray([float(value) + 0.0 for value in table.values], dtype=np.float64), None
    values = table.values if categories is None else categories
    index = {value: position for position, value in enumerate(values)}
    return np.asarray([index[value] for value in table.values], dtype=np.int64), values


def _entropy(counts: FloatArray, n_labels: int) -> float:
    share = counts / counts.sum()
    return float(-(share * np.log(share)).sum() / np.log(min(float(counts.sum()), n_labels)))
