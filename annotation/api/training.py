"""Practice and standing over REST: the policy, who stands where, another try, going on after a pause."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from annotation.models import Annotation, Round, TrainingPolicy
from annotation.selectors import member_behind
from annotation.services.qualification import reinstate_annotator, set_training_policy
from annotation.services.training import begin_attempt, practice_score
from annotation.training import (
    FOR_HIDING,
    FOR_TRAINING,
    Standing,
    current_policy,
    feedback_of,
    gold_items_of,
    policy_body,
    practice_size,
    standing_of,
    standings,
)
from core.api.base import etag_of
from core.api.serializers import StrictSerializer
from core.errors import NotFound
from projects.access import ANNOTATORS, MANAGERS, Access
from projects.api.base import ProjectView, actor_of
from projects.models import Project
from projects.pseudonyms import shown_annotator
from projects.selectors import annotators_of


class PolicyIn(StrictSerializer):
    training_items = serializers.IntegerField(min_value=0, max_value=500, required=False)
    pass_mark = serializers.FloatField(required=False, min_value=0.0, max_value=1.0)
    hidden_rate = serializers.FloatField(required=False, min_value=0.0, max_value=0.5)
    pause_below = serializers.FloatField(required=False, min_value=0.0, max_value=1.0)
    window = serializers.IntegerField(min_value=1, max_value=1000, required=False)
    existing_qualified = serializers.BooleanField(
        default=True, help_text="Whether those who are annotators now count as qualified."
    )


class ReinstateIn(StrictSerializer):
    reason = serializers.CharField(max_length=500)


class AttemptIn(StrictSerializer):
    """Nothing is to be said."""


class HiddenOut(serializers.Serializer[Any]):
    share = serializers.FloatField(allow_null=True)
    items = serializers.IntegerField()


class StandingOut(serializers.Serializer[Any]):
    annotator = serializers.CharField()
    state = serializers.ChoiceField(choices=["training", "qualified", "paused"])
    attempts = serializers.IntegerField()
    practised = serializers.IntegerField()
    of = serializers.IntegerField()
    score = serializers.FloatField(allow_null=True)
    reason = serializers.CharField()
    try_again = serializers.BooleanField()
    hidden = HiddenOut(required=False, help_text="For managers only.")


class PolicyOut(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    training_items = serializers.IntegerField()
    pass_mark = serializers.FloatField()
    hidden_rate = serializers.FloatField()
    pause_below = serializers.FloatField()
    window = serializers.IntegerField()


class UsableOut(serializers.Serializer[Any]):
    training = serializers.IntegerField()
    hidden = serializers.IntegerField()


class TrainingOut(serializers.Serializer[Any]):
    policy = PolicyOut()
    gold_items = UsableOut(required=False, help_text="For managers only.")
    annotators = StandingOut(many=True, help_text="Everybody for managers, oneself for an annotator.")


def standing_body(access: Access, standing: Standing) -> dict[str, Any]:
    return {"annotator": shown_annotator(access, standing.user)} | standing.body(hidden=access.is_manager)


def training_body(access: Access) -> dict[str, Any]:
    project = access.project
    body: dict[str, Any] = {"policy": policy_body(current_policy(project))}
    if not access.is_manager:
        return body | {"annotators": [standing_body(access, standing_of(access.user, project))]}
    people = list(annotators_of(project).order_by("created_at", "pk").values_list("user", flat=True))
    gold = gold_items_of(project)
    counts = {
        name: gold.filter(use__in=use).count() for name, use in (("training", FOR_TRAINING), ("hidden", FOR_HIDING))
    }
    found = standings(project, people)
    return body | {"gold_items": counts, "annotators": [standing_body(access, found[user]) for user in people]}


def _policy_etag(policy: TrainingPolicy) -> str:
    return etag_of(policy_body(policy))


class TrainingView(ProjectView):
    """The ETag is the policy's: where people stand changes without it."""

    roles = {"GET": MANAGERS | ANNOTATORS, "PUT": MANAGERS}
    scopes = {"GET": "annotations:read", "PUT": "projects:manage"}
    conditional = frozenset({"PUT"})

    def _answer(self) -> Response:
        return Response(
            training_body(self.access), headers={"ETag": _policy_etag(current_policy(self.access.project))}
        )  # fmt: skip

    @extend_schema(responses={200: TrainingOut}, operation_id="read_training")
    def get(self, request: Request, p: str) -> Response:
        return self._answer()

    @extend_schema(request=PolicyIn, responses={200: TrainingOut}, operation_id="set_training_policy")
    def put(self, request: Request, p: str) -> Response:
        match = self.if_match(request)
        match.verify(_policy_etag(current_policy(self.access.project)))
        data = self.body(request, PolicyIn)
        existing = data.pop("existing_qualified")
        set_training_policy(
            by=actor_of(request), project=self.access.project, values=data, existing_qualified=existing,
            now=timezone.now(), verify=lambda policy: match.verify(_policy_etag(policy)),
        )  # fmt: skip
        return self._answer()


class AttemptView(ProjectView):
    roles = {"POST": ANNOTATORS}
    scopes = {"POST": "annotations:write"}

    @extend_schema(request=AttemptIn, responses={201: StandingOut}, operation_id="begin_practice")
    def post(self, request: Request, p: str) -> Response:
        self.body(request, AttemptIn)
        begin_attempt(by=actor_of(request), project=self.access.project, now=timezone.now())
        return Response(standing_body(self.access, standing_of(self.access.user, self.access.project)), status=201)


class ReinstateView(ProjectView):
    roles = {"POST": MANAGERS}
    scopes = {"POST": "members:manage"}

    @extend_schema(request=ReinstateIn, responses={200: StandingOut}, operation_id="reinstate_annotator")
    def post(self, request: Request, p: str, user: str) -> Response:
        found = member_behind(self.access.project, user)
        if found is None:
            raise NotFound
        reason = self.body(request, ReinstateIn)["reason"]
        reinstate_annotator(
            by=actor_of(request), project=self.access.project, user=found, reason=reason, now=timezone.now()
        )
        return Response(standing_body(self.access, standing_of(found, self.access.project)))


def practice_body(annotation: Annotation, user: User, project: Project) -> dict[str, Any]:
    """What a practice round tells its author at once; empty for every other answer."""
    round_, version = annotation.round, annotation.guideline_version
    if round_.kind != Round.Kind.TRAINING or version is None:
        return {}
    done, of = practice_size(round_)
    score = practice_score(round_, user).share if done >= of else None
    mark = current_policy(project).pass_mark
    practice = {"done": done, "of": of, "pass_mark": mark, "score": score}
    passed = None if done < of else score is not None and score >= mark
    return {"feedback": feedback_of(annotation, version) or [], "practice": practice | {"passed": passed}}
