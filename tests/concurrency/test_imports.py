"""Imports and pushes at the same time: one import per project, and no item twice."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import close_old_connections, connection
from django.utils import timezone

from annotation.imports import request_import
from annotation.imports.loading import Loader
from annotation.imports.push import push_items
from events import jobs
from events.models import Job
from intake.errors import ItemsLoading
from intake.models import Batch, Import, Item
from intake.services import NewItem
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def ask(project: Any, first: int, last: int) -> Import:
    content = "id,text\n" + "".join(f"{n},Text {n}\n" for n in range(first, last))
    return request_import(
        by=factories.actor(project.created_by), project=project, upload=SimpleUploadedFile("f.csv", content.encode()),
        format="csv", mapping={"external_id": "id", "fields": {"text": "text"}}, mode="commit", now=timezone.now(),
    )  # fmt: skip


def together(*work: Callable[[], object]) -> list[BaseException]:
    errors: list[BaseException] = []

    def carry_out(one: Callable[[], object]) -> None:
        close_old_connections()
        try:
            one()
        except BaseException as error:  # noqa: BLE001  # shown to the test
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=carry_out, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return errors


def test_two_imports_of_a_project_run_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    project, running, most = factories.make_project(), [0], [0]
    whole = Loader.take

    def take(self: Loader, kept: Any) -> None:
        running[0] += 1
        most[0] = max(most[0], running[0])
        whole(self, kept)
        time.sleep(0.3)
        running[0] -= 1

    monkeypatch.setattr(Loader, "take", take)
    one, two = ask(project, 0, 50), ask(project, 25, 75)
    assert together(lambda: jobs.run(one.id), lambda: jobs.run(two.id)) == []
    assert set(Job.objects.values_list("state", flat=True)) == {"done"}
    assert most == [1]
    assert Item.objects.count() == 75
    one.refresh_from_db()
    two.refresh_from_db()
    assert one.items_created + two.items_created == 75
    assert sorted(Batch.objects.values_list("name", flat=True)) == ["f", "f (2)"]


def test_the_same_job_delivered_six_times_runs_once() -> None:
    source = ask(factories.make_project(), 0, 20)
    assert together(*[lambda: jobs.run(source.id) for _ in range(6)]) == []
    assert Job.objects.get().attempt == 1
    assert Item.objects.count() == 20


def test_an_import_and_pushes_never_make_an_item_twice() -> None:
    project = factories.make_project()
    source, by = ask(project, 0, 2000), factories.actor(project.created_by)

    def push(first: int) -> None:
        for number in range(first, first + 2000, 100):
            rows = [NewItem(str(n), {"text": "pushed"}, {}) for n in range(number, number + 20)]
            try:
                push_items(by=by, project=project, rows=rows, now=timezone.now())
            except ItemsLoading:  # said so, nothing made: the pipeline sends it again later
                continue

    assert together(lambda: jobs.run(source.id), lambda: push(0), lambda: push(10)) == []
    source.refresh_from_db()
    assert source.rows_kept == 2000
    assert Item.objects.count() == Item.objects.values("external_id").distinct().count() == 2000
    assert not Batch.objects.filter(state="loading").exists()
