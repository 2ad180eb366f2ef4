"""Pages of imports: send a file, say what its columns are, watch it arrive, see what was not kept."""

from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from annotation.api.imports import report_response
from annotation.forms_import import MappingForm, UploadForm
from annotation.imports import StoredFile, commit_dry_run, request_import
from annotation.imports.preview import Preview, preview_upload
from annotation.imports.uploads import check_content, drop_upload, store_upload
from core.errors import ConcordError, NotFound
from core.ids import parse_id
from events.jobs import cancel_job, resume_job
from events.selectors import get_job, job_body
from guidelines.selectors import current_version, label_schema_of
from intake.models import Import
from intake.selectors import image_fields, import_in, imports_of, jobs_by_id, rejected_rows
from projects.access import MANAGERS, Access
from projects.pages import access_of, page_actor, project_page

SALT = "concord.upload"
PAGE = 50
DAY = 24 * 3600


class Sent(NamedTuple):
    """An upload between the two steps; signed, and good for the person and the project that it was made for."""

    file: StoredFile
    format: str


def _sign(access: Access, sent: Sent) -> str:
    file = sent.file
    parts = [
        file.name,
        file.stored_as,
        file.sha256,
        file.size,
        sent.format,
        str(access.project.id),
        str(access.user.id),
    ]
    return signing.dumps(parts, salt=SALT)


def _unsign(access: Access, text: str) -> Sent:
    """Raises NotFound for anything but an upload of this person in this project of the last day."""
    try:
        name, stored_as, sha256, size, file_format, project, user = signing.loads(text, salt=SALT, max_age=DAY)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise NotFound from error
    if (project, user) != (str(access.project.id), str(access.user.id)):
        raise NotFound
    return Sent(StoredFile(name, stored_as, sha256, size), file_format)


@require_http_methods(["GET", "HEAD", "POST"])
@project_page(roles=MANAGERS)
def import_file(request: HttpRequest) -> HttpResponse:
    """Without an upload in the address the form for a file; with one, the form for its columns."""
    if token := request.GET.get("upload"):
        return _map(request, token)
    access = access_of(request)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            sent = _take(form)
        except ConcordError as error:
            form.add_error("file", [e.detail for e in error.errors] or [error.detail])
        else:
            return redirect(f"{request.path}?{urlencode({'upload': _sign(access, sent)})}")
    recent = _rows(imports_of(access.project).order_by("-pk")[:5])
    status = 422 if form.is_bound else 200
    context = {"form": form, "recent": recent, "has_images": bool(image_fields(access.project))}
    return render(request, "annotation/import.html", context, status=status)


def _take(form: UploadForm) -> Sent:
    stored, file_format = store_upload(form.cleaned_data["file"]), form.cleaned_data["format"]
    try:
        check_content(stored, file_format)
    except ConcordError:
        drop_upload(stored)
        raise
    return Sent(stored, file_format)


