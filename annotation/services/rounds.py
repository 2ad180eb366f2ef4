"""Opening rounds and filling their queues."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, IntegerField, Q, Value
from django.db.models.functions import Greatest

from annotation.models import Assignment, OverlapChange, QueueEntry, QueueMark, Reservation, Round
from annotation.selectors import production_round, wrong_counts
from annotation.services.slots import draw_places, expire_assignments
from core.errors import FieldError
from core.ids import NIL
from events.actor import Actor
from events.services import append_event, next_event_id
from intake.errors import OrderFixed
from intake.models import Batch
from projects.models import Project

CHUNK = 20_000
"""Entries of one transaction: it must not hold the log's horizon back for longer than about two seconds."""

_MISSING = """
    WITH made AS (
        INSERT INTO annotation_queueentry (round_id, item_id, overlap, free, fence, position)
        SELECT %(round)s, found.id, %(overlap)s, %(overlap)s, 0, %(place)s + row_number() OVER (ORDER BY {order}) - 1
        FROM (
            SELECT i.id FROM intake_item i
            WHERE i.batch_id = %(batch)s AND {among} {key} > %(after)s
              AND (SELECT q.id FROM annotation_queueentry q WHERE q.round_id = %(round)s AND q.item_id = i.id) IS NULL
            ORDER BY {key} LIMIT %(limit)s
        ) found
        RETURNING item_id
    )
    SELECT count(*), max({made}) FROM made
"""
"""The lookup is a scalar subquery on purpose: as an anti-join it may be planned over all entries for each item."""
_AS_IMPORTED = {"key": "i.id", "order": "found.id", "made": "item_id::text"}
_SHUFFLED = {"key": "md5(i.id::text)", "order": "md5(found.id::text)", "made": "md5(item_id::text)"}


def open_production_round(*, by: Actor, batch: Batch, now: datetime) -> Round:  # noqa: ARG001  # every write has an actor
    """The production round of a batch, with an entry for each of its items. A second call adds what is missing.

    While the batch is still loading the round is invisible too, whatever its state: `served_rounds` asks for both.
    """
    with transaction.atomic():
        locked = Batch.objects.select_for_update(no_key=True, of=("self",)).select_related("project").get(pk=batch.pk)
        round_ = production_round(locked)
        if round_ is None:
            overlap = locked.overlap or locked.project.overlap
            round_ = Round.objects.create(
                project=locked.project, batch=locked, kind=Round.Kind.PRODUCTION, overlap=overlap, created_at=now
            )
    enqueue_items(round=round_)
    return round_


def enqueue_items(
    *, round: Round, items: Sequence[UUID] | None = None, beat: Callable[[], None] | None = None,  # noqa: A002  # the word of the house
) -> int:  # fmt: skip
    """Make a queue entry for each item of the round's batch that has none, and return how many.

    `items` names the only ones that can lack an entry, where the caller knows. One INSERT … SELECT for every 20,000
    items, in an order of their own: as imported, or shuffled by a hash of the id. Places are drawn from the round,
    so entries added later stand behind the earlier ones. A job passes its `beat`, called in each transaction.
    """
    if round.batch is None:
        raise ValueError("only the round of a batch is filled from it")
    shuffled = round.batch.order == Batch.Order.RANDOM
    among = "" if items is None else "i.id = ANY(%(items)s) AND"
    query = _MISSING.format(among=among, **(_SHUFFLED if shuffled else _AS_IMPORTED))
    values: dict[str, Any] = {
        "round": round.pk, "batch": round.batch_id, "overlap": round.overlap, "limit": CHUNK,
    }  # fmt: skip
    values |= {"items": list(items or ()), "after": "" if shuffled else str(NIL)}
    total = 0
    while True:
        with transaction.atomic():
            if beat is not None:
                beat()
            values["place"] = draw_places(round.pk, CHUNK if items is None else len(items))
            with connection.cursor() as cursor:
                cursor.execute(query, values)
                made, last = cursor.fetchone()
        total += made
        if made < CHUNK:
            return total
        values["after"] = last


