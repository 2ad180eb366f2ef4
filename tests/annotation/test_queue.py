"""What an annotator is given next, and in which order."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotation import selectors, services
from annotation.errors import NoGuideline
from annotation.models import Assignment, QueueEntry, QueueMark, Round
from annotation.selectors import bars
from annotation.services import rounds
from annotation.services.slots import draw_places
from events.models import Event
from intake import services as intake
from tests.annotation.stock import ANSWER, ready, take
from tests.factories import (
    acknowledge,
    actor,
    label,
    make_items,
    make_member,
    make_project,
    make_user,
    publish_guideline,
)

pytestmark = pytest.mark.django_db


def test_next_gives_items_in_the_order_of_import():
    project, [user], items, _ = ready(4)
    given = take(user, project, 3)
    assert [a.item_id for a in given.assignments] == [i.id for i in items[:3]]
    assert given.reason is None
    assert given.retry_after is None


def test_next_gives_own_open_ones_first_and_fills_up_to_count():
    project, [user], items, _ = ready(4)
    first = take(user, project).assignments[0]
    again = take(user, project, 3).assignments
    assert again[0].id == first.id
    assert [a.item_id for a in again] == [i.id for i in items[:3]]
    assert take(user, project).assignments[0].id == first.id


def test_next_gives_at_most_ten():
    project, [user], _, _ = ready(12)
    assert len(take(user, project, 10).assignments) == 10
    assert len(take(user, project, 50).assignments) == 10


def test_random_order_is_shuffled_by_the_id():
    project = make_project()
    publish_guideline(project)
    _, items, opened = make_items(project, 30, order="random")
    places = list(QueueEntry.objects.filter(round=opened).order_by("position").values_list("item", flat=True))
    assert sorted(places) == sorted(i.id for i in items)
    assert places != [i.id for i in items]


def test_items_added_later_stand_behind():
    project, [user], items, opened = ready(2)
    rows = [intake.NewItem(external_id="later", fields={"text": "Later"}, metadata={})]
    made = intake.create_items(by=actor(project.created_by), project=project, batch=opened.batch, rows=rows)
    assert services.enqueue_items(round=opened) == 1
    assert services.enqueue_items(round=opened) == 0
    given = take(user, project, 5).assignments
    assert [a.item_id for a in given] == [*(i.id for i in items), made.created[0].id]


def test_an_item_gets_its_overlap_and_no_more():
    project, users, _, opened = ready(1, people=4, overlap=3)
    given = [take(u, project) for u in users]
    assert [len(g.assignments) for g in given] == [1, 1, 1, 0]
    assert given[3].reason == "all_leased"
    assert 1 <= given[3].retry_after <= 5
    assert sorted(Assignment.objects.values_list("slot", flat=True)) == [1, 2, 3]
    assert QueueEntry.objects.get(round=opened).free == 0


def test_nobody_is_given_an_item_twice():
    project, [user], _items, _ = ready(3, overlap=3)
    assert len(label(user, project, ANSWER, count=9)) == 3
    answer = take(user, project)
    assert (answer.assignments, answer.reason) == ([], "queue_empty")
    assert not list(selectors.wrong_counts())


def test_each_grant_is_a_new_assignment_with_a_greater_fence():
    project, [user], _, _ = ready(1)
    first = take(user, project).assignments[0]
    services.release_assignment(by=actor(user), assignment_id=first.id, fence=first.fence)
    second = take(user, project).assignments[0]
    assert second.id != first.id
    assert second.item_id == first.item_id
    assert second.fence == first.fence + 1


def test_a_released_item_comes_back_after_the_others():
    project, [user], items, _ = ready(3)
    first = take(user, project).assignments[0]
    services.release_assignment(by=actor(user), assignment_id=first.id, fence=first.fence)
    done = [a.item_id for a in label(user, project, ANSWER, count=3)]
    assert done == [items[1].id, items[2].id, items[0].id]


def test_a_skipped_item_never_comes_back_to_the_same_person():
    project, [user, other], items, _ = ready(2, people=2, overlap=1)
    first = take(user, project).assignments[0]
    services.skip_assignment(by=actor(user), assignment_id=first.id, fence=first.fence, reason="no_text")
    assert [a.item_id for a in label(user, project, ANSWER, count=3)] == [items[1].id]
    assert take(other, project).assignments[0].item_id == first.item_id
    assert selectors.skipped_by(first.round_id, first.item_id) == 1
    event = Event.objects.get(action="assignment.skipped")
    assert event.details == {"item": str(first.item_id), "annotator": str(user.id), "round": str(first.round_id)}


def test_what_becomes_free_again_goes_to_others_first_in_line():
    project, [user, other], items, _ = ready(5, people=2, overlap=1)
    held = take(user, project, 2).assignments
    services.skip_assignment(by=actor(user), assignment_id=held[1].id, fence=held[1].fence)
    assert take(other, project).assignments[0].item_id == items[1].id


def test_a_withdrawn_item_is_offered_to_the_same_person_first():
    project, [user], items, _ = ready(3)
    done = label(user, project, ANSWER, count=2)
    services.withdraw_annotation(by=actor(user), annotation_id=done[0].id, now=timezone.now())
    again = take(user, project).assignments[0]
    assert again.item_id == items[0].id
    assert again.slot == done[0].slot
    assert again.id != done[0].assignment_id


def test_an_ended_lease_is_given_on_without_waiting_for_the_sweep():
    project, [user, other], _, _ = ready(1, people=2, overlap=1)
    first = take(user, project).assignments[0]
    Assignment.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    second = take(other, project).assignments[0]
    assert second.item_id == first.item_id
    assert second.fence > first.fence
    first.refresh_from_db()
    assert first.state == Assignment.State.LOST
    assert Event.objects.filter(action="assignment.expired", object_id=str(first.id)).count() == 1


def test_ones_own_overdue_lease_is_extended():
    project, [user], _, _ = ready(1)
    first = take(user, project).assignments[0]
    Assignment.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    again = take(user, project).assignments[0]
    assert again.id == first.id
    assert again.expires_at > timezone.now()


def test_slots_that_an_ended_lease_may_still_use_go_last():
    project, [user, other], _, _ = ready(1, people=2, overlap=2)
    first = take(user, project).assignments[0]
    Assignment.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    services.expire_leases()
    assert take(other, project).assignments[0].slot != first.slot
    services.submit_annotation(
        by=actor(user), assignment_id=first.id, fence=first.fence, answers=ANSWER, lead_time_ms=1, now=timezone.now()
    )
    assert not list(selectors.wrong_counts())


def test_an_expired_draft_comes_back_to_its_writer():
    project, [user], items, _ = ready(2)
    first = take(user, project).assignments[0]
    services.save_draft(by=actor(user), assignment_id=first.id, fence=first.fence, answers=ANSWER)
    Assignment.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    services.expire_leases()
    again = take(user, project).assignments[0]
    assert again.id != first.id
    assert again.item_id == items[0].id
    assert again.draft == {"answers": ANSWER}


def test_without_a_guideline_there_is_nothing_to_label():
    project = make_project()
    user = make_member(project, "annotator")
    with pytest.raises(NoGuideline):
        take(user, project)


def test_version_one_must_be_acknowledged_too():
    project = make_project()
    publish_guideline(project)
    user = make_member(project, "annotator")
    make_items(project)
    answer = take(user, project)
    assert (answer.assignments, answer.reason) == ([], "acknowledgement_required")
    acknowledge(project, user)
    assert take(user, project).assignments


def test_a_model_account_never_takes_a_persons_slot():
    project, _, _, opened = ready(1)
    model = make_member(project, "annotator", user=make_user(kind="model"))
    acknowledge(project, model)
    answer = take(model, project)
    assert (answer.assignments, answer.reason) == ([], "all_leased")  # its own round is being made
    service = make_member(project, "annotator", user=make_user(kind="service"))
    assert take(service, project).reason == "not_qualified"
    assert QueueEntry.objects.get(round=opened).free == 3


def test_calibration_is_served_before_production_and_only_to_those_named():
    project, [user, other], items, _ = ready(3, people=2)
    special = services.open_reserved_round(
        project=project, kind=Round.Kind.CALIBRATION, overlap=1, people={items[2].id: [user.id]}, now=timezone.now()
    )
    assert take(other, project).assignments[0].item_id == items[0].id
    first = take(user, project).assignments[0]
    assert (first.round_id, first.item_id) == (special.id, items[2].id)


def test_a_round_of_higher_priority_goes_first():
    project, [user], _, _ = ready(1)
    _, urgent, _ = make_items(project, 1, priority=5)
    assert take(user, project).assignments[0].item_id == urgent[0].id


def test_barred_items_are_passed_over(monkeypatch):
    project, [user], items, opened = ready(2)
    # any table with a foreign key `item` serves, as a higher floor's cases would
    monkeypatch.setattr(bars, "item_bars", [lambda _user: QueueEntry.objects.filter(item=items[0])])
    assert take(user, project).assignments[0].item_id == items[1].id
    assert selectors.is_barred(user.id, opened.id, items[0].id)
    assert not selectors.is_barred(user.id, opened.id, items[1].id)


def test_marks_hide_nothing_that_becomes_free_again():
    project, [user, other, third], _items, opened = ready(80, people=3, overlap=2)
    held = take(other, project, 10).assignments
    assert len(label(user, project, ANSWER, count=70)) == 70
    assert len(label(third, project, ANSWER, count=80)) >= 69
    assert QueueMark.objects.filter(annotator=user).exists()
    left = label(user, project, ANSWER, count=80)
    assert len(left) == 10
    for assignment in held[:2]:
        services.release_assignment(by=actor(other), assignment_id=assignment.id, fence=assignment.fence)
    Assignment.objects.filter(pk__in=[a.pk for a in held[2:]]).update(expires_at=timezone.now() - timedelta(seconds=1))
    services.expire_leases()
    assert len(label(third, project, ANSWER, count=80)) > 0
    done = Assignment.objects.filter(round=opened, state="submitted").count()
    assert done == 160
    assert not list(selectors.wrong_counts())


def test_a_wider_overlap_offers_items_again_behind_every_mark():
    project, [user, other], _, opened = ready(40, people=2, overlap=1)
    assert len(label(user, project, ANSWER, count=50)) == 40
    assert take(other, project).reason == "queue_empty"
    services.change_overlap(by=actor(), round=opened, overlap=2)
    assert len(label(other, project, ANSWER, count=50)) == 40
    assert take(user, project).reason == "queue_empty"
    assert not list(selectors.wrong_counts())


def test_a_narrower_overlap_keeps_slots_that_are_taken():
    project, [user, other], _, opened = ready(1, people=2, overlap=3)
    label(user, project, ANSWER)
    label(other, project, ANSWER)
    services.change_overlap(by=actor(), round=opened, overlap=1)
    entry = QueueEntry.objects.get(round=opened)
    assert (entry.overlap, entry.free) == (2, 0)


def test_leases_of_people_who_left_end_at_the_sweep():
    project, [user, other], _, _ = ready(2, people=2)
    take(user, project)
    kept = take(other, project).assignments[0]
    user.is_active = False
    user.save()
    services.expire_leases()
    assert list(Assignment.objects.filter(state="leased")) == [kept]


def test_repair_counts_mends_a_wrong_counter():
    project, [user], _, opened = ready(2)
    take(user, project)
    QueueEntry.objects.filter(round=opened).update(free=1)
    assert services.repair_counts() == 2
    assert not list(selectors.wrong_counts())


@pytest.mark.django_db(transaction=True)
def test_repair_counts_takes_the_round_before_its_entries_like_everybody_else():
    _, _, _, opened = ready(2)
    QueueEntry.objects.filter(round=opened).update(free=0)
    holds, errors = threading.Event(), []

    def give_back():
        """What releasing does: the place first, then the entry."""
        try:
            with transaction.atomic():
                draw_places(opened.pk)
                holds.set()
                time.sleep(0.5)
                list(QueueEntry.objects.select_for_update().filter(round=opened))
        except DatabaseError as error:
            errors.append(error)
        connection.close()

    thread = threading.Thread(target=give_back)
    thread.start()
    holds.wait(10)
    assert services.repair_counts() == 2
    thread.join()
    assert errors == []


def test_progress_counts_what_is_done_left_and_begun():
    project, [user], _, _ = ready(4)
    label(user, project, ANSWER)
    held = take(user, project).assignments[0]
    services.save_draft(by=actor(user), assignment_id=held.id, fence=held.fence, answers=ANSWER)
    found = selectors.progress(user, project)
    assert (found.done, found.left, found.drafts) == (1, 3, 1)


def test_next_costs_the_same_number_of_queries_whatever_was_done():
    project, [user], _, _ = ready(60)
    label(user, project, ANSWER, count=1)
    with CaptureQueriesContext(connection) as few:
        take(user, project)
    label(user, project, ANSWER, count=20)
    with CaptureQueriesContext(connection) as many:
        take(user, project)
    assert len(many) <= len(few) <= 15


@pytest.mark.parametrize("order", ["as_imported", "random"])
def test_a_large_batch_is_enqueued_in_chunks(monkeypatch, order):
    monkeypatch.setattr(rounds, "CHUNK", 7)
    project = make_project()
    publish_guideline(project)
    _, items, opened = make_items(project, 20, order=order)
    entries = list(QueueEntry.objects.filter(round=opened).order_by("position"))
    assert len({e.item_id for e in entries}) == len(entries) == len(items)
    assert len({e.position for e in entries}) == len(items)
    if order == "as_imported":
        assert [e.item_id for e in entries] == [i.id for i in items]


def test_enqueue_can_be_told_which_items_are_new():
    _project, _, items, opened = ready(3)
    QueueEntry.objects.filter(round=opened).delete()
    assert services.enqueue_items(round=opened, items=[items[1].id]) == 1
    assert services.enqueue_items(round=opened, items=[]) == 0
    assert services.enqueue_items(round=opened) == 2
    places = QueueEntry.objects.filter(round=opened).order_by("position").values_list("item", flat=True)
    assert list(places) == [items[1].id, items[0].id, items[2].id]
