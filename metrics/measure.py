"""One score of one question: alpha with its interval, percent agreement beside it, or the reason why there is none.

Pure: patterns in, plain rows out. The live figures and the runs both come from here, so they cannot differ.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

import numpy as np

from core.canonical import content_hash
from guidelines.schema.kind import Coded
from metrics.counting import Counts, opt_outs, values_in
from metrics.questions import Measured, Version
from metrics.stats.alpha import AlphaResult, alpha
from metrics.stats.bootstrap import (
    CONFIDENCE,
    DEFAULT_REPLICATES,
    Interval,
    alpha_replicates,
    draws,
    percentile_interval,
    seed_for,
)
from metrics.stats.labels import LabelScore, label_scores, part_label_scores
from metrics.stats.pairs import PercentAgreement, percent_agreement
from metrics.stats.parts import LABELLED, is_parted
from metrics.stats.patterns import FloatArray, Level, Patterns
from metrics.stats.ratios import RATIOS, Name, RatioScore, ratio_of, ratio_score
from metrics.stats.sets import is_set, labels_in
from metrics.stats.withholding import Minimums, Showing, show_alpha, show_label

MOST_PATTERNS: Final = 20_000
DEAR_PATTERNS: Final[dict[Level, int]] = {"ranking": 5000, "spans": 3000, "boxes": 300, "token_edit": 300}
"""More different patterns than this are left to a run: an interval would keep the page waiting."""
DISTANCES: Final[dict[Level, str]] = {
    "ranking": "ordinal", "spans": "characters", "tokens": "tokens", "boxes": "nominal", "token_edit": "token_edit",
}  # fmt: skip
"""The word for the distance where it is not the level's own: of pairs of options, characters, objects."""
RATIO_DISTANCES: Final[dict[Name, str]] = {
    "kendall_w": "ordinal", "tau_b": "ordinal", "f1": "f1", "f1_overlap": "f1", "iou": "iou", "percent": "nominal",
    "similarity": "token_edit", "chrf": "chrf",
}  # fmt: skip
NO_INTERVAL = Interval(None, None, CONFIDENCE, DEFAULT_REPLICATES, 0)
WAITS_FOR_RUN: Final = "too_many_patterns"
WAITS_SENTENCE: Final = "Too many different answers for a live figure: compute a full agreement run."


@dataclass(frozen=True, eq=False)
class Sample:
    """The pattern frequencies of one question and version. Equal content is equal, whatever order it came in."""

    level: Level
    categories: tuple[Coded, ...] | None
    patterns: Patterns
    digest: str
    opt_outs: int
    answers: int
    """Values that count, single ones included."""
    labels: tuple[str, ...] | None = None
    """Where the values are sets, spans or boxes: the labels they are made of."""
    leanings: tuple[tuple[Coded, float], ...] | None = None
    """Where the values are preferences: their numbers."""

    @property
    def is_listed(self) -> bool:
        """Whether the values are labels of a list, which can be confused with each other."""
        return self.categories is not None and self.labels is None and self.level in {"nominal", "ordinal"}

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sample) and other.digest == self.digest


def sample_of(measured: Measured, rows: Iterable[tuple[Counts, int]]) -> Sample:
    """A sample from (counts, units)."""
    units: dict[str, tuple[Counts, int]] = {}
    for counts, number in rows:
        key = content_hash(counts)
        units[key] = (counts, number + (units[key][1] if key in units else 0))
    ordered = [units[key] for key in sorted(units)]
    categories = _categories(measured, ordered)
    patterns = _patterns(measured.level, categories, ordered)
    labels = _labels(measured, categories)
    leanings = None if measured.leanings is None else tuple(measured.leanings.items())
    known = [measured.level, categories, *(more for more in (labels, leanings) if more is not None)]
    return Sample(
        level=measured.level,
        categories=categories,
        patterns=patterns,
        digest=content_hash([*known, [[counts, number] for counts, number in ordered]]),
        opt_outs=sum(opt_outs(counts) * number for counts, number in ordered),
        answers=sum(values_in(counts) * number for counts, number in ordered),
        labels=labels,
        leanings=leanings,
    )


