"""Writes over batches and items. Callers have checked access (projects.access)."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from core.errors import FieldError, Invalid
from core.ids import new_id
from core.text import escape_pointer
from events.actor import Actor
from events.services import append_event, next_event_id
from intake.audiences import EVERYBODY, audience_of, read_audience, write_audience
from intake.errors import BatchExists, ItemsLoading, OverlapLowered
from intake.fields import TEXT_TYPES
from intake.models import Batch, Item
from intake.rasters import wrong_image
from projects.models import Project

MOST_ITEMS = 1000
MAX_EXTERNAL_ID = 500


@dataclass(frozen=True)
class NewItem:
    """An item to be made; without an `external_id` its own id becomes that."""

    external_id: str | None
    fields: Mapping[str, Any]
    metadata: Mapping[str, Any]


@dataclass(frozen=True)
class CreatedItems:
    """The items made, and those that were there already under their `external_id`; both in the order sent."""

    created: list[Item]
    existing: list[Item]


def _wrong_type(kind: str, value: object) -> str | None:
    """Why `value` is no value of a field of this type, or None."""
    if kind in TEXT_TYPES:
        if not isinstance(value, str):
            return "This field takes text."
        return wrong_image(value) if kind == "image" else None
    if kind == "number":
        finite = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
        return None if finite else "This field takes a number."
    if kind == "chat":
        turns = isinstance(value, list) and value and all(
            isinstance(turn, Mapping) and isinstance(turn.get("role"), str) and isinstance(turn.get("content"), str)
            for turn in value
        )  # fmt: skip
        return None if turns else "This field takes a list of turns {role, content}, both texts."
    return None


def check_fields(
    declared: Sequence[Mapping[str, Any]], fields: Mapping[str, Any], base: str = "#/fields"
) -> list[FieldError]:
    """What is wrong with an item's fields, by name: unknown ones, missing required ones, wrong types."""
    by_name = {spec["name"]: spec for spec in declared}
    errors = [
        FieldError(
            f"{base}/{escape_pointer(name)}",
            f"The project declares no field {name!r}. Its fields: {', '.join(by_name) or 'none'}.",
        )
        for name in fields
        if name not in by_name
    ]
    for name, spec in by_name.items():
        value = fields.get(name)
        if value is None or value == "":
            if spec.get("required"):
                errors.append(FieldError(f"{base}/{name}", f"The field {name!r} is required; fill it in."))
        elif why := _wrong_type(spec.get("type", "text"), value):
            errors.append(FieldError(f"{base}/{name}", why))
    return errors


@transaction.atomic
def create_batch(
    *, by: Actor, project: Project, name: str, overlap: int | None = None, priority: int = 0,
    order: str = Batch.Order.AS_IMPORTED, state: str = Batch.State.READY, quota: int | None = None,
    reserved_for: Mapping[str, Sequence[str]] | None = None,
) -> Batch:  # fmt: skip
    """Make a batch. A loading batch appends no event: nobody is to see it yet.

    Raises BatchExists, and Invalid for a team or a person in `reserved_for` that the project has not.
    """
    audience = read_audience(project, reserved_for, EVERYBODY)
    try:
        with transaction.atomic():
            batch = Batch.objects.create(
                project=project, name=name, overlap=overlap, priority=priority, order=order, state=state, quota=quota
            )
    except IntegrityError as error:
        raise BatchExists(errors=[FieldError("#/name", "Choose a name that no batch of the project has.")]) from error
    write_audience(batch, audience)
    if state == Batch.State.READY:
        append_event(by=by, action="project.changed", project=project.id, object_type="batch", object_id=batch.id,
                     after={"name": name, "overlap": overlap, "priority": priority, "order": order, "quota": quota,
                            "reserved_for": audience.body})  # fmt: skip
    return batch


@transaction.atomic
def change_batch(*, by: Actor, batch: Batch, changes: Mapping[str, Any], verify: Callable[[Batch], None]) -> Batch:
    """Change name, overlap, priority, order, quota or audience; `verify` checks If-Match once the row is locked.

    Raises BatchExists, OverlapLowered where the overlap would go below what it is, and Invalid for a team or a person
    in `reserved_for` that the project has not.
    """
    locked = Batch.objects.select_for_update().get(pk=batch.pk)
    verify(locked)
    wanted, present = changes.get("overlap"), locked.overlap or batch.project.overlap
    if wanted is not None and wanted < present:
        raise OverlapLowered(errors=[FieldError("#/overlap", f"It is {present} now; give at least that.")])
    plain = {name: value for name, value in changes.items() if name != "reserved_for"}
    before = {name: getattr(locked, name) for name in plain}
    after = dict(plain)
    for name, value in plain.items():
        setattr(locked, name, value)
    try:
        with transaction.atomic():
            locked.save(update_fields=list(plain))
    except IntegrityError as error:
        raise BatchExists(errors=[FieldError("#/name", "Choose a name that no batch of the project has.")]) from error
    if "reserved_for" in changes:
        former = audience_of(locked)
        audience = read_audience(locked.project, changes["reserved_for"], former)
        write_audience(locked, audience)
        before["reserved_for"], after["reserved_for"] = former.body, audience.body
    append_event(by=by, action="project.changed", project=locked.project_id, object_type="batch", object_id=locked.id,
                 before=before, after=after)  # fmt: skip
    return locked


