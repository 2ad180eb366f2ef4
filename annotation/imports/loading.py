"""Rows of a file into items and annotations, a chunk at a time, into a batch and a round that nobody sees yet.

Event ids are drawn with each chunk and written on its rows; the events themselves are appended when the import
becomes visible. So an import that is killed or refused leaves nothing in the log.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from annotation.imports.annotators import PERSON, Annotators
from annotation.models import Annotation, Round
from core.canonical import canonical_json, content_hash
from core.ids import new_id
from events.services import next_event_id
from guidelines.models import GuidelineVersion
from intake.apply import Mapped
from intake.models import Batch, Item
from intake.services import NewItem, insert_items, known_items, rows_of
from projects.models import Project

Triple = tuple[UUID, UUID, bytes]


@dataclass(frozen=True)
class PendingEvent:
    """An event of one chunk that waits for the flip: its id stands on the rows already."""

    id: int
    action: str
    ids: list[UUID]
    hash: str


@dataclass
class Loaded:
    """What came of the rows so far."""

    items: int = 0
    annotations: int = 0
    events: list[PendingEvent] = field(default_factory=list)


def distinct_items(kept: Sequence[Mapped]) -> dict[str, Mapped]:
    """external_id -> the first row that has it."""
    first: dict[str, Mapped] = {}
    for row in kept:
        first.setdefault(row.item.external_id, row)
    return first


def known_answers(items: Sequence[UUID]) -> set[Triple]:
    """(item, annotator, answers) that earlier imports brought for these items."""
    rows = Annotation.objects.filter(
        item_id__in=items, round__kind=Round.Kind.IMPORT, round__state=Round.State.COMPLETE, ended_event=None
    ).values_list("item_id", "annotator_id", "answers")
    return {(item, annotator, canonical_json(answers)) for item, annotator, answers in rows}


class Loader:
    """Writes chunks. `round` is None where the file brings no answers, or brought them before."""

    def __init__(
        self, *, project: Project, batch: Batch, labels: Round | None, version: GuidelineVersion | None, identity: str,
        now: datetime,
    ) -> None:  # fmt: skip
        self._project, self._batch, self._round = project, batch, labels
        self._version, self._identity, self._now = version, identity, now
        self._annotators = Annotators(project, identity)
        self._slots: Counter[UUID] = Counter()
        self.loaded = Loaded()

    def take(self, kept: Sequence[Mapped]) -> None:
        """Write one chunk, in the caller's transaction."""
        items, strangers = self._items(kept)
        if self._round is not None:
            self._answers(self._round, kept, items, strangers)

    def _items(self, kept: Sequence[Mapped]) -> tuple[dict[str, UUID], list[UUID]]:
        """external_id -> item, and the items that this import did not make."""
        rows = [NewItem(x, m.item.fields, m.item.metadata) for x, m in distinct_items(kept).items()]
        event = next_event_id()
        made = insert_items(project=self._project, batch=self._batch, rows=rows, event=event)
        if made.created:
            self.loaded.items += len(made.created)
            ids = [item.id for item in made.created]
            self.loaded.events.append(PendingEvent(event, "items.created", ids, content_hash(rows_of(made.created))))
        found = {item.external_id: item.id for item in (*made.created, *made.existing)}
        return found, [item.id for item in made.existing if item.batch_id != self._batch.id]

    def _answers(self, labels: Round, kept: Sequence[Mapped], items: dict[str, UUID], strangers: list[UUID]) -> None:
        placed = []
        for row in kept:
            item = items[row.item.external_id]
            for answer in row.answers:
                self._slots[item] += 1
                key = self._annotators.key(answer.annotator, self._slots[item])
                placed.append((item, self._slots[item], key, answer.answers))
        users = self._annotators.resolve(key for _, _, key, _ in placed)
        before = known_answers(strangers) if strangers and self._identity == PERSON else set()
        event = next_event_id()
        rows = [
            Annotation(
                id=new_id(), project=self._project, round=labels, item_id=item, annotator_id=users[key], slot=slot,
                answers=answers, guideline_version=self._version, created_at=self._now, event=event,
            )
            for item, slot, key, answers in placed
            if (item, users[key], canonical_json(answers)) not in before
        ]  # fmt: skip
        if not rows:
            return
        for start in range(0, len(rows), 1000):
            self._insert(rows[start : start + 1000], event if start == 0 else next_event_id())

    def _insert(self, rows: list[Annotation], event: int) -> None:
        for row in rows:
            row.event = event
        Annotation.objects.bulk_create(rows)
        self.loaded.annotations += len(rows)
        shown = [{"id": r.id, "item": r.item_id, "annotator": r.annotator_id, "answers": r.answers} for r in rows]
        ids = [row.id for row in rows]
        self.loaded.events.append(PendingEvent(event, "annotation.created", ids, content_hash(shown)))


class DryLoader:
    """Counts what `Loader` would write, and writes nothing."""

    def __init__(self, project: Project, identity: str, *, with_answers: bool) -> None:
        self._project, self._identity, self._with_answers = project, identity, with_answers
        self._annotators = Annotators(project, identity)
        self._seen: set[bytes] = set()
        self.loaded = Loaded()

    def take(self, kept: Sequence[Mapped]) -> None:
        first = distinct_items(kept)
        known = known_items(self._project, list(first))
        fresh = {content_hash(x).encode() for x in first if x not in known}
        self.loaded.items += len(fresh - self._seen)
        self._seen |= fresh
        if self._with_answers:
            self.loaded.annotations += self._answers(kept, known)

    def _answers(self, kept: Sequence[Mapped], known: dict[str, Item]) -> int:
        told = [(row.item.external_id, answer) for row in kept for answer in row.answers]
        if self._identity != PERSON or not known:
            return len(told)
        key = self._annotators.key
        users = self._annotators.resolve((key(a.annotator, 0) for _, a in told), make=False)
        before = known_answers([item.id for item in known.values()])
        return sum(
            1
            for x, a in told
            if x not in known or (known[x].id, users.get(key(a.annotator, 0)), canonical_json(a.answers)) not in before
        )
