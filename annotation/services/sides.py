"""In which order an annotator sees the texts that a question sets side by side.

The order is drawn for each item and annotator, so that who prefers what stands first favours no field. It is drawn
from names alone: the same draw can be made again by anybody who doubts it.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from uuid import UUID

from annotation.models import Assignment, QueueEntry
from guidelines import selectors as guidelines
from guidelines.models import GuidelineVersion

SET_SIDE_BY_SIDE = ("preference", "ranking")
"""The kinds whose questions may name item fields as what is compared."""

Sides = dict[str, list[str]]


def compared_fields(version: GuidelineVersion) -> Sides:
    """Question -> the fields that it sets side by side, for the questions that do."""
    questions = guidelines.label_schema_of(version).questions
    return {q["name"]: list(q["fields"]) for q in questions if q["kind"] in SET_SIDE_BY_SIDE and q.get("fields")}


def draw_order(fields: Sequence[str], *, project: UUID, item: UUID, annotator: UUID, question: str) -> list[str]:
    """The fields in an order that is the same each time and, over many items, falls on each order equally often."""
    seed = f"{project}:{item}:{annotator}:{question}"
    return sorted(fields, key=lambda field: (sha256(f"{seed}:{field}".encode()).digest(), field))


def sides_for(*, entry: QueueEntry, annotator: UUID, version: GuidelineVersion) -> Sides | None:
    """The order of each question's fields for whom this entry is given to, or None where nothing is compared.

    Questions about the same fields share one order, since the fields are on the screen once. Who had the item in
    another round sees the opposite of what he saw there.
    """
    compared = compared_fields(version)
    if not compared:
        return None
    seen = _sides_elsewhere(entry, annotator)
    drawn: dict[frozenset[str], list[str]] = {}
    for question, fields in compared.items():
        if frozenset(fields) in drawn:
            continue
        before = seen.get(question, [])
        drawn[frozenset(fields)] = (
            before[::-1]
            if set(before) == set(fields)
            else draw_order(
                fields, project=entry.round.project_id, item=entry.item_id, annotator=annotator, question=question
            )
        )
    return {question: drawn[frozenset(fields)] for question, fields in compared.items()}


def _sides_elsewhere(entry: QueueEntry, annotator: UUID) -> Mapping[str, list[str]]:
    rows = Assignment.objects.filter(item=entry.item_id, annotator=annotator, sides__isnull=False)
    return rows.exclude(round=entry.round_id).order_by("-id").values_list("sides", flat=True).first() or {}
