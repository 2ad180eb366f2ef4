"""Tests of models: asking for one, and carrying it out over its cut."""

from datetime import datetime
from math import isfinite
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from core.errors import FieldError, Invalid
from events.actor import Actor
from events.jobs import JobRun, enqueue
from events.services import append_event
from metrics.measure import cut_seed
from metrics.modelreport import Trial, model_report
from metrics.models import ModelTest
from metrics.questions import NO_VERSION, Version, measured_questions, published, version_name
from metrics.reading import read_answers
from metrics.selection import TOGETHER, Selection
from metrics.selectors.modeltests import known_answers, model_names
from metrics.selectors.scores import minimums_of
from metrics.services.heartbeat import beating
from projects.models import Project

JOB_MODEL_TEST: Final = "agreement.model_test"
LARGEST_EPSILON: Final = 0.5
LONGEST_REASON: Final = 1000
STEPS: Final = 2


@transaction.atomic
def request_model_test(
    *, by: Actor, project: Project, question: str, model: UUID, epsilon: float, reason: str, as_of: int,
    now: datetime, guideline_version: Version | None = None,
) -> ModelTest:  # fmt: skip
    """Ask the worker whether a model may take an annotator's place in a question, over the cut `as_of`.

    `epsilon` is how much less often the model may be the closer one, and `reason` says why.

    Raises:
        Invalid: no such question, version or model in the project, an epsilon outside 0 to 0.5, or no reason.
        QueueFull: too many tests wait already.
    """
    versions = published(project)
    names = model_names(project)
    number = (
        None if guideline_version in (None, "all") else NO_VERSION if guideline_version == "none" else guideline_version
    )
    errors = []
    if question not in (asked := measured_questions(versions)):
        known = ", ".join(asked) or "none yet"
        errors.append(FieldError("#/question", f"No version of the guideline measures this. Measured: {known}."))
    if model not in names:
        known = ", ".join(f"{name} ({pk})" for pk, name in names.items()) or "none yet; let one label first"
        errors.append(FieldError("#/model", f"No model of this id labels in the project. Models: {known}."))
    if not (isfinite(epsilon) and 0 <= epsilon <= LARGEST_EPSILON):
        errors.append(FieldError("#/epsilon", f"Give a share from 0 to {LARGEST_EPSILON}, usually 0.1 to 0.2."))
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        errors.append(FieldError("#/reason", f"Say in 1 to {LONGEST_REASON} characters why this epsilon is right."))
    if number and number not in {version.number for version in versions}:
        errors.append(FieldError("#/guideline_version", f"There is no published version {number}."))
    if errors:
        raise Invalid(errors=errors)
    job = enqueue(kind=JOB_MODEL_TEST, project=project.id, arguments={}, by=by, now=now)
    settings = {"epsilon": epsilon, "reason": reason.strip(), "guideline_version": number}
    test = ModelTest.objects.create(
        pk=job.id, project=project, question=question, model=model, settings=settings, as_of=as_of,
        created_by=by.user.id if by.user else None, created_at=now,
    )  # fmt: skip
    append_event(by=by, action="agreement.run", project=project.id, object_type="model_test", object_id=test.pk,
                 after={"question": question, "model": model, "as_of": as_of, **settings})  # fmt: skip
    return test


def carry_out_model_test(run: JobRun) -> None:
    """Carry out one attempt. Nothing is written before the end."""
    test = ModelTest.objects.select_related("project").get(pk=run.id)
    measured = measured_questions(published(test.project, test.as_of)).get(test.question)
    with beating(run, STEPS) as heart:
        heart.step(0)
        result = None
        if measured is not None:
            answers = read_answers(_selection(test), heart.check)
            heart.step(1)
            gold = known_answers(test.project, measured, test.as_of)
            result = model_report(measured, answers, gold, _trial(test), heart.check)
    with transaction.atomic():
        run.beat(STEPS, STEPS)
        ModelTest.objects.filter(pk=test.pk).update(result=result, computed_at=timezone.now())
        run.finish()


def _selection(test: ModelTest) -> Selection:
    version: Any = test.settings.get("guideline_version")
    return Selection(test.project, test.as_of, test.question, version=version, who=TOGETHER)


def _trial(test: ModelTest) -> Trial:
    version = test.settings.get("guideline_version")
    name = "all" if version is None else version_name(version)
    return Trial(
        model=test.model,
        others=frozenset(model_names(test.project)),
        epsilon=float(test.settings["epsilon"]),
        seed=cut_seed(test.project_id, test.question, test.as_of, name, "model", test.model),
        minimums=minimums_of(test.project),
    )