def _map(request: HttpRequest, token: str) -> HttpResponse:
    access = access_of(request)
    sent, version = _unsign(access, token), current_version(access.project)
    preview = preview_upload(sent.file, sent.format)
    form = MappingForm(
        request.POST or None, columns=preview.columns, item_fields=access.project.fields,
        schema=label_schema_of(version) if version else None,
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        made = _ask(request, form, sent)
        if made is not None:
            return redirect("import_progress", slug=access.project.slug, id=made.id)
    context = {"form": form, "preview": preview, "sent": sent, "version": version, "columns": _columns(preview)}
    return render(request, "annotation/import.html", context, status=422 if form.is_bound else 200)


def _columns(preview: Preview) -> list[dict[str, Any]]:
    """Each column with what its first rows hold: on a narrow screen a table of rows would not fit."""
    return [
        {"name": name, "values": [row[index] for row in preview.rows[:3]]} for index, name in enumerate(preview.columns)
    ]


def _ask(request: HttpRequest, form: MappingForm, sent: Sent) -> Import | None:
    mode = Import.Mode.COMMIT if request.POST.get("mode") == "commit" else Import.Mode.DRY_RUN
    try:
        return request_import(
            by=page_actor(request), project=access_of(request).project, upload=sent.file, format=sent.format,
            mapping=form.cleaned_data["mapping"], mode=mode, batch=form.cleaned_data["batch"], now=timezone.now(),
        )  # fmt: skip
    except ConcordError as error:
        form.add_errors(error.errors)
        if not error.errors:
            form.add_error(None, error.detail)
        return None


def _rows(imports: Any) -> list[dict[str, Any]]:
    found, now = list(imports), timezone.now()
    jobs = jobs_by_id(found)
    return [{"source": source, "job": job_body(jobs[source.id], now)} for source in found]


@require_GET
@project_page(roles=MANAGERS)
def import_list(request: HttpRequest) -> HttpResponse:
    access = access_of(request)
    rows = imports_of(access.project).order_by("-pk")
    if (before := parse_id(request.GET.get("before", ""))) is not None:
        rows = rows.filter(pk__lt=before)
    found = _rows(rows[: PAGE + 1])
    older = f"?before={found[PAGE - 1]['source'].id}" if len(found) > PAGE else ""
    return render(request, "annotation/imports.html", {"imports": found[:PAGE], "older": older})


def _source(request: HttpRequest, import_id: str) -> Import:
    found = import_in(access_of(request).project, parse_id(import_id))
    if found is None:
        raise NotFound
    return found


def _progress(request: HttpRequest, source: Import) -> dict[str, Any]:
    job = get_job(source.id)
    if job is None:
        raise NotFound
    body, labels = job_body(job, timezone.now()), source.annotations_created > 0
    slug, done = access_of(request).project.slug, job.state == job.State.DONE
    next_name = "agreement" if labels or source.round else "items"
    return {
        "source": source,
        "job": body,
        "moving": body["state"] in {"queued", "running"},
        "dry": source.mode == Import.Mode.DRY_RUN,
        "done": done,
        "labels": labels,
        "next_url": reverse(next_name, args=[slug]) if done else "",
        "fragment_url": reverse("import_fragment", args=[slug, source.id]),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@project_page(roles=MANAGERS)
def import_progress(request: HttpRequest, id: str) -> HttpResponse:  # noqa: A002  # the address's own name
    """One import: how far it is, what came of it, and the rows that were not kept."""
    source = _source(request, id)
    if request.method == "POST":
        shown = _act(request, source)
        return redirect("import_progress", slug=access_of(request).project.slug, id=shown.id)
    after = request.GET.get("after", "")
    rows = rejected_rows(source)
    if after.isascii() and after.isdigit() and len(after) < 19:
        rows = rows.filter(pk__gt=int(after))
    found = list(rows[: PAGE + 1])
    more = f"?after={found[PAGE - 1].pk}#report" if len(found) > PAGE else ""
    context = _progress(request, source) | {"rejected": found[:PAGE], "more": more, "later": bool(after)}
    return render(request, "annotation/import_progress.html", context)


def _act(request: HttpRequest, source: Import) -> Import:
    """Carry out the one button that was pressed; returns the import to show."""
    action, job = request.POST.get("action"), get_job(source.id)
    if action == "commit":
        return commit_dry_run(by=page_actor(request), dry_run=source, now=timezone.now())
    if job is not None and action == "cancel":
        cancel_job(job=job)
    elif job is not None and action == "resume":
        resume_job(job=job, now=timezone.now())
    return source


@require_GET
@project_page(roles=MANAGERS)
def import_fragment(request: HttpRequest, id: str) -> HttpResponse:  # noqa: A002  # the address's own name
    """What the page asks for while the import runs; once it has ended the page loads itself anew."""
    context = _progress(request, _source(request, id))
    answer = render(request, "annotation/_import_progress.html", context)
    if not context["moving"]:
        answer["HX-Refresh"] = "true"
    return answer


@require_GET
@project_page(roles=MANAGERS)  # type: ignore[arg-type]  # a download is streamed
def import_report(request: HttpRequest, id: str) -> HttpResponseBase:  # noqa: A002  # the address's own name
    return report_response(_source(request, id))
