"""Opening a review on a finished run, and closing it."""

from dataclasses import asdict
from datetime import datetime

from django.db import IntegrityError, transaction

from core.errors import FieldError, Invalid, NotFound
from core.text import bad_text
from events.actor import Actor
from events.services import append_event
from guidelines.errors import NoGuideline
from guidelines.models import GuidelineVersion
from guidelines.selectors import current_version, label_schema_of
from metrics.models import AgreementRun
from projects.models import Project
from reviews import rules
from reviews.errors import ReviewClosed, ReviewOpen, RunNotFinished
from reviews.models import AgreementReview, Evidence
from reviews.selectors import gather, open_review_of
from reviews.services.locking import Verify, lock_review


def require_no_open_review(project: Project, question: object) -> None:
    """Raises ReviewOpen where a review of this question is not closed."""
    if not isinstance(question, str) or bad_text(question) is not None:
        return  # told with the other fields
    if open_review_of(project, question) is not None:
        raise ReviewOpen


@transaction.atomic
def open_review(
    *, by: Actor, project: Project, title: str, question: str, baseline_run: AgreementRun, now: datetime
) -> AgreementReview:
    """Open a review of one question on a finished agreement run; it gathers its own evidence.

    Raises:
        ReviewOpen: a review of this question is not closed.
        NoGuideline: there is no version that could be changed.
        RunNotFinished: the run has no scores yet.
        Invalid: the guideline does not ask the question, the run does not hold it, or the title is empty.
        NotFound: the run is another project's.
    """
    version = current_version(project)
    if version is None:
        raise NoGuideline
    require_no_open_review(project, question)
    _require_run(project, version, question, baseline_run)
    if not title.strip():
        raise Invalid(errors=[FieldError("#/title", "Say in a few words what is studied.")])
    try:
        with transaction.atomic():
            review = AgreementReview.objects.create(
                project=project, title=title.strip(), question=question, baseline_run=baseline_run,
                opened_by=by.required, opened_at=now,
            )  # fmt: skip
    except IntegrityError as error:
        raise ReviewOpen from error
    found = gather(project=project, question=question, run=baseline_run, version=version)
    rows = Evidence.objects.bulk_create(
        [Evidence(review=review, gathered=True, created_at=now, **asdict(one)) for one in found]
    )
    append_event(
        by=by, action="review.opened", project=project.id, object_type="review", object_id=review.id,
        after={"question": question, "baseline_run": baseline_run.id, "title": review.title},
        ids=[row.pk for row in rows],
    )  # fmt: skip
    return review


def _require_run(project: Project, version: GuidelineVersion, question: str, run: AgreementRun) -> None:
    if run.project_id != project.id:
        raise NotFound
    if run.computed_at is None:
        raise RunNotFinished
    errors = []
    if question not in label_schema_of(version).by_name:
        errors.append(FieldError("#/question", "The current guideline does not ask this question."))
    elif not rules.rows_of_question(run.scores, question):
        errors.append(FieldError("#/baseline_run", "This run does not hold the question. Choose one that does."))
    if errors:
        raise Invalid(errors=errors)


def require_not_closed(review: AgreementReview) -> None:
    if review.state == AgreementReview.State.CLOSED:
        raise ReviewClosed


@transaction.atomic
def close_review(
    *, by: Actor, review: AgreementReview, now: datetime, early: bool = False, reason: str = "",
    verify: Verify | None = None,
) -> AgreementReview:  # fmt: skip
    """Close a review: a published one without a measured effect, an open one without a change.

    `early` and `reason` are recorded in the log. Raises ReviewClosed, and Invalid where an early end has no reason.
    """
    locked = lock_review(review, verify)
    require_not_closed(locked)
    if early and not reason.strip():
        raise Invalid(errors=[FieldError("#/reason", "Say why the review ends early.")])
    before, locked.state, locked.closed_at = locked.state, AgreementReview.State.CLOSED, now
    locked.save(update_fields=["state", "closed_at"])
    append_event(
        by=by, action="review.closed", project=locked.project_id, object_type="review", object_id=locked.id,
        before={"state": before}, after={"state": locked.state, "early": early, "reason": reason},
        early="true" if early else None, reason=reason.strip() or None,
    )  # fmt: skip
    return locked
