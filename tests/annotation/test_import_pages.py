"""Pages of imports, as a person's browser calls them, and the command."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client

from events import jobs
from events.models import Job
from intake.models import Import, Item
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
TONES = b"id,text,who,tone\n1,One,ann,calm\n1,One,bob,angry\n2,<b>Two</b>,ann,calm\n2,Two,bob,purple\n"


@pytest.fixture
def project() -> Any:
    made = factories.make_project()
    factories.publish_guideline(made)
    return made


@pytest.fixture
def browser(project: Any) -> Client:
    browser = Client()
    browser.force_login(project.created_by)
    return browser


def upload(browser: Client, project: Any, content: bytes = TONES, name: str = "tones.csv", **form: Any) -> Any:
    return browser.post(f"/p/{project.slug}/import/", {"file": SimpleUploadedFile(name, content), "format": "", **form})


CHOSEN = {
    "external_id": "id", "field_text": "text", "answer_tone": "tone", "annotator": "who", "identity": "person",
    "shape": "row", "repeats": "refuse", "null_values": "", "raw": "", "batch": "Tones",
}  # fmt: skip


def test_from_a_file_to_labels(browser: Client, project: Any) -> None:
    assert browser.get(f"/p/{project.slug}/import/").status_code == 200
    step = upload(browser, project)
    assert step.status_code == 302
    page = browser.get(step["Location"])
    assert page.status_code == 200
    assert b"&lt;b&gt;Two" in page.content
    tried = browser.post(step["Location"], {**CHOSEN, "mode": "dry_run"})
    assert tried.status_code == 302, tried.content.decode()
    assert b"every 2s" in browser.get(tried["Location"]).content
    jobs.run(Import.objects.get().id)
    page = browser.get(tried["Location"])
    assert b"Import for good" in page.content
    assert "The answer is no label" in page.content.decode()
    assert not Item.objects.exists()
    committed = browser.post(tried["Location"], {"action": "commit"})
    assert committed["Location"] != tried["Location"]
    fragment = committed["Location"] + "progress/"
    assert "HX-Refresh" not in browser.get(fragment)
    jobs.run(Import.objects.get(mode="commit").id)
    assert browser.get(fragment)["HX-Refresh"] == "true"
    page = browser.get(committed["Location"]).content.decode()
    assert f"/p/{project.slug}/agreement/" in page
    report = b"".join(browser.get(committed["Location"] + "report/").streaming_content)
    assert json.loads(report)["line"] == 5
    assert Item.objects.count() == 2
    assert "tones.csv" in browser.get(f"/p/{project.slug}/imports/").content.decode()


def test_a_mapping_may_be_written_as_json(browser: Client, project: Any) -> None:
    where = upload(browser, project)["Location"]
    wrong = browser.post(where, {**CHOSEN, "raw": '{"fields": {"body": "text"}}', "mode": "commit"})
    assert wrong.status_code == 422
    assert "no field “body”" in wrong.content.decode()
    broken = browser.post(where, {**CHOSEN, "raw": "{", "mode": "commit"})
    assert broken.status_code == 422
    raw = json.dumps({"external_id": "id", "fields": {"text": "text"}, "repeats": "first"})
    assert browser.post(where, {**CHOSEN, "raw": raw, "mode": "commit"}).status_code == 302
    assert Import.objects.get().mapping["repeats"] == "first"


def test_a_required_field_without_a_column_is_an_error_at_its_field(browser: Client, project: Any) -> None:
    where = upload(browser, project)["Location"]
    answer = browser.post(where, {**CHOSEN, "field_text": "", "mode": "dry_run"})
    assert answer.status_code == 422
    assert b'href="#id_field_text"' in answer.content


def test_files_that_cannot_be_taken_are_refused_in_words(browser: Client, project: Any) -> None:
    assert b"Choose it here" in upload(browser, project, name="tones.txt").content
    zipped = upload(browser, project, content=b"PK\x03\x04", name="a.csv")
    assert zipped.status_code == 422
    assert b"a zip archive" in zipped.content
    page = browser.get(upload(browser, project, content=b"", name="a.csv")["Location"])
    assert b"cannot be read" in page.content


def test_an_upload_is_good_for_its_sender_only(browser: Client, project: Any) -> None:
    where = upload(browser, project)["Location"]
    other = Client()
    other.force_login(factories.make_member(project, "manager"))
    assert other.get(where).status_code == 404
    assert browser.get(f"/p/{project.slug}/import/?upload=forged").status_code == 404


def test_who_may_open_the_pages(browser: Client, project: Any) -> None:
    upload_to = upload(browser, project)["Location"]
    made = browser.post(upload_to, {**CHOSEN, "mode": "commit"})["Location"]
    annotator, stranger = Client(), Client()
    annotator.force_login(factories.make_member(project, "annotator"))
    stranger.force_login(factories.make_user())
    for path in (
        f"/p/{project.slug}/import/",
        f"/p/{project.slug}/imports/",
        made,
        made + "progress/",
        made + "report/",
    ):
        assert browser.get(path).status_code == 200
        assert annotator.get(path).status_code == 403
        assert stranger.get(path).status_code == 404
        assert Client().get(path).status_code == 302


def test_cancel_and_resume_by_button(browser: Client, project: Any) -> None:
    made = browser.post(upload(browser, project)["Location"], {**CHOSEN, "mode": "commit"})["Location"]
    browser.post(made, {"action": "cancel"})
    assert Job.objects.get(kind="import").state == "cancelled"
    assert b"Try again" in browser.get(made).content
    browser.post(made, {"action": "resume"})
    assert Job.objects.get(kind="import").state == "queued"


def test_rejected_rows_come_in_pages(browser: Client, project: Any) -> None:
    rows = "id,text\n" + "".join(f"{n},\n" for n in range(120))
    where = upload(browser, project, content=rows.encode())["Location"]
    made = browser.post(where, {**CHOSEN, "answer_tone": "", "annotator": "", "mode": "commit"})["Location"]
    jobs.run(Import.objects.get().id)
    page = browser.get(made)
    assert len(page.context["rejected"]) == 50
    last = browser.get(made + browser.get(made + page.context["more"].split("#")[0]).context["more"].split("#")[0])
    assert len(last.context["rejected"]) == 20
    assert last.context["more"] == ""


def test_the_command(project: Any, tmp_path: Path) -> None:
    file, mapping = tmp_path / "tones.csv", tmp_path / "m.json"
    file.write_bytes(TONES)
    mapping.write_text(json.dumps({"external_id": "id", "fields": {"text": "text"}, "repeats": "first"}))
    out = io.StringIO()
    call_command("import", project=project.slug, file=file, mapping=mapping, stdout=out)
    body = json.loads(out.getvalue())
    assert (body["state"], body["format"]) == ("queued", "csv")
    with pytest.raises(CommandError, match="no project"):
        call_command("import", project="nowhere", file=file)
    mapping.write_text("{")
    with pytest.raises(CommandError, match="#/mapping"):
        call_command("import", project=project.slug, file=file, mapping=mapping)
