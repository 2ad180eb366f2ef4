"""Decisions that found the guideline wanting, by clause."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from adjudication.models import Case, Decision
from adjudication.selectors.queue import visible_cases
from projects.models import Project

SHOWN, QUOTED = 20, 500


@dataclass(frozen=True)
class Gap:
    """One decision in force that flags a gap. `case` is None where the reader may not see it."""

    rationale: str
    case: UUID | None
    at: datetime


def gap_decisions(project: Project, question: str) -> QuerySet[Decision]:
    """The decisions in force on a question that flag a gap of the guideline."""
    return Decision.objects.filter(
        case__project=project, case__question=question, case__state=Case.State.DECIDED, ended_event=None,
        guideline_gap=True,
    )  # fmt: skip


def gaps_by_clause(project: Project, question: str) -> Counter[str]:
    """Clause key -> decisions that cite it and flag a gap; "" counts those that no clause covers."""
    found: Counter[str] = Counter()
    for clauses in gap_decisions(project, question).values_list("clauses", flat=True):
        found.update(set(clauses) or {""})
    return found


def gaps_of(project: Project, question: str, clause: str, reader: User) -> list[Gap]:
    """The newest decisions on one clause, or on none."""
    rows = gap_decisions(project, question)
    rows = rows.filter(clauses__contains=[clause]) if clause else rows.filter(clauses=[])
    newest = list(rows.order_by("-pk")[:SHOWN])
    seen = _visible(project, reader, (row.case_id for row in newest))
    return [
        Gap(row.rationale[:QUOTED] if row.case_id in seen else "", row.case_id if row.case_id in seen else None,
            row.decided_at)
        for row in newest
    ]  # fmt: skip


def _visible(project: Project, reader: User, cases: Iterable[UUID]) -> set[UUID]:
    return set(visible_cases(project, reader).filter(pk__in=list(cases)).values_list("pk", flat=True))


def oldest_waiting(cases: QuerySet[Case]) -> datetime | None:
    """Since when the case that waits longest has been waiting."""
    found: datetime | None = cases.order_by("opened_at").values_list("opened_at", flat=True).first()
    return found
