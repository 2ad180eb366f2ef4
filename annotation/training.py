"""Reads over training and gold items: the policy, who stands where, what a practised answer is told."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, QuerySet, Subquery, Sum, Window
from django.db.models.functions import Coalesce, RowNumber

from accounts.models import User
from annotation.models import (
    Annotation,
    Assignment,
    GoldItem,
    GoldResult,
    Qualification,
    QueueEntry,
    Round,
    TrainingPolicy,
)
from annotation.selectors import register_unblinding
from core.markdown import render_markdown
from guidelines.models import GuidelineVersion
from guidelines.schema.problems import at
from guidelines.schema.schema import LabelSchema
from guidelines.selectors import label_schema_of
from intake.models import Item
from projects.access import Access
from projects.models import Project, Role

State = Qualification.State
VALUES = ("training_items", "pass_mark", "hidden_rate", "pause_below", "window")
FOR_TRAINING = (GoldItem.Use.TRAINING, GoldItem.Use.BOTH)
FOR_HIDING = (GoldItem.Use.HIDDEN, GoldItem.Use.BOTH)
FEWEST_JUDGED = 5


# --- Policy ------------------------------------------------------------------------------------------------------


def current_policy(project: Project) -> TrainingPolicy:
    """The policy in force. Where none was set there is number 0, not stored, which asks for nothing."""
    found = TrainingPolicy.objects.filter(project=project).order_by("-number").first()
    return found or TrainingPolicy(project=project, number=0)


def policy_body(policy: TrainingPolicy) -> dict[str, Any]:
    return {"number": policy.number} | {name: getattr(policy, name) for name in VALUES}


# --- Gold items --------------------------------------------------------------------------------------------------


def gold_items_of(project: Project) -> QuerySet[GoldItem]:
    """The gold items that are in use."""
    return GoldItem.objects.filter(project=project, ended_event=None).select_related("item")


def gold_items_shown(access: Access) -> QuerySet[GoldItem]:
    """The gold items in use that a manager may read: one who labels too sees no answer of an item that he holds."""
    rows = gold_items_of(access.project)
    if not access.has(Role.ANNOTATOR):
        return rows
    held = Assignment.objects.filter(item=OuterRef("item"), annotator=access.user, state=Assignment.State.LEASED)
    return rows.filter(~Exists(held))


def gold_item_in(project: Project, gold_id: UUID | None) -> GoldItem | None:
    return gold_items_of(project).filter(pk=gold_id).first() if gold_id else None


def gold_problems(
    schema: LabelSchema, answers: object, item_fields: Mapping[str, Any], base: str = "#/answers"
) -> list[tuple[str, str]]:
    """(pointer, detail) of whatever makes these answers no known answers. Questions may be left out, not all."""
    if not isinstance(answers, Mapping) or not answers:
        return [(base, "Give the known answer of at least one question.")]
    found = []
    for name, answer in answers.items():
        if name not in schema.by_name:
            words = ", ".join(schema.question_names)
            found.append((at(base, str(name)), f"There is no such question; the questions are {words}."))
            continue
        question = schema.question(name)
        problems = schema.kind(name).validate_answer(question, answer, item_fields, at(base, name))
        found += [(problem.pointer, problem.detail) for problem in problems]
        when = question.get("when")
        if when and when["question"] in answers and not schema.shown(name, answers):
            found.append((at(base, name), "This question is not asked beside the other answers."))
    return found


def is_usable(gold: GoldItem, schema: LabelSchema) -> bool:
    """Whether its answers are still answers of the label schema."""
    return not gold_problems(schema, gold.answers, gold.item.fields)


def unseen_by(user_id: UUID, gold: QuerySet[GoldItem], *, but_practice: bool = False) -> QuerySet[GoldItem]:
    """Gold items whose item this person was never given in any round; `but_practice`: earlier practice aside."""
    given = Assignment.objects.filter(item=OuterRef("item"), annotator=user_id)
    if but_practice:
        given = given.exclude(round__kind=Round.Kind.TRAINING)
    imported = Annotation.objects.filter(item=OuterRef("item"), annotator=user_id, assignment=None)
    return gold.filter(~Exists(given), ~Exists(imported))


# --- Standing ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Score:
    """How many judged answers were right; `share` is None before the first."""

    right: int = 0
    judged: int = 0
    items: int = 0

    @property
    def share(self) -> float | None:
        return self.right / self.judged if self.judged else None

    def with_missed(self, number: int) -> "Score":
        """With so many items that were skipped: each counts as one wrong answer."""
        return Score(self.right, self.judged + number, self.items + number)

    @property
    def percent(self) -> str:
        return "" if self.share is None else f"{100 * self.share:.0f}\u00a0%"


@dataclass(frozen=True)
class Standing:
    """Where an annotator stands. `practised` counts the items of the last practice round that are done, of `of`."""

    user: UUID
    state: str
    attempts: int
    practised: int
    of: int
    practice: Score
    hidden: Score
    reason: str

    @property
    def must_try_again(self) -> bool:
        """A practice round was not passed and the next one is not begun."""
        return self.state == State.TRAINING and self.attempts > 0 and self.practised >= self.of

    def body(self, *, hidden: bool) -> dict[str, Any]:
        """`hidden` False leaves out what only a manager may know."""
        found: dict[str, Any] = {
            "state": self.state, "attempts": self.attempts, "practised": self.practised, "of": self.of,
            "score": self.practice.share, "reason": self.reason, "try_again": self.must_try_again,
        }  # fmt: skip
        return found | ({"hidden": {"share": self.hidden.share, "items": self.hidden.items}} if hidden else {})


def standing_of(user: User, project: Project) -> Standing:
    return standings(project, [user.pk])[user.pk]


def standings(project: Project, users: Sequence[UUID]) -> dict[UUID, Standing]:
    """Where each of these people stands, in a fixed number of queries."""
    policy = current_policy(project)
    rows = {q.user_id: q for q in Qualification.objects.filter(project=project, user__in=users)}
    newest: dict[UUID, Round] = {}
    for round_ in own_rounds(project, Round.Kind.TRAINING).filter(annotator__in=users).order_by("created_at", "pk"):
        newest[round_.annotator_id] = round_  # type: ignore[index]  # own rounds have an annotator
    practice = _scores(GoldResult.objects.filter(round__in=newest.values()))
    skipped = Assignment.objects.filter(round__in=newest.values(), state=Assignment.State.SKIPPED).order_by()
    missed = dict(
        skipped.values("annotator").annotate(n=Count("item", distinct=True)).values_list("annotator", "n")
    )  # fmt: skip
    sizes = _sizes(newest.values())
    hidden = _hidden_scores(project, users, policy)
    found = {}
    for user in users:
        row, last = rows.get(user), newest.get(user)
        default = State.TRAINING if policy.training_items else State.QUALIFIED
        done, of = sizes.get(last.pk, (0, 0)) if last else (0, 0)
        found[user] = Standing(
            user, row.state if row else default, row.attempts if row else 0, done, of or policy.training_items,
            practice.get(user, Score()).with_missed(missed.get(user, 0)), hidden.get(user, Score()),
            row.reason if row else "",
        )  # fmt: skip
    return found


def own_rounds(project: Project, kind: str) -> QuerySet[Round]:
    return Round.objects.filter(project=project, kind=kind, annotator__isnull=False)


def _scores(results: QuerySet[GoldResult]) -> dict[UUID, Score]:
    rows = results.order_by().values("annotator").annotate(r=Sum("right"), j=Sum("judged"), n=Count("pk"))
    return {row["annotator"]: Score(row["r"], row["j"], row["n"]) for row in rows}


def _sizes(rounds: Iterable[Round]) -> dict[UUID, tuple[int, int]]:
    """Round -> how many of its items are answered or skipped, and how many it has."""
    ids = [r.pk for r in rounds]
    entries = QueueEntry.objects.filter(round__in=ids).order_by().values("round").annotate(n=Count("pk"))
    done = Assignment.objects.filter(round__in=ids, state__in=[Assignment.State.SUBMITTED, Assignment.State.SKIPPED])
    number = dict(done.order_by().values("round").annotate(n=Count("item", distinct=True)).values_list("round", "n"))
    return {row["round"]: (number.get(row["round"], 0), row["n"]) for row in entries}


def practice_size(round_: Round) -> tuple[int, int]:
    """How many items of a practice round are answered or skipped, and how many it has."""
    return _sizes([round_]).get(round_.pk, (0, 0))


def hidden_results(project: Project, user: UUID, since: int) -> QuerySet[GoldResult]:
    """What is judged of somebody's hidden gold items: current answers, items still in use, after an event."""
    rounds = own_rounds(project, Round.Kind.GOLD).filter(annotator=user)
    rows = GoldResult.objects.filter(round__in=rounds, annotator=user, event__gt=since)
    return rows.filter(annotation__ended_event=None, gold_item__ended_event=None).order_by("-pk")