@transaction.atomic
def open_reserved_round(
    *, project: Project, kind: str, overlap: int, people: Mapping[UUID, Sequence[UUID]], now: datetime
) -> Round:
    """Open a round whose items go only to the people named for each: a calibration, or a part of a re-labelling.

    `people` maps item to annotators; at least `overlap` each, or the item can never be complete.
    """
    round_ = Round.objects.create(project=project, kind=kind, overlap=overlap, reserved=True, created_at=now)
    place = draw_places(round_.pk, len(people))
    QueueEntry.objects.bulk_create(
        [QueueEntry(round=round_, item_id=item, overlap=overlap, free=overlap, position=place + offset)
         for offset, item in enumerate(people)],
        batch_size=2000,
    )  # fmt: skip
    Reservation.objects.bulk_create(
        [Reservation(round=round_, item_id=item, annotator_id=user)
         for item, users in people.items() for user in users],
        batch_size=2000,
    )  # fmt: skip
    return round_


@transaction.atomic
def complete_round(*, by: Actor, round: Round) -> int:  # noqa: A002  # the word of the house
    """Close a round: nothing more is given out or taken, its open leases end. Returns how many ended."""
    Round.objects.filter(pk=round.pk).update(state=Round.State.COMPLETE)
    round.state = Round.State.COMPLETE
    leased = Assignment.objects.filter(round=round, state=Assignment.State.LEASED)
    return expire_assignments(list(leased.values_list("pk", flat=True)), Q(), by=by)


@transaction.atomic
def change_overlap(*, by: Actor, round: Round, overlap: int) -> None:  # noqa: A002  # see above
    """Ask for more or fewer answers on each item of a round; slots that are taken already stay taken.

    What becomes available may lie before the marks of people, so those start anew. The former overlap is kept: what
    was complete in an earlier cut stays so.
    """
    locked = Round.objects.select_for_update(no_key=True).get(pk=round.pk)
    taken = F("overlap") - F("free")
    wanted = Greatest(Value(overlap), taken, output_field=IntegerField())
    QueueEntry.objects.filter(round=locked).update(overlap=wanted, free=wanted - taken)
    QueueMark.objects.filter(round=locked).delete()
    before, locked.overlap = locked.overlap or 0, overlap
    locked.save(update_fields=["overlap"])
    change = OverlapChange.objects.create(round=locked, before=before, event=next_event_id())
    append_event(by=by, action="project.changed", project=locked.project_id, object_type="round",
                 object_id=locked.pk, before={"overlap": before}, after={"overlap": overlap},
                 event_id=change.event)  # fmt: skip


_REORDERED = """
    WITH found AS (
        SELECT q.id, row_number() OVER (ORDER BY {order}) AS nth FROM annotation_queueentry q
        WHERE q.round_id = %(round)s AND q.free > 0 AND q.again IS NULL
    )
    UPDATE annotation_queueentry q SET position = %(place)s + found.nth - 1 FROM found
    WHERE q.id = found.id AND q.free > 0 AND q.again IS NULL
"""


@transaction.atomic
def reorder_entries(*, round: Round) -> None:  # noqa: A002  # see above
    """Put the items of a batch's round that wait for a first turn into the order that the batch has now.

    They all get new places at the end of the queue, as whatever becomes available does: marks stay good. What was
    given back keeps its turn before them. Raises OrderFixed where one short transaction could not do it.
    """
    if round.batch is None:
        raise ValueError("only the round of a batch has its order")
    open_ = QueueEntry.objects.filter(round=round, free__gt=0, again=None)
    number = open_.order_by()[: CHUNK + 1].count()
    if number > CHUNK:
        raise OrderFixed(errors=[FieldError("#/order", f"At most {CHUNK:,} waiting items can be put in order anew.")])
    place = draw_places(round.pk, CHUNK)
    order = "md5(q.item_id::text)" if round.batch.order == Batch.Order.RANDOM else "q.item_id"
    with connection.cursor() as cursor:
        cursor.execute(_REORDERED.format(order=order), {"round": round.pk, "place": place})


@transaction.atomic
def repair_counts(*, project: Project | None = None) -> int:
    """Set `free` of each wrong queue entry by what its assignments say. Returns how many were wrong."""
    rounds = wrong_counts(project).order_by("round").values_list("round", flat=True).distinct()
    places = {held: draw_places(held) for held in list(rounds)}  # the rounds first, as everywhere
    wrong = list(wrong_counts(project).filter(round__in=places).select_for_update(of=("self",)).order_by("id"))
    for entry in wrong:
        live = Assignment.objects.filter(round=entry.round_id, item=entry.item_id, state__in=Assignment.LIVE).count()
        overlap = max(entry.overlap, live)
        QueueEntry.objects.filter(pk=entry.pk).update(
            overlap=overlap, free=overlap - live, again=places[entry.round_id]
        )
    return len(wrong)
