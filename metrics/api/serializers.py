"""Shapes of agreement: what may be asked, what is answered."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api.serializers import StrictSerializer
from metrics.models import AgreementRun

LONGEST = 80
LARGEST = 2**31 - 1


@extend_schema_field({"oneOf": [{"type": "integer", "minimum": 1}, {"type": "string", "enum": ["all", "none"]}]})
class VersionField(serializers.Field[Any, Any, Any, Any]):
    """A guideline version's number, `all`, or `none` for labels that name no version."""

    default_error_messages = {"invalid": "Give a version's number, “all” or “none”."}

    def to_internal_value(self, data: Any) -> int | str:
        if data in ("all", "none"):
            return str(data)
        if isinstance(data, str) and data.isascii() and data.isdigit() and len(data) < 11:
            data = int(data)
        if not isinstance(data, int) or isinstance(data, bool) or not 1 <= data <= LARGEST:
            self.fail("invalid")
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class AgreementQuery(StrictSerializer):
    question = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST)
    guideline_version = VersionField(required=False)
    slice = serializers.CharField(required=False, allow_blank=True, max_length=200)
    round = serializers.CharField(required=False, allow_blank=True, max_length=100)


class RunIn(StrictSerializer):
    question = serializers.CharField(required=False, allow_null=True, max_length=LONGEST)
    guideline_version = VersionField(required=False, allow_null=True)
    slice = serializers.CharField(required=False, allow_null=True, max_length=200)
    round = serializers.CharField(required=False, allow_null=True, max_length=100)
    batch = serializers.CharField(
        required=False, allow_null=True, max_length=200, help_text="Only items of this batch, by name or id."
    )
    team = serializers.CharField(
        required=False, allow_null=True, max_length=200, help_text="Only answers of this team, by name or id."
    )
    who = serializers.ChoiceField(
        choices=AgreementRun.Who.choices, required=False, allow_null=True,
        help_text="Whose answers are compared: of people (the usual), of models, or of both over each item.",
    )  # fmt: skip
    resample_by = serializers.CharField(
        required=False, allow_null=True, allow_blank=True, max_length=120,
        help_text="What is drawn as a whole for intervals: batch, metadata.KEY or field.NAME. Absent: each item.",
    )  # fmt: skip
    as_of = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=2**63 - 1)


class TargetOut(serializers.Serializer[Any]):
    alpha = serializers.FloatField()
    reason = serializers.CharField()
    number = serializers.IntegerField(allow_null=True, help_text="Null: the customary limit, set by nobody.")


class ScoreOut(serializers.Serializer[Any]):
    question = serializers.CharField()
    coefficient = serializers.CharField()
    distance = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    ci_low = serializers.FloatField(allow_null=True)
    ci_high = serializers.FloatField(allow_null=True)
    ci_level = serializers.FloatField()
    replicates = serializers.IntegerField()
    undefined_replicates = serializers.IntegerField()
    n_items = serializers.IntegerField()
    n_annotations = serializers.IntegerField()
    n_annotators = serializers.IntegerField()
    opt_outs = serializers.IntegerField()
    opt_out_share = serializers.FloatField()
    slice = serializers.CharField(allow_null=True)
    guideline_version = VersionField()
    round = serializers.CharField(allow_null=True)
    as_of = serializers.IntegerField(allow_null=True)
    computed_at = serializers.DateTimeField()
    undefined = serializers.CharField(allow_null=True)
    needed = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField(allow_null=True)
    warning = serializers.CharField(allow_null=True)
    lowered_from = serializers.IntegerField(allow_null=True)
    target = TargetOut(allow_null=True, help_text="Of the first row of a question; null in the others.")
    verdict = serializers.ChoiceField(
        choices=["met", "not_met", "not_yet_decided"], allow_null=True, help_text="Whether the target is met."
    )
    units_needed = serializers.IntegerField(
        allow_null=True, help_text="At about how many pairable units in all the verdict would be decided."
    )


class AgreementOut(serializers.Serializer[Any]):
    scores = ScoreOut(many=True)


