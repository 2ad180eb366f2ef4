"""Practice and hidden gold items with many people and many windows at once."""

import contextlib

import pytest
from django.utils import timezone

from annotation import selectors
from annotation.errors import AlreadySubmitted, LeaseLost
from annotation.models import Annotation, Assignment, GoldResult, Qualification, Round
from annotation.services import release_assignment, save_draft
from annotation.services.qualification import release_leases_of
from events.actor import SYSTEM
from events.models import Event
from tests.annotation.stock import ready, run_out, submit, take
from tests.annotation.test_training import RIGHT, WRONG, hidden, make_gold, set_policy
from tests.concurrency.test_labeling_overlap import assert_overlap_was_kept, together
from tests.factories import actor

pytestmark = pytest.mark.django_db(transaction=True)


def test_many_people_through_practice_and_hidden_gold_items():
    project, people, _, opened = ready(12, people=8, overlap=2)
    make_gold(project, 30)
    set_policy(project, training_items=3, hidden_rate=0.4)

    def work(index):
        for _ in range(14):
            for held in take(people[index // 2], project, 2).assignments:
                with contextlib.suppress(AlreadySubmitted, LeaseLost):
                    submit(people[index // 2], held, RIGHT)

    together(16, work)
    assert Qualification.objects.filter(state="qualified").count() == 8
    assert Event.objects.filter(action="annotator.qualified").count() == 8
    assert Round.objects.filter(kind="training").count() == 8
    assert Round.objects.filter(kind="gold").count() <= 8
    rows = Annotation.objects.filter(project=project)
    assert rows.values("item", "annotator").distinct().count() == rows.count()
    assert (
        rows.filter(round=opened).values("item", "slot").distinct().count() == rows.filter(round=opened).count() <= 24
    )
    assert GoldResult.objects.count() == rows.filter(round__kind__in=["training", "gold"]).count()
    assert_overlap_was_kept(project, 2)


def test_a_pause_is_written_once_and_gives_back_what_is_held():
    project, [user], _, _ = ready(60, people=1, overlap=1)
    make_gold(project, 30, use="hidden")
    set_policy(project, hidden_rate=0.5, window=10, pause_below=0.8)

    def work(_):
        for _ in range(8):
            for held in take(user, project, 6).assignments:
                with contextlib.suppress(AlreadySubmitted, LeaseLost):
                    submit(user, held, WRONG)

    together(8, work)
    assert Event.objects.filter(action="annotator.paused").count() == 1
    assert take(user, project).reason == "not_qualified"
    held = Assignment.objects.filter(annotator=user, state="leased").count()
    assert release_leases_of(user=user.pk, project=project.pk, by=SYSTEM) == held
    assert not list(selectors.wrong_counts())
    assert timezone.now() > Qualification.objects.get(user=user).changed_at


def test_taking_up_and_giving_back_hidden_gold_items_at_once_waits_in_no_circle():
    project, user, _, _ = hidden(rate=0.5)
    for _ in range(8):
        held = [a for a in take(user, project, 10).assignments if a.round.kind == "gold"]
        for one in held:
            save_draft(by=actor(user), assignment_id=one.id, fence=one.fence, answers=RIGHT)
        run_out(*held)

        def work(index, held=held):
            if index == 0:
                take(user, project, 10)
            else:
                for one in held:
                    with contextlib.suppress(LeaseLost):
                        release_assignment(by=actor(user), assignment_id=one.id, fence=one.fence)

        together(2, work)
    assert not list(selectors.wrong_counts())
