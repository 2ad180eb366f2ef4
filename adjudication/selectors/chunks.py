"""The answers of a cut, read for some items at a time: what gold and aggregation are made of."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from adjudication.models import Decision
from annotation.models import QueueEntry, Round
from annotation.selectors import annotations_at, counting_rounds, overlaps_at, visible_rounds
from events.selectors import held_at
from guidelines.schema.schema import LabelSchema
from guidelines.selectors import label_schema_of, versions_of
from intake.models import Item
from projects.models import Project

CHUNK = 1000
Unit = tuple[UUID, UUID]
"""An item and a round."""


@dataclass(frozen=True)
class Chunk:
    """What one chunk of items needs: blind answers, who gave them, and decisions by (item, round), overlaps."""

    items: Sequence[tuple[UUID, str]]
    answers: dict[Unit, list[dict[str, Any]]]
    people: dict[Unit, list[UUID]]
    """In the order of the answers."""
    counts: dict[Unit, int]
    overlaps: dict[Unit, int]
    decisions: dict[tuple[UUID, UUID, str], Decision]

    def given(self, unit: Unit, question: str) -> list[Any]:
        """The blind answers to one question, without those who left it out."""
        return [answers[question] for answers in self.answers.get(unit, ()) if answers.get(question) is not None]

    def unit(self, rounds: Sequence[Round], item: UUID, question: str) -> Unit | None:
        """The unit that an item's gold comes from: the first that is decided, or complete with an answer."""
        for held in rounds:
            unit = (item, held.pk)
            if (*unit, question) in self.decisions:
                return unit
            if self.is_complete(item, held) and self.given(unit, question):
                return unit
        return None

    def is_complete(self, item: UUID, held: Round) -> bool:
        """Whether the item has got all the answers that it was to get in this round."""
        if held.kind == Round.Kind.IMPORT:
            return True
        return self.counts.get((item, held.pk), 0) >= self.overlaps.get((item, held.pk), 1)


def schema_at(project: Project, as_of: int | None) -> LabelSchema | None:
    """The label schema of the newest version that a cut holds."""
    rows = held_at(versions_of(project), project=project.id, as_of=as_of, ended=None)
    version = rows.order_by("-number").first()
    return label_schema_of(version) if version is not None else None


def preferred_rounds(project: Project, wanted: UUID | None = None) -> list[Round]:
    """The rounds that count, production before imports and a later one before an earlier one; or one round only."""
    if wanted is not None:
        return list(visible_rounds(project).filter(pk=wanted))
    rounds = counting_rounds(project)
    return sorted(rounds, key=lambda r: (r.kind == Round.Kind.PRODUCTION, r.pk), reverse=True)


def item_chunks(
    rows: QuerySet[Item], *, start: UUID | None = None, backwards: bool = False
) -> Iterator[list[tuple[UUID, str]]]:
    """Chunks of items from `start` on, itself included, since some of its questions may still be wanted."""
    position, inclusive = start, True
    while True:
        here = rows
        if position is not None:
            word = ("lte" if backwards else "gte") if inclusive else ("lt" if backwards else "gt")
            here = rows.filter(**{f"pk__{word}": position})
        items = list(here.order_by("-pk" if backwards else "pk").values_list("pk", "external_id")[:CHUNK])
        if not items:
            return
        yield items
        if len(items) < CHUNK:
            return
        position, inclusive = items[-1][0], False


def read_chunk(
    project: Project, rounds: Sequence[Round], items: Sequence[tuple[UUID, str]], as_of: int | None
) -> Chunk:
    """The answers, overlaps and decisions of these items at a cut, in a fixed number of queries."""
    ids = [pk for pk, _ in items]
    answers: dict[Unit, list[dict[str, Any]]] = defaultdict(list)
    people: dict[Unit, list[UUID]] = defaultdict(list)
    counts: dict[Unit, int] = defaultdict(int)
    rows = annotations_at(project, as_of).filter(item__in=ids, round__in=rounds)
    columns = ("item", "round", "answers", "blind", "annotator")
    for item, held, given, blind, person in rows.order_by("item", "slot").values_list(*columns):
        counts[item, held] += 1
        if blind:
            answers[item, held].append(given)
            people[item, held].append(person)
    entries = QueueEntry.objects.filter(item__in=ids, round__in=rounds)
    decided = held_at(
        Decision.objects.filter(case__item__in=ids, case__round__in=rounds), project=project.id, as_of=as_of
    )
    decisions = {(d.case.item_id, d.case.round_id, d.case.question): d for d in decided.select_related("case")}
    return Chunk(items, answers, people, counts, overlaps_at(entries, project, as_of), decisions)
