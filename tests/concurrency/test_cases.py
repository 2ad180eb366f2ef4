"""Races about cases, against the real database."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from threading import Event as Signal
from time import sleep
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from adjudication import errors, services
from adjudication.models import Case, Decision
from annotation import services as annotation
from events import services as log
from events.consumers import run_consumers
from events.models import Event
from tests.adjudication.build import current, disagree, make_setting, new_decision
from tests.factories import actor, client_for, make_member, settle

pytestmark = pytest.mark.django_db(transaction=True)


def race(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls at the same moment, each on a connection of its own; exceptions are results."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            barrier.wait()
            return call()
        except Exception as error:  # noqa: BLE001  # what went wrong is what the test looks at
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_one_person_who_asks_twice_at_once_holds_one_case():
    setting = make_setting(items=2)
    disagree(setting, count=2)
    asked = Signal()

    def first() -> Any:
        with transaction.atomic():
            given = services.next_case(by=actor(setting.adjudicator), project=setting.project, now=timezone.now())
            asked.set()
            sleep(0.5)
        return given

    def second() -> Any:
        asked.wait(10)
        return services.next_case(by=actor(setting.adjudicator), project=setting.project, now=timezone.now())

    answers = race(first, second)
    assert len({given.case.pk for given in answers}) == 1
    assert Case.objects.filter(holder=setting.adjudicator).count() == 1


@pytest.mark.parametrize("attempt", range(5))
def test_two_decisions_at_once_make_one(attempt):
    setting = make_setting()
    (case,) = disagree(setting)
    fence = services.claim_case(by=actor(setting.adjudicator), case_id=case.pk, now=timezone.now()).fence
    clients = [client_for(setting.adjudicator) for _ in range(2)]
    body = {
        "fence": fence, "outcome": "answer", "answer": "calm", "rationale": "Even words.", "confidence": "high",
        "clauses": [], "cause": "slip", "guideline_gap": False,
    }  # fmt: skip

    def decide(client: Any, key: str) -> Any:
        return client.post(f"/api/v1/cases/{case.pk}/decision", body, format="json", HTTP_IDEMPOTENCY_KEY=key)

    answers = race(lambda: decide(clients[0], "one"), lambda: decide(clients[1], "two"))
    assert sorted(a.status_code for a in answers) == [201, 409]
    assert next(a for a in answers if a.status_code == 409).json()["code"] == "already_decided"
    assert Decision.objects.count() == 1
    assert Event.objects.filter(action="case.decided").count() == 1


@pytest.mark.parametrize("attempt", range(5))
def test_one_case_has_one_holder(attempt):
    setting = make_setting(items=2)
    disagree(setting, count=2)
    people = [make_member(setting.project, "adjudicator") for _ in range(4)]

    def take(person: Any) -> Any:
        return services.next_case(by=actor(person), project=setting.project, now=timezone.now()).case

    given = race(*[lambda p=person: take(p) for person in people])
    held = [case.pk for case in given if case is not None]
    assert len(held) == len(set(held)) == 2
    assert set(Case.objects.values_list("fence", flat=True)) == {1}


@pytest.mark.parametrize("attempt", range(5))
def test_the_last_two_submits_at_once_make_one_case(attempt):
    setting = make_setting()
    held = [
        annotation.next_assignments(
            user=p, project=setting.project, count=1, by=actor(p), now=timezone.now()
        ).assignments[0]
        for p in setting.annotators
    ]

    def submit(index: int, tone: str) -> Any:
        made = annotation.submit_annotation(
            by=actor(setting.annotators[index]), assignment_id=held[index].pk, fence=held[index].fence,
            answers={"tone": tone}, lead_time_ms=1, now=timezone.now(),
        )  # fmt: skip
        log.seal_events()
        run_consumers()
        return made

    done = race(lambda: submit(0, "calm"), lambda: submit(1, "angry"))
    assert not [d for d in done if isinstance(d, Exception)]
    settle()
    assert Case.objects.count() == 1
    race(run_consumers, run_consumers)
    assert Case.objects.count() == Event.objects.filter(action="case.opened").count() == 1


@pytest.mark.parametrize("attempt", range(5))
def test_units_synced_twice_at_once_raise_one_case_each(attempt):
    setting = make_setting(items=3)
    disagree(setting, count=3)
    Case.objects.all().delete()
    causes = {item.pk: "again" for item in setting.items}

    def sync() -> int:
        return services.sync_units(round=setting.round, causes=causes, now=timezone.now())

    done = race(sync, sync, sync)
    assert sum(done) == 3
    assert Case.objects.count() == 3


@pytest.mark.parametrize("attempt", range(5))
def test_a_withdrawal_and_a_decision_at_once_leave_no_torn_case(attempt):
    setting = make_setting()
    (case,) = disagree(setting)
    fence = services.claim_case(by=actor(setting.adjudicator), case_id=case.pk, now=timezone.now()).fence
    row = current(setting, setting.annotators[0])

    def withdraw() -> None:
        annotation.withdraw_annotation(by=actor(setting.annotators[0]), annotation_id=row.pk, now=timezone.now())
        log.seal_events()
        run_consumers()

    def decide() -> Any:
        return services.decide_case(
            by=actor(setting.adjudicator), case_id=case.pk, fence=fence, decision=new_decision(), now=timezone.now()
        )

    _, decided = race(withdraw, decide)
    settle()
    case.refresh_from_db()
    if isinstance(decided, Decision):
        assert case.state == "decided"
    else:
        assert isinstance(decided, (errors.CaseDissolved, errors.LeaseLost))
        assert case.state == "dissolved"
