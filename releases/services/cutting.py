"""Asking for a release, and taking one back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from core.errors import FieldError, Invalid
from core.ids import new_id
from events.actor import Actor
from events.jobs import enqueue
from events.models import Job
from events.selectors import get_job
from events.services import append_event
from guidelines.selectors import current_version
from projects.models import Project
from releases.building.aggregation import asked_aggregation
from releases.contract.checks import asked_gates
from releases.errors import NoGuideline, NotPublished, VersionExists
from releases.models import Contract, Release, Use
from releases.rules import check_splits, version_key
from releases.selectors import last_published

JOB_RELEASE = "release.build"
FORMATS = ("jsonl",)
ENDED = (Job.State.FAILED, Job.State.CANCELLED)


@transaction.atomic
def cut_release(
    *, by: Actor, project: Project, version: str, as_of: int, now: datetime, note: str = "",
    splits: Mapping[str, Any] | None = None, waivers: Sequence[Mapping[str, Any]] = (), formats: Sequence[str] = (),
    sealed: Sequence[str] = (),
) -> Release:  # fmt: skip
    """Ask the worker for a release of the cut `as_of`. A blocked one of this number is cut again.

    Raises:
        VersionExists: the number is published, withdrawn or being built.
        NoGuideline: there is no published guideline version.
        Invalid: version, splits, waivers or formats are not what they should be.
        QueueFull: too many releases wait already.
    """
    if version_key(version) is None:
        raise Invalid(errors=[FieldError("#/version", "Give three numbers such as 1.0.0.")])
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    former = Release.objects.select_for_update().filter(project=project, version=version).first()
    _refuse_taken(former)
    if current_version(project) is None:
        raise NoGuideline
    contract = Contract.objects.filter(project=project).latest("number")
    errors = check_splits(splits or {}) + _waiver_problems(contract, waivers) + _format_problems(formats, sealed)
    if errors:
        raise Invalid(errors=errors)
    release = former or Release(pk=new_id(), project=project, version=version)
    job = enqueue(kind=JOB_RELEASE, project=project.id, arguments={"release": str(release.pk)}, by=by, now=now)
    release.state, release.note, release.as_of, release.contract = Release.State.BUILDING, note, as_of, contract
    release.job, release.cut_by, release.cut_at, release.previous = job.id, by.required, now, last_published(project)
    release.gates, release.counts, release.guideline_versions = [], {}, []
    release.requested = {
        "splits": [[name, share] for name, share in sorted((splits or {}).items())],
        "waivers": [{"gate": w["gate"], "reason": w["reason"].strip(), "name": by.required.name} for w in waivers],
        "minimums": project.minimums, "fields": project.fields, "name": project.name, "slug": project.slug,
        "aggregation": asked_aggregation(project, as_of),
    }  # fmt: skip
    release.save()
    return release


def _refuse_taken(former: Release | None) -> None:
    if former is None or former.state == Release.State.BLOCKED:
        return
    if former.state != Release.State.BUILDING:
        raise VersionExists(errors=[FieldError("#/version", f"{former.version} is {former.state}.")])
    job = get_job(former.job) if former.job else None
    if job is not None and job.state not in ENDED:
        detail = f"{former.version} is being built right now."
        raise VersionExists(detail, errors=[FieldError("#/version", detail)])


def _waiver_problems(contract: Contract, waivers: Sequence[Mapping[str, Any]]) -> list[FieldError]:
    names = [gate.name for gate in asked_gates(contract.document)]
    errors = []
    for place, waiver in enumerate(waivers):
        if waiver["gate"] not in names:
            detail = f"The contract has no gate “{waiver['gate']}”. Its gates: {', '.join(names) or 'none'}."
            errors.append(FieldError(f"#/waivers/{place}/gate", detail))
        if not waiver["reason"].strip():
            errors.append(FieldError(f"#/waivers/{place}/reason", "Say why this gate may be passed over."))
    return errors


def _format_problems(formats: Sequence[str], sealed: Sequence[str]) -> list[FieldError]:
    errors = [
        FieldError(f"#/formats/{place}", f"A release is written as {', '.join(FORMATS)}.")
        for place, name in enumerate(formats)
        if name not in FORMATS
    ]
    if sealed:
        errors.append(FieldError("#/sealed", "Splits cannot be sealed here. Leave this out."))
    return errors


@transaction.atomic
def withdraw_release(
    *, by: Actor, project: Project, version: str, reason: str, now: datetime, successor: str = ""
) -> Release:
    """Say that a release should be used no more. Its bytes stay for whoever has it; its number stays taken.

    Raises NotPublished, Invalid (no reason, or a successor that is no other published release).
    """
    release = Release.objects.select_for_update().filter(project=project, version=version).first()
    if release is None or release.state != Release.State.PUBLISHED:
        raise NotPublished
    if not reason.strip():
        raise Invalid(errors=[FieldError("#/reason", "Say why the release should be used no more.")])
    others = Release.objects.filter(project=project, state=Release.State.PUBLISHED).exclude(pk=release.pk)
    if successor and not others.filter(version=successor).exists():
        raise Invalid(errors=[FieldError("#/successor", "Name another release that is published.")])
    release.state, release.withdrawn_at = Release.State.WITHDRAWN, now
    release.withdrawn_reason, release.successor = reason.strip(), successor
    release.save(update_fields=["state", "withdrawn_at", "withdrawn_reason", "successor"])
    append_event(
        by=by, action="release.withdrawn", project=project.id, object_type="release", object_id=release.pk,
        version=release.version, before={"state": "published"}, after={"state": "withdrawn", "reason": reason.strip()},
    )  # fmt: skip
    return release


@transaction.atomic
def record_use(*, by: Actor, release: Release, model: str, now: datetime, run: str = "", purpose: str = "") -> Use:
    """Note that a model was trained on a release. Raises NotPublished where it was never published."""
    if not release.is_final:
        raise NotPublished("Only a published release can be used.")
    use = Use.objects.create(
        release=release, model=model, run=run, purpose=purpose, recorded_by=by.required, recorded_at=now
    )
    append_event(by=by, action="release.used", project=release.project_id, object_type="use", object_id=use.pk,
                 version=release.version, after={"model": model, "run": run, "purpose": purpose})  # fmt: skip
    return use
