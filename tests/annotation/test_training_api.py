"""Practice, standing and hidden gold items over REST; what an annotator must not be able to tell."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation.models import Annotation, Assignment
from tests.annotation.stock import ready, take
from tests.annotation.test_training import RIGHT, WRONG, hidden, make_gold, practised, set_policy
from tests.factories import client_for, label, make_member, make_user

pytestmark = pytest.mark.django_db


def send(client, held, answers):
    body = {"assignment": str(held["id"]), "fence": held["fence"], "answers": answers, "lead_time_ms": 1}
    return client.post("/api/v1/annotations", body, format="json", HTTP_IDEMPOTENCY_KEY=uuid.uuid4().hex)


def url_of(project, rest=""):
    return f"/api/v1/projects/{project.slug}/training{rest}"


def test_the_policy_is_read_and_set_under_if_match():
    project, [user], _, _ = ready(1)
    make_gold(project, 3)
    api = client_for(project.created_by)
    read = api.get(url_of(project))
    assert read.json()["policy"]["training_items"] == 0
    assert read.json()["gold_items"] == {"training": 3, "hidden": 3}
    wanted = {"training_items": 2, "pass_mark": 0.5, "hidden_rate": 0.2, "existing_qualified": False}
    assert api.put(url_of(project), wanted, format="json").status_code == 428
    assert api.put(url_of(project), wanted, format="json", HTTP_IF_MATCH='"x"').status_code == 412
    put = api.put(url_of(project), wanted, format="json", HTTP_IF_MATCH=read["ETag"])
    assert put.status_code == 200, put.content
    assert put.json()["policy"] == {"number": 1, "training_items": 2, "pass_mark": 0.5, "hidden_rate": 0.2,
                                    "pause_below": 0.7, "window": 20}  # fmt: skip
    assert put.json()["annotators"][0]["state"] == "training"
    many = api.put(url_of(project), {"training_items": 9}, format="json", HTTP_IF_MATCH=put["ETag"])
    assert (many.status_code, many.json()["errors"][0]["pointer"]) == (422, "#/training_items")
    assert api.put(url_of(project), {"hidden_rate": 0.9}, format="json", HTTP_IF_MATCH="*").status_code == 422
    mine = client_for(user).get(url_of(project)).json()
    assert [a["annotator"] for a in mine["annotators"]] == [str(user.id)]
    assert "hidden" not in mine["annotators"][0]
    assert "gold_items" not in mine
    assert client_for(user).put(url_of(project), {}, format="json", HTTP_IF_MATCH="*").status_code == 403
    assert client_for(make_member(project, "consumer")).get(url_of(project)).status_code == 403
    assert client_for(make_user(), ["tokens:manage"]).get(url_of(project)).status_code == 404


def test_feedback_comes_with_the_answer_and_the_score_with_the_last():
    project, [user], _, _ = practised(number=2, pass_mark=0.9)
    api = client_for(user)
    given = api.post(f"/api/v1/projects/{project.slug}/next", {"count": 2}, format="json").json()["assignments"]
    first = send(api, given[0], WRONG)
    assert first.status_code == 201, first.content
    assert first.json()["feedback"] == [
        {"question": "tone", "correct": False, "given": "calm", "expected": "angry",
         "explanation_html": "<p>There is an <strong>insult</strong>.</p>", "clauses": ["angry"]}
    ]  # fmt: skip
    assert first.json()["practice"] == {"done": 1, "of": 2, "pass_mark": 0.9, "score": None, "passed": None}
    assert api.get(first["Location"])["ETag"] == first["ETag"]
    assert "feedback" not in api.get(first["Location"]).json()
    last = send(api, given[1], RIGHT).json()
    assert last["practice"] == {"done": 2, "of": 2, "pass_mark": 0.9, "score": 0.5, "passed": False}
    refused = api.post(f"/api/v1/projects/{project.slug}/next", {}, format="json").json()
    assert (refused["assignments"], refused["reason"]) == ([], "not_qualified")
    again = api.post(url_of(project, "/attempts"), {}, format="json")
    assert (again.status_code, again.json()["attempts"], again.json()["try_again"]) == (201, 2, False)
    assert api.post(url_of(project, "/attempts"), {}, format="json").json()["code"] == "no_attempt"


def test_who_is_paused_is_reinstated_by_a_manager():
    project, user, _, _ = hidden(window=10)
    label(user, project, WRONG, 60)
    api = client_for(project.created_by)
    [standing] = api.get(url_of(project)).json()["annotators"]
    assert (standing["state"], standing["hidden"]) == ("paused", {"share": 0.0, "items": 5})
    where = url_of(project, f"/{user.id}/reinstate")
    assert api.post(where, {}, format="json").status_code == 422
    assert client_for(user).post(where, {"reason": "x"}, format="json").status_code == 403
    done = api.post(where, {"reason": "We talked."}, format="json")
    assert (done.status_code, done.json()["state"], done.json()["reason"]) == (200, "qualified", "We talked.")
    assert api.post(where, {"reason": "x"}, format="json").json()["code"] == "not_paused"
    assert api.post(url_of(project, f"/{uuid.uuid4()}/reinstate"), {"reason": "x"}, format="json").status_code == 404


def test_a_hidden_gold_item_looks_like_any_other():
    project, user, _, opened = hidden(rate=0.5)
    api = client_for(user)
    given = api.post(f"/api/v1/projects/{project.slug}/next", {"count": 10}, format="json").json()["assignments"]
    kinds = {str(a.id): a.round.kind for a in Assignment.objects.select_related("round")}
    gold = [a for a in given if kinds[a["id"]] == "gold"]
    plain = [a for a in given if kinds[a["id"]] == "production"]
    assert gold
    assert plain
    assert {a["round"] for a in given} == {str(opened.id)}
    assert set(gold[0]) == set(plain[0])
    assert set(gold[0]["item"]) == set(plain[0]["item"])
    answers = {name: send(api, held[0], RIGHT).json() for name, held in (("gold", gold), ("plain", plain))}
    assert set(answers["gold"]) == set(answers["plain"])
    assert answers["gold"]["round"] == answers["plain"]["round"]
    listed = api.get(f"/api/v1/projects/{project.slug}/annotations?round={opened.id}").json()["results"]
    assert {a["id"] for a in listed} == {answers["gold"]["id"], answers["plain"]["id"]}
    items = [api.get(f"/api/v1/items/{held[0]['item']['id']}").json() for held in (gold, plain)]
    assert items[0]["batch"] == items[1]["batch"] == str(opened.batch_id)
    shown = api.get(f"/api/v1/annotations/{answers['gold']['id']}").json()
    assert shown["round"] == str(opened.id)
    manager = client_for(project.created_by)
    rows = manager.get(f"/api/v1/projects/{project.slug}/annotations?round={opened.id}").json()["results"]
    assert {a["id"] for a in rows} == {answers["plain"]["id"]}


def test_fences_of_hidden_gold_items_start_like_those_of_shared_items():
    project, [user], _, _ = ready(30, 1, overlap=3)
    make_gold(project, 20, use="hidden")
    set_policy(project, hidden_rate=0.5)
    label(user, project, RIGHT, 30)
    fences = set(Assignment.objects.filter(round__kind="gold").values_list("fence", flat=True))
    assert fences <= {1, 2, 3}
    assert len(fences) > 1


def test_the_list_of_answers_costs_the_same_with_hidden_gold_items(django_assert_num_queries):
    project, user, _, _ = hidden(rate=0.5)
    label(user, project, RIGHT, 20)
    api = client_for(user)
    url = f"/api/v1/projects/{project.slug}/annotations"
    api.get(url)
    assert Annotation.objects.filter(round__kind="gold").exists()
    assert take(user, project).assignments
    with django_assert_num_queries(4):
        api.get(url)


def test_standings_cost_the_same_for_one_and_three_people():
    project, user, _, _ = hidden(window=10)
    label(user, project, RIGHT, 10)
    api = client_for(project.created_by)
    api.get(url_of(project))
    with CaptureQueriesContext(connection) as one:
        assert api.get(url_of(project)).json()["annotators"][0]["hidden"]["items"] > 0
    for _ in range(2):
        make_member(project, "annotator")
    with CaptureQueriesContext(connection) as three:
        assert len(api.get(url_of(project)).json()["annotators"]) == 3
    assert len(one) == len(three)
