"""Shapes of projects, members and tokens: one In and one Out each."""

from typing import Any

from django.core.validators import validate_slug
from rest_framework import serializers

from core.api.serializers import StrictSerializer
from projects.models import DEFAULT_MINIMUMS, FIELD_TYPES, Role


class FieldIn(StrictSerializer):
    name = serializers.RegexField(r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=80)
    type = serializers.ChoiceField(FIELD_TYPES)
    title = serializers.CharField(max_length=200, required=False, allow_blank=True)
    required = serializers.BooleanField(default=True)  # type: ignore[assignment]  # the API's name
    language = serializers.CharField(max_length=35, required=False, allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        # A PATCH replaces the list whole, but the library asks for nothing inside it.
        missing = [name for name in ("name", "type") if name not in attrs]
        if missing:
            raise serializers.ValidationError({name: ["This field is required."] for name in missing})
        return {"required": True, "title": attrs["name"]} | attrs


class StrictBoolean(serializers.BooleanField):
    """true or false and nothing that looks like it: the settings keep what was sent."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class SuggestionSettingsIn(StrictSerializer):
    """Whether annotators are shown what models suggest, and whose suggestions: null means the newest of anybody."""

    show = StrictBoolean(required=False)
    agent = serializers.RegexField(
        r"^[0-9a-fA-F-]{32,36}$", required=False, allow_null=True, help_text="A member's id."
    )
    version = serializers.CharField(max_length=120, required=False, allow_null=True)


class ProjectSettingsIn(StrictSerializer):
    suggestions = SuggestionSettingsIn(required=False, allow_null=True)
    minimums = serializers.DictField(child=serializers.IntegerField(min_value=1, max_value=1_000_000), required=False)

    def validate_minimums(self, value: dict[str, int]) -> dict[str, int]:
        unknown = sorted(set(value) - set(DEFAULT_MINIMUMS))
        if unknown:
            raise serializers.ValidationError(
                f"Unknown limits: {', '.join(unknown)}. Known: {', '.join(DEFAULT_MINIMUMS)}."
            )
        return value


class ProjectIn(StrictSerializer):
    slug = serializers.CharField(max_length=80, validators=[validate_slug])
    name = serializers.CharField(max_length=200, trim_whitespace=False)
    description = serializers.CharField(required=False, allow_blank=True, max_length=20_000, trim_whitespace=False)
    fields = FieldIn(many=True, required=False)  # type: ignore[assignment]  # the API's name for item fields
    overlap = serializers.IntegerField(min_value=1, max_value=50, required=False)
    lease_seconds = serializers.IntegerField(min_value=1, max_value=86_400, required=False)
    settings = ProjectSettingsIn(required=False)


class MemberUserIn(StrictSerializer):
    email = serializers.EmailField(max_length=254, required=False)
    name = serializers.CharField(max_length=200, required=False, allow_blank=True)
    kind = serializers.ChoiceField(["person", "model", "service"], default="person")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["kind"] == "person" and not attrs.get("email"):
            raise serializers.ValidationError({"email": ["A person is invited by an e-mail address."]})
        if attrs["kind"] != "person" and "email" in attrs:
            raise serializers.ValidationError({"email": ["A model or service has a name, and no address."]})
        return attrs


class MemberIn(StrictSerializer):
    user = MemberUserIn()
    roles = serializers.ListField(child=serializers.ChoiceField(Role.choices))
    team = serializers.CharField(max_length=120, required=False, allow_null=True)
    scopes = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False,
        help_text="Of the token of a model or service; what its kind usually needs unless given.",
    )  # fmt: skip

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        person = attrs["user"]["kind"] == "person"
        if person and not attrs["roles"]:
            raise serializers.ValidationError({"roles": ["Give at least one role."]})
        if person and "scopes" in attrs:
            raise serializers.ValidationError({"scopes": ["Only a model or service is made with a token."]})
        return attrs


class MemberPatch(StrictSerializer):
    roles = serializers.ListField(child=serializers.ChoiceField(Role.choices), required=False)
    team = serializers.CharField(
        max_length=120, required=False, allow_null=True, allow_blank=True, help_text="A name; null is no team."
    )


class TeamIn(StrictSerializer):
    name = serializers.CharField(max_length=120)


class TokenIn(StrictSerializer):
    name = serializers.CharField(max_length=120)
    scopes = serializers.ListField(child=serializers.CharField(max_length=40), allow_empty=False)
    projects = serializers.ListField(child=serializers.CharField(max_length=80), required=False, allow_null=True)
    expires_at = serializers.DateTimeField(required=False, allow_null=True)


class UserPatch(StrictSerializer):
    active = serializers.BooleanField()


class CountsOut(serializers.Serializer[Any]):
    items = serializers.IntegerField()
    annotations = serializers.IntegerField()
    cases_open = serializers.IntegerField()
    gold = serializers.IntegerField()


class ProjectOut(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    fields = FieldIn(many=True)  # type: ignore[assignment]  # the API's name for item fields
    overlap = serializers.IntegerField()
    lease_seconds = serializers.IntegerField()
    settings = serializers.JSONField()
    counts = CountsOut(allow_null=True)


class MemberUserOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    email = serializers.CharField(allow_null=True)
    name = serializers.CharField(allow_null=True)
    kind = serializers.CharField()


class MemberOut(serializers.Serializer[Any]):
    user = MemberUserOut()
    roles = serializers.ListField(child=serializers.CharField())
    team = serializers.CharField(allow_null=True)
    active = serializers.BooleanField()
    joined = serializers.BooleanField()
    invitation = serializers.CharField(required=False, help_text="A link, shown once, single use, good for 7 days.")
    token = serializers.CharField(required=False, help_text="The secret of a model's or service's token, shown once.")


class TeamOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    members = serializers.IntegerField()


class TokenOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    prefix = serializers.CharField()
    scopes = serializers.ListField(child=serializers.CharField())
    projects = serializers.ListField(child=serializers.CharField(), allow_null=True)
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True)
    token = serializers.CharField(required=False, help_text="The secret, shown this once.")
