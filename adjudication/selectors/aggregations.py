"""Aggregations as people read them."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from adjudication.methods import is_model
from adjudication.models import AggregatedAnswer, Aggregation, Case
from adjudication.selectors.aggregates import answers_of_aggregation, computed_aggregations, given_hash
from adjudication.selectors.chunks import schema_at
from annotation.models import Annotation
from annotation.selectors import cannot_influence
from events.models import Job
from metrics.stats.aggregation.methods import METHODS
from projects.access import Access
from projects.models import Project, Role


def aggregations_of(project: Project) -> QuerySet[Aggregation]:
    """Those that were asked for, and those that releases and exports have computed."""
    return Aggregation.objects.filter(project=project)


def aggregation_in(project: Project, aggregation_id: UUID | None) -> Aggregation | None:
    return aggregations_of(project).filter(pk=aggregation_id).first() if aggregation_id else None


def jobs_of(rows: Iterable[Aggregation]) -> dict[UUID, Job]:
    """The jobs of these; one that a release has computed has none of its own."""
    return Job.objects.in_bulk([row.pk for row in rows])


def changed_answers(aggregation: Aggregation, method: str | None = None) -> QuerySet[AggregatedAnswer]:
    """The rows of an aggregation by item; with a method those open ones that it would answer otherwise."""
    rows = answers_of_aggregation(aggregation).filter(preferred=True).select_related("item")
    if method is not None:
        rows = rows.filter(decided=False, others__has_key=method)
    return rows.order_by("pk")


def open_answers(access: Access, rows: QuerySet[AggregatedAnswer]) -> QuerySet[AggregatedAnswer]:
    """Without the items whose answers a manager who labels too must not know yet."""
    return rows.filter(cannot_influence(access.user)) if access.has(Role.ANNOTATOR) else rows


def strengths_for(access: Access, run: Aggregation) -> list[dict[str, Any]]:
    """The contestants of a run by strength; none for those who label too, since they tell how others have answered."""
    if access.has(Role.ANNOTATOR) or not METHODS[run.method].answers_per_contestant:
        return []
    return run.strengths


def proposals_for(project: Project, case: Case) -> list[tuple[Aggregation, AggregatedAnswer]]:
    """What models say about a case, the newest of each; only where they have seen just its present answers."""
    schema = schema_at(project, None)
    if schema is None or case.question not in schema.by_name:
        return []
    answers = Annotation.objects.filter(round=case.round_id, item=case.item_id, ended_event=None, blind=True)
    given = [row.get(case.question) for row in answers.values_list("answers", flat=True)]
    wanted = given_hash(schema, case.question, [answer for answer in given if answer is not None])
    proposals: list[tuple[Aggregation, AggregatedAnswer]] = []
    for found in newest_of_methods(project, case.question):
        if not is_model(found.method):
            continue
        rows = answers_of_aggregation(found).filter(item=case.item_id, round=case.round_id, given_hash=wanted)
        proposals += [(found, row) for row in rows]
    return proposals


def newest_of_methods(project: Project, question: str) -> QuerySet[Aggregation]:
    """Of each method the one to read now, without what it says about annotators."""
    rows = computed_aggregations(project).filter(question=question).defer("annotators")
    return rows.order_by("method", "-as_of", "computed_at", "pk").distinct("method")
