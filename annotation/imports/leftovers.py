"""Removing what an import loaded and never showed, in short transactions."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from annotation.models import Annotation, QueueEntry, Round
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
        _delete_rows(Annotation.objects.filter(round=labels), run)
        _delete_rows(QueueEntry.objects.filter(round=labels), run)
        labels.delete()
    for batch in Batch.objects.filter(project_id=project, state=Batch.State.LOADING):
        Import.objects.filter(batch=batch).update(batch=None)
        while delete_loading_items(batch.id, AT_ONCE):
            _beat(run)
        batch.delete()


def _delete_rows(rows: QuerySet[Any], run: JobRun) -> None:
    while ids := list(rows.values_list("pk", flat=True)[:AT_ONCE]):
        rows.filter(pk__in=ids).delete()
        _beat(run)


def _beat(run: JobRun) -> None:
    """A sign of life; a job that is to end, or has ended, still clears up behind itself."""
    try:
        with transaction.atomic():
            run.beat(0)
    except (JobCancelled, JobLost):
        return
