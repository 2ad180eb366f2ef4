"""The lists behind the queues of the labeling page: what one person has submitted, begun and skipped."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from annotation import own_work
from annotation.api.bodies import item_to_label
from annotation.models import Annotation, Assignment
from core.canonical import rfc3339
from core.errors import NotFound
from core.ids import parse_id
from projects.access import ANNOTATORS
from projects.pages import access_of, project_page


@require_safe
@project_page(roles=ANNOTATORS)
def own_list(request: HttpRequest, which: str) -> HttpResponse:
    """`submitted` (ten at a time, newest first), `drafts` or `skipped`, as JSON for the script of the page."""
    access = access_of(request)
    if which == "submitted":
        found = own_work.submitted(access.user, access.project, before=parse_id(request.GET.get("before", "")))
        earlier = reverse("own_list", args=[access.project.slug, which])
        full = len(found) == own_work.ON_A_PAGE
        next_page = f"{earlier}?before={found[-1].pk}" if full else None
        return JsonResponse({"results": [_submitted(a) for a in found], "next": next_page})
    if which == "drafts":
        begun = own_work.drafts(access.user, access.project)
        return JsonResponse({"results": [_draft(a) for a in begun], "next": None})
    if which == "skipped":
        return JsonResponse({"results": own_work.skipped(access.user, access.project), "next": None})
    raise NotFound


def _submitted(annotation: Annotation) -> dict[str, Any]:
    assignment = annotation.assignment
    version = annotation.guideline_version
    assert assignment is not None  # imported answers are left out
    return {
        "annotation": str(annotation.pk),
        "at": rfc3339(annotation.created_at),
        "answers": annotation.answers,
        "note": annotation.note,
        "flagged": annotation.flagged,
        "unclear": annotation.unclear,
        "guideline_version": version.number if version else None,
        "item": item_to_label(assignment),
        "sides": assignment.sides,
    }


def _draft(assignment: Assignment) -> dict[str, Any]:
    return {"assignment": str(assignment.pk), "fence": assignment.fence, "item": item_to_label(assignment)}
