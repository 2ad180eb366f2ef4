"""Cases, decisions and gold over REST: roles, strangers, blinding, conflicts."""

import json
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from adjudication import services
from adjudication.models import Case
from annotation.models import Annotation
from tests.adjudication.build import decide, disagree, make_setting
from tests.factories import CHOICE, RATING, actor, client_for, label, make_member, make_user, settle

pytestmark = pytest.mark.django_db(transaction=True)

DECISION = {
    "outcome": "answer",
    "answer": "angry",
    "rationale": "It holds an insult.",
    "confidence": "high",
    "clauses": ["angry"],
    "cause": "slip",
    "guideline_gap": False,
}


def problem(response, status, code):
    assert response.status_code == status, response.content
    assert response.json()["code"] == code
    return response.json()


def post(client, path, body=None, key=None):
    headers = {"HTTP_IDEMPOTENCY_KEY": key} if key else {}
    return client.post(f"/api/v1{path}", body or {}, format="json", **headers)


def post_decision(client, case_id, fence, key=None, **changes):
    return post(client, f"/cases/{case_id}/decision", DECISION | {"fence": fence} | changes, key or uuid.uuid4().hex)


def test_the_way_of_a_case():
    setting = make_setting()
    (case,) = disagree(setting)
    client = client_for(setting.adjudicator)
    given = post(client, f"/projects/{setting.project.slug}/cases/next").json()
    assert given["reason"] is None
    found = given["case"]
    assert set(found) == {
        "id", "item", "round", "question", "state", "fence", "expires_at", "pattern", "answers", "precedents",
        "proposals",
    }  # fmt: skip
    assert sorted((a["annotator"], a["note"]) for a in found["answers"]) == [("A", ""), ("B", "")]
    assert {a["answer"] for a in found["answers"]} == {"calm", "angry"}
    made = post_decision(client, case.pk, found["fence"], key="k1")
    assert made.status_code == 201, made.content
    assert made["Location"] == f"/api/v1/cases/{case.pk}/decisions"
    body = made.json()
    assert (body["answer"], body["guideline_version"], body["superseded_by"]) == ("angry", 1, None)
    again = post_decision(client, case.pk, found["fence"], key="k1")
    assert (again.status_code, again["Idempotency-Replayed"], again.json()) == (201, "true", body)
    problem(post_decision(client, case.pk, found["fence"]), 409, "already_decided")
    problem(post(client, f"/cases/{case.pk}/claim"), 409, "already_decided")
    reopened = post(client_for(setting.adjudicator), f"/cases/{case.pk}/reopen", {"reason": "Read again."})
    assert reopened.json()["state"] == "open"
    fence = post(client, f"/cases/{case.pk}/claim").json()["fence"]
    newer = post_decision(client, case.pk, fence, answer="calm").json()
    listed = client.get(f"/api/v1/cases/{case.pk}/decisions").json()["results"]
    assert [(d["id"], d["superseded_by"]) for d in listed] == [(newer["id"], None), (body["id"], newer["id"])]
    settle()
    gold = client.get(f"/api/v1/projects/{setting.project.slug}/gold").json()["results"]
    assert [(g["item"], g["answer"], g["source"], g["n"]) for g in gold] == [
        (str(case.item_id), "calm", "adjudicated", 2)
    ]


def test_renew_release_and_the_fence():
    setting = make_setting()
    (case,) = disagree(setting)
    client = client_for(setting.adjudicator)
    fence = post(client, f"/cases/{case.pk}/claim").json()["fence"]
    assert post(client, f"/cases/{case.pk}/renew", {"fence": fence}).json()["fence"] == fence
    problem(post(client, f"/cases/{case.pk}/renew", {"fence": fence + 1}), 409, "lease_lost")
    other = client_for(make_member(setting.project, "adjudicator"))
    problem(post(other, f"/cases/{case.pk}/claim"), 409, "case_leased")
    problem(post_decision(other, case.pk, fence), 409, "lease_lost")
    seen = other.get(f"/api/v1/cases/{case.pk}").json()
    assert (seen["fence"], seen["expires_at"]) == (None, None)
    waiting = post(other, f"/projects/{setting.project.slug}/cases/next").json()
    assert (waiting["case"], waiting["reason"]) == (None, "all_leased")
    assert 0 < waiting["retry_after"] <= 5
    assert post(client, f"/cases/{case.pk}/release", {"fence": fence}).status_code == 204
    problem(post_decision(client, case.pk, fence), 409, "lease_lost")


