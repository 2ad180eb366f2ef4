"""Giving out work: what an annotator is given next, and how a slot is claimed.

The cost of a claim does not depend on the size of the project or on how much the annotator has done: partial indexes
hold only entries with a free slot, and a `QueueMark` for each round and annotator lets the search start behind what
holds nothing for that person. The mark is safe because places only grow, under a lock of the round's row: whatever
becomes free again stands behind every mark (see `slots.draw_places`).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from accounts.models import User
from annotation import statements
from annotation.errors import NoGuideline
from annotation.models import Assignment, QueueEntry, QueueMark, Round
from annotation.selectors import (
    LANES,
    Lane,
    entries_behind_mark,
    is_barred,
    newest_semantic,
    next_expiry,
    quota_left,
    served_for,
)
from annotation.services.gold import hidden_round, is_golds_turn, lock_hidden_entry, told_before
from annotation.services.leases import expire_leases
from annotation.services.modelling import WAIT, prepare_model_rounds
from annotation.services.sides import sides_for
from annotation.services.slots import event_of_assignment, expire_assignments, lock_person, lock_rounds
from annotation.services.suggesting import pin_suggestions
from annotation.services.training import EVERYTHING, Admission, admit
from events.actor import Actor
from guidelines import selectors as guidelines
from guidelines.models import GuidelineVersion
from projects.models import Project

State = Assignment.State
MOST_OPEN = 10
LONGEST_WAIT = 5
ROUNDS_AT_ONCE, MOST_ROUNDS = 4, 200
MARK_STEP = 32
"""A mark is moved only when it saves looking at so many places: otherwise each claim would write one."""


@dataclass(frozen=True)
class NextAnswer:
    """Open assignments of the caller, and why there are not as many as he asked for."""

    assignments: list[Assignment]
    reason: str | None
    retry_after: int | None
    server_now: datetime


class Grant(NamedTuple):
    """A locked queue entry to be given out, with the assignment it continues, if any.

    `told_round` is the round that is told of a hidden gold item.
    """

    entry: QueueEntry
    former: Assignment | None = None
    told_round: UUID | None = None


@dataclass(frozen=True)
class Claim:
    """For whom slots are claimed, and what the new assignments will say."""

    user: User
    project: Project
    version: GuidelineVersion
    by: Actor
    at: datetime
    admission: Admission = EVERYTHING

    def is_admitted(self, round_: Round) -> bool:
        """Whether something of this round may be given: practice before all else, and only while it is asked for."""
        practice = self.admission.practice
        return round_.kind != Round.Kind.TRAINING if practice is None else round_.pk == practice

    @property
    def expires_at(self) -> datetime:
        return self.at + timedelta(seconds=self.project.lease_seconds)


def next_assignments(*, user: User, project: Project, count: int = 1, by: Actor, now: datetime) -> NextAnswer:
    """Up to `count` open assignments: the caller's own first, then new ones.

    Ended leases are noticed here when nothing else is left, so that no item waits for the sweep. Must not be called
    with queue entries locked.

    Raises:
        NoGuideline: the project has no published guideline.
    """
    version, is_read = guidelines.version_for(user, project)
    if version is None:
        raise NoGuideline
    if user.kind not in (User.Kind.PERSON, User.Kind.MODEL):
        return NextAnswer([], "not_qualified", None, now)
    if not is_read:
        return NextAnswer([], "acknowledgement_required", None, now)
    count = max(1, min(count, MOST_OPEN))
    answer = _serve(user, project, version, count, by)
    if not answer.assignments and expire_leases(project=project):
        answer = _serve(user, project, version, count, by)
    lacks_rounds = user.kind == User.Kind.MODEL and not answer.assignments
    if lacks_rounds and prepare_model_rounds(project=project, model=user, by=by, now=now):
        return NextAnswer([], "all_leased", WAIT, now)
    return answer


@transaction.atomic
def _serve(user: User, project: Project, version: GuidelineVersion, count: int, by: Actor) -> NextAnswer:
    at = lock_person(user.pk, project.pk)
    admission = admit(user=user, project=project, version=version, by=by, now=at)
    if admission.refused:
        return NextAnswer([], "not_qualified", None, at)
    claim = Claim(user, project, version, by, at, admission)
    held, former = _in_hand(claim)
    missing = count - len(held)
    given = _resume(claim, former[:missing]) if missing > 0 else []
    if missing > len(given):
        given += _claim_mixed(claim, missing - len(given))
    found = (held + given)[:count]
    if len(found) == count:
        return NextAnswer(found, None, None, claim.at)
    reason, wait = _why_no_more(claim)
    return NextAnswer(found, reason, wait, claim.at)


def _in_hand(claim: Claim) -> tuple[list[Assignment], list[Assignment]]:
    """The person's open assignments, and former ones to continue: withdrawn, or expired with a draft.

    An open one whose time is over but whose slot is still his is extended; one that nobody has begun and that pins
    an older meaning is ended.
    """
    found = [a for a in statements.in_hand(user=claim.user.pk, project=claim.project.pk) if claim.is_admitted(a.round)]
    for assignment in found:
        assignment.round.project = claim.project
    held = [a for a in found if a.state == State.LEASED]
    former = [a for a in reversed(found) if a.state != State.LEASED]
    unlike = [a for a in held if a.draft is None and a.guideline_version_id != claim.version.pk]
    if unlike:
        newest = newest_semantic(claim.project)
        outdated = [a for a in unlike if (a.guideline_version.number or 0) < newest]
        expire_assignments([a.pk for a in outdated], Q(draft__isnull=True), by=claim.by)
        held = [a for a in held if a not in outdated]
    if late := [a for a in held if a.expires_at < claim.at]:
        Assignment.objects.filter(pk__in=[a.pk for a in late], state=State.LEASED).update(expires_at=claim.expires_at)
        for assignment in late:
            assignment.expires_at = claim.expires_at
    return held, former


def _resume(claim: Claim, former: Sequence[Assignment]) -> list[Assignment]:
    """Give the person's own former slots back to him first, where they are still free."""
    former = _still_his(claim, former)
    if not former:
        return []
    lock_rounds(a.round_id for a in former if a.round.kind == Round.Kind.GOLD)  # turns are drawn from it later
    wanted = Q()
    for assignment in former:
        wanted |= Q(round=assignment.round_id, item=assignment.item_id)
    entries = QueueEntry.objects.filter(wanted, free__gt=0).select_for_update(skip_locked=True, of=("self",))
    by_place = {(a.round_id, a.item_id): a for a in former}
    locked = list(entries.select_related("item", "round__project").order_by("id"))
    grants = [
        Grant(entry, by_place[entry.round_id, entry.item_id])
        for entry in locked
        if not is_barred(claim.user.pk, entry.round_id, entry.item_id)
    ]
    return _grant(claim, grants)


