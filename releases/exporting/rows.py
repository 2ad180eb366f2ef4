"""The rows of a cut, in the shapes of the API's lists, read in chunks by their ids."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

from adjudication.api.bodies import gold_body
from adjudication.selectors import gold_rows, schema_at
from adjudication.selectors.aggregates import aggregates_at
from annotation.imports.bodies import item_body
from annotation.models import Annotation
from annotation.selectors import APART, annotations_at
from core.canonical import rfc3339
from events.selectors import held_at, sealed_log
from events.services import sealed_body
from intake.selectors import visible_items
from projects.pseudonyms import pseudonym
from releases.models import Export

CHUNK = 1000
M = TypeVar("M", bound=Model)
Row = dict[str, Any]
Rows = Callable[[Export], Iterator[Row]]


def _in_chunks(rows: QuerySet[M], key: str = "pk") -> Iterator[M]:
    """All rows in the order of `key`, each chunk a query of its own, so that no transaction stays open."""
    place: Any = None
    while True:
        found = list((rows if place is None else rows.filter(**{f"{key}__gt": place})).order_by(key)[:CHUNK])
        yield from found
        if len(found) < CHUNK:
            return
        place = getattr(found[-1], key)


def item_rows(export: Export) -> Iterator[Row]:
    project = export.project
    rows = held_at(visible_items(project), project=project.id, as_of=export.as_of, ended=None)
    return (item_body(item) for item in _in_chunks(rows))


def annotation_rows(export: Export) -> Iterator[Row]:
    rows = annotations_at(export.project, export.as_of).exclude(round__kind__in=APART)
    rows = rows.select_related("item", "guideline_version")
    return (_annotation_row(export, annotation) for annotation in _in_chunks(rows))


def _annotation_row(export: Export, annotation: Annotation) -> Row:
    """As the cut knew it: what came later, a supersede or a withdrawal, is not told."""
    version = annotation.guideline_version
    return {
        "id": str(annotation.pk),
        "item": str(annotation.item_id),
        "external_id": annotation.item.external_id,
        "round": str(annotation.round_id),
        "annotator": _shown(export, annotation.annotator_id),
        "answers": annotation.answers,
        "note": annotation.note,
        "guideline_version": version.number if version else None,
        "lead_time_ms": annotation.lead_time_ms,
        "created_at": rfc3339(annotation.created_at),
        "superseded_by": None,
        "withdrawn_at": None,
    }


def _shown(export: Export, user: UUID) -> str:
    return str(user) if export.identified else pseudonym(export.project_id, user)


def gold_row_bodies(export: Export) -> Iterator[Row]:
    """Models are read over this very cut, which the export has had fitted: two exports of it have equal bytes."""
    project, schema = export.project, schema_at(export.project, export.as_of)
    if schema is None:
        return iter(())
    aggregates = aggregates_at(project, export.as_of, schema=schema, exact=True)
    return (gold_body(row) for row in gold_rows(project, as_of=export.as_of, aggregates=aggregates))


def event_rows(export: Export) -> Iterator[Row]:
    log = sealed_log(export.project_id).filter(seq__lte=export.as_of)
    return (dict(sealed_body(seal)) for seal in _in_chunks(log, "seq"))


KINDS: dict[str, Rows] = {
    "items": item_rows, "annotations": annotation_rows, "gold": gold_row_bodies, "events": event_rows,
}  # fmt: skip
COLUMNS: dict[str, tuple[str, ...]] = {
    "items": ("id", "external_id", "batch", "fields", "metadata"),
    "annotations": (
        "id", "item", "external_id", "round", "annotator", "answers", "note", "guideline_version", "lead_time_ms",
        "created_at", "superseded_by", "withdrawn_at",
    ),
    "gold": ("item", "question", "answer", "distribution", "n", "source"),
    "events": (
        "seq", "at", "actor", "action", "object", "request_id", "before_hash", "after_hash", "prev_hash", "hash",
    ),
}  # fmt: skip
EXPANDED = {"items": "fields"}
"""The column that becomes one column a field where a format has only columns."""
