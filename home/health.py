"""How the installation is doing, with a figure for each part."""

from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone
from kombu import Connection
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from events import consumers, jobs, services
from events.models import Cursor, Job

PULSE_LATE = 15.0
"""Seconds without a tick of the sealer after which the pulse is said to be late."""


def _database() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version'), current_setting('fsync'),"
            " current_setting('full_page_writes'), current_setting('synchronous_commit')"
        )
        version, fsync, pages, commit = cursor.fetchone()
    return {"ok": True, "version": version, "fsync": fsync, "full_page_writes": pages, "synchronous_commit": commit}


def _broker() -> dict[str, Any]:
    options = dict(settings.CELERY_BROKER_TRANSPORT_OPTIONS) | jobs.QUICK | {"socket_timeout": 0.5}
    try:
        with Connection(settings.CELERY_BROKER_URL, transport_options=options, connect_timeout=0.5) as broker:
            broker.ensure_connection(max_retries=1, timeout=1)
    except (KombuError, RedisError, OSError):
        return {"ok": False, "note": "Submits go on; jobs wait until the broker is back."}
    return {"ok": True}


def _blockers() -> list[dict[str, Any]]:
    """Write transactions that have been open for more than two seconds: they hold the log's horizon back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid, extract(epoch FROM now() - xact_start)::float, state FROM pg_stat_activity"
            " WHERE backend_xid IS NOT NULL AND xact_start < now() - interval '2 seconds' ORDER BY xact_start LIMIT 5"
        )
        return [{"pid": pid, "seconds": round(age, 1), "state": state} for pid, age, state in cursor.fetchall()]


def _pulse() -> dict[str, Any]:
    tick = Cursor.objects.filter(name=services.TICK).values_list("moved_at", flat=True).first()
    age = (timezone.now() - tick).total_seconds() if tick else None
    lag = services.seal_lag_seconds()
    return {
        "ok": age is not None and age < PULSE_LATE,
        "seconds_since_tick": None if age is None else round(age, 1),
        "seal_lag_seconds": round(lag, 2),
        "blocked_by": _blockers() if lag > 2 else [],
        "consumers_behind": consumers.lagging_consumers(),
        "consumers_stopped": list(Cursor.objects.exclude(error="").values_list("name", flat=True)),
    }


def _jobs() -> dict[str, Any]:
    active = Job.objects.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING])
    now = timezone.now()
    waiting = [job for job in active.filter(state=Job.State.QUEUED)[:200] if job.is_waiting_for_worker(now)]
    return {
        "ok": not waiting,
        "queued": active.filter(state=Job.State.QUEUED).count(),
        "running": active.filter(state=Job.State.RUNNING).count(),
        "waiting_for_worker": len(waiting),
    }


def readiness() -> dict[str, Any]:
    """`{status, parts}`: `ready`, `degraded` (work goes on, something waits) or `down` (the database is away)."""
    try:
        parts = {"database": _database(), "broker": _broker(), "pulse": _pulse(), "jobs": _jobs()}
    except DatabaseError:
        return {"status": "down", "parts": {"database": {"ok": False}}}
    return {"status": "ready" if all(p["ok"] for p in parts.values()) else "degraded", "parts": parts}
