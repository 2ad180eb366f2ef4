"""Renewing, releasing, skipping and drafts; what an ended lease may still do."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from annotation import selectors, services
from annotation.errors import AlreadySubmitted, LeaseLost, RoundClosed
from annotation.models import Annotation, Assignment, QueueEntry
from core.errors import NotFound, TooLarge
from events.models import Event
from tests.annotation.stock import ANSWER, ready, run_out, submit, take
from tests.factories import acknowledge, actor, publish_guideline, settle

pytestmark = pytest.mark.django_db


def on(user, assignment, fence=None):
    return {"by": actor(user), "assignment_id": assignment.id, "fence": assignment.fence if fence is None else fence}


def test_renew_extends_by_the_projects_lease_time():
    project, [user], _, _ = ready(1, lease_seconds=100)
    held = take(user, project).assignments[0]
    Assignment.objects.update(expires_at=timezone.now() + timedelta(seconds=3))
    renewed = services.renew_assignment(**on(user, held))
    assert 95 < (renewed.expires_at - timezone.now()).total_seconds() <= 100
    assert Event.objects.filter(action__startswith="assignment.").count() == 1


def test_an_expired_lease_is_taken_up_again_while_its_slot_is_free():
    project, [user], _, opened = ready(1, overlap=1)
    held = take(user, project).assignments[0]
    run_out(held)
    assert QueueEntry.objects.get(round=opened).free == 1
    services.renew_assignment(**on(user, held))
    assert QueueEntry.objects.get(round=opened).free == 0
    actions = Event.objects.filter(action__startswith="assignment.").order_by("id").values_list("action", flat=True)
    assert list(actions) == ["assignment.leased", "assignment.expired", "assignment.leased"]


@pytest.mark.parametrize("sweep", [True, False])
def test_submit_after_the_end_of_a_lease_is_good_while_its_slot_is_free(sweep):
    project, [user], _, _ = ready(1, overlap=1)
    held = take(user, project).assignments[0]
    run_out(held, sweep=sweep)
    submit(user, held)
    assert not list(selectors.wrong_counts())


def test_a_lease_that_was_given_on_is_lost_and_its_draft_is_kept():
    project, [user, other], _, _ = ready(1, people=2, overlap=1)
    held = take(user, project).assignments[0]
    services.save_draft(**on(user, held), answers=ANSWER)
    run_out(held)
    given = take(other, project).assignments[0]
    for change in (
        lambda: submit(user, held),
        lambda: services.renew_assignment(**on(user, held)),
        lambda: services.release_assignment(**on(user, held)),
        lambda: services.skip_assignment(**on(user, held)),
        lambda: services.save_draft(**on(user, held), answers={"tone": "angry"}),
    ):
        with pytest.raises(LeaseLost):
            change()
    held.refresh_from_db()
    assert held.draft == {"answers": ANSWER}
    submit(other, given)
    assert Annotation.objects.count() == 1


def test_a_lease_stays_lost_when_the_next_holder_releases():
    project, [user, other], _, _ = ready(1, people=2, overlap=1)
    held = take(user, project).assignments[0]
    run_out(held)
    given = take(other, project).assignments[0]
    services.release_assignment(**on(other, given))
    with pytest.raises(LeaseLost):
        submit(user, held)


def test_a_foreign_fence_is_refused():
    project, [user], _, _ = ready(1)
    held = take(user, project).assignments[0]
    for fence in (held.fence + 1, held.fence - 1):
        with pytest.raises(LeaseLost):
            services.renew_assignment(**on(user, held, fence))
        with pytest.raises(LeaseLost):
            submit(user, held, fence=fence)


def test_another_annotators_assignment_is_not_found():
    project, [user, other], _, _ = ready(1, people=2)
    held = take(user, project).assignments[0]
    with pytest.raises(NotFound):
        services.renew_assignment(**on(other, held))
    with pytest.raises(NotFound):
        submit(other, held)


def test_release_and_skip_twice_are_as_good_as_once():
    project, [user], _, _opened = ready(2)
    first, second = take(user, project, 2).assignments
    for _ in range(2):
        services.release_assignment(**on(user, first))
        services.skip_assignment(**on(user, second), reason="unreadable")
    assert not list(selectors.wrong_counts())
    assert Event.objects.filter(action__in=["assignment.released", "assignment.skipped"]).count() == 2
    second.refresh_from_db()
    assert second.skip_reason == "unreadable"


def test_nothing_can_be_done_with_what_was_submitted():
    project, [user], _, _ = ready(1)
    held = take(user, project).assignments[0]
    submit(user, held)
    with pytest.raises(AlreadySubmitted):
        services.release_assignment(**on(user, held))
    with pytest.raises(AlreadySubmitted):
        services.save_draft(**on(user, held), answers=ANSWER)


def test_a_draft_comes_with_the_assignment():
    project, [user], _, _ = ready(1)
    held = take(user, project).assignments[0]
    services.save_draft(**on(user, held), answers={"tone": "half", "unknown": [1, {"deep": "é🎈"}]})
    assert take(user, project).assignments[0].draft == {"answers": {"tone": "half", "unknown": [1, {"deep": "é🎈"}]}}
    assert not Event.objects.filter(object_type="draft").exists()


def test_a_draft_of_more_than_64_kb_is_refused():
    project, [user], _, _ = ready(1)
    held = take(user, project).assignments[0]
    services.save_draft(**on(user, held), answers={"tone": "x" * 65_000})
    with pytest.raises(TooLarge):
        services.save_draft(**on(user, held), answers={"tone": "x" * 66_000})


def test_a_completed_round_takes_nothing_more():
    project, [user, other], _, opened = ready(2, people=2)
    held = take(user, project).assignments[0]
    assert services.complete_round(by=actor(), round=opened) == 1
    with pytest.raises(RoundClosed):
        submit(user, held)
    assert take(other, project).reason == "queue_empty"


@pytest.mark.django_db(transaction=True)
def test_a_change_of_meaning_takes_back_what_nobody_has_begun():
    project, [user, other], _items, _ = ready(3, people=2, overlap=1)
    begun, unstarted = take(user, project, 2).assignments
    services.save_draft(**on(user, begun), answers=ANSWER)
    _publish_next(project)
    settle()
    begun.refresh_from_db()
    unstarted.refresh_from_db()
    assert (begun.state, unstarted.state) == ("leased", "expired")
    assert take(user, project).reason == "acknowledgement_required"
    # the one with a draft, and the one still on a screen, may be submitted once under the version they pinned
    assert submit(user, begun).guideline_version.number == 1
    assert submit(user, unstarted).guideline_version.number == 1
    acknowledge(project, user)
    assert take(user, project).assignments[0].guideline_version.number == 2
    assert take(other, project).reason == "acknowledgement_required"


@pytest.mark.django_db(transaction=True)
def test_an_editorial_version_takes_nothing_back():
    project, [user], _, _ = ready(1)
    held = take(user, project).assignments[0]
    _publish_next(project, change="editorial")
    settle()
    again = take(user, project).assignments[0]
    assert again.id == held.id
    assert submit(user, again).guideline_version.number == 1


def test_next_itself_takes_back_an_unstarted_lease_of_an_older_meaning():
    project, [user], _items, _ = ready(1, overlap=1)
    held = take(user, project).assignments[0]
    _publish_next(project)
    acknowledge(project, user)
    again = take(user, project).assignments[0]
    assert again.id != held.id
    assert again.guideline_version.number == 2
    with pytest.raises(LeaseLost):
        submit(user, held)


def _publish_next(project, change="semantic"):
    publish_guideline(project, change=change, review=uuid4())
