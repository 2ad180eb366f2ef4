"""Setting targets: each change a new number, with a reason, and one entry of the log."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Any, Final

from django.db import transaction
from django.db.models import Max

from core.errors import FieldError, Invalid
from events.actor import Actor
from events.services import append_event
from metrics.models import Target as TargetRow
from metrics.questions import measured_questions, published
from metrics.targets import own_targets
from metrics.verdict import Target
from projects.models import Project

LONGEST_REASON: Final = 1000


@dataclass(frozen=True)
class Wanted:
    """A target as asked for. `alpha` None ends the question's own target; the customary limit then stands."""

    alpha: float | None
    reason: str


def problems_of(
    wanted: Mapping[str, Wanted], questions: Mapping[str, object], at: str = "#/targets"
) -> list[FieldError]:
    """What is wrong, field by field, each with its mend."""
    errors = []
    for name, target in wanted.items():
        if name not in questions:
            known = ", ".join(questions) or "none yet"
            errors.append(FieldError(f"{at}/{name}", f"No version of the guideline measures this. Measured: {known}."))
        if target.alpha is not None and not (isfinite(target.alpha) and 0 < target.alpha <= 1):
            errors.append(FieldError(f"{at}/{name}/alpha", "Give a number above 0 and at most 1, such as 0.667."))
        if not target.reason.strip():
            errors.append(FieldError(f"{at}/{name}/reason", "Say why this is enough for what the labels are for."))
        elif len(target.reason.strip()) > LONGEST_REASON:
            errors.append(FieldError(f"{at}/{name}/reason", f"Say it in at most {LONGEST_REASON} characters."))
    return errors


@transaction.atomic
def set_targets(
    *, by: Actor, project: Project, wanted: Mapping[str, Wanted], now: datetime, whole: bool = False,
    verify: Callable[[dict[str, Target]], None] | None = None,
) -> dict[str, Target]:  # fmt: skip
    """Set the targets of some questions, each with a reason. Returns the targets that now stand, by question.

    What is as it was gets no new number. With `whole` the questions that are left out lose the targets they had.
    `verify` checks the caller's If-Match on what stood, once the project is locked.

    Raises:
        Invalid: no such question, an alpha outside (0, 1], or no reason.
    """
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    former = own_targets(project)
    if verify is not None:
        verify(former)
    if errors := problems_of(wanted, measured_questions(published(project))):
        raise Invalid(errors=errors)
    ended = {name: Wanted(None, "") for name in former if whole and name not in wanted}
    changed = {
        name: Wanted(target.alpha, target.reason.strip())
        for name, target in {**wanted, **ended}.items()
        if not _stands(target, former.get(name))
    }
    if not changed:
        return former
    _keep(by, project, changed, now)
    standing = own_targets(project)
    append_event(
        by=by, action="project.changed", project=project.id, object_type="targets", object_id=project.id,
        before=_bodies(former, changed), after=_bodies(standing, changed) | {"reasons": _reasons(changed)},
    )  # fmt: skip
    return standing


def _stands(wanted: Wanted, former: Target | None) -> bool:
    if former is None:
        return wanted.alpha is None
    return (wanted.alpha, wanted.reason.strip()) == (former.value, former.reason)


def _keep(by: Actor, project: Project, changed: Mapping[str, Wanted], now: datetime) -> None:
    rows = TargetRow.objects.filter(project=project, question__in=changed)
    last = dict(rows.values_list("question").annotate(last=Max("number")))
    TargetRow.objects.bulk_create(
        TargetRow(
            project=project, question=name, number=last.get(name, 0) + 1, alpha=target.alpha, reason=target.reason,
            created_by=by.user.id if by.user else None, created_at=now,
        )
        for name, target in changed.items()
    )  # fmt: skip


def _bodies(targets: Mapping[str, Target], names: Mapping[str, object]) -> dict[str, Any]:
    return {name: targets[name].body() if name in targets else None for name in names}


def _reasons(changed: Mapping[str, Wanted]) -> dict[str, str]:
    return {name: target.reason for name, target in changed.items()}
