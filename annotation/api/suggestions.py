"""Suggestions of models over REST: programs post them, managers read them."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.models import Suggestion
from annotation.services.suggesting import MOST_SUGGESTIONS, NewSuggestion, post_suggestions
from annotation.suggestions import SuggestionFilter, agent_body, suggestions_for
from core.api.pagination import paginate
from core.api.serializers import StrictSerializer
from core.canonical import rfc3339
from projects.access import MANAGERS, Access
from projects.api.base import ProjectView, actor_of
from projects.rules import is_agent


class NewSuggestionIn(StrictSerializer):
    item = serializers.UUIDField(required=False)
    external_id = serializers.CharField(required=False, max_length=500, trim_whitespace=False)
    answers = serializers.DictField(allow_empty=False)
    version = serializers.CharField(max_length=120, help_text="Of the agent: another one may suggest anew.")
    score = serializers.FloatField(required=False, allow_null=True, min_value=0, max_value=1)


class SuggestionsIn(StrictSerializer):
    suggestions = NewSuggestionIn(many=True, allow_empty=False, max_length=MOST_SUGGESTIONS)  # type: ignore[call-arg]  # the list's own


class SuggestedOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    item = serializers.CharField()


class SuggestionsOut(serializers.Serializer[Any]):
    suggestions = SuggestedOut(many=True)
    existing = SuggestedOut(many=True)


class AgentOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()


class SuggestionOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    item = serializers.CharField()
    external_id = serializers.CharField()
    agent = AgentOut()
    version = serializers.CharField()
    score = serializers.FloatField(allow_null=True)
    answers = serializers.DictField()
    created_at = serializers.DateTimeField()


class SuggestionQuery(StrictSerializer):
    item = serializers.UUIDField(required=False)
    agent = serializers.UUIDField(required=False)
    version = serializers.CharField(max_length=120, required=False)


def suggestion_body(suggestion: Suggestion, access: Access) -> dict[str, Any]:
    return {
        "id": str(suggestion.id),
        "item": str(suggestion.item_id),
        "external_id": suggestion.item.external_id,
        "agent": agent_body(suggestion, access),
        "version": suggestion.version,
        "score": suggestion.score,
        "answers": suggestion.answers,
        "created_at": rfc3339(suggestion.created_at),
    }


def _named(rows: list[Suggestion]) -> list[dict[str, str]]:
    return [{"id": str(row.id), "item": str(row.item_id)} for row in rows]


class SuggestionListView(ProjectView):
    """Models and services that are members post, and so do managers; only managers read."""

    roles = {"GET": MANAGERS}
    scopes = {"GET": "annotations:read", "POST": "suggestions:write"}
    query = SuggestionQuery
    paged = True

    def check_access(self, request: Request, **kwargs: Any) -> None:
        super().check_access(request, **kwargs)
        if request.method == "POST" and not is_agent(self.access.user):
            self.access.require_role(MANAGERS)

    @extend_schema(operation_id="list_suggestions", responses={200: SuggestionOut(many=True)})
    def get(self, request: Request, p: str) -> Response:
        rows = suggestions_for(self.access, SuggestionFilter(**self.params(request)))
        return paginate(request, rows, lambda found: [suggestion_body(s, self.access) for s in found])

    @extend_schema(operation_id="post_suggestions", request=SuggestionsIn, responses={201: SuggestionsOut})
    def post(self, request: Request, p: str) -> Response:
        data = self.body(request, SuggestionsIn)
        rows = [NewSuggestion(**row) for row in data["suggestions"]]
        made = post_suggestions(by=actor_of(request), project=self.access.project, rows=rows, now=timezone.now())
        return Response({"suggestions": _named(made.created), "existing": _named(made.existing)}, status=201)
