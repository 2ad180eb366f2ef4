"""The targets of a project: where each question stands, and setting a new one."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from core.canonical import canonical_json
from core.errors import ConcordError, NotFound, Stale
from metrics.csvfile import csv_of
from metrics.forms_targets import TargetForm
from metrics.selectors.units import is_being_counted
from metrics.services.targets import Wanted, set_targets
from metrics.targetpage import COLUMNS, Line, past_targets, target_lines
from metrics.verdict import Target
from metrics.views.asked import READERS
from projects.access import MANAGERS
from projects.pages import access_of, page_actor, project_page

CHANGED = "Somebody else has set this target meanwhile. Look at it again before you save."


@project_page(roles=READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def targets(request: HttpRequest) -> HttpResponse:
    access = access_of(request)
    bound = TargetForm(request.POST, auto_id=f"id_{request.POST.get('question', '')[:80]}_%s") if request.POST else None
    if request.method == "POST":
        access.require_role(MANAGERS)
        if bound is not None and bound.is_valid() and _saved(request, bound):
            return redirect("agreement_targets", access.project.slug)
    lines = target_lines(access.project)
    if (file := request.GET.get("format")) in ("csv", "json"):
        return _download(access.project.slug, lines, str(file))
    asked = bound.data.get("question") if bound is not None else None
    if bound is not None and asked not in {line.measured.name for line in lines}:
        raise NotFound("No version of the guideline asks this question.")
    context = {
        "lines": [(line, bound if line.measured.name == asked else _form(line)) for line in lines],
        "bound": bound,
        "past": past_targets(access, lines),
        "counting": is_being_counted(access.project),
        "lowered": access.project.lowered_minimums,
    }
    return render(request, "metrics/targets.html", context, status=422 if bound is not None else 200)


def _form(line: Line) -> TargetForm:
    own = line.target.number is not None
    initial = {
        "question": line.measured.name, "seen": line.target.number or "",
        "alpha": line.target.value if own else None, "reason": line.target.reason if own else "",
    }  # fmt: skip
    return TargetForm(initial=initial, auto_id=f"id_{line.measured.name}_%s")


def _saved(request: HttpRequest, form: TargetForm) -> bool:
    """Set the target, or tell the form why not. `seen` stands for If-Match."""
    data, project = form.cleaned_data, access_of(request).project
    question = data["question"]

    def verify(standing: dict[str, Target]) -> None:
        now = standing.get(question)
        if str(now.number if now else "") != data["seen"]:
            raise Stale(CHANGED)

    wanted = {question: Wanted(data["alpha"], data["reason"])}
    try:
        set_targets(by=page_actor(request), project=project, wanted=wanted, now=timezone.now(), verify=verify)
    except ConcordError as error:
        form.add_problems(error.errors[0].detail if error.errors else error.detail, error.errors)
        return False
    messages.success(
        request, "The target is set. Every figure is judged by it from now on; runs keep the one they had."
    )
    return True


def _download(slug: str, lines: list[Line], file: str) -> HttpResponse:
    rows = [line.row for line in lines]
    content = canonical_json({"targets": rows}) if file == "json" else csv_of(COLUMNS, rows)
    kind = "application/json" if file == "json" else "text/csv; charset=utf-8"
    name = f'attachment; filename="{slug}-targets.{file}"'
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": name})
