"""Agreement runs: starting one, and what it found."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.errors import ConcordError, NotFound
from core.ids import parse_id
from events.selectors import get_job
from events.services import wait_for_cut
from metrics.bodies import run_head
from metrics.counting import ALONE
from metrics.runpage import run_sections
from metrics.selectors.runs import run_in
from metrics.services.requests import request_run
from metrics.views.asked import READERS
from metrics.wanted import PEOPLE
from projects.access import MANAGERS
from projects.pages import access_of, page_actor, project_page


def start_run(request: HttpRequest) -> HttpResponse:
    """Ask for a run over what the form of a page says, and go to it."""
    access = access_of(request)
    access.require_role(MANAGERS)
    project, given = access.project, request.POST
    version = given.get("version", "")
    number = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else None
    try:
        cut = wait_for_cut(project=project.id)
        run = request_run(
            by=page_actor(request), project=project, as_of=cut, now=timezone.now(), question=given.get("question", ""),
            guideline_version="none" if version == "none" else number, slice=given.get("slice", ALONE),
            batch=parse_id(given.get("batch", "")), team=parse_id(given.get("team", "")),
            who=given.get("who") or PEOPLE,
        )  # fmt: skip
    except ConcordError as error:
        messages.error(request, error.detail)
        return redirect("agreement", project.slug)
    return redirect("agreement_run", project.slug, str(run.pk))


@project_page(roles=READERS)
@require_safe
def agreement_run(request: HttpRequest, run: str) -> HttpResponse:
    """A run: how far it has come, then what it found. htmx asks for the inner part."""
    access = access_of(request)
    found = run_in(access.project, parse_id(run))
    if found is None:
        raise NotFound
    job, now = get_job(found.pk), timezone.now()
    context = {
        "run": found,
        "head": run_head(found, job, now),
        "working": job is not None and job.state in ("queued", "running"),
        "sections": run_sections(found, access),
    }
    page = "metrics/_run.html" if request.headers.get("HX-Request") else "metrics/run.html"
    return render(request, page, context)