def _labels(measured: Measured, keys: tuple[Coded, ...] | None) -> tuple[str, ...] | None:
    """The declared labels, then those that only old answers hold."""
    if measured.level in LABELLED:
        return measured.labels
    if not is_set(measured.level):
        return None
    found = {label for key in keys or () for label in labels_in(key)}
    return (*measured.labels, *sorted(found - set(measured.labels)))


def by_level(sample: Sample, level: Level) -> Sample:
    """The same answers under another distance."""
    return replace(sample, level=level, digest=content_hash([level, sample.digest]))


def by_leaning(sample: Sample, leanings: Mapping[Coded, float]) -> Sample:
    """The same preferences as numbers: one side, neither, the other."""
    values = sample.patterns.values
    rows: list[tuple[tuple[int | float, int], ...]] = []
    for columns, counts in sample.patterns.rows():
        merged: Counter[int | float] = Counter()
        for column, count in zip(columns.tolist(), counts.tolist(), strict=True):
            merged[leanings.get(values[column], 0.0)] += count
        rows.append(tuple(sorted(merged.items())))
    freq = sample.patterns.freq.tolist()
    if sample.patterns.groups is not None:  # which name the rows by their places
        patterns = replace(Patterns.from_rows(rows, freq, None, "interval"), groups=sample.patterns.groups)
    else:
        frequencies: Counter[tuple[tuple[int | float, int], ...]] = Counter()
        for row, number in zip(rows, freq, strict=True):
            frequencies[row] += number
        patterns = Patterns.from_frequencies(frequencies, None, "interval")
    return replace(by_level(sample, "interval"), patterns=patterns, categories=None, leanings=None)


def _categories(measured: Measured, rows: list[tuple[Counts, int]]) -> tuple[Coded, ...] | None:
    """The declared ones; values that no version declares any more come after them."""
    if measured.categories is None:
        return None
    known = set(measured.categories)
    strange = {value for counts, _ in rows for value, _ in counts if value is not None and value not in known}
    return (*measured.categories, *sorted(strange, key=str))


def _patterns(level: Level, categories: tuple[Coded, ...] | None, rows: list[tuple[Counts, int]]) -> Patterns:
    index = {value: place for place, value in enumerate(categories)} if categories is not None else None
    frequencies: Counter[tuple[tuple[int | float, int], ...]] = Counter()
    for counts, number in rows:
        entries: list[tuple[int | float, int]] = [
            (float(value) + 0.0 if index is None else index[value], n) for value, n in counts if value is not None
        ]
        frequencies[tuple(sorted(entries))] += number
    return Patterns.from_frequencies(frequencies, categories, level)


def cut_seed(project: object, question: str, as_of: int, version: Version = "all", *where: object) -> int:
    """The seed of every figure over a cut: a run and a release of the same cut show the same interval.

    `where` is a round, None for all that count, and the name of a slice, if any.
    """
    return seed_for(project, question, as_of, version, *(where or (None,)))


@dataclass(frozen=True)
class Figures:
    """The numbers of one sample, before anything is withheld."""

    alpha: AlphaResult
    interval: Interval
    percent: PercentAgreement
    percent_interval: Interval


@lru_cache(maxsize=256)
def replicates_of(sample: Sample, seed: int, number: int = DEFAULT_REPLICATES) -> FloatArray:
    """Alpha of each bootstrap replicate, kept for comparisons between versions."""
    return alpha_replicates(sample.patterns, sample.level, number, seed)


@lru_cache(maxsize=512)
def figures_of(sample: Sample, seed: int) -> Figures:
    """Alpha, percent agreement and their intervals."""
    result = alpha(sample.patterns, sample.level)
    if sample.patterns.n_items < 2:
        return Figures(result, NO_INTERVAL, percent_agreement(sample.patterns), NO_INTERVAL)
    interval = percentile_interval(replicates_of(sample, seed)) if result.value is not None else NO_INTERVAL
    percent = percentile_interval(percent_replicates(sample.patterns, seed))
    return Figures(result, interval, percent_agreement(sample.patterns), percent)


