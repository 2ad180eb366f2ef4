"""Everything a run says about one question: scores, labels, confusions, people and disputed items. Pure."""

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from typing import Any, Final

import numpy as np

from guidelines.schema.kind import Coded
from metrics.counting import Counts
from metrics.errors import AlphaMismatch
from metrics.grouping import grouped, say_groups
from metrics.measure import Heading, Sample, label_rows, sample_of, score_rows
from metrics.questions import Measured
from metrics.seconds import second_rows
from metrics.stats.alpha import AlphaMismatchError, package_alpha
from metrics.stats.couples import pair_scores
from metrics.stats.disputes import disputes
from metrics.stats.distances import sampling_error
from metrics.stats.jackknife import annotator_jackknife
from metrics.stats.labels import Confusion, confusions, part_confusions
from metrics.stats.meetings import Meetings
from metrics.stats.parts import LABELLED, is_parted, label_uses
from metrics.stats.people import PersonScore, person_scores
from metrics.stats.sets import is_set, labels_in
from metrics.stats.table import NAMELESS, OPT_OUT, PERSON, AnswerTable, Codes, distinct_keys
from metrics.stats.withholding import Minimums, Showing, show_annotator, show_pair

MOST_PAIRS: Final = 2000
MOST_ITEMS: Final = 100


def question_report(
    measured: Measured, table: AnswerTable, seed: int, heading: Heading, minimums: Minimums, *,
    clusters: Codes | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """The score rows of one question; the first one carries the diagnostics.

    `clusters` has a group for each unit of the table: bootstraps then draw whole groups.
    """
    valued = table.where(table.value != OPT_OUT)
    people = valued.where(valued.by_identity(PERSON))
    sample = grouped(sample_of(measured, counts_in(table)), table, clusters)
    heading = replace(heading, n_annotators=n_annotators(table))
    rows = score_rows(sample, seed, heading, minimums, live=False)
    known = 0 < len(people) == len(valued) and not table.by_identity(NAMELESS).any()
    rows += second_rows(sample, valued, heading, minimums, seed, people=known)
    rows[0]["computed_by"] = _checked_by_package(sample)
    if sample.level == "token_edit" and rows[0]["value"] is not None:
        rows[0]["sampling_error"] = sampling_error(sample.patterns)
    rows[0] |= {
        "labels": label_rows(sample, seed, minimums, _users(valued, sample)),
        "confusions": _confusions(sample, seed, n_items=sample.patterns.n_items, minimums=minimums),
        "pairs": _pairs(people, sample, minimums),
        **_annotators(people, sample, minimums, seed, alpha=rows[0]["value"], known=known),
        "items_disputed": _disputed(valued, sample),
    }
    say_groups(rows, sample)
    return rows


def counts_in(table: AnswerTable) -> Iterator[tuple[Counts, int]]:
    """The different counts of units, in canonical order, and how many units have each."""
    contents = table.contents
    for row, number in zip(contents.rows(), contents.freq.tolist(), strict=True):
        values: list[list[Any]] = [[table.values[code], n] for code, n in row if code != OPT_OUT]
        yield values + [[None, n] for code, n in row if code == OPT_OUT], number


def n_annotators(table: AnswerTable) -> int:
    """Who gave the pairable values; where nobody has a name every value counts as a person of its own."""
    nameless = np.zeros(table.n_units, dtype=np.bool_)
    nameless[table.unit[table.by_identity(NAMELESS)]] = True
    pairable = table.unit_sizes >= 2
    named = (table.value != OPT_OUT) & (pairable & ~nameless)[table.unit]
    return int(np.unique(table.annotator[named]).size + table.unit_sizes[pairable & nameless].sum())


def _checked_by_package(sample: Sample) -> str:
    """Who computed alpha; raises AlphaMismatch where two computations differ."""
    try:
        return package_alpha(sample.patterns, sample.level).computed_by
    except AlphaMismatchError as error:
        raise AlphaMismatch(str(error)) from error


def _users(valued: AnswerTable, sample: Sample) -> dict[Coded, int]:
    """How many annotators used each label, where answers have labels."""
    if sample.categories is None or sample.level in {"ranking", "token_edit"}:
        return {}
    n = max(1, len(valued.values))
    given, _ = distinct_keys(valued.annotator.astype(np.int64) * n + valued.value, len(valued.annotators) * n)
    users: dict[Coded, set[int]] = defaultdict(set)
    for person, code in zip((given // n).tolist(), (given % n).tolist(), strict=True):
        for label in _labels_used(valued.values[code], sample):
            users[label].add(person)
    return {label: len(people) for label, people in users.items()}


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


def _pairs(people: AnswerTable, sample: Sample, minimums: Minimums) -> list[dict[str, Any]]:
    """Pairs of people with enough items in common, those with most in common first where there are very many."""
    minimum = max(1, minimums.pair_units)
    rows = []
    for pair in pair_scores(people, sample.level, sample.categories, minimum=minimum, most=MOST_PAIRS):
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


def _annotators(
    people: AnswerTable, sample: Sample, minimums: Minimums, seed: int, *, alpha: float | None, known: bool
) -> dict[str, Any]:
    """Everybody against the rest, first whoever's leaving alpha would gain most by; and the jackknife over them."""
    meetings = Meetings.of(people, sample.level, sample.categories)
    scores = sorted(
        person_scores(meetings, seed=seed, labels=sample.labels or (), minimum=sys.maxsize),
        key=lambda score: (score.delta is None, -(score.delta or 0.0), -score.n),
    )
    without = [score.without.value for score in scores]
    return {
        "annotators": [_annotator(str(people.annotators[score.annotator]), score, minimums) for score in scores],
        "jackknife": asdict(annotator_jackknife(alpha, without, persons=known)),
    }


def _annotator(annotator: str, score: PersonScore, minimums: Minimums) -> dict[str, Any]:
    shown = show_annotator(score.n, score.with_rest.undefined, minimums)
    without = show_annotator(score.n, score.without.undefined, minimums).withheld is None
    rest = _single(score.with_rest.value, shown)
    return {
        "annotator": annotator,
        "n": score.n,
        "with_rest": rest.pop("value"),
        "leave_one_out": score.without.value if without else None,
        "delta": score.delta if without else None,
        **rest,
    }


def _disputed(valued: AnswerTable, sample: Sample) -> list[dict[str, Any]]:
    return [
        {
            "item": str(valued.item(row.unit)),
            "round": None if (round_ := valued.round_of(row.unit)) is None else str(round_),
            "contribution": row.contribution,
            "share": row.share,
            "entropy": row.entropy,
            "n_values": row.n_values,
            "counts": [[value, n] for value, n in row.counts],
        }
        for row in disputes(valued, sample.level, sample.categories, limit=MOST_ITEMS)
    ]
