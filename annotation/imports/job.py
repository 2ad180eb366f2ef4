"""Carrying out an import: load unseen, chunk by chunk; then make all of it visible in one transaction."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePath
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from accounts.models import User
from annotation.imports.annotators import PERSON
from annotation.imports.errors import ImportRefused
from annotation.imports.leftovers import beat_between, clear_loading, drop_import_lock, try_import_lock
from annotation.imports.loading import DryLoader, Loader
from annotation.imports.reading import Reading
from annotation.imports.requests import JOB
from annotation.models import Round
from annotation.services import open_production_round
from events.actor import Actor
from events.jobs import JobRun, register_job
from events.services import append_event, next_event_id
from guidelines.models import GuidelineVersion
from guidelines.selectors import label_schema_of
from intake.apply import Mapped
from intake.mapping import ImportMapping, parse_mapping
from intake.models import Batch, Import, RejectedRow
from intake.readers.base import FileRefused, RowProblem
from intake.services import create_batch, save_under_free_name

LOST_DATABASE = (OperationalError, InterfaceError)


@dataclass
class _Work:
    """One import being carried out."""

    run: JobRun
    source: Import
    mapping: ImportMapping
    version: GuidelineVersion | None
    by: Actor
    now: datetime
    earlier: Import | None
    """The import that brought these very answers before, where that is known by the file alone."""
    batch: Batch | None = None
    labels: Round | None = None

    @property
    def brings_answers(self) -> bool:
        return self.mapping.has_answers and self.earlier is None

    def alive(self) -> None:
        with transaction.atomic():
            self.run.beat(self.source.rows_read)


@register_job(JOB, deadline=timedelta(hours=2))
def carry_out(run: JobRun) -> None:
    """Import the file of `Import(run.id)` from its beginning; whatever an earlier attempt left is removed first."""
    source = Import.objects.select_related("project").get(pk=run.id)
    with _alone_in_project(run):
        clear_loading(source.project_id, beat_between(run))
        _reset(source)
        work = _prepare(run, source)
        try:
            _load(work)
        except LOST_DATABASE:
            raise  # nothing can be cleared now; the next attempt begins with that
        except FileRefused as refusal:
            _give_up(work)
            raise ImportRefused(refusal) from refusal
        except BaseException:  # also a cancelled job and a dying process: a failed import keeps no row
            _give_up(work)
            raise


@contextmanager
def _alone_in_project(run: JobRun) -> Iterator[None]:
    """One import at a time in a project. The lock is the session's, so a dead worker holds it no longer."""
    while not try_import_lock(run.project):
        with transaction.atomic():
            run.beat(0)
        time.sleep(1)
    try:
        yield
    finally:
        with suppress(*LOST_DATABASE):
            drop_import_lock(run.project)


def _prepare(run: JobRun, source: Import) -> _Work:
    mapping = parse_mapping(source.mapping)
    version_id = run.arguments.get("version")
    version = GuidelineVersion.objects.get(pk=version_id) if version_id else None
    by = Actor(User.objects.get(pk=source.created_by), run.request_id)
    return _Work(run, source, mapping, version, by, timezone.now(), _same_answers_before(source, mapping))


def _same_answers_before(source: Import, mapping: ImportMapping) -> Import | None:
    """The committed import of the same bytes and the same answer columns.

    Only asked where the file knows no persons: a person's answers are recognised one by one.
    """
    if not mapping.has_answers or mapping.identity == PERSON:
        return None
    rows = Import.objects.filter(project=source.project, sha256=source.sha256).exclude(event=None).exclude(round=None)
    wanted = (mapping.question_columns, mapping.annotator, mapping.identity)
    for row in rows.order_by("pk"):
        other = parse_mapping(row.mapping)
        if (other.question_columns, other.annotator, other.identity) == wanted:
            return row
    return None


def _load(work: _Work) -> None:
    schema = label_schema_of(work.version) if work.version else None
    reading = Reading(work.source, work.mapping, schema)
    loader = _loader(work)
    for chunk in reading.chunks(work.alive):
        kept = [result for result in chunk if isinstance(result, Mapped)]
        rejected = [result for result in chunk if isinstance(result, RowProblem)]
        with transaction.atomic():
            work.run.beat(work.source.rows_read + len(chunk))
            loader.take(kept)
            _report(work.source, rejected)
            _count(work.source, kept=len(kept), reported=len(rejected), loader=loader)
    work.source.schema_drift = reading.drift()
    if isinstance(loader, Loader):
        _flip(work, loader)
    else:
        _end_dry_run(work)


