"""Pages on which a guideline is read, compared and acknowledged."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from core.errors import NotFound
from guidelines import selectors, services
from guidelines.comparison import Comparison, compare
from guidelines.models import GuidelineVersion
from guidelines.outline import outline
from guidelines.selectors import label_schema_of
from projects.access import ANNOTATORS, MANAGERS
from projects.models import Role
from projects.pages import access_of, page_actor, project_page
from projects.selectors import members_of

READERS = frozenset({Role.MANAGER, Role.ANNOTATOR, Role.ADJUDICATOR})


def compared(before: GuidelineVersion, after: GuidelineVersion) -> Comparison:
    return compare(before.clauses, after.clauses, label_schema_of(before), label_schema_of(after))


def contents(version: GuidelineVersion) -> dict[str, Any]:
    """What the fragment that shows a whole version needs."""
    keys = {clause["key"] for clause in version.clauses}
    return {"version": version, "questions": outline(label_schema_of(version), keys)}


def _show(request: HttpRequest, version: GuidelineVersion, current: GuidelineVersion) -> HttpResponse:
    access = access_of(request)
    unread = selectors.unacknowledged_version(access.user, access.project) if access.has(*ANNOTATORS) else None
    history = selectors.versions_of(access.project).select_related("published_by").order_by("-number")
    context = contents(version) | {
        "current": current, "history": history.defer("clauses", "label_schema")[:100], "unread": unread,
        "is_manager": access.is_manager, "may_identify": access.may_identify,
    }  # fmt: skip
    return render(request, "guidelines/version.html", context)


@require_safe
@project_page()
def guideline(request: HttpRequest) -> HttpResponse:
    access = access_of(request)
    current = selectors.current_version(access.project)
    if current is None:
        return render(request, "guidelines/none.html", {"is_manager": access.is_manager})
    return _show(request, current, current)


@require_safe
@project_page()
def version(request: HttpRequest, n: int) -> HttpResponse:
    project = access_of(request).project
    return _show(request, selectors.get_version(project, n), selectors.get_version(project, "current"))


def _number(text: str | None, otherwise: int) -> int:
    if not text:
        return otherwise
    if not (text.isascii() and text.isdigit()):
        raise NotFound
    return int(text)


@require_safe
@project_page()
def compare_versions(request: HttpRequest) -> HttpResponse:
    project = access_of(request).project
    current = selectors.get_version(project, "current")
    after = selectors.get_version(project, _number(request.GET.get("to"), current.number or 1))
    before = selectors.get_version(project, _number(request.GET.get("from"), max((after.number or 1) - 1, 1)))
    context = {
        "before": before, "after": after, "comparison": compared(before, after),
        "side": request.GET.get("view") == "side",
        "numbers": selectors.versions_of(project).order_by("-number").values_list("number", flat=True),
    }  # fmt: skip
    return render(request, "guidelines/compare.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@project_page(roles=READERS)
def acknowledge(request: HttpRequest) -> HttpResponse:
    """The page between two items: what changed since this person last read, and one button."""
    access = access_of(request)
    if request.method == "POST":
        read = selectors.get_version(access.project, _number(request.POST.get("version"), 0))
        services.acknowledge_version(by=page_actor(request), version=read, now=timezone.now())
    unread = selectors.unacknowledged_version(access.user, access.project)
    if unread is None:
        return redirect("label" if access.has(*ANNOTATORS) else "guideline", access.project.slug)
    if request.method == "POST":
        return redirect("guideline_acknowledge", access.project.slug)
    current = selectors.get_version(access.project, "current")
    last = selectors.last_acknowledged(access.user, access.project)
    notes = selectors.versions_of(access.project).filter(number__gt=last.number if last else 0).order_by("number")
    context = contents(current) | {
        "last": last, "comparison": compared(last, current) if last else None,
        "notes": notes.values("number", "change", "note") if last else [],
    }  # fmt: skip
    return render(request, "guidelines/acknowledge.html", context)


@require_safe
@project_page(roles=MANAGERS)
def readers(request: HttpRequest) -> HttpResponse:
    """Who has read the newest version that must be read, and who has not."""
    access = access_of(request)
    members = [m for m in members_of(access.project).order_by("user__name", "pk") if set(m.roles) & ANNOTATORS]
    found = selectors.readings(access.project, members)
    rows = [(member, found.get(member.user_id, selectors.UNREAD)) for member in members]
    context = {
        "rows": sorted(rows, key=lambda row: row[1].read_at is not None),
        "done": sum(1 for _, reading in rows if reading.read_at),
        "needed": selectors.newest_to_read(access.project), "may_identify": access.may_identify,
    }  # fmt: skip
    return render(request, "guidelines/readers.html", context)
