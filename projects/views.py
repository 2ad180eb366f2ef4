"""Pages of projects, members and tokens."""

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.models import User
from core.errors import ConcordError, WrongRole
from core.ids import parse_id
from events.actor import Actor
from projects import selectors, services
from projects.access import MANAGERS
from projects.forms import InviteForm, NewProjectForm, TokenForm
from projects.pages import access_of, page_actor, project_page
from projects.scopes import IN_WORDS, scopes_of_roles


def _person(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise WrongRole
    return request.user


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_project(request: HttpRequest) -> HttpResponse:
    if not _person(request).can_create_projects:
        raise WrongRole("Your account may not make projects. Ask whoever runs this installation.")
    form = NewProjectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            project = services.create_project(by=page_actor(request), **form.as_project())
        except ConcordError as error:
            form.add_problems(error.detail, error.errors)
        else:
            messages.success(request, "The project is made. Next, write its guideline.")
            return redirect("project", project.slug)
    return render(request, "projects/new.html", {"form": form}, status=422 if form.errors else 200)


@project_page(roles=MANAGERS)
@require_http_methods(["GET", "HEAD", "POST"])
def members(request: HttpRequest) -> HttpResponse:
    project = access_of(request).project
    form, link = InviteForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        try:
            member, secret = services.add_member(
                by=page_actor(request), project=project, now=timezone.now(), **form.cleaned_data
            )
        except ConcordError as error:
            form.add_problems(error.detail, error.errors)
        else:
            if secret is None:
                messages.success(request, f"{member.user.label} is a member now.")
                return redirect("members", project.slug)
            link = request.build_absolute_uri(reverse("accept_invitation", args=[secret]))
            form = InviteForm()
    people = selectors.members_of(project).order_by("user__name", "pk")
    context = {"form": form, "members": people, "link": link}
    return render(request, "projects/members.html", context, status=422 if form.errors else 200)


@project_page(roles=MANAGERS)
@require_http_methods(["POST"])
def remove_member(request: HttpRequest, user: str) -> HttpResponse:
    project, user_id = access_of(request).project, parse_id(user)
    member = selectors.members_of(project).filter(user_id=user_id).first() if user_id else None
    if member is not None:
        try:
            services.remove_member(by=page_actor(request), member=member, verify=lambda _: None)
            messages.success(request, f"{member.user.label} is no longer a member. What they labelled stays.")
        except ConcordError as error:
            messages.error(request, error.detail)
    return redirect("members", project.slug)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    user = _person(request)
    roles = {role for m in selectors.memberships_of(user) for role in m.roles}
    allowed = scopes_of_roles(roles) | {"tokens:manage"}
    form, secret = TokenForm(request.POST or None, allowed=allowed), None
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        try:
            _, secret = services.create_token(
                by=Actor(user, page_actor(request).request_id), name=form.cleaned_data["name"],
                scopes=form.cleaned_data["scopes"], now=now, expires_at=now + timedelta(days=form.cleaned_data["days"]),
            )  # fmt: skip
            form = TokenForm(allowed=allowed)
        except ConcordError as error:
            form.add_problems(error.detail, error.errors)
    rows = selectors.tokens_of(user).order_by("-created_at")
    context = {
        "form": form,
        "secret": secret,
        "tokens": rows,
        "now": timezone.now(),
        "meanings": [(scope, IN_WORDS[scope]) for scope in sorted(allowed)],
    }
    response = render(request, "projects/tokens.html", context, status=422 if form.errors else 200)
    response["Cache-Control"] = "no-store"
    return response


@login_required
@require_http_methods(["POST"])
def revoke_token(request: HttpRequest, token: str) -> HttpResponse:
    services.revoke_token(by=page_actor(request), token_id=parse_id(token), now=timezone.now())
    messages.success(request, "The token is revoked. Nobody can use it any more.")
    return redirect("tokens")
