"""The aggregation policy over REST, and what its methods make of a cut."""

from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from adjudication.api.aggregation_bodies import answer_body, policy_body, run_body, run_head
from adjudication.models import AggregatedAnswer, Aggregation, AggregationPolicy
from adjudication.selectors.aggregations import aggregation_in, aggregations_of, changed_answers, jobs_of, open_answers
from adjudication.selectors.policies import policy_at
from adjudication.services.aggregating import JOB_AGGREGATE, request_aggregation
from adjudication.services.policies import set_aggregation_policy
from core.api.base import etag_of
from core.api.pagination import paginate
from core.api.serializers import StrictSerializer
from core.errors import FieldError, Malformed, NotFound
from core.ids import parse_id
from events.idempotency import Answer, keyed, read_key
from events.services import wait_for_cut
from projects.access import ADJUDICATORS, MANAGERS
from projects.api.base import ProjectView, actor_of
from projects.api.jobs import JobCancel, JobResume

READERS = ADJUDICATORS | MANAGERS
READ, WRITE = "adjudications:read", "adjudications:write"


class MethodIn(StrictSerializer):
    method = serializers.CharField(max_length=40)
    settings = serializers.DictField(required=False)


class AggregationPolicyIn(StrictSerializer):
    methods = serializers.DictField(
        child=MethodIn(), help_text="Question -> {method, settings?}. The disagreements of others stay open."
    )
    note = serializers.CharField(required=False, allow_blank=True, max_length=10_000, default="")


class MethodOut(serializers.Serializer[Any]):
    method = serializers.CharField()
    settings = serializers.DictField()


class OptionOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    title = serializers.CharField()
    default = serializers.JSONField()
    lowest = serializers.FloatField(allow_null=True)
    highest = serializers.FloatField(allow_null=True)
    choices = serializers.ListField(child=serializers.CharField())


class SuitableOut(serializers.Serializer[Any]):
    method = serializers.CharField()
    title = serializers.CharField()
    assumes = serializers.CharField()
    needs = serializers.CharField()
    confidence = serializers.CharField(help_text="What the share of an answer is the probability or share of.")
    is_model = serializers.BooleanField(help_text="It is fitted over a whole cut, by a run.")
    settings = OptionOut(many=True)


class AskedOut(serializers.Serializer[Any]):
    question = serializers.CharField()
    kind = serializers.CharField()
    method = serializers.CharField(allow_null=True)
    suitable = SuitableOut(many=True)


class PolicyVersionOut(serializers.Serializer[Any]):
    number = serializers.IntegerField(help_text="0: none was ever set.")
    methods = serializers.DictField(child=MethodOut())
    note = serializers.CharField()
    created_at = serializers.CharField(allow_null=True)
    created_by = serializers.CharField(allow_null=True)


class AggregationPolicyOut(PolicyVersionOut):
    questions = AskedOut(many=True)
    history = PolicyVersionOut(many=True, help_text="The newest first, the one in force among them.")


class AggregationRunIn(StrictSerializer):
    question = serializers.CharField(max_length=80)
    method = serializers.CharField(required=False, max_length=40, help_text="Default: the method in force.")
    settings = serializers.DictField(required=False)
    as_of = serializers.IntegerField(required=False, min_value=0, max_value=2**63 - 1)


class AggregationRunRowOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    kind = serializers.CharField(required=False)
    state = serializers.CharField(required=False)
    waiting_for = serializers.CharField(required=False, allow_null=True)
    progress = serializers.DictField(required=False)
    heartbeat_at = serializers.CharField(required=False, allow_null=True)
    deadline = serializers.CharField(required=False)
    error = serializers.DictField(required=False, allow_null=True)
    question = serializers.CharField()
    as_of = serializers.IntegerField()
    policy = serializers.IntegerField(allow_null=True, help_text="The policy that names this method.")
    method = serializers.CharField()
    settings = serializers.DictField()
    software = serializers.DictField()
    iterations = serializers.IntegerField(allow_null=True)
    converged = serializers.BooleanField(allow_null=True)
    log_likelihood = serializers.FloatField(allow_null=True)
    n_units = serializers.IntegerField()
    n_disputed = serializers.IntegerField()
    n_decided = serializers.IntegerField()
    n_tied = serializers.IntegerField()
    comparisons = serializers.DictField()
    created_at = serializers.CharField()
    computed_at = serializers.CharField(allow_null=True)


class AggregationRunOut(AggregationRunRowOut):
    labels = serializers.ListField()
    annotators = serializers.ListField(child=serializers.DictField())
    strengths = serializers.ListField(
        child=serializers.DictField(),
        help_text="Of Bradley–Terry: [{contestant, item, field, strength, n}], the strongest first. A contestant is "
        "the SHA-256 of the canonical JSON of a field's value, n the answers that compared it. Empty for those who "
        "label too.",
    )


class AggregatedAnswerQuery(serializers.Serializer[Any]):
    changed_by = serializers.CharField(
        required=False, max_length=40, help_text="Only what this method answers otherwise."
    )


class AggregatedAnswerOut(serializers.Serializer[Any]):
    item = serializers.CharField()
    external_id = serializers.CharField()
    round = serializers.CharField()
    answer = serializers.JSONField(allow_null=True)
    distribution = serializers.ListField(child=serializers.DictField())
    tied = serializers.BooleanField()
    decided = serializers.BooleanField()
    others = serializers.DictField(help_text="Method -> its answer, where that is another one.")


