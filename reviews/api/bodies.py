"""Reviews as the API shows them."""

from collections.abc import Sequence
from typing import Any

from core.canonical import rfc3339
from projects.access import Access
from reviews.models import AgreementReview, Evidence, Proposal
from reviews.selectors import Readable, readable_evidence


def evidence_body(evidence: Evidence) -> dict[str, Any]:
    return {
        "id": str(evidence.pk),
        "kind": evidence.kind,
        "ref": evidence.ref or None,
        "labels": evidence.labels,
        "text": evidence.text,
        "clause": evidence.clause or None,
        "count": evidence.count,
        "share": evidence.share,
        "ci_low": evidence.ci_low,
        "ci_high": evidence.ci_high,
        "gathered": evidence.gathered,
        "created_at": rfc3339(evidence.created_at),
    }


def proposal_body(proposal: Proposal) -> dict[str, Any]:
    return {
        "clause": proposal.clause,
        "definition": proposal.definition,
        "use_when": proposal.use_when,
        "avoid_when": proposal.avoid_when,
        "examples": proposal.examples,
        "rationale": proposal.rationale,
        "evidence": sorted(str(e.pk) for e in proposal.evidence.all()),
        "changed_at": rfc3339(proposal.changed_at),
    }


def review_bodies(reviews: Sequence[AgreementReview], access: Access, readable: Readable) -> list[dict[str, Any]]:
    """Reviews as this member may read them."""
    return [_review_body(review, access, readable.evidence[review.pk]) for review in reviews]


def review_body(review: AgreementReview, access: Access) -> dict[str, Any]:
    return review_bodies([review], access, readable_evidence(access, [review]))[0]


def _review_body(review: AgreementReview, access: Access, evidence: list[Evidence]) -> dict[str, Any]:
    return {
        "id": str(review.pk),
        "project": access.project.slug,
        "title": review.title,
        "state": review.state,
        "question": review.question or None,
        "baseline_run": str(review.baseline_run_id) if review.baseline_run_id else None,
        "evidence": [evidence_body(e) for e in evidence],
        "proposals": [proposal_body(p) for p in review.proposal_rows.all()],
        "guideline_version": review.guideline_version.number if review.guideline_version else None,
        "stale_policy": review.stale_policy or None,
        "effect": review.effect,
        "opened_at": rfc3339(review.opened_at),
        "published_at": rfc3339(review.published_at) if review.published_at else None,
        "closed_at": rfc3339(review.closed_at) if review.closed_at else None,
    }
