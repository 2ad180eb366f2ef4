"""Many people at once: overlap is kept, nobody gets an item twice, one key has one outcome, fences hold."""

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from django.db import connection, connections
from django.utils import timezone
from rest_framework.test import APIClient

from annotation import selectors, services
from annotation.errors import AlreadySubmitted, LeaseLost
from annotation.models import Annotation, Assignment
from events.models import Event
from tests.annotation.stock import ANSWER, ready, run_out, take
from tests.annotation.stock import submit as submit_for
from tests.factories import acknowledge, actor, client_for, make_member

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 64
LIVE = ("assignment.leased", "annotation.created")
ENDS = ("assignment.released", "assignment.skipped", "assignment.expired", "annotation.withdrawn")


def together(number, work):
    """Run `work(index)` in threads that start at the same moment, each with its own connection."""
    gate = threading.Barrier(number)

    def run(index):
        try:
            gate.wait(timeout=30)
            return work(index)
        finally:
            connections.close_all()

    connection.close()
    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(run, range(number)))


def assert_overlap_was_kept(project, overlap):
    """Replays the log: at no moment more live slots than overlap, and never the same person twice.

    `overlap` is one number, or one for each round.
    """
    live = {}
    events = Event.objects.filter(project=project.id, action__in=[*LIVE, *ENDS]).order_by("id")
    for event in events:
        place = (event.details["round"], event.details["item"])
        people = live.setdefault(place, set())
        if event.action in LIVE:
            people.add(event.details["annotator"])
            most = overlap if isinstance(overlap, int) else overlap[UUID(place[0])]
            assert len(people) <= most, (event.id, place)
        else:
            people.discard(event.details["annotator"])
    assert not list(selectors.wrong_counts())


def test_overlap_is_exact_when_everybody_labels_at_once():
    project, people, items, _opened = ready(20, people=THREADS, overlap=3)

    def work(index):
        done = 0
        while True:
            given = take(people[index], project)
            if not given.assignments:
                if given.reason == "queue_empty" or Annotation.objects.count() >= 60:
                    return done
                time.sleep(0.1)
                continue
            submit_for(people[index], given.assignments[0])
            done += 1

    done = together(THREADS, work)
    assert sum(done) == 60
    per_item = Counter(Annotation.objects.values_list("item", flat=True))
    assert per_item == {item.id: 3 for item in items}
    assert Annotation.objects.values("item", "annotator").distinct().count() == 60
    assert sorted(Annotation.objects.values_list("slot", flat=True)) == sorted([1, 2, 3] * 20)
    assert_overlap_was_kept(project, 3)


def test_a_burst_of_next_gives_each_slot_once():
    project, people, _, _ = ready(10, people=THREADS, overlap=3)
    answers = together(THREADS, lambda index: take(people[index], project))
    for index, answer in enumerate(answers):
        if not answer.assignments:
            answers[index] = take(people[index], project)
    given = [a for answer in answers for a in answer.assignments]
    assert len(given) == 30
    assert {a.reason for a in answers if not a.assignments} == {"all_leased"}
    assert len({(a.item_id, a.slot) for a in given}) == 30
    assert_overlap_was_kept(project, 3)


def test_one_person_in_many_windows_gets_no_item_twice():
    project, [user], _, _ = ready(20, overlap=2)
    answers = together(16, lambda _: take(user, project, 3))
    given = {a.id for answer in answers for a in answer.assignments}
    assert len(given) == Assignment.objects.filter(state="leased").count() == 3


def test_work_that_comes_and_goes_keeps_the_overlap():
    project, people, items, _ = ready(6, people=16, overlap=2)

    def work(index):
        user, by = people[index], actor(people[index])
        for step in range(6):
            for held in take(user, project).assignments:
                on = {"by": by, "assignment_id": held.id, "fence": held.fence}
                try:
                    match (index + step) % 5:
                        case 0:
                            services.release_assignment(**on)
                        case 1:
                            run_out(held)
                        case 2:
                            run_out(held)
                            submit_for(user, held)
                        case 3:
                            made = submit_for(user, held)
                            services.withdraw_annotation(by=by, annotation_id=made.id, now=timezone.now())
                        case _:
                            submit_for(user, held)
                except (LeaseLost, AlreadySubmitted):
                    pass

    together(16, work)
    run_out(*Assignment.objects.filter(state="leased"))
    for user in people:
        while answer := take(user, project).assignments:
            submit_for(user, answer[0])
    current = Annotation.objects.filter(ended_event=None)
    assert Counter(current.values_list("item", flat=True)) == {item.id: 2 for item in items}
    assert current.values("item", "annotator").distinct().count() == 12
    assert_overlap_was_kept(project, 2)


