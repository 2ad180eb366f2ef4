"""Reads over rounds, leases and annotations. Who may see an annotation is decided here and nowhere else."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce

from accounts.models import User
from annotation.models import Annotation, Assignment, OverlapChange, QueueEntry, QueueMark, Reservation, Round
from core.compiled import Compiled
from events.selectors import held_at
from guidelines.models import GuidelineVersion
from intake.models import Batch, BatchAudience, Item
from projects.access import Access, memberships
from projects.models import Membership, Project, Role
from projects.pseudonyms import pseudonym

ItemBar = Callable[[UUID], QuerySet]
UnitBar = Callable[[], QuerySet]
Unblinding = Callable[[UUID, UUID, UUID], bool]

item_bars: list[ItemBar] = []
unit_bars: list[UnitBar] = []
unblindings: list[Unblinding] = []

SERVED = (
    Round.Kind.PRODUCTION, Round.Kind.CALIBRATION, Round.Kind.RELABEL, Round.Kind.TRAINING, Round.Kind.MODEL,
    Round.Kind.GOLD,
)  # fmt: skip
"""The rounds that items are given out of."""


def register_item_bar(bar: ItemBar) -> ItemBar:
    """A higher floor says which items a person must never be given, because their answers were opened.

    `bar(user_id)` returns a queryset of rows with a foreign key `item`. What it names must stay named for ever: the
    queue does not look again at items that it passed over for somebody.
    """
    item_bars.append(bar)
    return bar


def register_unit_bar(bar: UnitBar) -> UnitBar:
    """A higher floor says which items nobody is given any more in a round, because they are decided otherwise.

    `bar()` returns a queryset of rows with foreign keys `round` and `item`. An item that leaves it again may stay
    hidden from whoever was passed over it meanwhile.
    """
    unit_bars.append(bar)
    return bar


def register_unblinding(shown: Unblinding) -> Unblinding:
    """A higher floor says whether a person was shown feedback or a decision: `shown(user_id, round_id, item_id)`."""
    unblindings.append(shown)
    return shown


def was_unblinded(user_id: UUID, round_id: UUID, item_id: UUID) -> bool:
    """Whether feedback or a decision on the item was shown to this person."""
    return any(shown(user_id, round_id, item_id) for shown in unblindings)


# --- Rounds ------------------------------------------------------------------------------------------------------


def visible_rounds(project: Project) -> QuerySet[Round]:
    """Rounds that exist for people: those of a running or failed import do not."""
    return Round.objects.filter(project=project).exclude(state=Round.State.LOADING)


def counting_rounds(project: Project) -> QuerySet[Round]:
    """The rounds that pages and API mean unless told otherwise: production and imports."""
    return visible_rounds(project).filter(kind__in=[Round.Kind.PRODUCTION, Round.Kind.IMPORT])


APART = (Round.Kind.TRAINING, Round.Kind.MODEL, Round.Kind.GOLD)
"""The rounds whose labels are in no figure, case or release, unless they are asked for."""


def people_annotations(project: Project) -> QuerySet[Annotation]:
    """Current annotations of people at work: none of models, practice or hidden gold items."""
    return current_annotations(project).exclude(round__kind__in=APART)


def served_rounds(project: Project) -> QuerySet[Round]:
    """Open rounds that people may be given items of."""
    ready = Q(batch=None) | Q(batch__state=Batch.State.READY)
    return Round.objects.filter(ready, project=project, state=Round.State.OPEN, kind__in=SERVED)


def meant_for(user: User, project: Project) -> QuerySet[Round]:
    """The served rounds that are for `user`: nobody else's own, no batch kept for others, for a model its own ones."""
    rounds = served_rounds(project).filter(Q(annotator=None) | Q(annotator=user))
    if user.kind == User.Kind.MODEL:
        return rounds.filter(kind=Round.Kind.MODEL)
    team = Membership.objects.filter(project=project, user=user, team__isnull=False).values("team")
    audience = BatchAudience.objects.filter(batch=OuterRef("batch"))
    mine = audience.filter(Q(user=user) | Q(team__in=team))
    return rounds.filter(~Exists(audience) | Exists(mine))


