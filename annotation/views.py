"""The labeling screen."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.rules import read_preferences
from annotation.own_work import count_skipped
from annotation.services.training import begin_attempt
from annotation.suggestions import suggestion_settings
from annotation.work import work_left
from core.errors import ConcordError
from guidelines import selectors as guidelines
from projects.access import ANNOTATORS
from projects.pages import access_of, page_actor, project_page


@project_page(roles=ANNOTATORS)
def label(request: HttpRequest) -> HttpResponse:
    """The screen with its boot data; who has a guideline change to read is sent there first."""
    access = access_of(request)
    version = guidelines.current_version(access.project)
    if version is None:
        return render(request, "annotation/not_ready.html")
    if guidelines.unacknowledged_version(access.user, access.project) is not None:
        return redirect("guideline_acknowledge", slug=access.project.slug)
    come = work_left(access.user, access.project)
    boot = {
        "project": {"slug": access.project.slug, "name": access.project.name},
        "user_id": str(access.user.id),
        "guideline": guidelines.guideline_body(version),
        "fields": access.project.fields,
        "api": "/api/v1",
        "progress": {
            "done": come.done,
            "left": come.left,
            "drafts": come.drafts,
            "skipped": count_skipped(access.user, access.project),
        },
        "preferences": read_preferences(access.user.preferences),
        "suggestions": suggestion_settings(access.project) is not None,
    }
    return render(request, "annotation/label.html", {"boot": boot})


@require_http_methods(["GET", "HEAD", "POST"])
@project_page(roles=ANNOTATORS)
def practice(request: HttpRequest) -> HttpResponse:
    """How the practice round went, and the way to another one."""
    access = access_of(request)
    if request.method == "POST":
        try:
            begin_attempt(by=page_actor(request), project=access.project, now=timezone.now())
        except ConcordError as error:
            messages.error(request, error.detail)
            return redirect("practice", access.project.slug)
        return redirect("label", access.project.slug)
    return render(request, "annotation/practice.html", {"work": work_left(access.user, access.project)})


@require_safe
@project_page(roles=ANNOTATORS)
def work(request: HttpRequest) -> HttpResponse:
    """What the labeling page says when it has nothing to show: the words of the home page."""
    access = access_of(request)
    found = work_left(access.user, access.project)
    return JsonResponse({"state": found.state, "what": found.headline, "why": found.sentences})
