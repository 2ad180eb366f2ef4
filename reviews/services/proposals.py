"""Proposing the new text of a clause, with the evidence that asks for it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from core.errors import FieldError, Invalid, NotFound
from events.actor import Actor
from events.services import append_event
from guidelines.models import GuidelineVersion
from guidelines.schema.clauses import parse_clauses
from guidelines.schema.problems import SchemaInvalid
from guidelines.selectors import current_version
from reviews import rules
from reviews.models import AgreementReview, Evidence, Proposal
from reviews.services.locking import Verify, lock_open_review


@transaction.atomic
def put_proposal(
    *, by: Actor, review: AgreementReview, clause: str, definition: str, use_when: str = "", avoid_when: str = "",
    examples: Sequence[Any] = (), rationale: str, evidence: Sequence[UUID], now: datetime,
    verify: Verify | None = None,
) -> Proposal:  # fmt: skip
    """Propose the new texts of one clause of the current version, or replace what was proposed.

    Raises:
        ReviewNotOpen: it is published or closed.
        NotFound: the guideline has no such clause.
        Invalid: no rationale, no evidence of this review, nothing changed, or the texts are not valid.
    """
    locked = lock_open_review(review, verify)
    version, present = _clause(locked, clause)
    changed = {
        "definition": definition, "use_when": use_when, "avoid_when": avoid_when, "examples": list(examples),
    }  # fmt: skip
    content = _valid(present, changed)
    resting_on = _evidence(locked, rationale, evidence)
    if content == {name: present[name] for name in rules.PROPOSED}:
        raise Invalid(errors=[FieldError("#/definition", "This is the present text. Change it, or leave it alone.")])
    former = Proposal.objects.filter(review=locked, clause=clause).first()
    before = content_of(former) if former else None
    proposal, _ = Proposal.objects.update_or_create(
        review=locked, clause=clause,
        defaults=content | {"rationale": rationale.strip(), "proposed_by": by.required, "changed_at": now,
                            "base_number": version.number},
    )  # fmt: skip
    proposal.evidence.set(resting_on)
    append_event(by=by, action="review.proposal_changed", project=locked.project_id, object_type="review",
                 object_id=locked.id, before=before, after=content_of(proposal), clause=clause)  # fmt: skip
    return proposal


def _clause(review: AgreementReview, key: str) -> tuple[GuidelineVersion, dict[str, Any]]:
    version = current_version(review.project)
    found = next((c for c in version.clauses if c["key"] == key), None) if version else None
    if version is None or found is None:
        raise NotFound("The current guideline has no clause with this key.")
    return version, found


def _valid(present: dict[str, Any], changed: dict[str, Any]) -> dict[str, Any]:
    """The proposed texts in their stored form. Raises Invalid with a pointer to each field."""
    try:
        parsed = parse_clauses([present | changed], base="#")[0]
    except SchemaInvalid as refusal:
        errors = [FieldError(p.pointer.replace("#/0", "#", 1), p.detail) for p in refusal.problems]
        raise Invalid(errors=errors) from refusal
    return {name: parsed[name] for name in rules.PROPOSED}


def _evidence(review: AgreementReview, rationale: str, ids: Sequence[UUID]) -> list[Evidence]:
    found = list(Evidence.objects.filter(review=review, pk__in=list(ids)))
    errors = []
    if not rationale.strip():
        errors.append(FieldError("#/rationale", "Say why this text is better."))
    if not ids:
        errors.append(FieldError("#/evidence", "Name at least one piece of evidence of this review."))
    elif len(found) != len(set(ids)):
        errors.append(FieldError("#/evidence", "One of these is no evidence of this review."))
    if errors:
        raise Invalid(errors=errors)
    return found


@transaction.atomic
def delete_proposal(
    *, by: Actor, review: AgreementReview, clause: str, now: datetime, verify: Verify | None = None  # noqa: ARG001  # every write knows its time
) -> None:  # fmt: skip
    """Take a proposal back; its evidence stays."""
    locked = lock_open_review(review, verify)
    found = Proposal.objects.filter(review=locked, clause=clause).first()
    if found is None:
        raise NotFound
    before = content_of(found)
    found.delete()
    append_event(by=by, action="review.proposal_changed", project=locked.project_id, object_type="review",
                 object_id=locked.id, before=before, clause=clause)  # fmt: skip


def content_of(proposal: Proposal) -> dict[str, Any]:
    texts = {name: getattr(proposal, name) for name in rules.PROPOSED}
    resting_on = sorted(str(pk) for pk in proposal.evidence.values_list("pk", flat=True))
    return {"clause": proposal.clause, "rationale": proposal.rationale, "evidence": resting_on} | texts