def served_for(user: User, project: Project) -> QuerySet[Round]:
    """The rounds that `user` may be given something of now: those for him without the ones whose quota is used up."""
    if user.kind == User.Kind.MODEL:
        return meant_for(user, project)  # quotas share work out among people
    taken = Assignment.objects.filter(round=OuterRef("pk"), annotator=user, state__in=Assignment.LIVE)
    number = taken.order_by().values("round").annotate(number=Count("pk")).values("number")
    used_up = Q(batch__quota__isnull=False) & Q(batch__quota__lte=Coalesce(Subquery(number), 0))
    return meant_for(user, project).exclude(used_up)


UNLIMITED = 10**9


def quota_left(user: User, round_: Any) -> int:
    """How many more items of a round with `quota` this person may be given now."""
    if round_.quota is None or round_.kind == Round.Kind.MODEL:
        return UNLIMITED
    taken = Assignment.objects.filter(round=round_, annotator=user, state__in=Assignment.LIVE)
    return max(0, round_.quota - taken.count())


def production_round(batch: Batch) -> Round | None:
    return Round.objects.filter(batch=batch, kind=Round.Kind.PRODUCTION).order_by("created_at").first()


def stand_in_round(project: Project) -> UUID | None:
    """The round that is told of a hidden gold item which was given before assignments kept one: the first of all.

    Looked up once for each project object, so once a request.
    """
    known = project.__dict__
    if "stand_in_round" not in known:
        ready = Q(batch__state=Batch.State.READY)
        rows = Round.objects.filter(ready, project=project, kind=Round.Kind.PRODUCTION).order_by("created_at", "pk")
        known["stand_in_round"] = rows.values_list("pk", flat=True).first()
    found: UUID | None = known["stand_in_round"]
    return found


def told_round(assignment: Assignment) -> UUID:
    """The round of an assignment as its holder is told it: nothing tells a hidden gold item from the others."""
    round_ = assignment.round
    if round_.kind != Round.Kind.GOLD:
        return round_.pk
    return assignment.told_round_id or stand_in_round(round_.project) or round_.pk


def told_batch(user: User, item: Item) -> UUID:
    """The batch of an item as somebody who labels it is told it."""
    hidden = Assignment.objects.filter(item=item, annotator=user, round__kind=Round.Kind.GOLD)
    given = hidden.select_related("round__project").order_by("pk").first()
    if given is None:
        return item.batch_id
    return Round.objects.filter(pk=told_round(given)).values_list("batch", flat=True).first() or item.batch_id


def overlaps_at(entries: QuerySet[QueueEntry], project: Project, as_of: int | None) -> dict[tuple[UUID, UUID], int]:
    """(item, round) -> how many answers the item was to get in that round, as a cut of the log has it."""
    found = {(item, held): n for item, held, n in entries.values_list("item", "round", "overlap")}
    if as_of is None:
        return found
    changes = OverlapChange.objects.filter(round__in={held for _, held in found})
    later = changes.exclude(pk__in=held_at(changes, project=project.id, as_of=as_of, ended=None).values("pk"))
    former = dict(later.order_by("-event").values_list("round", "before"))  # the earliest change is written last
    return {(item, held): min(n, former.get(held, n)) for (item, held), n in found.items()}


# --- Annotations -------------------------------------------------------------------------------------------------


def current_annotations(project: Project) -> QuerySet[Annotation]:
    """Annotations neither superseded nor withdrawn, in visible rounds."""
    return all_annotations(project).filter(ended_event=None)


def all_annotations(project: Project) -> QuerySet[Annotation]:
    """Every annotation of the visible rounds, the superseded and withdrawn too."""
    return Annotation.objects.filter(project=project).exclude(round__state=Round.State.LOADING)


