"""An import that dies half-way: nothing of it is seen, and its own job carries it to the end."""

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.db.models.functions import Now
from django.utils import timezone

from annotation.imports import job as import_job
from annotation.imports import leftovers, request_import
from annotation.imports.loading import Loader
from annotation.models import Annotation, QueueEntry, Round
from annotation.selectors import current_annotations, visible_rounds
from events import jobs
from events.models import Event, Job
from intake.models import Batch, Import, Item, RejectedRow
from intake.selectors import visible_items
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = 2500
ITEMS = {"external_id": "id", "fields": {"text": "text"}}
LABELS = {**ITEMS, "annotator": "who", "answers": {"tone": "tone"}}


class Killed(BaseException):
    """Stands for a worker that is gone: nothing in the product may act on it."""


def ask(project: Any, mapping: dict[str, Any], lines: list[str] | None = None) -> Import:
    lines = lines or [f"{n},Text {n},{'ann' if n % 2 else 'bob'},{'calm' if n % 7 else 'mauve'}" for n in range(ROWS)]
    upload = SimpleUploadedFile("f.csv", ("id,text,who,tone\n" + "\n".join(lines)).encode())
    return request_import(
        by=factories.actor(project.created_by), project=project, upload=upload, format="csv", mapping=mapping,
        mode="commit", now=timezone.now(),
    )  # fmt: skip


def die_after(monkeypatch: pytest.MonkeyPatch, chunks: int) -> None:
    """The worker vanishes in its next chunk: no clean-up runs, the open transaction is rolled back."""
    whole, calls = Loader.take, iter(range(1000))

    def take(self: Loader, kept: Any) -> None:
        whole(self, kept)
        if next(calls) >= chunks:
            raise Killed

    monkeypatch.setattr(Loader, "take", take)
    monkeypatch.setattr(import_job, "_give_up", lambda work: None)


def sweep_up(source: Import) -> None:
    """What the sweep does once the heartbeat has been silent, and the broker's message arriving."""
    Job.objects.filter(pk=source.id).update(heartbeat_at=Now() - timedelta(seconds=60))
    jobs.sweep_jobs(now=timezone.now())
    assert Job.objects.get(pk=source.id).state == "queued"
    jobs.run(source.id)


@pytest.mark.parametrize("mapping", [ITEMS, LABELS], ids=["items", "labels"])
@pytest.mark.parametrize("chunks", [0, 1, 2])
def test_a_killed_import_is_unseen_and_then_complete(
    monkeypatch: pytest.MonkeyPatch, mapping: dict[str, Any], chunks: int
) -> None:
    project = factories.make_project()
    factories.publish_guideline(project)
    source = ask(project, mapping)
    with monkeypatch.context() as patched:
        die_after(patched, chunks)
        with pytest.raises(Killed):
            jobs.run(source.id)
    assert Item.objects.count() == min(chunks * 1000, ROWS) or mapping is LABELS
    assert not visible_items(project).exists()
    assert not visible_rounds(project).exists()
    assert not current_annotations(project).exists()
    assert not Event.objects.filter(action__in=["items.created", "annotation.created", "import.committed"]).exists()
    sweep_up(source)
    source.refresh_from_db()
    assert Job.objects.get(pk=source.id).state == "done"
    assert source.rows_read == ROWS == source.rows_kept + source.rows_reported
    assert visible_items(project).count() == source.rows_kept == source.items_created
    assert Item.objects.count() == source.rows_kept
    assert RejectedRow.objects.count() == source.rows_reported
    assert Annotation.objects.count() == source.annotations_created == (source.rows_kept if mapping is LABELS else 0)
    assert QueueEntry.objects.count() == (0 if mapping is LABELS else ROWS)
    assert Batch.objects.count() == Round.objects.count() == 1
    told = Event.objects.filter(action="items.created")
    assert {i for e in told for i in e.details["ids"]} == {str(i) for i in Item.objects.values_list("pk", flat=True)}
    assert all(len(e.details["ids"]) <= 1000 for e in told)


