"""Writes over guideline versions. Callers have checked access (projects.access)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from core.canonical import content_hash
from core.errors import NotFound
from events.actor import Actor
from events.services import append_event, next_event_id
from guidelines.errors import GuidelineInvalid, NotEditorial, ReviewNotNeeded, ReviewRequired
from guidelines.models import Acknowledgement, GuidelineVersion
from guidelines.rules import changes_answers
from guidelines.schema.clauses import check_links, parse_clauses
from guidelines.schema.diff import diff_clauses
from guidelines.schema.problems import Problem, SchemaInvalid
from guidelines.schema.schema import LabelSchema, check_fields, parse_schema
from guidelines.selectors import current_version, label_schema_of, last_acknowledged
from projects.models import Project

EMPTY_SCHEMA: dict[str, Any] = {"questions": []}
Verify = Callable[[GuidelineVersion], None]


def create_empty_draft(project: Project, by: Actor) -> None:  # noqa: ARG001  # the signature of such hooks
    """What a new project gets: an empty draft."""
    GuidelineVersion.objects.create(project=project, label_schema=EMPTY_SCHEMA)


def _lock_draft(project: Project, verify: Verify | None) -> GuidelineVersion:
    draft = GuidelineVersion.objects.select_for_update().get(project=project, state=GuidelineVersion.State.DRAFT)
    if verify is not None:
        verify(draft)
    return draft


def _without_html(clause: object) -> object:
    """A client may send back what it read: the HTML made from the texts is left out again."""
    if not isinstance(clause, Mapping):
        return clause
    kept = {name: value for name, value in clause.items() if not str(name).endswith("_html")}
    if isinstance(kept.get("examples"), list):
        kept["examples"] = [
            {k: v for k, v in e.items() if not str(k).endswith("_html")} if isinstance(e, Mapping) else e
            for e in kept["examples"]
        ]
    return kept


def parse_content(clauses: object, label_schema: object) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Clauses and label schema in their stored form; the schema of a draft may be empty. Raises GuidelineInvalid."""
    problems: list[Problem] = []
    parsed: list[dict[str, Any]] = []
    schema = EMPTY_SCHEMA
    try:
        parsed = parse_clauses([_without_html(c) for c in clauses] if isinstance(clauses, list) else clauses)
    except SchemaInvalid as refusal:
        problems += refusal.problems
    try:
        schema = parse_schema(label_schema, empty_ok=True).as_data()
    except SchemaInvalid as refusal:
        problems += refusal.problems
    if problems:
        raise GuidelineInvalid(problems)
    return parsed, schema


@transaction.atomic
def save_draft(
    *,
    by: Actor,  # noqa: ARG001  # every write says who; a draft leaves no event
    project: Project,
    clauses: Sequence[Any],
    label_schema: Mapping[str, Any],
    note: str | None,
    verify: Verify,
) -> GuidelineVersion:
    """Replace the draft; `note` None keeps the one it has. `verify` checks the caller's If-Match under the lock.

    Raises GuidelineInvalid.
    """
    draft = _lock_draft(project, verify)
    draft.clauses, draft.label_schema = parse_content(clauses, label_schema)
    draft.note = draft.note if note is None else note
    draft.save(update_fields=["clauses", "label_schema", "note"])
    return draft


@transaction.atomic
def publish_version(
    *, by: Actor, project: Project, change: str, note: str, now: datetime, review: UUID | None = None,
    clauses: Sequence[Any] | None = None, label_schema: Mapping[str, Any] | None = None, verify: Verify | None = None,
) -> GuidelineVersion:  # fmt: skip
    """Publish the next version; the draft holds the same content afterwards, with an empty note.

    Without `clauses` or `label_schema` those of the draft are published. `verify` checks the caller's If-Match against
    the draft under its lock.

    Raises:
        GuidelineInvalid: something does not parse, a link leads nowhere, a question is about a field that the project
            does not have, or there is no question.
        ReviewRequired, ReviewNotNeeded: version 1 has no review, every later one names its own.
        NotEditorial: an editorial change would alter which answers are possible.
    """
    draft = _lock_draft(project, verify)
    before = current_version(project)
    if before is not None and review is None:
        raise ReviewRequired
    if before is None and review is not None:
        raise ReviewNotNeeded
    content = _publishable(
        draft.clauses if clauses is None else clauses,
        draft.label_schema if label_schema is None else label_schema,
        project.fields,
    )
    if before is not None and change == GuidelineVersion.Change.EDITORIAL:
        _refuse_other_answers(before, content["label_schema"])
    event_id = next_event_id()
    version = GuidelineVersion.objects.create(
        project=project, number=before.number + 1 if before and before.number else 1, change=change, note=note,
        state=GuidelineVersion.State.PUBLISHED, published_at=now, published_by=by.required, review=review,
        event=event_id, **content,
    )  # fmt: skip
    draft.clauses, draft.label_schema, draft.note = content["clauses"], content["label_schema"], ""
    draft.save(update_fields=["clauses", "label_schema", "note"])
    append_event(by=by, action="guideline.published", project=project.id, object_type="guideline_version",
                 object_id=version.id, before=_content(before), after=_content(version), event_id=event_id)  # fmt: skip
    return version


def _publishable(clauses: object, label_schema: object, fields: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    parsed, data = parse_content(clauses, label_schema)
    if not data["questions"]:
        detail = "Ask at least one question: without one there is nothing to label."
        raise GuidelineInvalid([Problem("#/label_schema/questions", detail, "required")])
    schema = LabelSchema(tuple(data["questions"]))
    if problems := check_links(parsed, schema) + check_fields(schema, fields):
        raise GuidelineInvalid(problems)
    return {"clauses": parsed, "label_schema": data}


def _refuse_other_answers(before: GuidelineVersion, data: Mapping[str, Any]) -> None:
    if changes_answers(label_schema_of(before), LabelSchema(tuple(data["questions"]))):
        raise NotEditorial


def _content(version: GuidelineVersion | None) -> dict[str, Any] | None:
    return None if version is None else {"clauses": version.clauses, "label_schema": version.label_schema}


@transaction.atomic
def acknowledge_version(*, by: Actor, version: GuidelineVersion, now: datetime) -> None:
    """Store that the acting user has read a published version, once, with the hash of what was shown as changed.

    Raises NotFound for a draft.
    """
    if version.number is None:
        raise NotFound
    user = by.required
    last = last_acknowledged(user, version.project, before=version.number)
    shown = diff_clauses(last.clauses if last else [], version.clauses)
    digest = content_hash(shown)
    _, made = Acknowledgement.objects.get_or_create(
        version=version, user=user, defaults={"at": now, "diff_hash": digest}
    )
    if made:
        append_event(by=by, action="guideline.acknowledged", project=version.project_id,
                     object_type="guideline_version", object_id=version.id, after={"diff_hash": digest})  # fmt: skip
