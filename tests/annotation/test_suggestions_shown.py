"""Suggestions on assignments: shown where the project says so, and what is kept of them at the submit."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotation import services
from annotation.models import Annotation, Assignment, Round
from annotation.services.suggesting import outcome_of
from annotation.suggestions import records_of
from core.errors import Invalid
from guidelines import selectors as guidelines
from tests.annotation.stock import ready, run_out, submit, take
from tests.annotation.test_suggestions import make_model, pointers, show, suggest
from tests.factories import (
    CHOICE,
    RATING,
    acknowledge,
    actor,
    client_for,
    publish_guideline,
)

pytestmark = pytest.mark.django_db
API = "/api/v1"
CALM = {"tone": "calm"}
TAGS = {
    "name": "tags", "kind": "multichoice", "title": "Which?", "required": False,
    "labels": [{"value": v, "title": v.upper()} for v in ("a", "b", "c")],
}  # fmt: skip


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
