"""Asking for an agreement run. What it is to measure is fixed here, so that the same cut gives the same numbers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from annotation.models import Round
from annotation.selectors import visible_rounds
from core.errors import FieldError, Invalid, NotFound
from events.actor import Actor
from events.jobs import enqueue
from events.services import append_event
from intake.models import Batch
from intake.selectors import visible_batches
from metrics.counting import ALONE, SLICES
from metrics.models import AgreementRun, Slice
from metrics.questions import NO_VERSION, Version, measured_questions, published
from metrics.selection import PEOPLE
from metrics.selectors.slices import slice_named, slices_of
from projects.models import Membership, Project, Team
from projects.selectors import teams_of

JOB_RUN: Final = "agreement.run"
NO_SLICE: Final = "There is no slice of this name in the project."
RESAMPLE_BATCH: Final = "batch"
COMPARED_SLICES: Final = 20
"""So many saved slices, the newest, are held against the whole in every run."""


@dataclass(frozen=True)
class Narrowing:
    """What a run is narrowed to, as its row keeps it."""

    slice: str
    definition: dict[str, Any]
    batch: UUID | None
    team: UUID | None
    who: str
    resample_by: str

    @property
    def told(self) -> dict[str, Any]:
        """What the log says of it: only what differs from the usual."""
        given: dict[str, Any] = {
            "slice": self.slice, "where": self.definition.get("where"), "batch": self.batch, "team": self.team,
            "who": self.who if self.who != PEOPLE else None, "resample_by": self.resample_by,
        }  # fmt: skip
        return {name: value for name, value in given.items() if value}


@transaction.atomic
def request_run(
    *, by: Actor, project: Project, as_of: int, now: datetime, question: str = "",
    guideline_version: Version | None = None, round: Round | UUID | None = None,  # noqa: A002  # the word of the house
    slice: str = ALONE,  # noqa: A002  # the API's name
    batch: Batch | UUID | None = None, team: Team | UUID | None = None, who: str = PEOPLE, resample_by: str = "",
) -> AgreementRun:  # fmt: skip
    """Ask the worker for a run over the cut `as_of`. "" means every question, None every version, round, batch, team.

    `slice` is ALONE for what was answered without a suggestion on screen, one of `metrics.counting.SLICES`, or the name
    of a saved slice. `who` is people, models or together. `resample_by` says what belongs together in the bootstrap:
    "" each item on its own, "batch", "metadata.KEY" or "field.KEY".

    Raises:
        Invalid: no such question, version, slice or field in the project.
        NotFound: no such round, batch or team in the project.
        QueueFull: too many runs wait already.
    """
    number = _version_number(guideline_version)
    _check_asked(project, question, number)
    round_id = round.pk if isinstance(round, Round) else round
    if round_id is not None and not visible_rounds(project).filter(pk=round_id).exists():
        raise NotFound
    narrowing = _narrowing(project, slice, batch=batch, team=team, who=who, resample_by=resample_by)
    job = enqueue(kind=JOB_RUN, project=project.id, arguments={}, by=by, now=now)
    run = AgreementRun.objects.create(
        pk=job.id, project=project, question=question, guideline_version=number, round=round_id, as_of=as_of,
        slice=narrowing.slice, definition=narrowing.definition, batch=narrowing.batch, team=narrowing.team,
        who=narrowing.who, resample_by=narrowing.resample_by,
        created_by=by.user.id if by.user else None, created_at=now,
    )  # fmt: skip
    append_event(
        by=by, action="agreement.run", project=project.id, object_type="agreement_run", object_id=run.pk,
        after={"question": question, "guideline_version": number, "round": round_id, "as_of": as_of} | narrowing.told,
    )  # fmt: skip
    return run


def _version_number(version: Version | None) -> int | None:
    if version is None or version == "all":
        return None
    return NO_VERSION if version == "none" else int(version)


def _check_asked(project: Project, question: str, number: int | None) -> None:
    versions = published(project)
    if question and question not in measured_questions(versions):
        raise Invalid(errors=[FieldError("#/question", "No version of the guideline asks this question.")])
    if number and number not in {version.number for version in versions}:
        raise Invalid(errors=[FieldError("#/guideline_version", f"There is no published version {number}.")])


def _narrowing(
    project: Project, slice_: str, *, batch: Batch | UUID | None, team: Team | UUID | None, who: str, resample_by: str
) -> Narrowing:
    saved = None
    if slice_ not in (ALONE, *SLICES):
        saved = slice_named(project, slice_)
        if saved is None:
            raise Invalid(NO_SLICE, errors=[FieldError("#/slice", NO_SLICE)])
    if who not in AgreementRun.Who.values:
        choices = ", ".join(AgreementRun.Who.values)
        raise Invalid(errors=[FieldError("#/who", f"Choose one of {choices}.")])
    batch_id = batch.pk if isinstance(batch, Batch) else batch
    if batch_id is not None and not visible_batches(project).filter(pk=batch_id).exists():
        raise NotFound
    team_id = team.pk if isinstance(team, Team) else team
    if team_id is not None and not teams_of(project).filter(pk=team_id).exists():
        raise NotFound
    _check_resampling(project, resample_by)
    return Narrowing(saved.name if saved else slice_, _as_it_is(project, saved), batch_id, team_id, who, resample_by)


def _check_resampling(project: Project, resample_by: str) -> None:
    kind, _, key = resample_by.partition(".")
    fields = {str(field["name"]) for field in project.fields}
    fits = (kind == "metadata" and key) or (kind == "field" and key in fields)
    if resample_by not in ("", RESAMPLE_BATCH) and not fits:
        sentence = "Give batch, metadata.KEY, or field.NAME with a field of the items."
        raise Invalid(errors=[FieldError("#/resample_by", sentence)])


def _as_it_is(project: Project, saved: Slice | None) -> dict[str, Any]:
    """What may change later and must not change this run: the slice's filter, who is in which team, which slices
    there are to compare.
    """
    people: dict[str, list[str]] = {}
    members = Membership.objects.filter(project=project, team__isnull=False).order_by("user")
    for team, user in members.values_list("team", "user"):
        people.setdefault(str(team), []).append(str(user))
    named = dict(teams_of(project).values_list("pk", "name"))
    teams = {str(pk): {"name": name, "people": people.get(str(pk), [])} for pk, name in named.items()}
    found: dict[str, Any] = dict(saved.definition) if saved else {}
    others = [other for other in slices_of(project).order_by("-pk")[: COMPARED_SLICES + 1] if other != saved]
    slices = [{"name": other.name, "where": other.definition["where"]} for other in others[:COMPARED_SLICES]]
    return found | ({"teams": teams} if teams else {}) | ({"slices": slices} if slices else {})
