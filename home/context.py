"""Template context: where the signed-in person can go within the project that the page shows."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from projects.access import Access
from projects.models import Role

PLACES: tuple[tuple[str, str, frozenset[str]], ...] = (
    ("project", "Overview", frozenset(Role.values)),
    ("label", "Label", frozenset({Role.ANNOTATOR})),
    ("items", "Items", frozenset({Role.MANAGER})),
    ("guideline", "Guideline", frozenset(Role.values)),
    ("agreement", "Agreement", frozenset({Role.MANAGER, Role.ADJUDICATOR})),
    ("cases", "Cases", frozenset({Role.MANAGER, Role.ADJUDICATOR})),
    ("reviews", "Reviews", frozenset({Role.MANAGER, Role.ADJUDICATOR})),
    ("releases", "Releases", frozenset({Role.MANAGER, Role.CONSUMER})),
    ("members", "Members", frozenset({Role.MANAGER})),
)


BELONGS = {
    "items": ("import", "imports", "batches"),
    "cases": ("aggregation",),
    "releases": ("contract",),
    "project": ("log",),
    "members": ("suggestions", "training"),
}
"""Pages without a place of their own, by the place that leads to them."""


def _is_here(path: str, name: str, slug: str) -> bool:
    own = reverse(name, args=[slug])
    also = tuple(reverse(page, args=[slug]) for page in BELONGS.get(name, ()))
    return path.startswith(also) or (path == own if name == "project" else path.startswith(own))


def navigation(request: HttpRequest) -> dict[str, Any]:
    """`nav`: the places of the opened project that this person's roles reach, `project`, and `access`."""
    access: Access | None = getattr(request, "access", None)
    if access is None:
        return {"nav": [], "access": None, "project": None}
    nav = []
    for name, label, roles in PLACES:
        if access.roles & roles:
            url = reverse(name, args=[access.project.slug])
            here = _is_here(request.path, name, access.project.slug)
            nav.append({"url": url, "label": label, "current": here})
    return {"nav": nav, "access": access, "project": access.project}
