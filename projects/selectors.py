"""Reads over projects, members and tokens."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from accounts.models import User
from core.compiled import Compiled
from projects import tokens
from projects.models import ApiToken, Membership, Project, Role, Team

TOUCH = timedelta(minutes=1)


_live_token = Compiled(
    lambda secret_hash: ApiToken.objects.select_related("user").filter(
        Q(expires_at=None) | Q(expires_at__gt=Now()), secret_hash=secret_hash, revoked_at=None, user__is_active=True
    ),
    secret_hash=str,
)


def find_token(secret: str) -> ApiToken | None:
    """The live token with this secret, its owner loaded; None where unknown, revoked, expired or the owner is off."""
    if not tokens.is_well_formed(secret):
        return None
    token = _live_token.first(secret_hash=tokens.hash_token(secret))
    if token is not None and (token.last_used_at is None or token.last_used_at < timezone.now() - TOUCH):
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=Now())
    return token


def memberships_of(user: User) -> QuerySet[Membership]:
    """The user's memberships in projects that are not archived, by project name."""
    return (
        Membership.objects.filter(user=user, project__archived_at=None)
        .select_related("project", "team")
        .order_by("project__name", "pk")
    )


def projects_for(user: User, token: ApiToken | None) -> QuerySet[Project]:
    rows = Project.objects.filter(memberships__user=user, archived_at=None)
    if token is not None and token.projects is not None:
        rows = rows.filter(pk__in=token.projects)
    return rows


def members_of(project: Project) -> QuerySet[Membership]:
    return Membership.objects.filter(project=project).select_related("user", "team", "project")


def tokens_of(user: User) -> QuerySet[ApiToken]:
    return ApiToken.objects.filter(user=user, revoked_at=None)


def slugs_of(ids: Sequence[UUID] | None) -> list[str] | None:
    if ids is None:
        return None
    return list(Project.objects.filter(pk__in=ids).order_by("slug").values_list("slug", flat=True))


def annotators_of(project: Project) -> QuerySet[Membership]:
    """Members who may be given items, people whose account is active: a model labels in rounds of its own."""
    people = members_of(project).filter(user__kind=User.Kind.PERSON, user__is_active=True)
    return people.filter(roles__contains=[Role.ANNOTATOR])


def teams_of(project: Project) -> QuerySet[Team]:
    return Team.objects.filter(project=project).order_by("name")


def with_members(teams: QuerySet[Team]) -> QuerySet[Any]:
    """Each team with `member_count`."""
    members = Membership.objects.filter(team=OuterRef("pk")).order_by().values("team")
    return teams.annotate(member_count=Coalesce(Subquery(members.annotate(n=Count("pk")).values("n")), 0))


def team_in(project: Project, team_id: UUID | None) -> Any:
    """A team of the project with its `member_count`, or None."""
    return with_members(teams_of(project)).filter(pk=team_id).first() if team_id else None


def token_rows(
    show: Callable[[ApiToken, list[str] | None], dict[str, Any]],
) -> Callable[[Sequence[ApiToken]], list[Any]]:
    """Show a page of tokens with the slugs of their projects, in one query for all."""

    def rows(found: Sequence[ApiToken]) -> list[Any]:
        ids = {i for token in found for i in token.projects or ()}
        slugs = dict(Project.objects.filter(pk__in=ids).values_list("pk", "slug"))
        return [
            show(t, None if t.projects is None else sorted(slugs[i] for i in t.projects if i in slugs)) for t in found
        ]

    return rows
