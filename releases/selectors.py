"""Reads over contracts, releases, their files and exports."""

from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from core.canonical import canonical_json, rfc3339
from core.ids import parse_id
from events.models import Event, Job, Seal
from events.selectors import get_job
from guidelines.models import GuidelineVersion
from guidelines.selectors import current_version, label_schema_of
from projects.models import Project
from releases.errors import FileLost, ReleaseNotFound
from releases.models import Contract, Export, Release, ReleaseFile, Use
from releases.rules import next_version, version_key

LARGEST = 2**31 - 1
MAJOR = ("annotation.superseded", "annotation.withdrawn", "case.reopened")
"""Changes that can alter labels which are released already."""
MINOR = ("annotation.created", "case.decided", "import.committed")


def current_contract(project: Project) -> Contract:
    """The newest contract. Every project has one from the day it was made."""
    return Contract.objects.filter(project=project).select_related("created_by").latest("number")


def contracts_of(project: Project) -> QuerySet[Contract]:
    return Contract.objects.filter(project=project).select_related("created_by").order_by("-number")


def contract_in(project: Project, number: int) -> Contract | None:
    if not 1 <= number <= LARGEST:
        return None
    return Contract.objects.filter(project=project, number=number).first()


def question_titles(project: Project) -> dict[str, str]:
    """The same questions by name, with what people read."""
    version = current_version(project)
    questions = label_schema_of(version).by_name if version else {}
    return {name: str(question["title"]) for name, question in questions.items()}


def question_names(project: Project) -> tuple[str, ...]:
    """The questions that a gate may name: those of the current guideline version."""
    version = current_version(project)
    return tuple(label_schema_of(version).question_names) if version else ()


def releases_of(project: Project) -> QuerySet[Release]:
    return Release.objects.filter(project=project).select_related("previous", "contract", "cut_by")


def release_in(project: Project, version: str) -> Release:
    """Raises ReleaseNotFound."""
    found = releases_of(project).filter(version=version).first() if version_key(version) else None
    if found is None:
        raise ReleaseNotFound
    return found


def last_published(project: Project) -> Release | None:
    return releases_of(project).filter(state=Release.State.PUBLISHED).order_by("-published_at", "-pk").first()


def highest_version(project: Project) -> str | None:
    """The highest number that was ever published."""
    final = [Release.State.PUBLISHED, Release.State.WITHDRAWN]
    versions = list(Release.objects.filter(project=project, state__in=final).values_list("version", flat=True))
    return max(versions, key=lambda v: version_key(v) or (0, 0, 0), default=None)


def proposed_version(project: Project) -> tuple[str, str]:
    """The next number and why: major where released labels may have changed, minor for additions, else patch."""
    last, highest = last_published(project), highest_version(project)
    if last is None:
        step, why = "major", "Nothing is released yet."
        return next_version(highest, step), why
    since = Event.objects.filter(project=project.id, seal__seq__gt=last.as_of)
    semantic = GuidelineVersion.objects.filter(
        project=project, state=GuidelineVersion.State.PUBLISHED, change=GuidelineVersion.Change.SEMANTIC,
        event__in=since.filter(action="guideline.published").values("id"),
    )  # fmt: skip
    if semantic.exists() or since.filter(action__in=MAJOR).exists():
        return next_version(highest, "major"), f"Labels that {last.version} holds may have changed since."
    if since.filter(action__in=MINOR).exists():
        return next_version(highest, "minor"), f"Labels were added since {last.version}."
    return next_version(highest, "patch"), f"No label was added or changed since {last.version}."


def job_of(release: Release) -> Job | None:
    return get_job(release.job) if release.job else None


def files_of(release: Release) -> list[ReleaseFile]:
    return list(release.files.order_by("path"))


def file_in(release: Release, path: str) -> ReleaseFile | None:
    """A file by its listed path: nothing else of the disk can be named."""
    return None if "\x00" in path else release.files.filter(path=path).first()


def stored_path(stored_as: str) -> Path:
    """Where a stored file lies. Raises FileLost where it cannot be read."""
    path = Path(settings.FILES_DIR) / stored_as
    if not path.is_file():
        raise FileLost
    return path


def manifest_bytes(release: Release) -> bytes:
    """The manifest as it was published; once the release is withdrawn, with the tombstone."""
    return canonical_json(dict(release.manifest or {}) | {"withdrawn": withdrawal_of(release)}) + b"\n"


def withdrawal_of(release: Release) -> dict[str, Any] | None:
    """The tombstone: when, why, and which release to use instead."""
    if release.withdrawn_at is None:
        return None
    return {
        "at": rfc3339(release.withdrawn_at),
        "reason": release.withdrawn_reason,
        "successor": release.successor or None,
    }


def uses_of(release: Release) -> QuerySet[Use]:
    return Use.objects.filter(release=release).select_related("recorded_by").order_by("-pk")


def project_of_export(export_id: UUID | None) -> UUID | None:
    found: UUID | None = (
        Export.objects.filter(pk=export_id).values_list("project", flat=True).first() if export_id else None
    )
    return found


def export_in(project: Project, export_id: object) -> Export | None:
    parsed = parse_id(export_id)
    return Export.objects.filter(pk=parsed, project=project).first() if parsed else None


def case_states_at(project: Project, as_of: int) -> dict[str, str]:
    """Case -> the last thing that the cut says of it: case.opened, decided, reopened or dissolved."""
    actions = ["case.opened", "case.decided", "case.reopened", "case.dissolved"]
    seals = Seal.objects.filter(project=project.id, seq__lte=as_of, event__action__in=actions).order_by("seq")
    columns = ("event__action", "event__object_type", "event__object_id", "event__details__ids")
    states: dict[str, str] = {}
    for action, kind, object_id, ids in seals.values_list(*columns).iterator(chunk_size=5000):
        for case in [object_id] if kind == "case" else ids or []:
            states[case] = action
    return states
