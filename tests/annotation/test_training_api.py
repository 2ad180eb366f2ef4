"""Practice, standing and hidden gold items over REST; what an annotator must not be able to tell."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotation.models import Annotation, Assignment, GoldItem
from annotation.services import NewGold, add_gold_items, open_reserved_round, remove_gold_item
from events.models import Event
from tests.annotation.stock import ready, run_out, take
from tests.annotation.test_training import RIGHT, WRONG, hidden, make_gold, practised, set_policy
from tests.factories import acknowledge, actor, client_for, label, make_items, make_member, make_user

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
    begun = Event.objects.filter(action="practice.begun").order_by("id")
    assert begun.count() == 2
    assert begun[1].request_id == again["X-Request-ID"]
    assert {event.actor for event in begun} == {user.id}


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
    with django_assert_num_queries(3):
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


def ask(api, project, count=10):
    given = api.post(f"/api/v1/projects/{project.slug}/next", {"count": count}, format="json").json()["assignments"]
    kinds = {str(a.id): a.round.kind for a in Assignment.objects.select_related("round")}
    return given, [a for a in given if kinds[a["id"]] == "gold"]


def test_a_hidden_gold_item_tells_the_round_of_the_work_it_is_hidden_among():
    project, [user], _, first = ready(3, 1, overlap=1)
    label(user, project, RIGHT, 3)
    _, _, second = make_items(project, 60, name="Second")
    make_gold(project, 20, use="hidden")
    set_policy(project, hidden_rate=0.5)
    api = client_for(user)
    given, gold = ask(api, project)
    assert gold
    assert {a["round"] for a in given} == {str(second.id)}
    assert api.get(f"/api/v1/items/{gold[0]['item']['id']}").json()["batch"] == str(second.batch_id)
    for held in given:
        assert send(api, held, RIGHT).json()["round"] == str(second.id)
    _, _, urgent = make_items(project, 40, name="Urgent", priority=9)
    later, more = ask(api, project)
    assert more
    assert {a["round"] for a in later} == {str(urgent.id)}
    url = f"/api/v1/projects/{project.slug}/annotations"
    rounds = {(str(r.id)): len(api.get(f"{url}?round={r.id}").json()["results"]) for r in (first, second, urgent)}
    assert rounds == {str(first.id): 3, str(second.id): 10, str(urgent.id): 0}
    assert {a["round"] for a in api.get(url).json()["results"]} == {str(first.id), str(second.id)}
    # what is given back comes with the round that was told at first
    api.post(f"/api/v1/assignments/{more[0]['id']}/release", {"fence": more[0]["fence"]}, format="json")
    Assignment.objects.filter(pk=more[0]["id"]).update(told_round=first)
    for held in later:
        send(api, held, RIGHT)
    again, found = [], None
    while found is None and len(again) < 60:
        given, _ = ask(api, project, 1)
        again += given
        found = next((a for a in given if a["item"]["id"] == more[0]["item"]["id"]), None)
        send(api, given[0], RIGHT)
    assert found is not None
    assert found["round"] == str(first.id)


def test_calibration_holds_no_hidden_gold_items():
    project, [user], items, _ = ready(12, 1, overlap=1)
    make_gold(project, 20, use="hidden")
    set_policy(project, hidden_rate=0.5)
    people = {item.pk: [user.pk] for item in items[:6]}
    open_reserved_round(project=project, kind="calibration", overlap=1, people=people, now=timezone.now())
    kinds = [a.round.kind for a in label(user, project, RIGHT, 12)]
    assert kinds[:6] == ["calibration"] * 6
    assert "gold" in kinds[6:]


@pytest.mark.parametrize("what", ["annotations", "renew", "draft", "skip", "release"])
def test_an_ended_lease_stays_good_when_its_gold_item_is_removed(what):
    project, user, _, _ = hidden(rate=0.5)
    held = next(a for a in take(user, project, 10).assignments if a.round.kind == "gold")
    run_out(held)
    for row in GoldItem.objects.filter(project=project):
        remove_gold_item(by=actor(project.created_by), gold=row, now=timezone.now())
    api, url = client_for(user), f"/api/v1/assignments/{held.id}"
    if what == "annotations":
        assert send(api, {"id": held.id, "fence": held.fence}, RIGHT).status_code == 201
    elif what == "draft":
        assert api.put(f"{url}/draft", {"fence": held.fence, "answers": RIGHT}, format="json").status_code == 200
    else:
        for _ in range(2):  # doing it twice is as good as once
            answer = api.post(f"{url}/{what}", {"fence": held.fence}, format="json")
            assert answer.status_code == (200 if what == "renew" else 204), answer.content


def test_what_was_given_back_of_a_removed_gold_item_is_lost():
    project, user, _, _ = hidden(rate=0.5)
    held = next(a for a in take(user, project, 10).assignments if a.round.kind == "gold")
    api, url = client_for(user), f"/api/v1/assignments/{held.id}"
    assert api.post(f"{url}/release", {"fence": held.fence}, format="json").status_code == 204
    for row in GoldItem.objects.filter(project=project):
        remove_gold_item(by=actor(project.created_by), gold=row, now=timezone.now())
    assert api.post(f"{url}/renew", {"fence": held.fence}, format="json").json()["code"] == "lease_lost"
    assert send(api, {"id": held.id, "fence": held.fence}, RIGHT).json()["code"] == "lease_lost"


def test_a_manager_who_labels_reads_no_known_answer_of_an_item_in_his_hands():
    project, _, items, _ = ready(3, 1, overlap=1)
    boss = make_member(project, "manager", "annotator")
    acknowledge(project, boss)
    rows = [NewGold(item, RIGHT) for item in items]
    made = add_gold_items(by=actor(project.created_by), project=project, rows=rows, now=timezone.now())
    held = take(boss, project).assignments[0]
    api, url = client_for(boss), f"/api/v1/projects/{project.slug}/gold-items"
    shown = [row["item"] for row in api.get(url).json()["results"]]
    assert len(shown) == 2
    assert str(held.item_id) not in shown
    own = next(gold for gold in made if gold.item_id == held.item_id)
    assert api.get(f"{url}/{own.id}").status_code == 404
    assert len(client_for(project.created_by).get(url).json()["results"]) == 3
