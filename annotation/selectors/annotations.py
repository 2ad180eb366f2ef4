"""Reads over annotations. Who may see an annotation is decided here and nowhere else."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from annotation.models import Annotation, Assignment, QueueEntry, Round
from annotation.selectors.rounds import APART, stand_in_round
from events.selectors import held_at, held_recently, is_recent
from projects.access import Access
from projects.models import Membership, Project, Role
from projects.pseudonyms import pseudonym


def current_annotations(project: Project) -> QuerySet[Annotation]:
    """Annotations neither superseded nor withdrawn, in visible rounds."""
    return all_annotations(project).filter(ended_event=None)


def people_annotations(project: Project) -> QuerySet[Annotation]:
    """Current annotations of people at work: none of models, practice or hidden gold items."""
    return current_annotations(project).exclude(round__kind__in=APART)


def all_annotations(project: Project) -> QuerySet[Annotation]:
    """Every annotation of the visible rounds, the superseded and withdrawn too."""
    return Annotation.objects.filter(project=project).exclude(round__state=Round.State.LOADING)


def annotations_at(project: Project, as_of: int | None) -> QuerySet[Annotation]:
    """The annotations that a cut keeps. Those of an import count from the event that made its round visible."""
    if as_of is None:
        return current_annotations(project)
    held = held_recently if is_recent(project.id, as_of) else held_at
    rows = held(all_annotations(project), project=project.id, as_of=as_of)
    imports = Round.objects.filter(project=project, kind=Round.Kind.IMPORT)
    visible = held_at(imports, project=project.id, as_of=as_of, ended=None)
    return rows.filter(~Q(round__kind=Round.Kind.IMPORT) | Q(round__in=visible.values("pk")))


def visible_annotations(access: Access) -> QuerySet[Annotation]:
    """What a member may see: managers all, annotators their own.

    A manager who also labels sees the others' answers on an item only once he can no longer be given it: after his
    own submit or skip, or when all its slots are submitted.
    """
    rows = all_annotations(access.project)
    if not access.is_manager:
        return rows.filter(annotator=access.user)
    if not access.has(Role.ANNOTATOR):
        return rows
    return rows.filter(Q(annotator=access.user) | cannot_influence(access.user))


def cannot_influence(user: User) -> Q:
    """Of rows with a foreign key `item`: those of items that this annotator cannot be given any more."""
    mine = Assignment.objects.filter(item=OuterRef("item"), annotator=user)
    done = mine.filter(state__in=[Assignment.State.SUBMITTED, Assignment.State.SKIPPED])
    held = mine.filter(state=Assignment.State.LEASED)
    # what is kept for one other annotator, such as a model's round, is never given to this one
    open_rounds = Q(round__annotator=None) | Q(round__annotator=user)
    entries = QueueEntry.objects.filter(open_rounds, item=OuterRef("item"))
    leased = Assignment.objects.filter(open_rounds, item=OuterRef("item"), state=Assignment.State.LEASED)
    complete = ~Exists(entries.filter(free__gt=0)) & ~Exists(leased)
    return Q(~Exists(held) & (Exists(done) | complete))


def annotation_for(access: Access, annotation_id: UUID) -> Annotation | None:
    """One annotation, if this member may see it."""
    rows = visible_annotations(access).select_related("item", "guideline_version", "round__project", "assignment")
    return rows.filter(pk=annotation_id).first()


@dataclass(frozen=True)
class AnnotationFilter:
    """The filters of the list of annotations; None means no filter."""

    question: str | None = None
    annotator: str | None = None
    round: UUID | None = None
    guideline_version: str | None = None
    updated_since: datetime | None = None


def filter_annotations(
    rows: QuerySet[Annotation], wanted: AnnotationFilter, project: Project, *, own: bool = False
) -> QuerySet[Annotation]:  # fmt: skip
    """The rows that fit. `own`: the caller sees his own only, with the rounds that he is told."""
    if wanted.question is not None:
        rows = rows.filter(answers__has_key=wanted.question)
    if wanted.annotator is not None:
        rows = rows.filter(annotator=_annotator_id(project, wanted.annotator))
    if wanted.round is not None:
        fits = Q(round=wanted.round)
        if own:
            told = Q(assignment__told_round=wanted.round)
            unkept = Q(assignment__told_round=None) if wanted.round == stand_in_round(project) else Q(pk__in=[])
            fits |= Q(round__kind=Round.Kind.GOLD) & (told | unkept)
        rows = rows.filter(fits)
    if wanted.guideline_version == "none":
        rows = rows.filter(guideline_version=None)
    elif wanted.guideline_version is not None:
        rows = rows.filter(guideline_version__number=int(wanted.guideline_version))
    if wanted.updated_since is not None:
        since = wanted.updated_since
        changed = Q(created_at__gte=since) | Q(withdrawn_at__gte=since) | Q(superseded_by__created_at__gte=since)
        rows = rows.filter(changed)
    return rows


def _annotator_id(project: Project, text: str) -> UUID | None:
    """The member behind an id or a pseudonym."""
    try:
        return UUID(text)
    except ValueError:
        members = Membership.objects.filter(project=project).values_list("user", flat=True)
        return next((user for user in members if pseudonym(project.id, user) == text), None)


def member_behind(project: Project, text: str) -> User | None:
    """The annotator of the project with this id or pseudonym."""
    members = Membership.objects.filter(project=project, roles__contains=[Role.ANNOTATOR]).select_related("user")
    found = members.filter(user=_annotator_id(project, text)).first()
    return found.user if found else None


def unit_values(round_id: UUID, item_id: UUID) -> list[Annotation]:
    """The current, blind annotations of one item in one round: what agreement counts."""
    rows = Annotation.objects.filter(round=round_id, item=item_id, ended_event=None, blind=True)
    return list(rows.select_related("guideline_version").order_by("slot"))


def is_unit_complete(round: Round, item_id: UUID) -> bool:  # noqa: A002  # the word of the house
    """Whether the item has got its overlap in this round. An import is complete once it is committed."""
    if round.kind == Round.Kind.IMPORT:
        return round.state == Round.State.COMPLETE
    entry = QueueEntry.objects.filter(round=round, item=item_id).first()
    if entry is None:
        return False
    rows = Assignment.objects.filter(round=round, item=item_id, state=Assignment.State.SUBMITTED)
    return rows.count() >= entry.overlap
