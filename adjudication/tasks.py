"""Long work of adjudication: raising every case of a round, and aggregating answers, chunk by chunk."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from adjudication.services import sync_units
from adjudication.services.aggregating import JOB_AGGREGATE, carry_out_aggregation
from annotation.models import Annotation, Round
from events.jobs import JobRun, register_job

CHUNK = 500
"""Items per transaction: well under two seconds."""


@register_job("adjudication.cases")
def raise_cases(run: JobRun) -> None:
    """Raise the missing cases of a round. Safe to start again: what is there already stays."""
    held = Round.objects.select_related("project").get(pk=run.arguments["round"])
    rows = Annotation.objects.filter(round=held, ended_event=None).order_by("item")
    total = rows.values("item").distinct().count()
    done, position = 0, None
    while True:
        items = list(_items_after(held, position))
        if not items:
            break
        done += len(items)
        with transaction.atomic():
            sync_units(round=held, causes=dict.fromkeys(items, run.request_id), now=timezone.now())
            run.beat(done, total)
        position = items[-1]
    run.finish()


def _items_after(held: Round, position: UUID | None) -> list[UUID]:
    rows = Annotation.objects.filter(round=held, ended_event=None)
    if position is not None:
        rows = rows.filter(item__gt=position)
    return list(rows.order_by("item").values_list("item", flat=True).distinct()[:CHUNK])


@register_job(JOB_AGGREGATE, deadline=timedelta(hours=2))
def aggregate_question(run: JobRun) -> None:
    """Aggregate one question over its cut."""
    carry_out_aggregation(run)
