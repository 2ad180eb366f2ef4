"""What a project's agreement may be narrowed to: saved slices, batches, teams."""

from dataclasses import dataclass, field
from typing import Final

from django.db.models import F, JSONField, TextField, Value
from django.db.models.functions import Cast

from intake.selectors import visible_batches
from metrics.models import Slice
from metrics.slices import is_by_answers
from projects.models import Project, Team

MOST: Final = 300


@dataclass(frozen=True)
class Choices:
    """Each as (what an address holds, title). `by_answers` names the slices that choose items by their answers."""

    slices: list[tuple[str, str]] = field(default_factory=list)
    by_answers: set[str] = field(default_factory=set)
    batches: list[tuple[str, str]] = field(default_factory=list)
    teams: list[tuple[str, str]] = field(default_factory=list)


def choices_of(project: Project) -> Choices:
    """One query. Of very many batches the newest are offered; an address may name any."""
    columns = ("sort", "key", "title", "definition")
    nothing = Value(None, JSONField())
    slices = Slice.objects.filter(project=project, retired_at=None).order_by()
    batches = visible_batches(project).order_by("-pk")[:MOST]
    teams = Team.objects.filter(project=project).order_by()
    found = (
        slices.annotate(sort=Value("slice"), key=F("name"), title=F("name"))
        .values_list(*columns)
        .union(
            *(
                rows.annotate(
                    sort=Value(sort), key=Cast("pk", TextField()), title=F("name"), definition=nothing
                ).values_list(*columns)
                for sort, rows in (("batch", batches), ("team", teams))
            ),
            all=True,
        )
    )
    choices = Choices()
    lists = {"slice": choices.slices, "batch": choices.batches, "team": choices.teams}
    for sort, key, title, definition in sorted(found, key=lambda row: str(row[2]).casefold()):
        lists[sort].append((key, title))
        if sort == "slice" and is_by_answers(definition):
            choices.by_answers.add(key)
    return choices
