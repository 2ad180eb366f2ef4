"""Releases over REST: who may, what is refused and why, bytes in ranges."""

import base64
import hashlib
import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.adjudication.build import make_setting
from tests.factories import client_for, make_member, make_user, settle
from tests.releases.build import agreeing, cut, reread

pytestmark = pytest.mark.django_db(transaction=True)


def url(setting, rest=""):
    return f"/api/v1/projects/{setting.project.slug}/releases{rest}"


def post(client, path, body, key="k1"):
    return client.post(path, body, format="json", headers={"Idempotency-Key": key})


def body_of(answer):
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def test_a_manager_cuts_and_everybody_who_may_reads():
    setting = agreeing(2)
    client = client_for(setting.manager)
    answer = post(client, url(setting), {"version": "1.0.0", "note": "First."})
    assert answer.status_code == 202, answer.content
    assert answer["Location"] == url(setting, "/1.0.0")
    assert answer.json()["state"] == "building"
    again = post(client, url(setting), {"version": "1.0.0", "note": "First."})
    assert (again.status_code, again["Idempotency-Replayed"], again.content) == (202, "true", answer.content)
    settle()
    consumer = client_for(make_member(setting.project, "consumer"))
    found = consumer.get(url(setting, "/1.0.0"))
    assert found.json()["state"] == "published"
    assert set(found.json()) >= {
        "version", "state", "as_of", "guideline_versions", "gates", "content_hash", "counts", "previous",
    }  # fmt: skip
    assert consumer.get(url(setting, "/1.0.0"), headers={"If-None-Match": found["ETag"]}).status_code == 304
    assert [r["version"] for r in consumer.get(url(setting)).json()["results"]] == ["1.0.0"]
    assert post(consumer, url(setting), {"version": "2.0.0"}).json()["code"] in ("wrong_role", "insufficient_scope")


def test_wrong_roles_and_strangers():
    setting = agreeing(1)
    cut(setting)
    paths = ["", "/1.0.0", "/1.0.0/manifest", "/1.0.0/files/data/items.jsonl", "/1.0.0/diff", "/1.0.0/uses"]
    for role_client in (client_for(setting.annotators[0]), client_for(setting.adjudicator)):
        assert [role_client.get(url(setting, p)).status_code for p in paths] == [403] * len(paths)
    stranger = client_for(make_user())
    assert [stranger.get(url(setting, p)).status_code for p in paths] == [404] * len(paths)
    assert post(stranger, url(setting), {"version": "1.0.0"}).status_code == 404
    assert stranger.get(f"/api/v1/projects/{setting.project.slug}/contract").status_code == 404


def test_a_number_is_used_once():
    setting = agreeing(1)
    cut(setting)
    client = client_for(setting.manager)
    answer = post(client, url(setting), {"version": "1.0.0"})
    assert (answer.status_code, answer.json()["code"]) == (409, "version_exists")
    assert client.post(url(setting, "/1.0.0/withdraw"), {"reason": "Wrong."}, format="json").status_code == 204
    assert post(client, url(setting), {"version": "1.0.0"}).status_code == 409
    cut(setting, "1.0.1", build=False)
    assert post(client, url(setting), {"version": "1.0.1"}).status_code == 409


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"version": "1.0"}, "#/version"),
        ({"version": "v1.0.0"}, "#/version"),
        ({"version": "01.0.0"}, "#/version"),
        ({}, "#/version"),
        ({"version": "1.0.0", "splits": {"train": 0.5}}, "#/splits"),
        ({"version": "1.0.0", "formats": ["parquet"]}, "#/formats/0"),
        ({"version": "1.0.0", "waivers": [{"gate": "nothing", "reason": "x"}]}, "#/waivers/0/gate"),
        ({"version": "1.0.0", "sealed": ["test"]}, "#/sealed"),
        ({"version": "1.0.0", "colour": "red"}, "#/colour"),
    ],
)
def test_what_is_wrong_with_a_request_is_named(body, pointer):
    setting = agreeing(1)
    answer = post(client_for(setting.manager), url(setting), body)
    assert (answer.status_code, [e["pointer"] for e in answer.json()["errors"]]) == (422, [pointer])


def test_cuts_keys_and_guideline():
    setting = agreeing(1)
    client = client_for(setting.manager)
    assert client.post(url(setting), {"version": "1.0.0"}, format="json").json()["code"] == "idempotency_key_required"
    assert post(client, url(setting), {"version": "1.0.0", "as_of": 10**9}).status_code == 422
    assert post(client, url(setting), {"version": "1.0.0", "as_of": 0}).status_code == 202
    from tests.factories import make_project

    bare = make_project(setting.manager)
    answer = post(client_for(setting.manager), f"/api/v1/projects/{bare.slug}/releases", {"version": "1.0.0"}, "k2")
    assert (answer.status_code, answer.json()["code"]) == (409, "no_guideline")


