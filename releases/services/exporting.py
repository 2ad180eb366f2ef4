"""Exports: rows of one cut written to a file by the worker."""

import os
import shutil
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, InterfaceError, transaction

from adjudication.selectors.policies import policy_at
from adjudication.services.aggregating import ensure_aggregations
from core.errors import FieldError, Invalid
from events.actor import Actor
from events.jobs import JobRun, enqueue
from events.services import append_event
from metrics.services.heartbeat import beating
from projects.models import Project
from releases.building.files import FileWriter, Written, sync_folders
from releases.exporting.formats import FORMATS, Layout
from releases.exporting.rows import COLUMNS, EXPANDED, KINDS
from releases.models import Export

JOB_EXPORT = "export"
FOLDER = "exports"
EVERY = 2000


@transaction.atomic
def request_export(
    *, by: Actor, project: Project, kind: str, format: str, as_of: int, now: datetime,  # noqa: A002  # the API's word
    spreadsheet_safe: bool = False, identified: bool = False,
) -> Export:  # fmt: skip
    """Ask the worker for the rows of the cut `as_of`. `identified` shows annotators by id, else by pseudonym.

    Raises Invalid (an unknown kind or format) and QueueFull.
    """
    errors = []
    if kind not in KINDS:
        errors.append(FieldError("#/kind", f"Use one of {', '.join(KINDS)}."))
    if format not in FORMATS:
        errors.append(FieldError("#/format", f"This format is not written here. Use one of {', '.join(FORMATS)}."))
    elif spreadsheet_safe and format != "csv":
        errors.append(FieldError("#/spreadsheet_safe", "Only csv has a variant for spreadsheets."))
    if errors:
        raise Invalid(errors=errors)
    job = enqueue(kind=JOB_EXPORT, project=project.id, arguments={}, by=by, now=now)
    export = Export.objects.create(
        pk=job.id, project=project, kind=kind, format=format, as_of=as_of, spreadsheet_safe=spreadsheet_safe,
        identified=identified, created_by=by.required.pk, created_at=now,
    )  # fmt: skip
    append_event(
        by=by, action="export.created", project=project.id, object_type="export", object_id=export.pk,
        after={"kind": kind, "format": format, "as_of": as_of, "identified": identified},
    )  # fmt: skip
    return export


def write_export(run: JobRun) -> None:
    """Carry out one attempt. Nothing is seen of it before the end."""
    export = Export.objects.select_related("project").get(pk=run.id)
    place = f"{FOLDER}/{export.pk}-{run.attempt}"
    folder = Path(settings.FILES_DIR) / place
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        written = _write(run, export, folder)
        with transaction.atomic():
            run.finish()
            Export.objects.filter(pk=export.pk).update(
                stored_as=f"{place}/{written.path}", size=written.size, sha256=written.sha256
            )
    except (DatabaseError, InterfaceError):
        raise  # whether a broken-off commit took place nobody knows here, so the file stays for the next attempt
    except BaseException:  # also a dying process: nothing names this file
        shutil.rmtree(folder, ignore_errors=True)
        raise
    _remove_other_attempts(export.pk, folder)


def _write(run: JobRun, export: Export, folder: Path) -> Written:
    if export.kind == "gold":
        policy = policy_at(export.project, export.as_of)
        with beating(run, 0) as heart:
            ensure_aggregations(
                project=export.project, as_of=export.as_of, methods=policy.methods, policy=policy.number,
                alive=heart.check,
            )  # fmt: skip
    name = f"{export.kind}.{export.format}"
    fields = [f["name"] for f in export.project.fields]
    layout = Layout(COLUMNS[export.kind], EXPANDED.get(export.kind), fields, export.spreadsheet_safe)
    with FileWriter(folder, name) as out:
        for count, line in enumerate(FORMATS[export.format](KINDS[export.kind](export), layout)):
            out.write(line)
            if count % EVERY == 0:
                with transaction.atomic():
                    run.beat(count)
    sync_folders(folder)
    return out.written


def _remove_other_attempts(export_id: UUID, keep: Path) -> None:
    home = Path(settings.FILES_DIR) / FOLDER
    for entry in os.scandir(home):
        if entry.name.startswith(f"{export_id}-") and Path(entry.path) != keep:
            shutil.rmtree(entry.path, ignore_errors=True)