def test_a_case_escalates_with_a_question():
    setting = make_setting()
    (case,) = disagree(setting)
    client = client_for(setting.adjudicator)
    fence = post(client, f"/cases/{case.pk}/claim").json()["fence"]
    stranger = make_user()
    body = {"fence": fence, "question": "Irony?", "to": str(stranger.pk)}
    assert problem(post(client, f"/cases/{case.pk}/escalate", body), 422, "invalid")["errors"][0]["pointer"] == "#/to"
    assert post(client, f"/cases/{case.pk}/escalate", body | {"to": None}).json()["state"] == "escalated"
    listed = client.get(f"/api/v1/projects/{setting.project.slug}/cases?state=escalated").json()["results"]
    assert [c["id"] for c in listed] == [str(case.pk)]


def test_who_may():
    setting = make_setting()
    (case,) = disagree(setting)
    slug = setting.project.slug
    reads = [f"/projects/{slug}/cases", f"/projects/{slug}/gold", f"/cases/{case.pk}", f"/cases/{case.pk}/decisions"]
    writes = [f"/projects/{slug}/cases/next"] + [
        f"/cases/{case.pk}/{verb}" for verb in ("claim", "renew", "release", "decision", "reopen", "escalate")
    ]
    manager, adjudicator = client_for(setting.manager), client_for(setting.adjudicator)
    other = make_setting()
    for path in reads:
        assert manager.get(f"/api/v1{path}").status_code == 200
        assert adjudicator.get(f"/api/v1{path}").status_code == 200
    scopes = ["adjudications:read", "adjudications:write"]
    for client in (client_for(make_user(), []), client_for(other.adjudicator, scopes)):
        assert {client.get(f"/api/v1{path}").status_code for path in reads} == {404}
        assert {post(client, path).status_code for path in writes} == {404}
    for role in ("annotator", "consumer"):
        person = make_member(setting.project, role)
        client = client_for(person)
        assert {client.get(f"/api/v1{path}").status_code for path in reads} == {403}
        assert {post(client, path).status_code for path in writes} == {403}
    limited = client_for(setting.adjudicator, ["items:read"])
    problem(limited.get(f"/api/v1{reads[0]}"), 403, "insufficient_scope")
    problem(adjudicator.get(f"/api/v1/cases/{uuid.uuid4()}"), 404, "not_found")
    problem(adjudicator.get("/api/v1/cases/nonsense"), 404, "not_found")
    assert {adjudicator.get(f"/api/v1{p}", headers={"If-None-Match": "*"}).status_code for p in [reads[2]]} == {304}


def test_nobody_opens_or_decides_his_own():
    setting = make_setting()
    (case,) = disagree(setting)
    both = setting.annotators[0]
    from projects.models import Membership

    Membership.objects.filter(project=setting.project, user=both).update(roles=["annotator", "adjudicator", "manager"])
    client = client_for(both)
    slug = setting.project.slug
    problem(client.get(f"/api/v1/cases/{case.pk}"), 403, "own_annotation")
    problem(post_decision(client, case.pk, 1), 403, "own_annotation")
    problem(post(client, f"/cases/{case.pk}/decision", {"nonsense": 1}), 403, "own_annotation")
    problem(post(client, f"/cases/{case.pk}/claim"), 403, "own_annotation")
    assert client.get(f"/api/v1/projects/{slug}/cases").json()["results"] == []
    assert post(client, f"/projects/{slug}/cases/next").json()["reason"] == "queue_empty"


def test_no_body_tells_who_answered():
    setting = make_setting(items=2)
    people = [*setting.annotators, setting.adjudicator]
    cases = disagree(setting, count=2)
    decide(cases[0], setting.adjudicator)
    secrets = [text for p in people for text in (str(p.pk), p.name, p.email)]
    secrets += [str(pk) for pk in Annotation.objects.values_list("pk", flat=True)]
    slug = setting.project.slug
    for reader in (setting.adjudicator, setting.manager):
        client = client_for(reader)
        paths = [f"/projects/{slug}/cases", f"/projects/{slug}/gold"]
        paths += [f"/cases/{c.pk}{tail}" for c in cases for tail in ("", "/decisions")]
        for path in paths:
            answer = client.get(f"/api/v1{path}")
            assert answer.status_code == 200
            seen = answer.content.decode() + json.dumps(dict(answer.headers))
            assert [s for s in secrets if s in seen] == []


