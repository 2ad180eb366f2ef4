"""Shapes of guidelines: what is written, what is read."""

from typing import Any

from rest_framework import serializers

from core.api.serializers import StrictSerializer
from guidelines.models import GuidelineVersion

LONGEST_NOTE = 10_000


class GuidelineDraftIn(StrictSerializer):
    """Clauses and label schema are checked whole by `guidelines.schema`, with a pointer to each problem."""

    clauses = serializers.ListField(child=serializers.JSONField())
    label_schema = serializers.JSONField()
    note = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST_NOTE, trim_whitespace=False)


class PublishIn(StrictSerializer):
    change = serializers.ChoiceField(GuidelineVersion.Change.choices)
    note = serializers.CharField(max_length=LONGEST_NOTE, trim_whitespace=False)
    review = serializers.CharField(required=False, allow_null=True, max_length=100)


class DiffQuery(StrictSerializer):
    to = serializers.CharField(max_length=10, help_text="A version's number, `current`, or (managers) `draft`.")

    def get_fields(self) -> dict[str, Any]:
        text = "A version's number, `current`, or (managers) `draft`."
        return {"from": serializers.CharField(max_length=10, help_text=text), **super().get_fields()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        for name in ("from", "to"):
            if not (attrs[name].isascii() and (attrs[name].isdigit() or attrs[name] in {"current", "draft"})):
                raise serializers.ValidationError({name: ["Give a version's number, “current” or “draft”."]})
        return attrs


class ExampleOut(serializers.Serializer[Any]):
    text = serializers.CharField()
    text_html = serializers.CharField()
    answer = serializers.JSONField(allow_null=True)
    why = serializers.CharField()
    why_html = serializers.CharField()


class ClauseOut(serializers.Serializer[Any]):
    key = serializers.CharField()
    title = serializers.CharField()
    question = serializers.CharField(allow_null=True)
    label = serializers.CharField(allow_null=True)  # type: ignore[assignment]  # the API's name
    definition = serializers.CharField()
    definition_html = serializers.CharField()
    use_when = serializers.CharField()
    use_when_html = serializers.CharField()
    avoid_when = serializers.CharField()
    avoid_when_html = serializers.CharField()
    examples = ExampleOut(many=True)


class LabelSchemaOut(serializers.Serializer[Any]):
    questions = serializers.ListField(child=serializers.DictField())


class GuidelineOut(serializers.Serializer[Any]):
    number = serializers.IntegerField(allow_null=True)
    state = serializers.CharField()
    change = serializers.CharField()
    note = serializers.CharField(allow_blank=True)
    published_at = serializers.DateTimeField(allow_null=True)
    published_by = serializers.CharField(allow_null=True)
    review = serializers.CharField(allow_null=True)
    clauses = ClauseOut(many=True)
    label_schema = LabelSchemaOut()


class ClauseDiffOut(serializers.Serializer[Any]):
    key = serializers.CharField()
    state = serializers.CharField()
    before = ClauseOut(allow_null=True)
    after = ClauseOut(allow_null=True)


class LabelDiffOut(serializers.Serializer[Any]):
    question = serializers.CharField()
    label = serializers.CharField(allow_null=True)  # type: ignore[assignment]  # the API's name
    state = serializers.CharField()
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)


class StaleOut(serializers.Serializer[Any]):
    labels = serializers.IntegerField()
    annotations = serializers.IntegerField(allow_null=True)
    items = serializers.IntegerField(allow_null=True)


class GuidelineDiffOut(serializers.Serializer[Any]):
    clauses = ClauseDiffOut(many=True)
    labels = LabelDiffOut(many=True)
    stale = StaleOut()


class AcknowledgementOut(serializers.Serializer[Any]):
    user = serializers.DictField()
    roles = serializers.ListField(child=serializers.CharField())
    version = serializers.IntegerField(allow_null=True, help_text="The newest version acknowledged.")
    read_at = serializers.DateTimeField(allow_null=True, help_text="When the newest version to be read was, or null.")
