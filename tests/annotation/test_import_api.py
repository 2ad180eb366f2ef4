"""Imports over REST and their job, run in the test's own process."""

import gzip
import hashlib
import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings

from annotation.models import Annotation, QueueEntry, Round
from events import jobs
from events.models import Event, Job
from intake.models import Batch, Import, Item, RejectedRow
from tests import factories
from tests.paths import shared

pytestmark = pytest.mark.django_db(transaction=True)

CSV = "id,text\na,Hello\nb,Good bye\n"
BY_ID = {"external_id": "id", "fields": {"text": "text"}}
TONES = "id,text,who,tone\n1,One,ann,calm\n1,One,bob,angry\n2,Two,ann,calm\n2,Two,bob,purple\n"
WITH_TONES = {**BY_ID, "annotator": "who", "answers": {"tone": "tone"}}


@pytest.fixture
def project() -> Any:
    return factories.make_project()


@pytest.fixture
def client(project: Any) -> Any:
    return factories.client_for(project.created_by)


def send(client: Any, project: Any, content: str | bytes, mapping: Any = None, **form: Any) -> Any:
    data = content.encode() if isinstance(content, str) else content
    name = form.pop("name", "file.csv")
    body = {
        "file": SimpleUploadedFile(name, data),
        "format": form.pop("format", "csv"),
        "mode": form.pop("mode", "commit"),
    }
    if mapping is not None:
        body["mapping"] = mapping if isinstance(mapping, str) else json.dumps(mapping)
    key = form.pop("key", str(uuid.uuid4()))
    return client.post(
        f"/api/v1/projects/{project.slug}/imports", body | form, format="multipart", headers={"Idempotency-Key": key}
    )


def run(client: Any, project: Any, content: str | bytes, mapping: Any = None, **form: Any) -> dict[str, Any]:
    """Send a file, carry out its job here, and read what came of it."""
    answer = send(client, project, content, mapping, **form)
    assert answer.status_code == 202, answer.content
    jobs.run(uuid.UUID(answer.json()["id"]))
    body: dict[str, Any] = client.get(answer["Location"]).json()
    assert body["rows_read"] == body["rows_kept"] + body["rows_reported"]
    return body


def texts(project: Any) -> dict[str, Any]:
    return dict(Item.objects.filter(project=project).values_list("external_id", "fields__text"))


def test_a_file_becomes_a_batch_with_a_queue(client: Any, project: Any) -> None:
    body = run(client, project, CSV, BY_ID, batch="Letters")
    assert body["state"] == "done", body
    assert [body[k] for k in ("rows_read", "items_created", "annotations_created", "round")] == [2, 2, 0, None]
    assert texts(project) == {"a": "Hello", "b": "Good bye"}
    batch = Batch.objects.get(project=project)
    assert (str(batch.id), batch.name, batch.state) == (body["batch"], "Letters", "ready")
    assert QueueEntry.objects.filter(round__batch=batch, round__kind="production").count() == 2
    committed = Event.objects.get(action="import.committed")
    assert committed.object_id == body["id"]
    assert Import.objects.get().event == committed.id
    created = Event.objects.get(action="items.created")
    assert set(created.details["ids"]) == {str(i) for i in Item.objects.values_list("pk", flat=True)}
    assert set(Item.objects.values_list("event", flat=True)) == {created.id}
    assert client.get(f"/api/v1/projects/{project.slug}/rounds").json()["results"][0]["kind"] == "production"


def test_the_answer_is_a_job_and_its_replay_the_same(client: Any, project: Any) -> None:
    first = send(client, project, CSV, BY_ID, key="k1")
    assert first.status_code == 202
    assert first.json()["kind"] == "import"
    assert first["Location"].endswith(first.json()["id"])
    again = send(client, project, CSV, BY_ID, key="k1")
    assert again.content == first.content
    assert again["Idempotency-Replayed"] == "true"
    assert send(client, project, CSV + "c,Third\n", BY_ID, key="k1").json()["code"] == "idempotency_key_reused"
    assert Import.objects.count() == 1


