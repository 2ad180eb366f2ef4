"""Pages that show several floors at once: home, a project, its items, its log."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from annotation.work import work_left
from core.errors import NotFound
from core.ids import parse_id
from guidelines.selectors import current_version
from home import selectors
from home.steps import checklist, first_steps, next_steps
from intake.selectors import image_fields, image_named, item_in
from projects import selectors as projects
from projects.access import ALL_ROLES, MANAGERS
from projects.models import Role
from projects.pages import access_of, project_page

PAGE = 50


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Every project of this person with the one thing to do next in each role."""
    members = projects.memberships_of(request.user)  # type: ignore[arg-type]  # login_required
    cards = [{"member": member, "steps": next_steps(member)} for member in members]
    return render(request, "home/home.html", {"cards": cards})


@require_safe
@project_page()
def project(request: HttpRequest) -> HttpResponse:
    access = access_of(request)
    work = work_left(access.user, access.project) if Role.ANNOTATOR in access.roles else None
    context: dict[str, Any] = {"steps": next_steps(access.membership, work)}
    if access.is_manager:
        steps = checklist(access.project)
        context |= {
            "counts": selectors.project_counts(access.project),
            "checklist": steps,
            "all_done": all(done for _, done, _ in steps),
            "recent": selectors.recent_events(access.project),
        }
    else:
        context["guideline"] = current_version(access.project)
        if work is not None:
            context |= {"work": work, "first_steps": first_steps(work, access.project)}
    return render(request, "home/project.html", context)


@require_safe
@project_page(roles=MANAGERS)
def items(request: HttpRequest) -> HttpResponse:
    access = access_of(request)
    wanted = {name: request.GET.get(name, "").strip() for name in ("state", "batch", "q")}
    found = selectors.find_items(access.project, **wanted)
    after = parse_id(request.GET.get("after", ""))
    rows = list(selectors.items_after(found, after, PAGE + 1))
    page = rows[:PAGE]
    more = f"?{_query(wanted | {'after': str(page[-1].id)})}" if len(rows) > PAGE else None
    context = {
        "rows": selectors.item_rows(access.project, page),
        "wanted": wanted,
        "batches": selectors.batch_names(access.project),
        "next_url": more,
        "first_url": f"?{_query(wanted)}" if after else None,
        "has_images": bool(image_fields(access.project)),
        "states": ("open", "labeled", "in_case", "resolved"),
        "filtered": any(wanted.values()),
    }
    return render(request, "home/items.html", context)


def _query(values: dict[str, str]) -> str:
    return urlencode({k: v for k, v in values.items() if v})


@require_safe
@project_page(roles={Role.MANAGER})
def item(request: HttpRequest, item: str) -> HttpResponse:
    """One item with everything known of it: a manager's view."""
    access = access_of(request)
    found = item_in(access.project, parse_id(item))
    if found is None:
        raise NotFound
    return render(request, "home/item.html", selectors.item_page(access, found))


@require_safe
@project_page(roles=MANAGERS)
def log(request: HttpRequest) -> HttpResponse:
    """The sealed log, newest first."""
    access = access_of(request)
    text = request.GET.get("before", "")
    before = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
    seals = selectors.log_before(access.project, before, PAGE + 1)
    page = seals[:PAGE]
    context = {
        "rows": selectors.log_rows(page),
        "newer_url": request.path if before is not None else None,
        "older_url": f"?before={page[-1].seq}" if len(seals) > PAGE else None,
        "summary": f"Events {page[0].seq} to {page[-1].seq}, newest first" if page else "",
    }
    return render(request, "home/log.html", context)


@require_safe
def error_code(request: HttpRequest, code: str) -> HttpResponse:
    """What an error code of the API means: the address in `type` of every problem document."""
    sentence = selectors.error_sentences().get(code)
    if sentence is None:
        raise NotFound
    return render(request, "home/error_code.html", {"code": code, "sentence": sentence, "api": reverse("openapi")})


@require_safe
@project_page(roles=ALL_ROLES - {Role.CONSUMER})
def image_file(request: HttpRequest, name: str) -> HttpResponse | FileResponse:
    """An uploaded image, for those who may see an item that names it; `?item=` says which item shows it."""
    access = access_of(request)
    item = item_in(access.project, parse_id(request.GET["item"])) if "item" in request.GET else None
    image = image_named(access.project, name)
    asked_for_none = "item" in request.GET and item is None
    if image is None or asked_for_none or not selectors.may_see_image(access, image.name, item):
        raise NotFound
    etag = f'"{image.sha256}"'
    headers = {
        "Cache-Control": "private, max-age=3600",
        # An image is only ever shown inside a page of ours; opened alone it is a download that can do nothing.
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
        "ETag": etag,
        "X-Content-Type-Options": "nosniff",
    }
    if get_conditional_response(request, etag=etag, response=None) is not None:
        return HttpResponse(status=304, headers=headers)
    try:
        content = default_storage.open(image.stored_as)
    except FileNotFoundError as error:
        raise NotFound from error
    return FileResponse(
        content, content_type=image.media_type, as_attachment=True, filename=image.name, headers=headers
    )
