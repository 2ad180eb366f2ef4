"""Shapes of labeling: one In and one Out each."""

from rest_framework import serializers

from core.api.serializers import StrictSerializer

BIGGEST_INT = 2**31 - 1
BIGGEST_FENCE = 2**63 - 1


class NextIn(StrictSerializer):
    count = serializers.IntegerField(min_value=1, max_value=10, default=1)


class FenceIn(StrictSerializer):
    fence = serializers.IntegerField(min_value=0, max_value=BIGGEST_FENCE)
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class UnclearIn(StrictSerializer):
    clause = serializers.CharField(max_length=200, allow_null=True, required=False, default=None)
    note = serializers.CharField(max_length=4000, allow_blank=True, required=False, default="", trim_whitespace=False)


class DraftIn(StrictSerializer):
    fence = serializers.IntegerField(min_value=0, max_value=BIGGEST_FENCE)
    answers = serializers.DictField()
    note = serializers.CharField(max_length=10_000, required=False, allow_blank=True, trim_whitespace=False)
    unclear = UnclearIn(required=False, allow_null=True)
    flagged = serializers.BooleanField(required=False)
    base = serializers.DictField(
        required=False, allow_null=True,
        help_text="The draft as last read, or null for none: 412 with the stored `draft` where it is another.",
    )  # fmt: skip


class AnnotationIn(StrictSerializer):
    assignment = serializers.CharField(max_length=80)
    fence = serializers.IntegerField(min_value=0, max_value=BIGGEST_FENCE)
    answers = serializers.DictField()
    lead_time_ms = serializers.IntegerField(
        min_value=0, max_value=BIGGEST_INT, required=False, allow_null=True, default=None
    )
    note = serializers.CharField(max_length=10_000, required=False, allow_blank=True, default="", trim_whitespace=False)
    unclear = UnclearIn(required=False, allow_null=True, default=None)
    flagged = serializers.BooleanField(required=False, default=False)
    adopted = serializers.ListField(
        child=serializers.CharField(max_length=80), required=False, max_length=100,
        help_text="Questions whose suggested answer was taken up, changed afterwards or not.",
    )  # fmt: skip


class AnnotationPatch(StrictSerializer):
    answers = serializers.DictField()


class AnnotationQuery(StrictSerializer):
    question = serializers.CharField(max_length=80, required=False)
    annotator = serializers.CharField(max_length=80, required=False)
    round = serializers.UUIDField(required=False)
    guideline_version = serializers.RegexField(r"^([0-9]{1,6}|none)$", required=False)
    updated_since = serializers.DateTimeField(required=False)


class AssignmentOut(serializers.Serializer):
    id = serializers.CharField()
    fence = serializers.IntegerField()
    round = serializers.CharField()
    expires_at = serializers.DateTimeField()
    item = serializers.DictField(help_text="{id, fields, html?}: html holds its Markdown fields, rendered")
    guideline_version = serializers.IntegerField()
    suggestion = serializers.JSONField(
        allow_null=True,
        help_text="{id, agent: {id, name}, version, score, answers}; null unless the project shows them",
    )
    draft = serializers.JSONField(allow_null=True, help_text="{answers}, or null")
    sides = serializers.JSONField(
        allow_null=True, help_text="Question -> the fields it compares, in the order to show them; null without any"
    )
    practice = serializers.BooleanField(help_text="Of a practice round: the answer to it comes with feedback.")


class NextOut(serializers.Serializer):
    assignments = AssignmentOut(many=True)
    reason = serializers.ChoiceField(
        ["queue_empty", "all_leased", "acknowledgement_required", "not_qualified"], allow_null=True
    )
    retry_after = serializers.IntegerField(allow_null=True)
    server_now = serializers.DateTimeField()


class DraftOut(serializers.Serializer):
    assignment = serializers.CharField()
    fence = serializers.IntegerField()
    answers = serializers.DictField()
    note = serializers.CharField(required=False)
    unclear = serializers.JSONField(required=False, allow_null=True)
    flagged = serializers.BooleanField(required=False)


class AnnotationOut(serializers.Serializer):
    id = serializers.CharField()
    item = serializers.CharField()
    external_id = serializers.CharField()
    round = serializers.CharField()
    annotator = serializers.CharField()
    answers = serializers.DictField()
    note = serializers.CharField()
    unclear = serializers.JSONField(allow_null=True)
    flagged = serializers.BooleanField()
    guideline_version = serializers.IntegerField(allow_null=True)
    lead_time_ms = serializers.IntegerField(allow_null=True)
    created_at = serializers.DateTimeField()
    superseded_by = serializers.CharField(allow_null=True)
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    suggestion = serializers.JSONField(
        allow_null=True, help_text="The suggestion that was shown: {id, outcome: {question: accepted|edited|rejected}}"
    )


class FeedbackOut(serializers.Serializer):
    question = serializers.CharField()
    correct = serializers.BooleanField()
    given = serializers.JSONField(allow_null=True)
    expected = serializers.JSONField()
    explanation_html = serializers.CharField()
    clauses = serializers.ListField(child=serializers.CharField(), help_text="Keys of clauses of the guideline.")


class PracticeOut(serializers.Serializer):
    done = serializers.IntegerField()
    of = serializers.IntegerField()
    pass_mark = serializers.FloatField()
    score = serializers.FloatField(allow_null=True, help_text="Null until the last item of the practice round.")
    passed = serializers.BooleanField(allow_null=True)


class SubmittedOut(AnnotationOut):
    """What a practice round tells besides; an answer outside of one has neither."""

    feedback = FeedbackOut(many=True, required=False)
    practice = PracticeOut(required=False)
