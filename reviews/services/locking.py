"""Taking a review in hand: the row lock, the caller's If-Match, the state."""

from collections.abc import Callable

from reviews.errors import ReviewNotOpen
from reviews.models import AgreementReview

Verify = Callable[[AgreementReview], None]


def lock_review(review: AgreementReview, verify: Verify | None = None) -> AgreementReview:
    """The review as it is now, locked until the end of the transaction. `verify` checks the caller's If-Match."""
    rows = AgreementReview.objects.select_related("project", "baseline_run").select_for_update(of=("self",))
    locked = rows.get(pk=review.pk)
    if verify is not None:
        verify(locked)
    return locked


def lock_open_review(review: AgreementReview, verify: Verify | None = None) -> AgreementReview:
    """As `lock_review`; raises ReviewNotOpen unless evidence and proposals may still change."""
    locked = lock_review(review, verify)
    require_open(locked)
    return locked


def require_open(review: AgreementReview) -> None:
    if review.state != AgreementReview.State.OPEN:
        raise ReviewNotOpen
