"""Practice before real work: who is let in to what, practice rounds begun and finished, answers judged."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery

from accounts.models import User
from annotation.errors import NoAttempt, NoGuideline
from annotation.models import Annotation, Assignment, GoldResult, Qualification, Round, TrainingPolicy
from annotation.selectors.bars import item_bars
from annotation.services.gold import enter_items, judge, shuffled_for
from annotation.services.qualification import locked_qualification, move, pause_if_below
from annotation.services.slots import lock_person
from annotation.training import (
    FOR_TRAINING,
    Score,
    current_policy,
    gold_items_of,
    is_usable,
    own_rounds,
    practice_size,
    score_of,
    unseen_by,
)
from core.compiled import Compiled
from events.actor import Actor
from events.services import append_event, next_event_id
from guidelines.models import GuidelineVersion
from guidelines.selectors import current_version, label_schema_of
from projects.models import Project

State = Qualification.State
JUDGED = (Round.Kind.TRAINING, Round.Kind.GOLD)


@dataclass(frozen=True)
class Admission:
    """What somebody may be given: everything; or nothing but the items of his `practice` round; or nothing.

    `hidden_rate` is the share of hidden gold items among what he is given.
    """

    refused: bool = False
    practice: UUID | None = None
    hidden_rate: float = 0.0


EVERYTHING, NOTHING = Admission(), Admission(refused=True)


def _asked_of(user: UUID, project: UUID) -> QuerySet[TrainingPolicy, tuple[int, float, str | None]]:
    state = Qualification.objects.filter(project=OuterRef("project"), user=user).values("state")
    newest = TrainingPolicy.objects.filter(project=project).order_by("-number").annotate(state=Subquery(state))
    return newest.values_list("training_items", "hidden_rate", "state")[:1]


_asked = Compiled(_asked_of, user=UUID, project=UUID)


def admit(*, user: User, project: Project, version: GuidelineVersion, by: Actor, now: datetime) -> Admission:
    """Call under `lock_person`. The first practice round is begun here; a later one by `begin_attempt`.

    Where every gold item of a round was removed before it was answered, another one is begun here too.
    """
    asked = _asked.first(user=user.pk, project=project.pk)
    if asked is None or user.kind != User.Kind.PERSON:
        return EVERYTHING
    training_items, hidden_rate, state = asked
    if state == State.PAUSED:
        return NOTHING
    if not training_items or state == State.QUALIFIED:
        return Admission(hidden_rate=hidden_rate)
    round_ = newest_practice(user, project)
    if round_ is None or _is_empty(round_):
        round_ = _attempt_unasked(user, project, version, by, now)
    if round_ is None:
        return NOTHING
    if not is_done(round_):
        return Admission(practice=round_.pk)
    return Admission(hidden_rate=hidden_rate) if settle_practice(round_, user=user, by=by, now=now) else NOTHING


def newest_practice(user: User, project: Project) -> Round | None:
    return own_rounds(project, Round.Kind.TRAINING).filter(annotator=user).order_by("-created_at", "-pk").first()


def is_done(round_: Round) -> bool:
    """Whether each item of a practice round is answered or skipped."""
    done, of = practice_size(round_)
    return done >= of


def _is_empty(round_: Round) -> bool:
    return practice_size(round_)[1] == 0


def _attempt_unasked(
    user: User, project: Project, version: GuidelineVersion, by: Actor, now: datetime
) -> Round | None:  # fmt: skip
    return _begin(locked_qualification(project, user, now, State.TRAINING), user, project, version, by)


@transaction.atomic
def begin_attempt(*, by: Actor, project: Project, now: datetime) -> Round:
    """Another practice round for the caller, after one that was not passed. Raises NoGuideline, NoAttempt."""
    user, version = by.required, current_version(project)
    if version is None:
        raise NoGuideline
    if user.kind != User.Kind.PERSON:
        raise NoAttempt
    lock_person(user.pk, project.pk)
    row = locked_qualification(project, user, now, State.TRAINING)
    asked = current_policy(project).training_items and row.state == State.TRAINING
    former = newest_practice(user, project)
    is_open = former is not None and not is_done(former)
    round_ = None if not asked or is_open else _begin(row, user, project, version, by)
    if round_ is None:
        raise NoAttempt
    return round_


def _begin(
    row: Qualification, user: User, project: Project, version: GuidelineVersion, by: Actor
) -> Round | None:  # fmt: skip
    """A practice round over items drawn for this attempt: those never seen first. None where no item can be used."""
    schema, number = label_schema_of(version), current_policy(project).training_items
    pool = gold_items_of(project).filter(use__in=FOR_TRAINING)
    for bar in item_bars:
        pool = pool.exclude(item__in=bar(user.pk).values("item"))
    seed = f"{project.pk}:{user.pk}:{row.attempts}"
    unseen = [g for g in shuffled_for(seed, list(unseen_by(user.pk, pool))) if is_usable(g, schema)]
    known = {gold.pk for gold in unseen}
    again = [g for g in shuffled_for(seed, list(unseen_by(user.pk, pool, but_practice=True))) if g.pk not in known]
    drawn = (unseen + [g for g in again if is_usable(g, schema)])[:number]
    if not drawn:
        return None
    event = next_event_id()
    round_ = Round.objects.create(project=project, kind=Round.Kind.TRAINING, overlap=1, annotator=user, event=event)
    enter_items(round_, drawn)
    row.attempts += 1
    row.save(update_fields=["attempts"])
    append_event(by=by, action="practice.begun", project=project.id, object_type="round", object_id=round_.pk,
                 annotator=user.id, after={"attempt": row.attempts, "items": [gold.item_id for gold in drawn]},
                 event_id=event)  # fmt: skip
    return round_


def judge_answer(annotation: Annotation, round_: Round, *, user: User, by: Actor, now: datetime) -> None:
    """Judge an answer of a practice or hidden gold round, and what follows. In the transaction of the submit."""
    if annotation.guideline_version is None:
        return
    judged = judge(annotation, round_, annotation.guideline_version)
    if round_.kind == Round.Kind.TRAINING:
        settle_practice(round_, user=user, by=by, now=now)
    elif judged is not None:
        pause_if_below(user=user, project=annotation.project, by=by, now=now)


def settle_practice(round_: Round, *, user: User, by: Actor, now: datetime) -> bool:
    """Let somebody qualify once each item of the round is answered or skipped and the score reaches the pass mark.

    Returns whether the person is qualified. The round's own row is left alone: its lock comes before those of the
    queue entries, which the caller may hold.
    """
    if not is_done(round_):
        return False
    row = locked_qualification(round_.project, user, now, State.TRAINING)
    score, policy = practice_score(round_, user), current_policy(round_.project)
    if row.state == State.TRAINING and score.share is not None and score.share >= policy.pass_mark:
        cause = Actor(None, by.request_id)
        move(row, State.QUALIFIED, by=cause, action="annotator.qualified", now=now, score=score.share)
    return row.state == State.QUALIFIED


def practice_score(round_: Round, user: User) -> Score:
    """The right answers of a practice round."""
    score = score_of(GoldResult.objects.filter(round=round_, annotator=user))
    skipped = Assignment.objects.filter(round=round_, annotator=user, state=Assignment.State.SKIPPED)
    number = skipped.values("item").distinct().count()
    return score.with_missed(number)
