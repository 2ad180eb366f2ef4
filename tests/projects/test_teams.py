"""Teams over REST and on the members page: made, renamed, filled, deleted when nothing is in them."""

import pytest

from events.models import Event
from projects.models import Membership, Team
from tests.factories import client_for, make_items, make_member, make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project()


@pytest.fixture
def api(project):
    return client_for(project.created_by)


def url_of(project):
    return f"/api/v1/projects/{project.slug}/teams"


def test_a_team_is_made_renamed_and_deleted_under_if_match(project, api):
    made = api.post(url_of(project), {"name": "Day"}, format="json")
    assert made.status_code == 201, made.content
    assert made.json() == {"id": made.json()["id"], "name": "Day", "members": 0}
    where = made["Location"]
    assert api.get(where)["ETag"] == made["ETag"]
    assert api.post(url_of(project), {"name": "Day"}, format="json").json()["code"] == "team_exists"
    assert api.patch(where, {"name": "Night"}, format="json").status_code == 428
    assert api.patch(where, {"name": "Night"}, format="json", headers={"If-Match": '"old"'}).status_code == 412
    renamed = api.patch(where, {"name": "Night"}, format="json", headers={"If-Match": made["ETag"]})
    assert (renamed.status_code, renamed.json()["name"]) == (200, "Night")
    assert api.delete(where, headers={"If-Match": made["ETag"]}).status_code == 412
    assert api.delete(where, headers={"If-Match": renamed["ETag"]}).status_code == 204
    assert api.get(where).status_code == 404
    events = Event.objects.filter(object_type="team").order_by("id")
    assert [e.action for e in events] == ["project.changed"] * 3
    assert all(e.request_id for e in events)


def test_a_members_team_is_set_and_cleared_and_told_to_the_log(project, api):
    user = make_member(project, "annotator")
    where = f"/api/v1/projects/{project.slug}/members/{user.id}"
    assert api.patch(where, {"team": "Day"}, format="json", headers={"If-Match": "*"}).json()["team"] == "Day"
    assert api.get(url_of(project)).json()["results"][0]["members"] == 1
    same = api.patch(where, {"roles": ["annotator"]}, format="json", headers={"If-Match": "*"})
    assert same.json()["team"] == "Day"
    team = Team.objects.get()
    refused = api.delete(f"{url_of(project)}/{team.id}", headers={"If-Match": "*"})
    assert (refused.status_code, refused.json()["code"]) == (409, "team_in_use")
    assert api.patch(where, {"team": None}, format="json", headers={"If-Match": "*"}).json()["team"] is None
    assert Event.objects.filter(action="member.changed").count() == 3
    assert api.delete(f"{url_of(project)}/{team.id}", headers={"If-Match": "*"}).status_code == 204


def test_a_team_that_a_batch_is_reserved_for_stays(project, api):
    team = api.post(url_of(project), {"name": "Day"}, format="json").json()
    make_items(project, 1, reserved_for={"teams": ["Day"]})
    assert api.delete(f"{url_of(project)}/{team['id']}", headers={"If-Match": "*"}).json()["code"] == "team_in_use"


def test_others_have_no_teams(project):
    annotator, stranger = make_member(project, "annotator"), make_user()
    assert client_for(annotator).post(url_of(project), {"name": "x"}, format="json").status_code == 403
    assert client_for(stranger, ["tokens:manage"]).get(url_of(project)).status_code == 404
    other = make_project()
    theirs = Team.objects.create(project=other, name="Theirs")
    where = f"{url_of(project)}/{theirs.id}"
    assert client_for(project.created_by).delete(where, headers={"If-Match": "*"}).status_code == 404


def test_the_list_of_teams_costs_the_same_for_one_and_three(project, api, django_assert_num_queries):
    Team.objects.create(project=project, name="One")
    api.get(url_of(project))
    with django_assert_num_queries(3) as one:
        api.get(url_of(project))
    Team.objects.create(project=project, name="Two")
    Team.objects.create(project=project, name="Three")
    with django_assert_num_queries(len(one)):
        assert [t["name"] for t in api.get(url_of(project)).json()["results"]] == ["One", "Two", "Three"]


def test_the_members_page_keeps_teams(project, client):
    client.force_login(project.created_by)
    user = make_member(project, "annotator")
    page = f"/p/{project.slug}/members/"
    assert client.post(f"{page}teams/", {"name": "Day"}).status_code == 302
    assert client.post(f"{page}teams/", {"name": "Day"}, follow=True).content.count(b"team of this name already") == 1
    team = Team.objects.get()
    assert client.post(f"{page}{user.id}/team/", {"team": str(team.id)}).status_code == 302
    assert Membership.objects.get(user=user, project=project).team == team
    shown = client.get(page).content.decode()
    assert "Day" in shown
    assert "1 member" in shown
    assert client.post(f"{page}teams/{team.id}/", {"name": "Night"}).status_code == 302
    assert b"Move them first" in client.post(f"{page}teams/{team.id}/delete/", follow=True).content
    assert client.post(f"{page}{user.id}/team/", {"team": ""}).status_code == 302
    assert client.post(f"{page}teams/{team.id}/delete/").status_code == 302
    assert not Team.objects.exists()


def test_only_managers_change_teams_on_the_page(project, client):
    client.force_login(make_member(project, "annotator"))
    assert client.post(f"/p/{project.slug}/members/teams/", {"name": "Day"}).status_code == 403
    client.force_login(make_user())
    assert client.post(f"/p/{project.slug}/members/teams/", {"name": "Day"}).status_code == 404
