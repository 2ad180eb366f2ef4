"""Accounts of models and services: one project each, no password, and a token that the managers hold.

Callers have checked access (projects.access).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from accounts import services as accounts
from accounts.models import User
from core.errors import FieldError, InsufficientScope, Invalid
from core.ids import NIL, parse_id
from events.actor import Actor
from events.services import append_event
from projects import tokens
from projects.errors import AlreadyMember, UnknownScope
from projects.models import ApiToken, Membership, Project, Team
from projects.rules import AGENTS, DEFAULT_SCOPES, OF_THEIR_OWN, problems_of_roles, scopes_of_agent
from projects.scopes import SCOPES


def agents_of(project: Project) -> QuerySet[Membership]:
    """The members of a project that are programs."""
    rows = Membership.objects.filter(project=project, user__kind__in=AGENTS)
    return rows.select_related("user", "team", "project").order_by("user__name", "pk")


def agent_in(project: Project, user_id: UUID | None) -> Membership | None:
    return agents_of(project).filter(user=user_id or NIL).first()


def check_suggestion_settings(project: Project | None, settings: Mapping[str, Any]) -> None:
    """Raises Invalid where the suggestions of somebody are to be shown who is no member. None: a project to be made."""
    agent = (settings.get("suggestions") or {}).get("agent")
    if agent is None:
        return
    members = Membership.objects.filter(project=project, user=parse_id(agent) or NIL) if project else None
    if members is None or not members.exists():
        raise Invalid(errors=[FieldError("#/settings/suggestions/agent", "No member of the project has this id.")])


def live_tokens(project: Project) -> dict[UUID, ApiToken]:
    """Agent -> its token in this project, the newest, where one is live."""
    rows = ApiToken.objects.filter(user__in=agents_of(project).values("user"), revoked_at=None)
    return {token.user_id: token for token in rows.filter(projects=[project.id]).order_by("created_at", "pk")}


@transaction.atomic
def add_agent(
    *, by: Actor, project: Project, kind: str, name: str, roles: Iterable[str], now: datetime,
    scopes: Iterable[str] | None = None, team: str | None = None, limited_to: ApiToken | None = None,
) -> tuple[Membership, str]:  # fmt: skip
    """Make an account of a model or service, a member of this project alone. Returns it with its token's secret.

    `limited_to` is the token that makes this call, if any: nobody hands on more than he holds.

    Raises:
        Invalid: no name, or a role that its kind may not hold.
        AlreadyMember: an agent of that name is here already.
        UnknownScope, InsufficientScope: scopes that do not exist, or that its roles or the caller do not allow.
    """
    held = sorted(set(roles))
    errors = problems_of_roles(kind, held)
    if not name.strip():
        errors.append(FieldError("#/user/name", "Give it a name, by which people know it."))
    if errors:
        raise Invalid(errors=errors)
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)  # one name at a time
    if agents_of(project).filter(user__name=name.strip()).exists():
        raise AlreadyMember(errors=[FieldError("#/user/name", "An agent of this project has that name already.")])
    wanted = _scopes(kind, held, scopes, limited_to)
    user = accounts.make_agent(kind=kind, name=name.strip(), now=now)
    group = Team.objects.get_or_create(project=project, name=team)[0] if team else None
    member = Membership.objects.create(project=project, user=user, roles=held, team=group)
    append_event(by=by, action="member.added", project=project.id, object_type="member", object_id=user.id,
                 after={"roles": held, "kind": kind})  # fmt: skip
    return member, _issue(by, project, user, wanted, now)


def _scopes(kind: str, roles: Iterable[str], scopes: Iterable[str] | None, limited_to: ApiToken | None) -> list[str]:
    allowed = scopes_of_agent(roles)
    handed_on = allowed if limited_to is None else allowed & (set(limited_to.scopes) | OF_THEIR_OWN[kind])
    if scopes is None:
        return sorted(set(DEFAULT_SCOPES[kind]) & handed_on)
    wanted = set(scopes)
    if unknown := sorted(wanted - SCOPES):
        raise UnknownScope(errors=[FieldError("#/scopes", f"There is no scope {name!r}.") for name in unknown])
    if excess := sorted(wanted - allowed):
        raise InsufficientScope(f"The roles of this account do not hold these scopes: {', '.join(excess)}.")
    if excess := sorted(wanted - handed_on):
        raise InsufficientScope(f"You do not hold these scopes yourself: {', '.join(excess)}.")
    return sorted(wanted)


def _issue(by: Actor, project: Project, user: User, scopes: list[str], now: datetime) -> str:
    secret = tokens.make_secret()
    token = ApiToken.objects.create(
        user=user, name=user.name, prefix=secret[:14], secret_hash=tokens.hash_token(secret), scopes=scopes,
        projects=[project.id], created_at=now,
    )  # fmt: skip
    append_event(by=by, action="token.created", project=project.id, object_type="token", object_id=token.id,
                 after={"name": token.name, "scopes": scopes, "user": user.id})  # fmt: skip
    return secret


@transaction.atomic
def renew_token(*, by: Actor, member: Membership, now: datetime) -> str:
    """A new token for an agent, with the scopes that the last one had; the former ones end. Returns the secret."""
    Membership.objects.select_for_update(of=("self",)).get(pk=member.pk)
    issued = ApiToken.objects.filter(user=member.user, projects=[member.project_id])
    last = issued.order_by("-created_at", "-pk").first()
    known = set(last.scopes) if last else set(DEFAULT_SCOPES[member.user.kind])
    _revoke(by, member, now)
    return _issue(by, member.project, member.user, sorted(known & scopes_of_agent(member.roles)), now)


@transaction.atomic
def revoke_tokens(*, by: Actor, member: Membership, now: datetime) -> int:
    """End every token of an agent. Returns how many were live."""
    Membership.objects.select_for_update(of=("self",)).get(pk=member.pk)
    return _revoke(by, member, now)


def _revoke(by: Actor, member: Membership, now: datetime) -> int:
    live = list(ApiToken.objects.filter(user=member.user, revoked_at=None))
    for token in live:
        append_event(by=by, action="token.revoked", project=member.project_id, object_type="token", object_id=token.id,
                     before={"name": token.name}, after=None)  # fmt: skip
    return ApiToken.objects.filter(pk__in=[token.pk for token in live]).update(revoked_at=now)
