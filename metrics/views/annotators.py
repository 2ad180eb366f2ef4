"""Pages about annotators: everybody, one of them, his items in a window. Names only for who may identify people."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from core.canonical import rfc3339
from core.errors import NotFound
from core.ids import parse_id
from guidelines.models import GuidelineVersion
from metrics.annotatorfiles import Source, download_people, download_person
from metrics.annotatorpages import SORTS, known_to, people_lines, person_page, run_words, teams_shown
from metrics.bodies import open_teams
from metrics.models import AgreementRun, RunAnnotator
from metrics.questions import Measured
from metrics.selection import annotations_of, selection_of
from metrics.selectors.annotators import (
    Window,
    answers_in,
    is_narrowed,
    people_rows,
    people_run,
    people_runs,
    person_in,
    team_rows,
    teams_of_people,
    values_of,
)
from metrics.selectors.items import open_items
from metrics.selectors.people import names_of
from metrics.views.asked import READERS, asked_questions
from projects.access import MANAGERS
from projects.models import Role
from projects.pages import access_of, project_page

PAGE: Final = 100
ITEMS: Final = 50
BY: Final = ("units", "weeks")


@dataclass(frozen=True)
class Asked:
    """A question and the run that the page reads; no run where none knows the people of it yet."""

    questions: dict[str, Measured]
    versions: list[GuidelineVersion]
    measured: Measured
    run: AgreementRun | None
    runs: list[AgreementRun]
    pinned: str
    """The run in the address, which is kept; "" for the newest."""

    def query(self, **changes: Any) -> str:
        kept = {"question": self.measured.name, "run": self.pinned} | changes
        return "?" + urlencode({name: value for name, value in kept.items() if value not in ("", None)})


def _asked(request: HttpRequest) -> Asked | None:
    """None where nothing is measured. Raises NotFound."""
    project = access_of(request).project
    questions, versions = asked_questions(request)
    name = request.GET.get("question") or next(iter(questions), "")
    if name not in questions:
        if request.GET.get("question"):
            raise NotFound("No version of the guideline asks this question.")
        return None
    runs, pinned = people_runs(project, name), request.GET.get("run", "")
    run = next((one for one in runs if str(one.pk) == pinned), None)
    if pinned and run is None and (run := people_run(project, name, parse_id(pinned))) is None:
        raise NotFound("There is no such run, or it knows nobody who answered this question.")
    run = run or next(iter(runs), None)
    if run is not None:
        run.project = project  # known already: a selection need not read it again
    return Asked(questions, versions, questions[name], run, runs, pinned)


def _head(request: HttpRequest, asked: Asked) -> dict[str, Any]:
    """What every page about annotators says of where its figures come from."""
    here, run = reverse("agreement_annotators", args=[access_of(request).project.slug]), asked.run
    return {
        "measured": asked.measured,
        "run": run,
        "run_words": run_words(run) if run else "",
        "narrowed": is_narrowed(run) if run else False,
        "questions": [(one, here + asked.query(question=one.name, run="")) for one in asked.questions.values()],
        "runs": [(one, run_words(one), here + asked.query(run=one.pk)) for one in asked.runs],
        "lowered": access_of(request).project.lowered_minimums,
        "keep": asked.query(run=""),
        "back": here + asked.query(),
    }


@project_page(roles=READERS)
@require_safe
def annotators(request: HttpRequest) -> HttpResponse:
    access, asked = access_of(request), _asked(request)
    if asked is None or asked.run is None:
        context = _head(request, asked) if asked else {"keep": ""}
        return render(request, "metrics/annotators.html", context | {"lines": []})
    sort = request.GET.get("sort", "")
    sort = sort if sort in SORTS and (sort != "team" or access.may_identify) else "with_rest"
    rows = people_rows(asked.run, asked.measured.name)
    names = names_of(access, (row["annotator"] for row in rows))
    teams = teams_of_people(access.project) if access.may_identify else {}
    lines = people_lines(access, rows, names, teams, sort)
    found = team_rows(asked.run, asked.measured.name)
    shown = teams_shown(open_teams(found, access))
    if (file := request.GET.get("format")) in ("csv", "json"):
        source = Source(access.project.slug, asked.run, asked.measured, str(file))
        return download_people(source, lines, shown, request.GET.get("part", ""))
    start = _start(request, PAGE)
    context = _head(request, asked) | {
        "lines": lines[start : start + PAGE],
        "of": len(lines),
        "start": start,
        "sort": sort,
        "sorts": {name: asked.query(sort=name) for name in SORTS},
        "own_query": asked.query(),
        "teams": shown,
        "small_teams": len(found["teams"]) - len(shown.rows),
        "alarms": [line for line in lines if line.drift.tone in {"warn", "info"}],
        "by_team": access.may_identify,
        "any_gold": any(line.row["gold"]["n"] for line in lines),
        "previous_url": asked.query(sort=sort, page=start // PAGE) if start else "",
        "next_url": asked.query(sort=sort, page=start // PAGE + 2) if len(lines) > start + PAGE else "",
    }
    return render(request, "metrics/annotators.html", context)


def _start(request: HttpRequest, size: int) -> int:
    page = request.GET.get("page", "")
    return (int(page) - 1) * size if page.isascii() and page.isdigit() and 1 <= int(page[:6]) < 10_000 else 0


def _person(request: HttpRequest, who: str) -> tuple[Asked, AgreementRun, RunAnnotator]:
    asked = _asked(request)
    if asked is None or asked.run is None:
        raise NotFound
    row = person_in(asked.run, asked.measured.name, who)
    if row is None:
        raise NotFound("This run knows no such annotator.")
    return asked, asked.run, row


def _by(request: HttpRequest) -> str:
    by = request.GET.get("by", "")
    return by if by in BY else BY[0]


@project_page(roles=READERS)
@require_safe
def annotator(request: HttpRequest, who: str) -> HttpResponse:
    access = access_of(request)
    asked, run, row = _person(request, who)
    by = _by(request)
    items = reverse("agreement_annotator_items", args=[access.project.slug, who])

    def address(place: int) -> str:
        # who may not know which item somebody answered is led nowhere
        return items + asked.query(run=run.pk, by=by, window=place) if access.is_manager else ""

    page = person_page(asked.measured, row.n, known_to(access, row.figures), by, address)
    name = names_of(access, [row.annotator])[str(row.annotator)]
    if (file := request.GET.get("format")) in ("csv", "json"):
        source = Source(access.project.slug, run, asked.measured, str(file))
        return download_person(source, who, name, page, request.GET.get("part", ""))
    context = _head(request, asked) | {
        "who": who,
        "name": name,
        "is_self": row.annotator == access.user.pk,
        "team": teams_of_people(access.project).get(row.annotator, "") if access.may_identify else "",
        "page": page,
        "figures": page.figures,
        "by_links": [(one, asked.query(by=one)) for one in BY],
        "file": asked.query(by=by),
        "questions": [(one, asked.query(question=one.name, run="")) for one in asked.questions.values()],
    }
    return render(request, "metrics/annotator.html", context)


@project_page(roles=MANAGERS)
@require_safe
def annotator_items(request: HttpRequest, who: str) -> HttpResponse:
    """What somebody answered in a window of the chart, beside what the others said: for managers only."""
    access = access_of(request)
    asked, run, row = _person(request, who)
    by, place = _by(request), request.GET.get("window", "")
    found = row.figures["weeks" if by == "weeks" else "drift"]
    windows = found["windows"] if found else []
    if not (place.isascii() and place.isdigit() and len(place) < 4 and int(place) < len(windows)):
        raise NotFound("There is no such window.")
    window = windows[int(place)]
    selection = selection_of(run, asked.measured.name)
    first, last = (datetime.fromisoformat(window[end]) for end in ("from", "to"))
    start = _start(request, ITEMS)
    kept = annotations_of(selection)
    rows = list(answers_in(kept, Window(row.annotator, first, last))[start : start + ITEMS + 1])
    open_ = open_items(access, {str(answer.item_id) for answer in rows})
    shown = [answer for answer in rows[:ITEMS] if str(answer.item_id) in open_]
    beside = kept.filter(item__in=[answer.item_id for answer in shown])
    said = values_of(asked.measured, asked.versions, selection, beside)
    names = names_of(access, {user for values in said.values() for user in values} | {row.annotator})
    lines = [_item_line(answer, said.get((answer.round_id, answer.item_id), {}), names) for answer in shown]
    query = {"run": run.pk, "by": by, "window": place}
    context = _head(request, asked) | {
        "name": names[str(row.annotator)],
        "person_url": reverse("agreement_annotator", args=[access.project.slug, who]) + asked.query(by=by),
        "window": window,
        "first": first,
        "last": last,
        "lines": lines,
        "hidden": access.has(Role.ANNOTATOR),
        "previous_url": asked.query(**query, page=start // ITEMS) if start else "",
        "next_url": asked.query(**query, page=start // ITEMS + 2) if len(rows) > ITEMS else "",
    }
    return render(request, "metrics/annotator_items.html", context)


def _item_line(answer: Any, values: dict[Any, str], names: dict[str, str]) -> dict[str, Any]:
    own = values.get(answer.annotator_id, "")
    others = {user: words for user, words in values.items() if user != answer.annotator_id}
    texts = (value for value in answer.item.fields.values() if isinstance(value, str))
    return {
        "item": answer.item_id,
        "external_id": answer.item.external_id or str(answer.item_id),
        "text": next(texts, "")[:200],
        "own": own,
        "others": "; ".join(f"{names[str(user)]}: {words}" for user, words in others.items()),
        "state": "alone" if not others else "equal" if set(others.values()) == {own} else "different",
        "at": rfc3339(answer.created_at),
        "version": answer.guideline_version.number if answer.guideline_version else None,
        "unclear": bool(answer.unclear),
    }
