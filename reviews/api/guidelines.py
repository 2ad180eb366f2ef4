"""Guideline calls that need a review or the labels: publishing a later version, and what a change makes stale."""

from typing import Any

from django.utils import timezone
from rest_framework.request import Request

from core.errors import NotFound
from core.ids import parse_id
from guidelines.api.views import DraftPublishView, GuidelineDiffView, Verify
from guidelines.models import GuidelineVersion
from projects.api.base import actor_of
from reviews import selectors, services


class PublishDraftView(DraftPublishView):
    """Version 1 needs no review; a later one names its own, an editorial one may bring it along."""

    def publish_with_review(self, request: Request, data: dict[str, Any], verify: Verify) -> GuidelineVersion:
        review = None
        if data.get("review") is not None:
            review = selectors.review_in(self.access.project, parse_id(data["review"]))
            if review is None:
                raise NotFound
        return services.publish_draft(
            by=actor_of(request), project=self.access.project, review=review, change=data["change"],
            note=data["note"], now=timezone.now(), verify=verify,
        )  # fmt: skip


class DiffView(GuidelineDiffView):
    def stale_counts(self, version_from: GuidelineVersion, version_to: GuidelineVersion) -> dict[str, int | None]:
        touched = selectors.touched_between(version_from, version_to)
        if not self.access.is_manager:
            # How much others have labelled is the managers' to know.
            return {"labels": touched.labels, "annotations": None, "items": None}
        return {"labels": touched.labels, "annotations": touched.annotations, "items": touched.items}
