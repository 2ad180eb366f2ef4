"""The aggregation policy over REST."""

import uuid

import pytest

from adjudication.models import Aggregation
from events.models import Job
from tests.adjudication.build import disagree, make_setting
from tests.adjudication.test_aggregation import MAJORITY, MODEL, compute, cut, policy, sided
from tests.factories import client_for, label, make_member, settle

pytestmark = pytest.mark.django_db(transaction=True)


def at(setting, rest=""):
    return f"/api/v1/projects/{setting.project.slug}/aggregation-policy{rest}"


def put(client, setting, body, match="*"):
    return client.put(at(setting), body, format="json", HTTP_IF_MATCH=match)


def start(client, setting, **body):
    found = client.post(at(setting, "/runs"), {"question": "tone", **body}, format="json",
                        HTTP_IDEMPOTENCY_KEY=uuid.uuid4().hex)  # fmt: skip
    settle()
    return found


def test_without_a_policy_the_methods_are_told_and_nothing_is_in_force():
    setting = make_setting()
    found = client_for(setting.manager).get(at(setting))
    assert found.status_code == 200
    body = found.json()
    assert (body["number"], body["methods"], body["history"], body["created_at"]) == (0, {}, [], None)
    (asked,) = body["questions"]
    assert (asked["question"], asked["kind"], asked["method"]) == ("tone", "choice", None)
    suitable = {row["method"]: row for row in asked["suitable"]}
    assert (suitable["majority"]["is_model"], suitable["dawid_skene"]["is_model"]) == (False, True)
    assert "err independently" in suitable["dawid_skene"]["assumes"]
    again = client_for(setting.manager).get(at(setting), HTTP_IF_NONE_MATCH=found["ETag"])
    assert again.status_code == 304


def test_a_policy_is_put_in_force_against_the_version_that_was_read():
    setting = make_setting()
    client = client_for(setting.manager)
    before = client.get(at(setting))["ETag"]
    assert client.put(at(setting), {"methods": {}}, format="json").status_code == 428
    made = put(client, setting, {"methods": MAJORITY, "note": "Ties wait."}, before)
    assert made.status_code == 200
    assert (made.json()["number"], made.json()["note"]) == (1, "Ties wait.")
    assert made["ETag"] == client.get(at(setting))["ETag"] != before
    late = put(client, setting, {"methods": {}}, before)
    assert (late.status_code, late.json()["code"]) == (412, "stale")
    assert put(client, setting, {"methods": {}}, made["ETag"]).json()["number"] == 2
    assert [row["number"] for row in client.get(at(setting)).json()["history"]] == [2, 1]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"methods": {"mood": {"method": "majority"}}}, "#/methods/mood"),
        ({"methods": {"tone": {"method": "guess"}}}, "#/methods/tone/method"),
        ({"methods": {"tone": {}}}, "#/methods/tone/method"),
        ({"methods": {"tone": {"method": "majority", "weight": 1}}}, "#/methods/tone/weight"),
        ({"methods": {}, "more": 1}, "#/more"),
        ({}, "#/methods"),
    ],
)
def test_what_is_wrong_is_422_with_a_pointer(body, pointer):
    setting = make_setting()
    found = put(client_for(setting.manager), setting, body)
    assert found.status_code == 422
    assert pointer in [error["pointer"] for error in found.json()["errors"]]


def test_adjudicators_read_it_and_annotators_and_consumers_do_not():
    setting = make_setting()
    assert client_for(setting.adjudicator).get(at(setting)).status_code == 200
    assert put(client_for(setting.adjudicator), setting, {"methods": {}}).status_code == 403
    for user in (setting.annotators[0], make_member(setting.project, "consumer")):
        assert client_for(user).get(at(setting)).status_code == 403


def test_a_run_is_asked_for_computed_and_read():
    setting = sided()
    policy(setting, MODEL)
    client = client_for(setting.manager)
    asked = start(client, setting)
    assert asked.status_code == 202
    body = asked.json()
    assert (body["state"], body["method"], body["policy"]) == ("queued", "dawid_skene", 1)
    assert asked["Location"] == at(setting, f"/runs/{body['id']}")
    done = client.get(asked["Location"]).json()
    assert (done["state"], done["n_units"], done["n_disputed"], done["converged"]) == ("done", 8, 4, True)
    assert set(done["comparisons"]) >= {"majority", "dawid_skene", "one_coin"}
    assert done["labels"] == ["calm", "angry", "unsure"]
    assert client.get(at(setting, "/runs")).json()["results"][0]["id"] == body["id"]
    assert "annotators" not in client.get(at(setting, "/runs")).json()["results"][0]


