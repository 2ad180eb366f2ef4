"""What was decided about one annotator's answers: a part of the page about that person."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from adjudication.models import Decision
from adjudication.selectors.annotators import decided_about
from core.errors import NotFound
from guidelines.selectors import current_version, label_schema_of
from metrics.selectors.behind import people_by_pseudonym
from metrics.stats.shares import Share
from projects.access import MANAGERS
from projects.pages import access_of, project_page


@require_safe
@project_page(roles=MANAGERS)
def annotator_decisions(request: HttpRequest, who: str) -> HttpResponse:
    """For managers only: who knows both a decision and whose answer it overturned could name the people of a case."""
    access, question = access_of(request), request.GET.get("question", "")
    version = current_version(access.project)
    schema = label_schema_of(version) if version else None
    people = people_by_pseudonym(access.project, question, [who])
    if not people:
        raise NotFound("There is no such annotator.")
    asked = schema is not None and question in schema.by_name
    found = decided_about(access.project, question, people[0], schema) if schema and asked else None
    labels = dict(Decision.Cause.choices)
    context = {
        "found": found,
        "needed": access.project.minimums["annotator_units"],
        "causes": [(labels[cause].lower(), n) for cause, n in found.causes.most_common()] if found else [],
        "percents": [_percent(share.value) for share in (found.upheld, found.overturned)] if found else [],
        "limits": [_limits(share) for share in (found.upheld, found.overturned)] if found else [],
    }
    return render(request, "adjudication/_annotator.html", context)


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f} %"


def _limits(share: Share) -> str:
    return "" if share.low is None or share.high is None else f"{100 * share.low:.0f} to {100 * share.high:.0f} %"
