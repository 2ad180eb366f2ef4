"""Bring a file in from the command line, through the same service and job as everybody else."""  # noqa: N999  # the command's name

import json
import time
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.files import File
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from annotation.imports import read_mapping, request_import
from annotation.imports.bodies import import_body
from annotation.imports.preview import guess_format
from core.errors import ConcordError
from events.actor import Actor
from events.models import Job
from intake.models import Import
from projects.models import Project


class Command(BaseCommand):
    help = "Import a file into a project. The workers carry it out; --wait tells how it ended."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--project", required=True, help="Slug of the project.")
        parser.add_argument("--file", required=True, type=Path)
        parser.add_argument("--format", help="csv, tsv, jsonl, json …; left out, the name of the file tells.")
        parser.add_argument("--mapping", type=Path, help="A file with the mapping as JSON.")
        parser.add_argument("--batch", default="", help="Name of the batch; left out, the name of the file.")
        parser.add_argument("--dry-run", action="store_true", help="Compute everything and keep nothing.")
        parser.add_argument("--wait", action="store_true", help="Wait for the end; exit 1 unless it is done.")

    def handle(self, *args: Any, **options: Any) -> None:
        project = Project.objects.filter(slug=options["project"], archived_at=None).select_related("created_by").first()
        if project is None:
            raise CommandError(f"There is no project {options['project']!r}.")
        source = self._request(project, options)
        if options["wait"]:
            self._wait(source.id)
        source.refresh_from_db()
        job = Job.objects.get(pk=source.id)
        report = f"/api/v1/projects/{project.slug}/imports/{source.id}/report"
        self.stdout.write(json.dumps(import_body(source, job, timezone.now(), report_url=report), indent=1))
        if options["wait"] and job.state != Job.State.DONE:
            raise CommandError((job.error or {}).get("detail") or f"The import is {job.state}.")

    def _request(self, project: Project, options: dict[str, Any]) -> Import:
        path: Path = options["file"]
        try:
            mapping = read_mapping(options["mapping"].read_text("utf-8")) if options["mapping"] else {}
            with path.open("rb") as opened:
                return request_import(
                    by=Actor(project.created_by), project=project, upload=File(opened, path.name), mapping=mapping,
                    format=options["format"] or guess_format(path.name) or "", batch=options["batch"],
                    mode=Import.Mode.DRY_RUN if options["dry_run"] else Import.Mode.COMMIT, now=timezone.now(),
                )  # fmt: skip
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from error
        except ConcordError as error:
            lines = [error.detail, *(f"{e.pointer}: {e.detail}" for e in error.errors)]
            raise CommandError("\n".join(lines)) from error

    @staticmethod
    def _wait(job_id: UUID) -> None:
        while Job.objects.filter(pk=job_id, state__in=[Job.State.QUEUED, Job.State.RUNNING]).exists():
            time.sleep(0.5)
