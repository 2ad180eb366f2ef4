"""Reads over reviews, their evidence and their proposals."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from accounts.models import User
from adjudication.models import Case
from adjudication.selectors import opened_cases, visible_cases
from core.ids import parse_id
from metrics.models import AgreementRun
from projects.access import Access
from projects.models import Project, Role
from reviews.models import AgreementReview, Evidence, Proposal

KINDS = [kind.value for kind in Evidence.Kind]


def reviews_of(project: Project) -> QuerySet[AgreementReview]:
    """The reviews with all that their bodies show, in a fixed number of queries."""
    proposals = Proposal.objects.order_by("clause").prefetch_related("evidence")
    return (
        AgreementReview.objects.filter(project=project)
        .select_related("project", "guideline_version", "baseline_run")
        .prefetch_related("evidence_rows", Prefetch("proposal_rows", proposals))
    )


def review_in(project: Project, review_id: UUID | None) -> AgreementReview | None:
    return reviews_of(project).filter(pk=review_id).first() if review_id else None


def project_of_review(review_id: UUID) -> UUID | None:
    return AgreementReview.objects.filter(pk=review_id).values_list("project", flat=True).first()


def open_review_of(project: Project, question: str) -> AgreementReview | None:
    """The review of this question that is not closed."""
    rows = AgreementReview.objects.filter(project=project, question=question)
    return rows.exclude(state=AgreementReview.State.CLOSED).first()


def run_in(project: Project, run_id: object) -> AgreementRun | None:
    found = parse_id(run_id)
    return AgreementRun.objects.filter(project=project, pk=found).first() if found else None


def finished_runs(project: Project) -> QuerySet[AgreementRun]:
    """What a review may start from, the newest first."""
    return AgreementRun.objects.filter(project=project, computed_at__isnull=False).order_by("-created_at")


def ranked(evidence: Iterable[Evidence]) -> list[Evidence]:
    """Confusions, cases, unclear reports and the rest; in each kind what weighs most first."""
    return sorted(evidence, key=lambda e: (KINDS.index(e.kind), -(e.count or 0), e.pk))


def changes_of(review: AgreementReview) -> dict[str, dict[str, Any]]:
    """Clause -> its proposed texts."""
    return {
        p.clause: {
            "definition": p.definition, "use_when": p.use_when, "avoid_when": p.avoid_when, "examples": p.examples,
        }
        for p in review.proposal_rows.all()
    }  # fmt: skip


@dataclass(frozen=True)
class Readable:
    """What a member may read of some reviews."""

    evidence: dict[UUID, list[Evidence]]
    """By review, ranked."""
    cases: dict[str, Case]
    """The cases quoted in it, by id."""


def readable_evidence(access: Access, reviews: Sequence[AgreementReview]) -> Readable:
    """The evidence that this member may read, in a fixed number of queries.

    A quoted decision tells how an item was answered. It is left out for whoever labelled or holds the item, and for
    whoever may still be given it and has not opened the case.
    """
    rows = {review.pk: list(review.evidence_rows.all()) for review in reviews}
    quoted = {e.ref for found in rows.values() for e in found if e.kind == Evidence.Kind.CASE}
    cases: dict[str, Case] = {}
    if quoted:
        visible = visible_cases(access.project, access.user).filter(pk__in=quoted).select_related("item")
        cases = {str(case.pk): case for case in visible}
        if access.has(Role.ANNOTATOR):
            opened = opened_cases(access.user.pk, [case.pk for case in cases.values()])
            cases = {ref: case for ref, case in cases.items() if case.pk in opened}
    kept = {
        pk: ranked(e for e in found if e.kind != Evidence.Kind.CASE or e.ref in cases) for pk, found in rows.items()
    }
    return Readable(kept, cases)


def unopened(user: User, cases: Iterable[Case]) -> list[Case]:
    """Those of `cases` that were not shown to this person before."""
    found = list(cases)
    opened = opened_cases(user.pk, [case.pk for case in found]) if found else set()
    return [case for case in found if case.pk not in opened]
