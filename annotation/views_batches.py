"""Pages of batches: how far each is and under which policy it is given out."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from annotation.forms_batches import BatchForm
from annotation.imports.batches import batch_lines, change_batch
from core.api.base import etag_of
from core.errors import ConcordError, FieldError, NotFound, Stale
from core.ids import parse_id
from intake.models import Batch
from intake.selectors import batch_in, visible_batches
from intake.services import create_batch
from projects.access import MANAGERS
from projects.pages import access_of, page_actor, project_page

PAGE = 50


@require_safe
@project_page(roles=MANAGERS)
def batches(request: HttpRequest) -> HttpResponse:
    """The newest batches first, each with its progress."""
    project, before = access_of(request).project, parse_id(request.GET.get("before", ""))
    rows = visible_batches(project).prefetch_related("audience__team").order_by("-pk")
    found = list((rows.filter(pk__lt=before) if before else rows)[: PAGE + 1])
    page = found[:PAGE]
    context = {
        "lines": batch_lines(project, page),
        "older_url": f"?before={page[-1].pk}" if len(found) > PAGE else None,
        "newer_url": request.path if before else None,
    }
    return render(request, "annotation/batches.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@project_page(roles=MANAGERS)
def new_batch(request: HttpRequest) -> HttpResponse:
    project = access_of(request).project
    form = BatchForm(request.POST or None, project=project)
    if request.method == "POST" and form.is_valid():
        try:
            create_batch(by=page_actor(request), project=project, **form.changes())
        except ConcordError as error:
            _show(form, error)
        else:
            messages.success(request, "The batch is made. Imports and pipelines can name it now.")
            return redirect("batches", project.slug)
    context = {"form": form, "submit": "Make the batch", "cancel_url": reverse("batches", args=[project.slug])}
    return render(request, "annotation/batch.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@project_page(roles=MANAGERS)
def batch(request: HttpRequest, id: str) -> HttpResponse:  # noqa: A002  # the address's own name
    """One batch and the form of its policy. `seen` in the form stands for If-Match."""
    project = access_of(request).project
    found: Batch | None = batch_in(project, parse_id(id))
    if found is None:
        raise NotFound
    present = BatchForm.initial_of(found)
    form = BatchForm(request.POST or None, project=project, initial=present)
    if request.method == "POST" and form.is_valid():
        try:
            _save(request, found, form)
        except ConcordError as error:
            _show(form, error)
        else:
            messages.success(request, "The batch is changed. It holds from the next item that somebody is given.")
            return redirect("batches", project.slug)
    context = {
        "form": form, "batch": found, "line": batch_lines(project, [found])[0], "seen": etag_of(present),
        "submit": "Save", "cancel_url": reverse("batches", args=[project.slug]),
    }  # fmt: skip
    return render(request, "annotation/batch.html", context, status=422 if form.errors else 200)


def _save(request: HttpRequest, found: Batch, form: BatchForm) -> None:
    def verify(locked: Batch) -> None:
        if etag_of(BatchForm.initial_of(locked)) != request.POST.get("seen"):
            raise Stale("Somebody else has changed this batch meanwhile. Look at it again before you save.")

    wanted = form.changes()
    present = BatchForm.initial_of(found)
    kept = {name: value for name, value in wanted.items() if name != "reserved_for" and value == present[name]}
    changes: dict[str, Any] = {name: value for name, value in wanted.items() if name not in kept}
    change_batch(by=page_actor(request), batch=found, changes=changes, verify=verify)


def _show(form: BatchForm, error: ConcordError) -> None:
    """Errors of the service at the fields they are about: those of an audience point into a list."""
    told = []
    for found in error.errors:
        name = next((name for name in ("teams", "annotators") if f"/{name}/" in found.pointer), None)
        told.append(FieldError(f"#/{name}", found.detail) if name else found)
    form.add_problems(error.detail, tuple(told))
