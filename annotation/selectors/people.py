"""Reads over people and the items that they hold or have labelled."""

from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from accounts.models import User
from annotation.models import Annotation, Assignment
from core.compiled import Compiled
from intake.models import Item
from projects.access import memberships
from projects.models import Membership


def has_labelled(user_id: UUID, item_id: UUID) -> bool:
    """Whether this person has given or is giving an answer on the item, in any round. Withdrawn answers count."""
    answered = Annotation.objects.filter(item=item_id, annotator=user_id)
    holding = Assignment.objects.filter(item=item_id, annotator=user_id, state__in=Assignment.LIVE)
    return answered.exists() or holding.exists()


def may_open_item(user: User, item: Item) -> bool:
    """Whether an annotator may open the item: one that he holds or has submitted."""
    return items_of(user).filter(pk=item.pk).exists()


def items_of(user: User) -> QuerySet[Item]:
    """The items that an annotator holds or has submitted."""
    live = Assignment.objects.filter(item=OuterRef("pk"), annotator=user, state__in=Assignment.LIVE)
    return Item.objects.filter(Exists(live))


def skipped_by(round_id: UUID, item_id: UUID) -> int:
    """How many people skipped an item in a round."""
    rows = Assignment.objects.filter(round=round_id, item=item_id, state=Assignment.State.SKIPPED)
    return rows.values("annotator").distinct().count()


def place_of_assignment(assignment_id: UUID | None) -> tuple[UUID | None, UUID | None]:
    """The project of an assignment and whose it is; twice None where there is no such assignment."""
    if assignment_id is None:
        return None, None
    found: tuple[UUID | None, UUID | None] = _place.first(assignment=assignment_id) or (None, None)
    return found


def membership_by_assignment(user_id: UUID, assignment_id: UUID | None) -> Membership | None:
    """The membership for `projects.access.enter` in the project of an assignment, with whose it is as `holder`."""
    return _by_assignment.first(user=user_id, assignment=assignment_id) if assignment_id is not None else None


def _members_by_assignment(user: UUID, assignment: UUID) -> QuerySet[Membership]:
    given = Assignment.objects.filter(pk=assignment)
    members = memberships(user, project=Subquery(given.values("round__project")))
    return members.annotate(holder=Subquery(given.values("annotator")))


_by_assignment = Compiled(_members_by_assignment, user=UUID, assignment=UUID)
_place = Compiled(
    lambda assignment: Assignment.objects.filter(pk=assignment).values_list("round__project", "annotator"),
    assignment=UUID,
)


def project_of_annotation(annotation_id: UUID) -> UUID | None:
    found: UUID | None = Annotation.objects.filter(pk=annotation_id).values_list("project", flat=True).first()
    return found
