"""Gold: the answer that a release uses for an item and a question, and where it came from. Read in chunks of items."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import User
from adjudication import rules
from adjudication.models import Decision
from annotation.models import Annotation, Assignment, QueueEntry, Round
from annotation.selectors import annotations_at, counting_rounds, overlaps_at, visible_rounds
from events.selectors import held_at
from guidelines.schema.schema import LabelSchema
from guidelines.selectors import label_schema_of, versions_of
from intake.models import Item
from intake.selectors import visible_items
from projects.models import Project

CHUNK = 1000
Position = tuple[UUID, str]
"""An item and the name of a question: where a reader of gold has come to."""


@dataclass(frozen=True)
class GoldRow:
    """`answer` is None for no_answer, kept_disagreement and bad_item; `n` counts the annotations behind it."""

    item_id: UUID
    external_id: str
    question: str
    answer: Any
    distribution: list[dict[str, Any]]
    n: int
    source: str
    decision: UUID | None = None


@dataclass(frozen=True)
class _Chunk:
    """What one chunk of items needs: answers and decisions by (item, round), overlaps of the queues."""

    items: Sequence[tuple[UUID, str]]
    answers: dict[tuple[UUID, UUID], list[dict[str, Any]]]
    counts: dict[tuple[UUID, UUID], int]
    overlaps: dict[tuple[UUID, UUID], int]
    decisions: dict[tuple[UUID, UUID, str], Decision]


def schema_at(project: Project, as_of: int | None) -> LabelSchema | None:
    """The label schema of the newest version that a cut holds."""
    rows = held_at(versions_of(project), project=project.id, as_of=as_of, ended=None)
    version = rows.order_by("-number").first()
    return label_schema_of(version) if version is not None else None


def gold_rows(
    project: Project, *, as_of: int | None, round: UUID | None = None,  # noqa: A002  # the word of the house
    after: Position | None = None, backwards: bool = False, hidden_from: User | None = None,
    holder: User | None = None,
) -> Iterator[GoldRow]:  # fmt: skip
    """The gold of a cut, ordered by item id, then by the order of the questions; `backwards` turns that round.

    Rows exist for complete units whose answers are all equal and for decided cases. Of several rounds that count,
    production stands before imports and a later one before an earlier one; `round` looks at one round only.
    Items that `hidden_from` has labelled or holds are left out, and those that `holder` holds just now.
    """
    schema, rounds = schema_at(project, as_of), _preferred(project, round)
    if schema is None or not rounds:
        return
    items = visible_items(project)
    if hidden_from is not None:
        items = items.exclude(Exists(Annotation.objects.filter(item=OuterRef("pk"), annotator=hidden_from)))
        held = Assignment.objects.filter(annotator=hidden_from, state__in=Assignment.LIVE)
        items = items.exclude(Exists(held.filter(item=OuterRef("pk"))))
    if holder is not None:
        open_now = Assignment.objects.filter(annotator=holder, state=Assignment.State.LEASED)
        items = items.exclude(Exists(open_now.filter(item=OuterRef("pk"))))
    names = list(reversed(schema.question_names)) if backwards else list(schema.question_names)
    for found in _chunks(items, start=after[0] if after else None, backwards=backwards):
        chunk = _read(project, rounds, found, as_of)
        for item_id, external_id in chunk.items:
            here = names
            if after is not None and item_id == after[0]:
                here = names[names.index(after[1]) + 1 :] if after[1] in names else []
            for question in here:
                row = _row(chunk, rounds, schema, (item_id, external_id), question)
                if row is not None:
                    yield row


def _preferred(project: Project, wanted: UUID | None) -> list[Round]:
    if wanted is not None:
        return list(visible_rounds(project).filter(pk=wanted))
    rounds = counting_rounds(project)
    return sorted(rounds, key=lambda r: (r.kind == Round.Kind.PRODUCTION, r.pk), reverse=True)


def _chunks(rows: QuerySet[Item], *, start: UUID | None, backwards: bool) -> Iterator[list[tuple[UUID, str]]]:
    """Chunks of items from `start` on, itself included, since some of its questions may still be wanted."""
    position, inclusive = start, True
    while True:
        here = rows
        if position is not None:
            word = ("lte" if backwards else "gte") if inclusive else ("lt" if backwards else "gt")
            here = rows.filter(**{f"pk__{word}": position})
        items = list(here.order_by("-pk" if backwards else "pk").values_list("pk", "external_id")[:CHUNK])
        if not items:
            return
        yield items
        if len(items) < CHUNK:
            return
        position, inclusive = items[-1][0], False


def _read(project: Project, rounds: list[Round], items: Sequence[tuple[UUID, str]], as_of: int | None) -> _Chunk:
    ids = [pk for pk, _ in items]
    answers: dict[tuple[UUID, UUID], list[dict[str, Any]]] = defaultdict(list)
    counts: dict[tuple[UUID, UUID], int] = defaultdict(int)
    rows = annotations_at(project, as_of).filter(item__in=ids, round__in=rounds)
    for item, held, given, blind in rows.order_by("item", "slot").values_list("item", "round", "answers", "blind"):
        counts[item, held] += 1
        if blind:
            answers[item, held].append(given)
    entries = QueueEntry.objects.filter(item__in=ids, round__in=rounds)
    decided = held_at(
        Decision.objects.filter(case__item__in=ids, case__round__in=rounds), project=project.id, as_of=as_of
    )
    decisions = {(d.case.item_id, d.case.round_id, d.case.question): d for d in decided.select_related("case")}
    return _Chunk(items, answers, counts, overlaps_at(entries, project, as_of), decisions)


def _row(
    chunk: _Chunk, rounds: list[Round], schema: LabelSchema, item: tuple[UUID, str], question: str
) -> GoldRow | None:
    for held in rounds:
        unit = (item[0], held.pk)
        decision = chunk.decisions.get((*unit, question))
        if decision is not None:
            return _decided(decision, item, question, len(chunk.answers.get(unit, ())))
        complete = held.kind == Round.Kind.IMPORT or chunk.counts.get(unit, 0) >= chunk.overlaps.get(unit, 1)
        given = [a[question] for a in chunk.answers.get(unit, ()) if a.get(question) is not None]
        if not complete or not given:
            continue
        groups = rules.group_answers(schema, question, given)
        if len(groups) > 1:
            return None
        return GoldRow(*item, question, groups[0][0], rules.distribution_of(groups), len(given), "unanimous")
    return None


def _decided(decision: Decision, item: tuple[UUID, str], question: str, n: int) -> GoldRow:
    kept = decision.outcome == Decision.Outcome.KEEP_DISAGREEMENT
    answer = decision.answer if decision.outcome == Decision.Outcome.ANSWER else None
    source = "kept_disagreement" if kept else "adjudicated"
    return GoldRow(*item, question, answer, decision.distribution, n, source, decision.pk)


def gold_of(project: Project, items: Sequence[Item]) -> dict[UUID, list[GoldRow]]:
    """Item -> its gold as things stand now, in the order of the questions."""
    schema = schema_at(project, None)
    if schema is None or not items:
        return {}
    rounds = _preferred(project, None)
    chunk = _read(project, rounds, [(i.pk, i.external_id) for i in items], None)
    found: dict[UUID, list[GoldRow]] = {}
    for item in chunk.items:
        rows = (_row(chunk, rounds, schema, item, question) for question in schema.question_names)
        found[item[0]] = [row for row in rows if row is not None]
    return found
