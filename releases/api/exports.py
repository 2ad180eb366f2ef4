"""Exports over REST: ask for the rows of a cut, watch the job, fetch the bytes."""

from typing import Any
from uuid import UUID

from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import NotFound
from events.idempotency import Answer, keyed
from events.selectors import get_job
from events.services import wait_for_cut
from projects.access import MANAGERS
from projects.api.base import ObjectView, ProjectView, actor_of
from projects.api.jobs import JobCancel, JobResume
from releases import selectors, services
from releases.api import serializers as shapes
from releases.api.bodies import export_body
from releases.api.download import Stored, serve
from releases.api.views import READ, wanted_cut
from releases.errors import NotReady
from releases.models import Export

KIND_SCOPES = {
    "items": "items:read", "annotations": "annotations:read", "gold": "adjudications:read", "events": "audit:read",
}  # fmt: skip


def _body(export: Export) -> dict[str, Any]:
    job = get_job(export.pk)
    if job is None:
        raise NotFound
    return export_body(export, job, timezone.now())


class ExportListView(ProjectView):
    roles = {"POST": MANAGERS}
    scopes = {"POST": READ}
    keyed = frozenset({"POST"})

    @extend_schema(operation_id="request_export", request=shapes.ExportIn, responses={202: shapes.ExportOut})
    def post(self, request: Request, p: str) -> Response:
        project = self.access.project
        if isinstance(request.data, dict):
            self.access.require_scope(KIND_SCOPES.get(str(request.data.get("kind"))))
        cut = wanted_cut(request, project.id)

        def write() -> Answer:
            data = self.body(request, shapes.ExportIn)
            given = data.pop("as_of", None)
            as_of = cut if cut is not None else wait_for_cut(project=project.id, as_of=given)
            export = services.request_export(
                by=actor_of(request), project=project, as_of=as_of, now=timezone.now(),
                identified=self.access.may_identify, **data,
            )  # fmt: skip
            return Answer(_body(export), 202, {"Location": f"/api/v1/exports/{export.pk}"})

        return keyed(request, write)


class _ExportView(ObjectView):
    roles = {"GET": MANAGERS, "POST": MANAGERS}
    scopes = {"GET": READ, "POST": READ}
    export: Export

    def project_of(self, object_id: UUID) -> UUID | None:
        return selectors.project_of_export(object_id)

    def check_access(self, request: Request, **kwargs: Any) -> None:
        super().check_access(request, **kwargs)
        found = selectors.export_in(self.access.project, self.object_id)
        if found is None:
            raise NotFound
        self.access.require_scope(KIND_SCOPES[found.kind])
        if found.identified:
            self.access.require_scope("annotators:identify")
        self.export = found


class ExportDetailView(_ExportView):
    @extend_schema(operation_id="read_export", responses={200: shapes.ExportOut})
    def get(self, request: Request, id: str) -> Response:  # noqa: A002  # the address's own name
        return self.resource(request, _body(self.export))


class ExportContentView(_ExportView):
    @extend_schema(operation_id="read_export_content", responses={(200, "application/octet-stream"): bytes})
    def get(self, request: Request, id: str) -> HttpResponseBase:  # noqa: A002
        export = self.export
        if not export.stored_as:
            raise NotReady(headers={"Retry-After": "1"})
        stored = Stored(
            selectors.stored_path(export.stored_as), export.size or 0, export.sha256, f"{export.kind}.{export.format}"
        )
        return serve(request, stored)


class ExportCancelView(JobCancel, _ExportView):
    job_kind = services.JOB_EXPORT


class ExportResumeView(JobResume, _ExportView):
    job_kind = services.JOB_EXPORT
