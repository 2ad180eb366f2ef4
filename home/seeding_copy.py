"""Writing a large seeded project by COPY: the same rows as the services make, with one event for each chunk."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone

from annotation.models import Annotation, Assignment, Round
from annotation.services import open_production_round
from core.ids import new_id
from events.actor import Actor
from events.services import append_event, next_event_id
from home.seeding_plan import CHUNK, LEAD_TIME, Plan
from intake.models import Item
from intake.services import rows_of


def copy_project(plan: Plan) -> None:
    """Fill the project: items, queue, and the labels of the plan, each chunk in a transaction of its own."""
    labelled: list[UUID] = []
    for rows in plan.items():
        made = _copy_items(plan, rows)
        labelled += made[: plan.size.labelled - len(labelled)]
    now = timezone.now()
    round_ = open_production_round(by=plan.lead, batch=plan.batch, now=now)
    for start in range(0, len(labelled), CHUNK):
        _copy_labels(plan, round_, start, labelled[start : start + CHUNK], now)


@transaction.atomic
def _copy_items(plan: Plan, rows: Sequence[Any]) -> list[UUID]:
    event = next_event_id()
    items = [
        Item(id=new_id(), project=plan.project, batch=plan.batch, external_id=row.external_id, fields=row.fields,
             metadata=row.metadata, event=event)
        for row in rows
    ]  # fmt: skip
    _copy(items, leave_out={"created_at"})
    append_event(
        by=plan.lead, action="items.created", project=plan.project.id, object_type="batch", object_id=plan.batch.id,
        ids=[item.id for item in items], after=rows_of(items), event_id=event,
    )  # fmt: skip
    return [item.id for item in items]


@transaction.atomic
def _copy_labels(plan: Plan, round_: Round, start: int, items: Sequence[UUID], now: datetime) -> None:
    """All labels of a chunk of items. Its queue entries are locked before any event is drawn."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE annotation_queueentry SET free = 0, fence = overlap WHERE round_id = %s AND item_id = ANY(%s)",
            [round_.pk, list(items)],
        )
    given: dict[int, list[Assignment]] = defaultdict(list)
    number_of = {item: start + offset for offset, item in enumerate(items)}
    for item, number in number_of.items():
        for slot in range(plan.size.overlap):
            index = plan.annotator_of(number, slot)
            given[index].append(_assignment(plan, round_, item, index=index, slot=slot, now=now))
    made: dict[int, list[Annotation]] = {}
    for index, assignments in given.items():
        _announce(plan, index, "assignment.leased", assignments, next_event_id())
        event = next_event_id()
        made[index] = [
            _annotation(plan, a, number_of[a.item_id], index=index, event=event, now=now) for a in assignments
        ]
        _announce(plan, index, "annotation.created", made[index], event)
    _copy([a for assignments in given.values() for a in assignments])
    _copy([a for annotations in made.values() for a in annotations])


def _assignment(plan: Plan, round_: Round, item: UUID, *, index: int, slot: int, now: datetime) -> Assignment:
    return Assignment(
        id=new_id(), round=round_, item_id=item, annotator=plan.annotators[index], guideline_version=plan.version,
        slot=slot + 1, fence=slot + 1, state=Assignment.State.SUBMITTED, created_at=now, ended_at=now,
        expires_at=now + timedelta(seconds=plan.project.lease_seconds),
    )  # fmt: skip


def _annotation(plan: Plan, of: Assignment, number: int, *, index: int, event: int, now: datetime) -> Annotation:
    return Annotation(
        id=new_id(), project=plan.project, round=of.round, item_id=of.item_id, annotator=of.annotator, assignment=of,
        slot=of.slot, answers=plan.answers(number, index), guideline_version=plan.version, lead_time_ms=LEAD_TIME,
        created_at=now, event=event,
    )  # fmt: skip


def _announce(plan: Plan, index: int, action: str, rows: Sequence[Assignment | Annotation], event: int) -> None:
    user = plan.annotators[index]
    append_event(
        by=Actor(user, "seed"), action=action, project=plan.project.id, object_type="round",
        object_id=rows[0].round_id, ids=[row.pk for row in rows], annotator=user.pk, round=rows[0].round_id,
        after=[_content(row) for row in rows], event_id=event,
    )  # fmt: skip


def _content(row: Assignment | Annotation) -> Mapping[str, Any]:
    if isinstance(row, Assignment):
        return {"id": row.pk, "state": Assignment.State.LEASED, "slot": row.slot, "fence": row.fence}
    return {"id": row.pk, "item": row.item_id, "annotator": row.annotator_id, "answers": row.answers}


def _copy(rows: Sequence[Model], leave_out: Iterable[str] = ()) -> None:
    """COPY rows of one model; columns left out get the database's default."""
    if not rows:
        return
    meta = rows[0]._meta  # noqa: SLF001  # the documented door to a model's columns
    fields = [field for field in meta.concrete_fields if field.column not in set(leave_out)]
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    table = connection.ops.quote_name(meta.db_table)
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row([field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields])
