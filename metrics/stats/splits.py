"""Agreement inside parts of the answers, held against the whole.

A part is some units, or some answers of any units. Beside its own alpha it has the disagreement it would show on the
scale of the whole question, 1 - D_o(part) / D_e(whole): a part with one common label has little expected disagreement
of its own, so that its alpha alone misleads (Krippendorff 2019, Content Analysis, 4th ed., ch. 12, on variation). And
it has its share of all disagreement, sum over its units of what they add to n D_o.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from metrics.stats.alpha import AlphaResult, alpha, disagreement
from metrics.stats.bootstrap import CONFIDENCE, DEFAULT_REPLICATES, Interval, bootstrap_alpha
from metrics.stats.groups import Groups
from metrics.stats.patterns import IntArray, Level, Pattern, Patterns, Value, is_numeric, pattern_size
from metrics.stats.table import OPT_OUT, AnswerTable, Codes

NO_INTERVAL: Final = Interval(None, None, CONFIDENCE, 0, 0)
NOT_PAIRABLE: Final = -1
BY_MARGINALS: Final[frozenset[Level]] = frozenset({"ordinal", "ranking"})
"""The levels whose distances depend on how often each value was given, by everybody."""


@dataclass(frozen=True)
class Scale:
    """How the values of a question are measured. `categories` None: they are numbers of their own."""

    level: Level
    categories: tuple[Value, ...] | None


@dataclass(frozen=True)
class PartScore:
    """One part: alpha inside it, alpha on the scale of the whole, and its shares of disagreement and of items.

    Shares are None where the whole shows no disagreement at all.
    """

    alpha: AlphaResult
    interval: Interval
    on_scale: float | None
    observed_share: float | None
    items_share: float
    n_items: int
    n_groups: int | None = None


@dataclass(frozen=True, eq=False)
class Part:
    """Some answers of the whole table, collapsed."""

    patterns: Patterns
    scale: Scale

    @classmethod
    def of(
        cls, table: AnswerTable, scale: Scale, units: NDArray[np.bool_] | None = None, clusters: Codes | None = None,
        rows: list[Pattern] | None = None,
    ) -> "Part":  # fmt: skip
        """The units of a table that are marked, all without a mark. `clusters` has a group for each of its units.

        `rows` are the patterns of the table's contents, where they are known.
        """
        of_unit = table.contents.of_unit if units is None else table.contents.of_unit[units]
        rows = pattern_rows(table, scale) if rows is None else rows
        numbers = np.bincount(of_unit, minlength=len(rows))
        frequencies: Counter[Pattern] = Counter()
        for content in np.flatnonzero(numbers).tolist():
            if pattern_size(rows[content]) >= 2:
                frequencies[rows[content]] += int(numbers[content])
        patterns = Patterns.from_frequencies(frequencies, scale.categories, scale.level)
        if clusters is not None:
            own = clusters if units is None else clusters[units]
            patterns = replace(patterns, groups=_groups(patterns, frequencies, rows, of_unit, own))
        return cls(patterns, scale)

    @cached_property
    def rows(self) -> list[Pattern]:
        """The pattern of each row of `patterns`."""
        values, numeric = self.patterns.values, is_numeric(self.scale.level)
        return [
            tuple((float(values[c]) if numeric else int(c), int(n)) for c, n in zip(columns, counts, strict=True))
            for columns, counts in self.patterns.rows()
        ]

    def mass(self) -> float:
        """n D_o, by its own distance."""
        return float(self.patterns.freq @ disagreement(self.patterns, self.scale.level)) if len(self.patterns) else 0.0


def pattern_rows(table: AnswerTable, scale: Scale) -> list[Pattern]:
    """The pattern of each content of a table; opt-outs are no values."""
    if is_numeric(scale.level):
        place: list[int | float] = [float(value) + 0.0 for value in table.values]
    else:
        index = {value: at for at, value in enumerate(scale.categories or ())}
        place = [index[value] for value in table.values]
    rows = []
    for content in table.contents.rows():
        merged: Counter[int | float] = Counter()
        for code, number in content:
            if code != OPT_OUT:
                merged[place[code]] += number
        rows.append(tuple(sorted(merged.items())))
    return rows


def _groups(
    patterns: Patterns, frequencies: Counter[Pattern], rows: list[Pattern], of_unit: Codes, clusters: Codes
) -> Groups:
    at = {row: place for place, row in enumerate(sorted(frequencies))}
    of_content = np.asarray([at.get(row, NOT_PAIRABLE) for row in rows], dtype=np.int64)
    return Groups.from_units(of_content[of_unit], clusters.astype(np.int64), len(patterns))


class Whole:
    """The whole question, against which parts are held."""

    def __init__(self, table: AnswerTable, scale: Scale, clusters: Codes | None = None) -> None:
        self.table = table
        self.scale = scale
        self.clusters = clusters
        self._rows = pattern_rows(table, scale)
        self.part = Part.of(table, scale, clusters=clusters, rows=self._rows)
        self.alpha = alpha(self.part.patterns, scale.level)

    @cached_property
    def pairable(self) -> NDArray[np.bool_]:
        """Of each unit whether it has two values."""
        return self.table.unit_sizes >= 2

    @cached_property
    def mass(self) -> float:
        """n D_o of the whole."""
        return self.part.mass()

    def of_units(self, units: NDArray[np.bool_]) -> Part:
        """The part of these units, whole."""
        return Part.of(self.table, self.scale, units, self.clusters, self._rows)

    def of_rows(self, rows: NDArray[np.bool_]) -> Part:
        """The part of these answers: a unit keeps those of its values that are among them."""
        kept = self.table.where(rows)
        clusters = None
        if self.clusters is not None:
            there = np.zeros(self.table.n_units, dtype=np.bool_)
            there[self.table.unit[rows]] = True
            clusters = self.clusters[there]
        return Part.of(kept, self.scale, clusters=clusters)

    def scores(self, parts: Iterable[Part], *, seed: int, replicates: int = DEFAULT_REPLICATES) -> list[PartScore]:
        """The scores of parts, each interval from a bootstrap of the part's own units or groups."""
        found = list(parts)
        masses = self._masses(found)
        return [self._score(part, mass, seed, replicates) for part, mass in zip(found, masses, strict=True)]

    def _masses(self, parts: list[Part]) -> list[float]:
        """n D_o of each part by the distance of the whole, which for orders depends on everybody's answers."""
        if self.scale.level not in BY_MARGINALS:
            return [part.mass() for part in parts]
        mass = dict(self._known)
        new = sorted({row for part in parts for row in part.rows} - mass.keys())
        if new:
            freq = [*self.part.patterns.freq.tolist(), *([0] * len(new))]
            union = Patterns.from_rows([*self.part.rows, *new], freq, self.scale.categories, self.scale.level)
            mass |= zip(new, disagreement(union, self.scale.level)[len(self.part.rows) :].tolist(), strict=True)
        return [
            sum(mass[row] * n for row, n in zip(part.rows, part.patterns.freq.tolist(), strict=True)) for part in parts
        ]

    @cached_property
    def _known(self) -> dict[Pattern, float]:
        """What each pattern of the whole adds to n D_o."""
        found = disagreement(self.part.patterns, self.scale.level).tolist() if self.part.rows else []
        return dict(zip(self.part.rows, found, strict=True))

    def _score(self, part: Part, mass: float, seed: int, replicates: int) -> PartScore:
        level, patterns = self.scale.level, part.patterns
        found = alpha(patterns, level)
        interval = NO_INTERVAL
        if found.value is not None:
            interval = bootstrap_alpha(patterns, level, replicates, seed)
        whole = self.alpha
        on_scale = None
        if found.observed is not None and whole.expected:
            own = part.mass()
            observed = found.observed * mass / own if own else 0.0
            on_scale = 1 - observed / whole.expected
        total = self.part.patterns.n_items
        return PartScore(
            alpha=found,
            interval=interval,
            on_scale=on_scale,
            observed_share=mass / self.mass if self.mass else None,
            items_share=patterns.n_items / total if total else 0.0,
            n_items=patterns.n_items,
            n_groups=patterns.groups.number if patterns.groups is not None else None,
        )


def weeks_of(times: IntArray) -> IntArray:
    """The Monday (days since 1970, UTC) of the week of each time in microseconds since 1970."""
    days = times // 86_400_000_000
    return np.asarray(days - (days + 3) % 7, dtype=np.int64)  # 1970-01-01 was a Thursday
