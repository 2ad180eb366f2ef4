"""Errors as `application/problem+json` (RFC 9457)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions
from rest_framework.response import Response

from core.canonical import canonical_json
from core.errors import (
    ConcordError,
    FieldError,
    Invalid,
    Malformed,
    NotFound,
    Throttled,
    TooLarge,
    Unavailable,
    UnsupportedType,
)

PROBLEM = "application/problem+json"
TITLES = {
    400: "Malformed request", 401: "Not signed in", 403: "Not allowed", 404: "Not found", 405: "Method not allowed",
    406: "Not acceptable", 409: "Conflict", 410: "Gone", 412: "Changed meanwhile", 413: "Too large",
    415: "Unsupported content", 416: "Range not satisfiable", 422: "Not valid", 428: "Condition required",
    429: "Too many requests", 500: "Internal error", 503: "Unavailable",
}  # fmt: skip


def pointers(detail: Any, base: str = "#") -> Iterator[FieldError]:
    """Flatten a serializer's error structure into field errors with JSON pointers."""
    if isinstance(detail, Mapping):
        for key, value in detail.items():
            name = str(key).replace("~", "~0").replace("/", "~1")
            yield from pointers(value, base if key == "non_field_errors" else f"{base}/{name}")
    elif isinstance(detail, Sequence) and not isinstance(detail, str):
        for index, value in enumerate(detail):
            nested = isinstance(value, (Mapping, list))
            yield from pointers(value, f"{base}/{index}" if nested else base)
    else:
        yield FieldError(base, str(detail))


def problem_body(error: ConcordError, request: HttpRequest | None) -> dict[str, Any]:
    body: dict[str, Any] = {
        "type": f"/docs/errors/{error.code}/",
        "title": TITLES.get(error.status, "Error"),
        "status": error.status,
        "detail": error.detail,
        "instance": request.path if request else "",
        "code": error.code,
        "request_id": getattr(request, "request_id", ""),
        "errors": [{"pointer": e.pointer, "detail": e.detail} for e in error.errors],
    }
    return body | {k: v for k, v in error.data.items() if k not in body}


def problem_response(error: ConcordError, request: HttpRequest | None) -> HttpResponse:
    """A plain Django response, for middleware and views outside the API."""
    return HttpResponse(
        canonical_json(problem_body(error, request)),
        status=error.status,
        content_type=PROBLEM,
        headers=error.headers,
    )


class _FromDrf(ConcordError):
    def __init__(self, code: str, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail, headers=headers)
        self.code, self.status = code, status  # type: ignore[misc]  # one wrapper for every library error


def refused_request(exc: Exception) -> ConcordError:
    """What Django refuses before a view sees it: a body beyond its limits, or a request that is no request."""
    if isinstance(exc, RequestDataTooBig):
        return TooLarge(f"The body is larger than {settings.DATA_UPLOAD_MAX_MEMORY_SIZE} bytes.")
    return Malformed()


def _translate(exc: Exception) -> ConcordError | None:
    if isinstance(exc, ConcordError):
        return exc
    if isinstance(exc, (OperationalError, InterfaceError)):
        return Unavailable(headers={"Retry-After": "2"})
    if isinstance(exc, SuspiciousOperation):
        return refused_request(exc)
    if isinstance(exc, exceptions.ValidationError):
        return Invalid(errors=list(pointers(exc.detail)))
    if isinstance(exc, exceptions.ParseError):
        return Malformed(str(exc.detail))
    if isinstance(exc, exceptions.UnsupportedMediaType):
        return UnsupportedType(str(exc.detail))
    if isinstance(exc, exceptions.Throttled):
        return Throttled(headers={"Retry-After": str(int(getattr(exc, "wait", None) or 1))})
    if isinstance(exc, (Http404, exceptions.NotFound)):
        return NotFound()
    if isinstance(exc, (exceptions.NotAuthenticated, exceptions.AuthenticationFailed)):
        headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        detail = str(exc.detail) if isinstance(exc.detail, str) else "Sign in or send a valid token."
        return _FromDrf("invalid_token", 401, detail, headers)
    return _translate_refusal(exc)


def _translate_refusal(exc: Exception) -> ConcordError | None:
    if isinstance(exc, (PermissionDenied, exceptions.PermissionDenied)):
        detail = str(getattr(exc, "detail", "")) or "You may not do this."
        return _FromDrf("csrf_failed" if detail.startswith("CSRF") else "wrong_role", 403, detail)
    if isinstance(exc, exceptions.APIException):
        return _FromDrf(str(exc.default_code), exc.status_code, str(exc.detail))
    return None


def problem_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. Unforeseen errors return None and so reach the error page and the log."""
    error = _translate(exc)
    if error is None:
        return None
    drf_request = context.get("request")
    request = getattr(drf_request, "_request", drf_request)
    return Response(problem_body(error, request), status=error.status, headers=error.headers, content_type=PROBLEM)