def test_a_kill_after_the_queue_was_filled_leaves_no_second_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    project = factories.make_project()
    source = ask(project, ITEMS)

    def gone(work: Any, *, any_items: bool) -> Any:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(import_job, "_give_up", lambda work: None)
        patched.setattr(import_job, "_show_batch", gone)
        with pytest.raises(Killed):
            jobs.run(source.id)
    assert QueueEntry.objects.count() == ROWS
    sweep_up(source)
    assert QueueEntry.objects.count() == ROWS
    assert Round.objects.count() == 1


def test_a_lost_database_leaves_the_job_to_the_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    project = factories.make_project()
    source = ask(project, ITEMS)
    with monkeypatch.context() as patched:
        patched.setattr(Loader, "take", lambda self, kept: (_ for _ in ()).throw(OperationalError("gone")))
        jobs.run(source.id)
    assert Job.objects.get(pk=source.id).state == "running"
    sweep_up(source)
    assert visible_items(project).count() == ROWS


def test_what_a_dead_import_left_does_not_stand_in_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    project = factories.make_project()
    dead = ask(project, ITEMS)
    with monkeypatch.context() as patched:
        die_after(patched, 1)
        with pytest.raises(Killed):
            jobs.run(dead.id)
    Job.objects.filter(pk=dead.id).update(deadline=timezone.now() - timedelta(minutes=1))
    jobs.sweep_jobs(now=timezone.now())
    assert Job.objects.get(pk=dead.id).state == "failed"
    assert Item.objects.exists()
    second = ask(project, ITEMS)
    jobs.run(second.id)
    second.refresh_from_db()
    assert second.items_created == ROWS == Item.objects.count()


@pytest.mark.parametrize("mapping", [ITEMS, LABELS], ids=["items", "labels"])
def test_the_sweep_removes_what_a_dead_import_left_and_nothing_of_a_living_one(
    monkeypatch: pytest.MonkeyPatch, mapping: dict[str, Any]
) -> None:
    project = factories.make_project()
    factories.publish_guideline(project)
    dead = ask(project, mapping)
    with monkeypatch.context() as patched:
        die_after(patched, 2)
        with pytest.raises(Killed):
            jobs.run(dead.id)
    monkeypatch.setattr(leftovers, "STEPS_OF_A_SWEEP", 1)
    left = Item.objects.count()
    leftovers.sweep_leftovers()
    assert Item.objects.count() == left > 0
    Job.objects.filter(pk=dead.id).update(deadline=timezone.now() - timedelta(minutes=1))
    jobs.sweep_jobs(now=timezone.now())
    for _ in range(10):
        leftovers.sweep_leftovers()
    assert not Item.objects.exists()
    assert not Batch.objects.exists()
    assert not Round.objects.filter(kind=Round.Kind.IMPORT).exists()


def test_a_cancelled_import_keeps_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    project = factories.make_project()
    source = ask(project, ITEMS)
    whole = Loader.take

    def take(self: Loader, kept: Any) -> None:
        whole(self, kept)
        jobs.cancel_job(job=Job.objects.get(pk=source.id))

    with monkeypatch.context() as patched:
        patched.setattr(Loader, "take", take)
        jobs.run(source.id)
    assert Job.objects.get(pk=source.id).state == "cancelled"
    assert not Item.objects.exists()
    assert not Batch.objects.exists()
    jobs.resume_job(job=Job.objects.get(pk=source.id), now=timezone.now())
    jobs.run(source.id)
    assert visible_items(project).count() == ROWS


def test_an_unforeseen_error_keeps_no_row_and_tells_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    project = factories.make_project()
    source = ask(project, ITEMS)
    whole, calls = Loader.take, iter([False, True])

    def take(self: Loader, kept: Any) -> None:
        whole(self, kept)
        if next(calls):
            raise RuntimeError("a secret path")

    monkeypatch.setattr(Loader, "take", take)
    jobs.run(source.id)
    job = Job.objects.get(pk=source.id)
    assert (job.state, job.error["code"]) == ("failed", "internal")
    assert "secret" not in json.dumps(job.error)
    assert not Item.objects.exists()


def test_the_settled_log_names_the_import_once() -> None:
    project = factories.make_project()
    factories.publish_guideline(project)
    source = ask(project, LABELS)
    factories.settle()
    committed = Event.objects.get(action="import.committed", project=project.id)
    source.refresh_from_db()
    assert committed.details["round"] == str(source.round)
    assert committed.request_id == "test-request"
    assert uuid.UUID(committed.object_id) == source.id
