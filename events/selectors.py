"""Reads over the log: consistent cuts, the sealed log itself, jobs."""

from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from core.canonical import rfc3339
from events.models import Job, Seal

M = TypeVar("M", bound=Model)


def held_at(
    rows: QuerySet[M],
    *,
    project: UUID,
    as_of: int | None,
    made: str = "event",
    ended: str | None = "ended_event",
) -> QuerySet[M]:
    """The versioned rows that a cut keeps: made at or before `as_of` and not yet superseded or withdrawn.

    `made` and `ended` name the columns that hold event ids. `as_of` None means now: every row not ended.
    """
    if as_of is None:
        return rows.filter(**{f"{ended}": None}) if ended else rows
    sealed = Seal.objects.filter(project=project, seq__lte=as_of)
    rows = rows.filter(Exists(sealed.filter(event_id=OuterRef(made))))
    if ended is None:
        return rows
    return rows.filter(Q(**{ended: None}) | ~Exists(sealed.filter(event_id=OuterRef(ended))))


def sealed_log(project: UUID, after: int = 0) -> QuerySet[Seal]:
    return Seal.objects.filter(project=project, seq__gt=after).select_related("event").order_by("seq")


def get_job(job_id: UUID) -> Job | None:
    return Job.objects.filter(pk=job_id).first()


def job_body(job: Job, now: datetime) -> dict[str, Any]:
    """A job as the API shows it."""
    return {
        "id": str(job.id),
        "kind": job.kind,
        "state": job.state,
        "waiting_for": "worker" if job.is_waiting_for_worker(now) else None,
        "progress": {"done": job.done, "total": job.total},
        "heartbeat_at": rfc3339(job.heartbeat_at) if job.heartbeat_at else None,
        "deadline": rfc3339(job.deadline),
        "error": job.error,
    }
