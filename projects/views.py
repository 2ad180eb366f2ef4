"""Pages of projects, members and tokens."""

from collections.abc import Callable
from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.models import User
from core.errors import ConcordError, Invalid, NotFound, WrongRole
from core.ids import parse_id
from events.actor import Actor
from projects import agents, selectors, services
from projects.access import MANAGERS
from projects.forms import ROLES_OF_PEOPLE, AgentForm, InviteForm, NewProjectForm, RolesForm, TeamForm, TokenForm
from projects.models import Membership, Role, Team
from projects.pages import access_of, page_actor, project_page
from projects.rules import AGENTS
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
    people = selectors.members_of(project).exclude(user__kind__in=AGENTS).order_by("user__name", "pk")
    teams = selectors.with_members(selectors.teams_of(project))
    context = {"form": form, "members": people, "link": link, "teams": teams, "role_choices": ROLES_OF_PEOPLE}
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


@project_page(roles=MANAGERS)
@require_http_methods(["GET", "HEAD", "POST"])
def agent_accounts(request: HttpRequest) -> HttpResponse:
    project = access_of(request).project
    form, secret, name = AgentForm(request.POST or None), None, ""
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            _, secret = agents.add_agent(
                by=page_actor(request), project=project, now=timezone.now(), **data | {"scopes": data["scopes"] or None}
            )
        except ConcordError as error:
            form.add_problems(error.detail, error.errors)
        else:
            form, name = AgentForm(), data["name"]
    return _agents_page(request, form, secret, name)


def _agents_page(request: HttpRequest, form: AgentForm, secret: str | None, name: str) -> HttpResponse:
    project = access_of(request).project
    live = agents.live_tokens(project)
    rows = [(member, live.get(member.user_id)) for member in agents.agents_of(project)]
    context = {"form": form, "agents": rows, "secret": secret, "made": name}
    response = render(request, "projects/agents.html", context, status=422 if form.errors else 200)
    response["Cache-Control"] = "no-store"
    return response


@project_page(roles=MANAGERS)
@require_http_methods(["POST"])
def renew_agent(request: HttpRequest, user: str) -> HttpResponse:
    member = _agent(request, user)
    secret = agents.renew_token(by=page_actor(request), member=member, now=timezone.now())
    return _agents_page(request, AgentForm(), secret, member.user.name)


@project_page(roles=MANAGERS)
@require_http_methods(["POST"])
def revoke_agent(request: HttpRequest, user: str) -> HttpResponse:
    member = _agent(request, user)
    agents.revoke_tokens(by=page_actor(request), member=member, now=timezone.now())
    messages.success(request, f"{member.user.label} has no token any more: programs that use it stop working.")
    return redirect("agents", access_of(request).project.slug)


def _agent(request: HttpRequest, user: str) -> Membership:
    found = agents.agent_in(access_of(request).project, parse_id(user))
    if found is None:
        raise NotFound
    return found


def _told(request: HttpRequest, work: Callable[[], object], done: str) -> HttpResponse:
    """Do one thing about the project's people, say what came of it, and go back to them."""
    try:
        work()
        messages.success(request, done)
    except ConcordError as error:
        messages.error(request, error.detail)
    return redirect("members", access_of(request).project.slug)


@project_page(roles=MANAGERS)
@require_http_methods(["POST"])
def set_team(request: HttpRequest, user: str) -> HttpResponse:
    project = access_of(request).project
    user_id = parse_id(user)
    member = selectors.members_of(project).filter(user_id=user_id).first() if user_id else None
    team = selectors.team_in(project, parse_id(request.POST.get("team", "")))
    if member is None or (team is None and request.POST.get("team")):
        raise NotFound
    name = team.name if team else ""
    where = f"is in the team {name} now" if team else "is in no team now"
    return _told(
        request,
        lambda: services.change_member(
            by=page_actor(request), member=member, roles=None, team=name, verify=lambda _: None
        ),
        f"{member.user.label} {where}.",
    )


@project_page(roles=MANAGERS)
@require_http_methods(["POST"])
def set_roles(request: HttpRequest, user: str) -> HttpResponse:
    project, by, user_id = access_of(request).project, page_actor(request), parse_id(user)
    people = selectors.members_of(project).exclude(user__kind__in=AGENTS)
    member = people.filter(user_id=user_id).first() if user_id else None
    if member is None:
        raise NotFound
    form = RolesForm(request.POST)
    if not form.is_valid():
        messages.error(request, f"Give {member.user.label} at least one role, or remove them from the project.")
        return redirect("members", project.slug)
    roles = form.cleaned_data["roles"]
    try:
        services.change_member(by=by, member=member, roles=roles, team=None, verify=lambda _: None)
    except ConcordError as error:
        messages.error(request, error.detail)
        return redirect("members", project.slug)
    messages.success(request, f"{member.user.label} has these roles now: {', '.join(sorted(roles))}.")
    # Whoever has just given up managing may not see the members any more.
    gone = member.user_id == by.required.id and Role.MANAGER not in roles
    return redirect("project" if gone else "members", project.slug)


def _team_name(request: HttpRequest) -> str:
    """Raises Invalid."""
    form = TeamForm(request.POST)
    if not form.is_valid():
        raise Invalid("Give the team a name of at most 120 characters.")
    name: str = form.cleaned_data["name"]
    return name


@project_page(roles=MANAGERS)
@require_http_methods(["POST"])
def add_team(request: HttpRequest) -> HttpResponse:
    by, project = page_actor(request), access_of(request).project
    return _told(
        request,
        lambda: services.create_team(by=by, project=project, name=_team_name(request)),
        "The team is made. Put members into it in the table.",
    )


def _team_of(request: HttpRequest, team: str) -> Team:
    found: Team | None = selectors.team_in(access_of(request).project, parse_id(team))
    if found is None:
        raise NotFound
    return found


@project_page(roles=MANAGERS)
@require_http_methods(["POST"])
def rename_team(request: HttpRequest, team: str) -> HttpResponse:
    by, found = page_actor(request), _team_of(request, team)
    return _told(
        request,
        lambda: services.rename_team(by=by, team=found, name=_team_name(request), verify=lambda _: None),
        "The team has its new name.",
    )


@project_page(roles=MANAGERS)
@require_http_methods(["POST"])
def delete_team(request: HttpRequest, team: str) -> HttpResponse:
    by, found = page_actor(request), _team_of(request, team)
    return _told(
        request,
        lambda: services.delete_team(by=by, team=found, verify=lambda _: None),
        f"The team {found.name} is deleted.",
    )


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