def _hidden_scores(project: Project, users: Sequence[UUID], policy: TrainingPolicy) -> dict[UUID, Score]:
    """The last `window` results of each person, as `hidden_results` counts them, in one query."""
    since = Qualification.objects.filter(project=project, user=OuterRef("annotator")).values("since_event")
    rows = GoldResult.objects.filter(round__in=own_rounds(project, Round.Kind.GOLD), annotator__in=users)
    rows = rows.filter(annotation__ended_event=None, gold_item__ended_event=None)
    rows = rows.annotate(since=Coalesce(Subquery(since), 0)).filter(event__gt=F("since"))
    newest = Window(RowNumber(), partition_by=F("annotator"), order_by=F("pk").desc())
    found: dict[UUID, list[GoldResult]] = {}
    for row in rows.annotate(place=newest).filter(place__lte=policy.window).only("annotator", "right", "judged"):
        found.setdefault(row.annotator_id, []).append(row)
    return {user: score_of(results) for user, results in found.items()}


def score_of(results: Iterable[GoldResult]) -> Score:
    rows = list(results)
    return Score(sum(r.right for r in rows), sum(r.judged for r in rows), len(rows))


# --- Feedback ----------------------------------------------------------------------------------------------------


@register_unblinding
def feedback_was_shown(user_id: UUID, round_id: UUID, item_id: UUID) -> bool:
    """What is answered in practice is told at once."""
    results = GoldResult.objects.filter(round=round_id, round__kind=Round.Kind.TRAINING)
    return results.filter(annotator=user_id, annotation__item=item_id).exists()


