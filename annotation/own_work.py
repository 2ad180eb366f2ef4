"""What one annotator has submitted, begun and skipped in a project: the lists behind the labeling page's queues."""

from typing import Any
from uuid import UUID

from accounts.models import User
from annotation.models import Annotation, Assignment
from annotation.selectors import served_rounds
from core.canonical import rfc3339
from projects.models import Project

State = Assignment.State
ON_A_PAGE = 10
MOST_SKIPPED = 100


def submitted(user: User, project: Project, *, before: UUID | None = None) -> list[Annotation]:
    """His current answers, newest first, `ON_A_PAGE` at a time: from an index, whatever lies behind him."""
    rows = Annotation.objects.filter(project=project, annotator=user, ended_event=None, assignment__isnull=False)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    related = rows.select_related("assignment__item", "assignment__round__project", "guideline_version")
    return list(related.order_by("-pk")[:ON_A_PAGE])


def drafts(user: User, project: Project) -> list[Assignment]:
    """What he has begun and not submitted, the last given first; an ended lease with a draft may still be good."""
    rows = Assignment.objects.filter(
        annotator=user, round__in=served_rounds(project), state__in=[State.LEASED, State.EXPIRED], draft__isnull=False
    )
    return list(rows.select_related("item", "round__project", "guideline_version").order_by("-pk")[:MOST_SKIPPED])


def skipped(user: User, project: Project) -> list[dict[str, Any]]:
    """What he has skipped and why. The text is not shown again: the item is with others now."""
    rows = Assignment.objects.filter(annotator=user, round__in=served_rounds(project), state=State.SKIPPED)
    found = rows.select_related("item").order_by("-ended_at", "-pk")[:MOST_SKIPPED]
    return [
        {"external_id": a.item.external_id, "reason": a.skip_reason, "at": rfc3339(a.ended_at or a.created_at)}
        for a in found
    ]


def count_skipped(user: User, project: Project) -> int:
    return Assignment.objects.filter(
        annotator=user, round__in=served_rounds(project), state=State.SKIPPED
    ).count()  # fmt: skip
