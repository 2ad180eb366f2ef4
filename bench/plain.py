"""Labelling in plain SQL: the rows that a `next` and its submits write, with nothing around them."""

import hashlib
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from bench.measure import cpu_seconds

CLAIM = """
    SELECT id, item_id, fence, position FROM annotation_queueentry
    WHERE round_id = %s AND position > %s AND free > 0 AND again IS NULL
    ORDER BY position LIMIT %s FOR UPDATE SKIP LOCKED
"""
TAKE = "UPDATE annotation_queueentry SET free = free - 1, fence = fence + 1 WHERE id = ANY(%s)"
ASSIGN = """
    INSERT INTO annotation_assignment (id, round_id, item_id, annotator_id, guideline_version_id, slot, fence, state,
        expires_at, skip_reason, created_at) VALUES (%s, %s, %s, %s, %s, 1, %s, 'leased', %s, '', %s)
"""
EVENT = """
    INSERT INTO events_event (project, actor, action, object_type, object_id, details, request_id, after_hash)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING id
"""
LOCK = "SELECT id FROM annotation_queueentry WHERE round_id = %s AND item_id = %s FOR UPDATE"
SUBMIT = "UPDATE annotation_assignment SET state = 'submitted', ended_at = %s WHERE id = %s AND state = 'leased'"
ANNOTATE = """
    INSERT INTO annotation_annotation (id, project_id, round_id, item_id, annotator_id, assignment_id, slot, answers,
        guideline_version_id, lead_time_ms, note, flagged, blind, created_at, event)
    VALUES (%s, %s, %s, %s, %s, %s, 1, %s, %s, 900, '', false, true, %s, %s)
"""
KEY = """
    INSERT INTO events_idempotencykey (user_id, key, fingerprint, status, body, headers)
    VALUES (%s, %s, %s, 201, %s, %s)
"""
LEASE = timedelta(minutes=15)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class PlainClient:
    """One annotator of a project that nobody else labels, with one connection."""

    def __init__(self, address: str, slug: str, email: str) -> None:
        self.connection = psycopg.connect(address)
        found = self.connection.execute(
            "SELECT p.id, r.id, u.id, v.id FROM projects_project p JOIN annotation_round r ON r.project_id = p.id"
            " JOIN guidelines_guidelineversion v ON v.project_id = p.id AND v.number = 1, accounts_user u"
            " WHERE p.slug = %s AND u.email = %s",
            [slug, email],
        ).fetchone()
        assert found is not None
        self.project, self.round, self.user, self.version = found
        self.connection.commit()
        self.place = 0
        self.held: list[tuple[uuid.UUID, uuid.UUID]] = []

    def cpu_seconds(self) -> float:
        """CPU time used so far by this process and by the backend of the connection."""
        return time.process_time() + cpu_seconds([self.connection.info.backend_pid])

    def claim(self, number: int) -> None:
        """What `next` writes for this many items: their entries, an assignment and an event each."""
        now = datetime.now(UTC)
        with self.connection.transaction():
            entries = self.connection.execute(CLAIM, [self.round, self.place, number]).fetchall()
            self.connection.execute(TAKE, [[entry[0] for entry in entries]])
            for _, item, fence, place in entries:
                made = uuid.uuid4()
                row = [made, self.round, item, self.user, self.version, fence + 1, now + LEASE, now]
                self.connection.execute(ASSIGN, row)
                self._event("assignment.leased", "assignment", made, item)
                self.held.append((made, item))
                self.place = place

    def submit(self) -> None:
        """What a submit writes: the assignment's end, annotation, event and key."""
        assignment, item = self.held.pop(0)
        made, now, key = uuid.uuid4(), datetime.now(UTC), uuid.uuid4().hex
        with self.connection.transaction():
            self.connection.execute(LOCK, [self.round, item])
            self.connection.execute(SUBMIT, [now, assignment])
            event = self._event("annotation.created", "annotation", made, item)
            row: list[Any] = [made, self.project, self.round, item, self.user, assignment, Jsonb({"label": "label_0"})]
            self.connection.execute(ANNOTATE, [*row, self.version, now, event])
            body = f'{{"id":"{made}","item":"{item}","round":"{self.round}","answers":{{"label":"label_0"}}}}'
            self.connection.execute(KEY, [self.user, key, _hash(key), body.encode(), Jsonb({"Location": str(made)})])

    def _event(self, action: str, kind: str, made: uuid.UUID, item: uuid.UUID) -> int:
        details = Jsonb({"item": str(item), "annotator": str(self.user), "round": str(self.round)})
        row = [self.project, self.user, action, kind, str(made), details, uuid.uuid4().hex, _hash(str(made))]
        found = self.connection.execute(EVENT, row).fetchone()
        assert found is not None
        return int(found[0])
