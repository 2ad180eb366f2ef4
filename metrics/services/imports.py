"""Counting the labels of an import: chunk by chunk, seen by nobody before the end."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from annotation.models import Round
from events.actor import Actor
from events.jobs import JobRun, enqueue
from events.models import Job
from metrics.models import Unit
from metrics.selectors.units import JOB_UNITS, counted_annotations, given_by_chunks
from metrics.services.units import add_units, aggregate_units, coder_of, replace_patterns


def count_import(*, round_id: UUID, by: Actor, now: datetime) -> None:
    """Have the worker count an imported round, once."""
    labels = Round.objects.filter(pk=round_id, kind=Round.Kind.IMPORT).first()
    known = Job.objects.filter(kind=JOB_UNITS, arguments__round=str(round_id))
    if labels is None or known.filter(project=labels.project_id).exists():
        return
    enqueue(kind=JOB_UNITS, project=labels.project_id, arguments={"round": str(round_id)}, by=by, now=now, limit=None)


def build_round(run: JobRun) -> None:
    """Carry out one attempt: go on behind the last item that has units, then show the patterns at once."""
    labels = Round.objects.select_related("project").get(pk=run.arguments["round"])
    rows = counted_annotations(labels, position=0)
    total, done = rows.count(), 0
    last = Unit.objects.filter(round=labels).order_by("-item").values_list("item_id", flat=True).first()
    if last is not None:
        done = rows.filter(item_id__lte=last).count()
    for given in given_by_chunks(rows, last, coder_of(labels).text_fields):
        with transaction.atomic():
            done += len(given)
            run.beat(done, total)
            add_units(labels=labels, given=given)
    patterns, raters = aggregate_units(labels)
    with transaction.atomic():
        run.beat(total, total)
        replace_patterns(labels=labels, patterns=patterns, raters=raters)
        run.finish()
