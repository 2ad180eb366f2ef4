from rest_framework import serializers

from adjudication.models import Case, Decision
from core.api.serializers import StrictSerializer

LONGEST_TEXT = 10_000


class CaseQuery(StrictSerializer):
    state = serializers.ChoiceField(choices=Case.State.choices, required=False)
    question = serializers.CharField(required=False, max_length=80)
    pattern = serializers.CharField(required=False, max_length=300, trim_whitespace=False)
    slice = serializers.CharField(required=False, max_length=80, help_text="Only items of this saved slice.")


class GoldQuery(StrictSerializer):
    as_of = serializers.IntegerField(required=False, min_value=0, max_value=2**62)
    round = serializers.UUIDField(required=False)


class NothingIn(StrictSerializer):
    """A call without a body."""


class CaseFenceIn(StrictSerializer):
    fence = serializers.IntegerField()


class DecisionIn(StrictSerializer):
    fence = serializers.IntegerField()
    outcome = serializers.ChoiceField(choices=Decision.Outcome.choices)
    answer = serializers.JSONField(required=False, allow_null=True, default=None)
    rationale = serializers.CharField(allow_blank=True, trim_whitespace=False, max_length=LONGEST_TEXT)
    confidence = serializers.ChoiceField(choices=Decision.Confidence.choices)
    clauses = serializers.ListField(child=serializers.CharField(max_length=200), required=False, default=list)
    cause = serializers.ChoiceField(choices=Decision.Cause.choices)
    guideline_gap = serializers.BooleanField(required=False, default=False)


class ReopenIn(StrictSerializer):
    reason = serializers.CharField(allow_blank=True, max_length=LONGEST_TEXT)


class EscalateIn(StrictSerializer):
    fence = serializers.IntegerField()
    question = serializers.CharField(allow_blank=True, max_length=LONGEST_TEXT)
    to = serializers.UUIDField(required=False, allow_null=True, default=None)


class CaseAnswerOut(serializers.Serializer[object]):
    annotator = serializers.CharField(help_text="A letter, in an order of its own for each case.")
    answer = serializers.JSONField(allow_null=True)
    note = serializers.CharField()


class PrecedentOut(serializers.Serializer[object]):
    case = serializers.CharField()
    pattern = serializers.CharField()
    outcome = serializers.ChoiceField(choices=Decision.Outcome.choices)
    answer = serializers.JSONField(allow_null=True)
    rationale = serializers.CharField()
    clauses = serializers.ListField(child=serializers.CharField())
    guideline_version = serializers.IntegerField(allow_null=True)
    outdated = serializers.BooleanField(help_text="A cited clause has changed its meaning since.")


class CaseProposalOut(serializers.Serializer[object]):
    """What a model of the annotators makes of the answers: no decision, and no evidence of its own."""

    method = serializers.CharField()
    assumes = serializers.CharField()
    as_of = serializers.IntegerField()
    answer = serializers.JSONField(allow_null=True)
    tied = serializers.BooleanField()
    distribution = serializers.ListField(child=serializers.DictField())
    reason = serializers.CharField(allow_null=True, help_text="Why the model could not be fitted.")
    short = serializers.ListField(
        child=serializers.CharField(), help_text="Where there are fewer answers than it needs."
    )


class CaseOut(serializers.Serializer[object]):
    id = serializers.CharField()
    item = serializers.CharField()
    round = serializers.CharField()
    question = serializers.CharField()
    state = serializers.ChoiceField(choices=Case.State.choices)
    fence = serializers.IntegerField(allow_null=True, help_text="For the holder only.")
    expires_at = serializers.CharField(allow_null=True, help_text="For the holder only.")
    pattern = serializers.CharField()
    answers = CaseAnswerOut(many=True)
    precedents = PrecedentOut(many=True)
    proposals = CaseProposalOut(many=True, help_text="Of a single case; in lists empty.")


class NextCaseOut(serializers.Serializer[object]):
    case = CaseOut(allow_null=True)
    reason = serializers.ChoiceField(choices=["queue_empty", "all_leased"], allow_null=True)
    retry_after = serializers.IntegerField()
    server_now = serializers.CharField()


class ShareOut(serializers.Serializer[object]):
    answer = serializers.JSONField()
    share = serializers.FloatField()


class DecisionOut(serializers.Serializer[object]):
    id = serializers.CharField()
    case = serializers.CharField()
    outcome = serializers.ChoiceField(choices=Decision.Outcome.choices)
    answer = serializers.JSONField(allow_null=True)
    distribution = ShareOut(many=True)
    rationale = serializers.CharField()
    confidence = serializers.ChoiceField(choices=Decision.Confidence.choices)
    clauses = serializers.ListField(child=serializers.CharField())
    cause = serializers.ChoiceField(choices=Decision.Cause.choices)
    guideline_gap = serializers.BooleanField()
    guideline_version = serializers.IntegerField(allow_null=True)
    decided_by = serializers.CharField(help_text="A pseudonym.")
    decided_at = serializers.CharField()
    superseded_by = serializers.CharField(allow_null=True)


class GoldAggregationOut(serializers.Serializer[object]):
    """Which method made one answer of several."""

    method = serializers.CharField()
    policy = serializers.IntegerField()
    as_of = serializers.IntegerField(allow_null=True, help_text="The cut over which a model was fitted.")


class GoldOut(serializers.Serializer[object]):
    item = serializers.CharField()
    question = serializers.CharField()
    answer = serializers.JSONField(allow_null=True)
    distribution = ShareOut(many=True)
    n = serializers.IntegerField()
    source = serializers.CharField()  # type: ignore[assignment]  # the API's word; DRF has an attribute of this name
    aggregation = GoldAggregationOut(allow_null=True)
