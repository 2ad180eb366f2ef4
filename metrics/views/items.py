"""The items behind a mark of the dashboard."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from core.errors import NotFound
from metrics.dashboard import name_of, read_value
from metrics.questions import version_key
from metrics.selectors.items import item_lines, mixed_units, open_to
from metrics.views.asked import READERS, opened
from projects.models import Role
from projects.pages import access_of, project_page

PAGE = 50


@project_page(roles=READERS)
@require_safe
def mixed_items(request: HttpRequest) -> HttpResponse:
    """The items that were given both of two labels, newest guideline first."""
    access = access_of(request)
    question, _, _, wanted = opened(request)
    if question is None or wanted is None:
        raise NotFound
    a, b = (read_value(question.measured, request.GET.get(name, "")) for name in ("a", "b"))
    if a is None or b is None:
        raise NotFound("The question has no such label.")
    version = version_key(wanted.version)
    every = mixed_units(access.project, question=wanted.question, a=a, b=b, version=version, slice=wanted.slice)
    page = request.GET.get("page", "")
    start = (int(page) - 1) * PAGE if page.isascii() and page.isdigit() and 1 <= int(page[:6]) < 10_000 else 0
    found = list(open_to(access, every)[start : start + PAGE + 1])
    lines = item_lines(found[:PAGE], question.measured)
    pair = {"a": str(a), "b": str(b)}
    context = {
        "measured": question.measured,
        "a": question.measured.title_of(a),
        "b": question.measured.title_of(b),
        "version_name": name_of(wanted.version),
        "lines": lines,
        "start": start,
        "hidden": access.has(Role.ANNOTATOR) or not access.is_manager,
        "next_url": wanted.address(**pair, page=start // PAGE + 2) if len(found) > PAGE else "",
        "previous_url": wanted.address(**pair, page=start // PAGE) if start else "",
        "back": reverse("agreement", args=[access.project.slug]) + wanted.address(),
    }
    return render(request, "metrics/items.html", context)
