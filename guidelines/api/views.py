"""Guidelines over REST.

`DraftPublishView` and `GuidelineDiffView` are mounted by `reviews`: a later version needs its review, and what a change
makes stale is counted above this floor.
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal, cast

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.base import etag_of
from core.api.pagination import paginate
from core.canonical import rfc3339
from core.errors import Malformed, NotFound
from events.idempotency import Answer, keyed, read_key
from guidelines import selectors, services
from guidelines.api.serializers import (
    AcknowledgementOut,
    DiffQuery,
    GuidelineDiffOut,
    GuidelineDraftIn,
    GuidelineOut,
    PublishIn,
)
from guidelines.errors import ReviewNotNeeded, ReviewRequired
from guidelines.models import GuidelineVersion
from guidelines.selectors import guideline_body
from projects.access import MANAGERS
from projects.api.base import ProjectView, actor_of
from projects.api.bodies import member_body
from projects.models import Membership, Role
from projects.selectors import members_of

Verify = Callable[[GuidelineVersion], None]
READERS = frozenset({Role.MANAGER, Role.ANNOTATOR, Role.ADJUDICATOR})


class GuidelineView(ProjectView):
    """Opens versions; the draft is there for managers only."""

    scopes = {"GET": "guidelines:read"}

    def version(self, n: int | Literal["current", "draft"]) -> GuidelineVersion:
        if n == "draft" and not self.access.is_manager:
            raise NotFound
        return selectors.get_version(self.access.project, n)

    def read_object(self, request: Request) -> None:
        """Refuse what is no JSON object, before anything of it is compared."""
        if not isinstance(request.data, dict):
            raise Malformed("The body must be a JSON object.")


class GuidelineListView(GuidelineView):
    paged = True

    @extend_schema(responses={200: GuidelineOut(many=True)}, operation_id="list_guidelines")
    def get(self, request: Request, p: str) -> Response:
        rows = selectors.versions_of(self.access.project)
        return paginate(request, rows, lambda found: [guideline_body(version) for version in found], key="-number")


class GuidelineVersionView(GuidelineView):
    @extend_schema(responses={200: GuidelineOut}, operation_id="read_guideline")
    def get(self, request: Request, p: str, n: int) -> Response:
        return self.resource(request, guideline_body(self.version(n)))


class GuidelineCurrentView(GuidelineView):
    @extend_schema(responses={200: GuidelineOut}, operation_id="read_current_guideline")
    def get(self, request: Request, p: str) -> Response:
        return self.resource(request, guideline_body(self.version("current")))


class GuidelineDraftView(GuidelineView):
    scopes = {"GET": "guidelines:read", "PUT": "guidelines:publish"}
    roles = {"PUT": MANAGERS}
    conditional = frozenset({"PUT"})

    @extend_schema(responses={200: GuidelineOut}, operation_id="read_draft_guideline")
    def get(self, request: Request, p: str) -> Response:
        return self.resource(request, guideline_body(self.version("draft")))

    @extend_schema(request=GuidelineDraftIn, responses={200: GuidelineOut}, operation_id="save_draft_guideline")
    def put(self, request: Request, p: str) -> Response:
        self.read_object(request)
        match = self.if_match(request)
        match.verify(etag_of(guideline_body(self.version("draft"))))
        data = self.body(request, GuidelineDraftIn)
        draft = services.save_draft(
            by=actor_of(request), project=self.access.project, clauses=data["clauses"],
            label_schema=data["label_schema"], note=data.get("note", ""),
            verify=lambda locked: match.verify(etag_of(guideline_body(locked))),
        )  # fmt: skip
        return self.resource(request, guideline_body(draft))


class DraftPublishView(GuidelineView):
    """Publishes the draft. Mounted by `reviews`, which says how a later version is published with its review."""

    scopes = {"POST": "guidelines:publish"}
    roles = {"POST": MANAGERS}
    keyed = frozenset({"POST"})
    conditional = frozenset({"POST"})

    def publish_with_review(self, request: Request, data: dict[str, Any], verify: Verify) -> GuidelineVersion:
        """Publish a version after the first; `data` is `{change, note, review?}`. Called inside a transaction."""
        raise ReviewRequired

    @extend_schema(request=PublishIn, responses={201: GuidelineOut}, operation_id="publish_draft_guideline")
    def post(self, request: Request, p: str) -> Response:
        self.read_object(request)
        read_key(request)
        match = self.if_match(request)

        def verify(draft: GuidelineVersion) -> None:
            match.verify(etag_of(guideline_body(draft)))

        def write() -> Answer:
            verify(selectors.draft_of(self.access.project))
            version = self._publish(request, self.body(request, PublishIn), verify)
            body = guideline_body(version)
            location = f"/api/v1/projects/{self.access.project.slug}/guidelines/{version.number}"
            return Answer(body, 201, {"Location": location, "ETag": etag_of(body)})

        return keyed(request, write)

    def _publish(self, request: Request, data: dict[str, Any], verify: Verify) -> GuidelineVersion:
        if selectors.current_version(self.access.project) is not None:
            return self.publish_with_review(request, data, verify)
        if data.get("review") is not None:
            raise ReviewNotNeeded
        return services.publish_version(
            by=actor_of(request), project=self.access.project, change=data["change"], note=data["note"],
            now=timezone.now(), verify=verify,
        )  # fmt: skip


class GuidelineDiffView(GuidelineView):
    """What changed between two versions. Mounted by `reviews`, which counts the annotations a change touches."""

    query = DiffQuery

    def stale_counts(self, version_from: GuidelineVersion, version_to: GuidelineVersion) -> dict[str, int | None]:
        """`{labels, annotations, items}` that the change touches; this floor knows labels only."""
        touched = selectors.affected_between(version_from, version_to)
        return {"labels": len({label for label in touched if label[1] is not None}), "annotations": None, "items": None}

    @extend_schema(responses={200: GuidelineDiffOut}, operation_id="compare_guidelines")
    def get(self, request: Request, p: str) -> Response:
        params = self.params(request)
        before, after = (self.version(_which(params[name])) for name in ("from", "to"))
        body = selectors.diff_body(before, after) | {"stale": self.stale_counts(before, after)}
        return self.resource(request, body)


def _which(text: str) -> int | Literal["current", "draft"]:
    return int(text) if text.isdigit() else cast("Literal['current', 'draft']", text)


class AcknowledgeView(GuidelineView):
    """Unlocks new work, so a token needs the scope of labeling."""

    scopes = {"POST": "annotations:write"}
    roles = {"POST": READERS}

    @extend_schema(request=None, responses={204: None}, operation_id="acknowledge_guideline")
    def post(self, request: Request, p: str, n: int) -> Response:
        services.acknowledge_version(by=actor_of(request), version=self.version(n), now=timezone.now())
        return Response(status=204)


class AcknowledgeCurrentView(GuidelineView):
    scopes = AcknowledgeView.scopes
    roles = AcknowledgeView.roles

    @extend_schema(request=None, responses={204: None}, operation_id="acknowledge_current_guideline")
    def post(self, request: Request, p: str) -> Response:
        services.acknowledge_version(by=actor_of(request), version=self.version("current"), now=timezone.now())
        return Response(status=204)


class AcknowledgementListView(GuidelineView):
    roles = {"GET": MANAGERS}
    paged = True

    @extend_schema(responses={200: AcknowledgementOut(many=True)}, operation_id="list_acknowledgements")
    def get(self, request: Request, p: str) -> Response:
        return paginate(request, members_of(self.access.project), self._rows)

    def _rows(self, members: Sequence[Membership]) -> list[dict[str, Any]]:
        found = selectors.readings(self.access.project, members)
        rows = []
        for member in members:
            reading = found.get(member.user_id, selectors.UNREAD)
            about = member_body(member, identify=self.access.may_identify)
            at = rfc3339(reading.read_at) if reading.read_at else None
            rows.append({"user": about["user"], "roles": about["roles"], "version": reading.number, "read_at": at})
        return rows
