"""Reads over the log: consistent cuts, the sealed log itself, jobs."""

from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from core.canonical import rfc3339
from core.compiled import run
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


LATELY: Final = 10_000
# By one statement, thus by one snapshot. The zeros keep the planner from walking up an index of all events.
FIRST_BEYOND: Final = """(
    SELECT coalesce(least(
        (SELECT min(s.event_id + 0) FROM events_seal s WHERE s.project = %s AND s.seq > %s),
        (SELECT min(e.id + 0) FROM events_event e WHERE e.project = %s AND e.tx >= %s
            AND NOT EXISTS (SELECT FROM events_seal s WHERE s.event_id = e.id))
    ), 9223372036854775807)
)"""


def unsealed_from() -> int:
    """The first transaction that may hold an event without a seal: whatever is not sealed lies behind the horizon of
    the sealer. It only ever grows.
    """
    ((found,),) = run(
        "SELECT least(coalesce((SELECT position FROM events_cursor WHERE name = 'sealer'), 0),"
        " pg_snapshot_xmin(pg_current_snapshot())::text::bigint)",
        [],
    )
    return int(found)


def is_recent(project: UUID, as_of: int) -> bool:
    """Whether little has happened since a cut."""
    return not Seal.objects.filter(project=project, seq__gt=as_of + LATELY).exists()


def held_recently(rows: QuerySet[M], *, project: UUID, as_of: int) -> QuerySet[M]:
    """What `held_at` keeps of rows of this project, at a cost that does not grow with the log: for recent cuts.

    Events before the first one that the cut does not hold are held by it. Only what came later is looked up.
    """
    beyond: Any = RawSQL(FIRST_BEYOND, [project, as_of, project, unsealed_from()])  # noqa: S611  # fixed text
    sealed = Seal.objects.filter(project=project, seq__lte=as_of)
    made = Q(event__lt=beyond) | Q(Exists(sealed.filter(event_id=OuterRef("event"))))
    kept = Q(ended_event__gte=beyond) & ~Q(Exists(sealed.filter(event_id=OuterRef("ended_event"))))
    return rows.filter(made, Q(ended_event=None) | kept)


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
