"""The door for pages: sign-in, project, role; the view finds `request.access`."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse

from events.actor import Actor
from projects.access import ALL_ROLES, Access, get_project_for

View = Callable[..., HttpResponse | FileResponse]


def project_page(*, roles: Iterable[str] = ALL_ROLES) -> Callable[[View], View]:
    """Open the project named in the address for the signed-in person; strangers get 404, wrong roles 403."""

    def wrap(view: View) -> View:
        @wraps(view)
        def opened(request: HttpRequest, slug: str, **kwargs: Any) -> HttpResponse | FileResponse:
            request.access = get_project_for(request.user, slug, roles=roles)  # type: ignore[attr-defined, arg-type]
            return view(request, **kwargs)

        return login_required(opened)

    return wrap


def access_of(request: HttpRequest) -> Access:
    access: Access = request.access  # type: ignore[attr-defined]
    return access


def page_actor(request: HttpRequest) -> Actor:
    """Who acts on a page."""
    return Actor(request.user, getattr(request, "request_id", ""))  # type: ignore[arg-type]
