"""The pulse of the log, and the doorbell of jobs."""

from collections.abc import Callable
from uuid import UUID

from celery import shared_task

from events import consumers, jobs, services

_sweeps: list[Callable[[], object]] = []


def register_sweep(sweep: Callable[[], object]) -> Callable[[], object]:
    """Register something to be done every few seconds; it must be safe in several copies at once."""
    _sweeps.append(sweep)
    return sweep


@shared_task(name="events.pulse")
def pulse() -> None:
    """Seal what is settled, then let the consumers read it."""
    while services.seal_events() == 2000:
        pass
    consumers.run_consumers()
    services.note_tick()


@shared_task(name="events.sweep")
def sweep() -> None:
    """Find work by the state of the database, never by the broker."""
    jobs.sweep_jobs(now=services.database_now())
    services.forget_old_keys()
    for registered in _sweeps:
        registered()


@shared_task(name="events.run_job")
def run_job(job_id: str) -> None:
    jobs.run(UUID(job_id))
