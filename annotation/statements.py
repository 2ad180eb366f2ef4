"""What labeling asks and writes with every request, compiled once: see `core.compiled`."""

from collections.abc import Hashable, Sequence
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from annotation import selectors
from annotation.models import Annotation, Assignment, QueueEntry, Round
from annotation.selectors import bars
from core.compiled import Compiled, inserted, inserted_with, mark_stored, run_as_one
from events.models import Event
from intake.models import Item
from projects.models import Project

State = Assignment.State
Q_AGAIN = Q(state=State.LEASED) | Q(state=State.WITHDRAWN) | Q(state=State.EXPIRED, draft__isnull=False)
TEXTS_OF_VERSION = tuple(f"guideline_version__{name}" for name in ("clauses", "label_schema", "note"))
"""Read only when asked for: what is worked out of them is kept for each version."""
MOST_ROUNDS = 200


def _in_hand(user: UUID, project: UUID) -> QuerySet[Assignment]:
    rows = Assignment.objects.filter(Q_AGAIN, annotator=user, round__in=selectors.served_rounds(Project(id=project)))
    rows = rows.filter(state__in=[State.LEASED, State.EXPIRED, State.WITHDRAWN])
    rows = rows.select_related("round", "item", "guideline_version").defer(*TEXTS_OF_VERSION)
    return rows.order_by("id")[:200]


in_hand = Compiled(_in_hand, user=UUID, project=UUID)
"""A person's open assignments, and former ones to continue: withdrawn, or expired with a draft."""


def _rounds(kind: str, step: int, _bars: Hashable, user: UUID, project: UUID) -> QuerySet[Round]:
    return selectors.rounds_in_order(User(id=user, kind=kind), Project(id=project), step=step)[:MOST_ROUNDS]


_rounds_in_order = Compiled(_rounds, user=UUID, project=UUID)


def rounds_in_order(user: User, project: Project, *, step: int) -> list[Round]:
    """`selectors.rounds_in_order`, the first of them."""
    found = _rounds_in_order(str(user.kind), step, _bars(), user=user.pk, project=project.pk)
    for round_ in found:
        round_.project = project
    return found


def _entries(place: str, number: int, _bars: Hashable, user: UUID, round_id: UUID, mark: int) -> QuerySet[QueueEntry]:
    (lane,) = (lane for lane in selectors.LANES if lane.place == place)
    round_ = Round(id=round_id)
    setattr(round_, f"mark_{place}", mark)
    entries = selectors.entries_behind_mark(User(id=user), round_, lane)
    return entries.select_for_update(skip_locked=True, of=("self",))[:number]


_lock_entries = Compiled(_entries, user=UUID, round_id=UUID, mark=int)
_items = Compiled(lambda items: Item.objects.filter(pk__in=[items]), items=UUID)


def lock_entries(user: User, round_: Round, lane: selectors.Lane, number: int) -> list[QueueEntry]:
    """Lock the first of `selectors.entries_behind_mark` that nobody else has locked.

    Their items are read by a statement of their own: beside the estimate of this search, one by an index and a scan
    of all items look alike to the planner.
    """
    mark = getattr(round_, f"mark_{lane.place}")
    found = _lock_entries(lane.place, number, _bars(), user=user.pk, round_id=round_.pk, mark=mark)
    items = {item.pk: item for item in _items(items=[entry.item_id for entry in found])} if found else {}
    for entry in found:
        entry.round, entry.item = round_, items[entry.item_id]
    return found


def _bars() -> Hashable:
    """What higher floors have registered is a part of the statements."""
    return (*bars.item_bars, *bars.unit_bars)


slots_of = Compiled(
    lambda rounds, items: (
        Assignment.objects.filter(round__in=[rounds], item__in=[items])
        .exclude(state__in=[State.RELEASED, State.LOST])
        .defer("draft")
    ),
    rounds=UUID, items=UUID,
)  # fmt: skip
"""Every assignment that says something about the slots of these items in these rounds."""


def write_grants(made: Sequence[Assignment], entries: Sequence[int], events: Sequence[Event]) -> None:
    """New assignments with their events; one slot of each of these locked entries is taken."""
    taken = "UPDATE annotation_queueentry SET free = free - 1, fence = fence + 1 WHERE id = ANY(%s)"
    run_as_one(inserted(made), taken=(taken, [list(entries)]), told=inserted(events))
    mark_stored(made)


def _entry_of(assignment: UUID, user: UUID) -> QuerySet[QueueEntry]:
    own = Assignment.objects.filter(pk=assignment, annotator=user, round=OuterRef("round"), item=OuterRef("item"))
    return QueueEntry.objects.filter(Exists(own)).select_for_update(of=("self",))


lock_entry_of = Compiled(_entry_of, assignment=UUID, user=UUID)
"""The queue entry behind a person's own assignment, locked."""

held_assignment = Compiled(
    lambda assignment: (
        Assignment.objects.filter(pk=assignment)
        .select_related("round", "item", "guideline_version", "suggestion")
        .defer(*TEXTS_OF_VERSION)
    ),
    assignment=UUID,
)
"""An assignment with what a submit needs to know of it."""


def write_submit(annotation: Annotation, event: Event, assignment: Assignment) -> None:
    """The event, the annotation that names it, and the end of the locked assignment, whose draft goes."""
    told, params = inserted([event])
    ended = "UPDATE annotation_assignment SET state = %s, ended_at = %s, draft = NULL WHERE id = %s"
    sql, values = inserted_with(annotation, "told", event="id")
    ((annotation.event,),) = run_as_one(
        (f"{sql} RETURNING event", values),
        told=(f"{told} RETURNING id", params),
        ended=(ended, [assignment.state, assignment.ended_at, assignment.pk]),
    )
    mark_stored([annotation])
