"""What an account may be in a project, by its kind."""

from collections.abc import Iterable

from accounts.models import User
from core.errors import FieldError
from projects.scopes import scopes_of_roles

AGENTS = (User.Kind.MODEL, User.Kind.SERVICE)
"""Accounts of programs: they never sign in, and act by a token that a manager holds."""

ROLES_OF_AGENTS: dict[str, frozenset[str]] = {
    User.Kind.MODEL: frozenset({"annotator", "consumer"}),
    User.Kind.SERVICE: frozenset({"manager", "annotator", "consumer"}),
}
"""A program never decides cases; a model sees nobody else's answers."""

DEFAULT_SCOPES: dict[str, tuple[str, ...]] = {
    User.Kind.MODEL: ("items:read", "annotations:read", "annotations:write", "suggestions:write", "guidelines:read"),
    User.Kind.SERVICE: ("suggestions:write", "items:read", "items:write", "guidelines:read"),
}
"""What an agent's token may do unless the manager says otherwise, as far as its roles allow it."""

OF_THEIR_OWN: dict[str, frozenset[str]] = {
    User.Kind.MODEL: frozenset(DEFAULT_SCOPES[User.Kind.MODEL]),
    User.Kind.SERVICE: frozenset({"suggestions:write", "guidelines:read"}),
}
"""What a caller may give an agent without holding it: a model reads and writes its own answers, and no others."""


def is_agent(user: User) -> bool:
    return user.kind in AGENTS


def problems_of_roles(kind: str, roles: Iterable[str]) -> list[FieldError]:
    """Roles that an account of this kind may not hold. A person may hold any, and must hold one."""
    wanted = set(roles)
    if kind not in ROLES_OF_AGENTS:
        return [] if wanted else [FieldError("#/roles", "Give at least one role.")]
    excess = sorted(wanted - ROLES_OF_AGENTS[kind])
    return [FieldError("#/roles", f"A {kind} account cannot be {role}.") for role in excess]


def scopes_of_agent(roles: Iterable[str]) -> frozenset[str]:
    """Every scope that an agent's token may hold: what its roles allow, and suggestions."""
    return (scopes_of_roles(frozenset(roles)) - {"tokens:manage"}) | {"suggestions:write", "guidelines:read"}
