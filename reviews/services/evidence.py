"""Adding evidence by hand, and taking it back."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from adjudication.models import Case
from adjudication.selectors import visible_cases
from core.errors import FieldError, Invalid, NotFound
from core.ids import parse_id
from events.actor import Actor
from events.services import append_event
from guidelines.selectors import current_version, label_schema_of
from reviews.errors import EvidenceInUse
from reviews.models import AgreementReview, Evidence, Proposal
from reviews.selectors import confusion_in, run_in
from reviews.selectors.gathering import Found
from reviews.services.locking import Verify, lock_open_review


@transaction.atomic
def add_evidence(
    *, by: Actor, review: AgreementReview, kind: str, ref: str = "", labels: Sequence[Any] | None = None,
    text: str = "", now: datetime,
) -> Evidence:  # fmt: skip
    """Add one piece of evidence to an open review; what the baseline run measured of it is added.

    Raises:
        ReviewNotOpen: it is published or closed.
        Invalid: labels, clause or text are missing or unknown.
        NotFound: the named case or run is not there for the acting user.
    """
    locked = lock_open_review(review)
    found = _READ[kind](_Given(by, locked, kind, ref.strip(), list(labels or ()), text.strip()))
    evidence = Evidence.objects.create(review=locked, created_by=by.user.id if by.user else None, created_at=now,
                                       **asdict(found))  # fmt: skip
    append_event(by=by, action="review.evidence_added", project=locked.project_id, object_type="review",
                 object_id=locked.id, after=asdict(found), ids=[evidence.id])  # fmt: skip
    return evidence


@dataclass(frozen=True)
class _Given:
    """What somebody adds, not yet checked."""

    by: Actor
    review: AgreementReview
    kind: str
    ref: str
    labels: list[Any]
    text: str


def _confusion(given: _Given) -> Found:
    review, run = given.review, given.review.baseline_run
    if given.ref:
        run = run_in(review.project, given.ref)
        if run is None:
            raise NotFound
    known = _labels_of(review)
    named = {str(label) for label in given.labels}
    if len(named) != 2 or not named <= set(known):
        wanted = ", ".join(f"“{value}”" for value in known) or "none"
        raise Invalid(errors=[FieldError("#/labels", f"Name two different labels of the question; it has {wanted}.")])
    labels = [known[str(label)] for label in given.labels][:2]
    measured = confusion_in(run, review.question, labels) if run else None
    found = measured or Found(kind=Evidence.Kind.CONFUSION, ref=str(run.pk) if run else "", labels=labels)
    return replace(found, text=given.text)


def _labels_of(review: AgreementReview) -> dict[str, Any]:
    """The labels of the review's question by their text."""
    version = current_version(review.project)
    schema = label_schema_of(version) if version else None
    if schema is None or review.question not in schema.by_name:
        return {}
    kind, asked = schema.kind(review.question), schema.question(review.question)
    values = kind.condition_values(asked) or kind.label_values(asked)
    return {str(value): value for value in values}


def _case(given: _Given) -> Found:
    case_id = parse_id(given.ref)
    cases = visible_cases(given.review.project, given.by.required)
    case = cases.filter(pk=case_id).first() if case_id else None
    if case is None:
        raise NotFound
    decision = case.decisions.filter(ended_event=None).first() if case.state == Case.State.DECIDED else None
    clause = str(decision.clauses[0]) if decision and decision.clauses else ""
    said = given.text or (decision.rationale if decision else "")
    if not said:
        raise Invalid(errors=[FieldError("#/text", "This case is not decided yet, so say what it shows.")])
    return Found(kind=Evidence.Kind.CASE, ref=str(case.pk), text=said, clause=clause, count=1)


def _unclear(given: _Given) -> Found:
    version = current_version(given.review.project)
    if version is None or given.ref not in {clause["key"] for clause in version.clauses}:
        raise Invalid(errors=[FieldError("#/ref", "Name a clause of the current guideline by its key.")])
    return Found(kind=Evidence.Kind.UNCLEAR, ref=given.ref, clause=given.ref, text=given.text)


def _score(given: _Given) -> Found:
    if given.ref and run_in(given.review.project, given.ref) is None:
        raise NotFound
    return _in_words(given)


def _in_words(given: _Given) -> Found:
    if not given.text:
        raise Invalid(errors=[FieldError("#/text", "Say what this shows.")])
    return Found(kind=given.kind, ref=given.ref, labels=given.labels or None, text=given.text)


_READ: dict[str, Callable[[_Given], Found]] = {
    Evidence.Kind.CONFUSION: _confusion,
    Evidence.Kind.CASE: _case,
    Evidence.Kind.UNCLEAR: _unclear,
    Evidence.Kind.SLICE: _in_words,
    Evidence.Kind.SCORE: _score,
    Evidence.Kind.NOTE: _in_words,
}


@transaction.atomic
def remove_evidence(
    *, by: Actor, review: AgreementReview, evidence: UUID, now: datetime, verify: Verify | None = None  # noqa: ARG001  # every write knows its time
) -> None:  # fmt: skip
    """Take a piece of evidence out of an open review. Raises EvidenceInUse where a proposal rests on it."""
    locked = lock_open_review(review, verify)
    found = Evidence.objects.filter(review=locked, pk=evidence).first()
    if found is None:
        raise NotFound
    if Proposal.objects.filter(review=locked, evidence=found).exists():
        raise EvidenceInUse
    before = {"kind": found.kind, "ref": found.ref, "labels": found.labels, "text": found.text}
    found.delete()
    append_event(by=by, action="review.evidence_removed", project=locked.project_id, object_type="review",
                 object_id=locked.id, before=before, ids=[evidence])  # fmt: skip
