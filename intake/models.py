from django.db import models
from django.db.models.functions import Now

from accounts.models import User
from core.ids import new_id
from projects.models import Project, Team


class Batch(models.Model):
    """Items that arrived together. Invisible until its import has flipped it to ready."""

    class State(models.TextChoices):
        LOADING = "loading"
        READY = "ready"

    class Order(models.TextChoices):
        AS_IMPORTED = "as_imported"
        RANDOM = "random"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    state = models.CharField(max_length=8, choices=State.choices, default=State.READY)
    overlap = models.PositiveSmallIntegerField(null=True, help_text="None: the project's.")
    priority = models.IntegerField(default=0)
    order = models.CharField(max_length=12, choices=Order.choices, default=Order.AS_IMPORTED)
    quota = models.PositiveIntegerField(null=True, help_text="Most items of it that one person is given.")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="batch_name_unique")]


class BatchAudience(models.Model):
    """Whom a batch is reserved for: a team or one person. A batch without any is for everybody."""

    id = models.BigAutoField(primary_key=True)
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="audience")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="audience_team_or_user",
                condition=models.Q(team=None, user__isnull=False) | models.Q(team__isnull=False, user=None),
            ),
            models.UniqueConstraint(fields=["batch", "team"], name="audience_team_unique"),
            models.UniqueConstraint(fields=["batch", "user"], name="audience_user_unique"),
        ]


class Item(models.Model):
    """The thing to be labelled, its texts exactly as they came in."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="items")
    external_id = models.TextField()
    fields = models.JSONField()
    metadata = models.JSONField(default=dict)
    event = models.BigIntegerField(null=True, help_text="The event that made it.")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "external_id"], name="item_external_id_unique")]
        indexes = [
            models.Index(fields=["batch", "id"], name="item_batch"),
            models.Index(fields=["project", "id"], name="item_project"),
        ]


class Import(models.Model):
    """One file brought in: what was asked, how far it is, what came of it. `id` is also the id of its job."""

    class Mode(models.TextChoices):
        DRY_RUN = "dry_run"
        COMMIT = "commit"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=255, help_text="The name the sender gave; never used as a path.")
    stored_as = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    format = models.CharField(max_length=20)
    mapping = models.JSONField(default=dict)
    mode = models.CharField(max_length=8, choices=Mode.choices)
    batch_name = models.CharField(max_length=200, blank=True)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, null=True, related_name="+")
    round = models.UUIDField(null=True, help_text="The round of its labels, if it brought any.")
    rows_read = models.BigIntegerField(default=0)
    rows_kept = models.BigIntegerField(default=0)
    rows_reported = models.BigIntegerField(default=0)
    items_created = models.BigIntegerField(default=0)
    annotations_created = models.BigIntegerField(default=0)
    schema_drift = models.JSONField(default=list, help_text="How the columns differ from what was mapped.")
    event = models.BigIntegerField(null=True, help_text="The event that committed it; none until its flip.")
    created_by = models.UUIDField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["project", "-created_at"], name="import_project")]


class RejectedRow(models.Model):
    """A row that was read and not kept, with the reason."""

    id = models.BigAutoField(primary_key=True)
    source = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rejected")
    line = models.BigIntegerField()
    pointer = models.TextField(blank=True)
    code = models.CharField(max_length=40)
    detail = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["source", "id"], name="rejected_page")]


class ImageFile(models.Model):
    """An uploaded image under the name that items give it. Its bytes never change: what was labelled can be seen."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)
    media_type = models.CharField(max_length=20, help_text="By its first bytes, whatever the sender said.")
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    stored_as = models.CharField(max_length=100)
    created_by = models.UUIDField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="image_name_unique")]
