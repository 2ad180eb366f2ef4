"""What must hold at every moment, checked on the live database from the log up (RELIABILITY, the I list)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import connection

from annotation.selectors import wrong_counts
from core.canonical import content_hash
from core.ids import NIL
from events.models import Event, IdempotencyKey, Seal
from events.services import ZEROS, describe_event

MOST_SHOWN = 20


@dataclass(frozen=True)
class Violation:
    """`name` is the invariant's, `detail` names the rows."""

    name: str
    detail: str


Check = Callable[[], Iterator[Violation]]


def _rows(name: str, sentence: str, sql: str) -> Iterator[Violation]:
    """A violation for each row that `sql` finds; the row's columns fill the sentence."""
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} LIMIT {MOST_SHOWN}")
        for row in cursor.fetchall():
            yield Violation(name, sentence.format(*row))


def acknowledged_submits() -> Iterator[Violation]:
    """I1: what was answered with 201 is there, with the answers that were sent."""
    stored = IdempotencyKey.objects.filter(headers__Location__startswith="/api/v1/annotations/").count()
    if stored == 0:
        return
    yield from _rows(
        "I1",
        "the acknowledged annotation {0} is missing or holds other answers",
        """SELECT b.body->>'id' FROM (SELECT convert_from(body, 'UTF8')::jsonb AS body FROM events_idempotencykey
             WHERE headers->>'Location' LIKE '/api/v1/annotations/%%') b
           LEFT JOIN annotation_annotation a ON a.id = (b.body->>'id')::uuid
           WHERE b.body ? 'answers' AND (a.id IS NULL OR a.answers <> b.body->'answers')""".replace("%%", "%"),
    )


def nothing_half() -> Iterator[Violation]:
    """I2: an annotation and its event exist together or not at all."""
    yield from _rows(
        "I2",
        "annotation {0} has no event",
        """SELECT a.id FROM annotation_annotation a LEFT JOIN events_event e ON e.id = a.event WHERE e.id IS NULL""",
    )
    yield from _rows(
        "I2",
        "the event {0} tells of an annotation that does not exist",
        """SELECT e.id FROM events_event e
           LEFT JOIN annotation_annotation a ON a.id::text = e.object_id
           WHERE e.object_type = 'annotation' AND e.action IN ('annotation.created', 'annotation.superseded')
             AND NOT e.details ? 'ids' AND a.id IS NULL""",
    )


def exact_overlap() -> Iterator[Violation]:
    """I3: never more live slots than the overlap, never one person twice, and `free` is what is left."""
    yield from _rows(
        "I3",
        "item {0} in round {1} has {2} live assignments and an overlap of {3}",
        """SELECT q.item_id, q.round_id, count(a.id), q.overlap FROM annotation_queueentry q
           JOIN annotation_assignment a ON a.round_id = q.round_id AND a.item_id = q.item_id
             AND a.state IN ('leased', 'submitted')
           GROUP BY q.id HAVING count(a.id) > q.overlap""",
    )
    yield from _rows(
        "I3",
        "annotator {2} has two current annotations of item {0} in round {1}",
        """SELECT item_id, round_id, annotator_id FROM annotation_annotation WHERE ended_event IS NULL
           GROUP BY 1, 2, 3 HAVING count(*) > 1""",
    )
    for entry in wrong_counts()[:MOST_SHOWN]:
        yield Violation("I3", f"queue entry {entry.pk} says {entry.free} free, which is not what is left")


def sealed_log_is_whole() -> Iterator[Violation]:
    """I9: sequence numbers without holes, and every hash covers its event and the one before."""
    yield from _rows(
        "I9",
        "the log of project {0} has {1} seals and ends at {2}",
        "SELECT project, count(*), max(seq) FROM events_seal GROUP BY project HAVING count(*) <> max(seq)",
    )
    previous: dict[object, str] = {}
    for seal in Seal.objects.select_related("event").order_by("project", "seq").iterator(chunk_size=2000):
        body = describe_event(seal.event, seq=seal.seq, prev_hash=seal.prev_hash)
        if seal.prev_hash != previous.get(seal.project, ZEROS) or content_hash(body) != seal.hash:
            yield Violation("I9", f"seal {seal.seq} of project {seal.project} does not verify")
        previous[seal.project] = seal.hash
    late = Event.objects.filter(seal=None).extra(where=["at < now() - interval '60 seconds'"])  # fixed text
    for event in late.exclude(project=NIL)[:MOST_SHOWN]:
        yield Violation("I9", f"event {event.pk} has waited for its seal for more than a minute")
