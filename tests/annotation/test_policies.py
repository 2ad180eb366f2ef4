"""How batches are given out: overlap, priority, order, reserved for teams or persons, a quota for each person."""

import pytest

from annotation import selectors, services
from annotation.models import Annotation, Assignment, QueueEntry, QueueMark
from annotation.services import rounds
from events.models import Event
from intake import services as intake
from projects import services as projects
from projects.models import Membership
from tests.annotation.stock import ANSWER, ready, ready_policies, run_out, submit, take
from tests.factories import acknowledge, actor, client_for, label, make_items, make_member, make_project, make_user

pytestmark = pytest.mark.django_db


def put_into(project, user, team):
    member = Membership.objects.get(project=project, user=user)
    projects.change_member(by=actor(project.created_by), member=member, roles=None, team=team, verify=lambda _: None)


def change(batch, **changes):
    """What a manager's PATCH does."""
    client = client_for(batch.project.created_by)
    url = f"/api/v1/projects/{batch.project.slug}/batches/{batch.id}"
    return client.patch(url, changes, format="json", headers={"If-Match": "*"})


def names(given):
    return [a.item.fields["text"] for a in given.assignments]


# --- Quota -------------------------------------------------------------------------------------------------------


def test_a_quota_is_kept_however_much_is_asked_for_at_once():
    project, [user, other], _, opened = ready(6, people=2, overlap=1)
    assert change(opened.batch, quota=2).status_code == 200
    answer = take(user, project, 5)
    assert (len(answer.assignments), answer.reason) == (2, "queue_empty")
    for held in answer.assignments:
        submit(user, held)
    assert take(user, project, 5).assignments == []
    assert len(take(other, project, 5).assignments) == 2


def test_a_withdrawn_answer_leaves_room_within_the_quota_and_a_lowered_quota_takes_nothing_back():
    project, [user], _, opened = ready(6, overlap=1)
    change(opened.batch, quota=3)
    done = label(user, project, ANSWER, 3)
    services.withdraw_annotation(by=actor(user), annotation_id=done[0].id, now=done[0].created_at)
    assert [a.item_id for a in take(user, project, 5).assignments] == [done[0].item_id]
    change(opened.batch, quota=1)
    held = take(user, project, 5).assignments
    assert [a.item_id for a in held] == [done[0].item_id]
    run_out(*held)
    assert take(user, project, 5).assignments == []


def test_a_raised_quota_counts_at_the_next_next():
    project, [user], _, opened = ready(6, overlap=1)
    change(opened.batch, quota=1)
    assert len(label(user, project, ANSWER, 6)) == 1
    change(opened.batch, quota=None)
    assert len(label(user, project, ANSWER, 6)) == 5


# --- Audience ----------------------------------------------------------------------------------------------------


def test_a_reserved_batch_goes_to_its_team_and_its_persons_only():
    project, [one, two, three], _, opened = ready(3, people=3, overlap=2)
    put_into(project, one, "Day")
    answer = change(opened.batch, reserved_for={"teams": ["Day"], "annotators": [str(two.id)]})
    assert answer.json()["reserved_for"] == {"teams": ["Day"], "annotators": [str(two.id)]}
    assert len(take(one, project, 9).assignments) == 3
    assert len(take(two, project, 9).assignments) == 3
    none = take(three, project)
    assert (none.assignments, none.reason) == ([], "queue_empty")
    put_into(project, one, "")
    assert len(take(one, project, 9).assignments) == 3  # what is in hand stays
    run_out(*Assignment.objects.filter(annotator=one))
    assert take(one, project, 9).assignments == []
    assert change(opened.batch, reserved_for=None).json()["reserved_for"] == {"teams": [], "annotators": []}
    assert len(take(three, project, 9).assignments) == 3
    assert not list(selectors.wrong_counts())


def test_an_audience_is_merged_by_its_parts_and_written_to_the_log():
    project, [one, two], _, opened = ready(1, people=2)
    change(opened.batch, reserved_for={"annotators": [str(one.id)]})
    put_into(project, two, "Night")
    changed = change(opened.batch, reserved_for={"teams": ["Night"]}).json()
    assert changed["reserved_for"] == {"teams": ["Night"], "annotators": [str(one.id)]}
    assert Event.objects.filter(action="project.changed", object_type="batch").count() == 3


