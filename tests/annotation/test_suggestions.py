"""Suggestions: posting and reading them, the settings, and the page of a manager."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from annotation.models import Suggestion
from annotation.services.suggesting import NewSuggestion, post_suggestions
from events.models import Event
from projects.agents import add_agent
from tests.annotation.stock import ready, submit, take
from tests.factories import (
    CHOICE,
    RATING,
    acknowledge,
    actor,
    client_for,
    make_items,
    make_member,
    make_project,
    make_user,
    publish_guideline,
)

pytestmark = pytest.mark.django_db
API = "/api/v1"
CALM = {"tone": "calm"}
TAGS = {
    "name": "tags", "kind": "multichoice", "title": "Which?", "required": False,
    "labels": [{"value": v, "title": v.upper()} for v in ("a", "b", "c")],
}  # fmt: skip


def make_model(project, name="tagger", roles=("annotator",), kind="model"):
    """(user, an API client with the model's token)"""
    member, secret = add_agent(
        by=actor(project.created_by), project=project, kind=kind, name=name, roles=roles, now=timezone.now()
    )
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return member.user, client


def row(item, answers=None, version="1", **more):
    return {"item": str(item.id), "answers": CALM if answers is None else answers, "version": version} | more


def post(client, project, *rows):
    return client.post(f"{API}/projects/{project.slug}/suggestions", {"suggestions": list(rows)}, format="json")


def suggest(user, project, item, answers=None, version="1", score=None):
    new = NewSuggestion(answers=CALM if answers is None else answers, version=version, item=item.id, score=score)
    return post_suggestions(by=actor(user), project=project, rows=[new], now=timezone.now()).created[0]


def show(project, **settings):
    project.settings["suggestions"] = {"show": True} | settings
    project.save(update_fields=["settings"])


def pointers(answer):
    return [error["pointer"] for error in answer.json()["errors"]]


# --- Posting -----------------------------------------------------------------------------------------------------


def test_a_model_posts_suggestions_by_id_and_external_id_with_one_event():
    project, _, items, _ = ready(3)
    model, client = make_model(project)
    answer = post(
        client, project, row(items[0], score=0.87),
        {"external_id": items[1].external_id, "answers": {"tone": "angry"}, "version": "1"},
    )  # fmt: skip
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert [s["item"] for s in body["suggestions"]] == [str(items[0].id), str(items[1].id)]
    assert body["existing"] == []
    stored = Suggestion.objects.get(pk=body["suggestions"][0]["id"])
    assert (stored.agent, stored.version, stored.score, stored.answers) == (model, "1", 0.87, CALM)
    [event] = Event.objects.filter(action="suggestion.created")
    assert event.details["ids"] == [s["id"] for s in body["suggestions"]]
    assert event.request_id == answer["X-Request-ID"]
    assert stored.event == event.id


def test_an_equal_suggestion_exists_and_a_different_one_is_refused_by_name():
    project, _, items, _ = ready(2)
    _, client = make_model(project)
    first = post(client, project, row(items[0], score=1)).json()["suggestions"]
    again = post(client, project, row(items[0], score=1.0), row(items[1]))
    assert again.json()["existing"] == first
    assert len(again.json()["suggestions"]) == 1
    other = post(client, project, row(items[1]), row(items[0], {"tone": "angry"}, score=1))
    assert (other.status_code, other.json()["code"], pointers(other)) == (409, "suggestion_exists", ["#/suggestions/1"])
    assert post(client, project, row(items[0], {"tone": "angry"}, version="2")).status_code == 201
    _, second = make_model(project, "second")
    assert post(second, project, row(items[0], {"tone": "angry"})).status_code == 201
    assert Event.objects.filter(action="suggestion.created").count() == 4


def test_a_row_given_twice_counts_once():
    project, _, items, _ = ready(1)
    _, client = make_model(project)
    twice = post(client, project, row(items[0]), row(items[0]))
    assert len(twice.json()["suggestions"]) == 1
    unlike = post(client, project, row(items[0], version="2"), row(items[0], {"tone": "angry"}, version="2"))
    assert (unlike.status_code, pointers(unlike)) == (409, ["#/suggestions/1"])
    assert Suggestion.objects.count() == 1


def test_what_is_wrong_is_named_by_row_and_answer_and_nothing_is_kept():
    project, _, items, _ = ready(2)
    publish_guideline(project, [CHOICE, RATING])
    _, [foreign], _ = make_items(make_project(), 1)
    _, client = make_model(project)
    answer = post(
        client, project, row(items[0]), row(items[1], {"tone": "wild", "force": 9}), row(items[1], {"colour": "red"}),
        {"item": str(uuid4()), "answers": CALM, "version": "1"}, row(foreign),
        {"external_id": "never", "answers": CALM, "version": "1"}, {"answers": CALM, "version": "1"},
    )  # fmt: skip
    assert answer.status_code == 422, answer.content
    assert pointers(answer) == [
        "#/suggestions/1/answers/tone", "#/suggestions/1/answers/force", "#/suggestions/2/answers/colour",
        "#/suggestions/3/item", "#/suggestions/4/item", "#/suggestions/5/external_id", "#/suggestions/6/item",
    ]  # fmt: skip
    assert not Suggestion.objects.exists()
    assert not Event.objects.filter(action="suggestion.created").exists()


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"answers": {}}, "#/suggestions/0/answers"),
        ({"score": 1.2}, "#/suggestions/0/score"),
        ({"version": ""}, "#/suggestions/0/version"),
        ({"colour": 1}, "#/suggestions/0/colour"),
    ],
)
def test_shapes_are_checked(changes, pointer):
    project, _, items, _ = ready(1)
    _, client = make_model(project)
    answer = post(client, project, row(items[0]) | changes)
    assert answer.status_code == 422
    assert pointers(answer)[0].startswith(pointer)


