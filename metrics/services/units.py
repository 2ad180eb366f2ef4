"""Keeping units, patterns and raters equal to the annotations.

Every writer takes the advisory lock of the round first, rounds in the order of their ids, so writers cannot
deadlock; the lock keeps out of the way of labelling, which locks rows of the round itself.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from annotation.models import Round
from metrics.counting import Counts, Given, Tally, UnitKey, hash_of, is_mixed, tally, values_in
from metrics.errors import CountsBroken
from metrics.models import Pattern, Rater, Unit
from metrics.questions import Coder, published
from metrics.selectors.units import counted_annotations, given_of, reader_position

BATCH = 1000
Place = tuple[str, int, str]
"""Question, version, slice."""


def lock_round(labels: Round) -> None:
    """Until the end of the transaction nobody else changes the counts of this round."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"metrics:{labels.pk}"])


@transaction.atomic
def recount_items(*, places: Mapping[UUID, Iterable[UUID]], position: int) -> None:
    """Count the named items of each round anew, as the log stands at `position`. Safe to run twice."""
    rounds = Round.objects.select_related("project").in_bulk(list(places))
    for round_id in sorted(rounds):
        labels = rounds[round_id]
        lock_round(labels)
        _recount(labels, set(places[round_id]), position).save()


@transaction.atomic
def correct_units(*, labels: Round, items: Iterable[UUID]) -> None:
    """Count items anew and leave patterns and raters, which may be wrong too, to `rebuild_patterns`."""
    lock_round(labels)
    # Read with the lock held: whatever the consumer has counted of this round, it has committed with its place.
    _recount(labels, set(items), reader_position())


def _recount(labels: Round, items: set[UUID], position: int) -> "_Shift":
    coder = coder_of(labels)
    given = given_of(counted_annotations(labels, position).filter(item__in=items), coder.text_fields)
    return _store(labels, items, _tally(labels, given, coder))


def _tally(labels: Round, given: Iterable[Given], coder: Coder) -> dict[UnitKey, Tally]:
    return tally(given, coder, people=labels.identity != Round.Identity.NONE)


def coder_of(labels: Round) -> Coder:
    return Coder(published(labels.project), labels.created_at)


def _store(labels: Round, items: set[UUID], units: Mapping[UnitKey, Tally]) -> "_Shift":
    """Make the units of these items what they should be. Returns how patterns and raters must move with them."""
    shift = _Shift(labels)
    new, changed, gone = [], [], []
    rows = Unit.objects.filter(round=labels, item__in=items)
    held = {(unit.item_id, unit.question, unit.version, unit.slice): unit for unit in rows}
    for key, found in units.items():
        unit = held.pop(key, None)
        counts, annotators = found.as_counts(), found.as_annotators()
        if unit is None:
            new.append(_unit(labels, key, counts, annotators))
            shift.move(key, counts, annotators, 1)
        elif unit.counts != counts or unit.annotators != annotators:
            shift.move(key, unit.counts, unit.annotators, -1)
            shift.move(key, counts, annotators, 1)
            unit.counts, unit.annotators, unit.mixed = counts, annotators, is_mixed(counts)
            changed.append(unit)
    for key, unit in held.items():
        shift.move(key, unit.counts, unit.annotators, -1)
        gone.append(unit.pk)
    Unit.objects.bulk_create(new, batch_size=BATCH)
    Unit.objects.bulk_update(changed, ["counts", "annotators", "mixed"], batch_size=BATCH)
    Unit.objects.filter(pk__in=gone).delete()
    return shift


def _unit(labels: Round, key: UnitKey, counts: Counts, annotators: list[UUID]) -> Unit:
    item, question, version, slice_ = key
    return Unit(
        project_id=labels.project_id, round=labels, item_id=item, question=question, version=version, slice=slice_,
        counts=counts, annotators=annotators, mixed=is_mixed(counts),
    )  # fmt: skip


