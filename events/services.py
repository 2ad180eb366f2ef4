"""Appending to the event log, sealing it, and waiting for one's own writes to be sealed."""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from core.canonical import content_hash, rfc3339
from core.compiled import insert, run
from core.ids import NIL
from events.actor import Actor
from events.errors import CutInFuture, NotSealed
from events.models import Cursor, Event, IdempotencyKey, Seal
from events.selectors import unsealed_from

ZEROS = "0" * 64
SEALER, TICK = "sealer", "pulse"
SEALER_LOCK = 7_201
KEYS_KEPT = timedelta(hours=24)


def database_now() -> datetime:
    """The clock of leases and jobs, the same for every server."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        at: datetime = cursor.fetchone()[0]
        return at


def next_event_id() -> int:
    """Draw an event's id ahead of `append_event`, for rows that must store it. Call with the row locks held."""
    ((drawn,),) = run("SELECT nextval(pg_get_serial_sequence('events_event', 'id'))", [])
    return int(drawn)


def append_event(
    *,
    by: Actor,
    action: str,
    project: UUID | None,
    object_type: str,
    object_id: object,
    before: Any = None,
    after: Any = None,
    event_id: int | None = None,
    **details: object,
) -> Event:
    """Append one event in the caller's transaction: `new_event` with the same arguments, inserted."""
    event = new_event(
        by=by, action=action, project=project, object_type=object_type, object_id=object_id, before=before, after=after,
        event_id=event_id, **details,
    )  # fmt: skip
    append_events([event])
    return event


def append_events(events: Sequence[Event]) -> None:
    """Append events of one kind by one statement. Call within the transaction of their change, with its locks held."""
    if not connection.in_atomic_block:
        raise RuntimeError("an event belongs into the transaction of its change")
    insert(events)


def new_event(
    *,
    by: Actor,
    action: str,
    project: UUID | None,
    object_type: str,
    object_id: object,
    before: Any = None,
    after: Any = None,
    event_id: int | None = None,
    **details: object,
) -> Event:
    """An event to be appended.

    `before` and `after` are hashed, not stored. `details` may hold `item`, `annotator` and `ids` (at most 1,000).
    """
    kept = {key: [str(i) for i in value] if isinstance(value, (list, tuple)) else str(value)
            for key, value in details.items() if value is not None}  # fmt: skip
    return Event(
        id=event_id,  # None: drawn by the INSERT itself, which is as late
        project=project or NIL,
        actor=by.user.id if by.user else None,
        action=action,
        object_type=object_type,
        object_id=str(object_id),
        details=kept,
        request_id=by.request_id,
        before_hash=None if before is None else content_hash(before),
        after_hash=None if after is None else content_hash(after),
    )


def describe_event(event: Event, *, seq: int, prev_hash: str) -> dict[str, Any]:
    """The event as the log shows it, without its own hash: what the hash covers."""
    return {
        "seq": seq,
        "at": rfc3339(event.at),
        "actor": str(event.actor) if event.actor else None,
        "action": event.action,
        "object": {"type": event.object_type, "id": event.object_id} | event.details,
        "request_id": event.request_id,
        "before_hash": event.before_hash,
        "after_hash": event.after_hash,
        "prev_hash": prev_hash,
    }


def _last_seals(projects: Sequence[UUID]) -> dict[UUID, tuple[int, str]]:
    rows = run(
        "SELECT p, s.seq, s.hash FROM unnest(%s::uuid[]) AS p"
        " CROSS JOIN LATERAL (SELECT seq, hash FROM events_seal WHERE project = p ORDER BY seq DESC LIMIT 1) AS s",
        [projects],
    )
    return {project: (seq, digest) for project, seq, digest in rows}


