"""The labeling screen: its boot data, and who is sent where."""

import json
import re
from uuid import uuid4

import pytest

from tests.annotation.stock import ANSWER, ready
from tests.factories import label, make_member, make_project, make_user, publish_guideline

pytestmark = pytest.mark.django_db


def page(client, user, project):
    client.force_login(user)
    return client.get(f"/p/{project.slug}/label/")


def boot_of(answer):
    found = re.search(r'<script id="boot" type="application/json">(.*?)</script>', answer.content.decode(), re.DOTALL)
    assert found
    return json.loads(found[1])


def test_the_page_carries_what_the_screen_needs(client):
    project, [user], _, _ = ready(3)
    label(user, project, ANSWER)
    answer = page(client, user, project)
    assert answer.status_code == 200
    boot = boot_of(answer)
    assert boot["project"] == {"slug": project.slug, "name": project.name}
    assert (boot["user_id"], boot["api"]) == (str(user.id), "/api/v1")
    assert boot["progress"] == {"done": 1, "left": 2, "drafts": 0, "skipped": 0}
    assert boot["preferences"] == {"single_keys": True, "keys": {}, "break_minutes": 50, "auto_advance": False}
    assert boot["guideline"]["number"] == 1
    assert boot["guideline"]["clauses"][0]["definition_html"]
    assert boot["guideline"]["label_schema"]["questions"][0]["name"] == "tone"
    assert boot["fields"] == project.fields


def test_who_must_acknowledge_is_sent_to_the_guideline(client):
    project, [user], _, _ = ready(1)
    publish_guideline(project, review=uuid4())
    answer = page(client, user, project)
    assert (answer.status_code, answer["Location"]) == (302, f"/p/{project.slug}/guideline/acknowledge/")


def test_a_project_without_a_guideline_says_so(client):
    project = make_project()
    answer = page(client, make_member(project, "annotator"), project)
    assert answer.status_code == 200
    assert "no published guideline" in answer.content.decode()


def test_the_page_is_for_annotators(client):
    project, _, _, _ = ready(1)
    assert page(client, make_user(), project).status_code == 404
    for role in ("manager", "adjudicator", "consumer"):
        assert page(client, make_member(project, role), project).status_code == 403
    client.logout()
    assert client.get(f"/p/{project.slug}/label/").status_code == 302
