"""Removing what an import loaded and never showed, in short transactions."""

from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from annotation.models import Round
from events.errors import JobCancelled, JobLost
from events.jobs import JobRun
from intake.models import Batch, Import
from intake.services import delete_loading_items

AT_ONCE = 1000


def clear_loading(project: UUID, run: JobRun) -> None:
    """Remove every loading batch and round of imports in the project. Call with the project's import lock held:
    whatever is loading then belongs to an attempt that has ended."""
    hidden = Q(kind=Round.Kind.IMPORT, state=Round.State.LOADING) | Q(batch__state=Batch.State.LOADING)
    for labels in Round.objects.filter(hidden, project_id=project):
        for table in ("annotation_annotation", "annotation_queueentry"):
            _delete_rows(table, labels, run)
        labels.delete()
    for batch in Batch.objects.filter(project_id=project, state=Batch.State.LOADING):
        Import.objects.filter(batch=batch).update(batch=None)
        while delete_loading_items(batch.id, AT_ONCE):
            _beat(run)
        batch.delete()


def _delete_rows(table: str, labels: Round, run: JobRun) -> None:
    """Empty a round that nobody has seen, in plain SQL: nothing refers to its rows."""
    some = f"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE round_id = %s LIMIT %s)"  # noqa: S608  # fixed names
    while True:
        with connection.cursor() as cursor:
            cursor.execute(some, [labels.id, AT_ONCE])
            if not cursor.rowcount:
                return
        _beat(run)


def _beat(run: JobRun) -> None:
    """A sign of life; a job that is to end, or has ended, still clears up behind itself."""
    try:
        with transaction.atomic():
            run.beat(0)
    except (JobCancelled, JobLost):
        return
