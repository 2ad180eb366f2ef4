"""Rounds, their queues, leases, drafts and the append-only annotations."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.models import User
from core.ids import new_id
from guidelines.models import GuidelineVersion
from intake.models import Batch, Item
from projects.models import Project


class Round(models.Model):
    """One pass of labelling over a set of items, with its own overlap."""

    class Kind(models.TextChoices):
        PRODUCTION = "production"
        IMPORT = "import"
        CALIBRATION = "calibration"
        RELABEL = "relabel"
        TRAINING = "training"
        MODEL = "model"
        GOLD = "gold"
        """Items with a known answer, hidden among the others."""

    class State(models.TextChoices):
        LOADING = "loading"
        OPEN = "open"
        COMPLETE = "complete"

    class Identity(models.TextChoices):
        PERSON = "person"
        SLOT = "slot"
        NONE = "none"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    overlap = models.PositiveIntegerField(null=True, help_text="None for an import: what the file holds.")
    priority = models.IntegerField(default=0)
    identity = models.CharField(max_length=6, choices=Identity.choices, default=Identity.PERSON)
    reserved = models.BooleanField(default=False, help_text="Given only to the people that its reservations name.")
    annotator = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+",
        help_text="The one whom all of it is for: a model's round, a person's training or hidden gold items.",
    )  # fmt: skip
    last_place = models.BigIntegerField(default=0, help_text="The last place given out in its queue.")
    event = models.BigIntegerField(null=True, help_text="The event that made it visible.")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "annotator"], name="round_of_model", condition=Q(kind="model", annotator__isnull=False)
            ),
        ]
        indexes = [models.Index(fields=["project", "kind", "state"], name="round_project")]


class OverlapChange(models.Model):
    """A round was given another overlap: what it was before, so that a cut from before the event is read with it."""

    id = models.BigAutoField(primary_key=True)
    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="+")
    before = models.PositiveIntegerField()
    event = models.BigIntegerField()


class QueueEntry(models.Model):
    """One item of a round that people may still be given. `free` is the one measured counter: slots not taken.

    Places grow with `Round.last_place`. An item goes by `position` at first; one whose slot became free again gets a
    place in `again` and is served before the others. So whatever becomes available stands behind everything that
    was passed over before, and `QueueMark` may forget what lies before it.

    No index is led by the round alone: for a round that is new to the planner it would look as good as the unique
    one, and then be read from end to end for each item.
    """

    id = models.BigAutoField(primary_key=True)
    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="+", db_index=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", db_index=False)
    overlap = models.PositiveIntegerField()
    free = models.IntegerField()
    fence = models.BigIntegerField(default=0, help_text="Grows with every grant of this item in this round.")
    position = models.BigIntegerField(help_text="Order within the round: as imported, or shuffled.")
    again = models.BigIntegerField(null=True, help_text="Its place among the items with a slot free again.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "item"], name="queue_item_unique"),
            models.CheckConstraint(name="queue_free_range", condition=Q(free__gte=0) & Q(free__lte=F("overlap"))),
        ]
        indexes = [
            models.Index(fields=["round", "position"], name="queue_open", condition=Q(free__gt=0, again=None)),
            models.Index(fields=["round", "again"], name="queue_again", condition=Q(free__gt=0, again__isnull=False)),
            models.Index(fields=["item"], name="queue_item"),
        ]


class QueueMark(models.Model):
    """How far a queue holds nothing for somebody: the next claim starts behind it, however much was done before."""

    id = models.BigAutoField(primary_key=True)
    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="+", db_index=False)
    annotator = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    position = models.BigIntegerField(default=0)
    again = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "annotator"], name="queue_mark_unique")]


class Reservation(models.Model):
    """In a reserved round: this item may be given to this person."""

    id = models.BigAutoField(primary_key=True)
    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="+", db_index=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    annotator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "item", "annotator"], name="reservation_unique"),
        ]


class Suggestion(models.Model):
    """A model's proposed answers for one item, as it was posted: shown beside the item, counted by nobody."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    agent = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    version = models.CharField(max_length=120, help_text="Which version of the agent proposed it.")
    answers = models.JSONField()
    score = models.FloatField(null=True, help_text="How sure the agent is, 0 to 1; None where it does not say.")
    created_at = models.DateTimeField()
    event = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "agent", "version"], name="suggestion_unique"),
            models.CheckConstraint(
                name="suggestion_score_range", condition=Q(score=None) | Q(score__gte=0, score__lte=1)
            ),
        ]
        indexes = [models.Index(fields=["project", "id"], name="suggestion_project")]


