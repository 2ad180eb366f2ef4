"""The page of one case: claim, decide, escalate, give back, reopen. Each form posts to this page."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from adjudication import selectors, services
from adjudication.forms import OWN, DecisionForm, EscalateForm, FenceForm, ReopenForm
from adjudication.models import Case, Decision
from adjudication.own import Own, own_control
from adjudication.views.context import asked_of, case_context, clauses_of, schema_of
from adjudication.views.patterns import shown_pattern, titles_of
from adjudication.views.queue import DECIDERS
from core.errors import Conflict, Invalid, NotFound
from projects.pages import access_of, page_actor, project_page


@require_http_methods(["GET", "HEAD", "POST"])
@project_page(roles=DECIDERS)
def case(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Raises NotFound, and OwnAnnotation for whoever has labelled the item."""
    access = access_of(request)
    found = selectors.case_in(access.project, case_id)
    if found is None:
        raise NotFound
    services.require_not_own(access.user, found)
    if request.method == "POST":
        action = ACTIONS.get(request.POST.get("action", ""))
        if action is None:
            raise NotFound
        try:
            return action(request, found)
        except Conflict as error:
            messages.warning(request, error.detail)
            return redirect(request.path)
    return _show(request, found)


def _show(
    request: HttpRequest, found: Case, form: DecisionForm | None = None, *, start: Any = None, status: int = 200
) -> HttpResponse:
    access, now = access_of(request), timezone.now()
    holds = found.is_waiting and found.holder_id == access.user.pk
    with_answers = holds or not found.is_waiting
    if not found.is_waiting and not selectors.opened_cases(access.user.pk, [found.pk]):
        services.record_openings(user=access.user, cases=[found], now=now)
    context = case_context(access.project, found, access.user, with_answers=with_answers)
    context |= {
        "holds": holds,
        "taken": found.is_waiting and not holds and found.expires_at is not None and found.expires_at > now,
        "form": form or DecisionForm(initial={"fence": found.fence}),
        "own": _own(request, found, request.POST if form is not None else None, start),
        "cited": request.POST.getlist("clauses"),
    }
    return render(request, "adjudication/case.html", context, status=status)


def _own(request: HttpRequest, found: Case, sent: QueryDict | None, start: Any) -> Own | None:
    """The control for an own answer; compared fields are called by their titles."""
    project = access_of(request).project
    asked = asked_of(project, found)
    own = own_control(asked, sent, found.item.fields, start)
    if own is None or asked is None or not own.ranks:
        return own
    titles = titles_of(project, asked[1])
    return replace(own, ranks=tuple((titles.get(option, option), rank) for option, rank in own.ranks))


def _decide(request: HttpRequest, found: Case) -> HttpResponse:
    access = access_of(request)
    keys = [(clause["key"], clause["title"]) for clause in clauses_of(access.project, found)]
    if "start" in request.POST:
        return _start(request, found)
    form = DecisionForm(
        request.POST, clauses=keys, asked=asked_of(access.project, found), item_fields=found.item.fields
    )
    if form.is_valid():
        try:
            services.decide_case(
                by=page_actor(request), case_id=found.pk, fence=form.cleaned_data["fence"],
                decision=form.as_decision(), now=timezone.now(),
            )  # fmt: skip
        except Invalid as error:
            form.refuse(error)
        else:
            return _go_on(request, found)
    return _show(request, found, form, status=422)


def _start(request: HttpRequest, found: Case) -> HttpResponse:
    """Begin an own answer with that of one annotator; what else was written so far stays."""
    holder = found.holder_id == access_of(request).user.pk
    given = {row.letter: row.answer for row in selectors.answers_of([found])[found.pk]} if holder else {}
    answer = given.get(request.POST["start"])
    if answer is None:
        raise NotFound
    initial = request.POST.dict() | {"outcome": Decision.Outcome.ANSWER, "answer": OWN}
    services.renew_case(by=page_actor(request), case_id=found.pk, fence=found.fence)
    return _show(request, found, DecisionForm(initial=initial), start=answer)


def _go_on(request: HttpRequest, decided: Case) -> HttpResponse:
    """The next case comes by itself, so that a row of decisions needs no clicks between them."""
    access = access_of(request)
    given = services.next_case(by=page_actor(request), project=access.project, now=timezone.now())
    words = shown_pattern(access.project, schema_of(access.project), decided.question, decided.pattern)
    if given.case is None:
        messages.success(request, f"Decided: {words}. No further case waits for you.")
        return redirect("cases", slug=access.project.slug)
    messages.success(request, f"Decided: {words}. This is the next case.")
    return redirect("case", slug=access.project.slug, case_id=given.case.pk)


def _claim(request: HttpRequest, found: Case) -> HttpResponse:
    services.claim_case(by=page_actor(request), case_id=found.pk, now=timezone.now())
    return redirect(request.path)


def _release(request: HttpRequest, found: Case) -> HttpResponse:
    form = FenceForm(request.POST)
    if form.is_valid():
        services.release_case(by=page_actor(request), case_id=found.pk, **form.cleaned_data)
        messages.info(request, "The case is back in the queue.")
    return redirect("cases", slug=access_of(request).project.slug)


def _escalate(request: HttpRequest, found: Case) -> HttpResponse:
    form = EscalateForm(request.POST)
    if not form.is_valid():
        messages.warning(request, "Write the question that an expert should answer.")
        return redirect(request.path)
    services.escalate_case(by=page_actor(request), case_id=found.pk, now=timezone.now(), **form.cleaned_data)
    messages.success(request, "The case is escalated: somebody else will find it with your question.")
    return redirect("cases", slug=access_of(request).project.slug)


def _reopen(request: HttpRequest, found: Case) -> HttpResponse:
    form = ReopenForm(request.POST)
    if not form.is_valid():
        messages.warning(request, "Say why the decision does not hold.")
        return redirect(request.path)
    services.reopen_case(by=page_actor(request), case_id=found.pk, now=timezone.now(), **form.cleaned_data)
    messages.success(request, "The case is open again. The next decision supersedes this one.")
    return redirect(request.path)


ACTIONS: dict[str, Callable[[HttpRequest, Case], HttpResponse]] = {
    "decide": _decide,
    "claim": _claim,
    "release": _release,
    "escalate": _escalate,
    "reopen": _reopen,
}