def _loader(work: _Work) -> Loader | DryLoader:
    source, identity = work.source, work.mapping.identity
    if source.mode == Import.Mode.DRY_RUN:
        return DryLoader(source.project, identity, with_answers=work.brings_answers)
    with transaction.atomic():
        work.batch = create_batch(
            by=work.by, project=source.project, name=f"loading {source.id}", state=Batch.State.LOADING
        )
        if work.brings_answers:
            work.labels = Round.objects.create(
                project=source.project, kind=Round.Kind.IMPORT, state=Round.State.LOADING, identity=identity
            )
    named = work.version if work.mapping.guideline_version is not None else None
    return Loader(
        project=source.project, batch=work.batch, labels=work.labels, version=named, identity=identity, now=work.now
    )


def _report(source: Import, problems: list[RowProblem]) -> None:
    RejectedRow.objects.bulk_create(
        RejectedRow(source=source, line=p.line, pointer=p.pointer, code=p.code, detail=p.detail) for p in problems
    )


def _count(source: Import, *, kept: int, reported: int, loader: Loader | DryLoader) -> None:
    source.rows_read += kept + reported
    source.rows_kept += kept
    source.rows_reported += reported
    source.items_created, source.annotations_created = loader.loaded.items, loader.loaded.annotations
    source.save(update_fields=["rows_read", "rows_kept", "rows_reported", "items_created", "annotations_created"])


def _reset(source: Import) -> None:
    """Forget the counts and the report of an attempt that did not come to its end."""
    while ids := list(RejectedRow.objects.filter(source=source).values_list("pk", flat=True)[:5000]):
        RejectedRow.objects.filter(pk__in=ids).delete()
    source.rows_read = source.rows_kept = source.rows_reported = 0
    source.items_created = source.annotations_created = 0
    source.schema_drift, source.batch, source.round = [], None, None
    source.save()


def _give_up(work: _Work) -> None:
    with suppress(*LOST_DATABASE):
        clear_loading(work.source.project_id, beat_between(work.run))
        _reset(work.source)


def _end_dry_run(work: _Work) -> None:
    with transaction.atomic():
        work.run.beat(work.source.rows_read, work.source.rows_read)
        work.source.save()
        work.run.finish()


def _flip(work: _Work, loader: Loader) -> None:
    """Everything at once: batch, round, queue, counts, events and the end of the job."""
    source, loaded = work.source, loader.loaded
    if work.batch is not None and loaded.items and not work.mapping.has_answers:
        # Its entries are made in transactions of their own; while the batch is loading nobody is given one.
        open_production_round(by=work.by, batch=work.batch, now=work.now)
    with transaction.atomic():
        work.run.beat(source.rows_read, source.rows_read)
        source.batch = _show_batch(work, any_items=loaded.items > 0)
        source.event = next_event_id()
        source.round = _show_round(work, source.event) if loaded.annotations else _drop_round(work)
        for event in loaded.events:
            of_items = event.action == "items.created"
            append_event(
                by=work.by, action=event.action, project=source.project_id,
                object_type="batch" if of_items else "round",
                object_id=source.batch.pk if of_items and source.batch else source.round,
                ids=event.ids, after={"rows": event.hash}, event_id=event.id,
            )  # fmt: skip
        append_event(
            by=work.by, action="import.committed", project=source.project_id, object_type="import",
            object_id=source.id, batch=source.batch.pk if source.batch else None,
            round=source.round if loaded.annotations else None, event_id=source.event,
            after={"sha256": source.sha256, "items": loaded.items, "annotations": loaded.annotations},
        )  # fmt: skip
        source.save()
        work.run.finish()


def _show_batch(work: _Work, *, any_items: bool) -> Batch | None:
    """The batch under its name; None where every item was there already, so that there is no batch to show."""
    batch = work.batch
    assert batch is not None
    if not any_items:
        batch.delete()
        return None
    name = work.source.batch_name or PurePath(work.source.file_name).stem or "Import"
    batch.state = Batch.State.READY
    save_under_free_name(batch, name)
    return batch


def _show_round(work: _Work, event: int) -> UUID:
    labels = work.labels
    assert labels is not None
    labels.state, labels.event, labels.batch = Round.State.COMPLETE, event, work.source.batch
    labels.save(update_fields=["state", "event", "batch"])
    return labels.id


def _drop_round(work: _Work) -> UUID | None:
    """No answer was new: there is no second round; the first one is named where it is known."""
    if work.labels is not None:
        work.labels.delete()
    return work.earlier.round if work.earlier else None