def feedback_of(annotation: Annotation, version: GuidelineVersion) -> list[dict[str, Any]] | None:
    """What a practised answer is told, a row for each question; None for any other annotation."""
    result = GoldResult.objects.filter(annotation=annotation).select_related("gold_item", "round").first()
    if result is None or result.round.kind != Round.Kind.TRAINING:
        return None
    gold, schema = result.gold_item, label_schema_of(version)
    explanation = render_markdown(gold.explanation) if gold.explanation else ""
    return [
        {
            "question": name,
            "correct": right,
            "given": annotation.answers.get(name),
            "expected": gold.answers.get(name),
            "explanation_html": explanation,
            "clauses": gold.clauses or clauses_behind(schema, name, gold.answers.get(name), version),
        }
        for name, right in result.correct.items()
    ]


def clauses_behind(schema: LabelSchema, name: str, answer: Any, version: GuidelineVersion) -> list[str]:
    """The clauses of the labels that an answer names, else of its question."""
    question = schema.by_name.get(name, {})
    values = answer if isinstance(answer, list) else [answer]
    wanted = {v if isinstance(v, str) else v.get("label") if isinstance(v, dict) else None for v in values}
    known = {clause["key"] for clause in version.clauses}
    named = [
        str(label.get("clause"))
        for label in question.get("labels", ())
        if isinstance(label, dict) and label.get("value") in wanted
    ]
    found = [key for key in named if key in known]
    return found or [key for key in [str(question.get("clause"))] if key in known]


def judged_questions(gold: GoldItem, schema: LabelSchema) -> list[str]:
    """The questions of a gold item that the schema still asks and whose known answer it still takes."""
    return [
        name
        for name in schema.question_names
        if name in gold.answers and not gold_problems(schema, {name: gold.answers[name]}, gold.item.fields)
    ]


def newest_gold_of(project: Project, item: Item | UUID) -> GoldItem | None:
    return gold_items_of(project).filter(item=item).first()
