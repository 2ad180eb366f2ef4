"""Reads over the queue: what is left for somebody, and in which order."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce

from accounts.models import User
from annotation.models import Assignment, QueueEntry, QueueMark, Reservation, Round
from annotation.selectors import bars
from annotation.selectors.rounds import quota_left, served_for, served_rounds
from guidelines.models import GuidelineVersion
from projects.models import Project


def available(entries: QuerySet[QueueEntry], user: User) -> QuerySet[QueueEntry]:
    """The entries with a free slot that `user` may be given: not done, held, skipped, barred or kept for others.

    What excludes an entry is looked up for one entry at a time, by scalar subqueries on purpose: an EXISTS may be
    planned as a join with everything the person has ever done.
    """
    done = Assignment.objects.filter(
        round=OuterRef("round"), item=OuterRef("item"), annotator=user, state__in=Assignment.DONE
    )
    kept = Reservation.objects.filter(round=OuterRef("round"), item=OuterRef("item"), annotator=user)
    entries = entries.filter(free__gt=0).alias(done=_one(done)).filter(done=None)
    entries = entries.filter(Q(round__reserved=False) | Exists(kept))
    entries = entries.alias(elsewhere=_one(_given_elsewhere(user.pk))).filter(elsewhere=None)
    found = [bar(user.id).filter(item=OuterRef("item")) for bar in bars.item_bars]
    found += [bar().filter(round=OuterRef("round"), item=OuterRef("item")) for bar in bars.unit_bars]
    for number, rows in enumerate(found):
        barred = {f"bar_{number}": _one(rows)}
        entries = entries.alias(**barred).filter(**dict.fromkeys(barred))
    return entries


def is_barred(user_id: UUID, round_id: UUID, item_id: UUID) -> bool:
    """Whether a higher floor keeps this person from being given the item in this round."""
    entry = QueueEntry.objects.filter(round=round_id, item=item_id)
    own = any(bar(user_id).filter(item=item_id).exists() for bar in bars.item_bars)
    own = own or entry.filter(Exists(_given_elsewhere(user_id))).exists()
    return own or any(bar().filter(round=round_id, item=item_id).exists() for bar in bars.unit_bars)


def _given_elsewhere(user_id: UUID) -> QuerySet[Assignment]:
    """What somebody was given of an entry's item in a round of another kind, where one of the two rounds is his own.

    An item with a known answer comes to a person once: practised, or hidden, or as real work. Practice may repeat.
    """
    given = Assignment.objects.filter(item=OuterRef("item"), annotator=user_id)
    given = given.exclude(round__kind=OuterRef("round__kind"))
    return given.filter(Q(round__annotator=user_id) | Q(annotator=OuterRef("round__annotator")))


def _one(rows: QuerySet) -> Subquery:
    return Subquery(rows.order_by().values("pk")[:1])


class Lane(NamedTuple):
    """One of the two orders of a round's queue: items with a slot free again, or all others."""

    place: str
    which: Q


LANES = (Lane("again", Q(again__isnull=False)), Lane("position", Q(again=None)))


def rounds_in_order(user: User, project: Project, *, step: int) -> QuerySet[Round]:
    """The served rounds, in serving order, that hold something for `user` behind his marks, with `mark_*` and `has_*`.

    Practice comes first, then calibration and the like, then production; then by the batch's priority, then by age.
    Rounds that hold nothing are among them while a mark could be moved on by `step` places.
    """
    marks = QueueMark.objects.filter(round=OuterRef("pk"), annotator=user)
    rounds = (
        served_for(user, project)
        .exclude(kind=Round.Kind.GOLD)
        .annotate(
            mark_again=Coalesce(Subquery(marks.values("again")), 0),
            mark_position=Coalesce(Subquery(marks.values("position")), 0),
            rank=Case(
                When(kind=Round.Kind.TRAINING, then=0),
                When(kind=Round.Kind.PRODUCTION, then=2),
                default=1,
                output_field=IntegerField(),
            ),
            urgency=Coalesce(F("batch__priority"), F("priority")),
            quota=F("batch__quota"),
        )
    )
    wanted = Q()
    for lane in LANES:
        behind = {f"{lane.place}__gt": OuterRef(f"mark_{lane.place}")}
        entries = QueueEntry.objects.filter(lane.which, round=OuterRef("pk"), **behind)
        rounds = rounds.annotate(**{f"has_{lane.place}": Exists(available(entries, user))})
        late = Q(last_place__gte=F(f"mark_{lane.place}") + step)
        wanted |= Q(**{f"has_{lane.place}": True}) | late
    return rounds.filter(wanted).order_by("rank", "-urgency", "created_at", "id")


