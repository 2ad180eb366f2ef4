"""The one door to a project: strangers find nothing, members meet their role, tokens meet their scopes."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from core.compiled import Compiled
from core.errors import InsufficientScope, NotFound, WrongRole
from projects.models import ApiToken, Membership, Project, Role

ALL_ROLES = frozenset(Role.values)
MANAGERS = frozenset({Role.MANAGER})
ANNOTATORS = frozenset({Role.ANNOTATOR})
ADJUDICATORS = frozenset({Role.ADJUDICATOR})


@dataclass(frozen=True)
class Access:
    """A member inside a project. `token` is None in a browser session, which holds every scope."""

    user: User
    project: Project
    roles: frozenset[str]
    membership: Membership
    token: ApiToken | None = None

    def has(self, *roles: str) -> bool:
        return bool(self.roles & set(roles))

    @property
    def is_manager(self) -> bool:
        return Role.MANAGER in self.roles

    def holds(self, scope: str) -> bool:
        return self.token is None or scope in self.token.scopes

    def require_role(self, roles: Iterable[str]) -> None:
        wanted = frozenset(roles)
        # what is open to every member is open to a model or service without a role too
        if wanted != ALL_ROLES and not self.roles & wanted:
            raise WrongRole(f"This needs the role {' or '.join(sorted(wanted))} in the project.")

    def require_scope(self, scope: str | None) -> None:
        if scope is not None and not self.holds(scope):
            raise InsufficientScope(
                f"The token does not hold the scope {scope}.",
                headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'},
            )

    @property
    def may_identify(self) -> bool:
        """May see real names: a manager in the browser, or a manager's token with the scope."""
        return self.is_manager and self.holds("annotators:identify")


def memberships(user: UUID, **where: object) -> QuerySet[Membership]:
    """A person's memberships in projects that are not archived, with what `enter` needs."""
    return Membership.objects.select_related("project", "team").filter(user=user, project__archived_at=None, **where)


_by_slug = Compiled(lambda user, slug: memberships(user, project__slug=slug), user=UUID, slug=str)
_by_id = Compiled(lambda user, project: memberships(user, project=project), user=UUID, project=UUID)


def enter(
    user: User, found: Membership | None, *, roles: Iterable[str], scope: str | None, token: ApiToken | None
) -> Access:
    """Access by a row of `memberships`, or None where there is none. Raises as `get_project_for`."""
    if found is None or (token is not None and token.projects is not None and found.project_id not in token.projects):
        raise NotFound
    found.user = user
    access = Access(user, found.project, frozenset(found.roles), found, token)
    access.require_scope(scope)
    access.require_role(roles)
    return access


def get_project_for(
    user: User,
    slug: str,
    *,
    roles: Iterable[str] = ALL_ROLES,
    scope: str | None = None,
    token: ApiToken | None = None,
) -> Access:
    """The project behind a slug for this user.

    Raises:
        NotFound: no such project, or the user is no member, or the token is limited to others.
        InsufficientScope, WrongRole: a member who may not do this.
    """
    return enter(user, _by_slug.first(user=user.pk, slug=slug), roles=roles, scope=scope, token=token)


def get_project_by_id(
    user: User, project_id: UUID | None, *, roles: Iterable[str] = ALL_ROLES, scope: str | None = None,
    token: ApiToken | None = None,
) -> Access:  # fmt: skip
    """As `get_project_for`, for an object addressed by its own id. `project_id` None means there is no object."""
    if project_id is None:
        raise NotFound
    return enter(user, _by_id.first(user=user.pk, project=project_id), roles=roles, scope=scope, token=token)
