"""Who may be given real work: the policy of a project, and how people qualify, are paused and come back."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from annotation.errors import NotPaused
from annotation.models import Assignment, Qualification, TrainingPolicy
from annotation.services.slots import expire_assignments
from annotation.training import (
    FEWEST_JUDGED,
    FOR_HIDING,
    FOR_TRAINING,
    VALUES,
    Score,
    current_policy,
    gold_items_of,
    hidden_results,
    policy_body,
    score_of,
)
from core.errors import FieldError, Invalid
from events.actor import Actor
from events.services import append_event, next_event_id
from projects.models import Project
from projects.selectors import annotators_of

State = Qualification.State


@transaction.atomic
def set_training_policy(
    *, by: Actor, project: Project, values: Mapping[str, Any], now: datetime, existing_qualified: bool = True,
    verify: Callable[[TrainingPolicy], None],
) -> TrainingPolicy:  # fmt: skip
    """Put a new policy in force. `verify` checks If-Match once the project's row is locked.

    `existing_qualified`: with practice asked for, those who are annotators now and have no standing yet are taken
    as qualified. Raises Invalid where there are too few gold items for what is asked.
    """
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    former = current_policy(project)
    verify(former)
    wanted = {name: getattr(former, name) for name in VALUES} | dict(values)
    _check(project, wanted)
    event = next_event_id()
    policy = TrainingPolicy.objects.create(
        project=project, number=former.number + 1, created_by=by.required, created_at=now, event=event, **wanted
    )
    if policy.training_items and existing_qualified:
        people = annotators_of(project).values_list("user", flat=True)
        Qualification.objects.bulk_create(
            [Qualification(project=project, user_id=user, state=State.QUALIFIED, changed_at=now) for user in people],
            ignore_conflicts=True,
        )
    append_event(by=by, action="project.changed", project=project.id, object_type="training_policy",
                 object_id=policy.id, before=policy_body(former),
                 after=policy_body(policy) | {"existing_qualified": existing_qualified}, event_id=event)  # fmt: skip
    return policy


def _check(project: Project, wanted: Mapping[str, Any]) -> None:
    gold, errors = gold_items_of(project), []
    practice = gold.filter(use__in=FOR_TRAINING).count() if wanted["training_items"] else 0
    if practice < wanted["training_items"]:
        words = f"There are {practice} gold items for practice. Add more of them, or ask for fewer."
        errors.append(FieldError("#/training_items", words))
    if wanted["hidden_rate"] and not gold.filter(use__in=FOR_HIDING).exists():
        errors.append(FieldError("#/hidden_rate", "There are no gold items to hide yet. Add some first."))
    if errors:
        raise Invalid(errors=errors)


def locked_qualification(project: Project, user: User, now: datetime, state: str) -> Qualification:
    """The person's row, locked; made in `state` where there is none."""
    Qualification.objects.get_or_create(project=project, user=user, defaults={"state": state, "changed_at": now})
    return Qualification.objects.select_for_update().get(project=project, user=user)


def move(
    row: Qualification, state: str, *, by: Actor, action: str, now: datetime, reason: str = "", **detail: Any
) -> None:  # fmt: skip
    """Write a new state of a locked qualification, with its event. Only what follows that event is judged again."""
    before, event = row.state, next_event_id()
    row.state, row.reason, row.changed_at = state, reason[:500], now
    if state == State.QUALIFIED:
        row.since_event = event
    row.save()
    append_event(by=by, action=action, project=row.project_id, object_type="annotator", object_id=row.user_id,
                 annotator=row.user_id, before={"state": before}, after={"state": state, "reason": reason, **detail},
                 event_id=event)  # fmt: skip


def pause_if_below(*, user: User, project: Project, by: Actor, now: datetime) -> bool:
    """Pause somebody whose hidden answers have fallen below the mark. Call in the transaction that judged one.

    At least half the window must be judged, and five items. It holds from the next `next`.
    """
    policy = current_policy(project)
    if not policy.hidden_rate:
        return False
    row = locked_qualification(project, user, now, State.QUALIFIED)
    if row.state != State.QUALIFIED:
        return False
    score = score_of(hidden_results(project, user.pk, row.since_event)[: policy.window])
    enough = score.items >= max(FEWEST_JUDGED, -(-policy.window // 2))
    if not enough or score.share is None or score.share >= policy.pause_below:
        return False
    move(
        row, State.PAUSED, by=Actor(None, by.request_id), action="annotator.paused", now=now, reason=_why(score, policy)
    )
    return True


def _why(score: Score, policy: TrainingPolicy) -> str:
    return (
        f"{score.right} of the last {score.judged} checked answers were right ({score.percent}); "
        f"{100 * policy.pause_below:.0f}\u00a0% are asked for."
    )


@transaction.atomic
def reinstate_annotator(*, by: Actor, project: Project, user: User, reason: str, now: datetime) -> Qualification:
    """Let somebody who was paused, or who has not passed, go on with real work. Raises NotPaused."""
    row = Qualification.objects.select_for_update().filter(project=project, user=user).first()
    if row is None or row.state == State.QUALIFIED:
        raise NotPaused
    move(row, State.QUALIFIED, by=by, action="annotator.reinstated", now=now, reason=reason)
    return row


@transaction.atomic
def release_leases_of(*, user: UUID, project: UUID, by: Actor) -> int:
    """End what somebody holds in a project, drafts kept. Returns how many leases ended."""
    leased = Assignment.objects.filter(annotator=user, round__project=project, state=Assignment.State.LEASED)
    return expire_assignments(list(leased.values_list("pk", flat=True)), Q(), by=by)
