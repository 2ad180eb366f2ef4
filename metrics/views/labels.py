"""The page of one label: what it means, how far people agree on it, what it is confused with, what is unclear."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from core.errors import NotFound
from guidelines.models import GuidelineVersion
from metrics.clauses import clause_of
from metrics.dashboard import confusions_of, label_lines, read_value
from metrics.selectors.unclear import unclear_reports
from metrics.views.asked import READERS, Opened, must_open
from metrics.wanted import name_of
from projects.pages import access_of, project_page


@project_page(roles=READERS)
@require_safe
def label(request: HttpRequest) -> HttpResponse:
    access, asked = access_of(request), must_open(request, only_version=True)
    value = read_value(asked.measured, request.GET.get("label", ""))
    lines = [line for line in label_lines(asked.figures, asked.wanted) if line.row["label"] == value]
    if value is None or not lines:
        raise NotFound("The question has no such label.")
    version = _version_shown(asked)
    clause = clause_of(version, asked.wanted.question, value) if version else None
    reports, n_reports = unclear_reports(access, clause["key"]) if clause else ([], 0)
    disputes = [row for row in confusions_of(asked.figures, asked.wanted) if value in (row["a"], row["b"])]
    context = {
        "measured": asked.measured,
        "wanted": asked.wanted,
        "version_name": name_of(asked.wanted.version),
        "version": version,
        "line": lines[0],
        "clause": clause,
        "disputes": [
            row | {"other": row["b_title"] if row["a"] == value else row["a_title"], "address": f"../{row['address']}"}
            for row in disputes
        ],
        "reports": reports,
        "n_reports": n_reports,
        "back": reverse("agreement", args=[access.project.slug]) + asked.wanted.kept,
        "cases_url": f"/p/{access.project.slug}/cases/?question={asked.wanted.question}",
    }
    return render(request, "metrics/label.html", context)


def _version_shown(asked: Opened) -> GuidelineVersion | None:
    """The version of the address, else the newest."""
    numbered = {version.number: version for version in asked.versions}
    wanted = asked.wanted.version
    return numbered.get(wanted) if isinstance(wanted, int) else (asked.versions[-1] if asked.versions else None)
