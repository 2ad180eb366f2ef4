from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from annotation.models import Round
from core.ids import new_id
from intake.models import Item
from projects.models import Project


def _slice_field() -> models.CharField:
    """Whose answers were counted: see `metrics.counting`."""
    return models.CharField(max_length=20, default="", db_default="", blank=True)


class Unit(models.Model):
    """The counted values of one item under one question, kept by the consumer.

    `version` is a guideline version number, 0 for labels without one, or -1 for all versions together.
    `counts` is [[value, n], ...] in a canonical order; the value null stands for opt-outs, which no coefficient counts.
    `annotators` gave the values; it is empty where the round does not know its people apart.
    """

    id = models.BigAutoField(primary_key=True)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    question = models.CharField(max_length=80)
    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="+")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="+")
    version = models.IntegerField()
    slice = _slice_field()
    counts = models.JSONField()
    annotators = ArrayField(models.UUIDField(), default=list)
    mixed = models.BooleanField(
        default=False, help_text="Whether it holds different values: what disputes are made of."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "item", "question", "version", "slice"], name="unit_unique")
        ]
        indexes = [
            models.Index(fields=["project", "question", "version", "item"], name="unit_mixed", condition=Q(mixed=True)),
        ]


class Pattern(models.Model):
    """How many units of a question share one pattern of counts: all that agreement and its interval need."""

    id = models.BigAutoField(primary_key=True)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    question = models.CharField(max_length=80)
    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="+")
    version = models.IntegerField()
    slice = _slice_field()
    counts = models.JSONField()
    counts_hash = models.CharField(max_length=64)
    units = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["round", "question", "version", "slice", "counts_hash"], name="pattern_unique"
            ),
            models.CheckConstraint(name="pattern_units_positive", condition=Q(units__gte=0)),
        ]
        indexes = [models.Index(fields=["project", "question", "version"], name="pattern_question")]


class Rater(models.Model):
    """On how many pairable units of a round an annotator's value counts, so that n annotators costs no scan."""

    id = models.BigAutoField(primary_key=True)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    question = models.CharField(max_length=80)
    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="+")
    version = models.IntegerField()
    slice = _slice_field()
    annotator = models.UUIDField()
    units = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "question", "version", "slice", "annotator"], name="rater_unique"),
            models.CheckConstraint(name="rater_units_positive", condition=Q(units__gte=0)),
        ]
        indexes = [models.Index(fields=["project", "question", "version"], name="rater_question")]


class AgreementRun(models.Model):
    """Agreement computed by the worker over one cut of the log. `id` is also the id of its job.

    `question` "" means every question, `guideline_version` None all versions and 0 labels without one, `round` None
    the production and imported rounds, `slice` "" what was answered without a suggestion on screen.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    question = models.CharField(max_length=80, blank=True)
    guideline_version = models.IntegerField(null=True)
    slice = _slice_field()
    round = models.UUIDField(null=True)
    as_of = models.BigIntegerField()
    created_by = models.UUIDField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    computed_at = models.DateTimeField(null=True)
    scores = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["project", "-created_at"], name="run_project")]
