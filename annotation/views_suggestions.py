"""The page where a manager says whether suggestions are shown, and sees how they fared."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from annotation.forms_suggestions import SuggestionSettingsForm
from annotation.suggestions import records_of, suggestion_settings
from core.errors import ConcordError, Stale
from projects.access import MANAGERS
from projects.models import Project
from projects.pages import access_of, page_actor, project_page
from projects.services import change_project


@require_http_methods(["GET", "HEAD", "POST"])
@project_page(roles=MANAGERS)
def suggestions(request: HttpRequest) -> HttpResponse:
    project = access_of(request).project
    form = SuggestionSettingsForm(request.POST or None, project=project)
    if request.method == "POST" and form.is_valid():

        def unchanged(locked: Project) -> None:
            if locked.settings != project.settings:
                raise Stale

        try:
            changes = {"settings": project.settings | {"suggestions": form.settings()}}
            change_project(by=page_actor(request), project=project, changes=changes, verify=unchanged)
        except ConcordError as error:
            form.add_problems(error.detail, error.errors)
        else:
            shown = form.cleaned_data["show"]
            words = "Items given out from now on carry a suggestion." if shown else "Nobody is shown suggestions."
            messages.success(request, words)
            return redirect("suggestions", project.slug)
    context = {"form": form, "records": records_of(project), "on": suggestion_settings(project) is not None}
    return render(request, "annotation/suggestions.html", context, status=422 if form.errors else 200)
