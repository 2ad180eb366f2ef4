"""Labeling over HTTP: shapes, codes, keys, conditions, and who gets what."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from annotation.models import Annotation, Assignment
from tests.annotation.stock import ANSWER, ready, run_out, take
from tests.factories import client_for, label, make_items, make_member, make_project, make_user, publish_guideline

pytestmark = pytest.mark.django_db
API = "/api/v1"


def key():
    return {"HTTP_IDEMPOTENCY_KEY": str(uuid4())}


def post_next(client, project, body=None):
    return client.post(f"{API}/projects/{project.slug}/next", body or {}, format="json")


def body_of(assignment, **changes):
    return {
        "assignment": assignment["id"], "fence": assignment["fence"], "answers": ANSWER, "lead_time_ms": 900,
    } | changes  # fmt: skip


def submit(client, assignment, headers=None, **changes):
    return client.post(f"{API}/annotations", body_of(assignment, **changes), format="json", **(headers or key()))


def test_next_answers_with_the_documented_shape():
    project, [user], items, opened = ready(2)
    answer = post_next(client_for(user), project, {"count": 3})
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"assignments", "reason", "retry_after", "server_now"}
    assert [a["item"] for a in body["assignments"]] == [{"id": str(i.id), "fields": i.fields} for i in items]
    first = body["assignments"][0]
    assert set(first) == {
        "id", "fence", "round", "expires_at", "item", "guideline_version", "suggestion", "draft",
        "sides", "practice",
    }  # fmt: skip
    assert (first["round"], first["guideline_version"], first["draft"]) == (str(opened.id), 1, None)
    assert first["expires_at"].endswith("Z")
    assert body["server_now"] < first["expires_at"]


def test_markdown_fields_come_rendered_beside_what_is_stored():
    fields = [{"name": "text", "type": "markdown", "title": "Text", "required": True}]
    project, [user], _, _ = ready(0, fields=fields)
    written = "# A *head* <script>x</script>"
    make_items(project, texts=[written])
    [given] = post_next(client_for(user), project).json()["assignments"]
    assert given["item"]["fields"] == {"text": written}
    assert given["item"]["html"] == {"text": "<h4>A <em>head</em> &lt;script&gt;x&lt;/script&gt;</h4>"}


def test_next_says_why_there_is_nothing():
    project, [user, other], _, _ = ready(1, people=2, overlap=1)
    client = client_for(user)
    [first] = post_next(client, project).json()["assignments"]
    waiting = post_next(client_for(other), project)
    assert (waiting.json()["assignments"], waiting.json()["reason"]) == ([], "all_leased")
    assert 1 <= waiting.json()["retry_after"] <= 5
    assert submit(client, first).status_code == 201
    assert post_next(client_for(other), project).json()["reason"] == "queue_empty"


@pytest.mark.parametrize("body", [{"count": 0}, {"count": 11}, {"count": "many"}, {"counts": 1}])
def test_next_refuses_other_counts_and_names(body):
    project, [user], _, _ = ready(1)
    answer = post_next(client_for(user), project, body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def test_next_without_a_guideline_or_an_acknowledgement():
    project = make_project()
    user = make_member(project, "annotator")
    client = client_for(user)
    answer = post_next(client, project)
    assert (answer.status_code, answer.json()["code"]) == (409, "no_guideline")
    publish_guideline(project)
    answer = post_next(client, project).json()
    assert (answer["assignments"], answer["reason"]) == ([], "acknowledgement_required")


def test_next_is_for_annotators_of_the_project():
    project, _, _, _ = ready(1)
    assert post_next(client_for(make_user()), project).status_code == 404
    for role in ("adjudicator", "consumer", "manager"):
        answer = post_next(client_for(make_member(project, role)), project)
        assert answer.status_code == 403, role
    annotator = client_for(make_member(project, "annotator"), ["annotations:read"])
    assert post_next(annotator, project).json()["code"] == "insufficient_scope"


def test_submit_answers_201_with_location_and_etag():
    project, [user], items, opened = ready(1)
    client = client_for(user)
    [held] = post_next(client, project).json()["assignments"]
    answer = submit(client, held, note="Close.", unclear={"clause": "calm", "note": "?"}, flagged=True)
    assert answer.status_code == 201
    body = answer.json()
    assert {k: body[k] for k in ("item", "round", "answers", "guideline_version", "superseded_by", "annotator")} == {
        "item": str(items[0].id), "round": str(opened.id), "answers": ANSWER, "guideline_version": 1,
        "superseded_by": None, "annotator": str(user.id),
    }  # fmt: skip
    assert answer["Location"] == f"{API}/annotations/{body['id']}"
    read = client.get(answer["Location"])
    assert (read.json(), read["ETag"]) == (body, answer["ETag"])
    assert client.get(answer["Location"], HTTP_IF_NONE_MATCH=read["ETag"]).status_code == 304


def test_the_same_key_replays_also_after_the_lease_has_ended():
    project, [user], _, _ = ready(1)
    client, headers = client_for(user), key()
    [held] = post_next(client, project).json()["assignments"]
    first = submit(client, held, headers)
    again = submit(client, held, headers)
    assert (again.status_code, again.content) == (201, first.content)
    assert again["Idempotency-Replayed"] == "true"
    assert again["Location"] == first["Location"]
    other = submit(client, held, headers, answers={"tone": "angry"})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    third = submit(client, held)
    assert (third.status_code, third.json()["code"]) == (409, "already_submitted")
    assert Annotation.objects.count() == 1


def test_submit_needs_a_key():
    project, [user], _, _ = ready(1)
    client = client_for(user)
    [held] = post_next(client, project).json()["assignments"]
    answer = client.post(f"{API}/annotations", body_of(held), format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")


def test_a_refused_submit_leaves_its_key_free():
    project, [user], _, _ = ready(1)
    client, headers = client_for(user), key()
    [held] = post_next(client, project).json()["assignments"]
    bad = submit(client, held, headers, answers={"tone": "furious"})
    assert (bad.status_code, bad.json()["errors"][0]["pointer"]) == (422, "#/answers/tone")
    assert submit(client, held, headers).status_code == 201


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"surprise": 1}, "#/surprise"),
        ({"fence": "one"}, "#/fence"),
        ({"answers": []}, "#/answers"),
        ({"lead_time_ms": -1}, "#/lead_time_ms"),
        ({"answers": {"tone": "\x00"}}, "#/answers/tone"),
        ({"unclear": {"what": 1}}, "#/unclear/what"),
    ],
)
def test_a_body_that_is_not_valid_is_refused_with_a_pointer(changes, pointer):
    project, [user], _, _ = ready(1)
    client = client_for(user)
    [held] = post_next(client, project).json()["assignments"]
    answer = submit(client, held, **changes)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


def test_a_body_without_an_assignment():
    _, [user], _, _ = ready(1)
    client = client_for(user)
    answer = client.post(f"{API}/annotations", {"fence": 1, "answers": {}}, format="json", **key())
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/assignment")
    assert client.post(f"{API}/annotations", [1], format="json", **key()).status_code == 400
    for unknown in (str(uuid4()), "no-id"):
        assert submit(client, {"id": unknown, "fence": 1}).status_code == 404


def test_assignments_of_others_are_not_found_and_strangers_see_nothing():
    project, [user, other], _, _ = ready(1, people=2)
    [held] = post_next(client_for(user), project).json()["assignments"]
    stranger = client_for(make_member(make_project(), "annotator"))
    for client in (client_for(other), stranger):
        assert submit(client, held).status_code == 404
        for verb in ("renew", "release", "skip"):
            path = f"{API}/assignments/{held['id']}/{verb}"
            assert client.post(path, {"fence": held["fence"]}, format="json").status_code == 404
        path = f"{API}/assignments/{held['id']}/draft"
        assert client.put(path, {"fence": held["fence"], "answers": {}}, format="json").status_code == 404
    manager = client_for(project.created_by)
    assert submit(manager, held).status_code == 403
    assert Assignment.objects.get().state == "leased"


def test_renew_release_and_skip():
    project, [user], _, _ = ready(2)
    client = client_for(user)
    first, second = post_next(client, project, {"count": 2}).json()["assignments"]
    path = f"{API}/assignments"
    renewed = client.post(f"{path}/{first['id']}/renew", {"fence": first["fence"]}, format="json")
    assert renewed.status_code == 200
    assert renewed.json()["id"] == first["id"]
    assert renewed["ETag"]
    skipped = client.post(f"{path}/{first['id']}/skip", {"fence": first["fence"], "reason": "other"}, format="json")
    released = client.post(f"{path}/{second['id']}/release", {"fence": second["fence"]}, format="json")
    assert (skipped.status_code, released.status_code) == (204, 204)
    [back] = post_next(client, project, {"count": 5}).json()["assignments"]
    assert back["item"] == second["item"]
    lost = client.post(f"{path}/{second['id']}/renew", {"fence": second["fence"]}, format="json")
    assert (lost.status_code, lost.json()["code"]) == (409, "lease_lost")
    assert client.post(f"{path}/{second['id']}/renew", {}, format="json").status_code == 422


def test_drafts_come_back_with_next_and_have_an_etag():
    project, [user], _, _ = ready(1)
    client = client_for(user)
    [held] = post_next(client, project).json()["assignments"]
    path = f"{API}/assignments/{held['id']}/draft"
    saved = client.put(path, {"fence": held["fence"], "answers": {"tone": None}}, format="json")
    assert saved.status_code == 200
    assert saved["ETag"]
    assert post_next(client, project).json()["assignments"][0]["draft"] == {"answers": {"tone": None}}
    large = client.put(path, {"fence": held["fence"], "answers": {"tone": "x" * 66_000}}, format="json")
    assert (large.status_code, large.json()["code"]) == (413, "too_large")
    foreign = client.put(path, {"fence": held["fence"] + 1, "answers": {}}, format="json")
    assert (foreign.status_code, foreign.json()["code"]) == (409, "lease_lost")


def test_a_lost_lease_answers_409():
    project, [user, other], _, _ = ready(1, people=2, overlap=1)
    client = client_for(user)
    [held] = post_next(client, project).json()["assignments"]
    run_out(Assignment.objects.get())
    assert take(other, project).assignments
    answer = submit(client, held)
    assert (answer.status_code, answer.json()["code"]) == (409, "lease_lost")


def test_patch_supersedes():
    project, [user], _, _ = ready(1)
    client = client_for(user)
    [held] = post_next(client, project).json()["assignments"]
    old = submit(client, held)
    path, change, headers = old["Location"], {"answers": {"tone": "angry"}}, key()
    assert client.patch(path, change, format="json", **key()).status_code == 428
    assert client.patch(path, change, format="json", HTTP_IF_MATCH='"x"').json()["code"] == "idempotency_key_required"
    assert client.patch(path, change, format="json", HTTP_IF_MATCH='"x"', **key()).status_code == 412
    new = client.patch(path, change, format="json", HTTP_IF_MATCH=old["ETag"], **headers)
    assert new.status_code == 200
    assert new.json()["id"] != old.json()["id"]
    assert new.json()["answers"] == {"tone": "angry"}
    assert client.get(new["Location"])["ETag"] == new["ETag"]
    assert client.get(path).json()["superseded_by"] == new.json()["id"]
    replay = client.patch(path, change, format="json", HTTP_IF_MATCH=old["ETag"], **headers)
    assert (replay.status_code, replay.content) == (200, new.content)
    stale = client.patch(path, change, format="json", HTTP_IF_MATCH="*", **key())
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    assert stale.json()["superseded_by"] == new["Location"]
    bad = client.patch(new["Location"], {"answers": {"tone": "x"}}, format="json", HTTP_IF_MATCH="*", **key())
    assert (bad.status_code, bad.json()["errors"][0]["pointer"]) == (422, "#/answers/tone")
    more = client.patch(new["Location"], {"note": "x"}, format="json", HTTP_IF_MATCH="*", **key())
    assert more.status_code == 422


def test_withdraw_is_keyed_and_answers_204():
    project, [user], _, _ = ready(1)
    client, headers = client_for(user), key()
    [held] = post_next(client, project).json()["assignments"]
    path = submit(client, held)["Location"] + "/withdraw"
    assert client.post(path, {}, format="json").status_code == 400
    first = client.post(path, {}, format="json", **headers)
    again = client.post(path, {}, format="json", **headers)
    assert (first.status_code, first.content, again.status_code, again.content) == (204, b"", 204, b"")
    assert again["Idempotency-Replayed"] == "true"
    other = client.post(path, {}, format="json", **key())
    assert (other.status_code, other.json()["code"]) == (409, "already_withdrawn")
    [back] = post_next(client, project).json()["assignments"]
    assert back["item"] == held["item"]
    assert back["id"] != held["id"]


def test_annotations_are_shown_to_their_author_and_to_managers():
    project, [user, other], _, _ = ready(1, people=2)
    [mine] = label(user, project, ANSWER)
    [theirs] = label(other, project, ANSWER)
    listed = f"{API}/projects/{project.slug}/annotations"
    path = f"{API}/annotations/{theirs.id}"
    own = client_for(user).get(listed).json()["results"]
    assert [(a["id"], a["annotator"]) for a in own] == [(str(mine.id), str(user.id))]
    assert client_for(user).get(path).status_code == 404
    assert client_for(user).patch(path, {"answers": {}}, format="json", HTTP_IF_MATCH="*", **key()).status_code == 404
    assert client_for(user).post(path + "/withdraw", {}, format="json", **key()).status_code == 404
    manager = client_for(project.created_by)
    assert {a["id"] for a in manager.get(listed).json()["results"]} == {str(mine.id), str(theirs.id)}
    assert manager.get(path).json()["annotator"] == str(other.id)
    blind = client_for(project.created_by, ["annotations:read"])
    assert blind.get(path).json()["annotator"].startswith("annotator-")
    assert manager.patch(path, {"answers": {}}, format="json", HTTP_IF_MATCH="*", **key()).status_code == 403
    for role in ("adjudicator", "consumer"):
        member = client_for(make_member(project, role))
        assert member.get(listed).status_code == 403
        assert member.get(path).status_code == 403
    stranger = client_for(make_user(), [])
    assert stranger.get(listed).status_code == 404
    assert stranger.get(path).status_code == 404


def test_the_list_of_annotations_filters():
    project, [user, other], _, opened = ready(2, people=2)
    rows = label(user, project, ANSWER, count=2) + label(other, project, ANSWER)
    manager = client_for(project.created_by)

    def ids(**query):
        answer = manager.get(f"{API}/projects/{project.slug}/annotations", query)
        assert answer.status_code == 200, answer.json()
        return {a["id"] for a in answer.json()["results"]}

    everything = {str(a.id) for a in rows}
    shown = client_for(project.created_by, ["annotations:read"]).get(f"{API}/annotations/{rows[2].id}").json()
    assert ids() == ids(question="tone") == ids(round=str(opened.id)) == ids(guideline_version="1") == everything
    assert ids(annotator=str(other.id)) == ids(annotator=shown["annotator"]) == {str(rows[2].id)}
    assert ids(question="other") == ids(guideline_version="none") == ids(round=str(uuid4())) == set()
    assert ids(updated_since="2001-01-01T00:00:00Z") == everything
    assert ids(updated_since="2901-01-01T00:00:00Z") == set()
    for query in ({"guideline_version": "x"}, {"round": "x"}, {"updated_since": "x"}, {"user__password": "x"}):
        assert manager.get(f"{API}/projects/{project.slug}/annotations", query).status_code == 400


def test_the_list_of_annotations_pages_and_costs_the_same_queries():
    project, [user], _, _ = ready(3)
    client = client_for(project.created_by)
    path = f"{API}/projects/{project.slug}/annotations"
    label(user, project, ANSWER)
    client.get(path)  # notes when the token was last used
    with CaptureQueriesContext(connection) as one:
        client.get(path)
    label(user, project, ANSWER, count=2)
    with CaptureQueriesContext(connection) as three:
        answer = client.get(path, {"limit": 3})
    assert len(one) == len(three)
    assert len(answer.json()["results"]) == 3
    page = client.get(path, {"limit": 2}).json()
    assert len(page["results"]) == 2
    assert len(client.get(page["next"]).json()["results"]) == 1


def test_labeling_takes_few_queries():
    project, [user], _, _ = ready(3)
    client = client_for(user)
    client.get(f"{API}/projects/{project.slug}/annotations")  # notes when the token was last used
    with CaptureQueriesContext(connection) as to_next:
        [held] = post_next(client, project).json()["assignments"]
    with CaptureQueriesContext(connection) as to_submit:
        submit(client, held)
    assert len([q for q in to_next if "SAVEPOINT" not in q["sql"]]) <= 15
    assert len([q for q in to_submit if "SAVEPOINT" not in q["sql"]]) <= 15


def test_without_credentials_everything_is_401():
    project, [_user], _, _ = ready(1)
    client = APIClient()
    assert post_next(client, project).status_code == 401
    assert client.post(f"{API}/annotations", {}, format="json").status_code == 401
    assert client.get(f"{API}/projects/{project.slug}/annotations").status_code == 401
