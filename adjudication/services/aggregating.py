"""Asking for aggregations, and carrying them out: by a job of their own, or on the way to a release or an export."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from adjudication.methods import checked_methods, is_model, suitable_methods
from adjudication.models import Aggregation
from adjudication.selectors.aggregates import find_computed
from adjudication.selectors.chunks import schema_at
from adjudication.selectors.policies import Methods, policy_at
from adjudication.services.computing import compute
from core.errors import FieldError, Invalid
from core.ids import new_id
from events.actor import Actor
from events.jobs import JobRun, enqueue
from events.models import Job
from events.services import append_event
from guidelines.schema.schema import LabelSchema
from metrics.services.heartbeat import beating
from projects.models import Project

JOB_AGGREGATE = "adjudication.aggregate"
ABANDONED = timedelta(hours=12)
"""What a release began and did not end for so long has no worker any more."""


@transaction.atomic
def request_aggregation(
    *, by: Actor, project: Project, question: str, as_of: int, now: datetime, method: str | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Aggregation:  # fmt: skip
    """Ask the worker to aggregate a question over the cut `as_of`, by default with the method in force there.

    Where no method is in force it is the first that suits the question. Raises Invalid (an unknown question or
    method, one that does not suit, a wrong setting) and QueueFull.
    """
    schema, policy = schema_at(project, as_of) or LabelSchema(()), policy_at(project, as_of)
    chosen = method_at(schema, policy.methods, question) if method is None else None
    if chosen is None:
        chosen = _asked(schema, question, method, settings or {})
    named = chosen == policy.methods.get(question)
    job = enqueue(kind=JOB_AGGREGATE, project=project.id, arguments={}, by=by, now=now)
    aggregation = Aggregation.objects.create(
        pk=job.id, project=project, question=question, as_of=as_of, policy=policy.number if named else None,
        created_by=by.user.id if by.user else None, created_at=now, **chosen,
    )  # fmt: skip
    append_event(
        by=by, action="aggregation.run", project=project.id, object_type="aggregation", object_id=aggregation.pk,
        after={"question": question, "as_of": as_of, **chosen},
    )  # fmt: skip
    return aggregation


def method_at(schema: LabelSchema, methods: Methods, question: str) -> dict[str, Any] | None:
    """The method that a policy names for a question, if the schema still has a place for it."""
    named = {question: methods[question]} if question in methods else {}
    clean, errors = checked_methods(schema, named)
    return None if errors else clean.get(question)


def _asked(schema: LabelSchema, question: str, method: str | None, settings: Mapping[str, Any]) -> dict[str, Any]:
    if question not in schema.by_name:
        words = ", ".join(schema.question_names) or "none yet"
        detail = f"The guideline asks no such question. Its questions: {words}."
        raise Invalid(errors=[FieldError("#/question", detail)])
    if method is None:
        suitable = suitable_methods(schema, question)
        if not suitable:
            raise Invalid(errors=[FieldError("#/question", "No method suits this kind of question.")])
        method = suitable[0].name
    clean, errors = checked_methods(schema, {question: {"method": method, "settings": settings}}, "#")
    if errors:
        raise Invalid(errors=[FieldError(e.pointer.replace(f"#/{question}", "#", 1), e.detail) for e in errors])
    found: dict[str, Any] = clean[question]
    return found


def carry_out_aggregation(run: JobRun) -> None:
    """Carry out one attempt of a job. Once computed it stays as it is."""
    aggregation = Aggregation.objects.select_related("project").get(pk=run.id)
    if aggregation.computed_at is not None:
        with transaction.atomic():
            run.finish()
        return
    with beating(run, 0) as heart:

        def step(done: int, total: int) -> None:
            heart.total = total
            heart.step(done)

        figures = compute(aggregation, run.attempt, step)
    with transaction.atomic():
        run.beat(heart.total, heart.total)
        _show(aggregation, figures)
        run.finish()


def ensure_aggregations(
    *, project: Project, as_of: int, methods: Methods, policy: int, alive: Callable[[], None]
) -> None:
    """Compute what the models that `methods` name find in a cut, where that is not stored yet."""
    schema = schema_at(project, as_of) or LabelSchema(())
    _drop_abandoned(project)
    for question in methods:
        chosen = method_at(schema, methods, question)
        if chosen is None or not is_model(chosen["method"]):
            continue
        if find_computed(project, question, chosen["method"], chosen["settings"], as_of, exact=True) is None:
            aggregation = Aggregation.objects.create(
                pk=new_id(), project=project, question=question, as_of=as_of, policy=policy, **chosen
            )
            figures = compute(aggregation, 1, lambda _done, _total: alive())
            with transaction.atomic():
                _show(aggregation, figures)


def _drop_abandoned(project: Project) -> None:
    rows = Aggregation.objects.filter(
        project=project, computed_at=None, created_by=None, created_at__lt=timezone.now() - ABANDONED
    )
    for aggregation in rows:
        if not Job.objects.filter(pk=aggregation.pk).exists():
            aggregation.delete()


def _show(aggregation: Aggregation, figures: Mapping[str, Any]) -> None:
    """The flip: from here on the attempt's rows are seen. What was computed once is never computed otherwise."""
    rows = Aggregation.objects.filter(pk=aggregation.pk, computed_at=None)
    rows.update(**figures, computed_at=timezone.now())
