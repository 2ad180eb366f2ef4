"""The work behind the figures: a fragment of the dashboard that also stands alone."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from metrics.selectors.work import work_of
from metrics.views.asked import READERS
from projects.pages import access_of, project_page

MOST = 10


@project_page(roles=READERS)
@require_safe
def work(request: HttpRequest) -> HttpResponse:
    """Overlap reached against planned, by batch. htmx asks for the inner part."""
    part = bool(request.headers.get("HX-Request"))
    lines = work_of(access_of(request).project)
    oldest = next((line.since for line in lines if line.waiting), None)
    context = {
        "lines": lines[:MOST] if part else lines, "of": len(lines), "oldest": oldest,
        "planned": sum(line.planned for line in lines), "reached": sum(line.reached for line in lines),
    }  # fmt: skip
    return render(request, "metrics/_work.html" if part else "metrics/work.html", context)
