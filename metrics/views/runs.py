"""Agreement runs: starting one, and what it found."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from core.errors import ConcordError, NotFound
from core.ids import parse_id
from events.jobs import cancel_job, resume_job
from events.models import Job
from events.selectors import get_job
from events.services import wait_for_cut
from metrics.bodies import run_head
from metrics.counting import ALONE
from metrics.forms_runs import RunForm
from metrics.models import AgreementRun
from metrics.questions import Version, measured_questions, published
from metrics.runlist import narrowed_words, run_lines
from metrics.runpage import run_sections
from metrics.selectors.choices import choices_of
from metrics.selectors.runs import run_in
from metrics.services.requests import request_run
from metrics.views.asked import READERS
from metrics.wanted import PEOPLE
from projects.access import MANAGERS
from projects.pages import access_of, page_actor, project_page

PAGE = 50


def start_run(request: HttpRequest) -> HttpResponse:
    """Ask for a run over what the form of a page says, and go to it."""
    access = access_of(request)
    access.require_role(MANAGERS)
    project, given = access.project, request.POST
    try:
        cut = wait_for_cut(project=project.id)
        run = request_run(
            by=page_actor(request), project=project, as_of=cut, now=timezone.now(), question=given.get("question", ""),
            guideline_version=_version(given.get("version", "")), slice=given.get("slice", ALONE),
            batch=_id(given.get("batch", "")), team=_id(given.get("team", "")),
            who=given.get("who") or PEOPLE, resample_by=given.get("resample_by", "")[:120],
        )  # fmt: skip
    except ConcordError as error:
        messages.error(request, error.errors[0].detail if error.errors else error.detail)
        return redirect(request.path)
    return redirect("agreement_run", project.slug, str(run.pk))


def _id(text: str) -> UUID | None:
    """What a run is confined to. Something else than an id is refused: a run over everything is not what was meant."""
    found = parse_id(text)
    if text and found is None:
        raise NotFound
    return found


def _version(text: str) -> Version:
    if text in ("", "all", "none"):
        return "none" if text == "none" else "all"
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise NotFound("There is no published version of this number.")
    return int(text)


@project_page(roles=READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def agreement_runs(request: HttpRequest) -> HttpResponse:
    """Every run, the newest first, and the form of a new one."""
    if request.method == "POST":
        return start_run(request)
    access = access_of(request)
    project, before = access.project, parse_id(request.GET.get("before", ""))
    versions = published(project)
    questions = measured_questions(versions)
    numbers = [version.number for version in versions if version.number is not None]
    found = run_lines(project, questions, choices_of(project), before=before, limit=PAGE + 1)
    initial = {name: request.GET.get(name, "") for name in RunForm.base_fields}
    form = RunForm(initial=initial, project=project, questions=questions, numbers=numbers)
    context = {
        "lines": found[:PAGE], "questions": questions, "form": form if access.is_manager and questions else None,
        "older_url": f"?before={found[PAGE - 1].run.pk}" if len(found) > PAGE else None,
        "newer_url": request.path if before else None,
    }  # fmt: skip
    return render(request, "metrics/runs.html", context)


def _steer(request: HttpRequest, found: AgreementRun, job: Job | None) -> HttpResponse:
    """Cancel a run, or take it up again from the questions that are done."""
    access_of(request).require_role(MANAGERS)
    do = request.POST.get("do")
    if job is None or do not in ("cancel", "resume"):
        raise NotFound
    try:
        if do == "cancel":
            cancel_job(job=job)
        else:
            resume_job(job=job, now=timezone.now())
    except ConcordError as error:
        messages.error(request, error.detail)
    else:
        said = "The run is being cancelled. It leaves nothing." if do == "cancel" else "The run is taken up again."
        messages.success(request, said)
    return redirect("agreement_run", found.project.slug, str(found.pk))


@project_page(roles=READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def agreement_run(request: HttpRequest, run: str) -> HttpResponse:
    """A run: how far it has come, then what it found. htmx asks for the inner part."""
    access = access_of(request)
    found = run_in(access.project, parse_id(run))
    if found is None:
        raise NotFound
    if request.method == "POST":
        return _steer(request, found, get_job(found.pk))
    job, now = get_job(found.pk), timezone.now()
    context = {
        "run": found,
        "head": run_head(found, job, now),
        "working": job is not None and job.state in ("queued", "running"),
        "sections": run_sections(found, access),
        "narrowed": narrowed_words(found, choices_of(access.project)),
    }
    page = "metrics/_run.html" if request.headers.get("HX-Request") else "metrics/run.html"
    return render(request, page, context)
