"""Suggestions of models: posting them, pinning them to assignments, and what became of them at the submit."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from annotation.errors import NoGuideline, SuggestionExists
from annotation.models import Assignment, Round, Suggestion
from annotation.suggestions import problems_of_suggestion, suggestion_settings, usable_answers
from core.canonical import content_hash
from core.errors import FieldError, Invalid
from core.ids import new_id
from events.actor import Actor
from events.services import append_event, next_event_id
from guidelines import selectors as guidelines
from guidelines.models import GuidelineVersion
from guidelines.schema.schema import LabelSchema
from intake.models import Item
from intake.selectors import visible_items
from projects.models import Project

MOST_SUGGESTIONS = 1000
ACCEPTED, EDITED, REJECTED = "accepted", "edited", "rejected"


@dataclass(frozen=True)
class NewSuggestion:
    """Proposed answers for one item, which is named by its id or by its `external_id`."""

    answers: Mapping[str, Any]
    version: str
    item: UUID | None = None
    external_id: str | None = None
    score: float | None = None


@dataclass(frozen=True)
class Posted:
    """The suggestions made, and those that were there already, both in the order sent."""

    created: list[Suggestion]
    existing: list[Suggestion]


@transaction.atomic
def post_suggestions(*, by: Actor, project: Project, rows: Sequence[NewSuggestion], now: datetime) -> Posted:
    """Keep at most 1,000 suggestions of the caller, with one event, or nothing at all.

    There is one suggestion for each item, agent and version: an equal one makes nothing new.

    Raises:
        Invalid: with a pointer to each unknown item and to each answer that the current label schema does not take.
        NoGuideline: there is no label schema yet.
        SuggestionExists: another suggestion of this agent and version is kept for the item; each is named.
    """
    if not rows:
        return Posted([], [])
    version = guidelines.current_version(project)
    if version is None:
        raise NoGuideline
    wanted = _checked(project, rows, guidelines.label_schema_of(version), by, now)
    distinct: dict[tuple[UUID, str], Suggestion] = {}
    for place, suggestion in enumerate(wanted):
        first = distinct.setdefault((suggestion.item_id, suggestion.version), suggestion)
        _require_same([(place, first, suggestion)])
    event = next_event_id()
    for suggestion in distinct.values():
        suggestion.event = event
    held = _held(distinct.values())
    fresh = [suggestion for key, suggestion in distinct.items() if key not in held]
    # in an order of their own, so that two calls with the same rows never wait for each other
    ordered = sorted(fresh, key=lambda suggestion: (suggestion.item_id, suggestion.version))
    Suggestion.objects.bulk_create(ordered, ignore_conflicts=True)
    held = _held(distinct.values())  # where another call was first with one, its row is the one that counts
    found = [(place, held[s.item_id, s.version], s) for place, s in enumerate(wanted)]
    _require_same(found)
    made = {suggestion.pk for suggestion in fresh}
    created = [suggestion for suggestion in fresh if held[suggestion.item_id, suggestion.version].pk in made]
    if created:
        append_event(
            by=by, action="suggestion.created", project=project.id, object_type="suggestion", object_id=created[0].id,
            ids=[s.id for s in created], after=[_content(s) for s in created], event_id=event,
        )  # fmt: skip
    kept = {suggestion.pk: suggestion for _, suggestion, _ in found}
    return Posted(created, [suggestion for pk, suggestion in kept.items() if pk not in {s.pk for s in created}])


def _checked(
    project: Project, rows: Sequence[NewSuggestion], schema: LabelSchema, by: Actor, now: datetime
) -> list[Suggestion]:
    """The rows as suggestions, not stored. Raises Invalid with everything that is wrong with them."""
    if len(rows) > MOST_SUGGESTIONS:
        raise Invalid(errors=[FieldError("#/suggestions", f"Send at most {MOST_SUGGESTIONS} in one call.")])
    items = _items(project, rows)
    errors: list[FieldError] = []
    made = []
    for place, row in enumerate(rows):
        base = f"#/suggestions/{place}"
        if (row.item is None) == (row.external_id is None):
            errors.append(FieldError(f"{base}/item", "Name the item by its id as `item`, or else by `external_id`."))
            continue
        name = "item" if row.item is not None else "external_id"
        item = items.get(row.item if row.item is not None else row.external_id)
        if item is None:
            errors.append(FieldError(f"{base}/{name}", "The project has no such item."))
            continue
        problems = problems_of_suggestion(schema, row.answers, item.fields, f"{base}/answers")
        errors += [FieldError(problem.pointer, problem.detail) for problem in problems]
        made.append(
            Suggestion(id=new_id(), project=project, item=item, agent=by.required, version=row.version,
                       answers=dict(row.answers), score=row.score, created_at=now)
        )  # fmt: skip
    if errors:
        raise Invalid(errors=errors)
    return made


def _items(project: Project, rows: Sequence[NewSuggestion]) -> dict[UUID | str | None, Item]:
    """The items that the rows name, by id and by external_id."""
    items = visible_items(project).only("id", "external_id", "fields", "project")
    found: dict[UUID | str | None, Item] = {}
    for item in items.filter(pk__in=[row.item for row in rows if row.item is not None]):
        found[item.pk] = item
    for item in items.filter(external_id__in=[row.external_id for row in rows if row.external_id is not None]):
        found[item.external_id] = item
    return found


def _held(wanted: Iterable[Suggestion]) -> dict[tuple[UUID, str], Suggestion]:
    """(item, version) -> what is stored of this agent."""
    rows = list(wanted)
    stored = Suggestion.objects.filter(
        item__in=[s.item_id for s in rows], agent=rows[0].agent_id, version__in={s.version for s in rows}
    )
    return {(s.item_id, s.version): s for s in stored}


def _require_same(found: Iterable[tuple[int, Suggestion, Suggestion]]) -> None:
    """Raises SuggestionExists for each (place, kept, sent) where the two differ."""
    errors = [
        FieldError(f"#/suggestions/{place}", f"Version {kept.version!r} suggested something else for this item before.")
        for place, kept, sent in found
        if _said(kept) != _said(sent)
    ]
    if errors:
        raise SuggestionExists(errors=errors)


def _said(suggestion: Suggestion) -> str:
    score = None if suggestion.score is None else float(suggestion.score)
    return content_hash([suggestion.answers, score])


def _content(suggestion: Suggestion) -> dict[str, Any]:
    """What the event's hash covers."""
    return {
        "id": suggestion.id, "item": suggestion.item_id, "agent": suggestion.agent_id, "version": suggestion.version,
        "answers": suggestion.answers, "score": suggestion.score,
    }  # fmt: skip


