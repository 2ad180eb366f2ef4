"""The lists behind the queues of the labeling page: one's own, newest first, at the same cost whatever lies behind."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation import services
from annotation.own_work import ON_A_PAGE
from tests.annotation.stock import ANSWER, ready, submit, take
from tests.factories import actor, make_member, make_user

pytestmark = pytest.mark.django_db


def read(client, user, project, which):
    client.force_login(user)
    return client.get(f"/p/{project.slug}/label/own/{which}/")


def label_all(user, project):
    while given := take(user, project).assignments:
        submit(user, given[0])


def test_submitted_answers_come_ten_at_a_time_with_what_is_needed_to_look_at_them(client):
    project, [user, other], _, _ = ready(ON_A_PAGE + 2, people=2, overlap=2)
    label_all(user, project)
    submit(other, take(other, project).assignments[0])
    first = read(client, user, project, "submitted").json()
    assert len(first["results"]) == ON_A_PAGE
    row = first["results"][0]
    assert (row["answers"], row["guideline_version"]) == (ANSWER, 1)
    assert row["item"]["fields"]
    rest = client.get(first["next"]).json()
    assert (len(rest["results"]), rest["next"]) == (2, None)
    ids = [row["annotation"] for page in (first, rest) for row in page["results"]]
    assert len(set(ids)) == ON_A_PAGE + 2
    assert ids == sorted(ids, reverse=True)


def test_what_was_taken_back_or_superseded_is_not_among_them(client):
    project, [user], _, _ = ready(2)
    one, two = (submit(user, take(user, project).assignments[0]) for _ in range(2))
    newer = services.supersede_annotation(
        by=actor(user), annotation_id=one.id, changes={}, verify=lambda _: None, now=one.created_at
    )
    services.withdraw_annotation(by=actor(user), annotation_id=two.id, now=two.created_at)
    rows = read(client, user, project, "submitted").json()["results"]
    assert [row["annotation"] for row in rows] == [str(newer.id)]


def test_drafts_and_skips(client):
    project, [user], _, _ = ready(3)
    begun, passed, _ = take(user, project, count=3).assignments
    services.save_draft(by=actor(user), assignment_id=begun.id, fence=begun.fence, answers=ANSWER)
    services.skip_assignment(by=actor(user), assignment_id=passed.id, fence=passed.fence, reason="broken")
    drafts = read(client, user, project, "drafts").json()["results"]
    assert [(row["assignment"], row["fence"]) for row in drafts] == [(str(begun.id), begun.fence)]
    [row] = read(client, user, project, "skipped").json()["results"]
    assert (row["external_id"], row["reason"]) == (passed.item.external_id, "broken")
    assert "fields" not in row  # the item is with others now


def test_the_lists_are_for_annotators_and_name_three_queues(client):
    project, [user], _, _ = ready(1)
    assert read(client, user, project, "others").status_code == 404
    assert read(client, make_user(), project, "submitted").status_code == 404
    assert read(client, make_member(project, "manager"), project, "submitted").status_code == 403
    client.logout()
    assert client.get(f"/p/{project.slug}/label/own/submitted/").status_code == 302


@pytest.mark.parametrize("which", ["submitted", "drafts"])
def test_a_list_costs_as_many_queries_for_one_as_for_ten(client, which):
    counts = []
    for number in (1, 10):
        project, [user], _, _ = ready(number)
        for given in take(user, project, count=number).assignments:
            if which == "submitted":
                submit(user, given)
            else:
                services.save_draft(by=actor(user), assignment_id=given.id, fence=given.fence, answers=ANSWER)
        client.force_login(user)
        with CaptureQueriesContext(connection) as queries:
            assert len(client.get(f"/p/{project.slug}/label/own/{which}/").json()["results"]) == number
        counts.append(len(queries))
    assert counts[0] == counts[1]