def test_an_audience_names_what_the_project_has():
    project, _, _, opened = ready(1)
    foreign = make_member(make_project(), "annotator")
    manager = project.created_by
    answer = change(opened.batch, reserved_for={"teams": ["None"], "annotators": [str(foreign.id), str(manager.id)]})
    assert answer.status_code == 422
    assert [e["pointer"] for e in answer.json()["errors"]] == [
        "#/reserved_for/teams/0", "#/reserved_for/annotators/0", "#/reserved_for/annotators/1",
    ]  # fmt: skip
    assert change(opened.batch, reserved_for={"team": []}).status_code == 422
    assert change(opened.batch, quota=0).status_code == 422


def test_a_batch_is_made_with_its_policy():
    project, [user], _, _ = ready(0)
    put_into(project, user, "Day")
    client = client_for(project.created_by)
    body = {
        "name": "June",
        "overlap": 1,
        "priority": 5,
        "order": "random",
        "quota": 7,
        "reserved_for": {"teams": ["Day"]},
    }
    made = client.post(f"/api/v1/projects/{project.slug}/batches", body, format="json")
    assert made.status_code == 201, made.content
    assert made.json()["reserved_for"] == {"teams": ["Day"], "annotators": []}
    assert (made.json()["quota"], made.json()["items"]) == (7, 0)
    assert client.get(made["Location"])["ETag"] == made["ETag"]
    assert len(client.get(f"/api/v1/projects/{project.slug}/batches").json()["results"]) == 2


# --- Priority and order ------------------------------------------------------------------------------------------


def test_a_changed_priority_counts_at_the_next_next():
    project, [user], _, _ = ready(2)
    later, _, _ = make_items(project, texts=["urgent 1", "urgent 2"])
    assert names(take(user, project)) == ["Text number 0"]
    change(later, priority=3)
    assert names(take(user, project, 3))[1:] == ["urgent 1", "urgent 2"]


def test_a_changed_order_moves_what_waits_and_nothing_else():
    project, [user, other], items, opened = ready(30, people=2, overlap=2)
    held = take(user, project, 3).assignments
    submit(user, held[0])
    services.release_assignment(by=actor(user), assignment_id=held[1].id, fence=held[1].fence)
    before = dict(QueueEntry.objects.filter(round=opened).values_list("item", "again"))
    assert change(opened.batch, order="random").status_code == 200
    assert dict(QueueEntry.objects.filter(round=opened).values_list("item", "again")) == before
    given = [a.item_id for a in take(other, project, 10).assignments]
    assert given != [i.id for i in items[:10]]
    opened.refresh_from_db()
    places = list(QueueEntry.objects.filter(round=opened).values_list("position", flat=True))
    assert len(set(places)) == 30
    assert max(places) <= opened.last_place
    assert change(opened.batch, order="as_imported").status_code == 200
    assert sorted(take(other, project, 10).assignments[0].item_id for _ in range(1)) == given[:1]
    for person in (user, other):
        label(person, project, ANSWER, 60)
    assert Annotation.objects.filter(round=opened).count() == 60
    assert not list(selectors.wrong_counts())


def test_a_new_order_stands_behind_every_mark(monkeypatch):
    project, [user, other], _, opened = ready(80, people=2, overlap=2)
    label(user, project, ANSWER, 70)
    assert QueueMark.objects.filter(annotator=user).exists()
    change(opened.batch, order="random")
    assert len(label(user, project, ANSWER, 80)) == 10
    assert len(label(other, project, ANSWER, 200)) == 80


def test_very_many_waiting_items_keep_their_order(monkeypatch):
    _project, _, _, opened = ready(3)
    monkeypatch.setattr(rounds, "CHUNK", 2)
    refused = change(opened.batch, order="random")
    assert (refused.status_code, refused.json()["code"]) == (409, "order_fixed")
    assert refused.json()["errors"][0]["pointer"] == "#/order"
    opened.batch.refresh_from_db()
    assert opened.batch.order == "as_imported"


