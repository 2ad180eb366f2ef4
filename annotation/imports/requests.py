"""Asking for an import: everything that can be said at once is said before a job is made."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from annotation.imports.errors import NotCommittable
from annotation.imports.uploads import API_FORMATS, StoredFile, Upload, check_content, drop_upload, store_upload
from core.errors import FieldError, Invalid, NotFound
from core.text import find_bad_text
from events.actor import Actor
from events.jobs import enqueue
from events.selectors import get_job
from guidelines import selectors as guidelines
from guidelines.errors import NoGuideline
from guidelines.models import GuidelineVersion
from intake.apply import check_mapping
from intake.fields import FieldSpec
from intake.mapping import ImportMapping, MappingInvalid, MappingProblem, parse_mapping
from intake.models import Import
from intake.readers.jsontext import BadJson, parse_cell
from projects.models import Project

JOB = "import"


def request_import(
    *, by: Actor, project: Project, upload: Upload | StoredFile, format: str, mapping: Any, mode: str,  # noqa: A002 - the API's own word
    batch: str = "", sha256: str | None = None, now: datetime,
) -> Import:  # fmt: skip
    """Take a file and make the job that reads it; the import has its job's id.

    `mapping` is the parsed JSON. Raises Invalid (with pointers), TooLarge, UnsupportedType, NoGuideline, QueueFull.
    """
    if format not in API_FORMATS:
        raise Invalid(errors=[FieldError("#/format", f"Give one of {', '.join(API_FORMATS)}.")])
    stored = upload if isinstance(upload, StoredFile) else store_upload(upload, sha256=sha256)
    try:
        check_content(stored, format)
        parsed, version = check_request(project, mapping)
        return _enqueue(
            by=by, project=project, stored=stored, file_format=format, mapping=mapping or {}, mode=mode,
            batch=batch, version=version if parsed.has_answers else None, now=now,
        )  # fmt: skip
    except Exception:  # whatever was wrong, a file that no import names must not stay on disk
        if not isinstance(upload, StoredFile):
            drop_upload(stored)
        raise


@transaction.atomic
def _enqueue(
    *, by: Actor, project: Project, stored: StoredFile, file_format: str, mapping: Any, mode: str, batch: str,
    version: GuidelineVersion | None, now: datetime,
) -> Import:  # fmt: skip
    arguments = {"version": str(version.id) if version else None}
    job = enqueue(kind=JOB, project=project.id, arguments=arguments, by=by, now=now)
    return Import.objects.create(
        id=job.id, project=project, file_name=stored.name, stored_as=stored.stored_as, sha256=stored.sha256,
        size=stored.size, format=file_format, mapping=mapping, mode=mode, batch_name=batch, created_by=by.required.id,
    )  # fmt: skip


def check_request(project: Project, mapping: Any) -> tuple[ImportMapping, GuidelineVersion | None]:
    """The parsed mapping and the guideline version its answers are read with.

    Raises Invalid with a pointer to everything wrong, NoGuideline where answers come before a published version.
    """
    if (bad := find_bad_text(mapping, "#/mapping")) is not None:
        raise Invalid(errors=[FieldError(*bad)])
    try:
        parsed = parse_mapping(mapping)
    except MappingInvalid as invalid:
        raise Invalid(errors=_errors(invalid.problems)) from invalid
    version = guidelines.current_version(project) if parsed.has_answers else None
    if parsed.has_answers and version is None:
        raise NoGuideline
    if parsed.guideline_version is not None:
        version = _named_version(project, parsed.guideline_version)
    schema = guidelines.label_schema_of(version) if version and parsed.has_answers else None
    if problems := check_mapping(parsed, FieldSpec.from_data(project.fields), schema):
        raise Invalid(errors=_errors(problems))
    return parsed, version


def _named_version(project: Project, number: int) -> GuidelineVersion:
    try:
        return guidelines.get_version(project, number)
    except NotFound as error:
        detail = f"The project has no guideline version {number}."
        raise Invalid(errors=[FieldError("#/mapping/guideline_version", detail)]) from error


def _errors(problems: Iterable[MappingProblem]) -> list[FieldError]:
    return [FieldError(problem.pointer, problem.detail) for problem in problems]


def read_mapping(text: str) -> Any:
    """The mapping written in a form field. Raises Invalid at `#/mapping`."""
    if not text.strip():
        return {}
    try:
        return parse_cell(text)
    except BadJson as bad:
        raise Invalid(errors=[FieldError("#/mapping", bad.detail)]) from bad


def commit_dry_run(*, by: Actor, dry_run: Import, now: datetime) -> Import:
    """Import for good what a dry run has looked at: the same file, the same mapping. Raises NotCommittable."""
    job = get_job(dry_run.id)
    if dry_run.mode != Import.Mode.DRY_RUN or job is None or job.state != job.State.DONE:
        raise NotCommittable
    stored = StoredFile(dry_run.file_name, dry_run.stored_as, dry_run.sha256, dry_run.size)
    return request_import(
        by=by, project=dry_run.project, upload=stored, format=dry_run.format, mapping=dry_run.mapping,
        mode=Import.Mode.COMMIT, batch=dry_run.batch_name, now=now,
    )  # fmt: skip
