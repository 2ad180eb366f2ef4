"""Exports: one cut, equal bytes, machine formats exact, spreadsheets safe."""

import csv
import io
import json
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from events import jobs
from events.errors import JobCancelled
from events.models import Job
from events.services import wait_for_cut
from releases import services
from releases.exporting.formats import DANGEROUS, HIDDEN, Layout, as_csv, guard
from releases.services import exporting
from tests.factories import actor, client_for, label, make_items, make_member, make_user, settle
from tests.paths import shared
from tests.releases.build import agreeing

OWN = [
    "=1+1",
    "+1",
    "-1",
    "@x",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1",
    '"=1+1',
    "\u200b=1+1",
    "'=1",
    "plain",
    "",
    "a,=1",
    "é\n",
]


def payloads():
    corpus = shared("badinput", "csv-injection", "payloads.json")
    return [entry["value"] for entry in json.loads(corpus.read_text(encoding="utf-8"))] + OWN


def written(values, *, safe):
    layout = Layout(("text",), None, (), safe)
    data = b"".join(as_csv([{"text": value} for value in values], layout)).decode("utf-8", "surrogatepass")
    return [row[0] if row else "" for row in csv.reader(io.StringIO(data, newline=""))][1:]


def test_machine_csv_gives_every_text_back():
    values = [v for v in payloads() if v]
    assert written(values, safe=False) == values


def test_no_cell_for_spreadsheets_begins_a_formula_and_the_guard_comes_off():
    values = payloads()
    cells = written(values, safe=True)
    for value, cell in zip(values, cells, strict=True):
        assert not cell or cell.lstrip(HIDDEN.replace("'", ""))[:1] not in DANGEROUS
        assert (cell[1:] if cell.startswith("'") else cell) == value


def test_numbers_stay_numbers():
    layout = Layout(("n",), None, (), True)
    assert b"".join(as_csv([{"n": -5}], layout)).decode().splitlines()[1] == '"-5"'
    assert guard("-5") == "'-5"


def ask(client, setting, key="k", **body):
    path = f"/api/v1/projects/{setting.project.slug}/exports"
    return client.post(path, body, format="json", headers={"Idempotency-Key": key})


def fetch(client, answer):
    settle()
    found = client.get(answer["Location"]).json()
    assert found["state"] == "done", found
    content = client.get(found["content_url"])
    return b"".join(content.streaming_content)


@pytest.mark.django_db(transaction=True)
class TestOverRest:
    @pytest.mark.parametrize("kind", ["items", "annotations", "gold", "events"])
    @pytest.mark.parametrize("form", ["jsonl", "csv"])
    def test_two_exports_of_one_cut_are_equal_whatever_came_between(self, kind, form):
        setting = agreeing(2)
        client = client_for(setting.manager)
        first = ask(client, setting, "a", kind=kind, format=form)
        assert first.status_code == 202, first.content
        before = fetch(client, first)
        make_items(setting.project, 2)
        label(setting.annotators[0], setting.project, {"tone": "calm"})
        settle()
        as_of = first.json()["as_of"]
        assert fetch(client, ask(client, setting, "b", kind=kind, format=form, as_of=as_of)) == before
        later = fetch(client, ask(client, setting, "c", kind=kind, format=form))
        assert (later == before) is (kind == "gold")
        assert before

    def test_shapes_and_pseudonyms(self):
        setting = agreeing(2)
        scopes = ["releases:read", "annotations:read", "items:read"]
        client = client_for(setting.manager, scopes)
        data = fetch(client, ask(client, setting, "a", kind="annotations", format="jsonl"))
        rows = [json.loads(line) for line in data.splitlines()]
        assert len(rows) == 4
        assert set(rows[0]) == {
            "id", "item", "external_id", "round", "annotator", "answers", "note", "guideline_version", "lead_time_ms",
            "created_at", "superseded_by", "withdrawn_at",
        }  # fmt: skip
        assert all(row["annotator"].startswith("annotator-") for row in rows)
        data = fetch(client, ask(client, setting, "b", kind="items", format="csv"))
        assert data.decode().splitlines()[0] == "id,external_id,batch,fields.text,metadata"
        refused = ask(client, setting, "c", kind="events", format="csv")
        assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")
        full = client_for(setting.manager)
        identified = ask(full, setting, "d", kind="annotations", format="jsonl")
        assert str(setting.annotators[0].pk).encode() in fetch(full, identified)
        assert client.get(identified["Location"]).status_code == 403

    def test_refusals_roles_and_strangers(self):
        setting = agreeing(1)
        client = client_for(setting.manager)
        wrong = ask(client, setting, kind="items", format="parquet")
        assert wrong.status_code == 422
        assert "jsonl, csv" in wrong.json()["errors"][0]["detail"]
        assert ask(client, setting, kind="people", format="csv").status_code == 422
        assert ask(client, setting, kind="items", format="jsonl", spreadsheet_safe=True).status_code == 422
        made = ask(client, setting, "z", kind="items", format="csv")
        content = client.get(f"{made['Location']}/content")
        assert (content.status_code, content["Retry-After"]) == (409, "1")
        for other, status in ((setting.annotators[0], 403), (make_member(setting.project, "consumer"), 403),
                              (make_user(), 404)):  # fmt: skip
            assert ask(client_for(other), setting, kind="items", format="csv").status_code == status
            assert client_for(other).get(made["Location"]).status_code == status
        assert client.get("/api/v1/exports/nothing").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_a_cancelled_export_leaves_no_file(monkeypatch):
    setting = agreeing(1)
    project = setting.project
    export = services.request_export(
        by=actor(setting.manager), project=project, kind="items", format="jsonl", now=timezone.now(),
        as_of=wait_for_cut(project=project.id),
    )  # fmt: skip
    real = exporting.sync_folders

    def cancelled(folder):
        jobs.cancel_job(job=Job.objects.get(pk=export.pk))
        real(folder)
        raise JobCancelled

    monkeypatch.setattr(exporting, "sync_folders", cancelled)
    jobs.run(export.pk)
    assert Job.objects.get(pk=export.pk).state == "cancelled"
    assert list((Path(settings.FILES_DIR) / "exports").glob(f"{export.pk}-*")) == []
