"""The event log, its seals, the cursors of its readers, idempotency keys and jobs."""

from datetime import datetime

from django.db import models
from django.db.models.expressions import RawSQL
from django.db.models.functions import Now

from accounts.models import User
from core.ids import new_id


class Event(models.Model):
    """One state change. Insert-only: a trigger refuses UPDATE and DELETE.

    `id` comes from one sequence and is drawn after the row locks of its change are held, so cause comes before
    effect. `tx` is the writing transaction: the sealer takes an event only when every older transaction has ended.
    """

    id = models.BigAutoField(primary_key=True)
    tx = models.BigIntegerField(db_default=RawSQL("(pg_current_xact_id()::text::bigint)", ()))
    at = models.DateTimeField(db_default=Now())
    project = models.UUIDField(help_text="The project, or the nil id for the installation.")
    actor = models.UUIDField(null=True)
    action = models.CharField(max_length=60)
    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=80)
    details = models.JSONField(default=dict, help_text="item, annotator, ids: what the object is about.")
    request_id = models.CharField(max_length=128, blank=True)
    before_hash = models.CharField(max_length=64, null=True)  # noqa: DJ001  # null is "there was nothing before"
    after_hash = models.CharField(max_length=64, null=True)  # noqa: DJ001  # null is "there is nothing after"

    class Meta:
        indexes = [models.Index(fields=["tx", "id"], name="event_tx")]


class Seal(models.Model):
    """The place of an event in its project's log: gap-free from 1, each hash covering the one before."""

    id = models.BigAutoField(primary_key=True)
    project = models.UUIDField()
    seq = models.BigIntegerField()
    event = models.OneToOneField(Event, on_delete=models.PROTECT, related_name="seal")
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "seq"], name="seal_seq_unique")]


class Cursor(models.Model):
    """How far a reader has come: for consumers the last seal, for the sealer the horizon of transactions."""

    name = models.CharField(max_length=80, primary_key=True)
    position = models.BigIntegerField(default=0)
    moved_at = models.DateTimeField(auto_now=True)
    error = models.TextField(blank=True, help_text="Why the reader stopped, if it did.")


class IdempotencyKey(models.Model):
    """The stored 2xx answer of one write, replayed when the same user sends the same key again."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.BinaryField()
    headers = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_unique")]
        indexes = [models.Index(fields=["created_at"], name="idempotency_age")]


class Job(models.Model):
    """Long work. This row is the truth; the broker's message carries only its id and may be lost or come twice."""

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=40)
    queue = models.CharField(max_length=10, default="work")
    project = models.UUIDField()
    arguments = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    attempt = models.PositiveIntegerField(default=0)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    deadline = models.DateTimeField()
    cancel_requested = models.BooleanField(default=False)
    error = models.JSONField(null=True)
    created_by = models.UUIDField(null=True)
    request_id = models.CharField(max_length=128, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["sent_at"], name="job_active", condition=models.Q(state__in=["queued", "running"])),
            models.Index(fields=["project", "kind"], name="job_project"),
        ]

    def is_waiting_for_worker(self, now: datetime) -> bool:
        """True when nobody has taken the job for so long that no worker seems to be there."""
        return (
            self.state == self.State.QUEUED
            and (now - self.sent_at).total_seconds() > 5
            and (now - self.created_at).total_seconds() > 15
        )
