"""Long work: enqueue, claim, heartbeat, finish. The Job row is the truth, the broker only a doorbell."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from celery import current_app
from django.conf import settings
from django.db import InterfaceError, connection, transaction
from django.db import OperationalError as LostDatabase
from django.db.models import F, Q
from django.db.models.functions import Now
from kombu import Connection
from kombu.exceptions import KombuError
from kombu.pools import producers
from redis.exceptions import RedisError

from core.errors import ConcordError
from events.actor import Actor
from events.errors import JobCancelled, JobLost, JobNotRunning, QueueFull
from events.models import Job
from events.services import database_now

log = logging.getLogger(__name__)
MOST_WAITING = 5
SILENCE = timedelta(seconds=20)
"""A running job that gave no heartbeat for so long is taken to have lost its worker."""
QUICK = {
    "max_retries": 0, "interval_start": 0, "interval_step": 0, "interval_max": 0,
    "socket_timeout": 0.05, "socket_connect_timeout": 0.05,
}  # fmt: skip
RESEND = timedelta(seconds=10)
"""A queued job whose message was sent so long ago is sent again: the broker may have lost it."""


@dataclass(frozen=True)
class JobRun:
    """One attempt at a job. `beat` and `finish` raise JobLost once another attempt has taken over."""

    id: UUID
    kind: str
    project: UUID
    attempt: int
    arguments: Mapping[str, Any]
    by_id: UUID | None
    request_id: str

    def beat(self, done: int, total: int | None = None) -> None:
        """Report progress, in the caller's transaction if there is one. Raises JobLost or JobCancelled."""
        values: dict[str, Any] = {"done": done, "heartbeat_at": Now()}
        if total is not None:
            values["total"] = total
        self._mine().update(**values) or self._lost()
        if Job.objects.filter(pk=self.id, cancel_requested=True).exists():
            raise JobCancelled

    def finish(self) -> None:
        """Mark the job done in the caller's transaction, so that its last effect and its end are one."""
        self._mine().update(state=Job.State.DONE, finished_at=Now(), heartbeat_at=Now(), error=None) or self._lost()

    def _mine(self) -> Any:
        return Job.objects.filter(pk=self.id, state=Job.State.RUNNING, attempt=self.attempt)

    @staticmethod
    def _lost() -> int:
        raise JobLost


Work = Callable[[JobRun], None]
OnFailure = Callable[[JobRun, ConcordError], None]


@dataclass(frozen=True)
class Kind:
    work: Work
    on_failure: OnFailure | None
    deadline: timedelta


_kinds: dict[str, Kind] = {}


def register_job(
    kind: str, *, deadline: timedelta = timedelta(hours=1), on_failure: OnFailure | None = None
) -> Callable[[Work], Work]:
    """Register the function that carries out jobs of this kind. It must be safe to run again from the start."""

    def add(work: Work) -> Work:
        _kinds[kind] = Kind(work, on_failure, deadline)
        return work

    return add


def enqueue(
    *, kind: str, project: UUID, arguments: Mapping[str, Any], by: Actor, now: datetime, queue: str = "work",  # noqa: ARG001  # deadlines go by the database's clock
    limit: int | None = MOST_WAITING,
) -> Job:  # fmt: skip
    """Write a Job and, once committed, ring the workers. Raises QueueFull when `limit` such jobs already wait."""
    if limit is not None:
        waiting = Job.objects.filter(project=project, kind=kind, state=Job.State.QUEUED).count()
        if waiting >= limit:
            raise QueueFull(headers={"Retry-After": "10"})
    job = Job.objects.create(
        kind=kind, project=project, queue=queue, arguments=dict(arguments), request_id=by.request_id,
        created_by=by.user.id if by.user else None, deadline=database_now() + _kinds[kind].deadline,
    )  # fmt: skip
    transaction.on_commit(lambda: ring(job))
    return job


def _doorbell() -> Connection:
    """A connection that gives up at once: announcing a job must never keep a request waiting."""
    options = dict(settings.CELERY_BROKER_TRANSPORT_OPTIONS) | QUICK
    return Connection(settings.CELERY_BROKER_URL, transport_options=options, connect_timeout=QUICK["socket_timeout"])


def ring(job: Job) -> None:
    """Tell a worker, best effort: a dead broker must never fail a request, the sweep sends again."""
    try:
        with producers[_doorbell()].acquire(block=True, timeout=0.2) as producer:
            current_app.send_task("events.run_job", args=[str(job.id)], queue=job.queue, producer=producer, retry=False)
    except (KombuError, RedisError, OSError) as error:
        log.warning("job %s was not announced: %s", job.id, error)