def test_bytes_come_with_their_hash_whole_or_in_parts():
    setting = agreeing(3)
    release = cut(setting)
    client = client_for(setting.manager)
    path = url(setting, "/1.0.0/files/data/items.jsonl")
    whole = client.get(path)
    data = body_of(whole)
    digest = hashlib.sha256(data)
    row = release.files.get(path="data/items.jsonl")
    assert row.sha256 == digest.hexdigest()
    assert whole["ETag"] == f'"{row.sha256}"'
    assert whole["Repr-Digest"] == f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
    assert whole["Cache-Control"] == "private, max-age=31536000, immutable"
    assert whole["X-Content-Type-Options"] == "nosniff"
    assert whole["Content-Disposition"].startswith("attachment")
    assert int(whole["Content-Length"]) == len(data)
    for wanted, part in (("0-9", data[:10]), ("5-", data[5:]), ("-7", data[-7:]), ("0-99999999", data)):
        answer = client.get(path, headers={"Range": f"bytes={wanted}"})
        assert (answer.status_code, body_of(answer)) == (206, part)
        assert answer["Content-Range"].endswith(f"/{len(data)}")
    outside = client.get(path, headers={"Range": f"bytes={len(data)}-"})
    assert (outside.status_code, outside["Content-Range"]) == (416, f"bytes */{len(data)}")
    assert outside["Content-Type"] == "application/problem+json"
    assert client.get(path, headers={"If-None-Match": whole["ETag"]}).status_code == 304
    other = client.get(path, headers={"Range": "bytes=0-1", "If-Range": '"other"'})
    assert (other.status_code, body_of(other)) == (200, data)
    assert client.head(path)["Content-Length"] == str(len(data))


@pytest.mark.parametrize(
    "path",
    ["../manifest.json", "data/../data/items.jsonl", "%2e%2e/%2e%2e/secret", "data%5citems.jsonl", "data", "x%00y",
     "/etc/passwd"],
)  # fmt: skip
def test_no_path_reaches_anything_but_listed_files(path):
    setting = agreeing(1)
    cut(setting)
    assert client_for(setting.manager).get(url(setting, f"/1.0.0/files/{path}")).status_code == 404


def test_a_withdrawn_release_keeps_its_bytes_and_says_why():
    setting = agreeing(1)
    first = cut(setting)
    cut(setting, "1.0.1")
    client = client_for(setting.manager)
    before = json.loads(body_of(client.get(url(setting, "/1.0.0/manifest"))))
    assert before["withdrawn"] is None
    wrong = client.post(url(setting, "/1.0.0/withdraw"), {"reason": "Bad texts.", "successor": "9.0.0"}, format="json")
    assert wrong.status_code == 422
    done = client.post(url(setting, "/1.0.0/withdraw"), {"reason": "Bad texts.", "successor": "1.0.1"}, format="json")
    assert done.status_code == 204
    after = json.loads(body_of(client.get(url(setting, "/1.0.0/manifest"))))
    assert (after["withdrawn"]["reason"], after["withdrawn"]["successor"]) == ("Bad texts.", "1.0.1")
    assert after["content_hash"] == before["content_hash"] == first.content_hash
    assert client.get(url(setting, "/1.0.0")).json()["state"] == "withdrawn"
    assert len(body_of(client.get(url(setting, "/1.0.0/files/data/items.jsonl")))) > 0
    assert client.post(url(setting, "/1.0.0/withdraw"), {"reason": "Again."}, format="json").status_code == 409
    assert reread(first).state == "withdrawn"


def test_the_diff_names_what_was_added_and_relabelled():
    from annotation.models import Annotation
    from annotation.services import supersede_annotation
    from tests.factories import actor, label, make_items

    setting = agreeing(2)
    cut(setting)
    changed = None
    for annotation in Annotation.objects.filter(item=setting.items[0]).select_related("annotator"):
        changed = annotation.item_id
        supersede_annotation(
            by=actor(annotation.annotator), annotation_id=annotation.pk, changes={"tone": "unsure"},
            verify=lambda found: None, now=annotation.created_at,
        )  # fmt: skip
    make_items(setting.project, 1)
    for person in setting.annotators:
        label(person, setting.project, {"tone": "calm"})
    settle()
    release = cut(setting, "2.0.0")
    assert release.state == "published", release.gates
    assert release.counts["changes"]["relabelled"] == 1
    answer = client_for(setting.manager).get(url(setting, "/2.0.0/diff?against=1.0.0")).json()
    assert answer["counts"] == {"added": 1, "removed": 0, "relabelled": 1}
    (row,) = answer["relabelled"]
    assert (row["item"], row["before"], row["after"], row["cause"]) == (str(changed), "calm", "unsure", "superseded")


def test_consumers_record_what_they_trained():
    setting = agreeing(1)
    cut(setting)
    client = client_for(make_member(setting.project, "consumer"))
    answer = client.post(url(setting, "/1.0.0/uses"), {"model": "tone-large", "run": "17"}, format="json")
    assert answer.status_code == 201, answer.content
    assert client.get(url(setting, "/1.0.0/uses")).json()["results"] == [answer.json()]


def test_lists_cost_the_same_for_one_and_three():
    setting = agreeing(1)
    client = client_for(setting.manager)
    costs = []
    for versions in (["1.0.0"], ["1.0.1", "1.0.2"]):
        for version in versions:
            cut(setting, version)
        client.get(url(setting))
        with CaptureQueriesContext(connection) as queries:
            client.get(url(setting))
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_a_blocked_release_says_where_to_go():
    setting = make_setting(items=1)
    cut(setting)
    body = client_for(setting.manager).get(url(setting, "/1.0.0")).json()
    assert (body["state"], body["content_hash"]) == ("blocked", None)
    assert {g["link"] for g in body["gates"]} >= {f"/p/{setting.project.slug}/cases/"}
    assert client_for(setting.manager).get(url(setting, "/1.0.0/manifest")).status_code == 404
