"""Submitting answers, superseding and withdrawing them. Annotations are never edited: each change is a new row."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from annotation import statements
from annotation.errors import AcknowledgementRequired, AlreadyWithdrawn, NoGuideline, Superseded
from annotation.models import Annotation, Assignment, QueueEntry
from annotation.selectors import was_unblinded
from annotation.services.slots import (
    draw_places,
    free_slot,
    lock_held,
    require_open,
    take_up_again,
)
from annotation.services.suggesting import adopted_before, outcome_of
from annotation.services.training import JUDGED, judge_answer
from annotation.suggestions import usable_answers
from core.compiled import in_one_transaction
from core.errors import FieldError, Invalid, NotFound
from events.actor import Actor
from events.models import Event
from events.services import append_events, new_event, next_event_id
from guidelines import selectors as guidelines
from guidelines.models import GuidelineVersion
from guidelines.schema.schema import validate_answers
from intake.models import Item

State = Assignment.State


def check_answers(version: GuidelineVersion, answers: Mapping[str, Any], item: Item) -> None:
    """Raises Invalid with a pointer for each answer that the version's label schema does not take."""
    problems = validate_answers(guidelines.label_schema_of(version), answers, item.fields)
    if problems:
        raise Invalid(
            "Some answers are not valid.", errors=[FieldError(problem.pointer, problem.detail) for problem in problems]
        )


@in_one_transaction
def submit_annotation(
    *, by: Actor, assignment_id: UUID, fence: int, answers: Mapping[str, Any], lead_time_ms: int | None, now: datetime,
    note: str = "", unclear: Mapping[str, Any] | None = None, flagged: bool = False, adopted: Sequence[str] = (),
) -> Annotation:  # fmt: skip
    """Turn an assignment into an annotation, stamped with the guideline version that the assignment pinned.

    A lease whose time is over is still good while nobody else was given its slot. `adopted` names the questions whose
    suggested answer was taken up; what became of a suggestion that was shown is kept with the annotation.

    Raises:
        NotFound: no such assignment of this person.
        LeaseLost, AlreadySubmitted, RoundClosed: nothing is written, a saved draft is kept.
        Invalid: answers that the pinned label schema does not take.
    """
    assignment, entry = lock_held(by.required.id, assignment_id, fence)
    require_open(assignment)
    check_answers(assignment.guideline_version, answers, assignment.item)
    take_up_again(assignment, entry, by=by, announce=False)
    annotation = Annotation(
        project_id=assignment.round.project_id, round=assignment.round, item=assignment.item, annotator=by.required,
        assignment=assignment, slot=assignment.slot, answers=dict(answers), created_at=now,
        guideline_version=assignment.guideline_version, lead_time_ms=lead_time_ms, note=note, flagged=flagged,
        unclear=dict(unclear) if unclear else None, sides=assignment.sides, suggestion_id=assignment.suggestion_id,
        suggestion_outcome=_outcome(assignment, answers, adopted),
    )  # fmt: skip
    event = _event(annotation, by=by, action="annotation.created", after=_content(annotation))
    assignment.state, assignment.ended_at, assignment.draft = State.SUBMITTED, now, None
    statements.write_submit(annotation, event, assignment)
    if assignment.round.kind in JUDGED:
        judge_answer(annotation, assignment.round, user=by.required, by=by, now=now)
    return annotation


@transaction.atomic
def supersede_annotation(
    *, by: Actor, annotation_id: UUID, changes: Mapping[str, Any], verify: Callable[[Annotation], None], now: datetime
) -> Annotation:
    """Replace an annotation of one's own by a new one, stamped with the current, acknowledged guideline version.

    `changes` are merged into the answers; null removes one. `verify` checks the caller's If-Match under the lock.
    Once a decision or feedback was shown the new annotation is kept, but it is not blind and does not count.

    Raises:
        NotFound, Superseded, AlreadyWithdrawn, AcknowledgementRequired, Invalid, Stale.
    """
    former = _lock_annotation(by, annotation_id)
    _require_current(former)
    verify(former)
    version = guidelines.current_version(former.project)
    if version is None:
        raise NoGuideline
    if guidelines.unacknowledged_version(by.required, former.project) is not None:
        raise AcknowledgementRequired
    answers = {name: value for name, value in ({**former.answers, **changes}).items() if value is not None}
    check_answers(version, answers, former.item)
    shown = was_unblinded(former.annotator_id, former.round_id, former.item_id)
    event_id = next_event_id()
    newer = Annotation(
        project=former.project, round=former.round, item=former.item, annotator=former.annotator, slot=former.slot,
        assignment=former.assignment, answers=answers, guideline_version=version, lead_time_ms=former.lead_time_ms,
        note=former.note, unclear=former.unclear, flagged=former.flagged, blind=former.blind and not shown,
        created_at=now, event=event_id, sides=former.sides, suggestion_id=former.suggestion_id,
        suggestion_outcome=_outcome_again(former, version, answers),
    )  # fmt: skip
    # the former row makes room first; its foreign key to the newer one is checked at the end of the transaction
    Annotation.objects.filter(pk=former.pk).update(superseded_by=newer.pk, ended_event=event_id)
    newer.save(force_insert=True)
    _announce(newer, by=by, action="annotation.superseded", event_id=event_id, before=_content(former),
              after=_content(newer), supersedes=former.pk)  # fmt: skip
    if former.round.kind in JUDGED:
        judge_answer(newer, former.round, user=by.required, by=by, now=now)
    return newer