def percent_replicates(patterns: Patterns, seed: int) -> FloatArray:
    """Percent agreement of each bootstrap replicate: the mean over its units of the share of agreeing pairs."""
    agreeing = np.bincount(
        patterns.row_of_entry, weights=patterns.entries * (patterns.entries - 1), minlength=len(patterns)
    )
    share = agreeing / (patterns.sizes * patterns.pair_divisor)
    # whole groups drawn anew hold now more and now fewer units
    chunks = draws(patterns, DEFAULT_REPLICATES, seed)
    return np.concatenate([(chunk @ share) / chunk.sum(axis=1) for chunk in chunks])


@lru_cache(maxsize=256)
def labels_of(sample: Sample, seed: int) -> tuple[LabelScore, ...]:
    """One-vs-rest figures of each label; none where values are free numbers, orders or texts."""
    if is_parted(sample.level) and sample.labels is not None:
        return part_label_scores(sample.patterns, sample.level, sample.labels, seed=seed)
    if sample.categories is None or is_parted(sample.level) or sample.level == "token_edit":
        return ()
    return label_scores(sample.patterns, seed=seed, labels=sample.labels)


def label_rows(
    sample: Sample, seed: int, minimums: Minimums, users: Mapping[Coded, int] | None = None
) -> list[dict[str, Any]]:
    """Each label against all others. `users` says how many annotators gave it; None where that is not known."""
    found, rows = labels_of(sample, seed), []
    # Of spans and boxes a label's share is that among the spans or boxes, of all else that among the answers.
    parts = sum(score.n_values for score in found)
    total = parts if sample.level in LABELLED else sample.patterns.n_annotations
    for score in found:
        people = None if users is None else users.get(score.label, 0)
        shown = show_label(score.n_values, people, score.undefined, minimums)
        rows.append(
            {
                "label": score.label,
                **numbers(score.value, score.interval, shown),
                "n_values": score.n_values,
                "n_items": score.n_items,
                "prevalence": score.n_values / total if total else None,
                "specific_agreement": score.specific_agreement if shown.withheld is None else None,
            }
        )
    return rows


@dataclass(frozen=True)
class Heading:
    """What stands beside every score of one question."""

    question: str
    version: Version
    round: str | None
    n_annotators: int
    as_of: int | None
    computed_at: str
    slice: str | None = None


def score_rows(
    sample: Sample, seed: int, heading: Heading, minimums: Minimums, *, live: bool = True
) -> list[dict[str, Any]]:
    """Alpha first, then alpha by other distances, then what is not corrected for chance, as the API shows them."""
    if live and len(sample.patterns) > most_patterns(sample.level):
        return [waiting_row(sample, heading, sample.patterns.n_items)]
    found = figures_of(sample, seed)
    n_items = sample.patterns.n_items
    shown = show_alpha(n_items, found.alpha.undefined, found.interval, minimums)
    percent = show_alpha(n_items, found.percent.undefined, found.percent_interval, minimums)
    rows = [
        score_row(heading, sample, "alpha", value=found.alpha.value, interval=found.interval, shown=shown),
        *(_alpha_row(other, seed, heading, minimums) for other in other_samples(sample)),
        *(_ratio_row(name, sample, seed, heading, minimums) for name in RATIOS.get(sample.level, ())),
    ]
    if "percent" not in RATIOS.get(sample.level, ()):
        interval = found.percent_interval
        rows.append(score_row(heading, sample, "percent", value=found.percent.value, interval=interval, shown=percent))
    return rows


def most_patterns(level: Level) -> int:
    """How many different patterns of this level a page may read."""
    return DEAR_PATTERNS.get(level, MOST_PATTERNS)