def check_rows(project: Project, rows: Sequence[NewItem]) -> None:
    """Raises Invalid with a pointer to everything that is wrong with items about to be made."""
    errors: list[FieldError] = []
    seen: set[str] = set()
    for index, row in enumerate(rows):
        errors += check_fields(project.fields, row.fields, f"#/items/{index}/fields")
        if row.external_id is None:
            continue
        place = f"#/items/{index}/external_id"
        if not 1 <= len(row.external_id) <= MAX_EXTERNAL_ID:
            errors.append(FieldError(place, f"Give 1 to {MAX_EXTERNAL_ID} characters, or leave it out."))
        elif row.external_id in seen:
            errors.append(FieldError(place, "Another item of this call has the same external_id."))
        seen.add(row.external_id)
    if errors:
        raise Invalid(errors=errors)


@transaction.atomic
def create_items(*, by: Actor, project: Project, batch: Batch, rows: Sequence[NewItem]) -> CreatedItems:
    """Add at most 1,000 items to a ready batch, with one event; a known `external_id` makes nothing new.

    Raises Invalid (with pointers), and ItemsLoading where a running import holds one of the ids.
    """
    if len(rows) > MOST_ITEMS:
        raise Invalid(errors=[FieldError("#/items", f"Send at most {MOST_ITEMS} items in one call.")])
    check_rows(project, rows)
    event = next_event_id()
    made = insert_items(project=project, batch=batch, rows=rows, event=event)
    if any(item.batch.state == Batch.State.LOADING for item in made.existing):
        raise ItemsLoading(headers={"Retry-After": "10"})
    if made.created:
        append_event(by=by, action="items.created", project=project.id, object_type="batch", object_id=batch.id,
                     ids=[item.id for item in made.created], after=rows_of(made.created), event_id=event)  # fmt: skip
    return made


def insert_items(*, project: Project, batch: Batch, rows: Sequence[NewItem], event: int) -> CreatedItems:
    """Insert what is not there yet, in the caller's transaction; appends no event. Ids within `rows` are distinct.

    Two writers with the same `external_id` cannot both insert: the later one finds the row of the earlier.
    """
    items = []
    for row in rows:
        item = Item(id=new_id(), project=project, batch=batch, fields=dict(row.fields), metadata=dict(row.metadata),
                    event=event)  # fmt: skip
        item.external_id = str(item.id) if row.external_id is None else row.external_id
        items.append(item)
    known = known_items(project, [item.external_id for item in items])
    fresh = [item for item in items if item.external_id not in known]
    if fresh:
        arrived = _insert(project, batch, fresh, event)
        lost = [item.external_id for item in fresh if item.pk not in arrived]
        if lost:
            known |= known_items(project, lost)
            fresh = [item for item in fresh if item.pk in arrived]
    existing = [known[item.external_id] for item in items if item.external_id in known]
    return CreatedItems(fresh, existing)


_INSERT = """
    INSERT INTO intake_item (id, project_id, batch_id, event, external_id, fields, metadata)
    SELECT new.id, %s, %s, %s, new.external_id, new.fields::jsonb, new.metadata::jsonb
    FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[]) AS new (id, external_id, fields, metadata)
    ON CONFLICT (project_id, external_id) DO NOTHING RETURNING id
"""


def _insert(project: Project, batch: Batch, items: Sequence[Item], event: int) -> set[UUID]:
    """Insert in one statement of seven parameters, several times faster than one with seven a row.

    Returns the ids that were inserted, which are not those that another writer was first with.
    """
    columns = (
        [item.id for item in items],
        [item.external_id for item in items],
        [json.dumps(item.fields) for item in items],
        [json.dumps(item.metadata) for item in items],
    )
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [project.id, batch.id, event, *columns])
        return {row[0] for row in cursor.fetchall()}


def known_items(project: Project, external_ids: Sequence[str]) -> dict[str, Item]:
    """external_id -> the item that has it, those of loading batches too."""
    rows = Item.objects.filter(project=project, external_id__in=external_ids).select_related("batch")
    return {item.external_id: item for item in rows.defer("fields", "metadata")}


def rows_of(items: Sequence[Item]) -> list[dict[str, Any]]:
    """What an event's hash covers of new items."""
    return [{"id": i.id, "external_id": i.external_id, "fields": i.fields, "metadata": i.metadata} for i in items]


def save_under_free_name(batch: Batch, name: str) -> None:
    """Save a batch as `name`, or as `name (2)` and so on where another has that name already."""
    for number in range(1, 1000):
        batch.name = name[:200] if number == 1 else f"{name[:190]} ({number})"
        try:
            with transaction.atomic():
                batch.save()
        except IntegrityError:
            continue
        return
    raise BatchExists


def delete_loading_items(batch_id: UUID, limit: int = 1000) -> int:
    """Delete some items of a batch that never became visible; returns how many, 0 when none is left.

    Plain SQL: nothing can refer to such items, and the database would refuse if something did.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM intake_item WHERE id IN ("
            "SELECT i.id FROM intake_item i JOIN intake_batch b ON b.id = i.batch_id"
            " WHERE b.id = %s AND b.state = 'loading' LIMIT %s)",
            [batch_id, limit],
        )
        return int(cursor.rowcount)