def test_labels_make_a_complete_round_with_pseudonymous_annotators(client: Any, project: Any) -> None:
    factories.publish_guideline(project)
    body = run(client, project, TONES, WITH_TONES)
    assert [body[k] for k in ("rows_read", "rows_kept", "rows_reported", "items_created", "annotations_created")] == [
        4, 3, 1, 2, 3,
    ]  # fmt: skip
    labels = Round.objects.get(project=project)
    assert (str(labels.id), labels.kind, labels.state, labels.overlap) == (body["round"], "import", "complete", None)
    assert labels.event == Event.objects.get(action="import.committed").id
    rows = Annotation.objects.filter(round=labels)
    assert {(a.item.external_id, a.answers["tone"]) for a in rows} == {("1", "calm"), ("1", "angry"), ("2", "calm")}
    assert {(a.annotator.kind, a.annotator.email, a.annotator.name) for a in rows} == {("imported", "", "")}
    assert len({a.annotator_id for a in rows}) == 2
    assert {a.guideline_version for a in rows} == {None}
    assert not QueueEntry.objects.exists()
    report = client.get(body["report_url"])
    line = json.loads(b"".join(report.streaming_content))
    assert (line["line"], line["pointer"], line["code"]) == (5, "#/tone", "unknown_label")


def test_a_mapping_may_name_the_version(client: Any, project: Any) -> None:
    factories.publish_guideline(project)
    run(client, project, TONES, {**WITH_TONES, "guideline_version": 1})
    assert set(Annotation.objects.values_list("guideline_version__number", flat=True)) == {1}
    refused = send(client, project, TONES, {**WITH_TONES, "guideline_version": 7})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "#/mapping/guideline_version"


@pytest.mark.parametrize("identity", ["person", "slot"])
def test_the_same_file_again_adds_nothing(client: Any, project: Any, identity: str) -> None:
    factories.publish_guideline(project)
    mapping = {**WITH_TONES, "identity": identity}
    first, second = run(client, project, TONES, mapping, batch="b"), run(client, project, TONES, mapping, batch="b")
    for name in ("rows_read", "rows_kept", "rows_reported"):
        assert first[name] == second[name]
    assert (second["items_created"], second["annotations_created"]) == (0, 0)
    assert Round.objects.count() == Batch.objects.count() == 1
    assert Annotation.objects.count() == 3


def test_rows_without_annotators_are_each_their_own(client: Any, project: Any) -> None:
    factories.publish_guideline(project)
    mapping = {**BY_ID, "answers": {"tone": "tone"}, "identity": "none"}
    body = run(client, project, TONES, mapping)
    assert body["annotations_created"] == 3
    assert Round.objects.get().identity == "none"
    assert sorted(Annotation.objects.values_list("item__external_id", "slot")) == [("1", 1), ("1", 2), ("2", 1)]
    again = run(client, project, TONES, mapping)
    assert again["annotations_created"] == 0
    assert again["round"] == body["round"]
    assert Annotation.objects.count() == 3


def test_labels_may_come_later_than_their_items(client: Any, project: Any) -> None:
    factories.publish_guideline(project)
    run(client, project, TONES, {**BY_ID, "repeats": "first"})
    body = run(client, project, TONES, WITH_TONES)
    assert (body["items_created"], body["annotations_created"], body["batch"]) == (0, 3, None)
    assert Round.objects.filter(kind="import").count() == 1


def test_a_dry_run_tells_the_same_and_keeps_nothing(client: Any, project: Any) -> None:
    factories.publish_guideline(project)
    dry = run(client, project, TONES, WITH_TONES, mode="dry_run")
    assert not Item.objects.exists()
    assert not Annotation.objects.exists()
    assert not Batch.objects.exists()
    real = run(client, project, TONES, WITH_TONES)
    for name in ("rows_read", "rows_kept", "rows_reported", "items_created", "annotations_created", "schema_drift"):
        assert dry[name] == real[name], name
    reports = [b"".join(client.get(x["report_url"]).streaming_content) for x in (dry, real)]
    assert reports[0] == reports[1] != b""
    assert run(client, project, TONES, WITH_TONES, mode="dry_run")["annotations_created"] == 0


