"""Agreement reviews over REST: managers write, adjudicators read and add evidence."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.base import IfMatch, etag_of
from core.api.pagination import paginate
from core.errors import Malformed, NotFound, Stale
from core.ids import parse_id
from events.idempotency import Answer, keyed, read_key
from guidelines.api.serializers import GuidelineOut
from guidelines.models import GuidelineVersion
from guidelines.selectors import guideline_body
from projects.access import ADJUDICATORS, MANAGERS
from projects.api.base import ObjectView, ProjectView, actor_of
from reviews import selectors, services
from reviews.api import serializers as shapes
from reviews.api.bodies import evidence_body, proposal_body, review_bodies, review_body
from reviews.models import AgreementReview

READERS = MANAGERS | ADJUDICATORS
# Reading a review shows figures of agreement, so it takes the scope of those.
READ, WRITE, PUBLISH = "agreement:read", "reviews:write", "guidelines:publish"


def _object(request: Request) -> dict[str, Any]:
    """The body before its fields are checked: a conflict is told before what is wrong with them."""
    if not isinstance(request.data, dict):
        raise Malformed("The body must be a JSON object.")
    return request.data


def version_answer(version: GuidelineVersion, slug: str) -> Answer:
    body = guideline_body(version)
    place = f"/api/v1/projects/{slug}/guidelines/{version.number}"
    return Answer(body, 201, {"Location": place, "ETag": etag_of(body)})


class ReviewListView(ProjectView):
    scopes = {"GET": READ, "POST": WRITE}
    roles = {"GET": READERS, "POST": MANAGERS}
    keyed = frozenset({"POST"})
    paged = True

    @extend_schema(responses={200: shapes.ReviewOut(many=True)}, operation_id="list_reviews")
    def get(self, request: Request, p: str) -> Response:
        def show(found: Sequence[AgreementReview]) -> list[dict[str, Any]]:
            readable = services.read_evidence(access=self.access, reviews=found, now=timezone.now())
            return review_bodies(found, self.access, readable)

        return paginate(request, selectors.reviews_of(self.access.project), show)

    @extend_schema(request=shapes.ReviewIn, responses={201: shapes.ReviewOut}, operation_id="open_review")
    def post(self, request: Request, p: str) -> Response:
        sent = _object(request)
        project = self.access.project

        def write() -> Answer:
            services.require_no_open_review(project, sent.get("question"))
            data = self.body(request, shapes.ReviewIn)
            run = selectors.run_in(project, data["baseline_run"])
            if run is None:
                raise NotFound
            review = services.open_review(
                by=actor_of(request), project=project, title=data["title"], question=data["question"],
                baseline_run=run, now=timezone.now(),
            )  # fmt: skip
            body = review_body(review, self.access)
            return Answer(body, 201, {"Location": f"/api/v1/reviews/{review.pk}", "ETag": etag_of(body)})

        return keyed(request, write)


class ReviewView(ObjectView):
    """One review."""

    scopes = {"GET": READ, "POST": WRITE, "PUT": WRITE, "DELETE": WRITE}
    roles = {"GET": READERS, "POST": MANAGERS, "PUT": MANAGERS, "DELETE": MANAGERS}

    def project_of(self, object_id: UUID) -> UUID | None:
        return selectors.project_of_review(object_id)

    @property
    def review(self) -> AgreementReview:
        """The review as it is now."""
        found = selectors.review_in(self.access.project, self.object_id)
        if found is None:
            raise NotFound
        return found

    def verify(self, match: IfMatch, *others: Callable[[], Any]) -> services.Verify:
        """A check of If-Match for a service: the review's ETag, or that of what the call changes."""

        def check(_: AgreementReview) -> None:
            if match.any or etag_of(review_body(self.review, self.access)) in match.tags:
                return
            if not any(etag_of(body) in match.tags for other in others if (body := other()) is not None):
                raise Stale

        return check


class ReviewDetailView(ReviewView):
    @extend_schema(responses={200: shapes.ReviewOut}, operation_id="read_review")
    def get(self, request: Request, id: str) -> Response:  # noqa: A002  # the name in the address
        review = self.review
        readable = services.read_evidence(access=self.access, reviews=[review], now=timezone.now())
        return self.resource(request, review_bodies([review], self.access, readable)[0])