class LabelScoreOut(serializers.Serializer[Any]):
    label = serializers.JSONField()  # type: ignore[assignment]  # the API's name
    value = serializers.FloatField(allow_null=True)
    ci_low = serializers.FloatField(allow_null=True)
    ci_high = serializers.FloatField(allow_null=True)
    n_values = serializers.IntegerField()
    n_items = serializers.IntegerField()
    prevalence = serializers.FloatField(allow_null=True)
    specific_agreement = serializers.FloatField(allow_null=True)
    undefined = serializers.CharField(allow_null=True)
    needed = serializers.IntegerField(allow_null=True)


class ConfusionOut(serializers.Serializer[Any]):
    a = serializers.JSONField()
    b = serializers.JSONField()
    count = serializers.FloatField()
    share = serializers.FloatField()
    ci_low = serializers.FloatField(allow_null=True)
    ci_high = serializers.FloatField(allow_null=True)
    excess = serializers.FloatField()


class PairOut(serializers.Serializer[Any]):
    a = serializers.CharField()
    b = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    percent = serializers.FloatField(allow_null=True)
    n_items = serializers.IntegerField()
    undefined = serializers.CharField(allow_null=True)


class AnnotatorScoreOut(serializers.Serializer[Any]):
    annotator = serializers.CharField()
    n = serializers.IntegerField()
    with_rest = serializers.FloatField(allow_null=True)
    ci_low = serializers.FloatField(allow_null=True, required=False)
    ci_high = serializers.FloatField(allow_null=True, required=False)
    leave_one_out = serializers.FloatField(allow_null=True)
    delta = serializers.FloatField(allow_null=True)
    undefined = serializers.CharField(allow_null=True)
    needed = serializers.IntegerField(allow_null=True)


class SideOut(serializers.Serializer[Any]):
    value = serializers.FloatField(allow_null=True)
    ci_low = serializers.FloatField(allow_null=True)
    ci_high = serializers.FloatField(allow_null=True)
    n_items = serializers.IntegerField()
    undefined = serializers.CharField(allow_null=True)
    needed = serializers.IntegerField(allow_null=True)


class TeamScoreOut(serializers.Serializer[Any]):
    team = serializers.CharField()
    name = serializers.CharField()
    n_annotators = serializers.IntegerField()
    within = SideOut(help_text="Among the people of the team.")
    with_rest = SideOut(help_text="Of the team with everybody who is not of it.")


class TeamPairOut(SideOut):
    a = serializers.CharField()
    b = serializers.CharField()


class DisputedItemOut(serializers.Serializer[Any]):
    item = serializers.CharField()
    round = serializers.CharField()
    contribution = serializers.FloatField()
    share = serializers.FloatField()
    entropy = serializers.FloatField()
    n_values = serializers.IntegerField()
    counts = serializers.JSONField()


class RunScoreOut(ScoreOut):
    assumes = serializers.CharField(
        required=False, help_text="Of coefficients beside alpha: what they take for granted."
    )
    computed_by = serializers.CharField(required=False)
    sampling_error = serializers.FloatField(
        required=False, help_text="What comparing a sample of all pairs of texts adds to the standard error of alpha."
    )
    labels = LabelScoreOut(many=True, required=False)
    confusions = ConfusionOut(many=True, required=False)
    pairs = PairOut(many=True, required=False)
    annotators = AnnotatorScoreOut(many=True, required=False)
    teams = TeamScoreOut(many=True, required=False)
    team_pairs = TeamPairOut(many=True, required=False)
    items_disputed = DisputedItemOut(many=True, required=False)


class RunHeadOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    kind = serializers.CharField()
    state = serializers.CharField()
    waiting_for = serializers.CharField(allow_null=True)
    progress = serializers.JSONField()
    heartbeat_at = serializers.DateTimeField(allow_null=True)
    deadline = serializers.DateTimeField()
    error = serializers.JSONField(allow_null=True)
    question = serializers.CharField(allow_null=True)
    slice = serializers.CharField(allow_null=True)
    guideline_version = VersionField()
    round = serializers.CharField(allow_null=True)
    where = serializers.JSONField(allow_null=True, help_text="The filter of its saved slice, as it was.")
    batch = serializers.CharField(allow_null=True)
    team = serializers.CharField(allow_null=True)
    who = serializers.CharField()
    resample_by = serializers.CharField(allow_null=True)
    as_of = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    computed_at = serializers.DateTimeField(allow_null=True)


class RunRowOut(RunHeadOut):
    scores = ScoreOut(many=True)


class RunOut(RunHeadOut):
    scores = RunScoreOut(many=True)
