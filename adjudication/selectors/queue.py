"""The queue of cases: who may see which, filters and counts."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from accounts.models import User
from adjudication import rules
from adjudication.models import Case, CaseOpening, CaseRemark, Decision
from annotation.models import Annotation, Assignment
from core.errors import NotFound
from metrics.splitlinks import is_about_people, named_definition, of_items
from projects.access import Access
from projects.models import Project

WAITING = (Case.State.OPEN, Case.State.ESCALATED)


@dataclass(frozen=True)
class CaseFilter:
    """The filters of the list of cases; None means no filter."""

    state: str | None = None
    question: str | None = None
    pattern: str | None = None
    slice: str | None = None
    part: str | None = None
    """Of items: those of a saved slice, or those of a part that an agreement run found, as its links name it."""


def visible_cases(project: Project, user: User) -> QuerySet[Case]:
    """The cases that `user` may see: none on an item that he has labelled or holds, whatever his roles."""
    rows = Case.objects.filter(project=project)
    answered = Annotation.objects.filter(annotator=user)
    holding = Assignment.objects.filter(annotator=user, state__in=Assignment.LIVE)
    # most adjudicators have labelled nothing here: then nothing needs to be looked up row by row
    if not answered.filter(project=project).exists() and not holding.filter(round__project=project).exists():
        return rows
    return rows.exclude(Exists(answered.filter(item=OuterRef("item")))).exclude(
        Exists(holding.filter(item=OuterRef("item")))
    )


def filter_cases(rows: QuerySet[Case], wanted: CaseFilter, access: Access) -> QuerySet[Case]:
    """Raises NotFound for a slice that is not there, or that would tell an adjudicator who answered what."""
    given = {"state": wanted.state, "question": wanted.question, "pattern": wanted.pattern}
    rows = rows.filter(**{name: value for name, value in given.items() if value is not None})
    definition = named_definition(access.project, slice_=wanted.slice or "", part=wanted.part or "")
    if definition is None:
        return rows
    if is_about_people(definition) and not access.is_manager:
        raise NotFound("This slice is about who answered, which adjudicators are not told.")
    return of_items(rows, definition, access.project)


def eligible_cases(project: Project, user: User) -> QuerySet[Case]:
    """The undecided cases that `user` may be given: those he sees, less the ones that he has escalated himself."""
    asked = CaseRemark.objects.filter(case=OuterRef("pk"), by=user, kind=CaseRemark.Kind.ESCALATED)
    rows = visible_cases(project, user).filter(state__in=WAITING)
    return rows.exclude(Q(state=Case.State.ESCALATED) & Q(Exists(asked)))


def unwanted_units() -> QuerySet[Case]:
    """The cases of items that were skipped until nobody was left to ask: whoever decides the case decides the item."""
    return Case.objects.filter(pattern=rules.SKIPPED).exclude(state=Case.State.DISSOLVED)


def case_in(project: Project, case_id: UUID) -> Case | None:
    return Case.objects.select_related("project", "round", "item").filter(project=project, pk=case_id).first()


def project_of_case(case_id: UUID) -> UUID | None:
    return Case.objects.filter(pk=case_id).values_list("project", flat=True).first()


def decisions_of(case: Case) -> QuerySet[Decision]:
    """All decisions, the newest first, the superseded too."""
    return Decision.objects.filter(case=case).select_related("guideline_version", "decided_by").order_by("-pk")


def remarks_of(case: Case) -> QuerySet[CaseRemark]:
    return CaseRemark.objects.filter(case=case).order_by("pk")


def cases_open_count(project: Project) -> int:
    """How many cases wait for a decision."""
    return Case.objects.filter(project=project, state__in=WAITING).count()


def state_counts(rows: QuerySet[Case]) -> dict[str, int]:
    """State -> how many of `rows`, zeros included."""
    found: dict[str, int] = dict(rows.order_by().values_list("state").annotate(n=Count("pk")))
    return {state: found.get(state, 0) for state in Case.State.values}


def pattern_counts(rows: QuerySet[Case], most: int = 50) -> list[dict[str, Any]]:
    """The most common (question, pattern) among `rows` with their counts."""
    found = rows.order_by().values("question", "pattern").annotate(n=Count("pk"))
    return [dict(row) for row in found.order_by("-n", "question", "pattern")[:most]]


def question_counts(rows: QuerySet[Case]) -> dict[str, int]:
    """Question -> how many of `rows`."""
    return dict(rows.order_by("question").values_list("question").annotate(n=Count("pk")))


def has_opened_item(user_id: UUID, item_id: UUID) -> bool:
    """Whether this person was shown the answers of a case on the item."""
    return CaseOpening.objects.filter(user=user_id, item=item_id).exists()
