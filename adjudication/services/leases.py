"""Who holds a case: claims under a lease with a growing fence, by the clock of the database."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from accounts.models import User
from adjudication.errors import AlreadyDecided, CaseDissolved, CaseLeased, LeaseLost, OwnAnnotation
from adjudication.models import Case, CaseOpening
from adjudication.selectors import eligible_cases, project_of_case
from adjudication.services.raising import content_of
from annotation.selectors import has_labelled
from annotation.services import lock_person
from core.errors import NotFound
from events.actor import Actor
from events.services import append_event
from projects.models import Project

LEASE = timedelta(minutes=15)
RETRY_SECONDS = 5


@dataclass(frozen=True)
class NextCase:
    """`reason` says why there is none: `queue_empty`, or `all_leased` and then when to ask again."""

    case: Case | None
    reason: str | None = None
    retry_after: int = 0


def require_not_own(user: User, case: Case) -> None:
    """Raises OwnAnnotation if this person has labelled the item of the case or holds it."""
    if has_labelled(user.pk, case.item_id):
        raise OwnAnnotation


def lock_case(case_id: UUID) -> Case:
    """Raises NotFound."""
    rows = Case.objects.select_related("project", "item", "round").select_for_update(of=("self",))
    case = rows.filter(pk=case_id).first()
    if case is None:
        raise NotFound
    return case


def require_waiting(case: Case) -> None:
    """Raises AlreadyDecided (with where the decision is) or CaseDissolved."""
    if case.state == Case.State.DECIDED:
        decisions = f"/api/v1/cases/{case.pk}/decisions"
        raise AlreadyDecided(headers={"Link": f'<{decisions}>; rel="related"'}, decisions=decisions)
    if case.state == Case.State.DISSOLVED:
        raise CaseDissolved


def require_held(case: Case, user: User, fence: int) -> None:
    """Raises LeaseLost unless this grant is the newest. A lease whose time is over is good until another is given."""
    if case.holder_id != user.pk or case.fence != fence:
        raise LeaseLost


@transaction.atomic
def next_case(*, by: Actor, project: Project, now: datetime) -> NextCase:
    """Give the caller a case: his own first, else the one with the most disagreement times prevalence.

    Never one on an item that he labelled or holds. Open cases come before escalated ones.
    """
    user = by.required
    lock_person(user.pk, project.pk)
    eligible = eligible_cases(project, user)
    own = eligible.filter(holder=user).select_for_update(of=("self",)).select_related("project", "item", "round")
    if (held := own.order_by("pk").first()) is not None:
        return NextCase(held if _is_running(held) else _grant(held, by, now))
    free = eligible.filter(_free())
    for state in (Case.State.OPEN, Case.State.ESCALATED):
        found = _take(free.filter(state=state))
        if found is not None:
            return NextCase(_grant(found, by, now))
    # what is left is leased by others, or locked this very moment by another claim
    return NextCase(None, "all_leased" if eligible.exists() else "queue_empty", RETRY_SECONDS)


def _is_running(case: Case) -> bool:
    return Case.objects.filter(pk=case.pk, expires_at__gt=Now()).exists()


def _free() -> Q:
    return Q(holder=None) | Q(expires_at__lte=Now()) | Q(expires_at=None)


def _take(rows: QuerySet[Case]) -> Case | None:
    locked = rows.select_for_update(skip_locked=True, of=("self",)).select_related("project", "item", "round")
    return locked.order_by("-weight", "pk").first()


@transaction.atomic
def claim_case(*, by: Actor, case_id: UUID, now: datetime) -> Case:
    """Lease one case to the caller for 15 minutes. A claim of a case that he holds is the same lease again.

    Raises:
        NotFound, OwnAnnotation, AlreadyDecided, CaseDissolved.
        CaseLeased: somebody else holds it and his time is not over.
    """
    user = by.required
    project = project_of_case(case_id)
    if project is None:
        raise NotFound
    lock_person(user.pk, project)
    case = lock_case(case_id)
    require_not_own(user, case)
    require_waiting(case)
    running = _is_running(case)
    if running and case.holder_id == user.pk:
        return case
    if running and case.holder_id is not None:
        raise CaseLeased(headers={"Retry-After": str(RETRY_SECONDS)})
    return _grant(case, by, now)


def _grant(case: Case, by: Actor, now: datetime) -> Case:
    user = by.required
    Case.objects.filter(pk=case.pk).update(holder=user, expires_at=Now() + LEASE, fence=F("fence") + 1)
    case.refresh_from_db(fields=["holder", "expires_at", "fence"])
    record_openings(user=user, cases=[case], now=now)
    append_event(
        by=by, action="case.claimed", project=case.project_id, object_type="case", object_id=case.pk,
        item=case.item_id, after=content_of(case) | {"fence": case.fence},
    )  # fmt: skip
    return case


def record_openings(*, user: User, cases: Iterable[Case], now: datetime) -> None:
    """Note that this person was shown the answers of these cases: their items are never given him to label."""
    CaseOpening.objects.bulk_create(
        [CaseOpening(case_id=case.pk, item_id=case.item_id, user=user, at=now) for case in cases],
        ignore_conflicts=True,
    )


@transaction.atomic
def renew_case(*, by: Actor, case_id: UUID, fence: int) -> Case:
    """Start the 15 minutes again. Raises LeaseLost, AlreadyDecided, CaseDissolved, OwnAnnotation."""
    case = lock_case(case_id)
    require_not_own(by.required, case)
    require_waiting(case)
    require_held(case, by.required, fence)
    Case.objects.filter(pk=case.pk).update(expires_at=Now() + LEASE)
    case.refresh_from_db(fields=["expires_at"])
    return case


@transaction.atomic
def release_case(*, by: Actor, case_id: UUID, fence: int) -> None:
    """Give a case back to the queue. Raises LeaseLost, AlreadyDecided, CaseDissolved."""
    case = lock_case(case_id)
    require_waiting(case)
    require_held(case, by.required, fence)
    Case.objects.filter(pk=case.pk).update(holder=None, expires_at=None)