def test_an_adjudicator_who_labels_sees_no_answers_in_the_list():
    setting = make_setting()
    (case,) = disagree(setting)
    both = make_member(setting.project, "annotator", "adjudicator")
    client = client_for(both)
    path = f"/api/v1/projects/{setting.project.slug}/cases"
    assert client.get(path).json()["results"][0]["answers"] == []
    assert len(client.get(f"/api/v1/cases/{case.pk}").json()["answers"]) == 2
    assert len(client.get(path).json()["results"][0]["answers"]) == 2


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"answer": "purple"}, "#/answer"),
        ({"outcome": "maybe"}, "#/outcome"),
        ({"rationale": ""}, "#/rationale"),
        ({"clauses": ["gone"]}, "#/clauses/0"),
        ({"confidence": "sure"}, "#/confidence"),
        ({"more": 1}, "#/more"),
    ],
)
def test_a_bad_decision_is_refused_by_name(changes, pointer):
    setting = make_setting()
    (case,) = disagree(setting)
    client = client_for(setting.adjudicator)
    fence = post(client, f"/cases/{case.pk}/claim").json()["fence"]
    body = problem(post_decision(client, case.pk, fence, **changes), 422, "invalid")
    assert [e["pointer"] for e in body["errors"]] == [pointer]
    assert post_decision(client, case.pk, fence).status_code == 201


def test_a_decision_needs_a_key():
    setting = make_setting()
    (case,) = disagree(setting)
    client = client_for(setting.adjudicator)
    fence = post(client, f"/cases/{case.pk}/claim").json()["fence"]
    path = f"/cases/{case.pk}/decision"
    problem(post(client, path, DECISION | {"fence": fence}), 400, "idempotency_key_required")


def test_lists_filter_page_and_cost_the_same():
    setting = make_setting(items=3, questions=[CHOICE, RATING])
    for person, answers in zip(
        setting.annotators, [{"tone": "calm", "force": 1}, {"tone": "angry", "force": 4}], strict=True
    ):
        label(person, setting.project, answers, 3)
    settle()
    assert Case.objects.count() == 6
    client = client_for(setting.adjudicator)
    path = f"/api/v1/projects/{setting.project.slug}/cases"
    client.get(path)

    def cost(limit):
        with CaptureQueriesContext(connection) as queries:
            assert len(client.get(f"{path}?limit={limit}").json()["results"]) == limit
        return len(queries)

    assert cost(1) == cost(3)
    assert len(client.get(f"{path}?question=force").json()["results"]) == 3
    assert len(client.get(f"{path}?pattern=Angry | Calm&state=open").json()["results"]) == 3
    assert client.get(f"{path}?state=decided").json()["results"] == []
    problem(client.get(f"{path}?state=odd"), 400, "malformed")
    problem(client.get(f"{path}?annotator=x"), 400, "unknown_parameter")


def test_gold_pages_forwards_and_backwards_within_one_cut():
    setting = make_setting(items=3, questions=[CHOICE, RATING])
    for person in setting.annotators:
        label(person, setting.project, {"tone": "calm", "force": 2}, 3)
    settle()
    client = client_for(setting.manager)
    path = f"/api/v1/projects/{setting.project.slug}/gold"
    everything = client.get(path).json()["results"]
    assert len(everything) == 6
    assert everything[0]["distribution"] == [{"answer": "calm", "share": 1.0}]
    first = client.get(f"{path}?limit=4").json()
    second = client.get(first["next"]).json()
    assert first["results"] + second["results"] == everything
    assert second["next"] is None
    assert client.get(second["previous"]).json()["results"] == first["results"]
    assert client.get(f"{path}?as_of=0").json()["results"] == []
    assert len(client.get(f"{path}?round={setting.round.pk}").json()["results"]) == 6
    problem(client.get(f"{path}?round={uuid.uuid4()}"), 404, "not_found")
    problem(client.get(f"{path}?cursor=abc"), 400, "malformed")
    problem(client.get(f"{path}?as_of=999999"), 422, "invalid")

    def cost(limit):
        with CaptureQueriesContext(connection) as queries:
            client.get(f"{path}?limit={limit}&as_of=1")
        return len(queries)

    assert cost(1) == cost(3)


def test_opening_is_noted_once():
    setting = make_setting()
    (case,) = disagree(setting)
    client = client_for(setting.adjudicator)
    for _ in range(2):
        client.get(f"/api/v1/cases/{case.pk}")
    from adjudication.models import CaseOpening

    assert CaseOpening.objects.filter(user=setting.adjudicator).count() == 1
    held = services.claim_case(by=actor(setting.adjudicator), case_id=case.pk, now=timezone.now())
    assert held.fence == 1