class AggregationPolicyView(ProjectView):
    """The policy in force, the methods that suit each question, and the versions before it."""

    roles = {"GET": READERS, "PUT": MANAGERS}
    scopes = {"GET": READ, "PUT": "projects:manage"}
    conditional = frozenset({"PUT"})

    @extend_schema(responses={200: AggregationPolicyOut}, operation_id="read_aggregation_policy")
    def get(self, request: Request, p: str) -> Response:
        return self.resource(request, policy_body(self.access, policy_at(self.access.project)))

    @extend_schema(
        request=AggregationPolicyIn, responses={200: AggregationPolicyOut}, operation_id="set_aggregation_policy"
    )
    def put(self, request: Request, p: str) -> Response:
        match, project = self.if_match(request), self.access.project

        def verify(policy: AggregationPolicy) -> None:
            match.verify(etag_of(policy_body(self.access, policy)))

        verify(policy_at(project))
        data = self.body(request, AggregationPolicyIn)
        policy = set_aggregation_policy(
            by=actor_of(request), project=project, now=timezone.now(), verify=verify, **data
        )
        return self.resource(request, policy_body(self.access, policy))


class AggregationRunListView(ProjectView):
    roles = {"GET": READERS, "POST": MANAGERS}
    scopes = {"GET": READ, "POST": WRITE}
    keyed = frozenset({"POST"})
    paged = True

    @extend_schema(responses={200: AggregationRunRowOut(many=True)}, operation_id="list_aggregation_runs")
    def get(self, request: Request, p: str) -> Response:
        rows = aggregations_of(self.access.project).defer("annotators", "strengths")
        return paginate(request, rows, self._shown)

    def _shown(self, rows: Sequence[Aggregation]) -> list[dict[str, Any]]:
        jobs, now = jobs_of(rows), timezone.now()
        return [run_head(row, jobs.get(row.pk), now) for row in rows]

    @extend_schema(request=AggregationRunIn, responses={202: AggregationRunOut}, operation_id="start_aggregation_run")
    def post(self, request: Request, p: str) -> Response:
        if not isinstance(request.data, dict):
            raise Malformed("The body must be a JSON object.")
        read_key(request)
        project, cut = self.access.project, self._cut(request.data.get("as_of"))

        def write() -> Answer:
            data = self.body(request, AggregationRunIn) | {"as_of": cut}
            run = request_aggregation(by=actor_of(request), project=project, now=timezone.now(), **data)
            body = run_body(self.access, run, jobs_of([run]).get(run.pk), timezone.now())
            place = f"/api/v1/projects/{project.slug}/aggregation-policy/runs/{run.pk}"
            return Answer(body, 202, {"Location": place})

        return keyed(request, write)

    def _cut(self, given: object) -> int:
        """The cut that the run will use; what is no number is refused with the rest of the body."""
        as_of = given if isinstance(given, int) and not isinstance(given, bool) and 0 <= given < 2**63 else None
        if given is not None and as_of is None:
            return 0
        return wait_for_cut(project=self.access.project.id, as_of=as_of)


class _OneRun(ProjectView):
    def found(self, run_id: str) -> Aggregation:
        run = aggregation_in(self.access.project, parse_id(run_id))
        if run is None:
            raise NotFound
        return run


class AggregationRunView(_OneRun):
    roles = {"GET": READERS}
    scopes = {"GET": READ}

    @extend_schema(responses={200: AggregationRunOut}, operation_id="read_aggregation_run")
    def get(self, request: Request, p: str, id: str) -> Response:  # noqa: A002  # the address's own name
        run = self.found(id)
        return self.resource(request, run_body(self.access, run, jobs_of([run]).get(run.pk), timezone.now()))


class AggregatedAnswerListView(_OneRun):
    """The units whose answers differ, with what this and every other method makes of them."""

    roles = {"GET": MANAGERS}
    scopes = {"GET": READ}
    query = AggregatedAnswerQuery
    paged = True

    @extend_schema(responses={200: AggregatedAnswerOut(many=True)}, operation_id="list_aggregated_answers")
    def get(self, request: Request, p: str, id: str) -> Response:  # noqa: A002  # the address's own name
        run, method = self.found(id), self.params(request).get("changed_by")
        if method is not None and method not in run.comparisons:
            names = ", ".join(sorted(run.comparisons)) or "none yet"
            detail = f"This run has not looked at such a method. Its methods: {names}."
            raise Malformed(detail, errors=[FieldError("#/changed_by", detail)])

        def show(rows: Sequence[AggregatedAnswer]) -> list[dict[str, Any]]:
            return [answer_body(row) for row in rows]

        return paginate(request, open_answers(self.access, changed_answers(run, method)), show, key="pk")


class AggregationRunActionView(ProjectView):
    roles = {"POST": MANAGERS}
    scopes = {"POST": WRITE}
    job_kind = JOB_AGGREGATE


class AggregationRunCancelView(JobCancel, AggregationRunActionView):
    pass


class AggregationRunResumeView(JobResume, AggregationRunActionView):
    pass
