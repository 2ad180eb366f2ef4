"""Cases, decisions and gold over REST. No body here tells who an annotator is."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from adjudication import selectors, services
from adjudication.api import serializers as shapes
from adjudication.api.bodies import case_bodies, decision_body
from adjudication.api.pages import gold_page
from adjudication.models import Case
from annotation.selectors import visible_rounds
from core.api.pagination import paginate
from core.canonical import rfc3339
from core.errors import FieldError, Malformed, NotFound
from events.idempotency import Answer, keyed
from events.services import wait_for_cut
from projects.access import ADJUDICATORS, MANAGERS
from projects.api.base import ObjectView, ProjectView, actor_of
from projects.models import Role

DECIDERS = ADJUDICATORS | MANAGERS
READ, WRITE = "adjudications:read", "adjudications:write"


class CaseListView(ProjectView):
    roles = {"GET": DECIDERS}
    scopes = {"GET": READ}
    query = shapes.CaseQuery
    paged = True

    @extend_schema(responses={200: shapes.CaseOut(many=True)}, operation_id="list_cases")
    def get(self, request: Request, p: str) -> Response:
        project, user = self.access.project, self.access.user
        wanted = selectors.CaseFilter(**self.params(request))
        try:
            rows = selectors.filter_cases(selectors.visible_cases(project, user), wanted, self.access)
        except NotFound as error:
            raise Malformed(error.detail, errors=[FieldError("#/slice", error.detail)]) from error

        def show(cases: Any) -> list[dict[str, Any]]:
            opened = selectors.opened_cases(user.pk, [case.pk for case in cases])
            if self.access.has(Role.ANNOTATOR):
                return case_bodies(project, cases, user, opened=opened)
            services.record_openings(user=user, cases=[c for c in cases if c.pk not in opened], now=timezone.now())
            return case_bodies(project, cases, user)

        return paginate(request, rows, show)


class NextCaseView(ProjectView):
    roles = {"POST": DECIDERS}
    scopes = {"POST": WRITE}

    @extend_schema(request=shapes.NothingIn, responses={200: shapes.NextCaseOut}, operation_id="next_case")
    def post(self, request: Request, p: str) -> Response:
        self.body(request, shapes.NothingIn)
        now = timezone.now()
        given = services.next_case(by=actor_of(request), project=self.access.project, now=now)
        found = case_bodies(self.access.project, [given.case], self.access.user, alike=True)[0] if given.case else None
        answer = {"case": found, "reason": given.reason, "retry_after": given.retry_after, "server_now": rfc3339(now)}
        headers = {"Retry-After": str(given.retry_after)} if given.retry_after else None
        return Response(answer, headers=headers)


class CaseView(ObjectView):
    """One case: refused to whoever has labelled its item, whatever his roles."""

    roles = {"GET": DECIDERS, "POST": DECIDERS}
    scopes = {"GET": READ, "POST": WRITE}
    case: Case

    def project_of(self, object_id: UUID) -> UUID | None:
        return selectors.project_of_case(object_id)

    def check_access(self, request: Request, **kwargs: Any) -> None:
        super().check_access(request, **kwargs)
        case = selectors.case_in(self.access.project, self.object_id)
        if case is None:
            raise NotFound
        services.require_not_own(self.access.user, case)
        self.case = case

    def shown(self, request: Request, case: Case) -> Response:
        return self.resource(request, case_bodies(self.access.project, [case], self.access.user, alike=True)[0])


class CaseDetailView(CaseView):
    @extend_schema(responses={200: shapes.CaseOut}, operation_id="read_case")
    def get(self, request: Request, id: str) -> Response:  # noqa: A002  # the name in the address
        if not selectors.opened_cases(self.access.user.pk, [self.case.pk]):
            services.record_openings(user=self.access.user, cases=[self.case], now=timezone.now())
        return self.shown(request, self.case)


class CaseClaimView(CaseView):
    @extend_schema(request=shapes.NothingIn, responses={200: shapes.CaseOut}, operation_id="claim_case")
    def post(self, request: Request, id: str) -> Response:  # noqa: A002
        self.body(request, shapes.NothingIn)
        case = services.claim_case(by=actor_of(request), case_id=self.object_id, now=timezone.now())
        return self.shown(request, case)


class CaseRenewView(CaseView):
    @extend_schema(request=shapes.CaseFenceIn, responses={200: shapes.CaseOut}, operation_id="renew_case")
    def post(self, request: Request, id: str) -> Response:  # noqa: A002
        data = self.body(request, shapes.CaseFenceIn)
        return self.shown(request, services.renew_case(by=actor_of(request), case_id=self.object_id, **data))


class CaseReleaseView(CaseView):
    @extend_schema(request=shapes.CaseFenceIn, responses={204: None}, operation_id="release_case")
    def post(self, request: Request, id: str) -> Response:  # noqa: A002
        data = self.body(request, shapes.CaseFenceIn)
        services.release_case(by=actor_of(request), case_id=self.object_id, **data)
        return Response(status=204)


class CaseDecisionView(CaseView):
    keyed = frozenset({"POST"})

    @extend_schema(request=shapes.DecisionIn, responses={201: shapes.DecisionOut}, operation_id="decide_case")
    def post(self, request: Request, id: str) -> Response:  # noqa: A002
        sent = request.data
        if not isinstance(sent, dict):
            raise Malformed("The body must be a JSON object.")

        def write() -> Answer:
            by, raw = actor_of(request), sent.get("fence")
            fence = raw if isinstance(raw, int) and not isinstance(raw, bool) else None
            # a conflict is told before what is wrong with the body
            services.require_undecided(by=by, case_id=self.object_id, fence=fence)
            data = self.body(request, shapes.DecisionIn)
            decision = services.decide_case(
                by=by, case_id=self.object_id, fence=data.pop("fence"), decision=services.NewDecision(**data),
                now=timezone.now(),
            )  # fmt: skip
            place = f"/api/v1/cases/{self.object_id}/decisions"
            return Answer(decision_body(decision, self.access.project), 201, {"Location": place})

        return keyed(request, write)


class CaseReopenView(CaseView):
    @extend_schema(request=shapes.ReopenIn, responses={200: shapes.CaseOut}, operation_id="reopen_case")
    def post(self, request: Request, id: str) -> Response:  # noqa: A002
        data = self.body(request, shapes.ReopenIn)
        case = services.reopen_case(by=actor_of(request), case_id=self.object_id, now=timezone.now(), **data)
        return self.shown(request, case)


class CaseEscalateView(CaseView):
    @extend_schema(request=shapes.EscalateIn, responses={200: shapes.CaseOut}, operation_id="escalate_case")
    def post(self, request: Request, id: str) -> Response:  # noqa: A002
        data = self.body(request, shapes.EscalateIn)
        case = services.escalate_case(by=actor_of(request), case_id=self.object_id, now=timezone.now(), **data)
        return self.shown(request, case)


class CaseDecisionListView(CaseView):
    paged = True

    @extend_schema(responses={200: shapes.DecisionOut(many=True)}, operation_id="list_decisions")
    def get(self, request: Request, id: str) -> Response:  # noqa: A002
        project = self.access.project
        rows = selectors.decisions_of(self.case)
        return paginate(request, rows, lambda found: [decision_body(d, project) for d in found])


class GoldListView(ProjectView):
    roles = {"GET": DECIDERS}
    scopes = {"GET": READ}
    query = shapes.GoldQuery
    paged = True

    @extend_schema(responses={200: shapes.GoldOut(many=True)}, operation_id="list_gold")
    def get(self, request: Request, p: str) -> Response:
        params, project = self.params(request), self.access.project
        wanted = params.get("round")
        if wanted is not None and not visible_rounds(project).filter(pk=wanted).exists():
            raise NotFound
        as_of = wait_for_cut(project=project.id, as_of=params.get("as_of"))
        user, manages = self.access.user, self.access.is_manager
        holder = user if self.access.has(Role.ANNOTATOR) else None
        hidden_from = None if manages else user
        return gold_page(request, project, as_of=as_of, round=wanted, hidden_from=hidden_from, holder=holder)
