"""Removing what an import loaded and never showed, in short transactions."""

from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from annotation.imports.requests import JOB
from annotation.models import Round
from events.errors import JobCancelled, JobLost
from events.jobs import JobRun
from events.models import Job
from intake.models import Batch, Import
from intake.services import delete_loading_items

AT_ONCE = 1000
STEPS_OF_A_SWEEP = 20
Pause = Callable[[], None]
"""Called between two short transactions."""


class _Enough(Exception):
    """The sweep has done its share; the next one goes on."""


def clear_loading(project: UUID, pause: Pause) -> None:
    """Remove every loading batch and round of imports in the project. Call with the project's import lock held:
    whatever is loading then belongs to an attempt that has ended."""
    hidden = Q(kind=Round.Kind.IMPORT, state=Round.State.LOADING) | Q(batch__state=Batch.State.LOADING)
    for labels in Round.objects.filter(hidden, project_id=project):
        for table in ("annotation_annotation", "annotation_queueentry"):
            _delete_rows(table, labels, pause)
        labels.delete()
    for batch in Batch.objects.filter(project_id=project, state=Batch.State.LOADING):
        Import.objects.filter(batch=batch).update(batch=None)
        while delete_loading_items(batch.id, AT_ONCE):
            pause()
        batch.delete()


def _delete_rows(table: str, labels: Round, pause: Pause) -> None:
    """Empty a round that nobody has seen, in plain SQL: nothing refers to its rows."""
    some = f"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE round_id = %s LIMIT %s)"  # noqa: S608  # fixed names
    while True:
        with connection.cursor() as cursor:
            cursor.execute(some, [labels.id, AT_ONCE])
            if not cursor.rowcount:
                return
        pause()


def beat_between(run: JobRun) -> Pause:
    """A sign of life; a job that is to end, or has ended, still clears up behind itself."""

    def beat() -> None:
        with suppress(JobCancelled, JobLost), transaction.atomic():
            run.beat(0)

    return beat


def try_import_lock(project: UUID) -> bool:
    """Take the session's lock on imports of the project, unless another session holds it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [f"import:{project}"])
        return bool(cursor.fetchone()[0])


def drop_import_lock(project: UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [f"import:{project}"])


def sweep_leftovers() -> None:
    """Remove what the imports of jobs left that ended without their worker: a few thousand rows each time."""
    rows = Batch.objects.filter(state=Batch.State.LOADING)
    for project in rows.values_list("project", flat=True).distinct()[:STEPS_OF_A_SWEEP]:
        active = Job.objects.filter(project=project, kind=JOB, state__in=[Job.State.QUEUED, Job.State.RUNNING])
        if active.exists() or not try_import_lock(project):
            continue
        try:
            with suppress(_Enough):
                clear_loading(project, _counted(STEPS_OF_A_SWEEP))
        finally:
            drop_import_lock(project)


def _counted(steps: int) -> Pause:
    left = iter(range(steps))

    def pause() -> None:
        if next(left, None) is None:
            raise _Enough

    return pause
