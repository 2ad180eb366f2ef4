"""The shapes of contracts, releases and exports."""

from typing import Any

from rest_framework import serializers

from core.api.serializers import StrictSerializer


class WaiverIn(StrictSerializer):
    gate = serializers.CharField(max_length=200)
    reason = serializers.CharField(max_length=2000)


class ReleaseIn(StrictSerializer):
    version = serializers.CharField(max_length=40)
    note = serializers.CharField(max_length=10_000, required=False, default="", allow_blank=True)
    as_of = serializers.IntegerField(min_value=0, max_value=2**62, required=False, allow_null=True)
    splits = serializers.DictField(child=serializers.FloatField(), required=False, allow_null=True)
    sealed = serializers.ListField(child=serializers.CharField(max_length=40), required=False)
    formats = serializers.ListField(child=serializers.CharField(max_length=20), required=False)
    waivers = WaiverIn(many=True, required=False)


class WithdrawIn(StrictSerializer):
    reason = serializers.CharField(max_length=2000)
    successor = serializers.CharField(max_length=40, required=False, default="", allow_blank=True, allow_null=True)


class UseIn(StrictSerializer):
    model = serializers.CharField(max_length=200)
    run = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    purpose = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)


class ExportIn(StrictSerializer):
    kind = serializers.CharField(max_length=40)
    format = serializers.CharField(max_length=40)
    as_of = serializers.IntegerField(min_value=0, max_value=2**62, required=False, allow_null=True)
    spreadsheet_safe = serializers.BooleanField(required=False, default=False)


class DiffQuery(StrictSerializer):
    against = serializers.CharField(max_length=40, required=False)


class WaiverOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    reason = serializers.CharField()
    waived = serializers.ChoiceField(["fail", "not_run"])


class GateOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    title = serializers.CharField()
    result = serializers.ChoiceField(["pass", "fail", "warn", "not_run"])
    operator = serializers.CharField()
    expected = serializers.JSONField()
    actual = serializers.FloatField(allow_null=True)
    detail = serializers.CharField()
    link = serializers.CharField(allow_null=True)
    waiver = WaiverOut(allow_null=True)


class WithdrawnOut(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    reason = serializers.CharField()
    successor = serializers.CharField(allow_null=True)


class ReleaseOut(serializers.Serializer[Any]):
    version = serializers.CharField()
    state = serializers.ChoiceField(["building", "blocked", "published", "withdrawn"])
    note = serializers.CharField()
    as_of = serializers.IntegerField()
    guideline_versions = serializers.ListField(child=serializers.IntegerField())
    gates = GateOut(many=True)
    content_hash = serializers.CharField(allow_null=True)
    counts = serializers.DictField()
    previous = serializers.CharField(allow_null=True)
    contract = serializers.IntegerField()
    cut_at = serializers.DateTimeField()
    published_at = serializers.DateTimeField(allow_null=True)
    withdrawn = WithdrawnOut(allow_null=True)


class FileOut(serializers.Serializer[Any]):
    path = serializers.CharField()
    bytes = serializers.IntegerField()
    sha256 = serializers.CharField()
    rows = serializers.IntegerField(allow_null=True)


class ContractResultOut(serializers.Serializer[Any]):
    version = serializers.CharField()
    number = serializers.IntegerField()
    result = serializers.ChoiceField(["pass", "warn"])


class ManifestOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    version = serializers.CharField()
    created_at = serializers.DateTimeField()
    as_of = serializers.IntegerField()
    guideline_versions = serializers.ListField(child=serializers.IntegerField())
    contract = ContractResultOut()
    waivers = serializers.ListField(child=serializers.DictField())
    previous = serializers.CharField(allow_null=True)
    withdrawn = WithdrawnOut(allow_null=True)
    counts = serializers.DictField()
    content_hash = serializers.CharField()
    files = FileOut(many=True)


class RelabelledOut(serializers.Serializer[Any]):
    item = serializers.CharField()
    question = serializers.CharField()
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)
    cause = serializers.ChoiceField(["adjudicated", "aggregation", "guideline_version", "superseded", "other"])


class DiffOut(serializers.Serializer[Any]):
    version = serializers.CharField()
    against = serializers.CharField()
    added = serializers.ListField(child=serializers.CharField())
    removed = serializers.ListField(child=serializers.CharField())
    relabelled = RelabelledOut(many=True)
    counts = serializers.DictField(child=serializers.IntegerField())


class UseOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    release = serializers.CharField()
    model = serializers.CharField()
    run = serializers.CharField()
    purpose = serializers.CharField()
    recorded_at = serializers.DateTimeField()


class ExportOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    kind = serializers.CharField()
    state = serializers.ChoiceField(["queued", "running", "done", "failed", "cancelled"])
    waiting_for = serializers.CharField(allow_null=True)
    progress = serializers.DictField()
    heartbeat_at = serializers.DateTimeField(allow_null=True)
    deadline = serializers.DateTimeField()
    error = serializers.DictField(allow_null=True)
    as_of = serializers.IntegerField()
    export = serializers.DictField()
    bytes = serializers.IntegerField(allow_null=True)
    sha256 = serializers.CharField(allow_null=True)
    content_url = serializers.CharField(allow_null=True)
