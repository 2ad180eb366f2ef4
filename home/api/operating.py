"""Live, ready, and figures for Prometheus."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.base import ApiView
from events.models import Job
from home.health import readiness


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  # a view's signature
    """The process answers. Nothing else is looked at, so that a slow database restarts nobody."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


class ReadyView(ApiView):
    """Without a token only the status; with one, a figure for each part."""

    permission_classes = [AllowAny]

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        found = readiness()
        status = 503 if found["status"] == "down" else 200
        known = request.user is not None and request.user.is_authenticated
        return Response(found if known else {"status": found["status"]}, status=status)


class _Figures:
    """Read at scrape time from the database, so every web process answers the same."""

    def collect(self) -> Iterable[Any]:
        parts = readiness()["parts"]
        up = GaugeMetricFamily("concord_part_ok", "1 where a part works", labels=["part"])
        for name, part in parts.items():
            up.add_metric([name], 1.0 if part["ok"] else 0.0)
        yield up
        pulse = parts.get("pulse", {})
        yield GaugeMetricFamily(
            "concord_seal_lag_seconds", "Age of the oldest unsealed event", value=pulse.get("seal_lag_seconds", 0)
        )
        behind = GaugeMetricFamily("concord_consumer_behind", "Sealed events not yet read", labels=["consumer"])
        for name, count in pulse.get("consumers_behind", {}).items():
            behind.add_metric([name], count)
        yield behind
        jobs = GaugeMetricFamily("concord_jobs", "Jobs by state", labels=["state"])
        for state in (Job.State.QUEUED, Job.State.RUNNING):
            jobs.add_metric([state], parts.get("jobs", {}).get(state, 0))
        yield jobs


class MetricsView(ApiView):
    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        registry = CollectorRegistry()
        registry.register(_Figures())
        return HttpResponse(generate_latest(registry), content_type="text/plain; version=0.0.4; charset=utf-8")
