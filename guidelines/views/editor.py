"""The page on which a manager writes the draft and publishes version 1."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from core.api.base import etag_of
from core.errors import Stale
from guidelines import selectors, services
from guidelines.comparison import Comparison, compare
from guidelines.editor import build_editor
from guidelines.errors import GuidelineInvalid
from guidelines.forms import DraftState, change_rows, content_of, read_form, state_of, unfinished
from guidelines.models import GuidelineVersion
from guidelines.schema.clauses import TEXTS
from guidelines.schema.problems import Problem, SchemaInvalid
from guidelines.schema.schema import parse_schema
from guidelines.selectors import guideline_body, label_schema_of
from guidelines.views.reading import compared, contents
from projects.access import MANAGERS
from projects.pages import access_of, page_actor, project_page

NOTE_WANTED = Problem("#/note", "Say in a sentence what this version is for: everybody sees it in the history.")


def _etag(draft: GuidelineVersion) -> str:
    return etag_of(guideline_body(draft))


@require_http_methods(["GET", "HEAD", "POST"])
@project_page(roles=MANAGERS)
def draft(request: HttpRequest) -> HttpResponse:
    project = access_of(request).project
    stored = selectors.draft_of(project)
    current = selectors.current_version(project)
    if current is not None:
        context = contents(stored) | {"current": current, "comparison": compared(current, stored)}
        return render(request, "guidelines/draft_in_review.html", context)
    if request.method != "POST":
        state = state_of(stored.clauses, stored.label_schema, stored.note)
        return _page(request, state, _etag(stored))
    state, etag, do = read_form(request.POST), request.POST.get("etag", ""), request.POST.get("do", "save")
    if do not in {"save", "publish"}:
        change_rows(state, do)
        return _page(request, state, etag)
    return _store(request, state, etag, do)


def _store(request: HttpRequest, state: DraftState, etag: str, do: str) -> HttpResponse:
    """Save or publish what the form holds; where that fails, the page comes back with all that was typed."""
    project, by = access_of(request).project, page_actor(request)

    def verify(locked: GuidelineVersion) -> None:
        if _etag(locked) != etag:
            raise Stale

    clauses, label_schema = content_of(state, project.fields)
    state.problems += unfinished(state)
    if do == "publish" and not state.note.strip():
        state.problems.append(NOTE_WANTED)
    if state.problems:
        return _page(request, state, etag, status=422)
    try:
        if do == "publish":
            services.publish_version(
                by=by, project=project, change=GuidelineVersion.Change.SEMANTIC, note=state.note, now=timezone.now(),
                clauses=clauses, label_schema=label_schema, verify=verify,
            )  # fmt: skip
            messages.success(request, "Version 1 is published. Annotators read it before their first item.")
            return redirect("guideline", project.slug)
        services.save_draft(
            by=by, project=project, clauses=clauses, label_schema=label_schema, note=state.note, verify=verify
        )
    except GuidelineInvalid as refusal:
        state.problems += refusal.problems
        return _page(request, state, etag, status=422)
    except Stale:
        theirs = selectors.draft_of(project)
        return _page(request, state, _etag(theirs), status=412, conflict=_conflict(theirs, clauses, label_schema))
    messages.success(request, "The draft is saved.")
    return redirect("guideline_draft", project.slug)


def _conflict(theirs: GuidelineVersion, clauses: Any, label_schema: Any) -> Comparison | None:
    """What differs from the stored draft to what was typed; None where the typed one does not parse yet."""
    try:
        mine, schema = services.parse_content(clauses, label_schema)
        return compare(theirs.clauses, mine, label_schema_of(theirs), parse_schema(schema, empty_ok=True))
    except (GuidelineInvalid, SchemaInvalid):
        return None


def _page(
    request: HttpRequest, state: DraftState, etag: str, status: int = 200, **conflict: Comparison | None
) -> HttpResponse:
    fields = access_of(request).project.fields
    context = {
        "editor": build_editor(state, state.problems, fields), "etag": etag, "clash": "conflict" in conflict,
        "comparison": conflict.get("conflict"),
    }  # fmt: skip
    return render(request, "guidelines/draft.html", context, status=status)


@require_POST
@project_page(roles=MANAGERS)
def preview(request: HttpRequest) -> HttpResponse:
    """One text of the editor as HTML, by the renderer that makes the published page."""
    sent = (text for name, text in request.POST.items() if name.rpartition("-")[2] in TEXTS)
    return render(request, "guidelines/_preview.html", {"text": str(next(sent, ""))})