def _still_his(claim: Claim, former: Sequence[Assignment]) -> list[Assignment]:
    """Those whose batch is still meant for this person, as many of each as his quota leaves."""
    if not former:
        return []
    rounds = served_for(claim.user, claim.project).filter(pk__in={a.round_id for a in former})
    found = {round_.pk: [quota_left(claim.user, round_)] for round_ in rounds.annotate(quota=F("batch__quota"))}
    kept = []
    for assignment in former:
        if found.get(assignment.round_id, [0])[0] > 0:
            found[assignment.round_id][0] -= 1
            kept.append(assignment)
    return kept


def _claim_mixed(claim: Claim, number: int) -> list[Assignment]:
    """New work, hidden gold items among it at the rate of the policy: nothing tells them apart."""
    rate = claim.admission.hidden_rate
    if not rate:
        return _claim_new(claim, number)
    round_, given = hidden_round(claim.user, claim.project), list[Assignment]()
    ordinary = 0
    for _ in range(number):
        if not is_golds_turn(claim.user, claim.project, round_, rate):
            ordinary += 1
            continue
        given += _claim_new(claim, ordinary)
        hidden = _claim_hidden(claim, round_)
        given, ordinary = given + hidden, 0 if hidden else 1
    return given + (_claim_new(claim, ordinary) if ordinary else [])


def _claim_hidden(claim: Claim, round_: Round) -> list[Assignment]:
    """One hidden gold item, if the work that comes next is such as it can be hidden among.

    A calibration or a re-labelling is no such work: its items carry no suggestion and are of a chosen kind.
    """
    around = _rounds_with_work(claim)[:1]
    if not around or around[0].kind != Round.Kind.PRODUCTION:
        return []
    entry = lock_hidden_entry(claim.user, round_, guidelines.label_schema_of(claim.version))
    if entry is None:
        return []
    told = told_before(claim.user, round_, entry.item_id) or around[0].pk
    return _grant(claim, [Grant(entry, told_round=told)])


def _claim_new(claim: Claim, number: int) -> list[Assignment]:
    given: list[Assignment] = []
    for round_ in _rounds_with_work(claim):
        for lane in LANES:
            missing = min(number - len(given), quota_left(claim.user, round_))
            if missing > 0 and getattr(round_, f"has_{lane.place}"):
                entries = _lock_in_lane(claim, round_, lane, missing)
                given += _grant(claim, [Grant(entry) for entry in entries])
    return given


def _rounds_with_work(claim: Claim) -> list[Round]:
    """The first rounds in serving order that hold something for the person; his marks in the others move to the end.

    The marks, what lies behind them and the last place come from one statement: whatever it did not see will stand
    behind that place.
    """
    found = statements.rounds_in_order(claim.user, claim.project, step=MARK_STEP)
    for round_ in found:
        for lane in LANES:
            if not getattr(round_, f"has_{lane.place}"):
                _move_mark(claim.user, round_, lane, round_.last_place)
    held = [r for r in found if r.has_again or r.has_position]  # type: ignore[attr-defined]
    return [r for r in held if claim.is_admitted(r)][:ROUNDS_AT_ONCE]