# --- Pages -------------------------------------------------------------------------------------------------------


@pytest.fixture
def place():
    project, people, items, opened = ready(4, people=2, overlap=2)
    return project, people, items, opened


def test_the_page_of_batches_shows_progress_and_policy(client, place, django_assert_num_queries):
    project, [one, _], _, opened = place
    put_into(project, one, "Day")
    change(opened.batch, reserved_for={"teams": ["Day"]}, quota=3, priority=2)
    label(one, project, ANSWER, 1)
    take(one, project)
    client.force_login(project.created_by)
    page = client.get(f"/p/{project.slug}/batches/")
    text = page.content.decode()
    for words in ("1 of 8", "team Day", "at most 3 for one person", "priority 2", "1 annotator short"):
        assert words in text, words
    with django_assert_num_queries(9) as first:
        client.get(f"/p/{project.slug}/batches/")
    make_items(project, 2)
    make_items(project, 2)
    with django_assert_num_queries(len(first)):
        client.get(f"/p/{project.slug}/batches/")


def test_a_batch_is_changed_on_its_page(client, place):
    project, [one, _], _, opened = place
    put_into(project, one, "Day")
    batch = opened.batch
    client.force_login(project.created_by)
    url = f"/p/{project.slug}/batches/{batch.id}/"
    page = client.get(url)
    seen = page.context["seen"]
    team = str(project.teams.get().id)
    form = {"name": batch.name, "overlap": "3", "priority": "4", "order": "random", "quota": "2", "teams": [team]}
    saved = client.post(url, form | {"seen": seen})
    assert saved.status_code == 302, saved.content
    batch.refresh_from_db()
    assert (batch.overlap, batch.priority, batch.order, batch.quota) == (3, 4, "random", 2)
    assert list(batch.audience.values_list("team", flat=True)) == [project.teams.get().id]
    stale = client.post(url, form | {"seen": seen})
    assert stale.status_code == 422
    assert b"Somebody else has changed this batch" in stale.content
    lower = client.post(url, form | {"overlap": "1", "seen": stale.context["seen"]})
    assert b"give at least that" in lower.content


def test_a_batch_is_made_on_a_page_and_a_taken_name_is_refused_at_its_field(client, place):
    project, _, _, opened = place
    client.force_login(project.created_by)
    url = f"/p/{project.slug}/batches/new/"
    form = {"name": opened.batch.name, "priority": "0", "order": "as_imported"}
    refused = client.post(url, form)
    assert refused.status_code == 422
    assert refused.context["form"].errors["name"]
    assert client.post(url, form | {"name": "Fresh"}).status_code == 302
    assert project.pk == intake.Batch.objects.get(name="Fresh").project_id


def test_batches_are_for_managers(client, place):
    project, [one, _], _, opened = place
    for user, status in ((one, 403), (make_user(), 404)):
        client.force_login(user)
        for path in ("", "new/", f"{opened.batch_id}/"):
            assert client.get(f"/p/{project.slug}/batches/{path}").status_code == status
    elsewhere = make_project()
    client.force_login(elsewhere.created_by)
    assert client.get(f"/p/{elsewhere.slug}/batches/{opened.batch_id}/").status_code == 404


def test_who_joins_later_is_part_of_everybody():
    project, _, _, _ = ready(2, overlap=1)
    later = make_member(project, "annotator")
    acknowledge(project, later)
    assert len(take(later, project, 5).assignments) == 2


def test_every_policy_is_finished_exactly():
    project, people, batches = ready_policies(people=6, items=4)
    for _ in range(40):
        for user in people:
            label(user, project, ANSWER, 1)
    for name, (batch, items, opened) in batches.items():
        rows = Annotation.objects.filter(round=opened)
        assert rows.count() == len(items) * batch.overlap, name
        assert rows.values("item", "annotator").distinct().count() == rows.count(), name
    assert not list(selectors.wrong_counts())
