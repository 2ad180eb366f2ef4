from django.db import models
from django.db.models import Q

from accounts.models import User
from core.ids import new_id
from guidelines.models import GuidelineVersion
from metrics.models import AgreementRun
from projects.models import Project


class AgreementReview(models.Model):
    """The study of agreement on one question that may yield the next guideline version.

    An editorial change needs no study: its review is opened and closed by the call that publishes it, and has neither
    question nor baseline run.
    """

    class State(models.TextChoices):
        OPEN = "open"
        PUBLISHED = "published"
        CALIBRATING = "calibrating"
        CLOSED = "closed"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=200)
    question = models.CharField(max_length=80, blank=True)
    baseline_run = models.ForeignKey(AgreementRun, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=11, choices=State.choices, default=State.OPEN)
    guideline_version = models.ForeignKey(GuidelineVersion, on_delete=models.PROTECT, null=True, related_name="+")
    stale_policy = models.CharField(max_length=8, blank=True)
    effect = models.JSONField(null=True)
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "question"], name="review_open_once", condition=~Q(state="closed")
            ),
            models.CheckConstraint(
                name="review_has_baseline", condition=Q(state="closed") | Q(baseline_run__isnull=False)
            ),
        ]
        indexes = [models.Index(fields=["project", "-opened_at"], name="review_project")]


class Evidence(models.Model):
    """Why a clause should change: a confusion, a decided case, an unclear report, a score, a note."""

    class Kind(models.TextChoices):
        CONFUSION = "confusion"
        CASE = "case"
        UNCLEAR = "unclear"
        SLICE = "slice"
        SCORE = "score"
        NOTE = "note"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    review = models.ForeignKey(AgreementReview, on_delete=models.PROTECT, related_name="evidence_rows")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    ref = models.CharField(max_length=200, blank=True)
    labels = models.JSONField(null=True)
    text = models.TextField(blank=True)
    count = models.FloatField(null=True, help_text="Coincidence mass of a confusion, or how often it was reported.")
    share = models.FloatField(null=True)
    ci_low = models.FloatField(null=True, help_text="Of the share.")
    ci_high = models.FloatField(null=True)
    clause = models.CharField(max_length=80, blank=True)
    gathered = models.BooleanField(default=False, help_text="Found by the review itself on opening.")
    created_by = models.UUIDField(null=True)
    created_at = models.DateTimeField()


class Proposal(models.Model):
    """The new text of one clause, with the evidence that asks for it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    review = models.ForeignKey(AgreementReview, on_delete=models.PROTECT, related_name="proposal_rows")
    clause = models.CharField(max_length=80)
    definition = models.TextField()
    use_when = models.TextField(blank=True)
    avoid_when = models.TextField(blank=True)
    examples = models.JSONField(default=list)
    rationale = models.TextField()
    evidence = models.ManyToManyField(Evidence, related_name="+")
    base_number = models.PositiveIntegerField(help_text="The guideline version whose clause was changed.")
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["review", "clause"], name="proposal_once_per_clause")]
