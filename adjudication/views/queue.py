"""The queue of cases: what waits, what is done, and the one way to the next case."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from adjudication import selectors, services
from adjudication.forms import CaseFilterForm
from adjudication.models import Case
from adjudication.views.context import preview, question_title, schema_of
from adjudication.views.patterns import shown_pattern
from core.ids import parse_id
from metrics.slicewords import names_for, words_of
from metrics.splitlinks import named_definition
from projects.access import ADJUDICATORS, MANAGERS, Access
from projects.pages import access_of, page_actor, project_page

DECIDERS = ADJUDICATORS | MANAGERS
PAGE = 50
TABS = [("open", "Pending"), ("escalated", "Escalated"), ("decided", "Done"), ("dissolved", "Dissolved")]
NOTHING = {
    "queue_empty": "No case waits for you.",
    "all_leased": "Others are deciding every case that is left. Look again in a few minutes.",
}


@require_safe
@project_page(roles=DECIDERS)
def cases(request: HttpRequest) -> HttpResponse:
    """Cases with the most disagreement times prevalence first."""
    access = access_of(request)
    form = CaseFilterForm(request.GET)
    given = {k: v for k, v in form.cleaned_data.items() if v} if form.is_valid() else {}
    state = given.get("state") or "open"
    visible = selectors.visible_cases(access.project, access.user)
    counts = selectors.state_counts(visible)
    in_state = visible.filter(state=state)
    rows = selectors.filter_cases(in_state, selectors.CaseFilter(**(given | {"state": state})), access)
    found = _page(rows.select_related("item"), request.GET.get("after"), by_weight=state in ("open", "escalated"))
    kept = {k: v for k, v in given.items() if k != "state"} | {"state": state}
    more = found[PAGE:] and f"?{urlencode(kept | {'after': str(found[PAGE - 1].pk)})}"
    context = {
        "tabs": _tabs(counts, state),
        "state": state,
        "wanted": given,
        "filtered": any(given.get(name) for name in ("question", "pattern", "slice", "part")),
        "confined": _confined(access, given),
        "patterns": _patterns(access, in_state),
        "questions": _questions(access, in_state),
        "rows": _rows(access, found[:PAGE]),
        "next_url": more or None,
        "first_url": f"?{urlencode(kept)}" if request.GET.get("after") else None,
        "counts": counts,
        "waiting": counts["open"] + counts["escalated"],
        "any": sum(counts.values()),
    }
    return render(request, "adjudication/cases.html", context)


def _confined(access: Access, given: dict[str, Any]) -> str:
    """What a slice or a part in the address keeps, in words."""
    definition = named_definition(access.project, slice_=given.get("slice", ""), part=given.get("part", ""))
    if definition is None:
        return ""
    words = "; ".join(words_of(definition, names_for(access.project, [definition])))
    return f"{given['slice']}: {words}" if given.get("slice") else words


def _tabs(counts: dict[str, int], state: str) -> list[dict[str, Any]]:
    return [
        {"url": f"?state={name}", "label": label, "count": counts[name], "current": name == state}
        for name, label in TABS
    ]


def _questions(access: Access, rows: QuerySet[Case]) -> list[dict[str, Any]]:
    schema = schema_of(access.project)
    return [
        {"name": name, "title": question_title(schema, name), "n": n}
        for name, n in selectors.question_counts(rows).items()
    ]


def _patterns(access: Access, rows: QuerySet[Case]) -> list[dict[str, Any]]:
    schema = schema_of(access.project)
    return [
        row | {"title": shown_pattern(access.project, schema, row["question"], row["pattern"])}
        for row in selectors.pattern_counts(rows)
    ]


def _page(rows: QuerySet[Case], after: str | None, *, by_weight: bool) -> list[Case]:
    """One page and one row more, from behind the case `after`."""
    place = parse_id(after) if after else None
    last = rows.filter(pk=place).first() if place else None
    if last is not None and by_weight:
        rows = rows.filter(Q(weight__lt=last.weight) | Q(weight=last.weight, pk__gt=last.pk))
    elif last is not None:
        rows = rows.filter(pk__lt=last.pk)
    return list(rows.order_by(*(("-weight", "pk") if by_weight else ("-pk",)))[: PAGE + 1])


def _rows(access: Access, found: list[Case]) -> list[dict[str, Any]]:
    schema, now = schema_of(access.project), timezone.now()
    return [
        {
            "case": case,
            "pattern": shown_pattern(access.project, schema, case.question, case.pattern),
            "question": question_title(schema, case.question),
            "preview": preview(access.project, case),
            "percent": round(case.disagreement * 100),
            "mine": case.is_waiting and case.holder_id == access.user.pk,
            "taken": case.is_waiting and case.expires_at is not None and case.expires_at > now,
        }
        for case in found
    ]


@require_POST
@project_page(roles=DECIDERS)
def take_next(request: HttpRequest) -> HttpResponse:
    """Claim the next case and go there."""
    access = access_of(request)
    given = services.next_case(by=page_actor(request), project=access.project, now=timezone.now())
    if given.case is None:
        messages.info(request, NOTHING[given.reason or "queue_empty"])
        return redirect("cases", slug=access.project.slug)
    return redirect("case", slug=access.project.slug, case_id=given.case.pk)
