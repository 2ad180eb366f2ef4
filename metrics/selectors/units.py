"""The annotations behind the counts, as the log's reader has seen them."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Coalesce

from annotation.models import Annotation, Round
from annotation.selectors import visible_rounds
from events.models import Cursor, Job, Seal
from metrics.counting import Given
from metrics.models import Pattern, Unit
from projects.models import Project

CONSUMER = "metrics"
JOB_UNITS = "metrics.units"
ROWS = 2000


def reader_position() -> int:
    """The last seal that the consumer of this app has read."""
    return Cursor.objects.filter(name=CONSUMER).values_list("position", flat=True).first() or 0


def read_seq(project: Project, position: int | None = None) -> int:
    """The place in the project's log up to which agreement is counted."""
    here = Cursor.objects.filter(name=CONSUMER).values("position")[:1]
    place: Any = Coalesce(Subquery(here), 0) if position is None else position
    rows = Seal.objects.filter(project=project.id, id__lte=place).order_by("-seq")
    return rows.values_list("seq", flat=True).first() or 0


def counted_annotations(labels: Round, position: int) -> QuerySet[Annotation]:
    """The blind annotations of a round that are current at this place of the log.

    Those of an import never change once it is committed.
    """
    rows = Annotation.objects.filter(round=labels, blind=True)
    if labels.kind == Round.Kind.IMPORT:
        return rows.filter(ended_event=None)
    sealed = Seal.objects.filter(id__lte=position)
    made = Exists(sealed.filter(event_id=OuterRef("event")))
    ended = Exists(sealed.filter(event_id=OuterRef("ended_event")))
    return rows.filter(made).filter(Q(ended_event=None) | ~ended)


def given_of(rows: QuerySet[Annotation], fields: Sequence[str] = (), limit: int | None = None) -> list[Given]:
    """What is counted of these annotations, in the order of their items, with the named fields of the items."""
    columns = ("item_id", "annotator_id", "guideline_version__number", "answers", "suggestion_id")
    texts = [KeyTransform(name, "item__fields") for name in fields]
    found = rows.order_by("item_id").values_list(*columns, *texts)[:limit]
    return [
        Given(item, annotator, version, answers, suggestion, dict(zip(fields, values, strict=True)))
        for item, annotator, version, answers, suggestion, *values in found
    ]


def given_by_chunks(
    rows: QuerySet[Annotation], after: UUID | None = None, fields: Sequence[str] = ()
) -> Iterator[list[Given]]:
    """All annotations in the order of their items, no item cut in two, about `ROWS` at a time."""
    while True:
        part = rows if after is None else rows.filter(item_id__gt=after)
        found = _page(part, fields)
        if not found:
            return
        yield found
        after = found[-1].item


def _page(rows: QuerySet[Annotation], fields: Sequence[str]) -> list[Given]:
    found = given_of(rows, fields, ROWS + 1)
    if len(found) <= ROWS:
        return found
    last = found[-1].item
    whole = [given for given in found if given.item != last]
    # one item with more answers than a page is taken whole
    return whole or given_of(rows.filter(item_id=last), fields)


def units_of(labels: Round) -> QuerySet[Unit]:
    return Unit.objects.filter(round=labels)


def rounds_of(project: Project) -> QuerySet[Round]:
    return visible_rounds(project).order_by("id")


def is_waiting(project: Project, labels: Round | None = None) -> bool:
    """Whether the worker has still to count an import, or this one."""
    rows = Job.objects.filter(project=project.id, kind=JOB_UNITS)
    if labels is not None:
        rows = rows.filter(arguments__round=str(labels.pk))
    return rows.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING]).exists()


def is_being_counted(project: Project) -> bool:
    """Whether an import waits for its units, so that live figures leave it out.

    Also where its job failed, until the round is counted by hand.
    """
    rows = Job.objects.filter(project=project.id, kind=JOB_UNITS).exclude(state=Job.State.DONE)
    failed = []
    for state, round_id in rows.values_list("state", "arguments__round"):
        if state in (Job.State.QUEUED, Job.State.RUNNING):
            return True
        failed.append(round_id)
    counted = set(Pattern.objects.filter(round__in=failed).values_list("round", flat=True)) if failed else set()
    return any(UUID(str(round_id)) not in counted for round_id in failed)
