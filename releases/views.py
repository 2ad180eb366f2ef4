"""Pages of releases and of the contract."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from core.errors import ConcordError
from events.selectors import job_body
from events.services import wait_for_cut
from metrics.targets import own_targets
from projects.access import MANAGERS
from projects.models import Role
from projects.pages import access_of, page_actor, project_page
from releases import forms, selectors, services
from releases.building.words import HARD, SINGLE, SOFT
from releases.contract.document import to_yaml
from releases.gates.links import gate_link
from releases.models import Contract, Release

READERS = MANAGERS | frozenset({Role.CONSUMER})
PAGE = 50


def _tell(form: Any, error: ConcordError) -> None:
    """The refusal at the field it is about, else above the form."""
    told = False
    for found in error.errors:
        name = found.pointer.removeprefix("#/").split("/")[0]
        form.add_error(name if name in form.fields else None, found.detail)
        told = True
    if not told:
        form.add_error(None, error.detail)


@require_http_methods(["GET", "HEAD", "POST"])
@project_page(roles=READERS)
def release_list(request: HttpRequest) -> HttpResponse:
    """All releases, and the form that cuts the next one."""
    access = access_of(request)
    project = access.project
    version, why = selectors.proposed_version(project) if access.is_manager else ("", "")
    form = forms.CutForm(request.POST or None, initial={"version": version})
    if request.method == "POST":
        access.require_role(MANAGERS)
        if form.is_valid() and (made := _cut(request, form)) is not None:
            return redirect("release", slug=project.slug, version=made.version)
    rows = selectors.releases_of(project).order_by("-cut_at", "-pk")[:PAGE]
    context = {"releases": rows, "form": form if access.is_manager else None, "why": why, "proposed": version}
    return render(request, "releases/list.html", context, status=422 if form.is_bound else 200)


def _cut(request: HttpRequest, form: forms.CutForm, **more: Any) -> Release | None:
    project = access_of(request).project
    try:
        return services.cut_release(
            by=page_actor(request), project=project, as_of=wait_for_cut(project=project.id), now=timezone.now(),
            **form.cleaned_data, **more,
        )  # fmt: skip
    except ConcordError as error:
        _tell(form, error)
        return None


def _context(request: HttpRequest, release: Release) -> dict[str, Any]:
    access, job = access_of(request), selectors.job_of(release)
    slug = access.project.slug
    gates = [
        gate | {
            "link": gate_link(gate["name"], slug) if access.is_manager else None,
            "operator": forms.in_words(gate.get("operator", "")),
        }
        for gate in release.gates
    ]  # fmt: skip
    files = selectors.files_of(release)
    items = next((f for f in files if f.path == "data/items.jsonl"), None)
    return {
        "release": release,
        "job": job_body(job, timezone.now()) if job else None,
        "gates": gates,
        "failing": [gate for gate in gates if gate["result"] in ("fail", "not_run")],
        "files": files,
        "items": items,
        "api": request.build_absolute_uri(f"/api/v1/projects/{slug}/releases/{release.version}"),
        "sentences": [text.replace("**", "").replace("`", "") for text in (HARD, SOFT, SINGLE)],
        "uses": selectors.uses_of(release)[:20],
        "fragment_url": reverse("release_fragment", args=[slug, release.version]),
        "may_cut": access.is_manager,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@project_page(roles=READERS)
def release_page(request: HttpRequest, version: str) -> HttpResponse:
    """One release: what its gates say, its files, how to get them, and what to do next."""
    access = access_of(request)
    release = selectors.release_in(access.project, version)
    withdraw = forms.WithdrawForm()
    if request.method == "POST":
        access.require_role(MANAGERS)
        if request.POST.get("action") != "withdraw":
            return _cut_again(request, release)
        withdraw = forms.WithdrawForm(request.POST)
        if withdraw.is_valid() and _withdraw(request, release, withdraw):
            messages.success(request, f"{version} is withdrawn. Its files stay as they are.")
            return redirect("release", slug=access.project.slug, version=version)
    context = _context(request, release) | {"withdraw": withdraw}
    return render(request, "releases/release.html", context, status=422 if withdraw.is_bound else 200)


def _withdraw(request: HttpRequest, release: Release, form: forms.WithdrawForm) -> bool:
    try:
        services.withdraw_release(
            by=page_actor(request), project=release.project, version=release.version, now=timezone.now(),
            **form.cleaned_data,
        )  # fmt: skip
    except ConcordError as error:
        _tell(form, error)
        return False
    return True


def _cut_again(request: HttpRequest, release: Release) -> HttpResponse:
    """A blocked release once more, from the log as it is now, with the gates that are to be passed over."""
    reason = request.POST.get("reason", "")
    gates = request.POST.getlist("waive")
    form = forms.CutForm({"version": release.version, "note": release.note})
    made = None
    if form.is_valid():
        splits = dict(release.requested.get("splits", []))
        waivers = [{"gate": gate, "reason": reason} for gate in gates]
        made = _cut(request, form, splits=splits, waivers=waivers)
    if made is None:
        for text in (str(text) for found in form.errors.values() for text in found):
            messages.error(request, text)
    return redirect("release", slug=access_of(request).project.slug, version=release.version)


@require_GET
@project_page(roles=READERS)
def release_fragment(request: HttpRequest, version: str) -> HttpResponse:
    """What the page asks for while the release is built; once that has ended it loads itself anew."""
    release = selectors.release_in(access_of(request).project, version)
    answer = render(request, "releases/_progress.html", _context(request, release))
    if release.state != Release.State.BUILDING:
        answer["HX-Refresh"] = "true"
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@project_page(roles=READERS)
def contract(request: HttpRequest) -> HttpResponse:
    """What releases promise, and the form for the thresholds."""
    access = access_of(request)
    current, questions = selectors.current_contract(access.project), selectors.question_titles(access.project)
    targets = {name: target.value for name, target in own_targets(access.project).items()}
    form = forms.ContractForm(request.POST or None, document=current.document, questions=questions, targets=targets)
    if request.method == "POST":
        access.require_role(MANAGERS)
        if form.is_valid() and _change(request, form, current):
            return redirect("contract", slug=access.project.slug)
    columns = [column for table in current.document["schema"] for column in table.get("properties", [])]
    context = {
        "contract": current, "gates": forms.shown_gates(current.document), "columns": columns,
        "yaml": to_yaml(current.document), "form": form if access.is_manager else None, "questions": questions,
        "history": selectors.contracts_of(access.project)[:20],
    }  # fmt: skip
    return render(request, "releases/contract.html", context, status=422 if form.is_bound else 200)


def _change(request: HttpRequest, form: forms.ContractForm, current: Contract) -> bool:
    def verify(found: Contract) -> None:
        """Thresholds are whole: the last one who saves them wins, and the former contract stays readable."""

    try:
        made, changes = services.change_contract(
            by=page_actor(request), project=current.project, document=form.changed_document(), verify=verify,
            now=timezone.now(),
        )  # fmt: skip
    except ConcordError as error:
        _tell(form, error)
        return False
    breaking = [change["detail"] for change in changes if change["breaking"]]
    if not changes:
        messages.info(request, "Nothing was changed.")
    elif breaking:
        messages.warning(request, f"Contract {made.number} is kept. It promises less: {' '.join(breaking)}")
    else:
        messages.success(request, f"Contract {made.number} is kept. Nothing in it breaks those who use releases.")
    return True
