"""Home, project, items, log: for the member, the wrong role and the stranger, at a cost that does not grow."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import (
    acknowledge,
    label,
    make_items,
    make_member,
    make_project,
    make_user,
    publish_guideline,
    settle,
)

pytestmark = pytest.mark.django_db(transaction=True)
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def project():
    made = make_project(overlap=2)
    people = [make_member(made, "annotator"), make_member(made, "annotator")]
    publish_guideline(made)
    acknowledge(made, *people)
    make_items(made, 2)
    label(people[0], made, {"tone": "calm"}, 2)
    label(people[1], made, {"tone": "angry"}, 2)
    settle()
    made.annotators = people
    return made


def get(client, user, path):
    client.force_login(user, backend=BACKEND)
    return client.get(path)


def test_home_says_what_to_do_next_in_each_role(client, project):
    page = get(client, project.created_by, "/").content.decode()
    assert project.name in page
    assert "Next: invite an adjudicator" in page
    assert (
        "All done. Every item that is open to you has all its answers"
        in get(client, project.annotators[0], "/").content.decode()
    )
    expert = make_member(project, "adjudicator")
    assert "2 cases wait for a decision" in get(client, expert, "/").content.decode()
    consumer = make_member(project, "consumer")
    assert "No release is published yet" in get(client, consumer, "/").content.decode()
    assert "You are in no project yet" in get(client, make_user(), "/").content.decode()
    client.logout()
    assert client.get("/").status_code == 302


@pytest.mark.parametrize("place", ["", "items/", "log/"])
def test_a_managers_pages_are_closed_to_others(client, project, place):
    path = f"/p/{project.slug}/{place}"
    assert get(client, project.created_by, path).status_code == 200
    assert get(client, project.annotators[0], path).status_code == (200 if place == "" else 403)
    assert get(client, make_user(), path).status_code == 404


def test_an_item_shows_its_labels_case_and_state_to_managers_only(client, project):
    page = get(client, project.created_by, f"/p/{project.slug}/items/?state=in_case").content.decode()
    path = re.search(rf'href="(/p/{project.slug}/items/[0-9a-f-]{{36}}/)"', page).group(1)
    shown = client.get(path).content.decode()
    assert "in a case" in shown
    assert "Text number" in shown
    assert project.annotators[0].name in shown
    assert get(client, project.annotators[0], path).status_code == 403
    assert get(client, project.created_by, f"/p/{project.slug}/items/not-an-id/").status_code == 404


def test_items_can_be_searched_and_say_when_nothing_fits(client, project):
    found = get(client, project.created_by, f"/p/{project.slug}/items/?q=number 1").content.decode()
    assert "Text number 1" in found
    assert "Text number 0" not in found
    assert "No item fits" in client.get(f"/p/{project.slug}/items/?q=absent").content.decode()


@pytest.mark.parametrize("place", ["items/", "log/", ""])
def test_a_page_costs_the_same_for_few_and_many_rows(client, project, place):
    path = f"/p/{project.slug}/{place}"
    get(client, project.created_by, path)
    with CaptureQueriesContext(
        connection,
    ) as few:
        assert client.get(path).status_code == 200
    make_items(project, 6)
    settle()
    with CaptureQueriesContext(connection) as many:
        assert client.get(path).status_code == 200
    assert len(many) == len(few), [q["sql"][:120] for q in many][-5:]
    assert len(few) <= 30


def test_every_error_code_has_its_page(client):
    page = client.get("/docs/errors/lease_lost/")
    assert page.status_code == 200
    assert client.get("/docs/errors/no_such_code/").status_code == 404
