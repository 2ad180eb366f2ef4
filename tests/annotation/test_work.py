"""What an annotator can do next, and exactly why there is nothing."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation import services
from annotation.work import work_left
from intake import services as intake
from tests.annotation.stock import ANSWER, ready, submit, take
from tests.annotation.test_training import RIGHT, WRONG, hidden, practised
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


def kept_for(project, user):
    return {"reserved_for": {"annotators": [str(user.id)]}}


def test_without_a_guideline_and_before_reading_it():
    project = make_project()
    user = make_member(project, "annotator")
    assert work_left(user, project).state == "no_guideline"
    publish_guideline(project)
    unread = work_left(user, project)
    assert (unread.state, unread.unread) == ("acknowledge", 1)
    acknowledge(project, user)
    assert work_left(user, project).reasons == ("empty",)


def test_work_is_counted_with_what_is_in_hand_and_within_the_quota():
    project, [user], _, opened = ready(5, overlap=1)
    held = take(user, project, 2).assignments
    services.save_draft(by=actor(user), assignment_id=held[0].id, fence=held[0].fence, answers=ANSWER)
    submit(user, held[1])
    found = work_left(user, project)
    assert (found.state, found.left, found.done, found.in_hand, found.drafts) == ("work", 4, 1, 1, 1)
    assert found.sentences == ["Finish 1 draft that you began.", "4 items wait for you, 1 done."]
    opened.batch.quota = 3
    opened.batch.save()
    assert work_left(user, project).left == 2
    assert found.headline == "4 items to label"


def test_everything_has_its_answers():
    project, [user], _, _ = ready(2, overlap=1)
    label(user, project, ANSWER, 2)
    found = work_left(user, project)
    assert (found.state, found.reasons, found.headline) == ("nothing", ("done",), "All done")


def test_others_hold_the_last_items():
    project, [user, other], _, _ = ready(1, people=2, overlap=1)
    held = take(other, project).assignments[0]
    found = work_left(user, project)
    assert (found.reasons, found.free_at) == (("leased",), held.expires_at)
    assert f"by {held.expires_at:%H:%M} UTC" in found.sentences[0]
    assert "within 15 minutes" in found.sentences[0]


def test_the_rest_is_reserved_for_others():
    project, [user, other], _, _ = ready(0, people=2)
    make_items(project, 2, **kept_for(project, other))
    assert work_left(user, project).reasons == ("reserved",)
    assert work_left(other, project).left == 2


def test_the_quota_is_used_up_and_other_people_have_to_come():
    project, [user, _], _, _ = ready(0, people=2)
    make_items(project, 3, overlap=2, quota=1)
    label(user, project, ANSWER, 3)
    found = work_left(user, project)
    assert (found.reasons, found.quotas) == (("quota",), (1,))
    assert "1. Others do the rest" in found.sentences[0]
    assert found.done == 1


def test_ones_part_is_done_while_others_have_to_come():
    project, [user], _, _ = ready(2, overlap=2)
    label(user, project, ANSWER, 2)
    assert work_left(user, project).reasons == ("others",)


def test_what_one_skipped_waits_for_somebody_else():
    project, [user], _, _ = ready(1, overlap=1)
    held = take(user, project).assignments[0]
    services.skip_assignment(by=actor(user), assignment_id=held.id, fence=held.fence, reason="x")
    assert work_left(user, project).reasons == ("set_aside",)


def test_several_reasons_are_all_told():
    project, [user, other], _, _ = ready(1, people=2, overlap=1)
    take(other, project)
    make_items(project, 1, **kept_for(project, other))
    found = work_left(user, project)
    assert found.reasons == ("leased", "reserved")
    assert len(found.sentences) == 2


def test_the_cost_is_the_same_however_many_items_there_are(django_assert_num_queries):
    project, [user, other], _, opened = ready(3, people=2, overlap=1)
    label(user, project, ANSWER, 3)
    with CaptureQueriesContext(connection) as few:
        assert work_left(user, project).state == "nothing"
    rows = [intake.NewItem(f"more-{n}", {"text": f"More {n}"}, {}) for n in range(60)]
    intake.create_items(by=actor(project.created_by), project=project, batch=opened.batch, rows=rows)
    services.enqueue_items(round=opened)
    label(other, project, ANSWER, 60)
    with django_assert_num_queries(len(few)):
        assert work_left(user, project).state == "nothing"
    assert len(few) < 20


def test_the_labeling_page_reads_the_same_words(client):
    project, [user], _, _ = ready(1, overlap=1)
    label(user, project, ANSWER, 1)
    client.force_login(user)
    told = client.get(f"/p/{project.slug}/label/work/").json()
    work = work_left(user, project)
    assert told == {"state": "nothing", "what": work.headline, "why": work.sentences}
    client.force_login(project.created_by)
    assert client.get(f"/p/{project.slug}/label/work/").status_code == 403
    client.force_login(make_user())
    assert client.get(f"/p/{project.slug}/label/work/").status_code == 404


def test_the_first_steps_are_shown_until_they_are_taken(client):
    project = make_project()
    publish_guideline(project)
    make_items(project, 2, overlap=1)
    user = make_member(project, "annotator")
    client.force_login(user)
    page = client.get(f"/p/{project.slug}/").content.decode()
    assert "Your first steps" in page
    assert "Guideline version 1 is new" in page
    acknowledge(project, user)
    assert "Label your first item" in client.get(f"/p/{project.slug}/").content.decode()
    label(user, project, ANSWER, 1)
    page = client.get(f"/p/{project.slug}/").content.decode()
    assert "Your first steps" not in page
    assert "1 item waits for you, 1 done" in page


def test_practice_and_pauses_are_told():
    project, [user], _, _ = practised(number=2, pass_mark=0.75)
    first = work_left(user, project)
    assert (first.state, first.left) == ("training", 2)
    assert first.sentences == [
        "0 of 2 practice items done; each answer is explained.", "With 75\u00a0% right you go on to real items.",
    ]  # fmt: skip
    for held, answers in zip(take(user, project, 2).assignments, (RIGHT, WRONG), strict=True):
        submit(user, held, answers)
    again = work_left(user, project)
    assert (again.state, again.sentences[0]) == (
        "try_again",
        "50\u00a0% of your answers were right; 75\u00a0% are asked for.",
    )


def test_who_is_paused_is_told_why():
    project, user, _, _ = hidden(window=10)
    label(user, project, WRONG, 60)
    paused = work_left(user, project)
    assert (paused.state, paused.left) == ("paused", 0)
    assert "0 of the last 5 checked answers were right" in paused.sentences[0]


def test_the_page_of_practice_begins_another_try(client):
    project, [user], _, _ = practised(number=2, pass_mark=0.75)
    client.force_login(user)
    assert "Practise" in client.get(f"/p/{project.slug}/").content.decode()
    for held in take(user, project, 2).assignments:
        submit(user, held, WRONG)
    page = client.get(f"/p/{project.slug}/practice/").content.decode()
    assert "Begin another practice round" in page
    assert "Practise again" in client.get("/").content.decode()
    assert client.post(f"/p/{project.slug}/practice/")["Location"] == f"/p/{project.slug}/label/"
    assert work_left(user, project).state == "training"
    assert b"There is no practice round to begin" in client.post(f"/p/{project.slug}/practice/", follow=True).content
    client.force_login(make_user())
    assert client.get(f"/p/{project.slug}/practice/").status_code == 404