def _oldest_open() -> int:
    """The lowest id of a transaction that is still open; the next one to be given out where none is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        return int(cursor.fetchone()[0])


def _unsealed(limit: int) -> tuple[list[Event], bool, int]:
    """Events that may be sealed now, oldest id first; whether none is left behind them; and the present horizon.

    An event is settled when its writing transaction is older than every open one. The list ends before the first
    visible event that is not settled: a transaction that began early but waited for a younger one holds what that one
    changed, and must not come before it. Snapshot and events are read by one statement, or a transaction that began
    and ended between two of them would pass for one of the future.

    Visible events with a transaction id of the future come from a restore into a new cluster: they count as
    committed.
    """
    cursor_row, _ = Cursor.objects.get_or_create(name=SEALER)
    horizon = _oldest_open()
    low = min(cursor_row.position, horizon)
    found = list(
        Event.objects.raw(
            "SELECT e.*, e.tx < pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
            " OR e.tx >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS settled"
            " FROM events_event e WHERE e.tx >= %s"
            " AND NOT EXISTS (SELECT 1 FROM events_seal s WHERE s.event_id = e.id) ORDER BY e.id LIMIT %s",
            [low, limit],
        )
    )
    events = list(takewhile(lambda event: event.settled, found))  # type: ignore[attr-defined]  # from the statement
    rest = found[len(events) :]
    through = len(found) < limit and not any(event.settled for event in rest)  # type: ignore[attr-defined]
    return events, through, horizon


def _is_all_sealed() -> bool:
    """Whether there is nothing for the sealer to look at."""
    ((found,),) = run(
        "SELECT EXISTS (SELECT FROM events_event e WHERE e.tx >= least("
        "coalesce((SELECT position FROM events_cursor WHERE name = %s), 0),"
        " pg_snapshot_xmin(pg_current_snapshot())::text::bigint)"
        " AND NOT EXISTS (SELECT FROM events_seal s WHERE s.event_id = e.id))",
        [SEALER],
    )
    return not found


def seal_events(*, limit: int = 2000) -> int:
    """Give every settled event its place and hash. Returns how many; 0 also when another process is sealing."""
    if _is_all_sealed():
        return 0
    with transaction.atomic():
        ((free,),) = run("SELECT pg_try_advisory_xact_lock(%s)", [SEALER_LOCK])
        if not free:
            return 0
        events, through, horizon = _unsealed(limit)
        last = _last_seals(list({e.project for e in events}))
        seals = []
        for event in events:
            seq, prev_hash = last.get(event.project, (0, ZEROS))
            body = describe_event(event, seq=seq + 1, prev_hash=prev_hash)
            seals.append(
                Seal(
                    project=event.project,
                    seq=seq + 1,
                    event=event,
                    prev_hash=prev_hash,
                    hash=content_hash(body),
                )
            )
            last[event.project] = (seq + 1, seals[-1].hash)
        _insert_seals(seals)
        if through:
            Cursor.objects.filter(name=SEALER).exclude(position=horizon).update(
                position=horizon, moved_at=timezone.now()
            )
        return len(seals)


def _insert_seals(seals: Sequence[Seal]) -> None:
    rows = [(s.project, s.seq, s.event_id, s.prev_hash, s.hash) for s in seals]
    if rows:
        run(
            "INSERT INTO events_seal (project, seq, event_id, prev_hash, hash)"
            " SELECT * FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::text[], %s::text[])",
            [list(column) for column in zip(*rows, strict=True)],
        )


def last_seq(project: UUID) -> int:
    row = Seal.objects.filter(project=project).order_by("-seq").values_list("seq", flat=True).first()
    return row or 0


def wait_for_cut(*, project: UUID, as_of: int | None = None, patience: float = 5.0) -> int:
    """The sequence number of a consistent cut that holds everything committed before this call.

    With `as_of` only checks that the log has come so far. Must be called outside a transaction.

    Raises:
        CutInFuture: `as_of` is later than the log.
        NotSealed: the log did not catch up within `patience` seconds.
    """
    if as_of is not None:
        if not 0 <= as_of <= last_seq(project):
            raise CutInFuture
        return as_of
    # This does not look at the whole log.
    low = unsealed_from()
    pending = set(Event.objects.filter(project=project, tx__gte=low, seal=None).values_list("id", flat=True))
    until = time.monotonic() + patience
    while True:
        if pending:
            seal_events()
            pending -= set(Seal.objects.filter(event__in=pending).values_list("event", flat=True))
        if not pending:
            return last_seq(project)
        if time.monotonic() > until:
            raise NotSealed(headers={"Retry-After": "2"})
        time.sleep(0.05)


def forget_old_keys() -> int:
    """Delete idempotency keys older than their promised 24 hours."""
    deleted, _ = IdempotencyKey.objects.filter(created_at__lt=database_now() - KEYS_KEPT).delete()
    return deleted


def seal_lag_seconds() -> float:
    """Age in seconds of the oldest event that has no seal yet; 0 when none waits."""
    oldest = Event.objects.filter(seal=None, tx__gte=_horizon()).order_by("id").values_list("at", flat=True).first()
    return max((timezone.now() - oldest).total_seconds(), 0.0) if oldest else 0.0


def _horizon() -> int:
    row = Cursor.objects.filter(name=SEALER).first()
    return row.position if row else 0


def sealed_body(seal: Seal) -> Mapping[str, Any]:
    """A sealed event exactly as hashed, with its hash."""
    return describe_event(seal.event, seq=seal.seq, prev_hash=seal.prev_hash) | {"hash": seal.hash}


def note_tick() -> None:
    """Remember that the pulse beat: readiness shows when it stops."""
    run(
        "INSERT INTO events_cursor (name, position, moved_at, error) VALUES (%s, 0, now(), '')"
        " ON CONFLICT (name) DO UPDATE SET moved_at = now(), error = ''",
        [TICK],
    )
