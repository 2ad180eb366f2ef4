"""Whom a batch is reserved for: teams and persons. A batch without an audience is for everybody."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.errors import FieldError, Invalid
from core.ids import parse_id
from intake.models import Batch, BatchAudience
from projects.models import Membership, Project, Role, Team


@dataclass(frozen=True)
class Audience:
    """Teams by id and name, persons by id; empty is everybody."""

    teams: Mapping[UUID, str]
    annotators: frozenset[UUID]

    @property
    def body(self) -> dict[str, list[str]]:
        return {"teams": sorted(self.teams.values()), "annotators": sorted(map(str, self.annotators))}


EVERYBODY = Audience({}, frozenset())


def audience_of(batch: Batch) -> Audience:
    """Reads `batch.audience`, which a list of batches has prefetched with its teams."""
    rows = list(batch.audience.all())
    teams = {row.team.id: row.team.name for row in rows if row.team is not None}
    return Audience(teams, frozenset(row.user_id for row in rows if row.user_id is not None))


def read_audience(project: Project, wanted: Mapping[str, Sequence[str]] | None, present: Audience) -> Audience:
    """What a caller asked for: `{teams: [name or id], annotators: [user ids]}`, either left out as it is now.

    None, or both lists empty, is everybody. Raises Invalid with a pointer at each team or person that is none here.
    """
    if wanted is None:
        return EVERYBODY
    errors: list[FieldError] = []
    teams = _teams(project, wanted["teams"], errors) if "teams" in wanted else present.teams
    people = _people(project, wanted["annotators"], errors) if "annotators" in wanted else present.annotators
    if errors:
        raise Invalid(errors=errors)
    return Audience(teams, people)


def _teams(project: Project, names: Iterable[str], errors: list[FieldError]) -> dict[UUID, str]:
    known = list(Team.objects.filter(project=project))
    by_word = {str(team.id): team for team in known} | {team.name: team for team in known}
    found = {}
    for index, name in enumerate(names):
        if name in by_word:
            found[by_word[name].id] = by_word[name].name
        else:
            errors.append(FieldError(f"#/reserved_for/teams/{index}", "The project has no team of this name or id."))
    return found


def _people(project: Project, ids: Iterable[str], errors: list[FieldError]) -> frozenset[UUID]:
    members = Membership.objects.filter(project=project, roles__contains=[Role.ANNOTATOR])
    known = set(members.values_list("user", flat=True))
    found = set()
    for index, text in enumerate(ids):
        user = parse_id(str(text))
        if user in known:
            found.add(user)
        else:
            place = f"#/reserved_for/annotators/{index}"
            errors.append(FieldError(place, "No annotator of the project has this id."))
    return frozenset(user for user in found if user is not None)


def write_audience(batch: Batch, audience: Audience) -> None:
    """Replace the audience of a batch whose row is locked, or that nobody knows yet."""
    rows: list[dict[str, Any]] = [{"team_id": team} for team in audience.teams]
    rows += [{"user_id": user} for user in audience.annotators]
    BatchAudience.objects.filter(batch=batch).delete()
    BatchAudience.objects.bulk_create([BatchAudience(batch=batch, **row) for row in rows])
