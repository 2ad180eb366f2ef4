from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import User
from annotation.models import Round
from core.ids import new_id
from guidelines.models import GuidelineVersion
from intake.models import Item
from projects.models import Project


class Case(models.Model):
    """A disagreement in the adjudication queue: at most one per round, item and question that is not dissolved."""

    class State(models.TextChoices):
        OPEN = "open"
        ESCALATED = "escalated"
        DECIDED = "decided"
        DISSOLVED = "dissolved"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    question = models.CharField(max_length=80)
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    pattern = models.CharField(max_length=300, help_text="The answers that stand against each other, sorted.")
    disagreement = models.FloatField(default=0, help_text="The share of pairs of answers that differ.")
    weight = models.FloatField(default=0, help_text="Disagreement times prevalence: the queue's order, largest first.")
    fence = models.BigIntegerField(default=0)
    holder = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    expires_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField()
    opened_event = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["round", "item", "question"], name="case_once", condition=~Q(state="dissolved")
            )
        ]
        indexes = [
            models.Index(
                fields=["project", "-weight", "id"], name="case_queue", condition=Q(state__in=["open", "escalated"])
            ),
            models.Index(fields=["project", "state", "id"], name="case_state"),
            models.Index(fields=["project", "question", "pattern"], name="case_pattern"),
            models.Index(fields=["holder"], name="case_holder", condition=Q(holder__isnull=False)),
            models.Index(fields=["item"], name="case_item"),
        ]

    @property
    def is_waiting(self) -> bool:
        """Not yet decided, and still a disagreement."""
        return self.state in (self.State.OPEN, self.State.ESCALATED)


class CaseOpening(models.Model):
    """Somebody was shown the answers of a case: that person is never given its item to label."""

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "user"], name="case_opened_once")]
        indexes = [models.Index(fields=["user", "item"], name="opening_item")]


class Decision(models.Model):
    """An adjudicator's reasoned answer. A later one supersedes it, nothing overwrites it."""

    class Outcome(models.TextChoices):
        ANSWER = "answer"
        NO_ANSWER = "no_answer"
        KEEP_DISAGREEMENT = "keep_disagreement"
        BAD_ITEM = "bad_item"

    class Confidence(models.TextChoices):
        HIGH = "high"
        MEDIUM = "medium"
        LOW = "low"

    class Cause(models.TextChoices):
        SLIP = "slip"
        GUIDELINE_GAP = "guideline_gap"
        AMBIGUOUS = "ambiguous"
        DISAGREEMENT = "disagreement"
        BAD_ITEM = "bad_item"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="decisions")
    outcome = models.CharField(max_length=17, choices=Outcome.choices)
    answer = models.JSONField(null=True)
    distribution = models.JSONField(default=list, help_text="[{answer, share}] of the answers that were decided on.")
    rationale = models.TextField()
    confidence = models.CharField(max_length=6, choices=Confidence.choices)
    clauses = models.JSONField(default=list)
    cause = models.CharField(max_length=13, choices=Cause.choices)
    guideline_gap = models.BooleanField(default=False)
    guideline_version = models.ForeignKey(GuidelineVersion, on_delete=models.PROTECT, null=True, related_name="+")
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()
    event = models.BigIntegerField()
    superseded_by = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="supersedes")
    ended_event = models.BigIntegerField(null=True, help_text="The event that reopened the case or superseded this.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case"], name="decision_current_once", condition=Q(ended_event=None))
        ]


class CaseRemark(models.Model):
    """Why a case was reopened, or the question with which it was escalated."""

    class Kind(models.TextChoices):
        REOPENED = "reopened"
        ESCALATED = "escalated"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="remarks")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    text = models.TextField()
    to = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    event = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["case", "id"], name="remark_case")]


class AggregationPolicy(models.Model):
    """Which method makes one answer of several, question by question. Never changed: the newest number counts."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    methods = models.JSONField(
        default=dict,
        help_text="Question -> {method, settings}. The disagreements of a question not named stay open.",
    )
    note = models.TextField(blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    event = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="aggregation_policy_number")]


class Aggregation(models.Model):
    """One question aggregated by one method over one cut of the log. Nothing of it is seen before `computed_at`.

    Where it was asked for by itself, `id` is also the id of its job; a release or an export makes its own. Figures
    are of one unit an item, that which gold would be read from; units that all agree count among `n_units` alone.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    question = models.CharField(max_length=80)
    as_of = models.BigIntegerField()
    policy = models.PositiveIntegerField(null=True, help_text="The policy that named the method; None: asked for.")
    method = models.CharField(max_length=40)
    settings = models.JSONField(default=dict)
    software = models.JSONField(default=dict, help_text="Package -> version.")
    attempt = models.PositiveIntegerField(default=0, help_text="Whose rows count, once computed.")
    iterations = models.PositiveIntegerField(null=True)
    converged = models.BooleanField(null=True)
    log_likelihood = models.FloatField(null=True)
    n_units = models.PositiveBigIntegerField(default=0, help_text="Complete units with an answer.")
    n_disputed = models.PositiveBigIntegerField(default=0, help_text="Those whose answers differ.")
    n_decided = models.PositiveBigIntegerField(default=0, help_text="Disputed ones that somebody had decided.")
    n_tied = models.PositiveBigIntegerField(default=0, help_text="Disputed ones, not decided, that stay without.")
    comparisons = models.JSONField(
        default=dict,
        help_text="Method, this one too -> {answered, tied, changed, share, decided, as_decided, converged, short}, or "
        "{reason} where it cannot be used. `changed` are the labels that it gives otherwise, `share` of n_units.",
    )
    annotators = models.JSONField(default=list, help_text="[{annotator, n, competence, confusion}]; n units shared.")
    strengths = models.JSONField(
        default=list,
        help_text="[{contestant, item, field, strength, n}], the strongest content first; n answers compared it.",
    )
    labels = models.JSONField(default=list, help_text="What the rows and columns of a confusion stand for.")
    created_by = models.UUIDField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    computed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["project", "question", "-created_at"], name="aggregation_question")]


class AggregatedAnswer(models.Model):
    """What an aggregation makes of one unit whose answers differ; units that agree need none.

    `given_hash` is that of the answers it was made of: once they are others, this row says nothing any more.
    """

    id = models.BigAutoField(primary_key=True)
    aggregation = models.ForeignKey(Aggregation, on_delete=models.CASCADE, related_name="answers", db_index=False)
    attempt = models.PositiveIntegerField()
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", db_index=False)
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="+", db_index=False)
    answer = models.JSONField(null=True, help_text="None: tied, or the method has no answer.")
    distribution = models.JSONField(default=list, help_text="[{answer, share}], the posterior of a model.")
    tied = models.BooleanField(default=False)
    decided = models.BooleanField(default=False, help_text="An adjudicator has decided it at the cut.")
    preferred = models.BooleanField(default=True, help_text="Gold reads this unit, and not one of another round.")
    others = models.JSONField(default=dict, help_text="Method -> its answer, where that is another one.")
    given_hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["aggregation", "attempt", "item", "round"], name="aggregated_once")
        ]