def _outcome(assignment: Assignment, answers: Mapping[str, Any], adopted: Sequence[str]) -> dict[str, str] | None:
    """What became of the suggestion that was shown. Raises Invalid where something else was adopted."""
    if assignment.suggestion is None:
        if adopted:
            raise Invalid(errors=[FieldError("#/adopted", "No suggestion was shown with this assignment.")])
        return None
    return outcome_of(
        assignment.suggestion, version=assignment.guideline_version, item=assignment.item, answers=answers,
        adopted=adopted,
    )  # fmt: skip


def _outcome_again(
    former: Annotation, version: GuidelineVersion, answers: Mapping[str, Any]
) -> dict[str, str] | None:  # fmt: skip
    """The same for an annotation that takes the place of `former`: what was taken up once stays so."""
    if former.suggestion is None:
        return None
    known = usable_answers(former.suggestion, version, former.item)
    adopted = [name for name in adopted_before(former.suggestion_outcome) if name in known]
    return outcome_of(former.suggestion, version=version, item=former.item, answers=answers, adopted=adopted)


@transaction.atomic
def withdraw_annotation(*, by: Actor, annotation_id: UUID, now: datetime) -> None:
    """Take an annotation of one's own back; its slot is offered to the same person first.

    Raises NotFound, Superseded, AlreadyWithdrawn.
    """
    found = Annotation.objects.filter(pk=annotation_id, annotator=by.required).first()
    if found is None or found.assignment_id is None:
        raise NotFound
    place = draw_places(found.round_id)
    former = _lock_annotation(by, annotation_id)
    _require_current(former)
    assignment = Assignment.objects.get(pk=found.assignment_id)
    entry = QueueEntry.objects.get(round=former.round_id, item=former.item_id)
    event_id = next_event_id()
    Annotation.objects.filter(pk=former.pk).update(withdrawn_at=now, ended_event=event_id)
    free_slot(assignment, entry, state=State.WITHDRAWN, place=place)
    _announce(former, by=by, action="annotation.withdrawn", event_id=event_id, before=_content(former))


def _lock_annotation(by: Actor, annotation_id: UUID) -> Annotation:
    """Lock the queue entry of the caller's annotation, then the annotation. Raises NotFound."""
    rows = Annotation.objects.filter(pk=annotation_id, annotator=by.required)
    place = rows.values_list("round", "item").first()
    if place is None:
        raise NotFound
    QueueEntry.objects.select_for_update().filter(round=place[0], item=place[1]).first()
    locked = rows.select_related("project", "round", "item", "annotator", "assignment", "guideline_version")
    return locked.select_for_update(of=("self",)).get()


def _require_current(annotation: Annotation) -> None:
    """Raises Superseded (with the newer one's address) or AlreadyWithdrawn."""
    if annotation.superseded_by_id is not None:
        newer = f"/api/v1/annotations/{annotation.superseded_by_id}"
        raise Superseded(headers={"Link": f'<{newer}>; rel="successor-version"'}, superseded_by=newer)
    if annotation.ended_event is not None:
        raise AlreadyWithdrawn


def _content(annotation: Annotation) -> dict[str, Any]:
    """What the event's hash covers."""
    return {
        "id": annotation.id, "item": annotation.item_id, "round": annotation.round_id, "answers": annotation.answers,
        "annotator": annotation.annotator_id, "guideline_version": annotation.guideline_version_id,
        "note": annotation.note,
    }  # fmt: skip


def _announce(
    annotation: Annotation, *, by: Actor, action: str, event_id: int, before: object = None, after: object = None,
    supersedes: UUID | None = None,
) -> None:  # fmt: skip
    append_events([
        _event(annotation, by=by, action=action, event_id=event_id, before=before, after=after, supersedes=supersedes)
    ])  # fmt: skip


def _event(
    annotation: Annotation, *, by: Actor, action: str, event_id: int | None = None, before: object = None,
    after: object = None, supersedes: UUID | None = None,
) -> Event:  # fmt: skip
    return new_event(
        by=by, action=action, project=annotation.project_id, object_type="annotation", object_id=annotation.id,
        item=annotation.item_id, annotator=annotation.annotator_id, round=annotation.round_id, before=before,
        after=after, event_id=event_id, supersedes=supersedes,
    )  # fmt: skip
