"""How assignments and annotations look in the API."""

from typing import Any
from uuid import UUID

from annotation.models import Annotation, Assignment, Round
from annotation.selectors import told_round
from annotation.services import NextAnswer
from annotation.suggestions import shown_suggestions
from core.canonical import rfc3339
from core.markdown import LONGEST, page_markdown
from projects.access import Access
from projects.models import Project
from projects.pseudonyms import shown_annotator


def assignment_body(assignment: Assignment, suggestion: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "id": str(assignment.id),
        "fence": assignment.fence,
        "round": str(told_round(assignment)),
        "expires_at": rfc3339(assignment.expires_at),
        "item": item_to_label(assignment),
        "guideline_version": assignment.guideline_version.number,
        "suggestion": suggestion,
        "draft": assignment.draft,
        "sides": assignment.sides,
        "practice": assignment.round.kind == Round.Kind.TRAINING,
    }


def item_to_label(assignment: Assignment) -> dict[str, Any]:
    """The item with its fields as they are stored; `html` holds the Markdown ones, rendered, where there are any."""
    fields = assignment.item.fields
    body: dict[str, Any] = {"id": str(assignment.item_id), "fields": fields}
    rendered = {
        name: str(page_markdown(fields[name]))
        for name in (field["name"] for field in assignment.round.project.fields if field["type"] == "markdown")
        # what is not rendered whole is left to be shown as it is written
        if isinstance(fields.get(name), str) and len(fields[name]) <= LONGEST
    }
    return body | {"html": rendered} if rendered else body


def next_body(answer: NextAnswer, project: Project) -> dict[str, Any]:
    shown = shown_suggestions(project, answer.assignments)
    return {
        "assignments": [assignment_body(a, shown.get(a.pk)) for a in answer.assignments],
        "reason": answer.reason,
        "retry_after": answer.retry_after,
        "server_now": rfc3339(answer.server_now),
    }


def draft_body(assignment: Assignment) -> dict[str, Any]:
    draft = assignment.draft or {}
    return {"assignment": str(assignment.id), "fence": assignment.fence, "answers": {}, **draft}


def annotation_body(annotation: Annotation, access: Access) -> dict[str, Any]:
    """One annotation as this member may see it: the same in lists, on its own and after a write."""
    version, own = annotation.guideline_version, annotation.annotator_id == access.user.pk
    return {
        "id": str(annotation.id),
        "item": str(annotation.item_id),
        "external_id": annotation.item.external_id,
        "round": str(_told_round(annotation) if own else annotation.round_id),
        "annotator": shown_annotator(access, annotation.annotator_id),
        "answers": annotation.answers,
        "note": annotation.note,
        "unclear": annotation.unclear,
        "flagged": annotation.flagged,
        "guideline_version": version.number if version else None,
        "lead_time_ms": annotation.lead_time_ms,
        "created_at": rfc3339(annotation.created_at),
        "superseded_by": str(annotation.superseded_by_id) if annotation.superseded_by_id else None,
        "withdrawn_at": rfc3339(annotation.withdrawn_at) if annotation.withdrawn_at else None,
        "suggestion": _suggestion_of(annotation),
    }


def _told_round(annotation: Annotation) -> UUID:
    """The round as the author is told it. Imported answers have no assignment."""
    assignment = annotation.assignment
    if assignment is None or annotation.round.kind != Round.Kind.GOLD:
        return annotation.round_id
    assignment.round = annotation.round
    return told_round(assignment)


def _suggestion_of(annotation: Annotation) -> dict[str, Any] | None:
    """Which suggestion was on screen and what became of it; null without one."""
    if annotation.suggestion_id is None:
        return None
    return {"id": str(annotation.suggestion_id), "outcome": annotation.suggestion_outcome or {}}
