"""The agreement dashboard: its page, its first line by itself, its downloads."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from core.errors import NotFound
from metrics import downloads
from metrics.counting import ALONE, SUGGESTION_SHOWN
from metrics.dashboard import CELLS, ORDERS, Question, Wanted, dashboard, name_of, verdict_for
from metrics.questions import version_key
from metrics.selectors.runs import runs_of
from metrics.selectors.scores import answers_apart
from metrics.selectors.units import is_being_counted
from metrics.views.asked import READERS, opened
from metrics.views.runs import start_run
from projects.pages import access_of, project_page


@project_page(roles=READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def agreement(request: HttpRequest) -> HttpResponse:
    access = access_of(request)
    if request.method == "POST":
        return start_run(request)
    question, measured, numbers, wanted = opened(request)
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
    question, _, _, wanted = opened(request)
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