# --- Showing them ------------------------------------------------------------------------------------------------


def pin_suggestions(*, project: Project, version: GuidelineVersion, made: Sequence[Assignment]) -> None:
    """Tie the newest fitting suggestion to each new production assignment, in one query; none where they are off.

    What its holder was shown before stays tied to it, so that an answer is never taken for an unassisted one.
    """
    settings = suggestion_settings(project)
    if settings is None:
        return
    wanted = [a for a in made if a.round.kind in (Round.Kind.PRODUCTION, Round.Kind.GOLD) and a.suggestion_id is None]
    if not wanted:
        return
    rows = settings.fitting().filter(item__in=[a.item_id for a in wanted]).select_related("agent")
    newest = {s.item_id: s for s in rows.order_by("item", "-id").distinct("item")}
    for assignment in wanted:
        found = newest.get(assignment.item_id)
        if found is not None and usable_answers(found, version, assignment.item):
            assignment.suggestion = found


# --- At the submit -----------------------------------------------------------------------------------------------


def outcome_of(
    suggestion: Suggestion, *, version: GuidelineVersion, item: Item, answers: Mapping[str, Any],
    adopted: Iterable[str] = (),
) -> dict[str, str]:  # fmt: skip
    """What became of each question of a suggestion that was shown.

    Accepted: the answers are the same. Edited: they differ, but the suggested one was adopted first, or is a list of
    which a part was kept. Rejected: all else.

    Raises Invalid for an adopted question that the suggestion did not answer.
    """
    shown = usable_answers(suggestion, version, item)
    named = set(adopted)
    if strange := sorted(named - set(shown)):
        raise Invalid(errors=[FieldError("#/adopted", f"No answer to {name!r} was suggested.") for name in strange])
    schema = guidelines.label_schema_of(version)
    outcome = {}
    for name, suggested in shown.items():
        if name not in answers:
            outcome[name] = REJECTED
        elif schema.kind(name).same(schema.question(name), suggested, answers[name]):
            outcome[name] = ACCEPTED
        else:
            outcome[name] = EDITED if name in named or _share_a_part(suggested, answers[name]) else REJECTED
    return outcome


def _share_a_part(suggested: object, given: object) -> bool:
    return isinstance(suggested, list) and isinstance(given, list) and any(part in given for part in suggested)


def adopted_before(outcome: Mapping[str, str] | None) -> list[str]:
    """The questions whose suggestion an earlier annotation took up."""
    return [name for name, became in (outcome or {}).items() if became in {ACCEPTED, EDITED}]
