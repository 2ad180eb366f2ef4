"""Reads across every floor: counts of a project, its items with their state, its log."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet, Sum

from accounts.models import User
from adjudication.models import Case, Decision
from adjudication.selectors import GoldRow, gold_of, item_states, items_in_state, visible_cases
from adjudication.selectors.counts import aggregated_count
from annotation.imports.bodies import item_body
from annotation.models import Annotation, Assignment, QueueEntry, Round
from annotation.selectors import (
    counting_rounds,
    items_of,
    may_open_item,
    people_annotations,
    visible_annotations,
)
from annotation.shown import preview_of, shown_fields
from core.errors import ConcordError
from core.ids import NIL
from events.models import Seal
from events.selectors import sealed_log
from guidelines.schema.schema import LabelSchema
from guidelines.selectors import current_version, label_schema_of
from home.words import Happening, gather, told
from intake.models import Batch, Item
from intake.selectors import item_in, items_showing, search_items, shows_image, visible_batches
from metrics.counting import ALONE, TOGETHER
from metrics.models import Pattern
from projects.access import Access
from projects.models import Project, Role

ALL_VERSIONS = -1
LOOK_BACK = 100
PREVIEW = 160
UNTOLD = {"state": None, "slots": None, "gold": None}
"""What an item says to whoever must not know how others answered."""
_SOURCES = {
    "unanimous": "everybody agrees", "majority": "made of its answers", "model": "by a model of annotators",
    "adjudicated": "decided", "kept_disagreement": "kept as a disagreement",
}  # fmt: skip


def has_items(project: Project) -> bool:
    return Item.objects.filter(project=project, batch__state=Batch.State.READY).exists()


def has_annotations(project: Project) -> bool:
    return people_annotations(project).exists()


def project_counts(project: Project) -> dict[str, int]:
    """Items, current annotations, open cases and gold answers of a project.

    Gold is what nobody needs to decide any more: units of completed rounds with one value, cases with a decided
    answer, and what the aggregation policy answers. It is read off the count patterns, so its cost does not grow
    with the project.
    """
    items = Item.objects.filter(project=project, batch__state=Batch.State.READY).count()
    annotations = people_annotations(project)
    cases = Case.objects.filter(project=project, state__in=[Case.State.OPEN, Case.State.ESCALATED]).count()
    decided = Decision.objects.filter(
        case__project=project,
        ended_event=None,
        case__state=Case.State.DECIDED,
        outcome=Decision.Outcome.ANSWER,
    ).count()
    return {
        "items": items,
        "annotations": annotations.count(),
        "cases_open": cases,
        "gold": decided + _unanimous_units(project) + aggregated_count(project),
    }


def _unanimous_units(project: Project) -> int:
    """Units whose completed round holds one value only."""
    total = 0
    rows = Pattern.objects.filter(
        project=project, version=ALL_VERSIONS, slice__in=(ALONE, TOGETHER), units__gt=0,
        round__in=counting_rounds(project),
    )  # fmt: skip
    for counts, units, kind, overlap in rows.values_list("counts", "units", "round__kind", "round__overlap"):
        if len(counts) == 1 and (kind == Round.Kind.IMPORT or counts[0][1] >= (overlap or 1)):
            total += units
    return total


def error_sentences() -> dict[str, str]:
    """Every error code of the product with its sentence."""
    found = {"invalid_token": "Sign in, or send a token that is valid.", "csrf_failed": "Send the CSRF token."}
    waiting = [ConcordError]
    while waiting:
        kind = waiting.pop()
        waiting.extend(kind.__subclasses__())
        if not kind.__name__.startswith("_"):
            found.setdefault(kind.code, kind.sentence)
    return found


def names_of(seals: Iterable[Seal]) -> dict[UUID, str]:
    """Actor id -> label of the user, for a manager's pages."""
    ids = {s.event.actor for s in seals if s.event.actor}
    return {user.id: user.label for user in User.objects.filter(pk__in=ids)}


def log_before(project: Project, before: int | None, number: int) -> list[Seal]:
    """The newest `number` seals of a project, or those before a place in its log."""
    rows = Seal.objects.filter(project=project.id).select_related("event").order_by("-seq")
    return list((rows.filter(seq__lt=before) if before is not None else rows)[:number])


def recent_events(project: Project, number: int = 8) -> list[Happening]:
    """The newest events, repeated ones gathered; it looks back over a fixed number of events."""
    seals = list(sealed_log(project.id).order_by("-seq")[:LOOK_BACK])
    return gather(seals, names_of(seals), number)


def log_rows(seals: Iterable[Seal]) -> list[dict[str, Any]]:
    """Sealed events with who did what in words."""
    rows = list(seals)
    people = names_of(rows)
    return [
        {"seal": s, "event": s.event, "who": people.get(s.event.actor or NIL, "Concord"), "what": told(s.event.action)}
        for s in rows
    ]


def batch_names(project: Project) -> list[str]:
    return list(visible_batches(project).order_by("name").values_list("name", flat=True))


def find_items(project: Project, *, state: str = "", batch: str = "", q: str = "") -> QuerySet[Item]:
    """Visible items by batch and text, and by state where one is named."""
    rows = search_items(project, batch=batch or None, q=q or None)
    return items_in_state(rows, project, state) if state else rows


def items_after(rows: QuerySet[Item], after: UUID | None, number: int) -> QuerySet[Item]:
    return (rows.filter(pk__gt=after) if after else rows).order_by("pk")[:number]


def item_rows(project: Project, page: Sequence[Item]) -> list[dict[str, Any]]:
    """Items with state and slots for a list."""
    states = item_states(project, [i.id for i in page])
    return [{"item": i, "state": states[i.id], "preview": preview_of(project, i, PREVIEW)} for i in page]


