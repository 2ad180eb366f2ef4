from django.db import models
from django.db.models.functions import Now

from accounts.models import User
from core.ids import new_id
from projects.models import Project


class GuidelineVersion(models.Model):
    """Clauses and label schema under one number, immutable once published. The draft is the row without a number."""

    class State(models.TextChoices):
        DRAFT = "draft"
        PUBLISHED = "published"

    class Change(models.TextChoices):
        SEMANTIC = "semantic"
        EDITORIAL = "editorial"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    change = models.CharField(max_length=10, choices=Change.choices, default=Change.SEMANTIC)
    note = models.TextField(blank=True)
    clauses = models.JSONField(default=list)
    label_schema = models.JSONField(default=dict)
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    review = models.UUIDField(null=True, help_text="The agreement review that published this version.")
    event = models.BigIntegerField(null=True, help_text="The event that published it.")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="guideline_number_unique"),
            models.UniqueConstraint(fields=["project"], condition=models.Q(state="draft"), name="guideline_one_draft"),
            models.CheckConstraint(
                name="guideline_number_when_published",
                condition=models.Q(state="draft", number=None) | models.Q(state="published", number__gte=1),
            ),
            models.CheckConstraint(
                name="guideline_review_after_first",
                condition=models.Q(state="draft") | models.Q(number=1) | models.Q(review__isnull=False),
            ),
        ]


class Acknowledgement(models.Model):
    """Somebody's "I have read this change", stored once with what was shown."""

    version = models.ForeignKey(GuidelineVersion, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    diff_hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "user"], name="acknowledgement_once")]
