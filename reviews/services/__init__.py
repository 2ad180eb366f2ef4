"""Writes over agreement reviews. Callers have checked access (projects.access)."""

from typing import Any

from reviews.models import AgreementReview
from reviews.selectors import impact_of
from reviews.services.evidence import add_evidence, remove_evidence
from reviews.services.locking import Verify, require_open
from reviews.services.opening import close_review, open_review, require_no_open_review, require_not_closed
from reviews.services.proposals import delete_proposal, put_proposal
from reviews.services.publishing import POLICIES, publish_draft, publish_review
from reviews.services.reading import read_evidence


def review_impact(review: AgreementReview) -> dict[str, Any]:
    """What publishing the proposals now would touch, as the API shows it."""
    return impact_of(review).as_body()


__all__ = [
    "POLICIES",
    "Verify",
    "add_evidence",
    "close_review",
    "delete_proposal",
    "open_review",
    "publish_draft",
    "publish_review",
    "put_proposal",
    "read_evidence",
    "remove_evidence",
    "require_no_open_review",
    "require_not_closed",
    "require_open",
    "review_impact",
]