def annotations_at(project: Project, as_of: int | None) -> QuerySet[Annotation]:
    """The annotations that a cut keeps. Those of an import count from the event that made its round visible."""
    if as_of is None:
        return current_annotations(project)
    rows = held_at(all_annotations(project), project=project.id, as_of=as_of)
    imports = Round.objects.filter(project=project, kind=Round.Kind.IMPORT)
    held = held_at(imports, project=project.id, as_of=as_of, ended=None)
    return rows.filter(~Q(round__kind=Round.Kind.IMPORT) | Q(round__in=held.values("pk")))


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


# --- People and items --------------------------------------------------------------------------------------------


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


def is_barred(user_id: UUID, round_id: UUID, item_id: UUID) -> bool:
    """Whether a higher floor keeps this person from being given the item in this round."""
    entry = QueueEntry.objects.filter(round=round_id, item=item_id)
    own = any(bar(user_id).filter(item=item_id).exists() for bar in item_bars)
    own = own or entry.filter(Exists(_given_elsewhere(user_id))).exists()
    return own or any(bar().filter(round=round_id, item=item_id).exists() for bar in unit_bars)


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


# --- The queue ---------------------------------------------------------------------------------------------------


def available(entries: QuerySet[QueueEntry], user: User) -> QuerySet[QueueEntry]:
    """The entries with a free slot that `user` may be given: not done, held, skipped, barred or kept for others.

    What excludes an entry is looked up for one entry at a time, by scalar subqueries on purpose: an EXISTS may be
    planned as a join with everything the person has ever done.
    """
    done = Assignment.objects.filter(
        round=OuterRef("round"), item=OuterRef("item"), annotator=user, state__in=Assignment.DONE
    )
    kept = Reservation.objects.filter(round=OuterRef("round"), item=OuterRef("item"), annotator=user)
    entries = entries.filter(free__gt=0).alias(done=_one(done)).filter(done=None)
    entries = entries.filter(Q(round__reserved=False) | Exists(kept))
    entries = entries.alias(elsewhere=_one(_given_elsewhere(user.pk))).filter(elsewhere=None)
    bars = [bar(user.id).filter(item=OuterRef("item")) for bar in item_bars]
    bars += [bar().filter(round=OuterRef("round"), item=OuterRef("item")) for bar in unit_bars]
    for number, rows in enumerate(bars):
        barred = {f"bar_{number}": _one(rows)}
        entries = entries.alias(**barred).filter(**dict.fromkeys(barred))
    return entries


def _given_elsewhere(user_id: UUID) -> QuerySet[Assignment]:
    """What somebody was given of an entry's item in a round of another kind, where one of the two rounds is his own.

    An item with a known answer comes to a person once: practised, or hidden, or as real work. Practice may repeat.
    """
    given = Assignment.objects.filter(item=OuterRef("item"), annotator=user_id)
    given = given.exclude(round__kind=OuterRef("round__kind"))
    return given.filter(Q(round__annotator=user_id) | Q(annotator=OuterRef("round__annotator")))


def _one(rows: QuerySet) -> Subquery:
    return Subquery(rows.order_by().values("pk")[:1])


class Lane(NamedTuple):
    """One of the two orders of a round's queue: items with a slot free again, or all others."""

    place: str
    which: Q


LANES = (Lane("again", Q(again__isnull=False)), Lane("position", Q(again=None)))


def rounds_in_order(user: User, project: Project, *, step: int) -> QuerySet[Round]:
    """The served rounds, in serving order, that hold something for `user` behind his marks, with `mark_*` and `has_*`.

    Practice comes first, then calibration and the like, then production; then by the batch's priority, then by age.
    Rounds that hold nothing are among them while a mark could be moved on by `step` places.
    """
    marks = QueueMark.objects.filter(round=OuterRef("pk"), annotator=user)
    rounds = (
        served_for(user, project)
        .exclude(kind=Round.Kind.GOLD)
        .annotate(
            mark_again=Coalesce(Subquery(marks.values("again")), 0),
            mark_position=Coalesce(Subquery(marks.values("position")), 0),
            rank=Case(
                When(kind=Round.Kind.TRAINING, then=0),
                When(kind=Round.Kind.PRODUCTION, then=2),
                default=1,
                output_field=IntegerField(),
            ),
            urgency=Coalesce(F("batch__priority"), F("priority")),
            quota=F("batch__quota"),
        )
    )
    wanted = Q()
    for lane in LANES:
        behind = {f"{lane.place}__gt": OuterRef(f"mark_{lane.place}")}
        entries = QueueEntry.objects.filter(lane.which, round=OuterRef("pk"), **behind)
        rounds = rounds.annotate(**{f"has_{lane.place}": Exists(available(entries, user))})
        late = Q(last_place__gte=F(f"mark_{lane.place}") + step)
        wanted |= Q(**{f"has_{lane.place}": True}) | late
    return rounds.filter(wanted).order_by("rank", "-urgency", "created_at", "id")