class EvidenceListView(ReviewView):
    roles = {"POST": READERS}

    @extend_schema(request=shapes.EvidenceIn, responses={201: shapes.EvidenceOut}, operation_id="add_evidence")
    def post(self, request: Request, id: str) -> Response:  # noqa: A002
        _object(request)
        services.require_open(self.review)
        data = self.body(request, shapes.EvidenceIn)
        evidence = services.add_evidence(
            by=actor_of(request), review=self.review, kind=data["kind"], ref=data.get("ref") or "",
            labels=data.get("labels"), text=data.get("text", ""), now=timezone.now(),
        )  # fmt: skip
        place = f"/api/v1/reviews/{self.object_id}/evidence/{evidence.pk}"
        return Response(evidence_body(evidence), status=201, headers={"Location": place})


class EvidenceDetailView(ReviewView):
    conditional = frozenset({"DELETE"})

    @extend_schema(responses={204: None}, operation_id="remove_evidence")
    def delete(self, request: Request, id: str, e: str) -> Response:  # noqa: A002
        match, evidence = self.if_match(request), parse_id(e)
        if evidence is None:
            raise NotFound
        services.remove_evidence(
            by=actor_of(request), review=self.review, evidence=evidence, now=timezone.now(),
            verify=self.verify(match, lambda: self._body(evidence)),
        )  # fmt: skip
        return Response(status=204)

    def _body(self, evidence: UUID) -> dict[str, Any] | None:
        found = next((e for e in self.review.evidence_rows.all() if e.pk == evidence), None)
        return evidence_body(found) if found else None


class ProposalView(ReviewView):
    """The proposal of one clause. If-Match takes the ETag of the review, or of the proposal itself."""

    conditional = frozenset({"PUT", "DELETE"})

    @extend_schema(request=shapes.ProposalIn, responses={200: shapes.ProposalOut}, operation_id="put_proposal")
    def put(self, request: Request, id: str, clause: str) -> Response:  # noqa: A002
        _object(request)
        check = self.verify(self.if_match(request), lambda: self._body(clause))
        review = self.review
        check(review)
        services.require_open(review)
        data = self.body(request, shapes.ProposalIn)
        services.put_proposal(
            by=actor_of(request), review=review, clause=clause, now=timezone.now(), verify=check, **data
        )
        return self.resource(request, self._body(clause))

    @extend_schema(responses={204: None}, operation_id="delete_proposal")
    def delete(self, request: Request, id: str, clause: str) -> Response:  # noqa: A002
        check = self.verify(self.if_match(request), lambda: self._body(clause))
        services.delete_proposal(
            by=actor_of(request), review=self.review, clause=clause, now=timezone.now(), verify=check
        )
        return Response(status=204)

    def _body(self, clause: str) -> dict[str, Any] | None:
        found = next((p for p in self.review.proposal_rows.all() if p.clause == clause), None)
        return proposal_body(found) if found else None


class ImpactView(ReviewView):
    @extend_schema(responses={200: shapes.ImpactOut}, operation_id="read_impact")
    def get(self, request: Request, id: str) -> Response:  # noqa: A002
        return self.resource(request, services.review_impact(self.review))


class ReviewPublishView(ReviewView):
    scopes = {"POST": PUBLISH}
    keyed = frozenset({"POST"})
    conditional = frozenset({"POST"})

    @extend_schema(request=shapes.ReviewPublishIn, responses={201: GuidelineOut}, operation_id="publish_review")
    def post(self, request: Request, id: str) -> Response:  # noqa: A002
        _object(request)
        read_key(request)
        check = self.verify(self.if_match(request))

        def write() -> Answer:
            review = self.review
            check(review)
            services.require_open(review)
            data = self.body(request, shapes.ReviewPublishIn)
            version = services.publish_review(
                by=actor_of(request), review=review, now=timezone.now(), verify=check, **data
            )
            return version_answer(version, self.access.project.slug)

        return keyed(request, write)


class ReviewCloseView(ReviewView):
    keyed = frozenset({"POST"})

    @extend_schema(request=shapes.CloseIn, responses={200: shapes.ReviewOut}, operation_id="close_review")
    def post(self, request: Request, id: str) -> Response:  # noqa: A002
        _object(request)

        def write() -> Answer:
            review = self.review
            services.require_not_closed(review)
            data = self.body(request, shapes.CloseIn)
            services.close_review(by=actor_of(request), review=review, now=timezone.now(), **data)
            body = review_body(self.review, self.access)
            return Answer(body, 200, {"ETag": etag_of(body)})

        return keyed(request, write)