class Assignment(models.Model):
    """A slot given to an annotator under a lease, pinning the guideline version shown."""

    class State(models.TextChoices):
        LEASED = "leased"
        SUBMITTED = "submitted"
        RELEASED = "released"
        SKIPPED = "skipped"
        EXPIRED = "expired"
        """The lease ended: still good while its slot is free."""
        WITHDRAWN = "withdrawn"
        """The annotation was taken back: the slot is offered to the same person first."""
        LOST = "lost"
        """The slot was given on after the lease had ended, or after a withdrawal."""

    LIVE = ("leased", "submitted")
    DONE = ("leased", "submitted", "skipped")
    """While one of these holds, the item is not offered to that annotator in the round."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="+", db_index=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", db_index=False)
    annotator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    guideline_version = models.ForeignKey(GuidelineVersion, on_delete=models.PROTECT, related_name="+")
    slot = models.PositiveIntegerField()
    fence = models.BigIntegerField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.LEASED)
    expires_at = models.DateTimeField()
    draft = models.JSONField(null=True)
    suggestion = models.ForeignKey(
        Suggestion, on_delete=models.PROTECT, null=True, related_name="+", db_index=False,
        help_text="The suggestion that its holder is shown.",
    )  # fmt: skip
    sides = models.JSONField(null=True, help_text="Preference question -> its fields in the order they are shown.")
    told_round = models.ForeignKey(
        Round, on_delete=models.PROTECT, null=True, related_name="+", db_index=False,
        help_text="Of a hidden gold item: the round that its holder is told, that of the work it is hidden among.",
    )  # fmt: skip
    skip_reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["round", "item", "slot"], name="slot_taken_once", condition=Q(state__in=["leased", "submitted"])
            ),
            models.UniqueConstraint(
                fields=["round", "item", "annotator"], name="annotator_once_per_item",
                condition=Q(state__in=["leased", "submitted"]),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["expires_at"], name="lease_expiry", condition=Q(state="leased")),
            models.Index(
                fields=["annotator", "round"],
                name="assignment_in_hand",
                condition=Q(state__in=["leased", "expired", "withdrawn"]),
            ),
            models.Index(fields=["round", "annotator", "item"], name="assignment_done"),
            models.Index(fields=["item", "annotator"], name="assignment_item"),
        ]


class Annotation(models.Model):
    """One annotator's submitted answers for one item in one round: never edited, only superseded or withdrawn.

    `event` made the row, `ended_event` superseded or withdrew it: a cut of the log keeps a row whose event it holds
    and whose ended_event it does not hold.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", db_index=False)
    annotator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, null=True, related_name="+")
    slot = models.PositiveIntegerField()
    answers = models.JSONField()
    guideline_version = models.ForeignKey(GuidelineVersion, on_delete=models.PROTECT, null=True, related_name="+")
    lead_time_ms = models.PositiveIntegerField(null=True)
    note = models.TextField(blank=True)
    unclear = models.JSONField(null=True, help_text="{clause, note}: the guideline did not say.")
    flagged = models.BooleanField(default=False)
    blind = models.BooleanField(default=True, help_text="False once a decision or feedback was shown: not counted.")
    suggestion = models.ForeignKey(
        Suggestion, on_delete=models.PROTECT, null=True, related_name="+", db_index=False,
        help_text="The suggestion that was on screen: its answers are compared among themselves only.",
    )  # fmt: skip
    suggestion_outcome = models.JSONField(null=True, help_text="Question -> accepted, edited or rejected.")
    sides = models.JSONField(null=True, help_text="Preference question -> its fields in the order they were shown.")
    created_at = models.DateTimeField()
    event = models.BigIntegerField()
    superseded_by = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="supersedes")
    withdrawn_at = models.DateTimeField(null=True)
    ended_event = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["round", "item", "annotator"], name="annotation_once", condition=Q(ended_event=None)
            ),
            models.UniqueConstraint(
                fields=["round", "item", "slot"], name="annotation_slot_once", condition=Q(ended_event=None)
            ),
        ]
        indexes = [
            models.Index(fields=["round", "item"], name="annotation_unit", condition=Q(ended_event=None)),
            models.Index(fields=["project", "id"], name="annotation_project"),
            models.Index(fields=["project", "annotator", "id"], name="annotation_annotator"),
            models.Index(fields=["item"], name="annotation_item"),
            # few of very many rows: what the guideline left unclear is read without the rest
            models.Index(fields=["project", "id"], name="annotation_unclear", condition=Q(unclear__isnull=False)),
        ]


