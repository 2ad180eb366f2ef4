"""Suggestions: posting them, showing them where the project says so, and what is kept of them at the submit."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from annotation import services
from annotation.models import Annotation, Assignment, Round, Suggestion
from annotation.services.suggesting import NewSuggestion, outcome_of, post_suggestions
from annotation.suggestions import records_of
from core.errors import Invalid
from events.models import Event
from guidelines import selectors as guidelines
from projects.agents import add_agent
from tests.annotation.stock import ready, run_out, submit, take
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


# --- Showing -----------------------------------------------------------------------------------------------------


def post_next(user, project, count=1):
    return client_for(user).post(f"{API}/projects/{project.slug}/next", {"count": count}, format="json").json()


def test_suggestions_are_off_unless_the_project_shows_them():
    project, [user], items, _ = ready(1)
    model, _ = make_model(project)
    suggest(model, project, items[0])
    [given] = post_next(user, project)["assignments"]
    assert given["suggestion"] is None
    assert Assignment.objects.get().suggestion is None


def test_the_newest_suggestion_is_pinned_and_shown_with_its_agent_version_and_score():
    project, [user, other], items, _ = ready(1, people=2)
    model, _ = make_model(project)
    second, _ = make_model(project, "second")
    suggest(model, project, items[0], score=0.5)
    newest = suggest(second, project, items[0], {"tone": "angry"}, score=0.87, version="b")
    show(project)
    [given] = post_next(user, project)["assignments"]
    assert given["suggestion"] == {
        "id": str(newest.id), "agent": {"id": str(second.id), "name": "second"}, "version": "b", "score": 0.87,
        "answers": {"tone": "angry"},
    }  # fmt: skip
    suggest(model, project, items[0], version="later")
    [again] = post_next(user, project)["assignments"]
    assert again["suggestion"] == given["suggestion"]
    assert post_next(other, project)["assignments"][0]["suggestion"]["version"] == "later"
    renewed = client_for(user).post(f"{API}/assignments/{given['id']}/renew", {"fence": given["fence"]}, format="json")
    assert renewed.json()["suggestion"] == given["suggestion"]


def test_the_settings_name_whose_suggestions_of_which_version_are_shown():
    project, [user, other, third], items, _ = ready(1, people=3)
    model, _ = make_model(project)
    second, _ = make_model(project, "second")
    suggest(model, project, items[0], version="1")
    suggest(model, project, items[0], version="2")
    suggest(second, project, items[0])
    show(project, agent=str(model.id))
    assert post_next(user, project)["assignments"][0]["suggestion"]["version"] == "2"
    show(project, agent=str(model.id), version="1")
    assert post_next(other, project)["assignments"][0]["suggestion"]["version"] == "1"
    show(project, version="3")
    assert post_next(third, project)["assignments"][0]["suggestion"] is None


def test_switched_off_a_pinned_suggestion_is_not_shown_but_stays_with_the_answer():
    project, [user], items, _ = ready(1)
    model, _ = make_model(project)
    suggestion = suggest(model, project, items[0])
    show(project)
    [given] = post_next(user, project)["assignments"]
    assert given["suggestion"] is not None
    project.settings["suggestions"] = {"show": False}
    project.save()
    [again] = post_next(user, project)["assignments"]
    assert again["suggestion"] is None
    held = Assignment.objects.get()
    run_out(held)
    services.save_draft(by=actor(user), assignment_id=held.id, fence=held.fence, answers=CALM)
    run_out(held)
    assert post_next(user, project)["assignments"][0]["suggestion"] is None
    newest = Assignment.objects.order_by("-id").first()
    assert newest.suggestion == suggestion
    assert submit(user, newest).suggestion == suggestion


def test_only_production_rounds_carry_suggestions():
    project, [user], items, _ = ready(2)
    model, _ = make_model(project)
    for item in items:
        suggest(model, project, item)
    show(project)
    services.open_reserved_round(
        project=project, kind=Round.Kind.CALIBRATION, overlap=1, people={items[1].id: [user.id]}, now=timezone.now()
    )
    given = post_next(user, project, 3)["assignments"]
    kinds = {str(pk): kind for pk, kind in Round.objects.values_list("pk", "kind")}
    assert [(kinds[a["round"]], a["suggestion"] is not None) for a in given] == [
        ("calibration", False), ("production", True), ("production", True),
    ]  # fmt: skip


def test_answers_that_the_version_shown_does_not_take_are_left_out():
    project, [user], items, _ = ready(2)
    publish_guideline(project, [CHOICE, RATING])
    model, _ = make_model(project)
    suggest(model, project, items[0], {"tone": "calm", "force": 5})
    suggest(model, project, items[1], {"force": 5})
    publish_guideline(project, [CHOICE, RATING | {"max": 3}])
    acknowledge(project, user)
    show(project)
    first, second = post_next(user, project, 2)["assignments"]
    assert first["suggestion"]["answers"] == CALM
    assert second["suggestion"] is None


def test_showing_suggestions_costs_one_query_for_all_grants_and_nothing_when_off():
    project, [user, other, third], items, _ = ready(12, people=3)
    model, _ = make_model(project)
    for item in items:
        suggest(model, project, item)

    def queries(who, count):
        client = client_for(who)
        client.get(f"{API}/whoami")  # the token is touched once a minute
        with CaptureQueriesContext(connection) as seen:
            client.post(f"{API}/projects/{project.slug}/next", {"count": count}, format="json")
        return [str(q["sql"]) for q in seen]

    off = queries(user, 3)
    assert not any("annotation_suggestion" in sql for sql in off)
    show(project)
    assert len(queries(other, 3)) == len(off) + 1
    assert len(queries(third, 6)) == len(off) + 1
    held = queries(third, 6)
    assert sum("annotation_suggestion" in sql for sql in held) == 1


def test_a_person_who_suggests_is_not_named_to_annotators():
    project, [user], items, _ = ready(1)
    suggest(project.created_by, project, items[0])
    show(project)
    agent = post_next(user, project)["assignments"][0]["suggestion"]["agent"]
    assert agent["name"] == "a manager"
    assert str(project.created_by_id) not in str(agent)


def test_annotators_read_suggestions_nowhere_else():
    project, [user], items, _ = ready(1)
    model, _ = make_model(project)
    suggestion = suggest(model, project, items[0], {"tone": "angry"})
    show(project)
    post_next(user, project)
    client = client_for(user)
    for url in (f"/items/{items[0].id}", f"/projects/{project.slug}", f"/projects/{project.slug}/annotations"):
        answer = client.get(f"{API}{url}")
        assert answer.status_code == 200
        assert str(suggestion.id).encode() not in answer.content
        assert b"angry" not in answer.content


# --- The submit --------------------------------------------------------------------------------------------------


def labelled(answers, suggested, questions=None, **more):
    project, [user], items, _ = ready(1)
    if questions:
        publish_guideline(project, questions)
        acknowledge(project, user)
    model, _ = make_model(project)
    suggest(model, project, items[0], suggested)
    show(project)
    [given] = take(user, project).assignments
    return submit(user, given, answers, **more)


@pytest.mark.parametrize(
    ("suggested", "given", "adopted", "outcome"),
    [
        ({"tone": "calm"}, {"tone": "calm"}, [], {"tone": "accepted"}),
        ({"tone": "calm"}, {"tone": "angry"}, [], {"tone": "rejected"}),
        ({"tone": "calm"}, {"tone": "angry"}, ["tone"], {"tone": "edited"}),
        ({"tags": ["a", "b"]}, {"tone": "calm", "tags": ["b", "a"]}, [], {"tags": "accepted"}),
        ({"tags": ["a", "b"]}, {"tone": "calm", "tags": ["b", "c"]}, [], {"tags": "edited"}),
        ({"tags": ["a", "b"]}, {"tone": "calm", "tags": ["c"]}, [], {"tags": "rejected"}),
        ({"tags": ["a", "b"]}, {"tone": "calm"}, ["tags"], {"tags": "rejected"}),
        (
            {"tone": "angry", "tags": ["a"]}, {"tone": "calm", "tags": ["a"]}, ["tags"],
            {"tone": "rejected", "tags": "accepted"},
        ),
    ],
)  # fmt: skip
def test_what_became_of_each_question_is_kept(suggested, given, adopted, outcome):
    made = labelled(given, suggested, [CHOICE, TAGS], adopted=adopted)
    assert made.suggestion_outcome == outcome
    assert made.suggestion is not None


def test_an_adopted_question_must_have_been_suggested():
    with pytest.raises(Invalid) as refused:
        labelled(CALM, CALM, adopted=["force"])
    assert refused.value.errors[0].pointer == "#/adopted"


def test_an_annotation_without_a_suggestion_says_so_and_adopts_nothing():
    project, [user], _, _ = ready(1)
    client = client_for(user)
    [given] = post_next(user, project)["assignments"]
    body = {"assignment": given["id"], "fence": given["fence"], "answers": CALM, "lead_time_ms": 1}
    refused = client.post(f"{API}/annotations", body | {"adopted": ["tone"]}, format="json", HTTP_IDEMPOTENCY_KEY="k1")
    assert (refused.status_code, pointers(refused)) == (422, ["#/adopted"])
    made = client.post(f"{API}/annotations", body, format="json", HTTP_IDEMPOTENCY_KEY="k2")
    assert made.json()["suggestion"] is None


def test_a_submit_over_the_api_tells_its_author_and_managers_the_outcome():
    project, [user], items, _ = ready(1)
    model, _ = make_model(project)
    suggestion = suggest(model, project, items[0])
    show(project)
    client = client_for(user)
    [given] = post_next(user, project)["assignments"]
    body = {"assignment": given["id"], "fence": given["fence"], "answers": {"tone": "angry"}, "lead_time_ms": 1}
    made = client.post(f"{API}/annotations", body | {"adopted": ["tone"]}, format="json", HTTP_IDEMPOTENCY_KEY="k")
    assert made.status_code == 201, made.content
    expected = {"id": str(suggestion.id), "outcome": {"tone": "edited"}}
    assert made.json()["suggestion"] == expected
    for reader in (user, project.created_by):
        read = client_for(reader).get(f"{API}/annotations/{made.json()['id']}").json()
        assert read["suggestion"] == expected
    changed = client.patch(
        f"{API}/annotations/{made.json()['id']}", {"answers": {"tone": "unsure"}}, format="json",
        HTTP_IF_MATCH=made["ETag"], HTTP_IDEMPOTENCY_KEY="k3",
    )  # fmt: skip
    assert changed.json()["suggestion"] == expected  # it was taken up once, so a later change is an edit
    record = records_of(project)[0]
    assert (record.suggestions, record.accepted, record.edited, record.rejected) == (1, 0, 1, 0)
    assert Annotation.objects.count() == 2


def test_the_outcome_ignores_questions_that_the_version_does_not_ask():
    project, _, items, _ = ready(1)
    publish_guideline(project, [CHOICE, RATING])
    model, _ = make_model(project)
    suggestion = suggest(model, project, items[0], {"tone": "calm", "force": 5})
    publish_guideline(project, [CHOICE])
    version = guidelines.current_version(project)
    assert outcome_of(suggestion, version=version, item=items[0], answers=CALM) == {"tone": "accepted"}


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
