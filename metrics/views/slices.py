"""Saved slices: what they keep and how well annotators agree in them, and saving and retiring them."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from core.errors import ConcordError, NotFound
from core.ids import parse_id
from metrics.forms_slices import SliceForm
from metrics.questions import measured_questions, published
from metrics.selectors.slices import slice_in
from metrics.services.slices import create_slice, retire_slice
from metrics.slicepage import slice_page
from metrics.views.asked import READERS
from projects.access import MANAGERS
from projects.pages import access_of, page_actor, project_page

MOST_ITEMS = 10**9


@project_page(roles=READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def slices(request: HttpRequest) -> HttpResponse:
    """A form posts here with `do`: save or retire."""
    access = access_of(request)
    if request.method == "POST":
        access.require_role(MANAGERS)
        if request.POST.get("do") == "retire":
            return _retire(request)
        if request.POST.get("do") != "save":
            raise NotFound
    versions = published(access.project)
    questions = measured_questions(versions)
    numbers = [version.number for version in versions if version.number is not None]
    form = None
    if access.is_manager:
        given: dict[str, Any] = {"project": access.project, "questions": questions, "numbers": numbers}
        form = SliceForm(request.POST or None, initial=_asked(request), **given)
        _prefill(form, request)
        if request.method == "POST" and form.is_valid() and _saved(request, form):
            return redirect("agreement_slices", access.project.slug)
    at_least = _number(request.GET.get("at_least", ""))
    context = {
        "page": slice_page(access.project, questions, at_least), "form": form, "at_least": at_least,
        "questions": questions, "open": bool(form and (form.errors or request.GET.get("by"))),
    }  # fmt: skip
    return render(request, "metrics/slices.html", context, status=422 if form and form.errors else 200)


def _number(text: str) -> int:
    return min(int(text), MOST_ITEMS) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _asked(request: HttpRequest) -> dict[str, Any]:
    return {"name": request.GET.get("name", "")[:80]}


def _prefill(form: SliceForm, request: HttpRequest) -> None:
    """A part that a run found, ticked: `by`, `key` and `value` in the address."""
    by, key, value = (request.GET.get(name, "") for name in ("by", "key", "value"))
    for name, offered in form.value_fields.items():
        if (offered.attribute.by, offered.attribute.name) == (by, key):
            form.initial[name] = [value]
    for name, (question, labels) in form.label_fields.items():
        if by == "label" and question == key:
            form.initial[name] = [str(at) for at, label in enumerate(labels) if str(label) == value]


def _saved(request: HttpRequest, form: SliceForm) -> bool:
    try:
        kept = create_slice(
            by=page_actor(request), project=access_of(request).project, name=form.cleaned_data["name"],
            definition=form.definition(), now=timezone.now(),
        )  # fmt: skip
    except ConcordError as error:
        form.add_problems(error.detail, error.errors)
        return False
    messages.success(request, f"The slice “{kept.name}” is saved. Measure it with an agreement run.")
    return True


def _retire(request: HttpRequest) -> HttpResponse:
    project = access_of(request).project
    kept = slice_in(project, parse_id(request.POST.get("slice", "")))
    if kept is None:
        raise NotFound
    try:
        retire_slice(by=page_actor(request), kept=kept, now=timezone.now(), verify=lambda _: None)
    except ConcordError as error:
        messages.error(request, error.detail)
    else:
        messages.success(request, f"The slice “{kept.name}” is retired. Its runs stay as they are.")
    return redirect("agreement_slices", project.slug)
