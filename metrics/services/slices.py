"""Saving and retiring slices. A definition never changes: what a run measured can always be said."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction

from core.errors import FieldError, Invalid
from events.actor import Actor
from events.services import append_event
from metrics.counting import SLICES
from metrics.counting import TOGETHER as WITH_SUGGESTIONS
from metrics.definitions import read_definition
from metrics.errors import SliceExists, SliceRetired
from metrics.models import Slice
from projects.models import Project

RESERVED: Final = frozenset({*SLICES, WITH_SUGGESTIONS, "all", "none"})
LONGEST_NAME: Final = 80


@transaction.atomic
def create_slice(*, by: Actor, project: Project, name: str, definition: object, now: datetime) -> Slice:
    """Save a slice; runs may then be asked to measure it, and every run holds it against the whole.

    Raises:
        Invalid: the name or a condition is not good.
        SliceExists: a slice of this name is there already.
    """
    errors = _name_problems(name)
    try:
        wanted = read_definition(project, definition)
    except Invalid as error:
        raise Invalid(errors=[*errors, *error.errors]) from error
    if errors:
        raise Invalid(errors=errors)
    try:
        with transaction.atomic():
            kept = Slice.objects.create(
                project=project, name=name.strip(), definition=wanted, created_at=now,
                created_by=by.user.id if by.user else None,
            )  # fmt: skip
    except IntegrityError as error:
        raise SliceExists(errors=[FieldError("#/name", "Choose a name that no slice of the project has.")]) from error
    append_event(
        by=by, action="project.changed", project=project.id, object_type="slice", object_id=kept.pk,
        after={"name": kept.name, "definition": kept.definition},
    )  # fmt: skip
    return kept


def _name_problems(name: str) -> list[FieldError]:
    text = name.strip()
    if not 0 < len(text) <= LONGEST_NAME:
        return [FieldError("#/name", f"Give a name of 1 to {LONGEST_NAME} characters.")]
    if text.casefold() in RESERVED:
        return [FieldError("#/name", f"“{text}” means something else already. Choose another name.")]
    return []


@transaction.atomic
def retire_slice(*, by: Actor, kept: Slice, now: datetime, verify: Callable[[Slice], None]) -> Slice:
    """End a slice: nobody can ask for it any more, its runs stay, its name is free. `verify` checks If-Match.

    Raises:
        SliceRetired: somebody was quicker.
    """
    locked = Slice.objects.select_for_update().select_related("project").get(pk=kept.pk)
    verify(locked)
    if locked.retired_at is not None:
        raise SliceRetired
    locked.retired_at = now
    locked.save(update_fields=["retired_at"])
    append_event(
        by=by, action="project.changed", project=locked.project_id, object_type="slice", object_id=locked.pk,
        before={"name": locked.name, "retired": False}, after={"name": locked.name, "retired": True},
    )  # fmt: skip
    return locked
