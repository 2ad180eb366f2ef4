"""Reads over suggestions: whether a project shows them, whose, and to whom."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet

from accounts.models import User
from annotation.models import Annotation, Assignment, Suggestion
from annotation.selectors import cannot_influence
from core.ids import parse_id
from guidelines import selectors as guidelines
from guidelines.models import GuidelineVersion
from guidelines.schema.problems import Problem, at
from guidelines.schema.schema import LabelSchema, validate_answers
from intake.models import Item
from projects.access import Access
from projects.models import Project, Role
from projects.pseudonyms import pseudonym

BY_PERSON = "a manager"
"""Whom annotators read as the agent where a person sent the suggestions."""


@dataclass(frozen=True)
class SuggestionSettings:
    """Whose suggestions annotators are shown: None means the newest of any agent, of any version."""

    project: Project
    agent: UUID | None
    version: str | None

    def fitting(self) -> QuerySet[Suggestion]:
        rows = Suggestion.objects.filter(project=self.project)
        if self.agent is not None:
            rows = rows.filter(agent=self.agent)
        return rows if self.version is None else rows.filter(version=self.version)


def suggestion_settings(project: Project) -> SuggestionSettings | None:
    """What the project says of suggestions; None where it shows none, which is the default."""
    found = project.settings.get("suggestions") or {}
    if found.get("show") is not True:
        return None
    agent = found.get("agent")
    return SuggestionSettings(project, parse_id(agent) if agent else None, found.get("version") or None)


def problems_of_suggestion(
    schema: LabelSchema, answers: Mapping[str, Any], item_fields: Mapping[str, Any], base: str
) -> list[Problem]:
    """What the schema does not take. A suggestion may leave questions out, but it must answer one."""
    if not answers:
        return [Problem(base, "Suggest an answer to at least one question.", "required")]
    left_out = {at(base, name) for name in schema.question_names if name not in answers}
    problems = validate_answers(schema, answers, item_fields, base)
    return [problem for problem in problems if problem.code != "required" or problem.pointer not in left_out]


def usable_answers(suggestion: Suggestion, version: GuidelineVersion, item: Item) -> dict[str, Any]:
    """The suggested answers that the label schema of this version takes: it may have been posted under another."""
    schema = guidelines.label_schema_of(version)
    known = {name: suggestion.answers[name] for name in schema.question_names if name in suggestion.answers}
    problems = problems_of_suggestion(schema, known, item.fields, "#")
    bad = {problem.pointer.split("/")[1] for problem in problems if "/" in problem.pointer}
    # names of questions need no escape in a pointer
    return {name: answer for name, answer in known.items() if name not in bad}


def shown_suggestions(project: Project, assignments: Iterable[Assignment]) -> dict[UUID, dict[str, Any]]:
    """Assignment -> the suggestion that its holder sees now. One query at most, none where nothing is shown."""
    pinned = [a for a in assignments if a.suggestion_id is not None]
    if not pinned or suggestion_settings(project) is None:
        return {}
    missing = {a.suggestion_id for a in pinned if not Assignment.suggestion.is_cached(a)}
    loaded = Suggestion.objects.select_related("agent").in_bulk(missing) if missing else {}
    shown = {}
    for assignment in pinned:
        suggestion = loaded.get(assignment.suggestion_id) or assignment.suggestion
        if suggestion is not None:
            shown[assignment.pk] = shown_body(suggestion, assignment)
    return shown


def shown_body(suggestion: Suggestion, assignment: Assignment) -> dict[str, Any]:
    """A suggestion beside its item, as an annotator sees it."""
    return {
        "id": str(suggestion.id),
        "agent": agent_body(suggestion),
        "version": suggestion.version,
        "score": suggestion.score,
        "answers": usable_answers(suggestion, assignment.guideline_version, assignment.item),
    }


def agent_body(suggestion: Suggestion, access: Access | None = None) -> dict[str, str]:
    """Who suggested. The name of a program is nobody's; a person is named to those who may identify people."""
    agent = suggestion.agent
    if agent.kind != User.Kind.PERSON or (access is not None and access.may_identify):
        return {"id": str(agent.id), "name": agent.label}
    return {"id": pseudonym(suggestion.project_id, agent.id), "name": BY_PERSON}


@dataclass(frozen=True)
class SuggestionFilter:
    item: UUID | None = None
    agent: UUID | None = None
    version: str | None = None


def suggestions_for(access: Access, wanted: SuggestionFilter) -> QuerySet[Suggestion]:
    """What a manager may read. One who labels too sees those of an item once he can no longer be given it."""
    rows = Suggestion.objects.filter(project=access.project).select_related("agent", "item", "project")
    if access.has(Role.ANNOTATOR):
        rows = rows.filter(cannot_influence(access.user))
    if wanted.item is not None:
        rows = rows.filter(item=wanted.item)
    if wanted.agent is not None:
        rows = rows.filter(agent=wanted.agent)
    return rows if wanted.version is None else rows.filter(version=wanted.version)


@dataclass
class Record:
    """How the suggestions of one agent and version have fared, by answered question."""

    agent: User
    version: str
    suggestions: int
    accepted: int = 0
    edited: int = 0
    rejected: int = 0

    @property
    def judged(self) -> int:
        return self.accepted + self.edited + self.rejected


def records_of(project: Project) -> list[Record]:
    """The agents and versions that have suggested anything, and what became of it, in three queries."""
    rows = Suggestion.objects.filter(project=project).order_by()
    groups = rows.values_list("agent", "version").annotate(number=Count("pk"))
    found = list(groups)
    agents = User.objects.in_bulk({agent for agent, _, _ in found})
    records = {(agent, version): Record(agents[agent], version, number) for agent, version, number in found}
    current = Annotation.objects.filter(project=project, suggestion__isnull=False, ended_event=None)
    outcomes = current.order_by().values_list("suggestion__agent", "suggestion__version", "suggestion_outcome")
    for agent, version, outcome, number in outcomes.annotate(number=Count("pk")):
        record = records[agent, version]
        for became in (outcome or {}).values():
            setattr(record, became, getattr(record, became) + number)
    return sorted(records.values(), key=lambda r: (r.agent.label, r.version))
