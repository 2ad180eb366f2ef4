"""Targets over REST: what the alpha of each question shall reach, and why."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.base import etag_of
from core.api.serializers import StrictSerializer
from core.canonical import rfc3339
from metrics.api.serializers import TargetOut
from metrics.services.targets import Wanted, set_targets
from metrics.targets import own_targets, target_rows
from metrics.verdict import CUSTOMARY, Target
from projects.access import ADJUDICATORS, MANAGERS, Access
from projects.api.base import ProjectView, actor_of
from projects.pseudonyms import shown_annotator


class WantedIn(StrictSerializer):
    alpha = serializers.FloatField(
        help_text="Above 0, at most 1: what the lower limit of the 95 % interval must reach."
    )
    reason = serializers.CharField(allow_blank=True, max_length=5000, help_text="Why this is enough. Required.")


class TargetsIn(StrictSerializer):
    """All of them: a question that is left out has no target of its own any more."""

    targets = serializers.DictField(child=WantedIn())


class KeptOut(serializers.Serializer[Any]):
    alpha = serializers.FloatField()
    reason = serializers.CharField()


class PastTargetOut(serializers.Serializer[Any]):
    question = serializers.CharField()
    number = serializers.IntegerField()
    alpha = serializers.FloatField(allow_null=True, help_text="Null: the question's own target was ended.")
    reason = serializers.CharField()
    created_at = serializers.DateTimeField()
    created_by = serializers.CharField(allow_null=True)


class TargetsOut(serializers.Serializer[Any]):
    targets = serializers.DictField(child=KeptOut(), help_text="By question, as PUT takes them.")
    customary = TargetOut(help_text="What stands for every other question.")
    history = PastTargetOut(many=True, help_text="Every number ever set, newest first.")


def targets_body(access: Access) -> dict[str, Any]:
    project = access.project
    return {
        "targets": _kept(own_targets(project)),
        "customary": CUSTOMARY.body(),
        "history": [
            {
                "question": row.question, "number": row.number, "alpha": row.alpha, "reason": row.reason,
                "created_at": rfc3339(row.created_at),
                "created_by": shown_annotator(access, row.created_by) if row.created_by else None,
            }
            for row in target_rows(project)
        ],
    }  # fmt: skip


def _kept(targets: dict[str, Target]) -> dict[str, Any]:
    return {name: {"alpha": target.value, "reason": target.reason} for name, target in targets.items()}


class TargetsView(ProjectView):
    """All targets of a project, as one resource."""

    scopes = {"GET": "agreement:read", "PUT": "projects:manage"}
    roles = {"GET": MANAGERS | ADJUDICATORS, "PUT": MANAGERS}
    conditional = frozenset({"PUT"})

    @extend_schema(responses={200: TargetsOut}, operation_id="read_targets")
    def get(self, request: Request, p: str) -> Response:
        return self.resource(request, targets_body(self.access))

    @extend_schema(request=TargetsIn, responses={200: TargetsOut}, operation_id="set_targets")
    def put(self, request: Request, p: str) -> Response:
        match = self.if_match(request)
        match.verify(etag_of(targets_body(self.access)))
        data = self.body(request, TargetsIn)
        wanted = {name: Wanted(row["alpha"], row["reason"]) for name, row in data["targets"].items()}
        set_targets(
            by=actor_of(request), project=self.access.project, wanted=wanted, now=timezone.now(), whole=True,
            verify=lambda _: match.verify(etag_of(targets_body(self.access))),
        )  # fmt: skip
        return self.resource(request, targets_body(self.access))
