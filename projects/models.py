from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from accounts.models import User
from core.ids import new_id


class Role(models.TextChoices):
    MANAGER = "manager"
    ANNOTATOR = "annotator"
    ADJUDICATOR = "adjudicator"
    CONSUMER = "consumer"


DEFAULT_MINIMUMS = {
    "alpha_units": 20, "alpha_warn": 50, "pair_units": 20, "label_values": 10,
    "annotator_units": 30, "side_units": 30, "drift_units": 30,
}  # fmt: skip
FIELD_TYPES = ("text", "markdown", "chat", "image", "number", "json")


def default_settings() -> dict[str, Any]:
    return {"minimums": dict(DEFAULT_MINIMUMS)}


class Project(models.Model):
    """One body of data with its guideline, its people and its releases."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    fields = models.JSONField(default=list, help_text="[{name, type, title, required, language?}] of its items.")
    overlap = models.PositiveSmallIntegerField(default=3)
    lease_seconds = models.PositiveIntegerField(default=900)
    settings = models.JSONField(default=default_settings)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    archived_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="project_overlap_range", condition=models.Q(overlap__gte=1, overlap__lte=50)),
            models.CheckConstraint(
                name="project_lease_range",
                condition=models.Q(lease_seconds__gte=1, lease_seconds__lte=86_400),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def minimums(self) -> dict[str, int]:
        """The withholding limits of this project, defaults filled in."""
        return DEFAULT_MINIMUMS | self.settings.get("minimums", {})

    @property
    def lowered_minimums(self) -> dict[str, int]:
        """The limits set below their default: shown beside every number they let through."""
        return {k: v for k, v in self.minimums.items() if v < DEFAULT_MINIMUMS.get(k, 0)}


class Team(models.Model):
    """A group of people within a project: a vendor, a shift, a language."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="teams")
    name = models.CharField(max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="team_name_unique")]


class Membership(models.Model):
    """What somebody may do in a project."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    roles = ArrayField(models.CharField(max_length=12, choices=Role.choices))
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "user"], name="membership_unique")]
        indexes = [models.Index(fields=["user"], name="membership_user")]


class ApiToken(models.Model):
    """A bearer token. Only its hash is kept; `prefix` lets its owner recognise it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    prefix = models.CharField(max_length=16)
    secret_hash = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=40))
    projects = ArrayField(models.UUIDField(), null=True, help_text="None: all of its owner's, later ones too.")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["user"], name="token_user")]