def test_what_a_model_says_of_annotators_is_withheld_below_the_minimum_and_under_pseudonyms():
    setting = sided()
    run = compute(setting, method="dawid_skene")
    setting.project.settings["minimums"] = {"annotator_units": 8}
    setting.project.save()
    rows = client_for(setting.adjudicator).get(at(setting, f"/runs/{run.pk}")).json()["annotators"]
    assert all(row["annotator"].startswith("annotator-") for row in rows)
    assert all(row["competence"] is not None for row in rows)
    setting.project.settings["minimums"] = {"annotator_units": 9}
    setting.project.save()
    rows = client_for(setting.adjudicator).get(at(setting, f"/runs/{run.pk}")).json()["annotators"]
    assert {(row["competence"], row["confusion"], row["needed"]) for row in rows} == {(None, None, 9)}
    assert {row["reason"] for row in rows} == {"too_few_shared_units"}


def test_the_answers_of_a_run_and_those_that_another_method_changes():
    setting = make_setting(items=2, annotators=2)
    disagree(setting, count=2)
    run = compute(setting, method="majority")
    client = client_for(setting.manager)
    page = client.get(at(setting, f"/runs/{run.pk}/answers?limit=1")).json()
    assert (len(page["results"]), page["results"][0]["tied"], page["results"][0]["answer"]) == (1, True, None)
    assert len(client.get(page["next"]).json()["results"]) == 1
    changed = client.get(at(setting, f"/runs/{run.pk}/answers?changed_by=dawid_skene")).json()["results"]
    assert len(changed) == run.comparisons["dawid_skene"]["changed"]
    wrong = client.get(at(setting, f"/runs/{run.pk}/answers?changed_by=guess"))
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (400, "#/changed_by")
    assert client_for(setting.adjudicator).get(at(setting, f"/runs/{run.pk}/answers")).status_code == 403


def test_a_manager_who_labels_too_sees_no_answer_of_an_item_he_may_still_be_given():
    setting = make_setting(items=1, annotators=2)
    disagree(setting)
    run = compute(setting, method="majority")
    both = make_member(setting.project, "manager", "annotator")
    assert len(client_for(both).get(at(setting, f"/runs/{run.pk}/answers")).json()["results"]) == 1
    setting = make_setting(items=2, annotators=2)
    both = make_member(setting.project, "manager", "annotator")
    label(setting.annotators[0], setting.project, {"tone": "calm"}, 1)
    disagree_first(setting)
    run = compute(setting, method="majority")
    found = client_for(both).get(at(setting, f"/runs/{run.pk}/answers")).json()["results"]
    assert len(found) == run.n_disputed == 1


def disagree_first(setting):
    label(setting.annotators[1], setting.project, {"tone": "angry"}, 1)
    settle()


def test_runs_of_another_project_are_not_there():
    setting, other = sided(items=2), make_setting()
    run = compute(setting, method="majority")
    client = client_for(other.manager)
    assert client.get(at(other, f"/runs/{run.pk}")).status_code == 404
    assert client.get(at(setting, f"/runs/{run.pk}")).status_code == 404


def test_a_run_is_cancelled_and_resumed():
    setting = sided()
    client = client_for(setting.manager)
    body = client.post(at(setting, "/runs"), {"question": "tone", "method": "dawid_skene"}, format="json",
                       HTTP_IDEMPOTENCY_KEY="one").json()  # fmt: skip
    cancelled = client.post(at(setting, f"/runs/{body['id']}/cancel"))
    assert (cancelled.status_code, cancelled.json()["state"]) == (202, "cancelled")
    resumed = client.post(at(setting, f"/runs/{body['id']}/resume"))
    assert (resumed.status_code, resumed.json()["state"]) == (202, "queued")
    settle()
    assert Job.objects.get(pk=body["id"]).state == Job.State.DONE
    assert Aggregation.objects.get(pk=body["id"]).computed_at is not None


def test_a_cut_later_than_the_log_is_refused_and_a_key_is_needed():
    setting = make_setting()
    client = client_for(setting.manager)
    assert start(client, setting, as_of=cut(setting) + 5).status_code == 422
    assert start(client, setting, question="mood").json()["errors"][0]["pointer"] == "#/question"
    bare = client.post(at(setting, "/runs"), {"question": "tone"}, format="json")
    assert (bare.status_code, bare.json()["code"]) == (400, "idempotency_key_required")


def test_gold_says_which_method_answered_and_its_pages_stay_with_what_the_first_one_read():
    setting = sided()
    policy(setting, MODEL)
    run = compute(setting)
    client = client_for(setting.manager)
    first = client.get(f"/api/v1/projects/{setting.project.slug}/gold?limit=2").json()
    compute(setting)
    rows, address = list(first["results"]), first["next"]
    while address:
        page = client.get(address).json()
        rows, address = rows + page["results"], page["next"]
    assert len(rows) == 8
    assert {row["aggregation"]["as_of"] for row in rows if row["source"] == "model"} == {run.as_of}
    assert {row["aggregation"] for row in rows if row["source"] == "unanimous"} == {None}
