"""Labeling over HTTP: next, assignments, annotations."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotation import selectors, services
from annotation.api.bodies import annotation_body, assignment_body, draft_body, next_body
from annotation.api.serializers import (
    AnnotationIn,
    AnnotationOut,
    AnnotationPatch,
    AnnotationQuery,
    AssignmentOut,
    DraftIn,
    DraftOut,
    FenceIn,
    NextIn,
    NextOut,
    SubmittedOut,
)
from annotation.api.training import practice_body
from annotation.suggestions import shown_suggestions
from core.api.base import etag_of
from core.api.pagination import paginate
from core.errors import Malformed, NotFound, TooLarge
from core.ids import parse_id
from events.idempotency import Answer, keyed
from projects.access import ANNOTATORS, MANAGERS, enter
from projects.api.base import ObjectView, ProjectView, actor_of, token_of

WRITE = "annotations:write"
READ = "annotations:read"


class NextView(ProjectView):
    roles = {"POST": ANNOTATORS}
    scopes = {"POST": WRITE}

    @extend_schema(request=NextIn, responses={200: NextOut}, operation_id="next_assignments")
    def post(self, request: Request, p: str) -> Response:
        data = self.body(request, NextIn)
        answer = services.next_assignments(
            user=self.access.user, project=self.access.project, by=actor_of(request), now=timezone.now(), **data
        )
        headers = {"Cache-Control": "no-store"}
        if answer.retry_after is not None and not answer.assignments:
            headers["Retry-After"] = str(answer.retry_after)
        return Response(next_body(answer, self.access.project), headers=headers)


class AssignmentView(ObjectView):
    """A view of one of the caller's own assignments; another annotator's is not found."""

    holder: UUID | None = None

    def project_of(self, object_id: UUID) -> UUID | None:
        project, self.holder = selectors.place_of_assignment(object_id)
        return project

    def check_access(self, request: Request, **kwargs: str) -> None:
        super().check_access(request, **kwargs)
        if self.holder != self.access.user.pk:
            raise NotFound


class RenewView(AssignmentView):
    roles = {"POST": ANNOTATORS}
    scopes = {"POST": WRITE}

    @extend_schema(request=FenceIn, responses={200: AssignmentOut}, operation_id="renew_assignment")
    def post(self, request: Request, id: str) -> Response:  # noqa: A002  # the API's name
        data = self.body(request, FenceIn)
        assignment = services.renew_assignment(by=actor_of(request), assignment_id=self.object_id, fence=data["fence"])
        shown = shown_suggestions(self.access.project, [assignment])
        return self.resource(request, assignment_body(assignment, shown.get(assignment.pk)))


class ReleaseView(AssignmentView):
    roles = {"POST": ANNOTATORS}
    scopes = {"POST": WRITE}

    @extend_schema(request=FenceIn, responses={204: None}, operation_id="release_assignment")
    def post(self, request: Request, id: str) -> Response:  # noqa: A002  # the API's name
        data = self.body(request, FenceIn)
        services.release_assignment(by=actor_of(request), assignment_id=self.object_id, fence=data["fence"])
        return Response(status=204)


class SkipView(AssignmentView):
    roles = {"POST": ANNOTATORS}
    scopes = {"POST": WRITE}

    @extend_schema(request=FenceIn, responses={204: None}, operation_id="skip_assignment")
    def post(self, request: Request, id: str) -> Response:  # noqa: A002  # the API's name
        data = self.body(request, FenceIn)
        services.skip_assignment(by=actor_of(request), assignment_id=self.object_id, **data)
        return Response(status=204)


class DraftView(AssignmentView):
    """Drafts need no If-Match: the fence guards them."""

    roles = {"PUT": ANNOTATORS}
    scopes = {"PUT": WRITE}

    @extend_schema(request=DraftIn, responses={200: DraftOut}, operation_id="save_draft")
    def put(self, request: Request, id: str) -> Response:  # noqa: A002  # the API's name
        if int(request.headers.get("Content-Length") or 0) > 4 * services.LARGEST_DRAFT:
            raise TooLarge("A draft may have at most 64 kB.")
        data = self.body(request, DraftIn)
        remarks: dict[str, Any] = {name: data.pop(name) for name in ("note", "unclear", "flagged") if name in data}
        assignment = services.save_draft(by=actor_of(request), assignment_id=self.object_id, remarks=remarks, **data)
        return self.resource(request, draft_body(assignment))


class SubmitView(ProjectView):
    """`POST /annotations`: the project is found through the assignment that the body names."""

    roles = {"POST": ANNOTATORS}
    scopes = {"POST": WRITE}
    keyed = frozenset({"POST"})

    def check_access(self, request: Request, **kwargs: str) -> None:
        if not isinstance(request.data, dict):
            raise Malformed("The body must be a JSON object.")
        named = request.data.get("assignment")
        if not isinstance(named, str):
            return  # answered with a pointer once the key was read
        user = actor_of(request).required
        found = selectors.membership_by_assignment(user.pk, parse_id(named))
        self.access = enter(user, found, roles=ANNOTATORS, scope=WRITE, token=token_of(request))
        if getattr(found, "holder", None) != user.pk:
            raise NotFound

    @extend_schema(request=AnnotationIn, responses={201: SubmittedOut}, operation_id="submit_annotation")
    def post(self, request: Request) -> Response:
        def write() -> Answer:
            data = self.body(request, AnnotationIn)
            assignment_id = parse_id(data.pop("assignment"))
            if assignment_id is None:
                raise NotFound
            annotation = services.submit_annotation(
                by=actor_of(request), assignment_id=assignment_id, now=timezone.now(), **data
            )
            body = annotation_body(annotation, self.access)
            headers = {"Location": f"/api/v1/annotations/{annotation.id}", "ETag": etag_of(body)}
            return Answer(body | practice_body(annotation, self.access.user, self.access.project), 201, headers)

        return keyed(request, write)


class AnnotationListView(ProjectView):
    roles = {"GET": MANAGERS | ANNOTATORS}
    scopes = {"GET": READ}
    query = AnnotationQuery
    paged = True

    @extend_schema(responses={200: AnnotationOut(many=True)}, operation_id="list_annotations")
    def get(self, request: Request, p: str) -> Response:
        wanted = selectors.AnnotationFilter(**self.params(request))
        seen, own = selectors.visible_annotations(self.access), not self.access.is_manager
        rows = selectors.filter_annotations(seen, wanted, self.access.project, own=own)
        rows = rows.select_related("item", "guideline_version", "round", "assignment").defer("assignment__draft")
        return paginate(request, rows, lambda found: [annotation_body(a, self.access) for a in found])


class AnnotationView(ObjectView):
    roles = {"GET": MANAGERS | ANNOTATORS, "PATCH": ANNOTATORS}
    scopes = {"GET": READ, "PATCH": WRITE}
    keyed = frozenset({"PATCH"})
    conditional = frozenset({"PATCH"})

    def project_of(self, object_id: UUID) -> UUID | None:
        return selectors.project_of_annotation(object_id)

    def check_access(self, request: Request, **kwargs: str) -> None:
        super().check_access(request, **kwargs)
        found = selectors.annotation_for(self.access, self.object_id)
        if found is None or (request.method == "PATCH" and found.annotator_id != request.user.id):
            raise NotFound
        self.annotation = found

    @extend_schema(responses={200: AnnotationOut}, operation_id="read_annotation")
    def get(self, request: Request, id: str) -> Response:  # noqa: A002  # the API's name
        return self.resource(request, annotation_body(self.annotation, self.access))

    @extend_schema(request=AnnotationPatch, responses={200: AnnotationOut}, operation_id="supersede_annotation")
    def patch(self, request: Request, id: str) -> Response:  # noqa: A002  # the API's name
        match = self.if_match(request)

        def write() -> Answer:
            data = self.body(request, AnnotationPatch)
            newer = services.supersede_annotation(
                by=actor_of(request), annotation_id=self.object_id, changes=data["answers"], now=timezone.now(),
                verify=lambda former: match.verify(etag_of(annotation_body(former, self.access))),
            )  # fmt: skip
            body = annotation_body(newer, self.access)
            return Answer(body, 200, {"Location": f"/api/v1/annotations/{newer.id}", "ETag": etag_of(body)})

        return keyed(request, write)


class WithdrawView(ObjectView):
    roles = {"POST": ANNOTATORS}
    scopes = {"POST": WRITE}
    keyed = frozenset({"POST"})

    def project_of(self, object_id: UUID) -> UUID | None:
        return selectors.project_of_annotation(object_id)

    def check_access(self, request: Request, **kwargs: str) -> None:
        super().check_access(request, **kwargs)
        found = selectors.annotation_for(self.access, self.object_id)
        if found is None or found.annotator_id != request.user.id:
            raise NotFound

    @extend_schema(request=None, responses={204: None}, operation_id="withdraw_annotation")
    def post(self, request: Request, id: str) -> Response:  # noqa: A002  # the API's name
        def write() -> Answer:
            services.withdraw_annotation(by=actor_of(request), annotation_id=self.object_id, now=timezone.now())
            return Answer(None, 204)

        # a 204 has no body, so nothing of the stored answer is passed on but whether it is a replay
        replayed = keyed(request, write).headers.get("Idempotency-Replayed")
        return Response(status=204, headers={"Idempotency-Replayed": replayed} if replayed else None)
