"""The event log: order, seals, hashes, append-only."""

import hashlib
import json
import threading

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from core.ids import new_id
from events import consumers, services
from events.models import Event, Seal
from events.services import sealed_body
from tests.factories import actor

pytestmark = pytest.mark.django_db(transaction=True)


def append(project, action="project.changed"):
    with transaction.atomic():
        return services.append_event(
            by=actor(), action=action, project=project, object_type="project", object_id=project, after={"n": 1}
        )


def test_seals_are_gap_free_and_chained_by_hash():
    project = new_id()
    for _ in range(3):
        append(project)
    assert services.seal_events() >= 3
    seals = list(Seal.objects.filter(project=project).select_related("event").order_by("seq"))
    assert [s.seq for s in seals] == [1, 2, 3]
    previous = "0" * 64
    for seal in seals:
        body = dict(sealed_body(seal))
        claimed = body.pop("hash")
        text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        assert hashlib.sha256(text).hexdigest() == claimed
        assert body["prev_hash"] == previous
        previous = claimed


def test_an_open_transaction_holds_back_what_came_after_it():
    project = new_id()
    opened, finish = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            services.append_event(
                by=actor(), action="project.changed", project=project, object_type="x", object_id="first"
            )
            opened.set()
            finish.wait(10)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    opened.wait(10)
    append(project)
    services.seal_events()
    assert not Seal.objects.filter(project=project).exists()
    finish.set()
    thread.join()
    services.seal_events()
    order = list(Seal.objects.filter(project=project).order_by("seq").values_list("event__object_id", flat=True))
    assert order == ["first", str(project)]


class Holder:
    """A transaction that is open in a thread of its own until `end`, and may append an event before that."""

    def __init__(self, project):
        self.project, self.opened, self.finish, self.named = project, threading.Event(), threading.Event(), None
        self.thread = threading.Thread(target=self.run)
        self.thread.start()
        self.opened.wait(10)

    def run(self):
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_current_xact_id()")
            self.opened.set()
            self.finish.wait(10)
            if self.named:
                services.append_event(
                    by=actor(), action="project.changed", project=self.project, object_type="x", object_id=self.named
                )
        connection.close()

    def end(self, named=None):
        self.named = named
        self.finish.set()
        self.thread.join()


def places(project):
    return list(Seal.objects.filter(project=project).order_by("seq").values_list("event__object_id", flat=True))


def test_what_a_transaction_did_after_waiting_for_a_younger_one_comes_after_it():
    project = new_id()
    waiter, bystander = Holder(project), Holder(project)
    append(project)
    waiter.end("effect")
    services.seal_events()
    assert places(project) == []
    bystander.end()
    services.seal_events()
    assert places(project) == [str(project), "effect"]


def test_a_transaction_that_ends_while_the_sealer_looks_is_not_taken_for_one_of_the_future():
    project = new_id()
    bystander, quick = Holder(project), []
    append(new_id())  # so that the sealer looks

    def slip_in(execute, sql, params, many, context):
        if "SELECT e.*" in sql and not quick:
            quick.append(Holder(project))
            quick[0].end("quick")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(slip_in):
        services.seal_events()
    assert places(project) == []
    bystander.end()
    services.seal_events()
    assert places(project) == ["quick"]


def test_events_and_seals_refuse_update_and_delete():
    project = new_id()
    event = append(project)
    services.seal_events()
    for statement in (
        "UPDATE events_event SET action = 'x' WHERE id = %s",
        "DELETE FROM events_event WHERE id = %s",
        "UPDATE events_seal SET hash = 'x' WHERE event_id = %s",
        "DELETE FROM events_seal WHERE event_id = %s",
    ):
        with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
            cursor.execute(statement, [event.id])


def test_wait_for_cut_includes_the_callers_own_writes_and_refuses_the_future():
    project = new_id()
    append(project)
    assert services.wait_for_cut(project=project) == 1
    assert services.wait_for_cut(project=project, as_of=1) == 1
    with pytest.raises(services.CutInFuture):
        services.wait_for_cut(project=project, as_of=2)


def test_wait_for_cut_looks_at_no_more_of_the_log_than_is_unsealed():
    project = new_id()
    append(project)
    with CaptureQueriesContext(connection) as first:
        assert services.wait_for_cut(project=project) == 1
    with CaptureQueriesContext(connection) as again:
        assert services.wait_for_cut(project=project) == 1
    looks = [q["sql"] for q in [*first, *again] if "FROM " in q["sql"] and "events_event" in q["sql"].split("FROM ")[1]]
    assert looks
    assert all("tx" in sql.split("WHERE")[1] for sql in looks)


def test_append_outside_a_transaction_is_a_mistake():
    with pytest.raises(RuntimeError):
        services.append_event(by=actor(), action="x", project=new_id(), object_type="x", object_id="x")
    assert not Event.objects.filter(action="x").exists()


def test_a_broken_consumer_keeps_its_place_and_does_not_stop_others():
    project, seen = new_id(), []
    consumers.register("test-good", "project.changed")(lambda events: seen.extend(e.object_id for e in events))

    def explode(events):
        raise ValueError("broken")

    consumers.register("test-bad", "project.changed")(explode)
    try:
        append(project)
        services.seal_events()
        consumers.run_consumers()
        assert str(project) in seen
        lag = consumers.lagging_consumers()
        assert lag["test-good"] == 0
        assert lag["test-bad"] >= 1
    finally:
        consumers._registry.pop("test-good")
        consumers._registry.pop("test-bad")
