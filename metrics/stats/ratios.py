"""Coefficients that are a mean over pairs or units: two sums over items, and their quotient.

F1 of spans and boxes, mean IoU, Kendall's W and tau-b, similarity of texts. None is corrected for chance. Items are
what is resampled (Efron & Tibshirani 1993, ch. 13).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

import numpy as np

from metrics.stats import boxes, spans, texts
from metrics.stats.bootstrap import DEFAULT_REPLICATES, Interval, draws, percentile_interval
from metrics.stats.distances import Known, text_distance
from metrics.stats.parts import WholeUnit, whole_units
from metrics.stats.patterns import FloatArray, Level, Patterns, Value
from metrics.stats.rankings import kendall_w, places_of, tau_b

Name = Literal["kendall_w", "tau_b", "f1", "f1_overlap", "iou", "percent", "similarity", "chrf"]
Sums = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Ratio:
    """Per pattern what it adds above and below the line."""

    top: FloatArray
    bottom: FloatArray


@dataclass(frozen=True)
class RatioScore:
    """The quotient with its interval, and on how many items it rests."""

    value: float | None
    interval: Interval
    n_items: int


def _pairs(unit: WholeUnit) -> Iterator[tuple[Value, Value, int]]:
    """Each two answers with how many pairs of annotators gave them."""
    for place, (left, count) in enumerate(unit):
        if count > 1:
            yield left, left, count * (count - 1) // 2
        for right, other in unit[:place]:
            yield right, left, count * other


def _mean_of_pairs(measure: Callable[[Value, Value], float | None], unit: WholeUnit) -> Sums:
    top = bottom = 0.0
    for left, right, number in _pairs(unit):
        value = measure(left, right)
        if value is not None:
            top += number * value
            bottom += number
    return top, bottom


def _concordance(unit: WholeUnit) -> Sums:
    value = kendall_w([places_of(answer) for answer, count in unit for _ in range(count)])
    return (0.0, 0.0) if value is None else (value, 1.0)


def _tau(unit: WholeUnit) -> Sums:
    return _mean_of_pairs(lambda left, right: tau_b(places_of(left), places_of(right)), unit)


def _span_sums(unit: WholeUnit, label: str | None = None) -> spans.Overlap:
    total = spans.Overlap(0, 0, 0)
    for left, right, number in _pairs(unit):
        found = spans.compare(spans.marked(left), spans.marked(right), label)
        total += spans.Overlap(number * found.exact, number * found.overlapping, number * found.total)
    return total


def _exact_f1(unit: WholeUnit) -> Sums:
    found = _span_sums(unit)
    return float(found.exact), float(found.total)


def _overlap_f1(unit: WholeUnit) -> Sums:
    found = _span_sums(unit)
    return float(found.overlapping), float(found.total)


@lru_cache(maxsize=50_000)
def _box_pair(left: Value, right: Value) -> boxes.BoxPair:
    return boxes.compare(boxes.drawn(left), boxes.drawn(right))


def _box_f1(unit: WholeUnit) -> Sums:
    return _mean_of_pairs(lambda left, right: _box_pair(left, right).f1, unit)


def _mean_iou(unit: WholeUnit) -> Sums:
    found = [(_box_pair(left, right), number) for left, right, number in _pairs(unit)]
    return sum(pair.iou * n for pair, n in found), float(sum(pair.matched * n for pair, n in found))


def _equal_texts(unit: WholeUnit) -> Sums:
    top, bottom = _mean_of_pairs(lambda a, b: float(texts.tokens_of(str(a)) == texts.tokens_of(str(b))), unit)
    return top / bottom if bottom else 0.0, 1.0


def _similarity(unit: WholeUnit) -> Sums:
    return _mean_of_pairs(lambda left, right: 1 - text_distance(left, right), unit)


_chrf: Final = Known(texts.chrf)


def _character_f(unit: WholeUnit) -> Sums:
    return _mean_of_pairs(_chrf, unit)


RATIOS: Final[dict[Level, dict[Name, Callable[[WholeUnit], Sums]]]] = {
    "ranking": {"kendall_w": _concordance, "tau_b": _tau},
    "spans": {"f1": _exact_f1, "f1_overlap": _overlap_f1},
    "boxes": {"f1": _box_f1, "iou": _mean_iou},
    "token_edit": {"similarity": _similarity, "chrf": _character_f, "percent": _equal_texts},
}
"""What stands beside alpha: of rankings W where all rank the same options and tau-b of each two annotators; of spans
F1 exact and by overlap; of boxes the mean F1 of two annotators at IoU .5 and the mean IoU of what they share; of
texts the mean similarity by words and by characters, and equality but for case and the last punctuation."""


def ratio_of(patterns: Patterns, level: Level, name: Name) -> Ratio:
    """The two sums of each pattern."""
    measure = RATIOS[level][name]
    sums = np.asarray([measure(unit) for unit in whole_units(patterns)], dtype=np.float64).reshape(-1, 2)
    return Ratio(sums[:, 0], sums[:, 1])


def ratio_score(ratio: Ratio, patterns: Patterns, replicates: int = DEFAULT_REPLICATES, seed: int = 0) -> RatioScore:
    """The quotient over all items with its bootstrap interval."""
    bottom = float(patterns.freq @ ratio.bottom)
    n_items = int(patterns.freq @ (ratio.bottom > 0))
    if bottom <= 0:
        return RatioScore(None, percentile_interval(np.full(replicates, np.nan)), n_items)
    value = float(patterns.freq @ ratio.top) / bottom
    chunks = draws(patterns, replicates, seed)
    samples = np.concatenate([_quotient(chunk, ratio) for chunk in chunks])
    return RatioScore(value, percentile_interval(samples), n_items)


def _quotient(weights: FloatArray, ratio: Ratio) -> FloatArray:
    bottom = weights @ ratio.bottom
    return np.asarray(
        np.divide(weights @ ratio.top, bottom, out=np.full(bottom.shape, np.nan), where=bottom > 0), dtype=np.float64
    )


def span_f1(patterns: Patterns, label: str) -> tuple[float | None, float | None]:
    """F1 of the spans of one label, exact and by overlap."""
    exact = overlapping = total = 0.0
    for unit, number in zip(whole_units(patterns), patterns.freq.tolist(), strict=True):
        found = _span_sums(unit, label)
        exact += number * found.exact
        overlapping += number * found.overlapping
        total += number * found.total
    return (exact / total, overlapping / total) if total else (None, None)
