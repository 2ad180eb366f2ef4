"""Raising, dissolving and reopening cases, so that they are exactly the disagreements there are."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from adjudication import rules
from adjudication.models import Case
from adjudication.selectors import Disagreement, disagreements_of, may_raise_cases
from adjudication.selectors.queue import WAITING
from annotation.models import Round
from events.actor import Actor
from events.jobs import enqueue
from events.models import Job
from events.services import append_event, next_event_id
from projects.models import Project

Key = tuple[UUID, str]
SINGLE_EVENTS = 20
"""Up to so many changes of one cause get an event each; more share one event that lists their ids."""


@dataclass
class _Plan:
    raised: dict[Key, Disagreement] = field(default_factory=dict)
    reopened: list[Case] = field(default_factory=list)
    changed: list[Case] = field(default_factory=list)
    dissolved: list[Case] = field(default_factory=list)


def raise_round_cases(*, by: Actor, round: Round, now: datetime) -> Job:  # noqa: A002  # the word of the house
    """Enqueue the raising of every case of a round: after an import, or when the review of a calibration closes."""
    return enqueue(
        kind="adjudication.cases", project=round.project_id, arguments={"round": str(round.pk)}, by=by, now=now,
        limit=None,
    )  # fmt: skip


@transaction.atomic
def sync_units(*, round: Round, causes: Mapping[UUID, str], now: datetime) -> int:  # noqa: A002
    """Bring the cases of some items of a round in line with their answers. Safe to run twice; returns changes.

    `causes` gives for each item the request id that its events carry. Decided cases stay as they are: a decision is
    never discarded by what annotators do later.
    """
    if not causes or not may_raise_cases(round):
        return 0
    cases = list(Case.objects.select_for_update(of=("self",)).filter(round=round, item__in=list(causes)).order_by("pk"))
    plan = _plan(cases, disagreements_of(round, list(causes)))
    _weigh(round.project, plan)
    _dissolve(plan.dissolved, causes)
    Case.objects.bulk_update(plan.changed, ["pattern", "disagreement", "weight"])
    _reopen(plan.reopened, causes)
    return _raise(round, plan.raised, causes, now) + len(plan.reopened) + len(plan.dissolved)


def _plan(cases: Iterable[Case], wanted: Mapping[Key, Disagreement]) -> _Plan:
    plan = _Plan()
    living: dict[Key, Case] = {}
    dissolved: dict[Key, Case] = {}
    for case in cases:
        (dissolved if case.state == Case.State.DISSOLVED else living)[case.item_id, case.question] = case
    for key, disagreement in wanted.items():
        known = living.get(key) or dissolved.get(key)
        if known is None:
            plan.raised[key] = disagreement
        elif known.state == Case.State.DISSOLVED:
            plan.reopened.append(_describe(known, disagreement))
        elif known.is_waiting and (known.pattern, known.disagreement) != (disagreement.pattern, disagreement.share):
            plan.changed.append(_describe(known, disagreement))
    plan.dissolved = [case for key, case in living.items() if case.is_waiting and key not in wanted]
    return plan


def _describe(case: Case, disagreement: Disagreement) -> Case:
    case.pattern, case.disagreement, case.weight = disagreement.pattern, disagreement.share, disagreement.share
    return case


def _weigh(project: Project, plan: _Plan) -> None:
    """Multiply disagreement by prevalence, the level of how many cases share the pattern.

    A level is a doubling, and counting stops at `rules.COUNTED_CASES`: so the cases that are there already are
    rewritten seldom, and the cost of one more case does not grow with the project.
    """
    new = Counter((question, d.pattern) for (_, question), d in plan.raised.items())
    new.update((case.question, case.pattern) for case in plan.reopened)
    levels: dict[tuple[str, str], int] = {}
    touched = set(new) | {(case.question, case.pattern) for case in plan.changed}
    for question, pattern in sorted(touched):
        like = Case.objects.filter(project=project, question=question, pattern=pattern)
        known = like.exclude(state=Case.State.DISSOLVED).order_by()[: rules.COUNTED_CASES].count()
        before, after = (rules.prevalence_level(n) for n in (known, known + new[question, pattern]))
        levels[question, pattern] = after
        if known and before != after:
            like.filter(state__in=WAITING).update(weight=F("disagreement") * after)
    for case in [*plan.reopened, *plan.changed]:
        case.weight = case.disagreement * levels[case.question, case.pattern]
    plan.raised = {
        key: Disagreement(d.pattern, d.share, d.share * levels[key[1], d.pattern]) for key, d in plan.raised.items()
    }


def _raise(round: Round, wanted: Mapping[Key, Disagreement], causes: Mapping[UUID, str], now: datetime) -> int:  # noqa: A002
    """Insert the missing cases; one that a concurrent run has just inserted is left to that run."""
    rows = [
        Case(
            project_id=round.project_id, round=round, item_id=item, question=question, pattern=d.pattern,
            disagreement=d.share, weight=d.weight, opened_at=now,
        )
        for (item, question), d in sorted(wanted.items())
    ]  # fmt: skip
    Case.objects.bulk_create(rows, ignore_conflicts=True)
    made = set(Case.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True))
    opened = [row for row in rows if row.pk in made]
    for cases, event_id in _announce(opened, causes, "case.opened"):
        Case.objects.filter(pk__in=[case.pk for case in cases]).update(opened_event=event_id)
    return len(opened)


def _reopen(cases: list[Case], causes: Mapping[UUID, str]) -> None:
    for case in cases:
        case.state = Case.State.OPEN
    Case.objects.bulk_update(cases, ["state", "pattern", "disagreement", "weight"])
    _announce(cases, causes, "case.reopened")


def _dissolve(cases: list[Case], causes: Mapping[UUID, str]) -> None:
    """End cases whose answers agree by now; whoever holds one loses it by the fence."""
    Case.objects.filter(pk__in=[case.pk for case in cases]).update(
        state=Case.State.DISSOLVED, holder=None, expires_at=None, fence=F("fence") + 1
    )
    _announce(cases, causes, "case.dissolved")


def _announce(cases: list[Case], causes: Mapping[UUID, str], action: str) -> list[tuple[list[Case], int]]:
    """Append the events of some changed cases under the request ids of their causes."""
    by_cause: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        by_cause[causes[case.item_id]].append(case)
    told: list[tuple[list[Case], int]] = []
    for request_id, group in by_cause.items():
        by = Actor(None, request_id)
        if len(group) <= SINGLE_EVENTS:
            told.extend(([case], _announce_one(by, case, action)) for case in group)
            continue
        for start in range(0, len(group), 1000):
            part, event_id = group[start : start + 1000], next_event_id()
            append_event(
                by=by, action=action, project=part[0].project_id, object_type="round", object_id=part[0].round_id,
                ids=[case.pk for case in part], after=[content_of(case) for case in part], event_id=event_id,
            )  # fmt: skip
            told.append((part, event_id))
    return told


def _announce_one(by: Actor, case: Case, action: str) -> int:
    event_id = next_event_id()
    append_event(
        by=by, action=action, project=case.project_id, object_type="case", object_id=case.pk, item=case.item_id,
        after=content_of(case), event_id=event_id,
    )  # fmt: skip
    return event_id


def content_of(case: Case) -> dict[str, object]:
    """What the hash of an event about the case covers."""
    return {
        "id": case.pk, "round": case.round_id, "item": case.item_id, "question": case.question,
        "pattern": case.pattern,
    }  # fmt: skip
