"""The manager's page of practice and gold items."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from adjudication.forms_training import FromCasesForm, GoldFileForm, PolicyForm
from adjudication.services.golding import add_decided_cases, usable_decisions
from annotation.imports.gold_file import GoldFile, add_gold_file
from annotation.imports.preview import guess_format
from annotation.imports.uploads import check_content, drop_upload, store_upload
from annotation.models import TrainingPolicy
from annotation.selectors import member_behind
from annotation.services import remove_gold_item
from annotation.services.qualification import reinstate_annotator, set_training_policy
from annotation.training import (
    FOR_HIDING,
    FOR_TRAINING,
    current_policy,
    gold_item_in,
    gold_items_shown,
    is_usable,
    standings,
)
from core.errors import ConcordError, Invalid, NotFound, Stale
from core.ids import parse_id
from guidelines.schema.schema import LabelSchema
from guidelines.selectors import current_version, label_schema_of
from projects.access import MANAGERS
from projects.models import Project
from projects.pages import access_of, page_actor, project_page
from projects.selectors import annotators_of

PAGE, MOST_SHOWN = 50, 20


@require_http_methods(["GET", "HEAD", "POST"])
@project_page(roles=MANAGERS)
def training(request: HttpRequest) -> HttpResponse:
    """Policy, gold items and standings; a POST sets the policy. `seen` in the form stands for If-Match."""
    project = access_of(request).project
    policy = current_policy(project)
    form = PolicyForm(request.POST or None, initial=PolicyForm.initial_of(policy))
    if request.method == "POST" and form.is_valid():
        try:
            _set_policy(request, project, form)
        except ConcordError as error:
            form.add_problems(error.detail, error.errors)
        else:
            messages.success(request, "The policy is in force. It holds from the next item that somebody is given.")
            return redirect("training", project.slug)
    return _page(request, project, form=form)


def _set_policy(request: HttpRequest, project: Project, form: PolicyForm) -> None:
    def verify(policy: TrainingPolicy) -> None:
        if str(policy.number) != request.POST.get("seen"):
            raise Stale("Somebody else has changed the policy meanwhile. Look at it again before you save.")

    set_training_policy(
        by=page_actor(request), project=project, values=form.values(), verify=verify, now=timezone.now(),
        existing_qualified=form.cleaned_data["existing_qualified"],
    )  # fmt: skip


def _page(request: HttpRequest, project: Project, **changed: Any) -> HttpResponse:
    policy, version = current_policy(project), current_version(project)
    schema = label_schema_of(version) if version else None
    before = parse_id(request.GET.get("before", ""))
    rows = gold_items_shown(access_of(request)).order_by("-pk")
    found = list((rows.filter(pk__lt=before) if before else rows)[: PAGE + 1])
    people = list(annotators_of(project).order_by("user__name", "pk"))
    standing = standings(project, [m.user_id for m in people])
    context: dict[str, Any] = {
        "policy": policy, "ready": schema is not None,
        "gold": [_line(row, schema) for row in found[:PAGE]],
        "older_url": f"?before={found[PAGE - 1].pk}" if len(found) > PAGE else None,
        "newer_url": request.path if before else None,
        "for_practice": rows.filter(use__in=FOR_TRAINING).count(),
        "for_hiding": rows.filter(use__in=FOR_HIDING).count(),
        "people": [(member, standing[member.user_id]) for member in people],
        "decided": usable_decisions(project)[:1000].count(),
        "cases_form": FromCasesForm(prefix="cases"), "file_form": GoldFileForm(prefix="file"),
        "form": PolicyForm(initial=PolicyForm.initial_of(policy)),
    } | changed  # fmt: skip
    wrong = any(context[name].errors for name in ("form", "cases_form", "file_form"))
    return render(request, "adjudication/training.html", context, status=422 if wrong else 200)


def _line(gold: Any, schema: LabelSchema | None) -> dict[str, Any]:
    answers = [
        (str(schema.question(name)["title"]), schema.kind(name).display(schema.question(name), answer))
        if schema and name in schema.by_name and is_usable(gold, schema)
        else (name, str(answer))
        for name, answer in gold.answers.items()
    ]
    return {"gold": gold, "answers": answers, "usable": schema is None or is_usable(gold, schema)}


@require_POST
@project_page(roles=MANAGERS)
def from_cases(request: HttpRequest) -> HttpResponse:
    project = access_of(request).project
    form = FromCasesForm(request.POST, prefix="cases")
    if form.is_valid():
        try:
            made = add_decided_cases(by=page_actor(request), project=project, now=timezone.now(), **form.cleaned_data)
        except ConcordError as error:
            form.add_problems(error.detail, error.errors)
        else:
            _say_added(request, len(made), "No decided case is left that could become a gold item.")
            return redirect("training", project.slug)
    return _page(request, project, cases_form=form)


def _say_added(request: HttpRequest, number: int, none: str) -> None:
    words = "1 gold item is added." if number == 1 else f"{number} gold items are added."
    messages.success(request, words) if number else messages.warning(request, none)


@require_POST
@project_page(roles=MANAGERS)
def from_file(request: HttpRequest) -> HttpResponse:
    """Rows that are in order are taken; the page shows the line of each one that is not."""
    project = access_of(request).project
    form, read = GoldFileForm(request.POST, request.FILES, prefix="file"), None
    if form.is_valid():
        try:
            read = _read(request, project, form)
        except ConcordError as error:
            form.add_problems(error.detail, error.errors)
            if not form.errors.get("file"):
                form.add_error("file", error.detail)
        else:
            _say_added(request, len(read.added), "No row of the file could be taken.")
            if not read.problems:
                return redirect("training", project.slug)
    problems = read.problems if read else []
    more = max(0, len(problems) - MOST_SHOWN)
    return _page(request, project, file_form=form, problems=problems[:MOST_SHOWN], more_problems=more)


def _read(request: HttpRequest, project: Project, form: GoldFileForm) -> GoldFile:
    upload = form.cleaned_data["file"]
    file_format = guess_format(upload.name or "")
    if file_format is None:
        raise Invalid("The name of the file does not tell its format. Let it end in .csv, .tsv, .jsonl or .json.")
    stored = store_upload(upload)
    try:
        check_content(stored, file_format)
        return add_gold_file(
            by=page_actor(request), project=project, stored=stored, file_format=file_format,
            use=form.cleaned_data["use"], now=timezone.now(),
        )  # fmt: skip
    finally:
        drop_upload(stored)


def _told(request: HttpRequest, work: Callable[[], object], done: str) -> HttpResponse:
    try:
        work()
        messages.success(request, done)
    except ConcordError as error:
        messages.error(request, error.detail)
    return redirect("training", access_of(request).project.slug)


@require_POST
@project_page(roles=MANAGERS)
def remove(request: HttpRequest, gold: str) -> HttpResponse:
    found = gold_item_in(access_of(request).project, parse_id(gold))
    if found is None:
        raise NotFound
    by = page_actor(request)
    return _told(
        request,
        lambda: remove_gold_item(by=by, gold=found, now=timezone.now()),
        "The item is no gold item any more. Nobody is judged by it from now on.",
    )


@require_POST
@project_page(roles=MANAGERS)
def reinstate(request: HttpRequest, user: str) -> HttpResponse:
    project, by = access_of(request).project, page_actor(request)
    found, reason = member_behind(project, user), request.POST.get("reason", "").strip()
    if found is None:
        raise NotFound
    if not reason:
        messages.error(request, "Say why this person may go on.")
        return redirect("training", project.slug)
    return _told(
        request,
        lambda: reinstate_annotator(by=by, project=project, user=found, reason=reason, now=timezone.now()),
        f"{found.label} may go on. Only what comes from now on is judged.",
    )