class ImportedAnnotator(models.Model):
    """Who an annotator named in a foreign file is here: an account that never signs in, the same in later files."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=220, help_text="How the file knows them, after the kind of identity.")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "key"], name="imported_annotator_unique")]


class GoldItem(models.Model):
    """An item with a known answer: for practice, or hidden among others, or both. Removed, never changed."""

    class Use(models.TextChoices):
        TRAINING = "training"
        HIDDEN = "hidden"
        BOTH = "both"

    class Source(models.TextChoices):
        DECIDED = "decided"
        FILE = "file"
        GIVEN = "given"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    answers = models.JSONField(help_text="Question -> the known answer; questions without one are not judged.")
    explanation = models.TextField(blank=True, help_text="Why, in Markdown: shown as feedback in training.")
    clauses = models.JSONField(default=list, help_text="Keys of the clauses that the answer rests on.")
    use = models.CharField(max_length=8, choices=Use.choices, default=Use.BOTH)
    source = models.CharField(max_length=8, choices=Source.choices)
    case = models.UUIDField(null=True, help_text="The decided case that it comes from.")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    event = models.BigIntegerField()
    ended_event = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item"], name="gold_item_once", condition=Q(ended_event=None)),
        ]
        indexes = [models.Index(fields=["project", "id"], name="gold_item_project")]


class TrainingPolicy(models.Model):
    """How annotators qualify and stay qualified in a project; the newest number is in force."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    training_items = models.PositiveIntegerField(default=0, help_text="Practice items before real work; 0: none.")
    pass_mark = models.FloatField(default=0.8, help_text="Share of right answers that opens real work.")
    hidden_rate = models.FloatField(default=0.0, help_text="Share of hidden gold items among what is given out.")
    pause_below = models.FloatField(default=0.7, help_text="Share of right hidden answers below which one is paused.")
    window = models.PositiveIntegerField(default=20, help_text="The last so many hidden answers are judged.")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    event = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="training_policy_number"),
            models.CheckConstraint(
                name="training_policy_shares",
                condition=Q(pass_mark__gte=0, pass_mark__lte=1, hidden_rate__gte=0, hidden_rate__lte=0.5,
                            pause_below__gte=0, pause_below__lte=1, window__gte=1),
            ),
        ]  # fmt: skip


class Qualification(models.Model):
    """Whether somebody may be given real work in a project that asks for training."""

    class State(models.TextChoices):
        TRAINING = "training"
        QUALIFIED = "qualified"
        PAUSED = "paused"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=9, choices=State.choices, default=State.TRAINING)
    attempts = models.PositiveIntegerField(default=0, help_text="Training rounds begun.")
    since_event = models.BigIntegerField(default=0, help_text="Hidden answers made after this event are judged.")
    reason = models.CharField(max_length=500, blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "user"], name="qualification_unique")]


class GoldResult(models.Model):
    """One submitted answer set held against a gold item."""

    id = models.BigAutoField(primary_key=True)
    annotation = models.OneToOneField(Annotation, on_delete=models.PROTECT, related_name="+")
    gold_item = models.ForeignKey(GoldItem, on_delete=models.PROTECT, related_name="+")
    annotator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="+", db_index=False)
    correct = models.JSONField(help_text="Question -> whether it was answered as known.")
    right = models.PositiveIntegerField(help_text="How many questions were right.")
    judged = models.PositiveIntegerField(help_text="How many were judged.")
    event = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["round", "annotator", "id"], name="gold_result_round")]
