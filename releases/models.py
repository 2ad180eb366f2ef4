import secrets

from django.db import models
from django.db.models.functions import Now

from accounts.models import User
from core.ids import new_id
from projects.models import Project


def new_salt() -> str:
    """A secret of one release."""
    return secrets.token_hex(32)


class Contract(models.Model):
    """What releases promise, as an ODCS document. Every change is a new numbered row."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    document = models.JSONField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="contract_number_unique")]


class Release(models.Model):
    """A frozen dataset. Once published its bytes never change and its number is never used again."""

    class State(models.TextChoices):
        BUILDING = "building"
        BLOCKED = "blocked"
        PUBLISHED = "published"
        WITHDRAWN = "withdrawn"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    version = models.CharField(max_length=40)
    state = models.CharField(max_length=9, choices=State.choices, default=State.BUILDING)
    note = models.TextField(blank=True)
    as_of = models.BigIntegerField()
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    job = models.UUIDField(null=True)
    requested = models.JSONField(default=dict, help_text="What was asked for, and what is not in the log, as it was.")
    salt = models.CharField(max_length=64, default=new_salt, help_text="Makes this release's pseudonyms; never shown.")
    guideline_versions = models.JSONField(default=list)
    gates = models.JSONField(default=list)
    counts = models.JSONField(default=dict)
    manifest = models.JSONField(null=True)
    content_hash = models.CharField(max_length=64, blank=True)
    previous = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    cut_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    cut_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_reason = models.TextField(blank=True)
    successor = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "version"], name="release_version_unique")]
        indexes = [models.Index(fields=["project", "-cut_at"], name="release_project")]

    @property
    def is_final(self) -> bool:
        """Published, perhaps withdrawn since: its bytes are fixed."""
        return self.state in (self.State.PUBLISHED, self.State.WITHDRAWN)


class ReleaseFile(models.Model):
    """One file of a published release, stored under its release's own folder."""

    id = models.BigAutoField(primary_key=True)
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="files")
    path = models.CharField(max_length=300)
    stored_as = models.CharField(max_length=300)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    rows = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["release", "path"], name="release_file_unique")]


class Export(models.Model):
    """Rows of one cut as a file. `id` is also the id of its job."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12)
    format = models.CharField(max_length=8)
    spreadsheet_safe = models.BooleanField(default=False)
    identified = models.BooleanField(default=False, help_text="Annotators by id instead of pseudonym.")
    as_of = models.BigIntegerField()
    stored_as = models.CharField(max_length=300, blank=True)
    size = models.BigIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    created_by = models.UUIDField()
    created_at = models.DateTimeField(db_default=Now())


class Use(models.Model):
    """A consumer's word that a model was trained on a release."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="uses")
    model = models.CharField(max_length=200)
    run = models.CharField(max_length=200, blank=True)
    purpose = models.CharField(max_length=500, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