def test_a_failed_import_keeps_no_row(client: Any, project: Any) -> None:
    rows = "id,text\n" + "".join(f"{n},Text {n}\n" for n in range(2500)) + 'x,"never closed\n'
    body = run(client, project, rows, BY_ID)
    assert body["state"] == "failed"
    assert body["error"]["code"] == "unclosed_quote"
    assert set(body["error"]) == {"code", "detail"}
    assert [body[k] for k in ("rows_read", "rows_kept", "items_created", "batch")] == [0, 0, 0, None]
    assert not Item.objects.exists()
    assert not Batch.objects.exists()
    assert not RejectedRow.objects.exists()
    assert not Event.objects.filter(action="items.created").exists()


def test_repeats_are_refused_unless_the_mapping_says_which_counts(client: Any, project: Any) -> None:
    twice = CSV + "a,Hello again\n"
    refused = run(client, project, twice, BY_ID)
    assert (refused["state"], refused["error"]["code"]) == ("failed", "repeats")
    assert "4" in refused["error"]["detail"]
    kept = run(client, project, twice, {**BY_ID, "repeats": "last"})
    assert (kept["rows_kept"], kept["rows_reported"]) == (2, 1)
    assert texts(project)["a"] == "Hello again"


def test_labels_need_a_published_guideline(client: Any, project: Any) -> None:
    refused = send(client, project, TONES, WITH_TONES)
    assert (refused.status_code, refused.json()["code"]) == (409, "no_guideline")


@pytest.mark.parametrize(
    ("mapping", "pointer"),
    [
        ("{", "#/mapping"),
        ("[]", "#/mapping"),
        ('{"external_id": NaN}', "#/mapping"),
        ({"fields": {"body": "text"}}, "#/mapping/fields/body"),
        ({"wrong": 1}, "#/mapping/wrong"),
        ({"external_id": "i\x00d"}, "#/mapping/external_id"),
        ({**WITH_TONES, "answers": {"mood": "tone"}}, "#/mapping/answers/mood"),
    ],
)
def test_a_wrong_mapping_is_refused_by_name(client: Any, project: Any, mapping: Any, pointer: str) -> None:
    factories.publish_guideline(project)
    refused = send(client, project, TONES, mapping)
    assert refused.status_code == 422, refused.content
    assert pointer in [e["pointer"] for e in refused.json()["errors"]]
    assert not Job.objects.exists()


def test_what_the_form_must_hold(client: Any, project: Any) -> None:
    url, head = f"/api/v1/projects/{project.slug}/imports", {"Idempotency-Key": "k"}
    missing = client.post(url, {"format": "csv", "mode": "commit"}, format="multipart", headers=head)
    assert [e["pointer"] for e in missing.json()["errors"]] == ["#/file"]
    unknown = send(client, project, CSV, BY_ID, colour="red")
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "#/colour")
    assert send(client, project, CSV, BY_ID, format="xlsx").status_code == 422
    assert send(client, project, CSV, BY_ID, mode="try").status_code == 422
    wrong_hash = send(client, project, CSV, BY_ID, sha256="0" * 64)
    assert (wrong_hash.status_code, wrong_hash.json()["errors"][0]["pointer"]) == (422, "#/sha256")
    good = hashlib.sha256(CSV.encode()).hexdigest()
    assert send(client, project, CSV, BY_ID, sha256=good).status_code == 202
    no_key = client.post(url, {"format": "csv"}, format="multipart")
    assert (no_key.status_code, no_key.json()["code"]) == (400, "idempotency_key_required")
    assert client.post(url, {}, format="json", headers=head).status_code == 415


def test_only_the_content_decides_what_a_file_is(client: Any, project: Any) -> None:
    for content in (b"PK\x03\x04rest", b"PAR1rest", b"\x89PNGrest", b"BZh9rest"):
        answer = send(client, project, content, BY_ID)
        assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_type")
    packed = run(client, project, gzip.compress(CSV.encode()), BY_ID, name="../../etc/passwd\n.csv")
    assert (packed["items_created"], packed["file_name"]) == (2, "passwd.csv")


