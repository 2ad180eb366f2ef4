"""Reviews over REST: who may what, keys, ETags, publishing, what becomes stale."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.ids import new_id
from reviews import services
from tests import factories
from tests.reviews.build import DEFINITION, first_evidence, make_run, make_setting, open_review, propose, publish

pytestmark = pytest.mark.django_db
PROPOSAL = {"definition": DEFINITION, "use_when": "An insult.", "avoid_when": "", "rationale": "Threats."}
PUBLISH = {"change": "semantic", "note": "Threats are heat.", "stale_policy": "keep"}


def key() -> dict[str, str]:
    return {"HTTP_IDEMPOTENCY_KEY": str(new_id())}


def post(client: Any, url: str, body: Any, **headers: str) -> Any:
    return client.post(url, body, format="json", **headers)


def at(review: Any, rest: str = "") -> str:
    return f"/api/v1/reviews/{review.pk}{rest}"


def test_a_review_goes_from_a_run_to_a_version() -> None:
    setting = make_setting()
    client = factories.client_for(setting.manager)
    url = f"/api/v1/projects/{setting.project.slug}/reviews"
    run = make_run(setting.project)
    body = {"title": "Calm or angry?", "question": "tone", "baseline_run": str(run.pk)}
    headers = key()
    made = post(client, url, body, **headers)
    assert made.status_code == 201, made.json()
    again = post(client, url, body, **headers)
    assert (again.json(), again["Idempotency-Replayed"]) == (made.json(), "true")
    assert post(client, url, body, **key()).json()["code"] == "review_open"
    review = made.json()
    assert review["state"] == "open"
    assert [e["count"] for e in review["evidence"] if e["kind"] == "confusion"] == [8.0, 2.0]
    place = made["Location"]
    assert client.get(place, HTTP_IF_NONE_MATCH=client.get(place)["ETag"]).status_code == 304
    proposal = {**PROPOSAL, "evidence": [review["evidence"][0]["id"]]}
    assert client.put(f"{place}/proposals/angry", proposal, format="json").status_code == 428
    assert client.put(f"{place}/proposals/angry", proposal, format="json", HTTP_IF_MATCH='"x"').status_code == 412
    put = client.put(f"{place}/proposals/angry", proposal, format="json", HTTP_IF_MATCH=made["ETag"])
    assert (put.status_code, put.json()["definition"]) == (200, DEFINITION)
    assert client.put(f"{place}/proposals/angry", proposal, format="json", HTTP_IF_MATCH=put["ETag"]).status_code == 200
    assert client.get(f"{place}/impact").json()["labels"] == 1
    assert post(client, f"{place}/publish", PUBLISH, HTTP_IF_MATCH=made["ETag"], **key()).status_code == 412
    assert post(client, f"{place}/publish", PUBLISH, HTTP_IF_MATCH="*").json()["code"] == "idempotency_key_required"
    answer = post(client, f"{place}/publish", PUBLISH, HTTP_IF_MATCH=client.get(place)["ETag"], **key())
    assert answer.status_code == 201, answer.json()
    assert (answer.json()["number"], answer.json()["review"]) == (2, review["id"])
    closed = post(client, f"{place}/close", {}, **key())
    assert (closed.status_code, closed.json()["state"], closed.json()["effect"]) == (200, "closed", None)
    assert post(client, f"{place}/close", {}, **key()).json()["code"] == "review_closed"


def test_a_proposal_without_evidence_is_refused_with_a_pointer() -> None:
    setting = make_setting()
    review = open_review(setting)
    client = factories.client_for(setting.manager)
    body = {**PROPOSAL, "evidence": []}
    answer = client.put(at(review, "/proposals/angry"), body, format="json", HTTP_IF_MATCH="*")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/evidence")
    assert post(client, at(review, "/publish"), PUBLISH, HTTP_IF_MATCH="*", **key()).json()["code"] == (
        "nothing_proposed"
    )


def test_adjudicators_read_and_add_evidence_and_nothing_else() -> None:
    setting = make_setting()
    review = open_review(setting)
    client = factories.client_for(setting.adjudicator)
    assert client.get(f"/api/v1/projects/{setting.project.slug}/reviews").status_code == 200
    assert client.get(at(review)).status_code == 200
    note = post(client, at(review, "/evidence"), {"kind": "note", "text": "Threats."})
    assert note.status_code == 201
    refused = [
        client.delete(note["Location"], HTTP_IF_MATCH="*"),
        client.put(at(review, "/proposals/angry"), PROPOSAL, format="json", HTTP_IF_MATCH="*"),
        client.delete(at(review, "/proposals/angry"), HTTP_IF_MATCH="*"),
        post(client, at(review, "/publish"), PUBLISH, HTTP_IF_MATCH="*", **key()),
        post(client, at(review, "/close"), {}, **key()),
        post(client, f"/api/v1/projects/{setting.project.slug}/reviews", {}, **key()),
    ]
    assert [answer.status_code for answer in refused] == [403] * 6
    manager = factories.client_for(setting.manager)
    assert manager.delete(note["Location"], HTTP_IF_MATCH="*").status_code == 204


def test_annotators_are_refused_and_strangers_find_nothing() -> None:
    setting = make_setting()
    review = open_review(setting)
    listing = f"/api/v1/projects/{setting.project.slug}/reviews"
    for user, status in ((setting.annotators[0], 403), (factories.make_user(), 404)):
        client = factories.client_for(user)
        found = [
            client.get(listing), client.get(at(review)), client.get(at(review, "/impact")),
            post(client, at(review, "/evidence"), {"kind": "note", "text": "x"}),
            post(client, at(review, "/publish"), PUBLISH, HTTP_IF_MATCH="*", **key()),
        ]  # fmt: skip
        assert [answer.status_code for answer in found] == [status] * len(found)


def test_a_run_of_another_project_is_not_found() -> None:
    setting, other = make_setting(), make_setting()
    body = {"title": "x", "question": "tone", "baseline_run": str(make_run(other.project).pk)}
    client = factories.client_for(setting.manager)
    assert post(client, f"/api/v1/projects/{setting.project.slug}/reviews", body, **key()).status_code == 404


@pytest.mark.parametrize("question", ["a\x00", None, ["a"]])
def test_a_question_that_is_no_name_is_refused_with_a_pointer(question: Any) -> None:
    project = factories.make_project()
    client = factories.client_for(project.created_by)
    body = {"title": "a", "question": question, "baseline_run": str(new_id())}
    answer = post(client, f"/api/v1/projects/{project.slug}/reviews", body, **key())
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["#/question"]


def test_a_page_of_one_costs_as_many_queries_as_a_page_of_three() -> None:
    setting = make_setting()
    client = factories.client_for(setting.manager)
    url, counts = f"/api/v1/projects/{setting.project.slug}/reviews", []
    for number in (1, 2):
        for _ in range(number):
            review = open_review(setting)
            propose(setting, review)
            services.close_review(by=setting.by, review=review, now=timezone.now())
        client.get(url)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(url).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


# --- the guideline's calls ------------------------------------------------------------------------------------------


def draft_of(client: Any, setting: Any) -> tuple[str, Any]:
    url = f"/api/v1/projects/{setting.project.slug}/guidelines/draft"
    return url, client.get(url)


def test_a_later_draft_is_published_with_its_review() -> None:
    setting = make_setting()
    client = factories.client_for(setting.manager)
    url, read = draft_of(client, setting)
    body = {"change": "semantic", "note": "Tighter."}
    answer = post(client, f"{url}/publish", body, HTTP_IF_MATCH=read["ETag"], **key())
    assert (answer.status_code, answer.json()["code"]) == (422, "review_required")
    review = open_review(setting)
    propose(setting, review)
    stranger = open_review(make_setting())
    wrong = post(client, f"{url}/publish", {**body, "review": str(stranger.pk)}, HTTP_IF_MATCH="*", **key())
    assert wrong.status_code == 404
    answer = post(client, f"{url}/publish", {**body, "review": str(review.pk)}, HTTP_IF_MATCH=read["ETag"], **key())
    assert (answer.status_code, answer.json()["review"]) == (201, str(review.pk))
    assert client.get(at(review)).json()["state"] == "published"


def test_an_editorial_draft_brings_its_review_along() -> None:
    setting = make_setting()
    client = factories.client_for(setting.manager)
    url, read = draft_of(client, setting)
    clauses = [{**factories.CLAUSES[0], "title": "Calm words"}, factories.CLAUSES[1]]
    body = {"clauses": clauses, "label_schema": read.json()["label_schema"], "note": ""}
    saved = client.put(url, body, format="json", HTTP_IF_MATCH=read["ETag"])
    body = {"change": "editorial", "note": "A better title."}
    answer = post(client, f"{url}/publish", body, HTTP_IF_MATCH=saved["ETag"], **key())
    assert (answer.status_code, answer.json()["number"]) == (201, 2), answer.json()
    made = client.get(f"/api/v1/reviews/{answer.json()['review']}").json()
    assert (made["state"], made["question"], made["guideline_version"]) == ("closed", None, 2)


def test_the_difference_counts_what_becomes_stale() -> None:
    setting = make_setting((("angry", "calm"), ("angry", "angry")))
    review = open_review(setting)
    propose(setting, review)
    publish(setting, review)
    url = f"/api/v1/projects/{setting.project.slug}/guidelines/diff?from=1&to=2"
    assert factories.client_for(setting.manager).get(url).json()["stale"] == {
        "labels": 1, "annotations": 3, "items": 2,
    }  # fmt: skip
    assert factories.client_for(setting.annotators[0]).get(url).json()["stale"]["annotations"] is None


def test_evidence_in_use_is_a_conflict() -> None:
    setting = make_setting()
    review = open_review(setting)
    propose(setting, review)
    place = at(review, f"/evidence/{first_evidence(review).pk}")
    client = factories.client_for(setting.manager)
    assert client.delete(place).status_code == 428
    assert client.delete(place, HTTP_IF_MATCH="*").json()["code"] == "evidence_in_use"
