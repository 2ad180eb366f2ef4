"""Items that a pipeline sends, into a batch that people may be working on already."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from annotation.models import Round
from annotation.selectors import production_round, visible_rounds
from annotation.services import enqueue_items, open_production_round
from annotation.services.modelling import enqueue_for_models
from core.errors import FieldError, Invalid
from events.actor import Actor
from intake.errors import BatchExists
from intake.models import Batch, Item
from intake.selectors import find_batch
from intake.services import CreatedItems, NewItem, check_rows, create_batch, create_items
from projects.models import Project

PUSHED = "Pushed"
"""The batch of what is sent without naming one."""


@transaction.atomic
def push_items(
    *, by: Actor, project: Project, rows: Sequence[NewItem], batch: str | None = None, now: datetime
) -> CreatedItems:
    """Add items to the batch of this name or id, made if new, and offer them to annotators at once.

    Raises Invalid (with pointers), ItemsLoading.
    """
    check_rows(project, rows)
    into = _batch(by, project, batch or PUSHED)
    made = create_items(by=by, project=project, batch=into, rows=rows)
    if made.created:
        labels = production_round(into)
        if labels is None:
            open_production_round(by=by, batch=into, now=now)
        else:
            enqueue_items(round=labels, items=[item.id for item in made.created])
        enqueue_for_models(batch=into, items=[item.id for item in made.created])
    return made


def _batch(by: Actor, project: Project, name: str) -> Batch:
    found = find_batch(project, name)
    if found is None:
        try:
            return create_batch(by=by, project=project, name=name)
        except BatchExists:  # made by somebody else in this very moment
            found = find_batch(project, name)
            if found is None:
                raise
    if production_round(found) is None:
        if visible_rounds(project).filter(batch=found, kind=Round.Kind.IMPORT).exists():
            detail = "This batch holds items that were imported with their labels. Name another batch."
            raise Invalid(errors=[FieldError("#/batch", detail)])
        if found.state == Batch.State.READY and Item.objects.filter(batch=found).exists():
            detail = "This batch holds items that nobody is given as work, such as gold items. Name another batch."
            raise Invalid(errors=[FieldError("#/batch", detail)])
    return found
