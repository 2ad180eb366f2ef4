"""What needs every floor: projects with their counts, the log, the OpenAPI document."""

from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.base import ApiView
from core.api.pagination import page_limit
from core.api.serializers import StrictSerializer
from events.selectors import sealed_log
from events.services import sealed_body
from home import selectors
from projects.access import MANAGERS, Access
from projects.api import views as projects
from projects.api.base import ProjectView


class Counted:
    """Counts for those who may know them: annotators would learn how others answered."""

    def counts(self, access: Access) -> dict[str, int] | None:
        return selectors.project_counts(access.project) if access.has("manager", "adjudicator", "consumer") else None


class ProjectListView(Counted, projects.ProjectListView):
    pass


class ProjectDetailView(Counted, projects.ProjectDetailView):
    pass


class EventQuery(StrictSerializer):
    after = serializers.IntegerField(min_value=0, default=0, max_value=2**62)
    limit = serializers.IntegerField(min_value=1, max_value=500, default=50)


class EventObject(serializers.Serializer[Any]):
    type = serializers.CharField()
    id = serializers.CharField()


class EventOut(serializers.Serializer[Any]):
    seq = serializers.IntegerField()
    at = serializers.DateTimeField()
    actor = serializers.CharField(allow_null=True)
    action = serializers.CharField()
    object = EventObject()
    request_id = serializers.CharField()
    before_hash = serializers.CharField(allow_null=True)
    after_hash = serializers.CharField(allow_null=True)
    prev_hash = serializers.CharField()
    hash = serializers.CharField()


class EventListView(ProjectView):
    """The sealed log, ascending: the audit trail that anybody can verify."""

    roles = {"GET": MANAGERS}
    scopes = {"GET": "audit:read"}
    query = EventQuery

    @extend_schema(responses={200: EventOut(many=True)}, operation_id="list_events")
    def get(self, request: Request, p: str) -> Response:
        after, limit = self.params(request)["after"], page_limit(request)
        seals = list(sealed_log(self.access.project.id, after)[: limit + 1])
        page = seals[:limit]
        more = (
            request.build_absolute_uri(f"{request.path}?after={page[-1].seq}&limit={limit}")
            if len(seals) > limit
            else None
        )
        return Response({"results": [sealed_body(s) for s in page], "next": more, "previous": None})


class OpenApiView(ApiView):
    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        return self.resource(request, openapi_document())


def openapi_document() -> dict[str, Any]:
    """The OpenAPI 3.1 document of every mounted view."""
    generator: Any = SchemaGenerator()
    document: dict[str, Any] = generator.get_schema(request=None, public=True)
    return document
