"""The manager's pages of aggregation: the methods of each question, what a switch would change, the policy."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from adjudication import aggregation_page as shown
from adjudication.models import AggregationPolicy
from adjudication.selectors import schema_at
from adjudication.selectors.aggregations import aggregation_in, changed_answers, open_answers
from adjudication.selectors.policies import policies_of, policy_at
from adjudication.services.aggregating import JOB_AGGREGATE, request_aggregation
from adjudication.services.policies import set_aggregation_policy
from core.errors import ConcordError, NotFound, Stale
from core.ids import parse_id
from events.jobs import cancel_job, resume_job
from events.selectors import get_job
from events.services import wait_for_cut
from guidelines.schema.schema import LabelSchema
from metrics.stats.aggregation.methods import METHODS
from projects.access import MANAGERS
from projects.models import Project
from projects.pages import access_of, page_actor, project_page

PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
@project_page(roles=MANAGERS)
def aggregation(request: HttpRequest) -> HttpResponse:
    """The policy, question by question; a POST puts a new version in force. `seen` stands for If-Match."""
    project = access_of(request).project
    if request.method != "POST":
        return _page(request, project)
    schema = schema_at(project, None) or LabelSchema(())
    methods = shown.sent_methods(schema, request.POST)
    try:
        policy = set_aggregation_policy(
            by=page_actor(request), project=project, methods=methods, note=request.POST.get("note", ""),
            now=timezone.now(), verify=lambda held: _require_seen(request, held),
        )  # fmt: skip
    except ConcordError as error:
        return _page(request, project, sent=methods, error=error)
    messages.success(request, f"Policy {policy.number} is in force. Earlier cuts keep the policy they had.")
    return redirect("aggregation", project.slug)


def _require_seen(request: HttpRequest, held: AggregationPolicy) -> None:
    if str(held.number) != request.POST.get("seen"):
        raise Stale("Somebody else has changed the policy meanwhile. Look at it again before you save.")


def _page(
    request: HttpRequest, project: Project, sent: Mapping[str, Any] | None = None, error: ConcordError | None = None
) -> HttpResponse:
    access, policy = access_of(request), policy_at(project)
    schema = schema_at(project, None) or LabelSchema(())
    context = {
        "policy": policy,
        "questions": shown.question_sections(access, schema, policy, sent),
        "history": shown.history_rows(schema, policies_of(project).select_related("created_by")[: shown.MOST_VERSIONS]),
        "note": request.POST.get("note", ""),
        "problems": shown.problems_of(schema, error),
    }
    return render(request, "adjudication/aggregation.html", context, status=error.status if error else 200)


@require_POST
@project_page(roles=MANAGERS)
def compute_aggregation(request: HttpRequest) -> HttpResponse:
    """Ask the worker for the figures of one question over the present cut."""
    project, question = access_of(request).project, request.POST.get("question", "")
    try:
        cut = wait_for_cut(project=project.id)
        request_aggregation(by=page_actor(request), project=project, question=question, as_of=cut, now=timezone.now())
    except ConcordError as error:
        messages.error(request, error.errors[0].detail if error.errors else error.detail)
    return redirect("aggregation", project.slug)


@require_POST
@project_page(roles=MANAGERS)
def steer_aggregation(request: HttpRequest, run: UUID) -> HttpResponse:
    """Stop a run, or start it again."""
    project = access_of(request).project
    job = get_job(run)
    if job is None or job.kind != JOB_AGGREGATE or job.project != project.id:
        raise NotFound
    try:
        if request.POST.get("action") == "resume":
            resume_job(job=job, now=timezone.now())
        else:
            cancel_job(job=job)
    except ConcordError as error:
        messages.error(request, error.detail)
    return redirect("aggregation", project.slug)


@require_safe
@project_page(roles=MANAGERS)
def aggregation_progress(request: HttpRequest, run: UUID) -> HttpResponse:
    """How far a run has come, for htmx; once it has ended the page reads itself again."""
    access = access_of(request)
    found = aggregation_in(access.project, run)
    if found is None:
        raise NotFound
    work = shown.work_of(found, get_job(found.pk))
    if not work.is_moving:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return render(request, "adjudication/_aggregation_progress.html", {"work": work})


@require_safe
@project_page(roles=MANAGERS)
def aggregation_changes(request: HttpRequest, run: UUID) -> HttpResponse:
    """The items whose label another method changes, with both answers."""
    access = access_of(request)
    found, name = aggregation_in(access.project, run), request.GET.get("method", "")
    if found is None or found.computed_at is None or name not in found.comparisons or name not in METHODS:
        raise NotFound
    rows = open_answers(access, changed_answers(found, name))
    place = parse_id(request.GET.get("after", ""))
    last = rows.filter(item=place).first() if place else None
    page = list((rows.filter(pk__gt=last.pk) if last else rows)[: PAGE + 1])
    context = {
        "run": found, "method": METHODS[name], "own": METHODS[found.method],
        "question": shown.title_of(access.project, found.question),
        "lines": shown.change_lines(access.project, found, name, page[:PAGE]),
        "total": found.comparisons[name].get("changed", 0),
        "next_url": f"?method={name}&after={page[PAGE - 1].item_id}" if len(page) > PAGE else None,
        "first_url": f"?method={name}" if place else None,
    }  # fmt: skip
    return render(request, "adjudication/aggregation_changes.html", context)
