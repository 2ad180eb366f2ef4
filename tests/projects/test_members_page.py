"""The members page: roles are changed on it, and tabs lead to what belongs to members."""

from typing import Any

import pytest
from django.test import Client

from events.models import Event
from projects.models import Membership
from tests.factories import make_member, make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Any:
    return make_project()


def _roles(project: Any, user: Any) -> list[str]:
    return Membership.objects.get(project=project, user=user).roles


def test_a_manager_changes_the_roles_of_a_member(project: Any, client: Client) -> None:
    client.force_login(project.created_by)
    user = make_member(project, "annotator")
    page = f"/p/{project.slug}/members/"
    shown = client.get(page).content.decode()
    assert f'value="annotator" id="role-{user.id}-annotator" checked' in shown
    assert f'value="manager" id="role-{user.id}-manager">' in shown
    answer = client.post(f"{page}{user.id}/roles/", {"roles": ["manager", "adjudicator"]})
    assert (answer.status_code, answer["Location"]) == (302, page)
    assert _roles(project, user) == ["adjudicator", "manager"]
    assert Event.objects.filter(action="member.changed", object_id=str(user.id)).count() == 1


@pytest.mark.parametrize("roles", [[], ["owner"]])
def test_a_member_keeps_at_least_one_known_role(project: Any, client: Client, roles: list[str]) -> None:
    client.force_login(project.created_by)
    user = make_member(project, "annotator")
    answer = client.post(f"/p/{project.slug}/members/{user.id}/roles/", {"roles": roles}, follow=True)
    assert b"at least one role" in answer.content
    assert _roles(project, user) == ["annotator"]


def test_the_last_manager_stays_one(project: Any, client: Client) -> None:
    owner = project.created_by
    client.force_login(owner)
    where = f"/p/{project.slug}/members/{owner.id}/roles/"
    answer = client.post(where, {"roles": ["annotator"]}, follow=True)
    assert b"A project needs a manager" in answer.content
    assert "manager" in _roles(project, owner)
    make_member(project, "manager")
    answer = client.post(where, {"roles": ["annotator"]})
    assert (answer.status_code, answer["Location"]) == (302, f"/p/{project.slug}/")
    assert _roles(project, owner) == ["annotator"]


def test_only_managers_change_roles(project: Any, client: Client) -> None:
    user, stranger = make_member(project, "annotator"), make_user()
    where = f"/p/{project.slug}/members/{user.id}/roles/"
    for who, status in ((user, 403), (stranger, 404)):
        client.force_login(who)
        assert client.post(where, {"roles": ["manager"]}).status_code == status
    client.force_login(project.created_by)
    assert client.get(where).status_code == 405
    for missing in (stranger.id, "x"):
        path = f"/p/{project.slug}/members/{missing}/roles/"
        assert client.post(path, {"roles": ["manager"]}).status_code == 404


@pytest.mark.parametrize("here", ["members/", "members/agents/", "suggestions/", "training/"])
def test_each_page_about_members_has_all_tabs(project: Any, client: Client, here: str) -> None:
    client.force_login(project.created_by)
    shown = client.get(f"/p/{project.slug}/{here}").content.decode()
    tabs = shown.partition('<nav class="tabs" aria-label="Members">')[2].partition("</nav>")[0]
    for tab in ("members/", "members/agents/", "suggestions/", "training/"):
        current = ' aria-current="page"' if tab == here else ""
        assert f'<a href="/p/{project.slug}/{tab}"{current}>' in tabs
