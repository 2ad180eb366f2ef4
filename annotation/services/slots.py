"""Slots of an item in a round: locking its queue entry, giving slots back, taking an ended lease up again.

Order of locks, so that nobody waits in a circle: the row of the round (only where a slot comes back), then queue
entries, then nothing more. Every change of an assignment's state happens under the lock of its queue entry.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import F, Q
from django.db.models.functions import Now

from annotation import statements
from annotation.errors import AlreadySubmitted, LeaseLost, RoundClosed
from annotation.models import Annotation, Assignment, QueueEntry, Round
from core.compiled import run
from core.errors import NotFound
from events.actor import Actor
from events.models import Event
from events.services import append_events, new_event

State = Assignment.State


def draw_places(round_id: UUID, number: int = 1) -> int:
    """Draw `number` places at the end of a round's queue and return the first of them.

    Locks the row of the round until the transaction ends, so that places become visible in their order: a
    `QueueMark` may rely on nothing turning up before it later.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE annotation_round SET last_place = last_place + %s WHERE id = %s RETURNING last_place",
            [number, round_id],
        )
        return int(cursor.fetchone()[0]) - number + 1


def lock_rounds(ids: Iterable[UUID]) -> None:
    """Lock the rows of rounds ahead of their queue entries, for whoever draws places only afterwards."""
    if wanted := set(ids):
        list(Round.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk").values_list("pk"))


def lock_person(user: UUID, project: UUID) -> datetime:
    """Let one call at a time give this person something in this project. Returns the database's time.

    Taken before any row lock. Cases take it too: nobody is given an item and its case at the same moment.
    """
    at: datetime
    ((_, at),) = run("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1)), clock_timestamp()", [f"{project}:{user}"])
    return at


def own_assignment(user_id: UUID, assignment_id: UUID) -> Assignment:
    """The caller's assignment, with what a change needs. Raises NotFound, also for another annotator's."""
    rows = Assignment.objects.select_related("round__project", "item", "guideline_version")
    found = rows.filter(pk=assignment_id, annotator=user_id).first()
    if found is None:
        raise NotFound
    return found


def lock_slot(assignment: Assignment, fence: int | None) -> QueueEntry:
    """Lock the assignment's queue entry, then read its state anew.

    Raises LeaseLost for a foreign fence, and where the entry of an item that was given back is gone.
    """
    rows = QueueEntry.objects.select_for_update().filter(round=assignment.round_id, item=assignment.item_id)
    entry = rows.first()
    assignment.refresh_from_db(fields=["state", "expires_at", "draft"])
    if entry is None or (fence is not None and fence != assignment.fence):
        raise LeaseLost
    return entry


def lock_held(user_id: UUID, assignment_id: UUID, fence: int) -> tuple[Assignment, QueueEntry]:
    """`own_assignment` and `lock_slot` by two statements: the queue entry first, then the assignment as it is now."""
    entry = statements.lock_entry_of.first(assignment=assignment_id, user=user_id)
    if entry is None:
        own_assignment(user_id, assignment_id)
        raise LeaseLost  # the entry of an item that was given back may be gone
    assignment = statements.held_assignment(assignment=assignment_id)[0]
    if fence != assignment.fence:
        raise LeaseLost
    return assignment, entry


def require_open(assignment: Assignment) -> None:
    """Refuse what cannot be worked on any more. An expired lease passes: its slot is still free.

    Raises AlreadySubmitted, LeaseLost, RoundClosed.
    """
    if assignment.state == State.SUBMITTED:
        raise _already_submitted(assignment)
    if assignment.state not in {State.LEASED, State.EXPIRED}:
        raise LeaseLost
    if assignment.round.state != Round.State.OPEN:
        raise RoundClosed


def _already_submitted(assignment: Assignment) -> AlreadySubmitted:
    """Says where the answer is that the assignment has got already: its author compares it with his."""
    stored = Annotation.objects.filter(assignment=assignment.pk, ended_event=None).first()
    return AlreadySubmitted(annotation=f"/api/v1/annotations/{stored.pk}" if stored else None)


def take_up_again(assignment: Assignment, entry: QueueEntry, *, by: Actor, announce: bool) -> None:
    """Let an expired lease hold its slot again. The slot is free: whoever gives a slot on marks it as lost."""
    if assignment.state != State.EXPIRED:
        return
    if entry.free < 1:
        raise LeaseLost
    QueueEntry.objects.filter(pk=entry.pk).update(free=F("free") - 1)
    assignment.state, assignment.ended_at = State.LEASED, None
    assignment.save(update_fields=["state", "ended_at"])
    if announce:
        announce_assignment(assignment, by=by, action="assignment.leased")


def free_slot(assignment: Assignment, entry: QueueEntry, *, state: str, place: int, to_the_end: bool = False) -> None:
    """End a live assignment and offer its slot again: before the others, or at the end of the queue."""
    if assignment.state in Assignment.LIVE:
        where = {"position": place, "again": None} if to_the_end else {"again": place}
        QueueEntry.objects.filter(pk=entry.pk).update(free=F("free") + 1, **where)
    assignment.state = state
    assignment.ended_at = Now()
    assignment.save(update_fields=["state", "ended_at", "skip_reason"])


def announce_assignment(assignment: Assignment, *, by: Actor, action: str) -> None:
    append_events([event_of_assignment(assignment, by=by, action=action)])


def event_of_assignment(assignment: Assignment, *, by: Actor, action: str) -> Event:
    return new_event(
        by=by, action=action, project=assignment.round.project_id, object_type="assignment", object_id=assignment.id,
        item=assignment.item_id, annotator=assignment.annotator_id, round=assignment.round_id,
        after={"state": assignment.state, "slot": assignment.slot, "fence": assignment.fence},
    )  # fmt: skip


def expire_assignments(ids: Iterable[UUID], still: Q, *, by: Actor) -> int:
    """End these leases where `still` holds under the lock, round by round. Call within a transaction.

    Raises nothing: what has ended meanwhile is passed over.
    """
    wanted = list(Assignment.objects.filter(pk__in=list(ids)).order_by("round", "item"))
    ended = 0
    for round_id in dict.fromkeys(a.round_id for a in wanted):
        ended += _expire_in_round(round_id, [a for a in wanted if a.round_id == round_id], still, by)
    return ended


def _expire_in_round(round_id: UUID, wanted: Sequence[Assignment], still: Q, by: Actor) -> int:
    place = draw_places(round_id, len(wanted))
    items = [a.item_id for a in wanted]
    entries = QueueEntry.objects.select_for_update().filter(round=round_id, item__in=items).order_by("id")
    by_item = {entry.item_id: entry for entry in entries}
    rows = Assignment.objects.filter(still, pk__in=[a.pk for a in wanted], state=State.LEASED)
    ended = list(rows.select_related("round").order_by("expires_at", "id"))
    for offset, assignment in enumerate(ended):
        free_slot(assignment, by_item[assignment.item_id], state=State.EXPIRED, place=place + offset)
        announce_assignment(assignment, by=by, action="assignment.expired")
    return len(ended)
