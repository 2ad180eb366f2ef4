"""What an annotator can do next in a project and, when there is nothing, exactly why. One answer for every page."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import User
from annotation.models import Assignment, QueueEntry, QueueMark, Round
from annotation.selectors import LANES, available, meant_for, next_expiry, progress, served_for, served_rounds
from annotation.training import Standing, current_policy, standing_of
from events.services import database_now
from guidelines import selectors as guidelines
from projects.models import Project

NO_GUIDELINE, ACKNOWLEDGE, WORK, NOTHING = "no_guideline", "acknowledge", "work", "nothing"
TRAINING, TRY_AGAIN, PAUSED = "training", "try_again", "paused"
QUOTA, LEASED, RESERVED, SET_ASIDE, OTHERS, DONE, EMPTY = (
    "quota", "leased", "reserved", "set_aside", "others", "done", "empty",
)  # fmt: skip
MOST_LOOKED_AT = 200


@dataclass(frozen=True)
class WorkLeft:
    """Where somebody stands in a project.

    `state` is what comes first; with NOTHING, `reasons` say why, the one that matters most first. `left` counts what
    is in hand too and is None beyond the most that is counted. `unread` is the version to be read, `quotas` the
    limits that are used up, `free_at` when the first item that others hold may come back. `standing` is there where
    practice is asked for or somebody is paused.
    """

    state: str
    done: int = 0
    left: int | None = 0
    in_hand: int = 0
    drafts: int = 0
    unread: int | None = None
    reasons: tuple[str, ...] = ()
    quotas: tuple[int, ...] = ()
    free_at: datetime | None = None
    standing: Standing | None = None
    pass_mark: float = 0.0
    now: datetime = field(default_factory=database_now)

    @property
    def headline(self) -> str:
        """The one line for a heading."""
        match self.state:
            case "no_guideline":
                return "The guideline is not published yet"
            case "acknowledge":
                return f"Guideline version {self.unread} is to be read first"
            case "work":
                return f"{_number(self.left)} to label"
            case "training":
                return "Practice comes first"
            case "try_again":
                return "Practise once more"
            case "paused":
                return "You are paused"
            case _:
                return _HEADLINES[self.reasons[0]]

    @property
    def sentences(self) -> list[str]:
        """What to do, or why there is nothing to do, a sentence for each."""
        match self.state:
            case "no_guideline":
                return ["A manager of the project is preparing it. Labelling starts once it is published."]
            case "acknowledge":
                return [f"Guideline version {self.unread} is new. Read it before you go on."]
            case "work":
                return list(self._work())
            case "training" | "try_again" | "paused" if self.standing is not None:
                return list(self._standing(self.standing))
            case _:
                return [self._why(reason) for reason in self.reasons]

    def _standing(self, standing: Standing) -> Iterator[str]:
        if self.state == PAUSED:
            yield f"Some answers are checked against known ones. {standing.reason}"
            yield "A manager of the project can let you go on."
        elif self.state == TRAINING and standing.of == 0:
            yield "There are no practice items for you at the moment. Tell a manager of the project."
        elif self.state == TRAINING:
            yield f"{standing.practised} of {standing.of} practice items done; each answer is explained."
            yield f"With {100 * self.pass_mark:.0f}\u00a0% right you go on to real items."
        else:
            share = standing.practice.percent or "0\u00a0%"
            yield f"{share} of your answers were right; {100 * self.pass_mark:.0f}\u00a0% are asked for."
            yield "Read the guideline once more, then try again with other items."

    def _work(self) -> Iterator[str]:
        if self.drafts:
            yield f"Finish {'1 draft' if self.drafts == 1 else f'{self.drafts} drafts'} that you began."
        yield f"{_number(self.left)} {'waits' if self.left == 1 else 'wait'} for you, {self.done:,} done."

    def _why(self, reason: str) -> str:
        match reason:
            case "quota":
                limits = " and ".join(f"{limit:,}" for limit in self.quotas)
                return f"You have reached the most items that one person is given here: {limits}. Others do the rest."
            case "leased" if self.free_at is not None:
                minutes = max(1, ceil((self.free_at - self.now).total_seconds() / 60))
                within = "a minute" if minutes == 1 else f"{minutes} minutes"
                return (
                    f"Others are labelling the last items. One comes back within {within} "
                    f"(by {self.free_at:%H:%M} UTC) if it is not finished."
                )
            case _:
                return _WHY[reason]


def _number(left: int | None) -> str:
    if left is None:
        return "More than 1,000 items"
    return "1 item" if left == 1 else f"{left:,} items"


_HEADLINES = {
    QUOTA: "Your share is done",
    LEASED: "Others have the last items",
    RESERVED: "The rest is reserved for others",
    SET_ASIDE: "Nothing is left for you",
    OTHERS: "Your part is done",
    DONE: "All done",
    EMPTY: "There are no items yet",
}
_WHY = {
    RESERVED: "Items are waiting, but they are reserved for another team or for other people.",
    SET_ASIDE: "Items are waiting that are not for you: you skipped them, or you have read what others answered.",
    OTHERS: "The items that are still open wait for answers of other people. You have given yours.",
    DONE: "Every item that is open to you has all its answers. New items appear here when they arrive.",
    EMPTY: "They appear here as soon as a manager imports them.",
}


def work_left(user: User, project: Project) -> WorkLeft:
    """The cost does not grow with the project: counts end at a limit, and why nothing is left is asked by EXISTS."""
    if guidelines.current_version(project) is None:
        return WorkLeft(NO_GUIDELINE)
    come = progress(user, project)
    counted = {"done": come.done, "left": come.left, "in_hand": come.in_hand, "drafts": come.drafts}
    unread = guidelines.unacknowledged_version(user, project)
    if unread is not None:
        return WorkLeft(ACKNOWLEDGE, unread=unread.number, **counted)  # type: ignore[arg-type]  # see counted
    policy = current_policy(project)
    if policy.number and user.kind == User.Kind.PERSON:
        standing = standing_of(user, project)
        if standing.state != "qualified" and (standing.state == "paused" or policy.training_items):
            state = PAUSED if standing.state == "paused" else TRY_AGAIN if standing.must_try_again else TRAINING
            left = max(0, standing.of - standing.practised) if state == TRAINING else 0
            return WorkLeft(
                state, come.done, left, come.in_hand, come.drafts, standing=standing, pass_mark=policy.pass_mark
            )  # fmt: skip
    if come.left != 0:
        return WorkLeft(WORK, **counted)  # type: ignore[arg-type]  # see counted
    reasons, quotas, free_at = _why_nothing(user, project)
    return WorkLeft(NOTHING, come.done, reasons=reasons, quotas=quotas, free_at=free_at)


def _why_nothing(user: User, project: Project) -> tuple[tuple[str, ...], tuple[int, ...], datetime | None]:
    served = served_rounds(project).filter(annotator=None)
    meant, mine = meant_for(user, project), served_for(user, project)
    used_up = _that_hold_something(user, meant.exclude(pk__in=mine.values("pk")))
    limits = tuple(sorted({q for q in used_up.values_list("batch__quota", flat=True)[:20] if q is not None}))
    free_at = next_expiry(mine, user)
    kept = _that_hold_something(user, served.exclude(pk__in=meant.values("pk"))).exists()
    aside, others = _open_but_not_for(user, mine)
    tests = {QUOTA: bool(limits), LEASED: free_at is not None, RESERVED: kept, SET_ASIDE: aside, OTHERS: others}
    reasons = tuple(name for name, holds in tests.items() if holds)
    if not reasons:
        reasons = (DONE,) if served.exists() else (EMPTY,)
    return reasons, limits, free_at


def _that_hold_something(user: User, rounds: QuerySet[Round]) -> QuerySet[Round]:
    """Those of `rounds` with an item that the person could be given, behind his marks."""
    marks = QueueMark.objects.filter(round=OuterRef("pk"), annotator=user)
    found = Q()
    for lane in LANES:
        rounds = rounds.annotate(**{f"mark_{lane.place}": Coalesce(Subquery(marks.values(lane.place)), 0)})
        behind = {f"{lane.place}__gt": OuterRef(f"mark_{lane.place}")}
        entries = QueueEntry.objects.filter(lane.which, round=OuterRef("pk"), **behind)
        found |= Q(Exists(available(entries, user)))
    return rounds.filter(found)


def _open_but_not_for(user: User, rounds: QuerySet[Round]) -> tuple[bool, bool]:
    """Whether some of the first open items are kept from the person, and whether some only wait for other people."""
    own = Assignment.objects.filter(
        round=OuterRef("round"), item=OuterRef("item"), annotator=user, state__in=Assignment.DONE
    )
    entries = QueueEntry.objects.filter(round__in=rounds.filter(annotator=None), free__gt=0)
    states = entries.annotate(own=Subquery(own.values("state")[:1])).values_list("own", flat=True)[:MOST_LOOKED_AT]
    found = set(states)
    return bool(found & {None, Assignment.State.SKIPPED}), Assignment.State.SUBMITTED in found