def entries_behind_mark(user: User, round_: Round, lane: Lane) -> QuerySet[QueueEntry]:
    """What a round of `rounds_in_order` holds for `user` in one lane, in order."""
    behind = {f"{lane.place}__gt": getattr(round_, f"mark_{lane.place}")}
    entries = QueueEntry.objects.filter(lane.which, round=round_, **behind)
    return available(entries, user).order_by(lane.place)


def newest_semantic(project: Project) -> int:
    """The number of the newest version that changed a meaning; 0 before the first."""
    rows = GuidelineVersion.objects.filter(project=project, state="published", change="semantic")
    return rows.order_by("-number").values_list("number", flat=True).first() or 0


@dataclass(frozen=True)
class Progress:
    """How far one annotator has come. `left` is None when it is more than `MOST_COUNTED`."""

    done: int
    left: int | None
    drafts: int
    in_hand: int


MOST_COUNTED = 1000
DRAWN_AT_ONCE = 20
"""So many hidden gold items are drawn for a person at a time."""


def progress(user: User, project: Project) -> Progress:
    rounds = served_rounds(project)
    mine = Assignment.objects.filter(annotator=user, round__in=rounds)
    leased = mine.filter(state=Assignment.State.LEASED)
    left = in_hand = leased.count()
    for round_ in rounds_in_order(user, project, step=MOST_COUNTED):
        room = quota_left(user, round_)
        for lane in LANES:
            if left <= MOST_COUNTED and getattr(round_, f"has_{lane.place}"):
                found = entries_behind_mark(user, round_, lane).order_by()[: min(room, MOST_COUNTED + 1)].count()
                left, room = left + found, room - found
    if left > in_hand:
        # counted among the others, or an answer to one would be the only one that takes nothing off what is left
        own = Round.objects.filter(project=project, annotator=user, kind=Round.Kind.GOLD)
        left += QueueEntry.objects.filter(round__in=own, free__gt=0)[:DRAWN_AT_ONCE].count()
    return Progress(
        done=mine.filter(state=Assignment.State.SUBMITTED).count(),
        left=left if left <= MOST_COUNTED else None,
        drafts=leased.filter(draft__isnull=False).count(),
        in_hand=in_hand,
    )


def wrong_counts(project: Project | None = None) -> QuerySet[QueueEntry]:
    """Queue entries whose `free` is not their overlap less the slots taken: there must be none."""
    entries = QueueEntry.objects.filter(round__project=project) if project else QueueEntry.objects.all()
    live = Assignment.objects.filter(round=OuterRef("round"), item=OuterRef("item"), state__in=Assignment.LIVE)
    number = live.order_by().values("round").annotate(number=Count("pk")).values("number")
    return entries.annotate(live=Coalesce(Subquery(number), 0)).exclude(free=F("overlap") - F("live"))


def next_expiry(rounds: QuerySet[Round], user: User) -> datetime | None:
    """When the first lease ends that others hold on an item this person may still be given; None without one."""
    mine = Assignment.objects.filter(
        round=OuterRef("round"), item=OuterRef("item"), annotator=user, state__in=Assignment.DONE
    )
    rows = Assignment.objects.filter(round__in=rounds, state=Assignment.State.LEASED).filter(~Exists(mine))
    return rows.order_by("expires_at").annotate(ends=F("expires_at")).values_list("ends", flat=True).first()
