"""What a holder does with a lease besides submitting: renew, release, skip, keep a draft; and how leases end."""

from collections.abc import Mapping
from datetime import timedelta
from types import EllipsisType
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from annotation.errors import DraftChanged
from annotation.models import Assignment, Round
from annotation.selectors import newest_semantic
from annotation.services.slots import (
    announce_assignment,
    draw_places,
    expire_assignments,
    free_slot,
    lock_slot,
    own_assignment,
    require_open,
    take_up_again,
)
from annotation.services.training import settle_practice
from core.canonical import canonical_json
from core.errors import TooLarge
from events.actor import SYSTEM, Actor
from events.services import database_now
from projects.models import Membership, Project, Role

State = Assignment.State
LARGEST_DRAFT = 64 * 1024
CHUNK = 100


@transaction.atomic
def renew_assignment(*, by: Actor, assignment_id: UUID, fence: int) -> Assignment:
    """Extend a lease by the project's lease time, on the database's clock. An expired one is taken up again.

    Raises NotFound, LeaseLost, AlreadySubmitted.
    """
    assignment = own_assignment(by.required.id, assignment_id)
    entry = lock_slot(assignment, fence)
    require_open(assignment)
    take_up_again(assignment, entry, by=by, announce=True)
    assignment.expires_at = database_now() + timedelta(seconds=assignment.round.project.lease_seconds)
    assignment.save(update_fields=["expires_at"])
    return assignment


@transaction.atomic
def save_draft(
    *, by: Actor, assignment_id: UUID, fence: int, answers: Mapping[str, Any],
    remarks: Mapping[str, Any] | None = None, base: Mapping[str, Any] | EllipsisType | None = ...,
) -> Assignment:  # fmt: skip
    """Keep unsent answers, with the remarks to them. They are not checked: a draft may be half done.

    `base` is the draft that the writer last saw, None for none: with it another window's draft is not written over.

    Raises NotFound, TooLarge, LeaseLost (the draft saved before is kept), AlreadySubmitted, DraftChanged.
    """
    draft = {"answers": dict(answers), **(remarks or {})}
    if len(canonical_json(draft["answers"])) > LARGEST_DRAFT:
        raise TooLarge("A draft may have at most 64 kB.")
    assignment = own_assignment(by.required.id, assignment_id)
    held = Assignment.objects.filter(pk=assignment.pk, fence=fence, state=State.LEASED)
    if base is not ...:
        held = held.filter((Q(draft__isnull=True) if base is None else Q(draft=base)) | Q(draft=draft))
    if held.update(draft=draft):
        assignment.draft = draft
        return assignment
    entry = lock_slot(assignment, fence)
    require_open(assignment)
    if base is not ... and assignment.draft not in (base, draft):
        raise DraftChanged(draft=assignment.draft)
    take_up_again(assignment, entry, by=by, announce=True)
    assignment.draft = draft
    assignment.expires_at = database_now() + timedelta(seconds=assignment.round.project.lease_seconds)
    assignment.save(update_fields=["draft", "expires_at"])
    return assignment


@transaction.atomic
def release_assignment(*, by: Actor, assignment_id: UUID, fence: int) -> None:
    """Give the item back; it may come again, after the others. Doing it twice is as good as once.

    Raises NotFound, LeaseLost, AlreadySubmitted.
    """
    assignment = own_assignment(by.required.id, assignment_id)
    place = draw_places(assignment.round_id)
    entry = lock_slot(assignment, fence)
    if assignment.state == State.RELEASED:
        return
    require_open(assignment)
    free_slot(assignment, entry, state=State.RELEASED, place=place, to_the_end=True)
    announce_assignment(assignment, by=by, action="assignment.released")


@transaction.atomic
def skip_assignment(*, by: Actor, assignment_id: UUID, fence: int, reason: str = "") -> None:
    """Pass the item on: it never comes back to this annotator in the round. Doing it twice is as good as once.

    Raises NotFound, LeaseLost, AlreadySubmitted.
    """
    assignment = own_assignment(by.required.id, assignment_id)
    place = draw_places(assignment.round_id)
    entry = lock_slot(assignment, fence)
    if assignment.state == State.SKIPPED:
        return
    require_open(assignment)
    assignment.skip_reason = reason
    free_slot(assignment, entry, state=State.SKIPPED, place=place)
    announce_assignment(assignment, by=by, action="assignment.skipped")
    if assignment.round.kind == Round.Kind.TRAINING:
        settle_practice(assignment.round, user=by.required, by=by, now=database_now())


def expire_leases(*, limit: int = CHUNK, project: Project | None = None) -> int:
    """End leases whose time is over, and those of people who may not label any more. Returns how many.

    Safe in several copies at once. Each ends with `assignment.expired`; its slot is offered again, and its holder
    may still submit until somebody is given it.
    """
    rows = Assignment.objects.filter(state=State.LEASED, round__state=Round.State.OPEN)
    if project is not None:
        rows = rows.filter(round__project=project)
    labels = Membership.objects.filter(
        project=OuterRef("round__project"), user=OuterRef("annotator"), roles__contains=[Role.ANNOTATOR]
    )
    over = Q(expires_at__lt=Now())
    gone = Q(annotator__is_active=False) | ~Exists(labels) | Q(round__project__archived_at__isnull=False)
    late = list(rows.filter(over).order_by("expires_at").values_list("pk", flat=True)[:limit])
    left = list(rows.filter(gone).values_list("pk", flat=True)[:limit]) if project is None else []
    ended = 0
    if late:
        with transaction.atomic():
            ended += expire_assignments(late, over, by=SYSTEM)
    if left:
        with transaction.atomic():
            ended += expire_assignments(left, Q(), by=SYSTEM)
    return ended


def take_back_unstarted(*, project: Project, by: Actor) -> int:
    """After a change of meaning: end open leases without a draft that pin an older version.

    They end as expired, so whoever has the item on screen may still submit it while its slot is free. Call within a
    transaction.
    """
    outdated = Q(draft__isnull=True, guideline_version__number__lt=newest_semantic(project))
    leased = Assignment.objects.filter(round__project=project, round__state=Round.State.OPEN, state=State.LEASED)
    ids = list(leased.filter(outdated).values_list("pk", flat=True))
    return expire_assignments(ids, Q(draft__isnull=True), by=by)
