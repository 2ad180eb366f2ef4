"""Publishing guideline versions after the first. Nothing else in Concord does."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction

from core.errors import FieldError, Invalid, NotFound
from events.actor import Actor
from events.services import append_event
from guidelines.errors import ReviewRequired
from guidelines.models import GuidelineVersion
from guidelines.selectors import current_version, get_version
from guidelines.services import publish_version
from projects.models import Project
from reviews import rules
from reviews.errors import ClauseChanged, NothingProposed
from reviews.models import AgreementReview
from reviews.selectors import changes_of
from reviews.services.locking import Verify, lock_open_review

POLICIES = ("keep", "affected", "all")
VerifyDraft = Callable[[GuidelineVersion], None]


@transaction.atomic
def publish_review(
    *, by: Actor, review: AgreementReview, change: str, note: str, stale_policy: str = "keep", now: datetime,
    verify: Verify | None = None, verify_draft: VerifyDraft | None = None, from_draft: bool = False,
) -> GuidelineVersion:  # fmt: skip
    """Publish the review's proposals as the next guideline version.

    They are merged into the current version or, `from_draft`, into the draft, which may also carry a changed label
    schema. `verify` checks the caller's If-Match against the review, `verify_draft` against the draft, each locked.

    Raises:
        ReviewNotOpen: it is published or closed.
        NothingProposed: neither a proposal nor the draft changes anything.
        ClauseChanged: a proposed clause has got another text since.
        GuidelineInvalid, NotEditorial: see `guidelines.services.publish_version`.
    """
    locked = lock_open_review(review, verify)
    current = current_version(locked.project)
    if current is None:
        raise ReviewRequired
    if not note.strip():
        raise Invalid(errors=[FieldError("#/note", "Say in a sentence what changes: everybody sees it.")])
    content = _content(locked, current, from_draft)
    version = publish_version(
        by=by, project=locked.project, change=change, note=note, now=now, review=locked.id, verify=verify_draft,
        **content,
    )  # fmt: skip
    locked.state, locked.published_at = AgreementReview.State.PUBLISHED, now
    locked.guideline_version, locked.stale_policy = version, stale_policy
    locked.save(update_fields=["state", "published_at", "guideline_version", "stale_policy"])
    append_event(
        by=by, action="review.published", project=locked.project_id, object_type="review", object_id=locked.id,
        before={"state": AgreementReview.State.OPEN},
        after={"state": locked.state, "guideline_version": version.number, "stale_policy": stale_policy},
        ids=[version.id],
    )  # fmt: skip
    return version


def _content(review: AgreementReview, current: GuidelineVersion, from_draft: bool) -> dict[str, Any]:
    changes = changes_of(review)
    base = get_version(review.project, "draft") if from_draft else current
    clauses = rules.merge_clauses(base.clauses, changes)
    if not from_draft and not changes:
        raise NothingProposed
    if (clauses, base.label_schema) == (current.clauses, current.label_schema):
        raise NothingProposed
    _require_unchanged(review, current, set(changes))
    return {"clauses": clauses, "label_schema": base.label_schema}


def _require_unchanged(review: AgreementReview, current: GuidelineVersion, clauses: set[str]) -> None:
    """Raises ClauseChanged where a version published meanwhile changed or dropped a proposed clause."""
    texts = {clause["key"]: clause for clause in current.clauses}
    for proposal in review.proposal_rows.filter(clause__in=clauses):
        if proposal.base_number == current.number:
            continue
        base = get_version(review.project, proposal.base_number)
        before = next((c for c in base.clauses if c["key"] == proposal.clause), None)
        if before != texts.get(proposal.clause):
            raise ClauseChanged(f"The clause “{proposal.clause}” was changed by version {current.number} since it "
                                "was proposed here. Read it and propose again.")  # fmt: skip


@transaction.atomic
def publish_draft(
    *, by: Actor, project: Project, review: AgreementReview | None, change: str, note: str, now: datetime,
    verify: VerifyDraft,
) -> GuidelineVersion:  # fmt: skip
    """Publish the draft as a version after the first: with its review or, an editorial change, with one of its own.

    Raises ReviewRequired for a semantic change without a review, NotFound for the review of another project, and what
    `publish_review` raises.
    """
    if review is not None:
        if review.project_id != project.id:
            raise NotFound
        return publish_review(
            by=by, review=review, change=change, note=note, now=now, verify_draft=verify, from_draft=True
        )
    if change != GuidelineVersion.Change.EDITORIAL:
        raise ReviewRequired
    return _publish_editorial(by=by, project=project, note=note, now=now, verify=verify)


def _publish_editorial(
    *, by: Actor, project: Project, note: str, now: datetime, verify: VerifyDraft
) -> GuidelineVersion:
    """Open a review, publish the draft in it, and close it: wording needs no study."""
    draft, current = get_version(project, "draft"), get_version(project, "current")
    if (draft.clauses, draft.label_schema) == (current.clauses, current.label_schema):
        raise NothingProposed("The draft is the same as the current version.")
    review = AgreementReview.objects.create(
        project=project, title=note.strip()[:200], state=AgreementReview.State.CLOSED, opened_by=by.required,
        opened_at=now,
    )  # fmt: skip
    append_event(by=by, action="review.opened", project=project.id, object_type="review", object_id=review.id,
                 after={"title": review.title})  # fmt: skip
    version = publish_version(by=by, project=project, change=GuidelineVersion.Change.EDITORIAL, note=note, now=now,
                              review=review.id, verify=verify)  # fmt: skip
    review.guideline_version, review.stale_policy = version, "keep"
    review.published_at = review.closed_at = now
    review.save(update_fields=["guideline_version", "stale_policy", "published_at", "closed_at"])
    for action in ("review.published", "review.closed"):
        append_event(by=by, action=action, project=project.id, object_type="review", object_id=review.id,
                     after={"guideline_version": version.number}, ids=[version.id])  # fmt: skip
    return version