def test_a_suggestion_may_leave_required_questions_out():
    project, _, items, _ = ready(1)
    publish_guideline(project, [CHOICE, RATING])
    _, client = make_model(project)
    assert post(client, project, row(items[0], {"force": 3})).status_code == 201


def test_at_most_a_thousand_in_one_call():
    project, _, items, _ = ready(1)
    _, client = make_model(project)
    answer = post(client, project, *[row(items[0], version=str(n)) for n in range(1001)])
    assert answer.status_code == 422
    with CaptureQueriesContext(connection) as few:
        assert post(client, project, row(items[0])).status_code == 201
    with CaptureQueriesContext(connection) as many:
        assert post(client, project, *[row(items[0], version=f"x{n}") for n in range(50)]).status_code == 201
    assert len(many) == len(few)


def test_programs_that_are_members_and_managers_post_and_nobody_else():
    project, [user], items, _ = ready(1)
    _, plain = make_model(project, "plain", roles=(), kind="service")
    assert post(plain, project, row(items[0])).status_code == 201
    assert post(client_for(project.created_by), project, row(items[0])).status_code == 201
    assert post(client_for(user), project, row(items[0])).json()["code"] == "insufficient_scope"
    browser = APIClient()
    browser.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert post(browser, project, row(items[0])).json()["code"] == "wrong_role"
    _, foreign = make_model(make_project())
    assert post(foreign, project, row(items[0])).status_code == 404
    assert post(APIClient(), project, row(items[0])).status_code == 401


def test_without_a_guideline_there_is_nothing_to_hold_a_suggestion_against():
    project = make_project()
    _, items, _ = make_items(project, 1)
    _, client = make_model(project)
    answer = post(client, project, row(items[0]))
    assert (answer.status_code, answer.json()["code"]) == (409, "no_guideline")


# --- Reading -----------------------------------------------------------------------------------------------------


def test_managers_list_and_filter_suggestions():
    project, [user], items, _ = ready(2)
    model, _ = make_model(project)
    first = suggest(model, project, items[0], score=0.5)
    second = suggest(model, project, items[1], version="2")
    manager, url = client_for(project.created_by), f"{API}/projects/{project.slug}/suggestions"
    listed = manager.get(url).json()["results"]
    assert [s["id"] for s in listed] == [str(second.id), str(first.id)]
    assert listed[1] == {
        "id": str(first.id), "item": str(items[0].id), "external_id": items[0].external_id,
        "agent": {"id": str(model.id), "name": "tagger"}, "version": "1", "score": 0.5, "answers": CALM,
        "created_at": listed[1]["created_at"],
    }  # fmt: skip
    for query in (f"item={items[1].id}", "version=2", f"agent={model.id}&version=2"):
        assert [s["id"] for s in manager.get(f"{url}?{query}").json()["results"]] == [str(second.id)], query
    assert manager.get(f"{url}?agent={user.id}").json()["results"] == []
    assert manager.get(f"{url}?limit=1").json()["next"] is not None
    assert manager.get(f"{url}?colour=red").status_code == 400
    assert client_for(user).get(url).json()["code"] == "wrong_role"
    assert client_for(make_user(), []).get(url).status_code == 404


