"""How projects, members and tokens look in the API."""

from typing import Any

from core.canonical import rfc3339
from projects.models import ApiToken, Membership, Project, Team
from projects.rules import is_agent


def project_body(project: Project, counts: dict[str, int] | None) -> dict[str, Any]:
    return {
        "slug": project.slug,
        "name": project.name,
        "description": project.description,
        "fields": project.fields,
        "overlap": project.overlap,
        "lease_seconds": project.lease_seconds,
        "settings": project.settings | {"minimums": project.minimums},
        "counts": counts,
    }


def member_body(member: Membership, *, identify: bool) -> dict[str, Any]:
    """A member; name and address only for who may identify people. The name of a program is nobody's."""
    user = member.user
    named = identify or is_agent(user)
    return {
        "user": {
            "id": str(user.id),
            "email": (user.email or None) if identify else None,
            "name": (user.name or None) if named else None,
            "kind": user.kind,
        },
        "roles": sorted(member.roles),
        "team": member.team.name if member.team else None,
        "active": user.is_active,
        "joined": user.joined_at is not None,
    }


def team_body(team: Team, *, members: int) -> dict[str, Any]:
    return {"id": str(team.id), "name": team.name, "members": members}


def token_body(token: ApiToken, slugs: list[str] | None) -> dict[str, Any]:
    return {
        "id": str(token.id),
        "name": token.name,
        "prefix": token.prefix,
        "scopes": token.scopes,
        "projects": slugs,
        "created_at": rfc3339(token.created_at),
        "expires_at": rfc3339(token.expires_at) if token.expires_at else None,
        "last_used_at": rfc3339(token.last_used_at) if token.last_used_at else None,
    }