def slots_of(project: Project, ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """Item -> `{filled, of, reason}`: how many of its labels are there, in the rounds that count."""
    rounds = counting_rounds(project)
    labels = Annotation.objects.filter(item__in=ids, round__in=rounds, ended_event=None)
    filled = dict(labels.order_by().values("item").annotate(n=Count("pk")).values_list("item", "n"))
    entries = QueueEntry.objects.filter(item__in=ids, round__in=rounds)
    wanted = dict(entries.order_by().values("item").annotate(n=Sum("overlap")).values_list("item", "n"))
    found = {}
    for item in ids:
        n, of = filled.get(item, 0), wanted.get(item)
        reason = "no_round" if of is None and n == 0 else None
        found[item] = {"filled": n, "of": of if of is not None else n, "reason": reason}
    return found


def gold_body(row: GoldRow) -> dict[str, Any]:
    return {
        "question": row.question,
        "answer": row.answer,
        "distribution": row.distribution,
        "n": row.n,
        "source": row.source,
    }


def described_items(project: Project, items: Sequence[Item]) -> list[dict[str, Any]]:
    """Items as managers see them in the API: with state, slots and gold, in a fixed number of queries."""
    ids = [i.id for i in items]
    states, slots, gold = item_states(project, ids), slots_of(project, ids), gold_of(project, items)
    return [
        item_body(i) | {"state": states[i.id], "slots": slots[i.id], "gold": [gold_body(g) for g in gold.get(i.id, [])]}
        for i in items
    ]


def item_page(access: Access, item: Item) -> dict[str, Any]:
    """Everything a manager's item page shows; less while he labels the item himself."""
    project = access.project
    held = items_held(access).filter(pk=item.pk).exists()
    labels = (
        visible_annotations(access)
        .filter(item=item, round__in=counting_rounds(project))
        .select_related("annotator", "guideline_version", "round")
        .order_by("created_at")
    )
    version = current_version(project)
    schema = label_schema_of(version) if version else LabelSchema(())
    return {
        "item": item,
        "fields": shown_fields(project, item),
        "state": item_states(project, [item.id])[item.id],
        "slots": slots_of(project, [item.id])[item.id],
        "gold": [] if held else [_gold_line(schema, row, item) for row in gold_of(project, [item]).get(item.id, [])],
        "labels": [{"row": label, "answers": _answer_lines(label, schema, item)} for label in labels],
        "cases": [
            {"case": case, "title": _title(schema, case.question)}
            for case in Case.objects.filter(item=item).exclude(state=Case.State.DISSOLVED).order_by("question")
            if not held
        ],
    }


def _title(schema: LabelSchema, question: str) -> str:
    return str(schema.by_name.get(question, {}).get("title") or question)


def _shown(schema: LabelSchema, question: str, answer: Any, item: Item) -> str:
    """An answer in the words of its question; one that the schema does not know is shown as it was given."""
    if question not in schema.by_name:
        return str(answer)
    return schema.kind(question).display_in(schema.question(question), answer, item.fields)


def _answer_lines(label: Annotation, current: LabelSchema, item: Item) -> list[tuple[str, str]]:
    """Question and answer in words, by the version that the label was given under."""
    schema = label_schema_of(label.guideline_version) if label.guideline_version else current
    names = [name for name in schema.question_names if name in label.answers]
    names += [name for name in label.answers if name not in schema.by_name]
    return [(_title(schema, name), _shown(schema, name, label.answers[name], item)) for name in names]


def _gold_line(schema: LabelSchema, row: GoldRow, item: Item) -> dict[str, Any]:
    answer = None if row.answer is None else _shown(schema, row.question, row.answer, item)
    return {"title": _title(schema, row.question), "answer": answer, "n": row.n, "source": _SOURCES[row.source]}


def described_for(access: Access, items: Sequence[Item]) -> list[dict[str, Any]]:
    """As `described_items`, without what others answered on an item that this manager is labelling just now."""
    bodies = described_items(access.project, items)
    held = {str(pk) for pk in items_held(access).values_list("pk", flat=True)}
    return [body | UNTOLD if body["id"] in held else body for body in bodies]


def items_held(access: Access) -> QuerySet[Item]:
    """The items of the project that this member holds a lease on."""
    leased = Assignment.objects.filter(annotator=access.user, state=Assignment.State.LEASED)
    return Item.objects.filter(project=access.project, pk__in=leased.values("item"))


def project_of_item(object_id: UUID) -> UUID | None:
    return Item.objects.filter(pk=object_id).values_list("project", flat=True).first()


def visible_item(project: Project, item_id: UUID) -> Item | None:
    return item_in(project, item_id)


def in_own_case(user: User, item: Item) -> bool:
    """Whether an adjudicator may read this item: it stands in a case that he may see."""
    return visible_cases(item.project, user).filter(item=item).exists()


def may_see_image(access: Access, name: str, item: Item | None) -> bool:
    """Whether a member may see an uploaded image: a manager any, others through an item that they may open.

    `item` is the one that the page shows; without it every item is looked at that they hold, have submitted or decide.
    """
    if access.is_manager:
        return True
    user, judges = access.user, access.has(Role.ADJUDICATOR)
    if item is not None:
        opens = may_open_item(user, item) or (judges and in_own_case(user, item))
        return opens and shows_image(access.project, item, name)
    showing = items_showing(access.project, name)
    held = showing.filter(pk__in=items_of(user).values("pk"))
    return held.exists() or (judges and visible_cases(access.project, user).filter(item__in=showing).exists())