def entries_behind_mark(user: User, round_: Round, lane: Lane) -> QuerySet[QueueEntry]:
    """What a round of `rounds_in_order` holds for `user` in one lane, in order."""
    behind = {f"{lane.place}__gt": getattr(round_, f"mark_{lane.place}")}
    entries = QueueEntry.objects.filter(lane.which, round=round_, **behind)
    return available(entries, user).order_by(lane.place)


def newest_semantic(project: Project) -> int:
    """The number of the newest version that changed a meaning; 0 before the first."""
    rows = GuidelineVersion.objects.filter(project=project, state="published", change="semantic")
    return rows.order_by("-number").values_list("number", flat=True).first() or 0


@dataclass(frozen=True)
class Progress:
    """How far one annotator has come. `left` is None when it is more than `MOST_COUNTED`."""

    done: int
    left: int | None
    drafts: int
    in_hand: int


MOST_COUNTED = 1000
DRAWN_AT_ONCE = 20
"""So many hidden gold items are drawn for a person at a time."""


def progress(user: User, project: Project) -> Progress:
    rounds = served_rounds(project)
    mine = Assignment.objects.filter(annotator=user, round__in=rounds)
    leased = mine.filter(state=Assignment.State.LEASED)
    left = in_hand = leased.count()
    for round_ in rounds_in_order(user, project, step=MOST_COUNTED):
        room = quota_left(user, round_)
        for lane in LANES:
            if left <= MOST_COUNTED and getattr(round_, f"has_{lane.place}"):
                found = entries_behind_mark(user, round_, lane).order_by()[: min(room, MOST_COUNTED + 1)].count()
                left, room = left + found, room - found
    if left > in_hand:
        # counted among the others, or an answer to one would be the only one that takes nothing off what is left
        own = Round.objects.filter(project=project, annotator=user, kind=Round.Kind.GOLD)
        left += QueueEntry.objects.filter(round__in=own, free__gt=0)[:DRAWN_AT_ONCE].count()
    return Progress(
        done=mine.filter(state=Assignment.State.SUBMITTED).count(),
        left=left if left <= MOST_COUNTED else None,
        drafts=leased.filter(draft__isnull=False).count(),
        in_hand=in_hand,
    )


def wrong_counts(project: Project | None = None) -> QuerySet[QueueEntry]:
    """Queue entries whose `free` is not their overlap less the slots taken: there must be none."""
    entries = QueueEntry.objects.filter(round__project=project) if project else QueueEntry.objects.all()
    live = Assignment.objects.filter(round=OuterRef("round"), item=OuterRef("item"), state__in=Assignment.LIVE)
    number = live.order_by().values("round").annotate(number=Count("pk")).values("number")
    return entries.annotate(live=Coalesce(Subquery(number), 0)).exclude(free=F("overlap") - F("live"))


def next_expiry(rounds: QuerySet[Round], user: User) -> datetime | None:
    """When the first lease ends that others hold on an item this person may still be given; None without one."""
    mine = Assignment.objects.filter(
        round=OuterRef("round"), item=OuterRef("item"), annotator=user, state__in=Assignment.DONE
    )
    rows = Assignment.objects.filter(round__in=rounds, state=Assignment.State.LEASED).filter(~Exists(mine))
    return rows.order_by("expires_at").annotate(ends=F("expires_at")).values_list("ends", flat=True).first()
