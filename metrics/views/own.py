"""An annotator's own figures."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from metrics.annotatorfiles import own_file
from metrics.ownpage import FEWEST, own_questions
from metrics.selectors.annotators import own_rows
from metrics.views.annotators import BY
from metrics.views.asked import asked_questions
from projects.access import ANNOTATORS
from projects.pages import access_of, project_page


@project_page(roles=ANNOTATORS)
@require_safe
def own_figures(request: HttpRequest) -> HttpResponse:
    """Only what the newest runs found about whoever asks."""
    access = access_of(request)
    questions, versions = asked_questions(request)
    by = request.GET.get("by", "")
    by = by if by in BY else BY[0]
    rows = own_rows(access.user, access.project)
    found = own_questions(rows, questions, versions[-1] if versions else None, by)
    if (file := request.GET.get("format")) in ("csv", "json"):
        return own_file(access.project.slug, found, str(file))
    context = {
        "found": found, "fewest": FEWEST, "by": by, "by_links": [(one, f"?by={one}") for one in BY],
        "needed": access.project.minimums["annotator_units"],
    }  # fmt: skip
    return render(request, "metrics/me.html", context)
