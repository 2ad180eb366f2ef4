"""Gold items: made and removed, drawn for a person, and held against what was answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Coalesce

from accounts.models import User
from annotation.errors import NoGuideline
from annotation.models import Annotation, Assignment, GoldItem, GoldResult, QueueEntry, Round
from annotation.selectors import available
from annotation.selectors.bars import item_bars
from annotation.selectors.queue import DRAWN_AT_ONCE
from annotation.services.slots import draw_places
from annotation.training import (
    FOR_HIDING,
    gold_items_of,
    gold_problems,
    is_usable,
    judged_questions,
    newest_gold_of,
    own_rounds,
    unseen_by,
)
from core.errors import FieldError, Invalid, NotFound
from core.ids import new_id
from events.actor import Actor
from events.services import append_event, next_event_id
from guidelines.models import GuidelineVersion
from guidelines.schema.schema import LabelSchema
from guidelines.selectors import current_version, label_schema_of
from intake.models import Item
from projects.models import Project

MOST_AT_ONCE = 1000
GIVEN_BACK = (Assignment.State.RELEASED, Assignment.State.LOST)
MOST_CONSIDERED = 5000


@dataclass(frozen=True)
class NewGold:
    """A gold item to be made."""

    item: Item
    answers: Mapping[str, Any]
    explanation: str = ""
    clauses: Sequence[str] = field(default_factory=tuple)
    use: str = GoldItem.Use.BOTH
    source: str = GoldItem.Source.GIVEN
    case: UUID | None = None


@transaction.atomic
def add_gold_items(*, by: Actor, project: Project, rows: Sequence[NewGold], now: datetime) -> list[GoldItem]:
    """Make gold items, all or none, with one event.

    Raises NoGuideline, and Invalid with a pointer for each answer that is none, each unknown clause and each item
    that is a gold item already.
    """
    version = current_version(project)
    if version is None:
        raise NoGuideline
    if not 1 <= len(rows) <= MOST_AT_ONCE:
        raise Invalid(errors=[FieldError("#/items", f"Send 1 to {MOST_AT_ONCE} items in one call.")])
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)  # so that an item is made gold once
    if errors := _refusals(project, version, rows):
        raise Invalid("Some gold items are not valid.", errors=errors)
    event = next_event_id()
    made = GoldItem.objects.bulk_create(
        GoldItem(
            id=new_id(), project=project, item=row.item, answers=dict(row.answers), explanation=row.explanation,
            clauses=list(row.clauses), use=row.use, source=row.source, case=row.case, created_by=by.user,
            created_at=now, event=event,
        )
        for row in rows
    )  # fmt: skip
    append_event(by=by, action="gold_item.added", project=project.id, object_type="gold_item", object_id=made[0].id,
                 ids=[gold.id for gold in made] if len(made) > 1 else None,
                 after=[_content(gold) for gold in made], event_id=event)  # fmt: skip
    return made


def add_gold_item(
    *, by: Actor, project: Project, item: Item, answers: Mapping[str, Any], now: datetime, explanation: str = "",
    clauses: Sequence[str] = (), use: str = GoldItem.Use.BOTH, source: str = GoldItem.Source.GIVEN,
    case: UUID | None = None,
) -> GoldItem:  # fmt: skip
    """As `add_gold_items`, for one: what a decided case is handed down by."""
    row = NewGold(item, answers, explanation, clauses, use, source, case)
    return add_gold_items(by=by, project=project, rows=[row], now=now)[0]


def _refusals(project: Project, version: GuidelineVersion, rows: Sequence[NewGold]) -> list[FieldError]:
    schema, keys = label_schema_of(version), {clause["key"] for clause in version.clauses}
    known = set(gold_items_of(project).filter(item__in=[r.item.pk for r in rows]).values_list("item", flat=True))
    errors: list[FieldError] = []
    for index, row in enumerate(rows):
        base = f"#/items/{index}"
        problems = gold_problems(schema, row.answers, row.item.fields, f"{base}/answers")
        errors += [FieldError(pointer, detail) for pointer, detail in problems]
        errors += [FieldError(f"{base}/clauses/{place}", "The guideline has no clause of this key.")
                   for place, key in enumerate(row.clauses) if key not in keys]  # fmt: skip
        if row.item.pk in known:
            errors.append(FieldError(f"{base}/item", "This item is a gold item already. Remove that one first."))
        known.add(row.item.pk)
    return errors


@transaction.atomic
def remove_gold_item(*, by: Actor, gold: GoldItem, now: datetime) -> None:  # noqa: ARG001  # every write is given the time
    """Take a gold item out of use: nobody is given it any more as one, and nobody is judged by it.

    What somebody had in hand keeps its place, so that an ended lease stays as good as any other. Raises NotFound.
    """
    locked = GoldItem.objects.select_for_update().filter(pk=gold.pk, ended_event=None).first()
    if locked is None:
        raise NotFound
    event = next_event_id()
    GoldItem.objects.filter(pk=locked.pk).update(ended_event=event)
    rounds = Round.objects.filter(project=locked.project_id, kind__in=[Round.Kind.TRAINING, Round.Kind.GOLD])
    begun = Assignment.objects.filter(round=OuterRef("round"), item=OuterRef("item")).exclude(state__in=GIVEN_BACK)
    QueueEntry.objects.filter(~Exists(begun), item=locked.item_id, round__in=rounds, free__gt=0).delete()
    append_event(by=by, action="gold_item.removed", project=locked.project_id, object_type="gold_item",
                 object_id=locked.id, before=_content(locked), event_id=event)  # fmt: skip


def _content(gold: GoldItem) -> dict[str, Any]:
    """What the event's hash covers."""
    return {
        "id": gold.id, "item": gold.item_id, "answers": gold.answers, "explanation": gold.explanation,
        "clauses": gold.clauses, "use": gold.use, "source": gold.source, "case": gold.case,
    }  # fmt: skip


