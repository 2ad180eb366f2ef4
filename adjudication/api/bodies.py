"""The shapes of cases, decisions and gold."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from accounts.models import User
from adjudication.models import Case, Decision
from adjudication.selectors import CaseAnswer, GoldRow, Precedent, answers_of, precedents_for
from adjudication.selectors.aggregations import proposals_for
from core.canonical import rfc3339
from metrics.stats.aggregation.methods import METHODS
from projects.models import Project
from projects.pseudonyms import pseudonym


def case_bodies(
    project: Project,
    cases: Sequence[Case],
    viewer: User,
    *,
    opened: Collection[UUID] | None = None,
    alike: bool = False,
) -> list[dict[str, Any]]:
    """Cases as `viewer` may see them; with `opened`, only those show their answers.

    `alike` widens the precedents of a single case to other patterns with some of its labels, and adds proposals.
    """
    shown = [case for case in cases if opened is None or case.pk in opened]
    answers = answers_of(shown)
    precedents = precedents_for(project, cases, viewer, alike=alike)
    return [
        case_body(case, viewer, answers.get(case.pk, []), precedents[case.pk])
        | {"proposals": proposal_bodies(project, case) if alike and case in shown else []}
        for case in cases
    ]


def proposal_bodies(project: Project, case: Case) -> list[dict[str, Any]]:
    """What models of the annotators propose; `assumes` says what each takes for granted."""
    return [
        {
            "method": run.method, "assumes": METHODS[run.method].assumes, "as_of": run.as_of, "answer": row.answer,
            "tied": row.tied, "distribution": row.distribution, "reason": run.comparisons[run.method].get("reason"),
            "short": run.comparisons[run.method].get("short", []),
        }
        for run, row in proposals_for(project, case)
    ]  # fmt: skip


def case_body(
    case: Case, viewer: User, answers: Sequence[CaseAnswer], precedents: Sequence[Precedent]
) -> dict[str, Any]:
    mine = case.is_waiting and case.holder_id == viewer.pk
    return {
        "id": str(case.pk),
        "item": str(case.item_id),
        "round": str(case.round_id),
        "question": case.question,
        "state": case.state,
        "fence": case.fence if mine else None,
        "expires_at": rfc3339(case.expires_at) if mine and case.expires_at else None,
        "pattern": case.pattern,
        "answers": [{"annotator": a.letter, "answer": a.answer, "note": a.note} for a in answers],
        "precedents": [precedent_body(precedent) for precedent in precedents],
    }


def precedent_body(precedent: Precedent) -> dict[str, Any]:
    decision = precedent.decision
    return {
        "case": str(precedent.case.pk),
        "pattern": precedent.case.pattern,
        "outcome": decision.outcome,
        "answer": decision.answer,
        "rationale": decision.rationale,
        "clauses": decision.clauses,
        "guideline_version": decision.guideline_version.number if decision.guideline_version else None,
        "outdated": precedent.outdated,
    }


def decision_body(decision: Decision, project: Project) -> dict[str, Any]:
    """A decision; who made it only under a pseudonym."""
    return {
        "id": str(decision.pk),
        "case": str(decision.case_id),
        "outcome": decision.outcome,
        "answer": decision.answer,
        "distribution": decision.distribution,
        "rationale": decision.rationale,
        "confidence": decision.confidence,
        "clauses": decision.clauses,
        "cause": decision.cause,
        "guideline_gap": decision.guideline_gap,
        "guideline_version": decision.guideline_version.number if decision.guideline_version else None,
        "decided_by": pseudonym(project.id, decision.decided_by_id),
        "decided_at": rfc3339(decision.decided_at),
        "superseded_by": str(decision.superseded_by_id) if decision.superseded_by_id else None,
    }


def gold_body(row: GoldRow) -> dict[str, Any]:
    return {
        "item": str(row.item_id),
        "question": row.question,
        "answer": row.answer,
        "distribution": row.distribution,
        "n": row.n,
        "source": row.source,
        "aggregation": row.aggregation,
    }
