"""Which items of a round are disagreements now: read for many items in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Q

from accounts.models import User
from adjudication import rules
from annotation.models import Annotation, Assignment, QueueEntry, Round
from guidelines import selectors as guidelines
from guidelines.schema.schema import LabelSchema
from intake.audiences import EVERYBODY, audience_of
from projects.models import Membership, Role

Key = tuple[UUID, str]
ALWAYS = frozenset({Round.Kind.PRODUCTION, Round.Kind.IMPORT, Round.Kind.RELABEL})


@dataclass(frozen=True)
class Disagreement:
    """Why there must be a case: what stands against what, and how strongly."""

    pattern: str
    share: float
    weight: float = 0


def may_raise_cases(round: Round) -> bool:  # noqa: A002  # the word of the house
    """Production, relabel and imported rounds do; calibration once it is complete; training and models never."""
    if round.state == Round.State.LOADING:
        return False
    if round.kind == Round.Kind.CALIBRATION:
        return round.state == Round.State.COMPLETE
    return round.kind in ALWAYS


def disagreements_of(round: Round, item_ids: Collection[UUID]) -> dict[Key, Disagreement]:  # noqa: A002
    """Per (item, question): the disagreements of complete units, and items that nobody wants to answer.

    An item is complete when it has its overlap of submitted annotations; only blind ones are compared.
    """
    version = guidelines.current_version(round.project)
    if version is None or not item_ids:
        return {}
    schema = guidelines.label_schema_of(version)
    complete = complete_items(round, item_ids)
    found: dict[Key, Disagreement] = {}
    answers: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    rows = Annotation.objects.filter(round=round, item__in=complete, ended_event=None, blind=True)
    for item, given in rows.order_by("slot").values_list("item", "answers"):
        answers[item].append(given)
    for item, given_here in answers.items():
        for question, disagreement in _compare(schema, given_here):
            found[item, question] = disagreement
    first = schema.question_names[0] if schema.question_names else None
    if first is not None and round.kind != Round.Kind.IMPORT:
        for item in _unwanted(round, set(item_ids) - complete):
            found[item, first] = Disagreement(rules.SKIPPED, 1.0)
    return found


def _compare(schema: LabelSchema, annotations: list[dict[str, Any]]) -> list[tuple[str, Disagreement]]:
    found = []
    for question in schema.question_names:
        if schema.question(question)["kind"] in rules.NEVER_COMPARED:
            continue
        given = [answers[question] for answers in annotations if answers.get(question) is not None]
        groups = rules.group_answers(schema, question, given)
        if len(groups) > 1:
            pattern = rules.pattern_of(schema, question, groups)
            found.append((question, Disagreement(pattern, rules.disagreement_of(groups))))
    return found


def complete_items(round: Round, item_ids: Collection[UUID]) -> set[UUID]:  # noqa: A002
    """Those items that have got their overlap in this round."""
    if round.kind == Round.Kind.IMPORT:
        return set(item_ids) if round.state == Round.State.COMPLETE else set()
    wanted = dict(QueueEntry.objects.filter(round=round, item__in=item_ids).values_list("item", "overlap"))
    rows = Annotation.objects.filter(round=round, item__in=item_ids, ended_event=None)
    counts = dict(rows.values_list("item").annotate(n=Count("pk")))
    return {item for item, overlap in wanted.items() if counts.get(item, 0) >= overlap}


def _unwanted(round: Round, item_ids: set[UUID]) -> set[UUID]:  # noqa: A002
    """Items skipped by three people, or by all who could still answer them."""
    skipped: dict[UUID, set[UUID]] = defaultdict(set)
    rows = Assignment.objects.filter(round=round, item__in=item_ids, state=Assignment.State.SKIPPED)
    for item, annotator in rows.values_list("item", "annotator"):
        skipped[item].add(annotator)
    few = {item for item, people in skipped.items() if len(people) < rules.SKIPS_FOR_A_CASE}
    if not few:
        return set(skipped)
    members = Membership.objects.filter(
        project=round.project_id, roles__contains=[Role.ANNOTATOR],
        user__is_active=True, user__kind=User.Kind.PERSON,
    )  # fmt: skip
    audience = audience_of(round.batch) if round.batch is not None else EVERYBODY
    if audience != EVERYBODY:
        members = members.filter(Q(user__in=audience.annotators) | Q(team__in=audience.teams))
    able = set(members.values_list("user", flat=True))
    busy: dict[UUID, set[UUID]] = defaultdict(set)
    live = Assignment.objects.filter(round=round, item__in=few, state__in=Assignment.LIVE)
    for item, annotator in live.values_list("item", "annotator"):
        busy[item].add(annotator)
    return {item for item in skipped if item not in few or not able - skipped[item] - busy[item]}