@override_settings(CONCORD_UPLOAD_LIMIT=10)
def test_a_large_file_is_refused(client: Any, project: Any) -> None:
    answer = send(client, project, CSV, BY_ID)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_who_may(client: Any, project: Any) -> None:
    made = send(client, project, CSV, BY_ID).json()["id"]
    stranger = factories.client_for(factories.make_user(), ["tokens:manage"])
    annotator = factories.client_for(factories.make_member(project, "annotator"))
    base = f"/api/v1/projects/{project.slug}/imports"
    other = factories.make_project()
    for path in (base, f"{base}/{made}", f"{base}/{made}/report"):
        assert client.get(path).status_code == 200
        assert annotator.get(path).status_code == 403
        assert stranger.get(path).status_code == 404
    for path in (f"{base}/{made}/cancel", f"{base}/{made}/resume"):
        assert annotator.post(path).status_code == 403
        assert stranger.post(path).status_code == 404
    assert send(annotator, project, CSV).status_code == 403
    assert send(stranger, project, CSV).status_code == 404
    owner = factories.client_for(other.created_by)
    assert owner.get(f"/api/v1/projects/{other.slug}/imports/{made}").status_code == 404
    assert client.get(f"{base}/no-id").status_code == 404


def test_a_queued_import_is_cancelled_and_resumed(client: Any, project: Any) -> None:
    made = send(client, project, CSV, BY_ID)
    base = made["Location"]
    assert client.post(f"{base}/cancel").json()["state"] == "cancelled"
    assert client.post(f"{base}/cancel").status_code == 409
    jobs.run(uuid.UUID(made.json()["id"]))
    assert not Item.objects.exists()
    assert client.post(f"{base}/resume").json()["state"] == "queued"
    jobs.run(uuid.UUID(made.json()["id"]))
    assert client.get(base).json()["items_created"] == 2


def test_too_many_waiting_imports_are_refused(client: Any, project: Any) -> None:
    for _ in range(jobs.MOST_WAITING):
        assert send(client, project, CSV, BY_ID).status_code == 202
    refused = send(client, project, CSV, BY_ID)
    assert (refused.status_code, "Retry-After" in refused) == (429, True)


def test_columns_that_nobody_mapped_are_named(client: Any, project: Any) -> None:
    body = run(client, project, "id,text,mood\n1,One,bad\n", BY_ID)
    assert body["schema_drift"] == [{"column": "mood", "change": "unmapped"}]


