"""Deciding, reopening and escalating cases. No decision is ever overwritten."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import User
from adjudication import rules
from adjudication.errors import NotDecided
from adjudication.models import Case, CaseRemark, Decision
from adjudication.selectors import answers_of
from adjudication.services.leases import lock_case, require_held, require_not_own, require_waiting
from core.errors import FieldError, Invalid
from events.actor import Actor
from events.services import append_event, next_event_id
from guidelines.models import GuidelineVersion
from guidelines.schema.schema import LabelSchema
from guidelines.selectors import current_version, label_schema_of
from projects.models import Membership, Role


@dataclass(frozen=True)
class NewDecision:
    """What an adjudicator decides. `answer` belongs to the outcome `answer` alone."""

    outcome: str
    rationale: str
    confidence: str
    cause: str
    answer: Any = None
    clauses: Sequence[str] = ()
    guideline_gap: bool = False


def require_undecided(*, by: Actor, case_id: UUID, fence: int | None) -> Case:
    """Lock the case and make sure the caller may still decide it. Call inside a transaction.

    Raises OwnAnnotation, AlreadyDecided, CaseDissolved, LeaseLost. Without a fence the lease is not tested yet.
    """
    case = lock_case(case_id)
    require_not_own(by.required, case)
    require_waiting(case)
    if fence is not None:
        require_held(case, by.required, fence)
    return case


@transaction.atomic
def decide_case(*, by: Actor, case_id: UUID, fence: int, decision: NewDecision, now: datetime) -> Decision:
    """Decide a case under the current guideline version, which the decision pins. It supersedes a reopened one.

    Raises:
        OwnAnnotation, AlreadyDecided, CaseDissolved, LeaseLost.
        Invalid: an answer that the label schema does not take, an empty rationale, a clause that does not exist.
    """
    case = require_undecided(by=by, case_id=case_id, fence=fence)
    version = current_version(case.project)
    _require_valid(case, version, decision)
    event_id = next_event_id()
    made = Decision.objects.create(
        case=case, outcome=decision.outcome, answer=decision.answer, distribution=_distribution(case, version),
        rationale=decision.rationale.strip(), confidence=decision.confidence, clauses=list(decision.clauses),
        cause=decision.cause, guideline_gap=decision.guideline_gap, guideline_version=version,
        decided_by=by.required, decided_at=now, event=event_id,
    )  # fmt: skip
    # the one that was reopened, if any: it ended then, and now gets its successor
    former = Decision.objects.filter(case=case, superseded_by=None).exclude(pk=made.pk).order_by("-pk").first()
    if former is not None:
        Decision.objects.filter(pk=former.pk).update(superseded_by=made)
    Case.objects.filter(pk=case.pk).update(state=Case.State.DECIDED, holder=None, expires_at=None)
    append_event(
        by=by, action="case.decided", project=case.project_id, object_type="case", object_id=case.pk,
        item=case.item_id, ids=[made.pk], before={"decision": former.pk} if former else None, after=content_of(made),
        event_id=event_id,
    )  # fmt: skip
    return made


def _distribution(case: Case, version: GuidelineVersion | None) -> list[dict[str, Any]]:
    schema = label_schema_of(version) if version else LabelSchema(())
    if case.question not in schema.by_name:
        return []
    given = [row.answer for row in answers_of([case])[case.pk] if row.answer is not None]
    return rules.distribution_of(rules.group_answers(schema, case.question, given))


def _require_valid(case: Case, version: GuidelineVersion | None, decision: NewDecision) -> None:
    errors = _answer_errors(case, version, decision)
    if not decision.rationale.strip():
        errors.append(FieldError("#/rationale", "Say why in a sentence, so that the next such case is decided alike."))
    known = {clause["key"] for clause in version.clauses} if version else set()
    for index, key in enumerate(decision.clauses):
        if key not in known:
            errors.append(FieldError(f"#/clauses/{index}", f"The current guideline has no clause “{key}”."))
    if errors:
        raise Invalid("The decision cannot be kept like this.", errors=errors)


def _answer_errors(case: Case, version: GuidelineVersion | None, decision: NewDecision) -> list[FieldError]:
    if decision.outcome != Decision.Outcome.ANSWER:
        if decision.answer is not None:
            return [FieldError("#/answer", "Only the outcome “answer” takes an answer; leave it out.")]
        return []
    schema = label_schema_of(version) if version else LabelSchema(())
    if case.question not in schema.by_name:
        detail = f"The current guideline does not ask “{case.question}” any more; choose another outcome."
        return [FieldError("#/outcome", detail)]
    if decision.answer is None:
        return [FieldError("#/answer", "Give the answer that is right, or choose another outcome.")]
    problems = schema.kind(case.question).validate_answer(
        schema.question(case.question), decision.answer, case.item.fields, "#/answer"
    )
    return [FieldError(problem.pointer, problem.detail) for problem in problems]


@transaction.atomic
def reopen_case(*, by: Actor, case_id: UUID, reason: str, now: datetime) -> Case:
    """Put a decided case back into the queue. Its decision ends here and is superseded by the next one.

    Raises OwnAnnotation, NotDecided, Invalid.
    """
    case = lock_case(case_id)
    require_not_own(by.required, case)
    if case.state != Case.State.DECIDED:
        raise NotDecided
    _require_text(reason, "#/reason", "Say why the decision does not hold.")
    event_id = next_event_id()
    decision = Decision.objects.get(case=case, ended_event=None)
    Decision.objects.filter(pk=decision.pk).update(ended_event=event_id)
    Case.objects.filter(pk=case.pk).update(state=Case.State.OPEN, holder=None, expires_at=None)
    CaseRemark.objects.create(
        case=case, kind=CaseRemark.Kind.REOPENED, text=reason.strip(), by=by.required, at=now, event=event_id
    )
    append_event(
        by=by, action="case.reopened", project=case.project_id, object_type="case", object_id=case.pk,
        item=case.item_id, before=content_of(decision), after={"reason": reason.strip()}, event_id=event_id,
    )  # fmt: skip
    case.refresh_from_db()
    return case


@transaction.atomic
def escalate_case(
    *, by: Actor, case_id: UUID, fence: int, question: str, to: UUID | None = None, now: datetime
) -> Case:
    """Hand a held case on with a question. Whoever is eligible may still take it; `to` names whom it is meant for.

    Raises OwnAnnotation, AlreadyDecided, CaseDissolved, LeaseLost, Invalid.
    """
    case = require_undecided(by=by, case_id=case_id, fence=fence)
    _require_text(question, "#/question", "Write the question that an expert should answer.")
    expert = _expert(case, to) if to is not None else None
    event_id = next_event_id()
    Case.objects.filter(pk=case.pk).update(state=Case.State.ESCALATED, holder=None, expires_at=None)
    CaseRemark.objects.create(
        case=case, kind=CaseRemark.Kind.ESCALATED, text=question.strip(), to=expert, by=by.required, at=now,
        event=event_id,
    )  # fmt: skip
    append_event(
        by=by, action="case.escalated", project=case.project_id, object_type="case", object_id=case.pk,
        item=case.item_id, after={"question": question.strip(), "to": to}, event_id=event_id,
    )  # fmt: skip
    case.refresh_from_db()
    return case


def _expert(case: Case, user_id: UUID) -> User:
    members = Membership.objects.filter(project=case.project_id, user=user_id).select_related("user")
    member = members.filter(roles__overlap=[Role.ADJUDICATOR, Role.MANAGER]).first()
    if member is None:
        raise Invalid(errors=[FieldError("#/to", "Name an adjudicator or manager of this project.")])
    return member.user


def _require_text(text: str, pointer: str, sentence: str) -> None:
    if not text.strip():
        raise Invalid(sentence, errors=[FieldError(pointer, sentence)])


def content_of(decision: Decision) -> dict[str, Any]:
    """What the hash of an event about the decision covers."""
    return {
        "id": decision.pk, "case": decision.case_id, "outcome": decision.outcome, "answer": decision.answer,
        "rationale": decision.rationale, "confidence": decision.confidence, "clauses": decision.clauses,
        "cause": decision.cause, "guideline_gap": decision.guideline_gap, "distribution": decision.distribution,
        "guideline_version": decision.guideline_version_id, "decided_by": decision.decided_by_id,
    }  # fmt: skip
