"""Tests of models as they are read, and what such a test reads."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from annotation.models import GoldItem, Round
from annotation.selectors import visible_rounds
from events.models import Job
from events.selectors import held_at
from guidelines.schema.kind import Coded
from metrics.models import ModelTest
from metrics.questions import Measured
from projects.models import Project


def model_tests_of(project: Project) -> QuerySet[ModelTest]:
    return ModelTest.objects.filter(project=project)


def model_test_in(project: Project, test_id: UUID | None) -> ModelTest | None:
    return model_tests_of(project).filter(pk=test_id).first() if test_id else None


def project_of_model_test(test_id: UUID) -> UUID | None:
    found: UUID | None = ModelTest.objects.filter(pk=test_id).values_list("project", flat=True).first()
    return found


def jobs_of_tests(tests: Iterable[ModelTest]) -> dict[UUID, Job]:
    """The jobs of these tests: a test and its job have one id."""
    return Job.objects.in_bulk([test.pk for test in tests])


def looks_before(test: ModelTest) -> int:
    """How often the answer for this model and question was looked at before: who looks often finds what he seeks."""
    rows = ModelTest.objects.filter(project=test.project_id, question=test.question, model=test.model)
    answered = rows.filter(result__answer__in=["yes", "no"])
    return answered.filter(created_at__lt=test.created_at).exclude(pk=test.pk).count()


def models_of(project: Project) -> QuerySet[User]:
    """The models that have a round of their own in the project."""
    rounds = visible_rounds(project).filter(kind=Round.Kind.MODEL)
    return User.objects.filter(pk__in=rounds.values("annotator")).order_by("name", "pk")


def model_names(project: Project) -> dict[UUID, str]:
    return {model.pk: model.name for model in models_of(project)}


def known_answers(project: Project, measured: Measured, as_of: int) -> dict[UUID, Coded]:
    """Item -> the answer that is known to be right, of the gold items in a cut; opt-outs are left out."""
    asked = measured.newest
    if asked is None:
        return {}
    rows = held_at(GoldItem.objects.filter(project=project, answers__has_key=measured.name), project=project.pk,
                   as_of=as_of).select_related("item")  # fmt: skip
    found: dict[UUID, Any] = {}
    for gold in rows.order_by("pk"):
        found[gold.item_id] = asked.code(gold.answers[measured.name], gold.item.fields)
    return {item: value for item, value in found.items() if value is not None}