def test_the_list_costs_the_same_for_one_and_three(
    client: Any, project: Any, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    url = f"/api/v1/projects/{project.slug}/imports"
    send(client, project, CSV, BY_ID)
    with django_assert_max_num_queries(15) as one:
        client.get(url)
    queries = len(one)
    for _ in range(2):
        send(client, project, CSV, BY_ID)
    with django_assert_num_queries(queries):
        assert len(client.get(url).json()["results"]) == 3


def _suite(*parts: str) -> list[Path]:
    return sorted(p for p in shared("badinput", *parts).iterdir() if p.suffix in {".csv", ".jsonl", ".gz"})


def test_csv_spectrum_comes_back_exactly(client: Any) -> None:
    for path in _suite("csv-spectrum", "csvs"):
        wanted = (path.parent.parent / "json" / f"{path.stem}.json").read_text()
        if b"\r" not in path.read_bytes():
            wanted = wanted.replace("\\r", "")  # this copy of the file lost its returns
        expected = json.loads(wanted)
        names = list(expected[0])
        fields = [{"name": f"f{n}", "type": "text", "title": "x", "required": False} for n in range(len(names))]
        project = factories.make_project(fields=fields)
        mine = factories.client_for(project.created_by)
        body = run(mine, project, path.read_bytes(), {"fields": {f"f{n}": name for n, name in enumerate(names)}})
        assert body["state"] == "done", (path.name, body["error"])
        rows = Item.objects.filter(project=project).order_by("pk").values_list("fields", flat=True)
        assert [[r.get(f"f{n}", "") for n in range(len(names))] for r in rows] == [list(e.values()) for e in expected]


def test_every_bad_jsonl_keeps_the_pass_rule(client: Any) -> None:
    fields = [{"name": "text", "type": "text", "title": "x", "required": False}]
    for path in _suite("jsonl-own"):
        project = factories.make_project(fields=fields)
        mine = factories.client_for(project.created_by)
        outcomes = []
        for _ in range(2):
            answer = send(mine, project, path.read_bytes(), {}, format="jsonl", name=path.name)
            assert answer.status_code < 500, path.name
            if answer.status_code != 202:
                outcomes.append(answer.json()["code"])
                continue
            jobs.run(uuid.UUID(answer.json()["id"]))
            body = mine.get(answer["Location"]).json()
            assert body["state"] in {"done", "failed"}, path.name
            assert body["rows_read"] == body["rows_kept"] + body["rows_reported"]
            assert body["error"] is None or body["error"]["code"] != "internal", path.name
            if body["state"] == "failed":
                assert not Item.objects.filter(project=project).exists()
            outcomes.append([body[k] for k in ("state", "error", "rows_read", "rows_kept", "rows_reported")])
        assert outcomes[0] == outcomes[1], path.name
        assert Item.objects.filter(project=project).count() in {
            0,
            *([outcomes[0][3]] if isinstance(outcomes[0], list) else []),
        }


def test_naughty_strings_are_kept_code_point_by_code_point(client: Any, project: Any) -> None:
    strings = json.loads(shared("badinput", "blns", "blns.json").read_text())
    lines = "\n".join(json.dumps({"id": n, "text": s}) for n, s in enumerate(strings))
    body = run(client, project, lines, BY_ID, format="jsonl")
    kept = texts(project)
    assert body["rows_read"] == len(strings)
    for number, string in enumerate(strings):
        assert kept.get(str(number), "") == string
    assert body["rows_kept"] == len(kept) == sum(1 for s in strings if s)


def _factuality() -> tuple[bytes, dict[str, Any], list[dict[str, Any]]]:
    content = shared("data", "xsum_hallucination", "factuality_annotations_xsum_summaries.csv").read_bytes()
    mapping = {
        "external_id": ["bbcid", "system"], "fields": {"text": "summary"}, "annotator": "worker_id",
        "identity": "slot", "answers": {"factual": "is_factual"}, "null_values": ["NULL"],
    }  # fmt: skip
    question = {
        "name": "factual", "kind": "choice", "title": "Is it factual?", "required": True,
        "labels": [{"value": "yes", "title": "Yes"}, {"value": "no", "title": "No"}],
    }  # fmt: skip
    return content, mapping, [question]


def test_factuality_of_summaries(client: Any, project: Any) -> None:
    content, mapping, questions = _factuality()
    factories.publish_guideline(project, questions, clauses=[])
    body = run(client, project, content, mapping)
    assert body["state"] == "done", body
    assert [body[k] for k in ("rows_read", "rows_kept", "rows_reported")] == [5597, 5564, 33]
    assert (body["annotations_created"], body["items_created"]) == (5564, 1858)
    again = run(client, project, content, mapping)
    assert [again[k] for k in ("rows_read", "rows_kept", "annotations_created", "items_created")] == [5597, 5564, 0, 0]


def test_sarcasm_in_two_files_shares_annotators(client: Any) -> None:
    fields = [{"name": n, "type": "text", "title": n, "required": True} for n in ("context", "response")]
    project = factories.make_project(fields=fields)
    mine = factories.client_for(project.created_by)
    rating = {"name": "sarcasm", "kind": "rating", "title": "How sarcastic?", "required": True, "min": 1, "max": 6}
    factories.publish_guideline(project, [rating], clauses=[])
    mapping = {
        "external_id": ["split", "$key"], "fields": {"context": "text.context", "response": "text.response"},
        "annotators": {"answers": {"sarcasm": "annotations"}},
    }  # fmt: skip
    made = 0
    for name in ("CSC_dev.json", "CSC_test.json"):
        content = shared("data", "csc_sarcasm", name).read_bytes()
        body = run(mine, project, content, mapping, format="json", name=name)
        assert (body["state"], body["items_created"]) == ("done", 704), body
        made += body["annotations_created"]
        assert run(mine, project, content, mapping, format="json")["annotations_created"] == 0
    assert made == 6410
    assert Annotation.objects.values("annotator").distinct().count() == 872
    assert Round.objects.filter(kind="import").count() == 2
