"""Reading a review quotes decisions: whoever reads one must never be given its item to label."""

from collections.abc import Sequence
from datetime import datetime

from adjudication.services import record_openings
from projects.access import Access
from projects.models import Role
from reviews.models import AgreementReview
from reviews.selectors import Readable, readable_evidence, unopened


def read_evidence(*, access: Access, reviews: Sequence[AgreementReview], now: datetime) -> Readable:
    """The evidence that this member may read; the quoted cases are recorded as opened by him."""
    found = readable_evidence(access, reviews)
    if not access.has(Role.ANNOTATOR):  # who may label is shown opened cases only
        missing = unopened(access.user, found.cases.values())
        if missing:
            record_openings(user=access.user, cases=missing, now=now)
    return found
