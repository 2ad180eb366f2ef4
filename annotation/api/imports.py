"""Imports over REST: send a file, watch its job, read which rows were not kept."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings
from django.http import StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.imports import read_mapping, request_import
from annotation.imports.bodies import import_body, report_lines
from annotation.imports.requests import JOB
from annotation.imports.uploads import API_FORMATS
from core.api.pagination import paginate
from core.api.serializers import StrictSerializer
from core.errors import NotFound, TooLarge
from core.ids import parse_id
from events.idempotency import Answer, keyed
from intake.models import Import, RejectedRow
from intake.selectors import import_in, imports_of, jobs_by_id, rejected_rows
from projects.access import MANAGERS
from projects.api.base import ProjectView, actor_of
from projects.api.jobs import JobCancel, JobResume

FORM_OVERHEAD = 1024 * 1024
"""What a form may hold beside its file."""
READ, WRITE = "items:read", "items:write"


class ImportIn(StrictSerializer):
    file = serializers.FileField(max_length=None, allow_empty_file=True)
    format = serializers.ChoiceField(API_FORMATS)
    mapping = serializers.CharField(required=False, default="", allow_blank=True, trim_whitespace=False)
    mode = serializers.ChoiceField(Import.Mode.choices)
    sha256 = serializers.RegexField(r"^[0-9a-fA-F]{64}$", required=False)
    batch = serializers.CharField(max_length=180, required=False, default="", allow_blank=True)


class ProgressOut(serializers.Serializer[Any]):
    done = serializers.IntegerField()
    total = serializers.IntegerField(allow_null=True)


class ImportOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    kind = serializers.CharField()
    state = serializers.ChoiceField(["queued", "running", "done", "failed", "cancelled"])
    waiting_for = serializers.CharField(allow_null=True)
    progress = ProgressOut()
    heartbeat_at = serializers.DateTimeField(allow_null=True)
    deadline = serializers.DateTimeField()
    error = serializers.DictField(allow_null=True)
    file_name = serializers.CharField()
    format = serializers.CharField()
    mode = serializers.ChoiceField(Import.Mode.choices)
    sha256 = serializers.CharField()
    created_at = serializers.DateTimeField()
    batch = serializers.CharField(allow_null=True)
    round = serializers.CharField(allow_null=True)
    rows_read = serializers.IntegerField()
    rows_kept = serializers.IntegerField()
    rows_reported = serializers.IntegerField()
    items_created = serializers.IntegerField()
    annotations_created = serializers.IntegerField()
    schema_drift = serializers.ListField(child=serializers.DictField())
    report_url = serializers.CharField()


class _OfProject(ProjectView):
    def show(self, rows: Sequence[Import]) -> list[dict[str, Any]]:
        jobs, now = jobs_by_id(rows), timezone.now()
        here = f"/api/v1/projects/{self.access.project.slug}/imports"
        return [import_body(row, jobs[row.id], now, report_url=f"{here}/{row.id}/report") for row in rows]

    def source(self, import_id: str) -> Import:
        parsed = parse_id(import_id)
        found = import_in(self.access.project, parsed) if parsed else None
        if found is None:
            raise NotFound
        return found


class ImportListView(_OfProject):
    """All imports of a project, newest first; a new one."""

    roles = {"GET": MANAGERS, "POST": MANAGERS}
    scopes = {"GET": READ, "POST": WRITE}
    keyed = frozenset({"POST"})
    paged = True
    parser_classes = [MultiPartParser]

    @extend_schema(operation_id="list_imports", responses={200: ImportOut(many=True)})
    def get(self, request: Request, p: str) -> Response:
        return paginate(request, imports_of(self.access.project), self.show)

    @extend_schema(operation_id="create_import", request={"multipart/form-data": ImportIn}, responses={202: ImportOut})
    def post(self, request: Request, p: str) -> Response:
        limit = settings.CONCORD_UPLOAD_LIMIT
        announced = str(request.META.get("CONTENT_LENGTH") or "0")
        if announced.isdigit() and int(announced) > limit + FORM_OVERHEAD:
            raise TooLarge(f"The file is larger than {limit} bytes. Split it, or pack it with gzip.")

        def write() -> Answer:
            data = self.body(request, ImportIn)
            made = request_import(
                by=actor_of(request), project=self.access.project, upload=data["file"], format=data["format"],
                mapping=read_mapping(data["mapping"]), mode=data["mode"], batch=data["batch"],
                sha256=data.get("sha256"), now=timezone.now(),
            )  # fmt: skip
            made.refresh_from_db(fields=["created_at"])
            return Answer(self.show([made])[0], 202, {"Location": f"{request.path}/{made.id}"})

        return keyed(request, write)


class ImportDetailView(_OfProject):
    roles = {"GET": MANAGERS}
    scopes = {"GET": READ}

    @extend_schema(operation_id="read_import", responses={200: ImportOut})
    def get(self, request: Request, p: str, id: str) -> Response:  # noqa: A002  # the address's own name
        return self.resource(request, self.show([self.source(id)])[0])


class ImportReportView(_OfProject):
    """The rows that were read and not kept, one JSON object a line, in the order of the file."""

    roles = {"GET": MANAGERS}
    scopes = {"GET": READ}

    @extend_schema(operation_id="read_import_report", responses={(200, "application/jsonl"): str})
    def get(self, request: Request, p: str, id: str) -> StreamingHttpResponse:  # noqa: A002  # the address's own name
        source = self.source(id)
        return report_response(source)


def report_response(source: Import) -> StreamingHttpResponse:
    """The report as a download."""
    return StreamingHttpResponse(
        report_lines(_all_rejected(source)),
        content_type="application/jsonl; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="import-{source.id}-report.jsonl"',
            "X-Content-Type-Options": "nosniff",
        },
    )


def _all_rejected(source: Import) -> Iterator[RejectedRow]:
    """Page by page: no query is open while the client reads."""
    last = 0
    while rows := list(rejected_rows(source).filter(pk__gt=last)[:1000]):
        yield from rows
        last = rows[-1].pk


class ImportCancelView(JobCancel, ProjectView):
    roles = {"POST": MANAGERS}
    scopes = {"POST": WRITE}
    job_kind = JOB


class ImportResumeView(JobResume, ProjectView):
    roles = {"POST": MANAGERS}
    scopes = {"POST": WRITE}
    job_kind = JOB
