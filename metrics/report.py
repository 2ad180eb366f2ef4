"""Everything a run says about one question: scores, labels, confusions, people and disputed items. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from guidelines.schema.kind import Coded
from metrics.counting import Counts, canonical_counts
from metrics.errors import AlphaMismatch
from metrics.measure import Heading, Sample, label_rows, sample_of, score_rows
from metrics.questions import Measured
from metrics.seconds import second_rows
from metrics.stats.alpha import AlphaMismatchError, package_alpha
from metrics.stats.distances import sampling_error
from metrics.stats.labels import Confusion, confusions, part_confusions
from metrics.stats.pairs import AnnotatorScore, annotator_scores, item_disagreement, pair_matrix
from metrics.stats.parts import LABELLED, is_parted, label_uses
from metrics.stats.patterns import Value
from metrics.stats.sets import is_set, labels_in
from metrics.stats.withholding import Minimums, Showing, show_annotator, show_pair

MOST_PAIRS: Final = 2000
MOST_ITEMS: Final = 100
Unit = tuple[UUID, UUID]
"""Round and item."""
Units = dict[Unit, dict[UUID, Coded | None]]


@dataclass(frozen=True)
class Answer:
    """One counted answer; `identity` says what its annotator stands for: a person, a slot or nobody."""

    unit: Unit
    annotator: UUID
    value: Coded | None
    identity: str


def question_report(
    measured: Measured, answers: Iterable[Answer], seed: int, heading: Heading, minimums: Minimums
) -> list[dict[str, Any]]:
    """The score rows of one question; the first one carries the diagnostics."""
    units: Units = defaultdict(dict)
    people: list[tuple[Unit, UUID, Value]] = []
    nameless: set[Unit] = set()
    for answer in answers:
        units[answer.unit][answer.annotator] = answer.value
        if answer.identity == "none":
            nameless.add(answer.unit)
        if answer.identity == "person" and answer.value is not None:
            people.append((answer.unit, answer.annotator, answer.value))
    sample = sample_of(measured, _patterns(units))
    heading = replace(heading, n_annotators=_n_annotators(units, nameless))
    rows = score_rows(sample, seed, heading, minimums, live=False)
    known = bool(people) and not nameless and len(people) == sum(_values(answers) for answers in units.values())
    rows += second_rows(sample, list(units.values()), heading, minimums, seed, people=known)
    rows[0]["computed_by"] = _checked_by_package(sample)
    if sample.level == "token_edit" and rows[0]["value"] is not None:
        rows[0]["sampling_error"] = sampling_error(sample.patterns)
    rows[0] |= {
        "labels": _labels(sample, units, seed, minimums),
        "confusions": _confusions(sample, seed, n_items=sample.patterns.n_items, minimums=minimums),
        "pairs": _pairs(people, sample, minimums),
        "annotators": _annotators(people, sample, minimums),
        "items_disputed": _disputed(units, sample),
    }
    return rows


def _patterns(units: Units) -> Iterator[tuple[Counts, int]]:
    found: Counter[tuple[tuple[Coded | None, int], ...]] = Counter()
    for answers in units.values():
        found[tuple((value, n) for value, n in canonical_counts(Counter(answers.values())))] += 1
    for counts, number in found.items():
        yield [list(entry) for entry in counts], number


def _values(answers: dict[UUID, Coded | None]) -> int:
    return sum(value is not None for value in answers.values())


def _n_annotators(units: Units, nameless: set[Unit]) -> int:
    """Who gave the pairable values; where nobody has a name every value counts as a person of its own."""
    counted: set[UUID] = set()
    strangers = 0
    for unit, answers in units.items():
        people = [person for person, value in answers.items() if value is not None]
        if len(people) >= 2 and unit in nameless:
            strangers += len(people)
        elif len(people) >= 2:
            counted.update(people)
    return len(counted) + strangers


def _checked_by_package(sample: Sample) -> str:
    """Who computed alpha; raises AlphaMismatch where two computations differ."""
    try:
        return package_alpha(sample.patterns, sample.level).computed_by
    except AlphaMismatchError as error:
        raise AlphaMismatch(str(error)) from error


def _labels(sample: Sample, units: Units, seed: int, minimums: Minimums) -> list[dict[str, Any]]:
    users: dict[Coded, set[UUID]] = defaultdict(set)
    for answers in units.values():
        for person, value in answers.items():
            if value is not None:
                for label in _labels_used(value, sample):
                    users[label].add(person)
    return label_rows(sample, seed, minimums, {label: len(people) for label, people in users.items()})


def _labels_used(value: Coded, sample: Sample) -> Iterable[Coded]:
    if is_parted(sample.level) and sample.level in LABELLED:
        return label_uses(sample.level, value)
    return labels_in(value) if is_set(sample.level) else (value,)


def _confusions(sample: Sample, seed: int, *, n_items: int, minimums: Minimums) -> list[dict[str, Any]]:
    shown = n_items >= minimums.alpha_units
    return [
        {
            "a": found.a,
            "b": found.b,
            "count": found.count,
            "share": found.share,
            "ci_low": found.interval.low if shown else None,
            "ci_high": found.interval.high if shown else None,
            "excess": found.excess,
        }
        for found in _found_confusions(sample, seed)
    ]


def _found_confusions(sample: Sample, seed: int) -> tuple[Confusion, ...]:
    if sample.patterns.n_items == 0:
        return ()
    if is_parted(sample.level) and sample.labels is not None:
        return part_confusions(sample.patterns, sample.level, sample.labels, seed=seed)
    return confusions(sample.patterns, seed=seed) if sample.is_listed else ()


def _pairs(people: list[tuple[Unit, UUID, Value]], sample: Sample, minimums: Minimums) -> list[dict[str, Any]]:
    """Pairs of people with enough items in common, those with most in common first where there are very many."""
    found = pair_matrix(people, sample.level, sample.categories, minimum=max(1, minimums.pair_units))
    kept = sorted(found, key=lambda pair: -pair.n_items)[:MOST_PAIRS] if len(found) > MOST_PAIRS else found
    rows = []
    for pair in kept:
        shown = show_pair(pair.n_items, pair.undefined, minimums)
        rows.append(
            {"a": str(pair.a), "b": str(pair.b), "percent": pair.percent, "n_items": pair.n_items}
            | _single(pair.value, shown)
        )
    return rows


def _single(value: float | None, shown: Showing) -> dict[str, Any]:
    withheld = shown.withheld
    return {
        "value": None if withheld else value,
        "undefined": withheld.reason if withheld else None,
        "needed": withheld.needed if withheld else None,
        "reason": withheld.sentence if withheld else None,
    }


def _annotators(people: list[tuple[Unit, UUID, Value]], sample: Sample, minimums: Minimums) -> list[dict[str, Any]]:
    return [_annotator(score, minimums) for score in annotator_scores(people, sample.level, sample.categories)]


def _annotator(score: AnnotatorScore[UUID], minimums: Minimums) -> dict[str, Any]:
    shown = show_annotator(score.n, score.with_rest.undefined, minimums)
    without = show_annotator(score.n, score.leave_one_out.undefined, minimums).withheld is None
    rest = _single(score.with_rest.value, shown)
    return {
        "annotator": str(score.annotator),
        "n": score.n,
        "with_rest": rest.pop("value"),
        "leave_one_out": score.leave_one_out.value if without else None,
        "delta": score.delta if without else None,
        **rest,
    }


def _disputed(units: Units, sample: Sample) -> list[dict[str, Any]]:
    counts: dict[Unit, dict[Coded, int]] = {}
    for unit, answers in units.items():
        counted = Counter(value for value in answers.values() if value is not None)
        if len(counted) >= 2:
            counts[unit] = dict(counted)
    # Unanimous units contribute nothing, but the ordinal distance needs everybody's answers.
    everything = {unit: Counter(v for v in answers.values() if v is not None) for unit, answers in units.items()}
    found = item_disagreement(everything, sample.level, sample.categories, limit=MOST_ITEMS)
    return [
        {
            "item": str(row.unit[1]),
            "round": str(row.unit[0]),
            "contribution": row.contribution,
            "share": row.share,
            "entropy": row.entropy,
            "n_values": row.n_values,
            "counts": canonical_counts(Counter(counts[row.unit])),
        }
        for row in found
    ]
