"""Tests of models over REST: may this model take an annotator's place?"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.pagination import paginate
from core.api.serializers import StrictSerializer
from core.errors import Malformed, NotFound
from core.ids import NIL, parse_id
from events.idempotency import Answer, keyed, read_key
from events.selectors import get_job
from events.services import wait_for_cut
from metrics.api.serializers import LONGEST, VersionField
from metrics.modelbodies import model_test_body, model_test_head
from metrics.models import ModelTest
from metrics.selectors.modeltests import (
    jobs_of_tests,
    looks_before,
    model_names,
    model_test_in,
    model_tests_of,
    project_of_model_test,
)
from metrics.services.modeltests import JOB_MODEL_TEST, request_model_test
from projects.access import ADJUDICATORS, MANAGERS
from projects.api.base import ObjectView, ProjectView, actor_of
from projects.api.jobs import JobCancel, JobResume

READERS = MANAGERS | ADJUDICATORS


class ModelTestIn(StrictSerializer):
    question = serializers.CharField(max_length=LONGEST)
    model = serializers.CharField(max_length=40, help_text="The account of a model that labels in the project.")
    epsilon = serializers.FloatField(help_text="How much less often the model may be the closer one: 0 to 0.5.")
    reason = serializers.CharField(max_length=5000, allow_blank=True, help_text="Why this epsilon. Required.")
    guideline_version = VersionField(required=False, allow_null=True)
    as_of = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=2**63 - 1)


class AlphaOut(serializers.Serializer[Any]):
    value = serializers.FloatField(allow_null=True)
    ci_low = serializers.FloatField(allow_null=True)
    ci_high = serializers.FloatField(allow_null=True)
    n_items = serializers.IntegerField()
    undefined = serializers.CharField(allow_null=True)
    needed = serializers.IntegerField(allow_null=True)


class PairAgreementOut(AlphaOut):
    percent = serializers.FloatField(allow_null=True)


class TestedAnnotatorOut(serializers.Serializer[Any]):
    annotator = serializers.CharField()
    n = serializers.IntegerField(help_text="Items that this one, the model and at least one other person answered.")
    model = serializers.FloatField(allow_null=True, help_text="Share of them on which the model is as close or closer.")
    person = serializers.FloatField(allow_null=True, help_text="Share of them on which this one is as close or closer.")
    difference = serializers.FloatField(
        allow_null=True, help_text="`person` less `model`; the model may trail by epsilon."
    )
    p_value = serializers.FloatField(allow_null=True)
    adjusted = serializers.FloatField(allow_null=True, help_text="After Benjamini and Yekutieli, over all annotators.")
    test = serializers.ChoiceField(choices=["t", "wilcoxon"], allow_null=True)
    replaces = serializers.BooleanField(allow_null=True)
    items_needed = serializers.IntegerField(allow_null=True)
    undefined = serializers.CharField(allow_null=True)
    needed = serializers.IntegerField(allow_null=True)
    agreement = PairAgreementOut()


class TogetherOut(AlphaOut):
    n_annotations = serializers.IntegerField()
    n_annotators = serializers.IntegerField()


class GoldShareOut(serializers.Serializer[Any]):
    right = serializers.IntegerField()
    n = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True)
    ci_low = serializers.FloatField(allow_null=True)
    ci_high = serializers.FloatField(allow_null=True)
    likeness = serializers.FloatField(allow_null=True)


class AgainstGoldOut(serializers.Serializer[Any]):
    model = GoldShareOut()
    people = GoldShareOut()


class ModelResultOut(serializers.Serializer[Any]):
    answer = serializers.ChoiceField(choices=["yes", "no", "not_enough_data"])
    undefined = serializers.CharField(allow_null=True)
    reason = serializers.CharField(allow_null=True)
    needed = serializers.IntegerField(allow_null=True)
    epsilon = serializers.FloatField()
    q = serializers.FloatField(help_text="The false discovery rate that is allowed.")
    winning_rate = serializers.FloatField(allow_null=True, help_text="Share of tested annotators; 0.5 passes.")
    advantage = serializers.FloatField(allow_null=True, help_text="Mean share of items on which the model is as close.")
    n_items = serializers.IntegerField()
    n_annotators = serializers.IntegerField()
    n_tested = serializers.IntegerField()
    n_replaced = serializers.IntegerField()
    least_items = serializers.IntegerField()
    lowered_from = serializers.IntegerField(allow_null=True)
    model_items = serializers.IntegerField()
    model_opt_outs = serializers.IntegerField()
    annotators = TestedAnnotatorOut(many=True)
    people = TogetherOut(help_text="Alpha of people alone, on the items that the model answered.")
    together = TogetherOut(help_text="Alpha of people and the model, on the same items.")
    gold = AgainstGoldOut()


class ModelTestRowOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    kind = serializers.CharField()
    state = serializers.CharField()
    waiting_for = serializers.CharField(allow_null=True)
    progress = serializers.JSONField()
    heartbeat_at = serializers.DateTimeField(allow_null=True)
    deadline = serializers.DateTimeField()
    error = serializers.JSONField(allow_null=True)
    question = serializers.CharField()
    model = serializers.CharField()
    model_name = serializers.CharField()
    epsilon = serializers.FloatField()
    epsilon_reason = serializers.CharField()
    guideline_version = VersionField()
    as_of = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    computed_at = serializers.DateTimeField(allow_null=True)
    answer = serializers.ChoiceField(choices=["yes", "no", "not_enough_data"], allow_null=True)


class ModelTestOut(ModelTestRowOut):
    looks_before = serializers.IntegerField(
        help_text="How many answers there were before for the same model and question."
    )
    result = ModelResultOut(allow_null=True)
    assumptions = serializers.ListField(child=serializers.CharField())
    source = serializers.CharField()  # type: ignore[assignment]  # the name of the field


class ModelTestListView(ProjectView):
    scopes = {"GET": "agreement:read", "POST": "agreement:read"}
    roles = {"GET": READERS, "POST": MANAGERS}
    keyed = frozenset({"POST"})
    paged = True

    @extend_schema(responses={200: ModelTestRowOut(many=True)}, operation_id="list_model_tests")
    def get(self, request: Request, p: str) -> Response:
        return paginate(request, model_tests_of(self.access.project), self._rows)

    def _rows(self, tests: Sequence[ModelTest]) -> list[dict[str, Any]]:
        jobs, names, now = jobs_of_tests(tests), model_names(self.access.project), timezone.now()
        return [model_test_head(test, names, jobs.get(test.pk), self.access, now=now) for test in tests]

    @extend_schema(request=ModelTestIn, responses={202: ModelTestOut}, operation_id="start_model_test")
    def post(self, request: Request, p: str) -> Response:
        if not isinstance(request.data, dict):
            raise Malformed("The body must be a JSON object.")
        read_key(request)
        cut = self._cut(request.data.get("as_of"))

        def write() -> Answer:
            data = self.body(request, ModelTestIn)
            test = request_model_test(
                by=actor_of(request), project=self.access.project, question=data["question"],
                model=parse_id(data["model"]) or NIL, epsilon=data["epsilon"], reason=data["reason"], as_of=cut,
                now=timezone.now(), guideline_version=data.get("guideline_version"),
            )  # fmt: skip
            return Answer(self._body(test), 202, {"Location": f"/api/v1/model-tests/{test.pk}"})

        return keyed(request, write)

    def _body(self, test: ModelTest) -> dict[str, Any]:
        job, names = get_job(test.pk), model_names(self.access.project)
        return model_test_body(test, names, job, self.access, now=timezone.now(), looks=looks_before(test))

    def _cut(self, given: object) -> int:
        """The cut that the test will use; what is no number is refused with the rest of the body."""
        as_of = given if isinstance(given, int) and not isinstance(given, bool) and 0 <= given < 2**63 else None
        if given is not None and as_of is None:
            return 0
        return wait_for_cut(project=self.access.project.id, as_of=as_of)


class ModelTestView(ObjectView):
    scopes = {"GET": "agreement:read"}
    roles = {"GET": READERS}

    def project_of(self, object_id: UUID) -> UUID | None:
        return project_of_model_test(object_id)

    @extend_schema(responses={200: ModelTestOut}, operation_id="read_model_test")
    def get(self, request: Request, id: str) -> Response:  # noqa: A002  # the address's own name
        test = model_test_in(self.access.project, parse_id(id))
        if test is None:
            raise NotFound
        job, names = get_job(test.pk), model_names(self.access.project)
        body = model_test_body(test, names, job, self.access, now=timezone.now(), looks=looks_before(test))
        return self.resource(request, body)


class ModelTestActionView(ObjectView):
    scopes = {"POST": "agreement:read"}
    roles = {"POST": MANAGERS}
    job_kind = JOB_MODEL_TEST

    def project_of(self, object_id: UUID) -> UUID | None:
        return project_of_model_test(object_id)


class ModelTestCancelView(JobCancel, ModelTestActionView):
    pass


class ModelTestResumeView(JobResume, ModelTestActionView):
    pass
