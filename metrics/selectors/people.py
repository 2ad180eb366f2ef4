"""How annotators are called on pages."""

from collections.abc import Iterable
from uuid import UUID

from accounts.models import User
from projects.access import Access
from projects.pseudonyms import pseudonym


def names_of(access: Access, users: Iterable[UUID]) -> dict[str, str]:
    """Id -> name for who may identify people, "you" for oneself, else the pseudonym."""
    wanted = list(users)
    known = User.objects.in_bulk(wanted) if access.may_identify else {}
    names: dict[str, str] = {}
    for user in wanted:
        found = known.get(user)
        if user == access.user.pk:
            names[str(user)] = "you"
        elif found is not None and (found.name or found.email):
            names[str(user)] = found.name or found.email
        else:
            names[str(user)] = pseudonym(access.project.id, user)
    return _distinct(names, access)


def _distinct(names: dict[str, str], access: Access) -> dict[str, str]:
    """Two people of one name stay two."""
    seen: dict[str, int] = {}
    for name in names.values():
        seen[name] = seen.get(name, 0) + 1
    return {
        user: name if seen[name] == 1 else f"{name} ({pseudonym(access.project.id, UUID(user))})"
        for user, name in names.items()
    }