def test_one_key_sent_fifty_times_makes_one_row():
    project, [user], _, _ = ready(1)
    held = take(user, project).assignments[0]
    body = {"assignment": str(held.id), "fence": held.fence, "answers": ANSWER, "lead_time_ms": 1}
    client_headers = client_for(user)._credentials
    key = str(uuid4())

    def send(_):
        return api(client_headers).post("/api/v1/annotations", body, format="json", HTTP_IDEMPOTENCY_KEY=key)

    answers = together(50, send)
    codes = Counter((a.status_code, a.json().get("code")) for a in answers)
    assert set(codes) <= {(201, None), (409, "idempotency_key_in_progress")}
    assert codes[201, None] >= 1
    assert len({a.content for a in answers if a.status_code == 201}) == 1
    assert Annotation.objects.count() == 1
    assert Event.objects.filter(action="annotation.created").count() == 1
    assert send(0).headers["Idempotency-Replayed"] == "true"


def test_fifty_keys_on_one_lease_make_one_row():
    project, [user], _, _ = ready(1)
    held = take(user, project).assignments[0]
    body = {"assignment": str(held.id), "fence": held.fence, "answers": ANSWER, "lead_time_ms": 1}
    client_headers = client_for(user)._credentials

    def send(_):
        key = str(uuid4())
        return api(client_headers).post("/api/v1/annotations", body, format="json", HTTP_IDEMPOTENCY_KEY=key)

    codes = Counter(a.status_code for a in together(50, send))
    assert codes == {201: 1, 409: 49}
    assert Annotation.objects.count() == 1


def api(credentials):
    client = APIClient()
    client.credentials(**credentials)
    return client


def test_submit_and_giving_on_have_one_winner():
    """The lease ends while the submit is on its way and somebody else asks for the item: one of them gets the slot."""
    project, [first], _items, _ = ready(8, people=1, overlap=1)
    second = make_member(project, "annotator")
    acknowledge(project, second)
    held = take(first, project, 8).assignments
    for assignment in held:
        services.save_draft(by=actor(first), assignment_id=assignment.id, fence=assignment.fence, answers=ANSWER)
    run_out(*held)

    def work(index):
        if index == 8:
            return take(second, project, 8).assignments
        try:
            return submit_for(first, held[index])
        except LeaseLost:
            return None

    *submitted, given = together(9, work)
    assert len([s for s in submitted if s]) + len(given) == 8
    for index, assignment in enumerate(held):
        assignment.refresh_from_db()
        assert assignment.state == ("submitted" if submitted[index] else "lost")
        assert submitted[index] or assignment.draft == {"answers": ANSWER}
    assert_overlap_was_kept(project, 1)


def test_two_changes_of_one_annotation_have_one_winner():
    project, [user], _, _ = ready(1)
    made = submit_for(user, take(user, project).assignments[0])
    credentials = client_for(user)._credentials
    tag = api(credentials).get(f"/api/v1/annotations/{made.id}")["ETag"]

    def change(_):
        return api(credentials).patch(
            f"/api/v1/annotations/{made.id}", {"answers": {"tone": "angry"}}, format="json",
            HTTP_IF_MATCH=tag, HTTP_IDEMPOTENCY_KEY=str(uuid4()),
        )  # fmt: skip

    codes = Counter(a.status_code for a in together(12, change))
    assert codes == {200: 1, 412: 11}
    assert Annotation.objects.filter(ended_event=None).count() == 1


def test_sweeps_in_several_copies_end_each_lease_once():
    project, people, _, _ = ready(10, people=4, overlap=2)
    held = [a for user in people for a in take(user, project, 5).assignments]
    run_out(*held, sweep=False)
    ended = together(8, lambda _: services.expire_leases())
    assert sum(ended) == len(held)
    assert Event.objects.filter(action="assignment.expired").count() == len(held)
    assert not list(selectors.wrong_counts())
