"""Pages of agreement: the dashboard, the items behind a confusion, a run."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from core.errors import ConcordError, NotFound
from core.ids import parse_id
from events.selectors import get_job
from events.services import wait_for_cut
from metrics import downloads
from metrics.bodies import run_head
from metrics.counting import ALONE, SLICES, SUGGESTION_SHOWN
from metrics.dashboard import (
    CELLS,
    ORDERS,
    Question,
    Wanted,
    dashboard,
    name_of,
    open_question,
    read_value,
    verdict_for,
)
from metrics.questions import Measured, Version, version_key
from metrics.runpage import run_sections
from metrics.selectors.items import item_lines, mixed_units, open_to
from metrics.selectors.runs import run_in, runs_of
from metrics.selectors.scores import answers_apart
from metrics.selectors.units import is_being_counted
from metrics.services.runs import request_run
from projects.access import ADJUDICATORS, MANAGERS
from projects.models import Role
from projects.pages import access_of, page_actor, project_page

READERS = MANAGERS | ADJUDICATORS
PAGE = 50


def _version(text: str | None, question: Question, numbers: list[int]) -> Version:
    """The version in the address, or the usual one. Raises NotFound."""
    if not text:
        return question.usual_version()
    if text in ("all", "none"):
        return "all" if text == "all" else "none"
    if text.isascii() and text.isdigit() and len(text) < 10 and int(text) in numbers:
        return int(text)
    raise NotFound("There is no published version of this number.")


def _opened(request: HttpRequest) -> tuple[Question | None, dict[str, Measured], list[int], Wanted | None]:
    project = access_of(request).project
    name = request.GET.get("question")
    slice_ = request.GET.get("slice", ALONE)
    question, measured, numbers = open_question(project, name, slice_ if slice_ in SLICES else ALONE)
    if question is None:
        if name:
            raise NotFound("No version of the guideline asks this question.")
        return None, measured, numbers, None
    cells, order = request.GET.get("cells", ""), request.GET.get("order", "")
    wanted = Wanted(
        question=question.measured.name,
        version=_version(request.GET.get("version"), question, numbers),
        cells=cells if cells in CELLS else CELLS[0],
        order=order if order in ORDERS else ORDERS[0],
        slice=question.slice,
    )
    return question, measured, numbers, wanted


@project_page(roles=READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def agreement(request: HttpRequest) -> HttpResponse:
    access = access_of(request)
    if request.method == "POST":
        return _start_run(request)
    question, measured, numbers, wanted = _opened(request)
    if question is None or wanted is None:
        return render(request, "metrics/empty.html", {"versions": numbers})
    shown = dashboard(question, wanted)
    if (file := request.GET.get("format")) in ("csv", "json"):
        return _download(request, question, shown, file)
    context = {
        "shown": shown,
        "questions": [(m, wanted.address(question=m.name, version="")) for m in measured.values()],
        "versions": [(name_of(v), v, wanted.address(version=v)) for v in ("all", *question.versions())],
        "cell_links": [(c, wanted.address(cells=c)) for c in CELLS],
        "order_links": [(o, wanted.address(order=o)) for o in ORDERS],
        "version_name": name_of(wanted.version),
        "runs": runs_of(access.project).order_by("-pk")[:5],
        "counting": is_being_counted(access.project),
        "apart": answers_apart(access.project, wanted.question, version_key(wanted.version), SUGGESTION_SHOWN),
        "alone_url": wanted.address(slice=ALONE),
        "apart_url": wanted.address(slice=SUGGESTION_SHOWN),
    }
    return render(request, "metrics/agreement.html", context | _headline(question, wanted))


def _headline(question: Question, wanted: Wanted) -> dict[str, Any]:
    verdict, score = verdict_for(question, wanted.version)
    return {
        "verdict": verdict,
        "score": score,
        "measured": question.measured,
        "version_name": name_of(wanted.version),
        "wanted": wanted,
        "poll": reverse("agreement_headline", args=[question.project.slug]) + wanted.address(),
    }


@project_page(roles=READERS)
@require_safe
def headline(request: HttpRequest) -> HttpResponse:
    """The first line again: the page asks for it every few seconds."""
    question, _, _, wanted = _opened(request)
    if question is None or wanted is None:
        raise NotFound
    return render(request, "metrics/_headline.html", _headline(question, wanted))


def _download(request: HttpRequest, question: Question, shown: Any, file: str) -> HttpResponse:
    labels = request.GET.get("part") == "labels"
    if file == "json":
        content, kind = downloads.as_json(question, shown), "application/json"
    else:
        content = downloads.labels_csv(shown) if labels else downloads.scores_csv(question)
        kind = "text/csv; charset=utf-8"
    part = "labels" if labels and file == "csv" else "agreement"
    name = f"{question.project.slug}-{question.measured.name}-{part}.{file}"
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _start_run(request: HttpRequest) -> HttpResponse:
    access = access_of(request)
    access.require_role(MANAGERS)
    project, question = access.project, request.POST.get("question", "")
    slice_ = request.POST.get("slice", ALONE)
    try:
        cut = wait_for_cut(project=project.id)
        run = request_run(
            by=page_actor(request), project=project, as_of=cut, now=timezone.now(), question=question,
            slice=slice_ if slice_ in SLICES else ALONE,
        )  # fmt: skip
    except ConcordError as error:
        messages.error(request, error.detail)
        return redirect("agreement", project.slug)
    return redirect("agreement_run", project.slug, str(run.pk))


@project_page(roles=READERS)
@require_safe
def mixed_items(request: HttpRequest) -> HttpResponse:
    """The items that were given both of two labels, newest guideline first."""
    access = access_of(request)
    question, _, _, wanted = _opened(request)
    if question is None or wanted is None:
        raise NotFound
    a, b = (read_value(question.measured, request.GET.get(name, "")) for name in ("a", "b"))
    if a is None or b is None:
        raise NotFound("The question has no such label.")
    version = version_key(wanted.version)
    every = mixed_units(access.project, question=wanted.question, a=a, b=b, version=version, slice=wanted.slice)
    page = request.GET.get("page", "")
    start = (int(page) - 1) * PAGE if page.isascii() and page.isdigit() and 1 <= int(page[:6]) < 10_000 else 0
    found = list(open_to(access, every)[start : start + PAGE + 1])
    lines = item_lines(found[:PAGE], question.measured)
    pair = {"a": str(a), "b": str(b)}
    context = {
        "measured": question.measured,
        "a": question.measured.title_of(a),
        "b": question.measured.title_of(b),
        "version_name": name_of(wanted.version),
        "lines": lines,
        "start": start,
        "hidden": access.has(Role.ANNOTATOR) or not access.is_manager,
        "next_url": wanted.address(**pair, page=start // PAGE + 2) if len(found) > PAGE else "",
        "previous_url": wanted.address(**pair, page=start // PAGE) if start else "",
        "back": reverse("agreement", args=[access.project.slug]) + wanted.address(),
    }
    return render(request, "metrics/items.html", context)


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
