"""What every answer carries: a request id, security headers, rate limit figures."""

import contextlib
import re
import threading
import time
import uuid
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from core.api.problems import TITLES, problem_response
from core.canonical import sha256_hex
from core.errors import ConcordError, Malformed, NotFound, Throttled, Unavailable

Handler = Callable[[HttpRequest], HttpResponseBase]
DRAIN_BLOCK, DRAIN_SECONDS = 1 << 18, 5.0
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


ON_EVERY_ANSWER = {
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    # What is personal is kept nowhere; static files and downloads say otherwise themselves.
    "Cache-Control": "private, no-store",
}


def _drain(request: HttpRequest) -> None:
    """Read what a refused client still sends: it would see a broken connection instead of the reason."""
    until = time.monotonic() + DRAIN_SECONDS
    with contextlib.suppress(OSError):
        while request.read(DRAIN_BLOCK) and time.monotonic() < until:
            pass


class RequestIdMiddleware:
    """Echoes a well-formed `X-Request-ID`, else makes one; sets what even a refusal further in must carry."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-ID", "")
        request.request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex  # type: ignore[attr-defined]
        response = self.get_response(request)
        if response.status_code >= 400:
            _drain(request)
        response["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
        for name, value in ON_EVERY_ANSWER.items():
            response.setdefault(name, value)
        return response


class AddressMiddleware:
    """Refuses a foreign Host, static files included, and an address with NUL, which no row can have."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            request.get_host()
        except DisallowedHost:
            return problem_response(Malformed("This host is not served here."), request)
        if "\x00" in request.path:
            return problem_response(NotFound(), request)
        # The API checks its parameters itself, once it knows who asks.
        if "%00" in request.META.get("QUERY_STRING", "") and not request.path.startswith("/api/"):
            return problem_response(Malformed("The address holds a character that cannot be stored."), request)
        return self.get_response(request)


class ErrorPageMiddleware:
    """Named errors raised by pages become error pages; a lost database is 503 with Retry-After everywhere."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, (OperationalError, InterfaceError)):
            return problem_response(Unavailable(headers={"Retry-After": "2"}), request)
        if isinstance(error, ConcordError):
            if request.path.startswith("/api/"):
                return problem_response(error, request)
            page = render(request, "core/error.html", {"error": error, "title": TITLES.get(error.status, "Error")})
            page.status_code = error.status
            for name, value in error.headers.items():
                page[name] = value
            return page
        return None


class RateLimitMiddleware:
    """Counts requests per credential and minute in this process; fails open by construction (no outside store)."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self.counts: dict[str, int] = {}
        self.window = 0
        self.lock = threading.Lock()

    def _count(self, who: str, window: int) -> int:
        with self.lock:
            if window != self.window:
                self.window, self.counts = window, {}
            self.counts[who] = self.counts.get(who, 0) + 1
            return self.counts[who]

    @staticmethod
    def _who(request: HttpRequest) -> str:
        credential = request.headers.get("Authorization") or request.COOKIES.get(settings.SESSION_COOKIE_NAME)
        return sha256_hex((credential or request.META.get("REMOTE_ADDR", "")).encode())

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        quota = settings.CONCORD_RATE
        if not quota:
            return self.get_response(request)
        window, second = divmod(int(time.time()), 60)
        used = self._count(self._who(request), window)
        left, reset = max(quota - used, 0), 60 - second
        if used > quota:
            error = Throttled(headers={"Retry-After": str(reset)})
            response: HttpResponseBase = problem_response(error, request)
        else:
            response = self.get_response(request)
        response["RateLimit-Policy"] = f'"default";q={quota};w=60'
        response["RateLimit"] = f'"default";r={left};t={reset}'
        return response
