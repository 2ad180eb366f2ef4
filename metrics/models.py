from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now

from annotation.models import Round
from core.ids import new_id
from intake.models import Item
from projects.models import Project


def _slice_field() -> models.CharField:
    """Whose answers were counted: see `metrics.counting`."""
    return models.CharField(max_length=20, default="", db_default="", blank=True)


class Slice(models.Model):
    """A named subset of what agreement is measured over, saved by a manager.

    `definition` is the filter, see `metrics.slices`. It never changes: a slice of the same name with another filter
    is a new row, and the former one is retired, so that a run can always say what it counted.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    definition = models.JSONField()
    created_by = models.UUIDField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("project", Lower("name"), name="slice_name", condition=Q(retired_at=None))
        ]


class Target(models.Model):
    """What the alpha of a question shall reach, and why. The newest number counts; the former ones stay."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    question = models.CharField(max_length=80)
    number = models.PositiveIntegerField()
    alpha = models.FloatField(null=True, help_text="None: the question has no target of its own any more.")
    reason = models.TextField(blank=True)
    created_by = models.UUIDField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "question", "number"], name="target_number"),
            models.CheckConstraint(name="target_alpha_range", condition=Q(alpha=None) | Q(alpha__gte=-1, alpha__lte=1)),
        ]


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
    the production and imported rounds, `slice` "" what was answered without a suggestion on screen, or the name of a
    saved slice, whose filter `definition` keeps as it was. `batch` and `team` narrow the items and the annotators;
    `who` says whether people, models or both are compared; `resample_by` what belongs together in the bootstrap
    ("" each item on its own).
    """

    class Who(models.TextChoices):
        PEOPLE = "people"
        MODELS = "models"
        TOGETHER = "together"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    question = models.CharField(max_length=80, blank=True)
    guideline_version = models.IntegerField(null=True)
    slice = models.CharField(max_length=80, default="", db_default="", blank=True)
    definition = models.JSONField(default=dict)
    batch = models.UUIDField(null=True)
    team = models.UUIDField(null=True)
    who = models.CharField(max_length=8, choices=Who.choices, default=Who.PEOPLE, db_default=Who.PEOPLE)
    resample_by = models.CharField(max_length=120, default="", db_default="", blank=True)
    round = models.UUIDField(null=True)
    as_of = models.BigIntegerField()
    created_by = models.UUIDField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    computed_at = models.DateTimeField(null=True)
    scores = models.JSONField(default=list)
    parts = models.JSONField(
        default=dict, help_text="While it is computed: question -> rows of the questions that are done. Nobody sees it."
    )

    class Meta:
        indexes = [models.Index(fields=["project", "-created_at"], name="run_project")]


class RunAnnotator(models.Model):
    """What a run found about one annotator and one question: a page about a person reads one row."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(AgreementRun, on_delete=models.CASCADE, related_name="people")
    question = models.CharField(max_length=80)
    annotator = models.UUIDField()
    n = models.PositiveIntegerField(help_text="Units shared with others.")
    figures = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "question", "annotator"], name="run_annotator_once"),
        ]
        indexes = [models.Index(fields=["annotator", "-run"], name="run_annotator")]


class ModelTest(models.Model):
    """Whether a model may take an annotator's place in one question, tested over one cut. `id` is also its job's."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    question = models.CharField(max_length=80)
    model = models.UUIDField(help_text="The model's account.")
    settings = models.JSONField(default=dict)
    as_of = models.BigIntegerField()
    created_by = models.UUIDField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    computed_at = models.DateTimeField(null=True)
    result = models.JSONField(null=True)

    class Meta:
        indexes = [models.Index(fields=["project", "-created_at"], name="model_test_project")]
