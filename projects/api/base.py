"""The base of every API view inside a project: access, role and scope before anything else is read."""

from typing import Any, ClassVar
from uuid import UUID

from rest_framework.request import Request

from accounts.models import User
from core.api.base import ApiView, plain_request
from core.errors import NotFound
from core.ids import parse_id
from events.actor import Actor
from projects import access
from projects.access import Access
from projects.models import ApiToken


def token_of(request: Request) -> ApiToken | None:
    return request.auth if isinstance(request.auth, ApiToken) else None


def caller(request: Request) -> User:
    """The signed-in user: IsAuthenticated has let nobody else through."""
    if not isinstance(request.user, User):
        raise NotFound
    return request.user


def actor_of(request: Request) -> Actor:
    return Actor(caller(request), getattr(plain_request(request), "request_id", ""))


class ProjectView(ApiView):
    """A view under `/projects/{p}/`.

    `scopes` and `roles` say per method what is needed; a method without roles is open to every member. `keyed` and
    `conditional` name the methods that need an Idempotency-Key or If-Match, for the OpenAPI document.
    """

    scopes: ClassVar[dict[str, str]] = {}
    roles: ClassVar[dict[str, frozenset[str]]] = {}
    keyed: ClassVar[frozenset[str]] = frozenset()
    conditional: ClassVar[frozenset[str]] = frozenset()
    access: Access

    def check_access(self, request: Request, **kwargs: Any) -> None:
        method = "GET" if request.method == "HEAD" else str(request.method)
        self.access = access.get_project_for(
            caller(request),
            kwargs["p"],
            roles=self.roles.get(method, access.ALL_ROLES),
            scope=self.scopes.get(method),
            token=token_of(request),
        )


class ObjectView(ProjectView):
    """A view of one object addressed by its own id: `/cases/{id}` and the like."""

    object_id: UUID

    def project_of(self, object_id: UUID) -> UUID | None:
        """The id of the project that holds the object, or None where there is no such object."""
        raise TypeError(f"{type(self).__name__} does not say whose its objects are")

    def check_access(self, request: Request, **kwargs: Any) -> None:
        object_id = parse_id(kwargs["id"])
        method = "GET" if request.method == "HEAD" else str(request.method)
        self.access = access.get_project_by_id(
            caller(request),
            self.project_of(object_id) if object_id else None,
            roles=self.roles.get(method, access.ALL_ROLES),
            scope=self.scopes.get(method),
            token=token_of(request),
        )
        if object_id is not None:
            self.object_id = object_id
