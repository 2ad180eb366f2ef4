"""Whose answers to which question are measured: the one place that turns what was asked for into a queryset."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet

from annotation.models import Annotation, Round
from annotation.selectors import annotations_at, counting_rounds, visible_rounds
from core.canonical import content_hash
from metrics.counting import ALONE, SLICES, SUGGESTION_SHOWN
from metrics.models import AgreementRun
from metrics.questions import NO_VERSION
from metrics.slices import Definition, Members, answers_kept, people_of
from projects.models import Project

PEOPLE, MODELS, TOGETHER = (who.value for who in AgreementRun.Who)
EVERYTHING: Final[Mapping[str, Any]] = {}


@dataclass(frozen=True)
class Selection:
    """The counted answers to one question in one cut of the log.

    `as_of` None is now. `version` is a number, 0 for labels without a version, None for all. `round` None means the
    production and imported rounds, or the models' own, as `who` says. `slice` is "" for answers given without a
    suggestion on screen, `suggestion_shown` for the others, or the name of a saved slice; what such a name means is in
    `definition` alone. `members` holds the people of teams as they were at the cut, so that nobody who changes teams
    changes an old number.
    """

    project: Project
    as_of: int | None
    question: str
    version: int | None = None
    round: UUID | None = None
    slice: str = ALONE
    definition: Definition = field(default_factory=lambda: EVERYTHING)
    batch: UUID | None = None
    team: UUID | None = None
    who: str = PEOPLE
    members: Members = field(default_factory=dict)

    @property
    def joins_rounds(self) -> bool:
        """Whether a unit is the item over all rounds: a model labels in a round of its own and meets the others only
        there. Of one person who answered in two rounds the latest answer counts.
        """
        return self.who != PEOPLE and self.round is None


def annotations_of(selection: Selection) -> QuerySet[Annotation]:
    """The blind annotations that a selection keeps, in no particular order."""
    project, as_of = selection.project, selection.as_of
    rows = annotations_at(project, as_of).filter(blind=True, round__in=rounds_of(selection))
    rows = rows.filter(suggestion__isnull=selection.slice != SUGGESTION_SHOWN, answers__has_key=selection.question)
    if selection.version is not None:
        rows = rows.filter(**_version(selection.version))
    if selection.batch is not None:
        rows = rows.filter(item__batch=selection.batch)
    if selection.team is not None:
        rows = rows.filter(annotator__in=sorted(people_of(selection.team, selection.members)))
    return answers_kept(rows, selection.definition, project=project, as_of=as_of, members=selection.members)


def _version(number: int) -> dict[str, Any]:
    return {"guideline_version": None} if number == NO_VERSION else {"guideline_version__number": number}


def rounds_of(selection: Selection) -> QuerySet[Round]:
    """The rounds whose labels count."""
    rounds = visible_rounds(selection.project)
    if selection.round is not None:
        return rounds.filter(pk=selection.round)
    if selection.who == PEOPLE:
        return counting_rounds(selection.project)
    models = rounds.filter(kind=Round.Kind.MODEL)
    return models if selection.who == MODELS else models | counting_rounds(selection.project)


def selection_of(run: AgreementRun, question: str) -> Selection:
    """What a run measures of one question."""
    teams = run.definition.get("teams", {})
    return Selection(
        project=run.project,
        as_of=run.as_of,
        question=question,
        version=run.guideline_version,
        round=run.round,
        slice=run.slice,
        definition={"where": run.definition.get("where", [])},
        batch=run.batch,
        team=run.team,
        who=run.who,
        members={UUID(team): frozenset(map(UUID, kept["people"])) for team, kept in teams.items()},
    )


def narrowed_by(run: AgreementRun) -> tuple[object, ...]:
    """What the seed of a run's figures depends on beside question, version and cut: its content, never a name."""
    narrowed = {
        "where": run.definition.get("where"), "batch": str(run.batch) if run.batch else None,
        "team": str(run.team) if run.team else None, "who": run.who if run.who != PEOPLE else None,
        "resample_by": run.resample_by,
    }  # fmt: skip
    told = {name: value for name, value in narrowed.items() if value}
    return (run.round, *([run.slice] if run.slice in SLICES else []), *([content_hash(told)] if told else []))
