"""Pages of agreement reviews: evidence, proposed clauses, what they touch, publishing. They work without JavaScript."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from core.errors import ConcordError, NotFound, WrongRole
from core.ids import parse_id
from guidelines.schema.schema import parse_schema
from guidelines.selectors import current_version, label_schema_of
from metrics.splitlinks import part_words
from projects.access import ADJUDICATORS, MANAGERS
from projects.models import Project
from projects.pages import access_of, page_actor, project_page
from reviews import selectors, services
from reviews.forms import (
    ClauseForm,
    EvidenceForm,
    PublishForm,
    ReviewForm,
    carry_refusal,
    example_rows,
    posted_examples,
    read_examples,
)
from reviews.models import AgreementReview, Evidence
from reviews.page import clause_lines, compare_clause, label_choices, review_page, run_choices

READERS = MANAGERS | ADJUDICATORS
METHODS = ["GET", "HEAD", "POST"]
MOST_LISTED = 100
Forms = dict[str, forms.Form]


@require_safe
@project_page(roles=READERS)
def reviews(request: HttpRequest) -> HttpResponse:
    access = access_of(request)
    version = current_version(access.project)
    questions = label_schema_of(version).by_name if version else {}
    rows = [
        (review, questions.get(review.question, {}).get("title", review.question))
        for review in selectors.reviews_of(access.project).order_by("-opened_at")[:MOST_LISTED]
    ]
    context = {"reviews": rows, "is_manager": access.is_manager}
    return render(request, "reviews/reviews.html", context)


@require_http_methods(METHODS)
@project_page(roles=MANAGERS)
def new_review(request: HttpRequest) -> HttpResponse:
    """Choose a finished run and a question."""
    project = access_of(request).project
    version = current_version(project)
    runs = run_choices(project)
    if version is None or not runs:
        return render(request, "reviews/cannot_open.html", {"version": version})
    questions = [(name, q["title"]) for name, q in label_schema_of(version).by_name.items()]
    initial = {name: request.GET.get(name) for name in ("run", "question", "part")}
    initial["title"] = _title_of(initial["part"])
    form = ReviewForm(request.POST or None, initial=initial, runs=runs, questions=questions)
    if request.method == "POST" and form.is_valid():
        try:
            opened = _open(request, project, form.cleaned_data)
            return redirect("review", project.slug, opened.pk)
        except ConcordError as refusal:
            carry_refusal(form, refusal)
    return render(request, "reviews/new.html", {"form": form}, status=422 if form.errors else 200)


def _open(request: HttpRequest, project: Project, data: dict[str, Any]) -> AgreementReview:
    run = selectors.run_in(project, data["run"])
    if run is None:
        raise NotFound
    found = services.open_review(
        by=page_actor(request), project=project, title=data["title"], question=data["question"], baseline_run=run,
        now=timezone.now(),
    )  # fmt: skip
    name, words = part_words(run, data["question"], data["part"])
    if words:
        services.add_evidence(
            by=page_actor(request), review=found, kind=Evidence.Kind.SLICE, ref=name[:200], text=words,
            now=timezone.now(),
        )  # fmt: skip
    return found


def _title_of(part: str | None) -> str:
    """What a review of a part of the answers is called, unless somebody knows better."""
    by, _, name = (part or "").partition(":")
    return f"Disagreement in {by} {name}"[:200] if name else ""


def _find(request: HttpRequest, review_id: UUID) -> AgreementReview:
    found = selectors.review_in(access_of(request).project, review_id)
    if found is None:
        raise NotFound
    return found


@require_http_methods(METHODS)
@project_page(roles=READERS)
def review(request: HttpRequest, review_id: UUID) -> HttpResponse:
    """One review from evidence to publishing; a form posts here with `do`."""
    found = _find(request, review_id)
    if request.method != "POST":
        return _page(request, found, {})
    do = request.POST.get("do", "")
    if do not in ACTIONS:
        raise NotFound
    if do != "add_evidence" and not access_of(request).is_manager:
        raise WrongRole
    given: Forms = {}
    try:
        said = ACTIONS[do](request, found, given)
    except ConcordError as refusal:
        if not given:
            raise
        for form in given.values():
            carry_refusal(form, refusal)
        said = None
    if said is None:
        return _page(request, found, given, status=422)
    messages.success(request, said)
    return redirect("review", access_of(request).project.slug, found.pk)


def _page(request: HttpRequest, found: AgreementReview, given: Forms, status: int = 200) -> HttpResponse:
    context = review_page(access_of(request), found, now=timezone.now())
    version = context["current"]
    context["evidence_form"] = given.get("evidence") or EvidenceForm(labels=label_choices(version, found.question))
    if context["impact"] is not None:
        proposed = "semantic" if context["impact"].semantic else "editorial"
        context["publish_form"] = given.get("publish") or PublishForm(initial={"change": proposed})
    return render(request, "reviews/review.html", context, status=status)


def _add_evidence(request: HttpRequest, found: AgreementReview, given: Forms) -> str | None:
    version = current_version(found.project)
    form = EvidenceForm(request.POST, labels=label_choices(version, found.question))
    given["evidence"] = form
    if not form.is_valid():
        return None
    services.add_evidence(by=page_actor(request), review=found, now=timezone.now(), **form.given())
    return "The evidence is added."


def _remove_evidence(request: HttpRequest, found: AgreementReview, given: Forms) -> str | None:  # noqa: ARG001  # as its siblings
    evidence = parse_id(request.POST.get("evidence"))
    if evidence is None:
        raise NotFound
    services.remove_evidence(by=page_actor(request), review=found, evidence=evidence, now=timezone.now())
    return "The evidence is removed."


def _drop_proposal(request: HttpRequest, found: AgreementReview, given: Forms) -> str | None:  # noqa: ARG001  # as its siblings
    clause_key = request.POST.get("clause", "")
    services.delete_proposal(by=page_actor(request), review=found, clause=clause_key, now=timezone.now())
    return "The proposal is taken back."


def _publish(request: HttpRequest, found: AgreementReview, given: Forms) -> str | None:
    form = PublishForm(request.POST)
    given["publish"] = form
    if not form.is_valid():
        return None
    data = {name: form.cleaned_data[name] for name in ("note", "change", "stale_policy")}
    version = services.publish_review(by=page_actor(request), review=found, now=timezone.now(), **data)
    return f"Version {version.number} is published."


def _close(request: HttpRequest, found: AgreementReview, given: Forms) -> str | None:  # noqa: ARG001  # as its siblings
    services.close_review(by=page_actor(request), review=found, now=timezone.now())
    return "The review is closed."


ACTIONS: dict[str, Callable[[HttpRequest, AgreementReview, Forms], str | None]] = {
    "add_evidence": _add_evidence,
    "remove_evidence": _remove_evidence,
    "drop_proposal": _drop_proposal,
    "publish": _publish,
    "close": _close,
}


@require_safe
@project_page(roles=MANAGERS)
def find_clause(request: HttpRequest, clause: str) -> HttpResponse:
    """To a clause in the open review of a question, with its evidence; without one to where a review is opened."""
    project, question = access_of(request).project, request.GET.get("question", "")
    found = selectors.open_review_of(project, question)
    if found is not None and found.state == AgreementReview.State.OPEN:
        return redirect("review_clause", project.slug, found.pk, clause)
    if found is not None:
        messages.info(request, "The review of this question is being tried out: the clause can be changed after it.")
        return redirect("review", project.slug, found.pk)
    messages.info(request, "No review of this question is open. A published clause is changed in a review: open one.")
    return redirect(f"{reverse('new_review', args=[project.slug])}?{urlencode({'question': question})}")


@require_http_methods(METHODS)
@project_page(roles=MANAGERS)
def clause(request: HttpRequest, review_id: UUID, clause: str) -> HttpResponse:
    """Propose the new text of one clause, its present text and the evidence beside."""
    found = _find(request, review_id)
    services.require_open(found)
    version = current_version(found.project)
    present = next((c for c in version.clauses if c["key"] == clause), None) if version else None
    if version is None or present is None:
        raise NotFound
    proposal = next((p for p in found.proposal_rows.all() if p.clause == clause), None)
    start = present if proposal is None else selectors.changes_of(found)[clause]
    initial = {n: start[n] for n in ("definition", "use_when", "avoid_when")}
    form = ClauseForm(request.POST or None, initial=initial | {"rationale": proposal.rationale if proposal else ""})
    chosen = {str(e.pk) for e in proposal.evidence.all()} if proposal else set()
    examples = example_rows(start["examples"])
    if request.method == "POST":
        chosen, typed = set(request.POST.getlist("evidence")), posted_examples(request.POST)
        examples = example_rows(typed)
        if form.is_valid() and _propose(request, found, present, form, typed):
            messages.success(request, f"The new text of “{present['title']}” is proposed.")
            return redirect("review", found.project.slug, found.pk)
    readable = services.read_evidence(access=access_of(request), reviews=[found], now=timezone.now())
    context = {
        "review": found, "clause": present, "form": form, "examples": examples, "chosen": chosen,
        "evidence": clause_lines(version, found.question, readable, found, clause),
        "change": compare_clause(version, present, selectors.changes_of(found).get(clause)) if proposal else None,
        "errors": form.errors,
    }  # fmt: skip
    return render(request, "reviews/clause.html", context, status=422 if form.errors else 200)


def _propose(
    request: HttpRequest, found: AgreementReview, clause: dict[str, Any], form: ClauseForm, typed: list[dict[str, Any]]
) -> bool:
    """Whether the proposal was taken; a refusal is carried into the form."""
    ids = [pk for text in request.POST.getlist("evidence") if (pk := parse_id(text))]
    # A browser sends line ends as CRLF: a text nobody changed must stay the same text.
    texts = {name: text.replace("\r\n", "\n") for name, text in form.cleaned_data.items()}
    for row in typed:
        row |= {name: row[name].replace("\r\n", "\n") for name in ("text", "why")}
    version = current_version(found.project)
    schema = label_schema_of(version) if version else parse_schema({}, empty_ok=True)
    try:
        services.put_proposal(
            by=page_actor(request), review=found, clause=clause["key"], evidence=ids, now=timezone.now(),
            examples=read_examples(typed, clause, schema), **texts,
        )  # fmt: skip
    except ConcordError as refusal:
        carry_refusal(form, refusal)
        return False
    return True
