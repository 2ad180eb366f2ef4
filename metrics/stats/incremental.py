"""Live state of a question: frequencies of count patterns, in whole numbers.

Coincidences are additive over units (Krippendorff 2011), so one answer added, changed or withdrawn is one
unit's old pattern out and its new pattern in: a cost that does not grow with the project. Only integers are
kept, so the state never drifts from a recomputation.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from metrics.stats.patterns import (
    Level,
    Pattern,
    Patterns,
    Value,
    ValueT,
    category_index,
    is_numeric,
    pattern_of,
    pattern_size,
)


class StateError(ValueError):
    """The state was told to remove a unit that it does not hold: it must be rebuilt."""


class QuestionState:
    """Pattern frequencies of one question under one list of categories; units with one value stay out."""

    def __init__(
        self,
        level: Level,
        categories: Sequence[Value] | None = None,
        frequencies: Mapping[Pattern, int] | None = None,
    ) -> None:
        self.level: Level = level
        self.categories = None if categories is None or is_numeric(level) else tuple(categories)
        self._index = None if self.categories is None else category_index(self.categories)
        self._frequencies: Counter[Pattern] = Counter(frequencies or {})

    @property
    def frequencies(self) -> dict[Pattern, int]:
        """A copy to store; the constructor takes it back."""
        return dict(self._frequencies)

    @property
    def n_patterns(self) -> int:
        """Distinct patterns: what the cost of an interval grows with."""
        return len(self._frequencies)

    def pattern(self, counts: Mapping[ValueT, int]) -> Pattern:
        """The canonical pattern of a unit's counts in this state."""
        return pattern_of(counts, self.level, self._index)

    def add(self, counts: Mapping[ValueT, int]) -> None:
        """A new unit."""
        self._shift(self.pattern(counts), 1)

    def remove(self, counts: Mapping[ValueT, int]) -> None:
        """A unit that is gone, by the counts with which it was added."""
        self._shift(self.pattern(counts), -1)

    def replace(self, old: Mapping[ValueT, int], new: Mapping[ValueT, int]) -> None:
        """A unit whose values changed. Both patterns are built first, so a refused value changes nothing."""
        before, after = self.pattern(old), self.pattern(new)
        self._shift(before, -1)
        self._shift(after, 1)

    def patterns(self) -> Patterns:
        """What a recomputation from all units would give."""
        return Patterns.from_frequencies(self._frequencies, self.categories, self.level)

    def _shift(self, pattern: Pattern, step: int) -> None:
        if pattern_size(pattern) < 2:
            return
        held = self._frequencies[pattern] + step
        if held < 0:
            raise StateError("A unit was removed that the agreement state does not hold.")
        if held:
            self._frequencies[pattern] = held
        else:
            del self._frequencies[pattern]
