"""The agreement dashboard: its page, its first line by itself, its downloads."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from metrics import downloads
from metrics.counting import ALONE, SLICES, SUGGESTION_SHOWN
from metrics.dashboard import dashboard, verdict_for
from metrics.diagnostics import Diagnostics, diagnostics_of
from metrics.figures import LiveFigures, RunFigures
from metrics.questions import version_key
from metrics.selectors.found import newest_found
from metrics.selectors.scores import answers_apart, live_as_of
from metrics.views.asked import READERS, Opened, asked_questions, must_open, opened
from metrics.views.runs import start_run
from metrics.wanted import CELLS, ORDERS, name_of
from projects.access import Access
from projects.pages import access_of, project_page

COUNTING: Final = "counting"


def token_of(as_of: int | None) -> str:
    """How far the live figures have come, for a page to say which of them it shows."""
    return COUNTING if as_of is None else str(as_of)


@project_page(roles=READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def agreement(request: HttpRequest) -> HttpResponse:
    access = access_of(request)
    if request.method == "POST":
        return start_run(request)
    asked = opened(request)
    if asked is None:
        return render(request, "metrics/empty.html", {"versions": asked_questions(request)[1]})
    shown = dashboard(asked.figures, asked.wanted)
    more = _diagnostics(asked, access)
    if (file := request.GET.get("format")) in ("csv", "json"):
        return _download(asked, downloads.Shown(asked.figures, shown, more), request.GET.get("part", ""), file)
    context = {"shown": shown, "more": more, "choices": asked.choices, "is_live": asked.figures.is_live}
    context |= _links(asked) | _narrowed(asked) | _apart(asked)
    return render(request, "metrics/agreement.html", context | _headline(asked, shown))


def _diagnostics(asked: Opened, access: Access) -> Diagnostics | None:
    """What the newest run over this adds, if there is one."""
    wanted = asked.wanted
    found = newest_found(access.project, wanted, version_key(wanted.version))
    if found is None:
        return None
    figures = asked.figures
    live = isinstance(figures, LiveFigures) and not figures.live(found.version).waits
    return diagnostics_of(found, wanted, access, asked.versions, figures.rows(found.version)[0] if live else None)


def _links(asked: Opened) -> dict[str, Any]:
    """The addresses of the same page with one thing changed."""
    wanted, figures = asked.wanted, asked.figures
    return {
        "questions": [(m, wanted.address(question=m.name, version="", week="")) for m in asked.questions.values()],
        "version_links": [(name_of(v), v, wanted.address(version=v)) for v in ("all", *figures.versions())],
        "cell_links": [(c, wanted.address(cells=c)) for c in CELLS],
        "order_links": [(o, wanted.address(order=o)) for o in ORDERS],
        "diagonal_url": wanted.address(diagonal="" if wanted.diagonal else "on"),
        "labels_url": wanted.address(labels="" if wanted.labels else "all"),
        "weeks_url": wanted.address(weeks="" if wanted.weeks else "all"),
        "week_url": wanted.address(week=""),
        "whole_url": wanted.address(slice=ALONE, who="", batch="", team="", week=""),
    }


def _narrowed(asked: Opened) -> dict[str, Any]:
    """What the figures are confined to, in words; and what forms carry along."""
    wanted, choices = asked.wanted, asked.choices
    parts = [
        f"the slice “{wanted.slice}”" if wanted.slice and wanted.slice not in SLICES else "",
        {"models": "models alone", "together": "people and models together"}.get(wanted.who, ""),
        f"the batch “{dict(choices.batches).get(wanted.batch, 'unnamed')}”" if wanted.batch else "",
        f"the team “{dict(choices.teams).get(wanted.team, 'unnamed')}”" if wanted.team else "",
    ]
    return {
        "unmeasured": isinstance(asked.figures, RunFigures) and not asked.figures.runs,
        "narrowed_words": ", ".join(part for part in parts if part),
        "by_answers": wanted.slice in asked.choices.by_answers,
        # live figures are there for every version, so a run over all of them adds most, its weeks above all
        "run_fields": wanted.hidden_fields(*wanted.drawing, "week", *(["version"] if wanted.is_live else [])),
        "split_fields": wanted.hidden_fields("at_least"),
    }


def _apart(asked: Opened) -> dict[str, Any]:
    """How many answers given with a suggestion on screen are left out."""
    wanted = asked.wanted
    if not asked.figures.is_live or wanted.slice:
        return {"apart": 0}
    key = version_key(wanted.version)
    return {
        "apart": answers_apart(asked.figures.project, wanted.question, key, SUGGESTION_SHOWN),
        "apart_url": wanted.address(slice=SUGGESTION_SHOWN),
    }


def _headline(asked: Opened, shown: Any = None) -> dict[str, Any]:
    figures, wanted = asked.figures, asked.wanted
    verdict, score = (shown.verdict, shown.score) if shown else verdict_for(figures, wanted.version)
    token = token_of(figures.as_of) if isinstance(figures, LiveFigures) else ""
    return {
        "verdict": verdict,
        "score": score,
        "measured": figures.measured,
        "version_name": name_of(wanted.version),
        "wanted": wanted,
        "token": token,
        "counting": token == COUNTING,
        "poll": reverse("agreement_headline", args=[figures.project.slug]) + wanted.keeping(),
    }


@project_page(roles=READERS)
@require_safe
def headline(request: HttpRequest) -> HttpResponse:
    """The first line again, which the page asks for every few seconds: 204 where nothing can have changed since."""
    if request.GET.get("seen") == token_of(live_as_of(access_of(request).project)):
        return HttpResponse(status=204)
    asked = must_open(request, only_version=True)
    context = _headline(asked)
    context["newer"] = request.GET.get("drawn", context["token"]) != context["token"]
    return render(request, "metrics/_headline.html", context | {"drawn": request.GET.get("drawn", "")})


def _download(asked: Opened, shown: downloads.Shown, part: str, file: str) -> HttpResponse:
    part = part if part in downloads.PARTS else ""
    content, kind = downloads.file_of(shown, part, file)
    name = f"{asked.figures.project.slug}-{asked.measured.name}-{part or 'agreement'}.{file}"
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
