"""Submitting, superseding and withdrawing annotations."""

from uuid import uuid4

import pytest
from django.utils import timezone

from annotation import selectors, services
from annotation.errors import AcknowledgementRequired, AlreadySubmitted, AlreadyWithdrawn, Superseded
from annotation.models import Annotation, Assignment, QueueEntry
from annotation.selectors import bars
from core.errors import Invalid, NotFound, Stale
from events.models import Event
from tests.annotation.stock import ANSWER, ready, submit, take
from tests.factories import CHOICE, RATING, acknowledge, actor, label, publish_guideline

pytestmark = pytest.mark.django_db


def change(user, annotation, answers, verify=lambda _: None):
    return services.supersede_annotation(
        by=actor(user), annotation_id=annotation.id, changes=answers, verify=verify, now=timezone.now()
    )


def test_submit_stamps_the_pinned_version_and_leaves_one_event():
    project, [user], items, opened = ready(1)
    held = take(user, project).assignments[0]
    made = submit(user, held, note="Close.", unclear={"clause": "calm", "note": "?"}, flagged=True)
    made.refresh_from_db()
    assert (made.item_id, made.round_id, made.annotator_id, made.slot) == (items[0].id, opened.id, user.id, 1)
    assert (made.guideline_version.number, made.note, made.flagged, made.blind) == (1, "Close.", True, True)
    event = Event.objects.get(pk=made.event)
    assert (event.action, event.object_type, event.object_id) == ("annotation.created", "annotation", str(made.id))
    assert event.details == {"item": str(items[0].id), "annotator": str(user.id), "round": str(opened.id)}
    assert event.request_id == "test-request"
    assert Assignment.objects.get(pk=held.pk).state == "submitted"


def test_submit_does_not_change_what_is_free():
    project, [user], _, opened = ready(1, overlap=2)
    held = take(user, project).assignments[0]
    before = QueueEntry.objects.get(round=opened).free
    submit(user, held)
    assert QueueEntry.objects.get(round=opened).free == before == 1


def test_submit_twice_is_refused():
    project, [user], _, _ = ready(1)
    held = take(user, project).assignments[0]
    submit(user, held)
    with pytest.raises(AlreadySubmitted):
        submit(user, held)


@pytest.mark.parametrize(
    ("answers", "pointer"),
    [
        ({"tone": "furious"}, "#/answers/tone"),
        ({}, "#/answers/tone"),
        ({"tone": "calm", "other": 1}, "#/answers/other"),
        ({"tone": ["calm"]}, "#/answers/tone"),
    ],
)
def test_answers_that_the_schema_does_not_take_are_refused_with_a_pointer(answers, pointer):
    project, [user], _, _ = ready(1)
    held = take(user, project).assignments[0]
    with pytest.raises(Invalid) as refused:
        submit(user, held, answers)
    assert [e.pointer for e in refused.value.errors] == [pointer]
    assert not Annotation.objects.exists()
    submit(user, held)


def test_supersede_makes_a_new_row_and_keeps_the_old_one():
    project, [user], _, _ = ready(1)
    [old] = label(user, project, ANSWER)
    new = change(user, old, {"tone": "angry"})
    old.refresh_from_db()
    assert (old.superseded_by_id, old.answers) == (new.id, {"tone": "calm"})
    assert old.ended_event == new.event
    assert (new.answers, new.slot, new.assignment_id) == ({"tone": "angry"}, old.slot, old.assignment_id)
    event = Event.objects.get(pk=new.event)
    assert (event.action, event.object_id) == ("annotation.superseded", str(new.id))
    assert event.details["supersedes"] == str(old.id)
    assert [a.id for a in selectors.unit_values(old.round_id, old.item_id)] == [new.id]


def test_supersede_merges_and_null_removes():
    project, [user], _, _ = ready(1)
    acknowledge_next(project, user, [CHOICE, RATING | {"required": False}])
    [old] = label(user, project, {"tone": "calm", "force": 3})
    assert change(user, old, {"force": 4}).answers == {"tone": "calm", "force": 4}
    newest = Annotation.objects.get(ended_event=None)
    assert change(user, newest, {"force": None}).answers == {"tone": "calm"}


def acknowledge_next(project, user, questions):
    publish_guideline(project, questions, review=uuid4())
    acknowledge(project, user)


def test_supersede_is_stamped_with_the_current_version_once_acknowledged():
    project, [user], _, _ = ready(1)
    [old] = label(user, project, ANSWER)
    publish_guideline(project, review=uuid4())
    with pytest.raises(AcknowledgementRequired):
        change(user, old, {"tone": "angry"})
    acknowledge(project, user)
    assert change(user, old, {"tone": "angry"}).guideline_version.number == 2


def test_a_superseded_annotation_cannot_be_changed_and_names_the_newer_one():
    project, [user], _, _ = ready(1)
    [old] = label(user, project, ANSWER)
    new = change(user, old, {"tone": "angry"})
    with pytest.raises(Superseded) as refused:
        change(user, old, {"tone": "unsure"})
    assert refused.value.status == 412
    assert refused.value.data["superseded_by"] == f"/api/v1/annotations/{new.id}"
    with pytest.raises(Superseded):
        services.withdraw_annotation(by=actor(user), annotation_id=old.id, now=timezone.now())


def test_supersede_checks_the_callers_condition_under_the_lock():
    project, [user], _, _ = ready(1)
    [old] = label(user, project, ANSWER)

    def refuse(_):
        raise Stale

    with pytest.raises(Stale):
        change(user, old, {"tone": "angry"}, verify=refuse)
    assert Annotation.objects.count() == 1


def test_only_the_author_changes_an_annotation():
    project, [user, other], _, _ = ready(1, people=2)
    [old] = label(user, project, ANSWER)
    with pytest.raises(NotFound):
        change(other, old, {"tone": "angry"})
    with pytest.raises(NotFound):
        services.withdraw_annotation(by=actor(other), annotation_id=old.id, now=timezone.now())


def test_a_change_after_feedback_is_kept_but_not_blind(monkeypatch):
    project, [user], _, _ = ready(1)
    [old] = label(user, project, ANSWER)
    monkeypatch.setattr(bars, "unblindings", [])
    assert change(user, old, {"tone": "angry"}).blind
    newest = Annotation.objects.get(ended_event=None)
    selectors.register_unblinding(lambda *who: who == (user.id, old.round_id, old.item_id))
    assert not change(user, newest, {"tone": "calm"}).blind
    assert selectors.unit_values(old.round_id, old.item_id) == []


def test_withdraw_frees_the_slot_and_keeps_the_row():
    project, [user], _, opened = ready(1, overlap=1)
    [old] = label(user, project, ANSWER)
    services.withdraw_annotation(by=actor(user), annotation_id=old.id, now=timezone.now())
    old.refresh_from_db()
    assert old.withdrawn_at is not None
    assert QueueEntry.objects.get(round=opened).free == 1
    event = Event.objects.get(pk=old.ended_event)
    assert (event.action, event.object_id) == ("annotation.withdrawn", str(old.id))
    with pytest.raises(AlreadyWithdrawn):
        services.withdraw_annotation(by=actor(user), annotation_id=old.id, now=timezone.now())
    with pytest.raises(AlreadyWithdrawn):
        change(user, old, {"tone": "angry"})
    [again] = label(user, project, {"tone": "angry"})
    assert (again.item_id, again.slot) == (old.item_id, old.slot)
    assert not list(selectors.wrong_counts())