def other_samples(sample: Sample) -> list[Sample]:
    """The same answers as alpha measures them a second time."""
    if sample.level == "masi":
        return [by_level(sample, "jaccard")]
    if sample.level == "spans":
        return [by_level(sample, "tokens")]
    return [by_leaning(sample, dict(sample.leanings))] if sample.leanings is not None else []


def _alpha_row(sample: Sample, seed: int, heading: Heading, minimums: Minimums) -> dict[str, Any]:
    found = figures_of(sample, seed)
    shown = show_alpha(sample.patterns.n_items, found.alpha.undefined, found.interval, minimums)
    return score_row(heading, sample, "alpha", value=found.alpha.value, interval=found.interval, shown=shown)


@lru_cache(maxsize=512)
def ratio_figure(sample: Sample, seed: int, name: Name) -> RatioScore:
    """A mean over pairs or items."""
    return ratio_score(ratio_of(sample.patterns, sample.level, name), sample.patterns, seed=seed)


def _ratio_row(name: Name, sample: Sample, seed: int, heading: Heading, minimums: Minimums) -> dict[str, Any]:
    if sample.patterns.n_items == 0:
        shown = show_alpha(0, "no_pairable_units", None, minimums)
        return score_row(heading, sample, name, value=None, interval=NO_INTERVAL, shown=shown)
    found = ratio_figure(sample, seed, name)
    shown = show_alpha(found.n_items, "nothing_to_compare" if found.value is None else None, found.interval, minimums)
    row = score_row(heading, sample, name, value=found.value, interval=found.interval, shown=shown)
    return row | {"n_items": found.n_items}


def waiting_row(sample: Sample, heading: Heading, n_items: int) -> dict[str, Any]:
    """What stands in the place of figures that only a run computes."""
    row = score_row(heading, sample, "alpha", value=None, interval=NO_INTERVAL, shown=Showing(None))
    return row | {"undefined": WAITS_FOR_RUN, "reason": WAITS_SENTENCE, "warning": None, "n_items": n_items}


def score_row(
    heading: Heading, sample: Sample, coefficient: str, *, value: float | None, interval: Interval, shown: Showing,
    distance: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """One row as the API shows it."""
    return {
        "question": heading.question,
        "coefficient": coefficient,
        "distance": distance or distance_of(coefficient, sample.level),
        **numbers(value, interval, shown),
        "ci_level": interval.level,
        "replicates": interval.replicates,
        "undefined_replicates": interval.undefined_replicates,
        "n_items": sample.patterns.n_items,
        "n_annotations": sample.patterns.n_annotations,
        "n_annotators": heading.n_annotators,
        "opt_outs": sample.opt_outs,
        "opt_out_share": sample.opt_outs / (sample.opt_outs + sample.answers) if sample.opt_outs else 0.0,
        "slice": heading.slice,
        "guideline_version": heading.version,
        "round": heading.round,
        "as_of": heading.as_of,
        "computed_at": heading.computed_at,
    }


def distance_of(coefficient: str, level: Level) -> str:
    """The word for what makes two answers differ."""
    if coefficient == "alpha":
        return DISTANCES.get(level, level)
    names: Mapping[str, str] = {str(name): word for name, word in RATIO_DISTANCES.items()}
    return names.get(coefficient, "nominal")


def numbers(value: float | None, interval: Interval, shown: Showing) -> dict[str, Any]:
    """A value with its interval, or the reason why it is not shown."""
    withheld = shown.withheld
    hidden = withheld is not None
    warning: str | None = shown.warning
    if not hidden and interval.low is None:
        warning = "no_interval"
    return {
        "value": None if hidden else value,
        "ci_low": None if hidden else interval.low,
        "ci_high": None if hidden else interval.high,
        "undefined": withheld.reason if withheld else None,
        "needed": withheld.needed if withheld else None,
        "reason": withheld.sentence if withheld else None,
        "warning": warning,
        "lowered_from": shown.lowered_from,
    }
