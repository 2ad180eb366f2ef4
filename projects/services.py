"""Writes over projects, members, invitations and tokens. Callers have checked access (projects.access)."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NoReturn
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from accounts import services as accounts
from accounts.models import User
from core.errors import FieldError, InsufficientScope, Invalid, NotFound
from core.ids import NIL
from events.actor import Actor
from events.services import append_event
from projects import tokens
from projects.errors import AlreadyMember, LastManager, SlugExists, TeamExists, TeamInUse, UnknownScope
from projects.models import ApiToken, Membership, Project, Role, Team, default_settings
from projects.rules import problems_of_roles
from projects.scopes import SCOPES, scopes_of_roles

Created = Callable[[Project, Actor], None]
_on_created: list[Created] = []


def when_project_created(hook: Created) -> Created:
    """A higher floor says what a new project needs of it (an empty draft, a default contract)."""
    _on_created.append(hook)
    return hook


@transaction.atomic
def create_project(
    *, by: Actor, slug: str, name: str, description: str = "", fields: Sequence[dict[str, Any]] = (), overlap: int = 3,
    lease_seconds: int = 900, settings: dict[str, Any] | None = None,
) -> Project:  # fmt: skip
    """Make a project; its maker becomes its manager. Raises SlugExists."""
    try:
        with transaction.atomic():
            project = Project.objects.create(
                slug=slug, name=name, description=description, fields=list(fields), overlap=overlap,
                lease_seconds=lease_seconds, settings=default_settings() | (settings or {}), created_by=by.required,
            )  # fmt: skip
    except IntegrityError as error:
        raise SlugExists(errors=[FieldError("#/slug", "Choose a slug that no project has.")]) from error
    member = Membership.objects.create(project=project, user=by.required, roles=[Role.MANAGER])
    append_event(by=by, action="project.created", project=project.id, object_type="project", object_id=project.id,
                 after={"slug": slug, "name": name})  # fmt: skip
    append_event(by=by, action="member.added", project=project.id, object_type="member", object_id=member.user_id,
                 after={"roles": member.roles})  # fmt: skip
    for hook in _on_created:
        hook(project, by)
    return project


@transaction.atomic
def change_project(
    *, by: Actor, project: Project, changes: dict[str, Any], verify: Callable[[Project], None]
) -> Project:
    """Change some fields of a project; `verify` checks the caller's If-Match once the row is locked.

    Raises SlugExists.
    """
    locked = Project.objects.select_for_update().get(pk=project.pk)
    verify(locked)
    before = {name: getattr(locked, name) for name in changes}
    for name, value in changes.items():
        setattr(locked, name, value)
    try:
        with transaction.atomic():
            locked.save(update_fields=list(changes))
    except IntegrityError as error:
        raise SlugExists(errors=[FieldError("#/slug", "Choose a slug that no project has.")]) from error
    append_event(by=by, action="project.changed", project=locked.id, object_type="project", object_id=locked.id,
                 before=before, after=changes)  # fmt: skip
    return locked


@transaction.atomic
def archive_project(*, by: Actor, project: Project, now: datetime, verify: Callable[[Project], None]) -> None:
    locked = Project.objects.select_for_update().get(pk=project.pk)
    verify(locked)
    locked.archived_at = now
    locked.save(update_fields=["archived_at"])
    append_event(by=by, action="project.changed", project=locked.id, object_type="project", object_id=locked.id,
                 before={"archived": False}, after={"archived": True})  # fmt: skip


def _team(project: Project, name: str | None) -> Team | None:
    return Team.objects.get_or_create(project=project, name=name)[0] if name else None


def _holds_more(user: User, by: Actor) -> bool:
    """Whether an account holds anything that `by` does not manage himself."""
    managed = Membership.objects.filter(user=by.required, roles__contains=[Role.MANAGER]).values("project")
    elsewhere = Membership.objects.filter(user=user).exclude(project__in=managed)
    return user.is_owner or user.can_create_projects or not user.is_active or elsewhere.exists()


@transaction.atomic
def add_member(
    *,
    by: Actor,
    project: Project,
    email: str,
    roles: Iterable[str],
    now: datetime,
    name: str = "",
    team: str | None = None,
) -> tuple[Membership, str | None]:
    """Make somebody a member. Returns the invitation's secret where that person has not joined yet, else None.

    Whoever was invited by others, or may do more than this project allows, joins by the link he has: a second link
    would open to its maker what the account holds elsewhere.

    Raises AlreadyMember.
    """
    user = User.objects.filter(email__iexact=email).first()
    secret = None
    if user is None or (user.joined_at is None and not _holds_more(user, by)):
        user, secret = accounts.invite(email=email, name=name, by=by.user, now=now)
    member, made = Membership.objects.get_or_create(
        project=project, user=user, defaults={"roles": sorted(set(roles)), "team": _team(project, team)}
    )
    if not made:
        raise AlreadyMember(errors=[FieldError("#/user/email", "This person is a member already.")])
    append_event(by=by, action="member.added", project=project.id, object_type="member", object_id=user.id,
                 after={"roles": member.roles, "team": team or None, "invited": secret is not None})  # fmt: skip
    return member, secret


@transaction.atomic
def add_existing_member(*, by: Actor, project: Project, user: User, roles: Iterable[str]) -> Membership:
    """Make an account of the installation a member (imported annotators, models, services)."""
    member, _ = Membership.objects.get_or_create(project=project, user=user, defaults={"roles": sorted(set(roles))})
    append_event(by=by, action="member.added", project=project.id, object_type="member", object_id=user.id,
                 after={"roles": member.roles})  # fmt: skip
    return member


def _keep_a_manager(project: Project, without: Membership) -> None:
    # a service may be a manager too, but nobody could sign in as it
    managers = Membership.objects.select_for_update(of=("self",)).filter(
        project=project, roles__contains=[Role.MANAGER], user__kind=User.Kind.PERSON
    )
    if not [m for m in managers if m.pk != without.pk]:
        raise LastManager


@transaction.atomic
def change_member(
    *,
    by: Actor,
    member: Membership,
    roles: Iterable[str] | None,
    team: str | None = None,
    verify: Callable[[Membership], None],
) -> Membership:
    """Change roles (None: as they are) and team (None: as it is, "": in none; a new name makes a team)."""
    locked = (
        Membership.objects.select_for_update(of=("self",)).select_related("user", "team", "project").get(pk=member.pk)
    )
    verify(locked)
    before = {"roles": locked.roles, "team": locked.team.name if locked.team else None}
    if roles is not None:
        roles = set(roles)
        if errors := problems_of_roles(locked.user.kind, roles):
            raise Invalid(errors=errors)
        if Role.MANAGER in locked.roles and Role.MANAGER not in roles and locked.user.kind == User.Kind.PERSON:
            _keep_a_manager(locked.project, locked)
        locked.roles = sorted(roles)
    if team is not None:
        locked.team = _team(locked.project, team)
    locked.save()
    append_event(by=by, action="member.changed", project=locked.project_id, object_type="member",
                 object_id=locked.user_id, before=before,
                 after={"roles": locked.roles, "team": locked.team.name if locked.team else None})  # fmt: skip
    return locked


@transaction.atomic
def create_team(*, by: Actor, project: Project, name: str) -> Team:
    """Raises TeamExists."""
    try:
        with transaction.atomic():
            team = Team.objects.create(project=project, name=name)
    except IntegrityError as error:
        raise TeamExists(errors=[FieldError("#/name", "Choose a name that no team of the project has.")]) from error
    append_event(by=by, action="project.changed", project=project.id, object_type="team", object_id=team.id,
                 after={"name": name})  # fmt: skip
    return team


@transaction.atomic
def rename_team(*, by: Actor, team: Team, name: str, verify: Callable[[Team], None]) -> Team:
    """Raises TeamExists."""
    locked = Team.objects.select_for_update().get(pk=team.pk)
    verify(locked)
    before, locked.name = locked.name, name
    try:
        with transaction.atomic():
            locked.save(update_fields=["name"])
    except IntegrityError as error:
        raise TeamExists(errors=[FieldError("#/name", "Choose a name that no team of the project has.")]) from error
    append_event(by=by, action="project.changed", project=locked.project_id, object_type="team", object_id=locked.id,
                 before={"name": before}, after={"name": name})  # fmt: skip
    return locked


@transaction.atomic
def delete_team(*, by: Actor, team: Team, verify: Callable[[Team], None]) -> None:
    """Delete a team without members that no higher floor refers to. Raises TeamInUse."""
    locked = Team.objects.select_for_update().get(pk=team.pk)
    verify(locked)
    append_event(by=by, action="project.changed", project=locked.project_id, object_type="team", object_id=locked.id,
                 before={"name": locked.name})  # fmt: skip
    try:
        locked.delete()
    except ProtectedError as error:
        raise TeamInUse from error


@transaction.atomic
def remove_member(*, by: Actor, member: Membership, verify: Callable[[Membership], None]) -> None:
    locked = (
        Membership.objects.select_for_update(of=("self",)).select_related("user", "team", "project").get(pk=member.pk)
    )
    verify(locked)
    if Role.MANAGER in locked.roles and locked.user.kind == User.Kind.PERSON:
        _keep_a_manager(locked.project, locked)
    append_event(by=by, action="member.removed", project=locked.project_id, object_type="member",
                 object_id=locked.user_id, before={"roles": locked.roles})  # fmt: skip
    locked.delete()


@transaction.atomic
def create_token(
    *, by: Actor, name: str, scopes: Iterable[str], now: datetime, projects: Sequence[str] | None = None,
    expires_at: datetime | None = None, limited_to: ApiToken | None = None,
) -> tuple[ApiToken, str]:  # fmt: skip
    """Make an API token and return it with its secret, which is shown this once.

    `limited_to` is the token that makes this call, if any: nobody hands on more than he holds. Raises UnknownScope,
    Invalid (past expiry, foreign project), InsufficientScope.
    """
    user, wanted = by.required, set(scopes)
    if unknown := sorted(wanted - SCOPES):
        raise UnknownScope(errors=[FieldError("#/scopes", f"There is no scope {name!r}.") for name in unknown])
    if expires_at is not None and expires_at <= now:
        raise Invalid(errors=[FieldError("#/expires_at", "Choose a time in the future, or leave it out.")])
    members = list(Membership.objects.filter(user=user, project__archived_at=None).select_related("project"))
    ids: list[UUID] | None = None
    if projects is not None:
        by_slug = {m.project.slug: m for m in members}
        if missing := [slug for slug in projects if slug not in by_slug]:
            raise Invalid(errors=[FieldError("#/projects", f"You are no member of a project {s!r}.") for s in missing])
        members = [by_slug[slug] for slug in projects]
        ids = [m.project_id for m in members]
    _refuse_excess(wanted, user, members, limited_to)
    if limited_to is not None and limited_to.projects is not None:
        ids = [i for i in (ids or limited_to.projects) if i in limited_to.projects]
    secret = tokens.make_secret()
    token = ApiToken.objects.create(
        user=user, name=name, prefix=secret[:14], secret_hash=tokens.hash_token(secret), scopes=sorted(wanted),
        projects=ids, created_at=now, expires_at=expires_at,
    )  # fmt: skip
    append_event(by=by, action="token.created", project=ids[0] if ids and len(ids) == 1 else None,
                 object_type="token", object_id=token.id, after={"name": name, "scopes": token.scopes})  # fmt: skip
    return token, secret


def _refuse_excess(wanted: set[str], user: User, members: Sequence[Membership], limited_to: ApiToken | None) -> None:
    allowed = scopes_of_roles({role for m in members for role in m.roles}) | {"tokens:manage"}
    if user.can_create_projects:
        # Whoever may create projects becomes their manager.
        allowed |= scopes_of_roles({Role.MANAGER})
    if limited_to is not None:
        allowed &= set(limited_to.scopes)
    if excess := sorted(wanted - allowed):
        raise InsufficientScope(f"You do not hold these scopes yourself: {', '.join(excess)}.")


@transaction.atomic
def revoke_token(*, by: Actor, token_id: UUID | None, now: datetime) -> None:
    """End one of the caller's own tokens. Raises NotFound."""
    token = ApiToken.objects.select_for_update().filter(pk=token_id or NIL, user=by.required, revoked_at=None).first()
    if token is None:
        raise NotFound
    token.revoked_at = now
    token.save(update_fields=["revoked_at"])
    append_event(by=by, action="token.revoked", project=None, object_type="token", object_id=token.id,
                 before={"name": token.name}, after=None)  # fmt: skip


def refuse_scope(scope: str) -> NoReturn:
    """Raise InsufficientScope for a call outside any project."""
    raise InsufficientScope(
        f"The token does not hold the scope {scope}.",
        headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'},
    )


@transaction.atomic
def set_active(*, by: Actor, user_id: UUID | None, active: bool) -> User:
    """Disable an account (its sessions and tokens end with it) or enable it again. Raises NotFound."""
    user = User.objects.select_for_update().filter(pk=user_id or NIL).first()
    if user is None:
        raise NotFound
    before = {"active": user.is_active}
    user.is_active = active
    user.save(update_fields=["is_active"])
    append_event(by=by, action="user.changed", project=None, object_type="user", object_id=user.id,
                 before=before, after={"active": active})  # fmt: skip
    return user