def _lock_in_lane(claim: Claim, round_: Round, lane: Lane, number: int) -> list[QueueEntry]:
    """Lock the next entries that nobody else is claiming right now, and move the person's mark when that saves work."""
    locked = statements.lock_entries(claim.user, round_, lane, number)
    if not locked or getattr(locked[0], lane.place) - getattr(round_, f"mark_{lane.place}") > MARK_STEP:
        # Entries that others had locked were passed over, so the mark must not follow what was claimed here.
        first = entries_behind_mark(claim.user, round_, lane).values_list(lane.place, flat=True).first()
        _move_mark(claim.user, round_, lane, first - 1 if first is not None else round_.last_place)
    return locked


def _move_mark(user: User, round_: Round, lane: Lane, place: int) -> None:
    if place - getattr(round_, f"mark_{lane.place}") < MARK_STEP:
        return
    QueueMark.objects.bulk_create(
        [QueueMark(round=round_, annotator=user, **{lane.place: place})],
        update_conflicts=True, unique_fields=["round", "annotator"], update_fields=[lane.place],
    )  # fmt: skip


def _grant(claim: Claim, grants: Sequence[Grant]) -> list[Assignment]:
    """Turn locked entries into assignments. What changed between the search and the lock is passed over."""
    if not grants:
        return []
    known = _slots_of(g.entry for g in grants)
    made: list[Assignment] = []
    taken_from: list[int] = []
    stale: list[UUID] = []
    for grant in grants:
        rows = known[grant.entry.round_id, grant.entry.item_id]
        former = grant.former.pk if grant.former else None
        mine = [a for a in rows if a.annotator_id == claim.user.pk]
        taken = {a.slot for a in rows if a.state in Assignment.LIVE}
        open_slots = [s for s in range(1, grant.entry.overlap + 1) if s not in taken]
        changed = former is not None and former not in {a.pk for a in mine if a.state not in Assignment.DONE}
        if changed or not open_slots or any(a.state in Assignment.DONE for a in mine):
            continue
        ended = [a for a in rows if a.state in {State.EXPIRED, State.WITHDRAWN}]
        # an ended lease stays good while its slot is free, so slots that nobody claims go first
        claimed = {a.slot for a in ended if a.annotator_id != claim.user.pk}
        slot = min(open_slots, key=lambda s: (s in claimed, s))
        made.append(_new_assignment(claim, grant, slot))
        taken_from.append(grant.entry.pk)
        stale += [a.pk for a in ended if a.slot == slot or a.annotator_id == claim.user.pk]
    pin_suggestions(project=claim.project, version=claim.version, made=made)
    _write_grants(claim, made, taken_from, stale)
    return made


def _slots_of(entries: Iterable[QueueEntry]) -> Mapping[tuple[UUID, UUID], list[Assignment]]:
    """All assignments of these entries, read after their locks were taken."""
    places = [(e.round_id, e.item_id) for e in entries]
    rows = statements.slots_of(rounds=list({r for r, _ in places}), items=[item for _, item in places])
    found: dict[tuple[UUID, UUID], list[Assignment]] = defaultdict(list)
    for assignment in rows:
        found[assignment.round_id, assignment.item_id].append(assignment)
    return found


def _new_assignment(claim: Claim, grant: Grant, slot: int) -> Assignment:
    former = grant.former
    same = former is not None and former.guideline_version_id == claim.version.pk
    return Assignment(
        round=grant.entry.round, item=grant.entry.item, annotator=claim.user, guideline_version=claim.version,
        slot=slot, fence=grant.entry.fence + 1, expires_at=claim.expires_at, created_at=claim.at,
        draft=former.draft if former is not None and same else None,
        suggestion_id=former.suggestion_id if former is not None else None,
        told_round_id=former.told_round_id if former is not None else grant.told_round,
        sides=sides_for(entry=grant.entry, annotator=claim.user.pk, version=claim.version),
    )  # fmt: skip


def _write_grants(claim: Claim, made: Sequence[Assignment], entries: Sequence[int], stale: Sequence[UUID]) -> None:
    if not made:
        return
    if stale:
        Assignment.objects.filter(pk__in=stale).update(state=State.LOST)
    events = [event_of_assignment(assignment, by=claim.by, action="assignment.leased") for assignment in made]
    statements.write_grants(made, entries, events)


def _why_no_more(claim: Claim) -> tuple[str, int]:
    """`all_leased` with the seconds until something may come back (at most 5), else `queue_empty`."""
    if claim.admission.practice is not None:
        return "queue_empty", LONGEST_WAIT  # the rest of his practice is in hand
    if _rounds_with_work(claim):
        return "all_leased", 1  # others are claiming these entries at this moment
    ends = next_expiry(served_for(claim.user, claim.project), claim.user)
    if ends is None:
        return "queue_empty", LONGEST_WAIT
    wait = ceil((ends - claim.at).total_seconds())
    return "all_leased", max(1, min(LONGEST_WAIT, wait))
