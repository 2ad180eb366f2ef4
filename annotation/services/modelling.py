"""Rounds of model annotators: one for each ready batch and model, filled by a job, apart from those of people.

A round is loading, and so invisible, until every item of its batch has an entry: what is missing is thereby known
whatever broke off.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import User
from annotation.models import Round
from annotation.services.rounds import enqueue_items
from events.actor import Actor
from events.jobs import JobRun, enqueue
from events.models import Job
from events.services import append_event, next_event_id
from intake.models import Batch
from intake.selectors import visible_batches
from projects.models import Membership, Project, Role

JOB_MODEL_ROUNDS = "annotation.model_rounds"
WAIT = 5
"""Seconds after which a model may ask again while its rounds are made."""


def model_annotators(project: Project) -> QuerySet[Membership]:
    """The models that label in this project."""
    rows = Membership.objects.filter(project=project, user__kind=User.Kind.MODEL, user__is_active=True)
    return rows.filter(roles__contains=[Role.ANNOTATOR]).select_related("user")


def batches_without_round(project: Project, model: User) -> QuerySet[Batch]:
    """Ready batches that this model has no filled round for."""
    rounds = Round.objects.filter(batch=OuterRef("pk"), kind=Round.Kind.MODEL, annotator=model)
    return visible_batches(project).filter(~Exists(rounds.exclude(state=Round.State.LOADING)))


@transaction.atomic
def prepare_model_rounds(*, project: Project, by: Actor, now: datetime, model: User | None = None) -> bool:
    """Have the worker make the rounds that models lack, of one model or of all. Returns whether any is lacking."""
    models = [model] if model is not None else [member.user for member in model_annotators(project)]
    if not any(batches_without_round(project, one).exists() for one in models):
        return False
    # a job that runs already may be past what has come since; one that waits is not
    waiting = Job.objects.filter(project=project.id, kind=JOB_MODEL_ROUNDS, state=Job.State.QUEUED)
    if not waiting.exists():
        enqueue(kind=JOB_MODEL_ROUNDS, project=project.id, arguments={}, by=by, now=now, limit=None)
    return True


def fill_model_rounds(run: JobRun) -> None:
    """Carry out one attempt: each batch and model in turn; what is filled already is passed over."""
    project = Project.objects.get(pk=run.project)
    lacking = [
        (member.user, batch)
        for member in model_annotators(project)
        for batch in batches_without_round(project, member.user).order_by("pk")
    ]
    for place, (model, batch) in enumerate(lacking):
        _fill(project, model, batch, run, partial(run.beat, place, len(lacking)))
    with transaction.atomic():
        run.beat(len(lacking), len(lacking))
        run.finish()


def _fill(project: Project, model: User, batch: Batch, run: JobRun, beat: Callable[[], None]) -> None:
    with transaction.atomic():
        # whoever adds items holds the batch until they are there, and then sees the round and fills it himself
        locked_batch = Batch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
        wanted: dict[str, Any] = {"kind": Round.Kind.MODEL, "batch": locked_batch, "annotator": model}
        defaults = {"project": project, "overlap": 1, "state": Round.State.LOADING}
        round_, _ = Round.objects.get_or_create(**wanted, defaults=defaults)
    round_.batch = batch
    enqueue_items(round=round_, beat=beat)
    with transaction.atomic():
        locked = Round.objects.select_for_update(no_key=True).get(pk=round_.pk)
        if locked.state != Round.State.LOADING:
            return
        locked.event = next_event_id()
        locked.state = Round.State.OPEN
        locked.save(update_fields=["state", "event"])
        append_event(
            by=Actor(None, run.request_id), action="project.changed", project=project.id, object_type="round",
            object_id=locked.pk, after={"kind": locked.kind, "batch": batch.pk, "annotator": model.pk},
            event_id=locked.event,
        )  # fmt: skip


def enqueue_for_models(*, batch: Batch, items: Sequence[UUID]) -> None:
    """New items of a batch stand in the queues of the models that label it, too. Call after they are inserted."""
    for round_ in Round.objects.filter(batch=batch, kind=Round.Kind.MODEL).order_by("pk"):
        round_.batch = batch
        enqueue_items(round=round_, items=items)