def test_a_manager_who_labels_reads_only_what_cannot_influence_him():
    project, _, items, _ = ready(2)
    model, _ = make_model(project)
    for item in items:
        suggest(model, project, item)
    lead = make_member(project, "manager", "annotator")
    acknowledge(project, lead)
    client, url = client_for(lead), f"{API}/projects/{project.slug}/suggestions"
    assert client.get(url).json()["results"] == []
    [given] = take(lead, project).assignments
    submit(lead, given)
    assert [s["item"] for s in client.get(url).json()["results"]] == [str(given.item_id)]


def test_the_list_costs_the_same_for_one_and_three_suggestions():
    project, _, items, _ = ready(3)
    model, _ = make_model(project)
    manager, url = client_for(project.created_by), f"{API}/projects/{project.slug}/suggestions"
    suggest(model, project, items[0])
    manager.get(url)
    with CaptureQueriesContext(connection) as one:
        manager.get(url)
    suggest(model, project, items[1])
    suggest(model, project, items[2])
    with CaptureQueriesContext(connection) as three:
        manager.get(url)
    assert len(three) == len(one)


# --- Settings ----------------------------------------------------------------------------------------------------


def patch(project, settings):
    client = client_for(project.created_by)
    body = {"settings": {"suggestions": settings}}
    return client.patch(f"{API}/projects/{project.slug}", body, format="json", HTTP_IF_MATCH="*")


def test_settings_are_checked_and_kept():
    project, _, _, _ = ready(1)
    model, _ = make_model(project)
    kept = patch(project, {"show": True, "agent": str(model.id), "version": "2"})
    assert kept.status_code == 200, kept.content
    assert kept.json()["settings"]["suggestions"] == {"show": True, "agent": str(model.id), "version": "2"}
    assert patch(project, {"agent": None}).json()["settings"]["suggestions"] == {"show": True, "version": "2"}
    for wrong, pointer in [
        ({"show": "true"}, "#/settings/suggestions/show"),
        ({"agent": "tagger"}, "#/settings/suggestions/agent"),
        ({"agent": str(uuid4())}, "#/settings/suggestions/agent"),
        ({"hide": True}, "#/settings/suggestions/hide"),
    ]:
        answer = patch(project, wrong)
        assert (answer.status_code, pointers(answer)) == (422, [pointer]), answer.content
    assert patch(project, None).json()["settings"].get("suggestions") is None


# --- The page ----------------------------------------------------------------------------------------------------


def signed_in(client, user):
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_a_manager_switches_suggestions_on_and_sees_how_they_fared(client):
    project, [user], items, _ = ready(1)
    model, _ = make_model(project)
    suggest(model, project, items[0])
    url = f"/p/{project.slug}/suggestions/"
    signed_in(client, project.created_by)
    assert b"Nobody sees suggestions" in client.get(url).content
    assert client.post(url, {"show": "on", "agent": str(model.id), "version": ""}).status_code == 302
    project.refresh_from_db()
    assert project.settings["suggestions"] == {"show": True, "agent": str(model.id), "version": None}
    assert "minimums" in project.settings
    [given] = take(user, project).assignments
    submit(user, given)
    page = client.get(url)
    assert b"Annotators see suggestions" in page.content
    [record] = page.context["records"]
    assert (record.agent, record.accepted, record.judged) == (model, 1, 1)
    assert client.post(url, {"agent": str(uuid4())}).status_code == 422
    assert client.post(url, {"agent": ""}).status_code == 302
    project.refresh_from_db()
    assert project.settings["suggestions"]["show"] is False


def test_the_page_is_for_managers_alone(client):
    project, [user], _, _ = ready(1)
    assert signed_in(client, user).get(f"/p/{project.slug}/suggestions/").status_code == 403
    assert signed_in(client, make_user()).get(f"/p/{project.slug}/suggestions/").status_code == 404


def test_the_labeling_page_knows_whether_suggestions_are_shown(client):
    project, [user], _, _ = ready(1)
    signed_in(client, user)
    assert client.get(f"/p/{project.slug}/label/").context["boot"]["suggestions"] is False
    show(project)
    assert client.get(f"/p/{project.slug}/label/").context["boot"]["suggestions"] is True
