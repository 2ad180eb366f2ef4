"""The base of every API view: strict queries and bodies, ETags, problem documents."""

from typing import Any, ClassVar

from django.http import HttpRequest
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.serializers import storable
from core.canonical import content_hash
from core.errors import FieldError, IfMatchRequired, Invalid, Malformed, Stale, UnknownParameter

PAGE_PARAMETERS = frozenset({"limit", "cursor"})


class IfMatch:
    """The caller's `If-Match`. Services call `verify` with the present ETag once they hold the row's lock."""

    def __init__(self, header: str | None) -> None:
        if not header:
            raise IfMatchRequired
        self.any = header.strip() == "*"
        self.tags = {tag.strip() for tag in header.split(",")}

    def verify(self, etag: str) -> None:
        """Raises Stale unless `etag` (with its quotes) is among the caller's."""
        if not self.any and etag not in self.tags:
            raise Stale


def etag_of(body: Any) -> str:
    """A strong ETag: the SHA-256 of the canonical body."""
    return f'"{content_hash(body)}"'


class ApiView(APIView):
    """One resource of the API.

    `query` names the serializer of the GET parameters; a list view sets `paged`. Parameters beyond these are
    refused with 400. Access is checked before anything of the request is read.
    """

    permission_classes = [IsAuthenticated]
    query: ClassVar[type[serializers.Serializer[Any]] | None] = None
    paged: ClassVar[bool] = False

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.check_access(request, **kwargs)
        self.check_parameters(request)

    def check_access(self, request: Request, **kwargs: Any) -> None:
        """Overridden by the views of a project."""

    def check_parameters(self, request: Request) -> None:
        reads = request.method in {"GET", "HEAD"}
        known = set(self.query().fields) if self.query and reads else set()
        if self.paged and reads:
            known |= PAGE_PARAMETERS
        unknown = sorted(set(request.query_params) - known)
        if unknown:
            raise UnknownParameter(
                f"Unknown parameter: {', '.join(unknown)}. Known here: {', '.join(sorted(known)) or 'none'}.",
                errors=[FieldError(f"#/{name}", "This parameter is not known here.") for name in unknown],
            )

    def params(self, request: Request) -> dict[str, Any]:
        """The validated GET parameters. Raises Malformed (400)."""
        if self.query is None:
            return {}
        data = {k: v for k, v in request.query_params.items() if k in self.query().fields}
        if (bad := storable(data)) is not None:
            raise Malformed("The address holds a character that cannot be stored.", errors=[FieldError(bad, "")])
        found = self.query(data=data)
        if not found.is_valid():
            errors = [FieldError(f"#/{k}", str(v[0])) for k, v in found.errors.items()]
            raise Malformed("A parameter of the address is not valid.", errors=errors)
        return dict(found.validated_data)

    def body(self, request: Request, serializer: type[serializers.Serializer[Any]], **kwargs: Any) -> dict[str, Any]:
        """The validated body. Raises Malformed (400) where it is no object and Invalid (422) with pointers."""
        data = request.data
        if not isinstance(data, dict):
            raise Malformed("The body must be a JSON object.")
        if (bad := storable(data)) is not None:
            raise Invalid(errors=[FieldError(bad, "Remove the NUL character or the lone surrogate from this text.")])
        found = serializer(data=data, **kwargs)
        found.is_valid(raise_exception=True)
        return dict(found.validated_data)

    @staticmethod
    def if_match(request: Request) -> IfMatch:
        return IfMatch(request.headers.get("If-Match"))

    @staticmethod
    def resource(request: Request, body: Any, *, status: int = 200, **headers: str) -> Response:
        """A single resource with its ETag; 304 where the caller already has it."""
        etag = etag_of(body)
        names = {k.replace("_", "-"): v for k, v in headers.items()}
        if status == 200 and request.method in {"GET", "HEAD"}:
            tags = {t.strip() for t in request.headers.get("If-None-Match", "").split(",")}
            if etag in tags or "*" in tags:
                return Response(status=304, headers={"ETag": etag} | names)
        return Response(body, status=status, headers={"ETag": etag} | names)


def plain_request(request: Request | HttpRequest) -> HttpRequest:
    return request._request if isinstance(request, Request) else request  # noqa: SLF001  # DRF offers no other way
