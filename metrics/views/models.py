"""People against models: asking whether a model may take an annotator's place, and what was found."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from core.canonical import canonical_json
from core.errors import ConcordError, NotFound
from core.ids import NIL, parse_id
from events.selectors import get_job
from events.services import wait_for_cut
from metrics.csvfile import csv_of
from metrics.forms_models import ModelTestForm
from metrics.modelbodies import COLUMNS, SOURCE, flat_rows, model_test_body, model_test_head, shown_result
from metrics.modelpage import answer_of, rows_of
from metrics.models import ModelTest
from metrics.questions import measured_questions, published
from metrics.selectors.modeltests import jobs_of_tests, looks_before, model_names, model_test_in, model_tests_of
from metrics.services.modeltests import request_model_test
from metrics.stats.alt_test import ASSUMPTIONS
from metrics.views.asked import READERS
from projects.access import MANAGERS, Access
from projects.pages import access_of, page_actor, project_page

MOST_TESTS = 50


@project_page(roles=READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def models(request: HttpRequest) -> HttpResponse:
    """The tests so far, and the form that asks for one."""
    access = access_of(request)
    form, titles = _form(request)
    if request.method == "POST":
        access.require_role(MANAGERS)
        if form.is_valid() and (test := _asked(request, form)) is not None:
            return redirect("agreement_model_test", access.project.slug, str(test.pk))
    tests = list(model_tests_of(access.project).order_by("-pk")[: MOST_TESTS + 1])
    jobs, names, now = jobs_of_tests(tests), model_names(access.project), timezone.now()
    lines = [
        (model_test_head(test, names, jobs.get(test.pk), access, now=now),
         titles.get(test.question, test.question), answer_of(test.result) if test.result else None)
        for test in tests[:MOST_TESTS]
    ]  # fmt: skip
    context = {"form": form, "models": names, "questions": titles, "lines": lines, "more": len(tests) > MOST_TESTS}
    return render(request, "metrics/models.html", context, status=422 if form.is_bound else 200)


def _form(request: HttpRequest) -> tuple[ModelTestForm, dict[str, str]]:
    project = access_of(request).project
    versions = published(project)
    titles = {name: asked.title for name, asked in measured_questions(versions).items()}
    initial = {"question": request.GET.get("question", "")[:80], "model": request.GET.get("model", "")[:40]}
    form = ModelTestForm(
        request.POST if request.method == "POST" else None, initial=initial, questions=titles,
        models=model_names(project), versions=[v.number for v in versions if v.number is not None],
    )  # fmt: skip
    return form, titles


def _asked(request: HttpRequest, form: ModelTestForm) -> ModelTest | None:
    project, data = access_of(request).project, form.cleaned_data
    try:
        cut = wait_for_cut(project=project.id)
        return request_model_test(
            by=page_actor(request), project=project, question=data["question"], model=parse_id(data["model"]) or NIL,
            epsilon=data["epsilon"], reason=data["reason"], as_of=cut, now=timezone.now(),
            guideline_version=form.version,
        )  # fmt: skip
    except ConcordError as error:
        form.add_problems(error.errors[0].detail if error.errors else error.detail, error.errors)
        return None


@project_page(roles=READERS)
@require_safe
def model_test(request: HttpRequest, test: str) -> HttpResponse:
    """A test: how far it has come, then what it found. htmx asks for the inner part."""
    access = access_of(request)
    found = model_test_in(access.project, parse_id(test))
    if found is None:
        raise NotFound
    job, now = get_job(found.pk), timezone.now()
    body = model_test_body(found, model_names(access.project), job, access, now=now, looks=looks_before(found))
    if (file := request.GET.get("format")) in ("csv", "json") and found.result:
        return _download(access, found, body, str(file))
    asked = measured_questions(published(access.project, found.as_of)).get(found.question)
    context = {
        "test": found,
        "body": body,
        "title": asked.title if asked else found.question,
        "working": job is not None and job.state in ("queued", "running"),
        "result": found.result,
        "answer": answer_of(found.result) if found.result else None,
        "rows": rows_of(found, access),
        "assumptions": ASSUMPTIONS,
        "source": SOURCE,
    }
    page = "metrics/_model_test.html" if request.headers.get("HX-Request") else "metrics/model_test.html"
    return render(request, page, context)


def _download(access: Access, test: ModelTest, body: dict[str, Any], file: str) -> HttpResponse:
    if file == "json":
        content, kind = canonical_json(body), "application/json"
    else:
        content, kind = csv_of(COLUMNS, flat_rows(shown_result(test.result or {}, access))), "text/csv; charset=utf-8"
    name = f"{access.project.slug}-{test.question}-model-test.{file}"
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
