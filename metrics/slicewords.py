"""What a slice keeps, in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from intake.models import Batch
from metrics.questions import Measured, measured_questions, published
from metrics.slices import Definition, conditions
from projects.models import Project
from projects.selectors import teams_of

KIND_WORDS: Final[Mapping[str, str]] = {
    "person": "people", "model": "models", "imported": "annotators of imported files",
}  # fmt: skip


@dataclass(frozen=True)
class Names:
    """Titles of what definitions name by id or key."""

    batches: Mapping[str, str] = field(default_factory=dict)
    teams: Mapping[str, str] = field(default_factory=dict)
    questions: Mapping[str, Measured] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)


def names_for(project: Project, definitions: Iterable[Definition]) -> Names:
    """What is needed to say these definitions, in at most three queries."""
    wanted = [condition for definition in definitions for condition in conditions(definition)]
    batches = {UUID(value) for c in wanted if c["by"] == "batch" for value in c["values"]}
    teams = any(c["by"] == "team" for c in wanted)
    labels = any(c["by"] == "label" for c in wanted)
    return Names(
        batches={str(b.pk): b.name for b in Batch.objects.filter(pk__in=batches)} if batches else {},
        teams={str(team.pk): team.name for team in teams_of(project)} if teams else {},
        questions=measured_questions(published(project)) if labels else {},
        fields={str(f["name"]): str(f.get("title") or f["name"]) for f in project.fields},
    )


def words_of(definition: Definition, names: Names) -> list[str]:
    """One phrase for each condition."""
    return [_words(condition, names) for condition in conditions(definition)]


def _words(condition: Mapping[str, Any], names: Names) -> str:
    values = condition.get("values", ())
    match condition["by"]:
        case "batch":
            return f"in batch {_or(names.batches.get(value, 'one that is gone') for value in values)}"
        case "team":
            return f"answered by team {_or(names.teams.get(value, 'one that is gone') for value in values)}"
        case "annotators":
            return f"answered by {_or(KIND_WORDS[value] for value in values)}"
        case "guideline_version":
            return f"answered under {_or('no version' if value == 'none' else f'v{value}' for value in values)}"
        case "label":
            asked = names.questions.get(condition["name"])
            labels = (asked.title_of(value) if asked else str(value) for value in values)
            return f"somebody answered {_or(labels)} to “{asked.title if asked else condition['name']}”"
        case "answered":
            return _window(condition)
    name = names.fields.get(condition["name"], condition["name"]) if condition["by"] == "field" else condition["name"]
    return f"{name} {_value(condition)}"


def _value(condition: Mapping[str, Any]) -> str:
    match condition["is"]:
        case "one_of":
            return f"is {_or(condition['values'])}"
        case "contains":
            return f"contains “{condition['value']}”"
        case "missing":
            return "has no value"
    first, last = condition.get("from"), condition.get("to")
    if first is None:
        return f"is at most {last}"
    return f"is at least {first}" if last is None else f"is {first} to {last}"


def _window(condition: Mapping[str, Any]) -> str:
    first, last = (_moment(condition.get(end), end) for end in ("from", "to"))
    return "answered " + " ".join(part for part in (first, last) if part)


def _moment(text: str | None, end: str) -> str:
    """A whole day is said as the day; the end of a window is the last day in it."""
    if text is None:
        return ""
    found = datetime.fromisoformat(text)
    whole = (found.hour, found.minute, found.second, found.microsecond) == (0, 0, 0, 0)
    if end == "from":
        return f"from {found:%Y-%m-%d}" if whole else f"from {found:%Y-%m-%d %H:%M} UTC"
    return f"to {found - timedelta(days=1):%Y-%m-%d}" if whole else f"before {found:%Y-%m-%d %H:%M} UTC"


def _or(values: Iterable[Any]) -> str:
    *most, last = [str(value) for value in values]
    return f"{', '.join(most)} or {last}" if most else last
