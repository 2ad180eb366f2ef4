"""Gold: the answer that a release uses for an item and a question, and where it came from. Read in chunks of items."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef

from accounts.models import User
from adjudication import rules
from adjudication.methods import Aggregated
from adjudication.models import Decision
from adjudication.selectors.aggregates import Aggregates, Key, aggregates_at
from adjudication.selectors.chunks import Chunk, item_chunks, preferred_rounds, read_chunk, schema_at
from annotation.models import Annotation, Assignment, Round
from guidelines.schema.schema import LabelSchema
from intake.models import Item
from intake.selectors import visible_items
from projects.models import Project

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
    given: list[dict[str, Any]] = field(default_factory=list)
    """The shares of the answers where `distribution` is something else: the posterior of a model."""
    aggregation: dict[str, Any] | None = None
    """Which method made one answer of several."""


def gold_rows(
    project: Project, *, as_of: int | None, round: UUID | None = None,  # noqa: A002  # the word of the house
    after: Position | None = None, backwards: bool = False, hidden_from: User | None = None,
    holder: User | None = None, aggregates: Aggregates | None = None,
) -> Iterator[GoldRow]:  # fmt: skip
    """The gold of a cut, ordered by item id, then by the order of the questions; `backwards` turns that round.

    Rows exist for complete units whose answers are all equal, for decided cases, and for other disagreements where
    the policy in force at the cut names a method (or where `aggregates` say so) that makes one answer of them. Of
    several rounds that count, production stands before imports and a later one before an earlier one; `round` looks
    at one round only.
    Items that `hidden_from` has labelled or holds are left out, and those that `holder` holds just now.
    """
    schema, rounds = schema_at(project, as_of), preferred_rounds(project, round)
    if schema is None or not rounds:
        return
    aggregates = aggregates or aggregates_at(project, as_of, schema=schema)
    items = visible_items(project)
    if hidden_from is not None:
        items = items.exclude(Exists(Annotation.objects.filter(item=OuterRef("pk"), annotator=hidden_from)))
        held = Assignment.objects.filter(annotator=hidden_from, state__in=Assignment.LIVE)
        items = items.exclude(Exists(held.filter(item=OuterRef("pk"))))
    if holder is not None:
        open_now = Assignment.objects.filter(annotator=holder, state=Assignment.State.LEASED)
        items = items.exclude(Exists(open_now.filter(item=OuterRef("pk"))))
    names = list(reversed(schema.question_names)) if backwards else list(schema.question_names)
    for found in item_chunks(items, start=after[0] if after else None, backwards=backwards):
        reader = _Reader(read_chunk(project, rounds, found, as_of), rounds, schema, aggregates)
        for item_id, external_id in found:
            here = names
            if after is not None and item_id == after[0]:
                here = names[names.index(after[1]) + 1 :] if after[1] in names else []
            for question in here:
                row = reader.row((item_id, external_id), question)
                if row is not None:
                    yield row


class _Reader:
    """Makes the rows of one chunk of items."""

    def __init__(self, chunk: Chunk, rounds: Sequence[Round], schema: LabelSchema, aggregates: Aggregates) -> None:
        self._chunk, self._rounds, self._schema, self._aggregates = chunk, rounds, schema, aggregates
        self._stored = aggregates.read([pk for pk, _ in chunk.items])
        self._made: dict[str, dict[Key, Aggregated]] = {}

    def row(self, item: tuple[UUID, str], question: str) -> GoldRow | None:
        unit = self._chunk.unit(self._rounds, item[0], question)
        if unit is None:
            return None
        decision, given = self._chunk.decisions.get((*unit, question)), self._chunk.given(unit, question)
        if decision is not None:
            return _decided(decision, item, question, len(self._chunk.answers.get(unit, ())))
        groups = rules.group_answers(self._schema, question, given)
        shares = rules.distribution_of(groups)
        if len(groups) == 1:
            return GoldRow(*item, question, groups[0][0], shares, len(given), "unanimous")
        found = self._aggregated(question).get((*unit, question))
        if found is None or found.answer is None:
            return None
        source = self._aggregates.sources[question]
        return GoldRow(
            *item, question, found.answer, found.distribution, len(given), "model" if source.is_model else "majority",
            given=shares, aggregation=source.body(),
        )  # fmt: skip

    def _aggregated(self, question: str) -> dict[Key, Aggregated]:
        """Of all units of the chunk at once: most methods cost little more for a thousand units than for one."""
        if question not in self._aggregates.sources:
            return {}
        if question not in self._made:
            units = {}
            for item, _ in self._chunk.items:
                unit = self._chunk.unit(self._rounds, item, question)
                if unit is not None and (*unit, question) not in self._chunk.decisions:
                    given = self._chunk.given(unit, question)
                    if len(rules.group_answers(self._schema, question, given)) > 1:
                        units[*unit, question] = given
            self._made[question] = self._aggregates.answers(self._schema, question, units, self._stored)
        return self._made[question]


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
    rounds = preferred_rounds(project)
    found = [(item.pk, item.external_id) for item in items]
    aggregates = aggregates_at(project, None, schema=schema)
    reader = _Reader(read_chunk(project, rounds, found, None), rounds, schema, aggregates)
    gold: dict[UUID, list[GoldRow]] = {}
    for item in found:
        rows = (reader.row(item, question) for question in schema.question_names)
        gold[item[0]] = [row for row in rows if row is not None]
    return gold
