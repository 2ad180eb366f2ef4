"""Coefficients beside alpha in a run, each said with what it assumes. Pure.

They appear where their assumptions hold: Fleiss' kappa needs equally many answers on every item, Cohen's kappa two
people, an intraclass correlation a complete table. Gwet's AC1 takes what alpha takes. Where nearly all items have
equally many answers, Fleiss' kappa is that of those items, and its row says how many they are.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from guidelines.schema.kind import Coded
from metrics.measure import NO_INTERVAL, Heading, Sample, score_row
from metrics.stats.bootstrap import DEFAULT_REPLICATES, Interval, draw_weights, percentile_interval
from metrics.stats.icc import Form, icc, mean_squares
from metrics.stats.kappas import Chance, CountTable, cohen, many_rater_replicates, many_raters
from metrics.stats.patterns import FloatArray, IntArray
from metrics.stats.table import AnswerTable
from metrics.stats.withholding import Minimums, show_alpha

ASSUMES: Final = {
    "ac1": "Gwet’s AC1: chance agreement is small where one label is common.",
    "fleiss": "Fleiss’ kappa: every item has the same number of answers, and annotators are interchangeable.",
    "fleiss_part": "Fleiss’ kappa of the items with the usual number of answers; annotators are interchangeable.",
    "cohen": "Cohen’s kappa of two people: chance comes from each one’s own habits.",
    "cohen_weighted": "Cohen’s kappa of two people, weighted by the squared steps between their answers.",
    "icc_1": "ICC(1,1): each item has equally many answers, from annotators who may differ from item to item.",
    "icc_2": "ICC(2,1): the same people gave every item a number; absolute agreement of a single one of them.",
}
NEARLY_ALL: Final = 0.9
"""From this share on the items with the usual number of answers stand for all."""


@dataclass(frozen=True)
class Second:
    """A coefficient with its interval, before anything is withheld."""

    coefficient: str
    distance: str
    assumes: str
    value: float | None
    interval: Interval
    n_items: int


def second_rows(
    sample: Sample, table: AnswerTable, heading: Heading, minimums: Minimums, seed: int, *, people: bool
) -> list[dict[str, Any]]:
    """The rows of one question. `table` holds values only; `people` says whether the annotators are known persons."""
    rows = []
    for found in _seconds(sample, table, seed, people=people):
        if sample.patterns.groups is not None:
            # These draw single items; an interval that leaves the groups out would be too narrow.
            found = replace(found, interval=NO_INTERVAL)  # noqa: PLW2901  # the same figure without its interval
        shown = show_alpha(found.n_items, None if found.value is not None else "no_variation", found.interval, minimums)
        row = score_row(
            heading, sample, found.coefficient, value=found.value, interval=found.interval, shown=shown,
            distance=found.distance,
        )  # fmt: skip
        rows.append(row | {"n_items": found.n_items, "assumes": found.assumes})
    return rows


def _seconds(sample: Sample, table: AnswerTable, seed: int, *, people: bool) -> Iterator[Second]:
    is_pairable = table.unit_sizes >= 2
    if not is_pairable.any():
        return
    pairable = table if is_pairable.all() else table.at(is_pairable)
    is_even = np.unique(pairable.unit_sizes).size == 1
    if sample.is_listed and sample.categories is not None and len(sample.categories) >= 2:
        place = {value: index for index, value in enumerate(sample.categories)}
        yield _many("ac1", table, place, seed)
        yield from _fleiss(pairable, place, seed)
        if people:
            yield from _cohens(pairable, place, seed, weighted=sample.level == "ordinal")
    elif sample.level in {"interval", "ratio"} and is_even:
        yield from _correlations(pairable, seed, people=people)


def _fleiss(pairable: AnswerTable, place: Mapping[Coded, int], seed: int) -> Iterator[Second]:
    """Of all items, or of those with the usual number of answers where these are nearly all."""
    sizes, numbers = np.unique(pairable.unit_sizes, return_counts=True)
    if sizes.size == 1:
        yield _many("fleiss", pairable, place, seed)
    elif numbers.max() >= NEARLY_ALL * numbers.sum():
        usual = pairable.at(pairable.unit_sizes == sizes[numbers.argmax()])
        yield replace(_many("fleiss", usual, place, seed), assumes=ASSUMES["fleiss_part"])


def _many(chance: Chance, answers: AnswerTable, place: Mapping[Coded, int], seed: int) -> Second:
    rows: Counter[tuple[tuple[int, int], ...]] = Counter()
    for row, number in zip(answers.contents.rows(), answers.contents.freq.tolist(), strict=True):
        rows[tuple(sorted((place[answers.values[code]], count) for code, count in row))] += number
    counts = np.zeros((len(rows), len(place)), dtype=np.int64)
    kinds = sorted(rows)
    for index, kind in enumerate(kinds):
        for column, count in kind:
            counts[index, column] = count
    table = CountTable(counts, np.asarray([rows[kind] for kind in kinds], dtype=np.int64))
    value = many_raters(table, chance).value
    interval = _interval(table.freq, seed, lambda weights: many_rater_replicates(table, chance, weights))
    n_items = sum(number for kind, number in rows.items() if sum(count for _, count in kind) >= 2)
    return Second(chance, "nominal", ASSUMES[chance], value, interval if value is not None else NO_INTERVAL, n_items)


def _interval(freq: IntArray, seed: int, replicate: Callable[[FloatArray], FloatArray]) -> Interval:
    chunks = draw_weights(freq, DEFAULT_REPLICATES, seed)
    return percentile_interval(np.concatenate([replicate(chunk) for chunk in chunks]))


def _cohens(pairable: AnswerTable, place: Mapping[Coded, int], seed: int, *, weighted: bool) -> Iterator[Second]:
    """Only where all answers come from the same two people."""
    if np.unique(pairable.annotator).size != 2:
        return
    code = np.asarray([place[value] for value in pairable.values], dtype=np.int64)[pairable.value[_by_person(pairable)]]
    size = len(place)
    table = np.bincount(code[0::2] * size + code[1::2], minlength=size * size).reshape(size, size).astype(np.int64)
    steps = np.arange(size, dtype=np.float64)
    squares = (steps[:, np.newaxis] - steps[np.newaxis, :]) ** 2
    yield _cohen(table, None, seed)
    if weighted:
        yield _cohen(table, squares, seed)


def _by_person(table: AnswerTable) -> IntArray:
    """The rows by unit, and within a unit by annotator."""
    return np.lexsort([table.annotator, table.unit]).astype(np.int64)


def _cohen(table: IntArray, weights: FloatArray | None, seed: int) -> Second:
    cells = np.flatnonzero(table)
    freq = table.ravel()[cells]

    def replicate(draws: FloatArray) -> FloatArray:
        values = []
        for draw in draws:
            again = np.zeros(table.size, dtype=np.int64)
            again[cells] = draw
            values.append(cohen(again.reshape(table.shape), weights).value)
        return np.asarray([np.nan if value is None else value for value in values])

    value = cohen(table, weights).value
    interval = _interval(freq, seed, replicate) if value is not None else NO_INTERVAL
    name, distance = ("cohen", "nominal") if weights is None else ("cohen_weighted", "interval")
    return Second("cohen", distance, ASSUMES[name], value, interval, int(table.sum()))


def _correlations(pairable: AnswerTable, seed: int, *, people: bool) -> Iterator[Second]:
    """ICC(2,1) where the same people answered everything; ICC(1,1) for any equal number of answers."""
    given = np.asarray([float(value) for value in pairable.values], dtype=np.float64)
    numbers = given[pairable.value[_by_person(pairable)]].reshape(pairable.n_units, -1)
    complete = np.unique(pairable.annotator).size == numbers.shape[1]
    forms: list[tuple[Form, str]] = [("2,1", "icc_2")] if people and complete else []
    for form, name in (*forms, ("1,1", "icc_1")):
        yield _correlation(numbers, form, name, seed)


def _correlation(numbers: FloatArray, form: Form, name: str, seed: int) -> Second:
    value = float(icc(mean_squares(numbers), form)[0]) if len(numbers) >= 2 else float("nan")
    if not np.isfinite(value):
        return Second("icc", "interval", ASSUMES[name], None, NO_INTERVAL, len(numbers))
    freq = np.ones(len(numbers), dtype=np.int64)
    interval = _interval(freq, seed, lambda weights: icc(mean_squares(numbers, weights), form))
    return Second("icc", "interval", ASSUMES[name], value, interval, len(numbers))
