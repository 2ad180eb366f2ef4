"""Percent agreement, and two annotators against each other from how often their values met."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic

import numpy as np

from metrics.stats.alpha import Undefined, alpha
from metrics.stats.incremental import QuestionState
from metrics.stats.patterns import Level, Pattern, Patterns, PersonT, Value, ValueT


@dataclass(frozen=True)
class PercentAgreement:
    """`value` averages the share of agreeing pairs over units; `pair_weighted` counts every pair once."""

    value: float | None
    pair_weighted: float | None
    n_items: int
    n_pairs: int
    undefined: Undefined | None


@dataclass(frozen=True)
class PairScore(Generic[PersonT]):
    """Two annotators on the units both answered; `a` before `b` in order of first appearance."""

    a: PersonT
    b: PersonT
    value: float | None
    undefined: Undefined | None
    percent: float | None
    n_items: int


def percent_agreement(patterns: Patterns) -> PercentAgreement:
    """Observed agreement over pairable pairs (Fleiss 1971; Gwet 2014, ch. 2): not corrected for chance."""
    if patterns.n_items == 0:
        return PercentAgreement(None, None, 0, 0, "no_pairable_units")
    agreeing_parts = patterns.entries * (patterns.entries - 1)
    agreeing = np.bincount(patterns.row_of_entry, weights=agreeing_parts, minlength=len(patterns))
    pairs = (patterns.sizes * (patterns.sizes - 1)).astype(np.float64)
    n_pairs = int(patterns.freq @ pairs) // 2
    value = float(patterns.freq @ (agreeing / pairs)) / patterns.n_items
    weighted = float(patterns.freq @ agreeing) / 2 / n_pairs
    return PercentAgreement(value, weighted, patterns.n_items, n_pairs, None)


def pair_score(
    a: PersonT,
    b: PersonT,
    table: Counter[tuple[ValueT, ValueT]],
    level: Level,
    categories: Sequence[Value] | None,
) -> PairScore[PersonT]:
    """Alpha of two annotators from how often which value of `a` met which one of `b` (Krippendorff 2019, ch. 12)."""
    state = QuestionState(level, categories)
    frequencies: Counter[Pattern] = Counter()
    for values, count in table.items():
        frequencies[state.pattern(Counter(values))] += count
    result = alpha(Patterns.from_frequencies(frequencies, categories, level), level)
    n = table.total()
    same = sum(count for (left, right), count in table.items() if left == right)
    return PairScore(a, b, result.value, result.undefined, same / n if n else None, n)
