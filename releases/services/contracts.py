"""The contract of a project: made with it, changed by its managers, every change a new number."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from core.errors import Invalid
from core.ids import new_id
from events.actor import Actor
from events.services import append_event
from projects.models import Project
from releases.contract.changes import contract_changes
from releases.contract.checks import contract_problems
from releases.contract.document import default_document
from releases.models import Contract
from releases.selectors import question_names


def create_default_contract(project: Project, by: Actor) -> None:
    """What a new project promises. Called in the transaction that makes the project."""
    contract_id = new_id()
    document = default_document(str(contract_id), project.slug, project.fields)
    Contract.objects.create(
        pk=contract_id, project=project, number=1, document=document, created_by=by.required, created_at=timezone.now()
    )
    append_event(by=by, action="contract.changed", project=project.id, object_type="contract", object_id=contract_id,
                 after=document)  # fmt: skip


@transaction.atomic
def change_contract(
    *, by: Actor, project: Project, document: Any, verify: Callable[[Contract], None], now: datetime
) -> tuple[Contract, list[dict[str, Any]]]:
    """Put a new contract in the place of the present one. Returns it with what changed and what of it breaks.

    Raises:
        Stale: by `verify`, where somebody changed the contract since the caller read it.
        Invalid: the document is no contract that is kept here; each problem names its place.
    """
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    current = Contract.objects.filter(project=project).latest("number")
    verify(current)
    if problems := contract_problems(document, question_names(project)):
        raise Invalid(errors=problems)
    changes = contract_changes(current.document, document)
    if document == current.document:
        return current, []
    made = Contract.objects.create(
        project=project, number=current.number + 1, document=_plain(document), created_by=by.required, created_at=now
    )
    append_event(by=by, action="contract.changed", project=project.id, object_type="contract", object_id=made.pk,
                 before=current.document, after=made.document)  # fmt: skip
    return made, changes


def _plain(document: Mapping[str, Any]) -> dict[str, Any]:
    return dict(document)