class _Shift:
    """Differences of pattern and rater counts, applied at once."""

    def __init__(self, labels: Round) -> None:
        self.labels = labels
        self.patterns: Counter[tuple[str, int, str, str]] = Counter()
        self.raters: Counter[tuple[str, int, str, UUID]] = Counter()
        self.counts: dict[str, Counts] = {}

    def move(self, key: UnitKey, counts: Counts, annotators: Iterable[UUID], step: int) -> None:
        _, question, version, slice_ = key
        digest = hash_of(counts)
        self.counts[digest] = counts
        self.patterns[question, version, slice_, digest] += step
        if values_in(counts) >= 2:
            for annotator in annotators:
                self.raters[question, version, slice_, annotator] += step

    def save(self) -> None:
        patterns = {key: step for key, step in self.patterns.items() if step}
        raters = {key: step for key, step in self.raters.items() if step}
        stored = Pattern.objects.filter(round=self.labels, counts_hash__in={key[3] for key in patterns})
        _apply(Pattern, {(p.question, p.version, p.slice, p.counts_hash): p for p in stored}, patterns, self._pattern)
        people = Rater.objects.filter(round=self.labels, annotator__in={key[3] for key in raters})
        _apply(Rater, {(r.question, r.version, r.slice, r.annotator): r for r in people}, raters, self._rater)

    def _pattern(self, key: tuple[str, int, str, str], units: int) -> Pattern:
        return pattern_row(self.labels, key[:3], self.counts[key[3]], units)

    def _rater(self, key: tuple[str, int, str, UUID], units: int) -> Rater:
        return rater_row(self.labels, key[:3], key[3], units)


def _apply(model: Any, held: Mapping[Any, Any], steps: Mapping[Any, int], make: Any) -> None:
    new, changed, gone = [], [], []
    for key, step in steps.items():
        row = held.get(key)
        units = (row.units if row else 0) + step
        if units < 0:
            raise CountsBroken
        if row is None:
            new.append(make(key, units))
        elif units:
            row.units = units
            changed.append(row)
        else:
            gone.append(row.pk)
    model.objects.bulk_create(new, batch_size=BATCH)
    model.objects.bulk_update(changed, ["units"], batch_size=BATCH)
    model.objects.filter(pk__in=gone).delete()


def pattern_row(labels: Round, place: Place, counts: Counts, units: int) -> Pattern:
    question, version, slice_ = place
    return Pattern(
        project_id=labels.project_id, round=labels, question=question, version=version, slice=slice_, counts=counts,
        counts_hash=hash_of(counts), units=units,
    )  # fmt: skip


def rater_row(labels: Round, place: Place, annotator: UUID, units: int) -> Rater:
    question, version, slice_ = place
    return Rater(
        project_id=labels.project_id, round=labels, question=question, version=version, slice=slice_,
        annotator=annotator, units=units,
    )  # fmt: skip


# --- A whole round at once: imports, and repair ------------------------------------------------------------------


@transaction.atomic
def add_units(*, labels: Round, given: Iterable[Given]) -> None:
    """Units of items that have none yet. Patterns follow in one step by `replace_patterns`."""
    lock_round(labels)
    units = _tally(labels, given, coder_of(labels))
    rows = [_unit(labels, key, found.as_counts(), found.as_annotators()) for key, found in units.items()]
    Unit.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)


PATTERNS_OF = """
    SELECT question, version, slice, counts, count(*)
    FROM metrics_unit WHERE round_id = %s GROUP BY question, version, slice, counts
"""
RATERS_OF = """
    SELECT question, version, slice, annotator, count(*)
    FROM metrics_unit, unnest(annotators) AS annotator
    WHERE round_id = %s AND cardinality(annotators) >= 2 GROUP BY question, version, slice, annotator
"""


def aggregate_units(labels: Round) -> tuple[list[Pattern], list[Rater]]:
    """The patterns and raters that the units of a round amount to; nothing is written."""
    with connection.cursor() as cursor:
        cursor.execute(PATTERNS_OF, [labels.pk])
        patterns = [pattern_row(labels, (q, v, s), json.loads(c), n) for q, v, s, c, n in cursor.fetchall()]
        cursor.execute(RATERS_OF, [labels.pk])
        raters = [rater_row(labels, (q, v, s), a, n) for q, v, s, a, n in cursor.fetchall()]
    return patterns, raters


@transaction.atomic
def replace_patterns(*, labels: Round, patterns: list[Pattern], raters: list[Rater]) -> None:
    """Put these in the place of what the round had."""
    lock_round(labels)
    Pattern.objects.filter(round=labels).delete()
    Rater.objects.filter(round=labels).delete()
    Pattern.objects.bulk_create(patterns, batch_size=BATCH)
    Rater.objects.bulk_create(raters, batch_size=BATCH)


@transaction.atomic
def rebuild_patterns(*, labels: Round) -> None:
    """Patterns and raters of a round from its units, for repair."""
    lock_round(labels)
    patterns, raters = aggregate_units(labels)
    replace_patterns(labels=labels, patterns=patterns, raters=raters)