def run(job_id: UUID) -> None:
    """Claim and carry out one job. Does nothing where somebody else has claimed it."""
    claimed = Job.objects.filter(pk=job_id, state=Job.State.QUEUED).update(
        state=Job.State.RUNNING, attempt=F("attempt") + 1, heartbeat_at=Now()
    )
    if not claimed:
        return
    job = Job.objects.get(pk=job_id)
    attempt, kind = _attempt_of(job), _kinds[job.kind]
    try:
        kind.work(attempt)
    except JobLost:
        log.warning("job %s attempt %s was overtaken", job.id, job.attempt)
    except (LostDatabase, InterfaceError):
        # No end can be written now. The heartbeat stops, so the sweep starts the job again.
        log.exception("job %s lost its database", job.id)
    except JobCancelled as error:
        _fail(attempt, kind, error, Job.State.CANCELLED)
    except ConcordError as error:
        _fail(attempt, kind, error, Job.State.FAILED)
    except Exception:  # the job must end in a state that people can see; the trace goes to the log, never to them
        log.exception("job %s failed", job.id)
        _fail(attempt, kind, _Unforeseen(), Job.State.FAILED)


def _attempt_of(job: Job) -> JobRun:
    return JobRun(job.id, job.kind, job.project, job.attempt, job.arguments, job.created_by, job.request_id)


class _Unforeseen(ConcordError):
    code, status = "internal", 500
    sentence = "Something unforeseen went wrong. The log of the worker says what; the job can be started again."


class _TooLate(ConcordError):
    code, status = "deadline", 504
    sentence = "The job did not end in time. It can be started again."


def _fail(attempt: JobRun, kind: Kind, error: ConcordError, state: str) -> None:
    if connection.needs_rollback:
        connection.set_rollback(False)
    with transaction.atomic():
        running = Job.objects.filter(pk=attempt.id, state=Job.State.RUNNING, attempt=attempt.attempt)
        if running.update(state=state, error=_error_body(error), finished_at=Now()) and kind.on_failure:
            kind.on_failure(attempt, error)


def _error_body(error: ConcordError) -> dict[str, Any]:
    errors = [{"pointer": e.pointer, "detail": e.detail} for e in error.errors]
    return {"code": error.code, "detail": error.detail, "errors": errors}


def sweep_jobs(*, now: datetime) -> int:
    """Send again what a broker or a worker has lost; end what has passed its deadline. Returns jobs touched."""
    overdue = _end_overdue(now)
    silent = Job.objects.filter(state=Job.State.RUNNING, heartbeat_at__lt=now - SILENCE).update(
        state=Job.State.QUEUED, sent_at=now - RESEND * 2
    )
    waiting = list(Job.objects.filter(state=Job.State.QUEUED, sent_at__lt=now - RESEND).order_by("created_at")[:100])
    Job.objects.filter(pk__in=[j.pk for j in waiting]).update(sent_at=now)
    for job in waiting:
        ring(job)
    return overdue + silent + len(waiting)


def _end_overdue(now: datetime) -> int:
    """Let each job that is past its deadline fail as it would have failed by itself."""
    late = Q(state__in=[Job.State.QUEUED, Job.State.RUNNING], deadline__lt=now)
    ended = 0
    for job_id in Job.objects.filter(late).values_list("pk", flat=True)[:100]:
        with transaction.atomic():
            job = Job.objects.select_for_update(skip_locked=True).filter(late, pk=job_id).first()
            if job is not None:
                _end_unstarted(job, _TooLate(), Job.State.FAILED)
                ended += 1
    return ended


def _end_unstarted(job: Job, error: ConcordError, state: str) -> None:
    """End a locked job that no worker will end, and tell its kind."""
    job.state, job.error, job.finished_at = state, _error_body(error), Now()
    job.save()
    kind = _kinds.get(job.kind)
    if kind is not None and kind.on_failure:
        kind.on_failure(_attempt_of(job), error)


def cancel_job(*, job: Job) -> None:
    """Ask a job to stop: at once when queued, at its next heartbeat when running. Raises JobNotRunning."""
    with transaction.atomic():
        locked = Job.objects.select_for_update().get(pk=job.pk)
        if locked.state not in {Job.State.QUEUED, Job.State.RUNNING}:
            raise JobNotRunning
        locked.cancel_requested = True
        if locked.state == Job.State.QUEUED:
            _end_unstarted(locked, JobCancelled(), Job.State.CANCELLED)
        else:
            locked.save()


def resume_job(*, job: Job, now: datetime) -> None:  # noqa: ARG001  # as in enqueue
    """Start a failed or cancelled job again, from what it has already done. Raises JobNotRunning."""
    with transaction.atomic():
        locked = Job.objects.select_for_update().get(pk=job.pk)
        if locked.state not in {Job.State.FAILED, Job.State.CANCELLED}:
            raise JobNotRunning
        locked.state, locked.cancel_requested, locked.error = Job.State.QUEUED, False, None
        locked.sent_at, locked.finished_at = database_now(), None
        locked.deadline = locked.sent_at + _kinds[locked.kind].deadline
        locked.save()
        transaction.on_commit(lambda: ring(locked))
