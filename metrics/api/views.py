"""Agreement over REST."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.pagination import paginate
from core.errors import FieldError, Invalid, Malformed, NotFound
from core.ids import parse_id
from events.idempotency import Answer, keyed, read_key
from events.services import wait_for_cut
from intake.selectors import find_batch
from metrics.api.serializers import AgreementOut, AgreementQuery, RunIn, RunOut, RunRowOut
from metrics.bodies import run_body, run_head, run_row
from metrics.counting import ALONE, SLICES
from metrics.models import AgreementRun, Slice
from metrics.selection import PEOPLE
from metrics.selectors.runs import jobs_of, project_of_run, run_in, runs_of
from metrics.selectors.scores import current_scores, find_round, questions_and_versions
from metrics.selectors.slices import find_team, slice_named
from metrics.selectors.slicescores import slice_scores
from metrics.services.requests import JOB_RUN, NO_SLICE, request_run
from projects.access import ADJUDICATORS, MANAGERS
from projects.api.base import ObjectView, ProjectView, actor_of
from projects.api.jobs import JobCancel, JobResume

READERS = MANAGERS | ADJUDICATORS


class AgreementView(ProjectView):
    """The live figures of every question, or of one."""

    scopes = {"GET": "agreement:read"}
    roles = {"GET": READERS}
    query = AgreementQuery

    @extend_schema(responses={200: AgreementOut}, operation_id="read_agreement")
    def get(self, request: Request, p: str) -> Response:
        asked, project = self.params(request), self.access.project
        question, version = asked.get("question") or None, asked.get("guideline_version", "all")
        questions, versions = questions_and_versions(project)
        wrong = []
        if question is not None and question not in questions:
            wrong.append(FieldError("#/question", "No version of the guideline asks this question."))
        if isinstance(version, int) and version not in versions:
            wrong.append(FieldError("#/guideline_version", f"There is no published version {version}."))
        saved = self._saved(asked.get("slice") or ALONE, wrong)
        if wrong:
            raise Malformed(wrong[0].detail, errors=wrong)
        labels = find_round(project, asked["round"]) if asked.get("round") else None
        if saved is not None:
            scores = slice_scores(
                project, saved, question=question, version=version, round_id=labels.pk if labels else None
            )
        else:
            scores = current_scores(
                project, question=question, version=version, round=labels, slice=asked.get("slice") or ALONE
            )
        return self.resource(request, {"scores": scores})

    def _saved(self, name: str, wrong: list[FieldError]) -> Slice | None:
        """The saved slice of this name, where it names one."""
        if name in (ALONE, *SLICES):
            return None
        found = slice_named(self.access.project, name)
        if found is None:
            wrong.append(FieldError("#/slice", NO_SLICE))
        return found


class RunListView(ProjectView):
    scopes = {"GET": "agreement:read", "POST": "agreement:read"}
    roles = {"GET": READERS, "POST": MANAGERS}
    keyed = frozenset({"POST"})
    paged = True

    @extend_schema(responses={200: RunRowOut(many=True)}, operation_id="list_agreement_runs")
    def get(self, request: Request, p: str) -> Response:
        return paginate(request, runs_of(self.access.project), self._rows)

    def _rows(self, runs: Sequence[AgreementRun]) -> list[dict[str, Any]]:
        jobs, now = jobs_of(runs), timezone.now()
        return [run_row(run, jobs.get(run.pk), now) for run in runs]

    @extend_schema(request=RunIn, responses={202: RunOut}, operation_id="start_agreement_run")
    def post(self, request: Request, p: str) -> Response:
        if not isinstance(request.data, dict):
            raise Malformed("The body must be a JSON object.")
        read_key(request)
        cut = self._cut(request.data.get("as_of"))

        def write() -> Answer:
            data = self.body(request, RunIn)
            run = request_run(
                by=actor_of(request), project=self.access.project, as_of=cut, now=timezone.now(),
                question=data.get("question") or "", guideline_version=data.get("guideline_version"),
                round=self._round(data.get("round")), slice=data.get("slice") or ALONE,
                batch=self._batch(data.get("batch")), team=self._team(data.get("team")),
                who=data.get("who") or PEOPLE, resample_by=data.get("resample_by") or "",
            )  # fmt: skip
            body = run_head(run, jobs_of([run])[run.pk], timezone.now()) | {"scores": []}
            return Answer(body, 202, {"Location": f"/api/v1/agreement-runs/{run.pk}"})

        return keyed(request, write)

    def _cut(self, given: object) -> int:
        """The cut that the run will use; what is no number is refused with the rest of the body."""
        as_of = given if isinstance(given, int) and not isinstance(given, bool) and 0 <= given < 2**63 else None
        if given is not None and as_of is None:
            return 0
        return wait_for_cut(project=self.access.project.id, as_of=as_of)

    def _round(self, text: str | None) -> UUID | None:
        return find_round(self.access.project, text).pk if text else None

    def _batch(self, text: str | None) -> UUID | None:
        found = find_batch(self.access.project, text) if text else None
        if text and found is None:
            raise Invalid(errors=[FieldError("#/batch", "There is no batch of this name or id in the project.")])
        return found.pk if found else None

    def _team(self, text: str | None) -> UUID | None:
        found = find_team(self.access.project, text) if text else None
        if text and found is None:
            raise Invalid(errors=[FieldError("#/team", "There is no team of this name or id in the project.")])
        return found.pk if found else None


class RunView(ObjectView):
    scopes = {"GET": "agreement:read"}
    roles = {"GET": READERS}

    def project_of(self, object_id: UUID) -> UUID | None:
        return project_of_run(object_id)

    @extend_schema(responses={200: RunOut}, operation_id="read_agreement_run")
    def get(self, request: Request, id: str) -> Response:  # noqa: A002  # the address's own name
        run = run_in(self.access.project, parse_id(id))
        if run is None:
            raise NotFound
        return self.resource(request, run_body(run, jobs_of([run]).get(run.pk), self.access, timezone.now()))


class RunActionView(ObjectView):
    scopes = {"POST": "agreement:read"}
    roles = {"POST": MANAGERS}
    job_kind = JOB_RUN

    def project_of(self, object_id: UUID) -> UUID | None:
        return project_of_run(object_id)


class RunCancelView(JobCancel, RunActionView):
    pass


class RunResumeView(JobResume, RunActionView):
    pass
