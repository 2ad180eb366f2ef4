"""Whether the stored counts are what the annotations amount to."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from annotation.models import Round
from metrics.counting import Given, UnitKey, hash_of, tally, values_in
from metrics.models import Pattern, Rater, Unit
from metrics.questions import Coder, published
from metrics.selectors.units import (
    counted_annotations,
    given_by_chunks,
    is_waiting,
    reader_position,
    rounds_of,
)
from projects.models import Project


@dataclass(frozen=True)
class Mismatch:
    """One stored count that differs from a recount."""

    round: UUID
    what: str
    """`unit`, `pattern` or `rater`."""
    detail: str


def count_mismatches(project: Project) -> list[Mismatch]:
    """Recount every round and compare; at most a hundred differences a round. An import still being counted is left
    out.

    Everything is read from one snapshot, at the place of the log that the consumer has reached.
    """
    if connection.in_atomic_block:
        return _compare(project)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return _compare(project)


def _compare(project: Project) -> list[Mismatch]:
    position, found = reader_position(), []
    for labels in rounds_of(project).select_related("project"):
        if labels.kind != Round.Kind.IMPORT or not is_waiting(project, labels):
            found += _Recount(labels, position).mismatches()[:100]
    return found


class _Recount:
    """One round counted anew, item by item, beside what is stored."""

    def __init__(self, labels: Round, position: int) -> None:
        self.labels = labels
        self.position = position
        self.coder = Coder(published(labels.project), labels.created_at)
        self.patterns: Counter[tuple[str, int, str, str]] = Counter()
        self.raters: Counter[tuple[str, int, str, UUID]] = Counter()
        self.n_units = 0

    def mismatches(self) -> list[Mismatch]:
        found: list[Mismatch] = []
        rows = counted_annotations(self.labels, self.position)
        for given in given_by_chunks(rows, fields=self.coder.text_fields):
            found += self._units(given)
        stored = Unit.objects.filter(round=self.labels).count()
        if stored != self.n_units and not found:
            found.append(self._mismatch("unit", f"{stored} units are stored, there should be {self.n_units}"))
        place = ("question", "version", "slice")
        patterns = Pattern.objects.filter(round=self.labels).values_list(*place, "counts_hash", "units")
        raters = Rater.objects.filter(round=self.labels).values_list(*place, "annotator", "units")
        found += self._frequencies("pattern", self.patterns, patterns)
        found += self._frequencies("rater", self.raters, raters)
        return found

    def _units(self, given: list[Given]) -> Iterator[Mismatch]:
        people = self.labels.identity != Round.Identity.NONE
        expected = tally(given, self.coder, people=people)
        items = {one.item for one in given}
        rows = Unit.objects.filter(round=self.labels, item__in=items)
        stored = {(unit.item_id, unit.question, unit.version, unit.slice): unit for unit in rows}
        self.n_units += len(expected)
        for key, unit in expected.items():
            counts, annotators = unit.as_counts(), unit.as_annotators()
            self.patterns[*key[1:], hash_of(counts)] += 1
            if values_in(counts) >= 2:
                for annotator in annotators:
                    self.raters[*key[1:], annotator] += 1
            held = stored.pop(key, None)
            if held is None or held.counts != counts or held.annotators != annotators:
                yield self._mismatch("unit", self._words(key, held.counts if held else None, counts))
        for key, held in stored.items():
            yield self._mismatch("unit", self._words(key, held.counts, None))

    def _frequencies(self, what: str, expected: Counter[Any], stored: Any) -> Iterator[Mismatch]:
        held = {tuple(place): units for *place, units in stored}
        for place in sorted(set(held) | set(expected), key=str):
            have, want = held.get(place, 0), expected[place]
            if have != want:
                question, version, slice_, key = place
                where = f"{question}, version {version}, {slice_ + ', ' if slice_ else ''}{key}"
                yield self._mismatch(what, f"{where}: {have} units, should be {want}")

    def _mismatch(self, what: str, detail: str) -> Mismatch:
        return Mismatch(self.labels.pk, what, detail)

    @staticmethod
    def _words(key: UnitKey, have: object, want: object) -> str:
        item, question, version, slice_ = key
        where = f"item {item}, {question}, version {version}{', ' + slice_ if slice_ else ''}"
        return f"{where}: stored {have}, counted {want}"
