"""Shapes of agreement reviews: what is written, what is read."""

from typing import Any

from rest_framework import serializers

from core.api.serializers import StrictSerializer
from guidelines.models import GuidelineVersion
from reviews.models import AgreementReview, Evidence
from reviews.services import POLICIES

LONGEST_TEXT, LONGEST_NOTE, LONGEST_CLAUSE = 10_000, 10_000, 50_000


class ReviewIn(StrictSerializer):
    title = serializers.CharField(max_length=200)
    question = serializers.CharField(max_length=80)
    baseline_run = serializers.CharField(max_length=100, help_text="A finished agreement run.")


class EvidenceIn(StrictSerializer):
    kind = serializers.ChoiceField(Evidence.Kind.choices)
    ref = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=200)
    labels = serializers.ListField(child=serializers.JSONField(), required=False, allow_null=True, max_length=2)
    text = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST_TEXT)


class ProposalIn(StrictSerializer):
    """The texts are checked by `guidelines.schema`, with a pointer to each problem."""

    definition = serializers.CharField(allow_blank=True, max_length=LONGEST_CLAUSE, trim_whitespace=False)
    use_when = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=LONGEST_CLAUSE, trim_whitespace=False
    )
    avoid_when = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=LONGEST_CLAUSE, trim_whitespace=False
    )
    examples = serializers.ListField(child=serializers.JSONField(), required=False, default=list)
    rationale = serializers.CharField(max_length=LONGEST_TEXT)
    evidence = serializers.ListField(child=serializers.UUIDField(), help_text="At least one.", max_length=1000)


class ReviewPublishIn(StrictSerializer):
    change = serializers.ChoiceField(GuidelineVersion.Change.choices)
    note = serializers.CharField(max_length=LONGEST_NOTE, trim_whitespace=False)
    stale_policy = serializers.ChoiceField([(policy, policy) for policy in POLICIES], default="keep")


class CloseIn(StrictSerializer):
    early = serializers.BooleanField(required=False, default=False)
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=LONGEST_TEXT)


class EvidenceOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    kind = serializers.ChoiceField(Evidence.Kind.choices)
    ref = serializers.CharField(allow_null=True, help_text="A run, a case or a clause.")
    labels = serializers.ListField(child=serializers.JSONField(), allow_null=True)
    text = serializers.CharField()
    clause = serializers.CharField(allow_null=True)
    count = serializers.FloatField(allow_null=True, help_text="Coincidence mass o_ab + o_ba, or how often reported.")
    share = serializers.FloatField(allow_null=True)
    ci_low = serializers.FloatField(allow_null=True)
    ci_high = serializers.FloatField(allow_null=True)
    gathered = serializers.BooleanField()
    created_at = serializers.DateTimeField()


class ProposalOut(serializers.Serializer[Any]):
    clause = serializers.CharField()
    definition = serializers.CharField()
    use_when = serializers.CharField()
    avoid_when = serializers.CharField()
    examples = serializers.ListField(child=serializers.DictField())
    rationale = serializers.CharField()
    evidence = serializers.ListField(child=serializers.CharField())
    changed_at = serializers.DateTimeField()


class ReviewOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    project = serializers.CharField()
    title = serializers.CharField()
    state = serializers.ChoiceField(AgreementReview.State.choices)
    question = serializers.CharField(allow_null=True)
    baseline_run = serializers.CharField(allow_null=True)
    evidence = EvidenceOut(many=True)
    proposals = ProposalOut(many=True)
    guideline_version = serializers.IntegerField(allow_null=True)
    stale_policy = serializers.CharField(allow_null=True)
    effect = serializers.DictField(allow_null=True)
    opened_at = serializers.DateTimeField()
    published_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)


class AffectedOut(serializers.Serializer[Any]):
    question = serializers.CharField()
    label = serializers.CharField(allow_null=True)  # type: ignore[assignment]  # the API's name


class ImpactOut(serializers.Serializer[Any]):
    labels = serializers.IntegerField()
    annotations = serializers.IntegerField()
    items = serializers.IntegerField()
    people = serializers.IntegerField(help_text="Annotators who must acknowledge before new work.")
    relabel_hours = serializers.FloatField(allow_null=True, help_text="Null where no lead time is known.")
    examples_failing = serializers.IntegerField()
    precedents_contradicted = serializers.IntegerField()
    affected = AffectedOut(many=True)
    change = serializers.CharField(help_text="What the change looks like: semantic or editorial.")