# --- Drawing -----------------------------------------------------------------------------------------------------


def shuffled_for(seed: str, found: Sequence[GoldItem]) -> list[GoldItem]:
    """In an order that differs for each seed and is the same at each call."""
    return sorted(found, key=lambda gold: sha256(f"{seed}:{gold.pk}".encode()).digest())


def enter_items(round_: Round, found: Sequence[GoldItem], *, most_fence: int = 1) -> None:
    """Queue entries for these items, one slot each, in their order.

    Fences start anywhere below `most_fence`, as those of items do that others were given before.
    """
    place = draw_places(round_.pk, max(1, len(found)))
    QueueEntry.objects.bulk_create(
        [
            QueueEntry(
                round=round_, item_id=gold.item_id, overlap=1, free=1, position=place + offset,
                fence=int.from_bytes(sha256(f"{round_.pk}:{gold.pk}".encode()).digest()[:4]) % most_fence,
            )
            for offset, gold in enumerate(found)
        ],
        ignore_conflicts=True,
    )  # fmt: skip


def hidden_round(user: User, project: Project) -> Round:
    """The round of somebody's hidden gold items. Call under `lock_person`."""
    found = own_rounds(project, Round.Kind.GOLD).filter(annotator=user).first()
    if found is None:
        found = Round.objects.create(project=project, kind=Round.Kind.GOLD, overlap=1, annotator=user)
        found.refresh_from_db(fields=["created_at"])
    return found


def is_golds_turn(user: User, project: Project, round_: Round, rate: float) -> bool:
    """Draw the next running number of this person and say whether it falls to a hidden gold item."""
    number = draw_places(round_.pk)
    drawn = sha256(f"{project.pk}:{user.pk}:{number}".encode()).digest()
    return int.from_bytes(drawn[:8]) < rate * 2**64


def lock_hidden_entry(user: User, round_: Round, schema: LabelSchema) -> QueueEntry | None:
    """The next hidden gold item of this person, its entry locked; more are drawn when none is left."""
    for _ in range(2):
        in_use = gold_items_of(round_.project).filter(item=OuterRef("item"))
        entries = available(QueueEntry.objects.filter(Exists(in_use), round=round_), user)
        rows = entries.order_by(Coalesce("again", "position")).select_related("item", "round__project")
        entry = rows.select_for_update(skip_locked=True, of=("self",)).first()
        if entry is not None or not _draw_hidden(user, round_, schema):
            return entry
    return None


def told_before(user: User, round_: Round, item: UUID) -> UUID | None:
    """The round that somebody was told when he was given a hidden gold item before: it stays the same for him."""
    rows = Assignment.objects.filter(round=round_, item=item, annotator=user, told_round__isnull=False)
    return rows.order_by("pk").values_list("told_round", flat=True).first()


def _draw_hidden(user: User, round_: Round, schema: LabelSchema) -> bool:
    """Enter gold items that this person has never had. False where there is none."""
    project = round_.project
    entered = QueueEntry.objects.filter(round=round_).values("item")
    rows = unseen_by(user.pk, gold_items_of(project).filter(use__in=FOR_HIDING)).exclude(item__in=entered)
    for bar in item_bars:
        rows = rows.exclude(item__in=bar(user.pk).values("item"))
    drawn = shuffled_for(f"{project.pk}:{user.pk}", list(rows[:MOST_CONSIDERED]))
    usable = [gold for gold in drawn if is_usable(gold, schema)][:DRAWN_AT_ONCE]
    if usable:
        enter_items(round_, usable, most_fence=max(1, project.overlap))
    return bool(usable)


# --- Judging -----------------------------------------------------------------------------------------------------


def judge(annotation: Annotation, round_: Round, version: GuidelineVersion) -> GoldResult | None:
    """Hold an answer against its gold item; None where that is out of use or was practised before.

    A practised item is judged by the first answer: the second one has seen the feedback.
    """
    gold, schema = newest_gold_of(round_.project, annotation.item_id), label_schema_of(version)
    names = judged_questions(gold, schema) if gold else []
    if gold is None or not names:
        return None
    former = GoldResult.objects.filter(round=round_, annotator=annotation.annotator_id, annotation__item=gold.item_id)
    if round_.kind == Round.Kind.TRAINING and former.exists():
        return None
    correct = {}
    for name in names:
        given, kind = annotation.answers.get(name), schema.kind(name)
        correct[name] = given is not None and kind.same(schema.question(name), given, gold.answers[name])
    return GoldResult.objects.create(
        annotation=annotation, gold_item=gold, annotator_id=annotation.annotator_id, round=round_, correct=correct,
        right=sum(correct.values()), judged=len(correct), event=annotation.event,
    )  # fmt: skip
