"""Projects, members and tokens. Mounted by `home`, which adds the counts of the floors above."""

from typing import Any

from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.base import ApiView, etag_of
from core.api.pagination import paginate
from core.canonical import rfc3339
from core.errors import NotFound, WrongRole
from core.ids import parse_id
from projects import agents, selectors, services
from projects.access import MANAGERS, Access
from projects.api.base import ProjectView, actor_of, caller, token_of
from projects.api.bodies import member_body, project_body, team_body, token_body
from projects.api.serializers import (
    MemberIn,
    MemberOut,
    MemberPatch,
    ProjectIn,
    ProjectOut,
    TeamIn,
    TeamOut,
    TokenIn,
    TokenOut,
    UserPatch,
)
from projects.models import Membership, Project


class WithCounts:
    """Who mounts the project views says how a project's contents are counted."""

    def counts(self, access: Access) -> dict[str, int] | None:
        return None


class ProjectListView(WithCounts, ApiView):
    paged = True
    scopes = {"POST": "projects:manage"}

    @extend_schema(responses={200: ProjectOut(many=True)}, operation_id="list_projects")
    def get(self, request: Request) -> Response:
        rows = selectors.projects_for(caller(request), token_of(request))
        return paginate(request, rows, lambda found: [project_body(p, None) for p in found])

    @extend_schema(request=ProjectIn, responses={201: ProjectOut}, operation_id="create_project")
    def post(self, request: Request) -> Response:
        token = token_of(request)
        if token is not None and "projects:manage" not in token.scopes:
            services.refuse_scope("projects:manage")
        if not caller(request).can_create_projects:
            raise WrongRole("Your account may not make projects. Ask whoever runs this installation.")
        data = self.body(request, ProjectIn)
        agents.check_suggestion_settings(None, data.get("settings", {}))
        project = services.create_project(by=actor_of(request), **data)
        zero = {"items": 0, "annotations": 0, "cases_open": 0, "gold": 0}
        return self.resource(
            request, project_body(project, zero), status=201, Location=f"{request.path}/{project.slug}"
        )


class ProjectDetailView(WithCounts, ProjectView):
    roles = {"PATCH": MANAGERS, "DELETE": MANAGERS}
    scopes = {"PATCH": "projects:manage", "DELETE": "projects:manage"}
    conditional = frozenset({"PATCH", "DELETE"})

    def _etag(self, project: Project) -> str:
        return etag_of(project_body(project, self.counts(self.access)))

    @extend_schema(responses={200: ProjectOut}, operation_id="read_project")
    def get(self, request: Request, p: str) -> Response:
        return self.resource(request, project_body(self.access.project, self.counts(self.access)))

    @extend_schema(request=ProjectIn, responses={200: ProjectOut}, operation_id="change_project")
    def patch(self, request: Request, p: str) -> Response:
        match = self.if_match(request)
        match.verify(self._etag(self.access.project))
        data = self.body(request, ProjectIn, partial=True)
        if "settings" in data:
            agents.check_suggestion_settings(self.access.project, data["settings"])
            data["settings"] = merge_patch(self.access.project.settings, dict(request.data)["settings"])
        project = services.change_project(
            by=actor_of(request), project=self.access.project, changes=data,
            verify=lambda locked: match.verify(self._etag(locked)),
        )  # fmt: skip
        return self.resource(request, project_body(project, self.counts(self.access)))

    @extend_schema(responses={204: None}, operation_id="archive_project")
    def delete(self, request: Request, p: str) -> Response:
        match = self.if_match(request)
        services.archive_project(
            by=actor_of(request), project=self.access.project, now=timezone.now(),
            verify=lambda locked: match.verify(self._etag(locked)),
        )  # fmt: skip
        return Response(status=204)


def merge_patch(target: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """RFC 7396: null removes, objects merge, all else replaces."""
    merged = dict(target)
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, dict) and isinstance(merged.get(name), dict):
            merged[name] = merge_patch(merged[name], value)
        else:
            merged[name] = value
    return merged


class MemberListView(ProjectView):
    roles = {"GET": MANAGERS, "POST": MANAGERS}
    scopes = {"GET": "members:manage", "POST": "members:manage"}
    paged = True

    @extend_schema(responses={200: MemberOut(many=True)}, operation_id="list_members")
    def get(self, request: Request, p: str) -> Response:
        rows = selectors.members_of(self.access.project)
        identify = self.access.may_identify
        return paginate(request, rows, lambda found: [member_body(m, identify=identify) for m in found])

    @extend_schema(request=MemberIn, responses={201: MemberOut}, operation_id="add_member")
    def post(self, request: Request, p: str) -> Response:
        data = self.body(request, MemberIn)
        user = data.pop("user")
        shared: dict[str, Any] = {"by": actor_of(request), "project": self.access.project, "now": timezone.now()}
        shared |= {"name": user.get("name", ""), "roles": data["roles"], "team": data.get("team")}
        extra: dict[str, str] = {}
        if user["kind"] == "person":
            member, secret = services.add_member(email=user["email"], **shared)
            if secret is not None:
                extra["invitation"] = request.build_absolute_uri(reverse("accept_invitation", args=[secret]))
        else:
            member, extra["token"] = agents.add_agent(
                kind=user["kind"], scopes=data.get("scopes"), limited_to=token_of(request), **shared
            )
        body = member_body(member, identify=True)
        headers = {"Location": f"{request.path}/{member.user_id}", "ETag": etag_of(body), "Cache-Control": "no-store"}
        return Response(body | extra, status=201, headers=headers)


class MemberDetailView(ProjectView):
    roles = {"GET": MANAGERS, "PATCH": MANAGERS, "DELETE": MANAGERS}
    scopes = {"GET": "members:manage", "PATCH": "members:manage", "DELETE": "members:manage"}
    conditional = frozenset({"PATCH", "DELETE"})

    def _member(self, user: str) -> Membership:
        user_id = parse_id(user)
        found = selectors.members_of(self.access.project).filter(user_id=user_id).first() if user_id else None
        if found is None:
            raise NotFound
        return found

    def _etag(self, member: Membership) -> str:
        return etag_of(member_body(member, identify=self.access.may_identify))

    @extend_schema(responses={200: MemberOut}, operation_id="read_member")
    def get(self, request: Request, p: str, user: str) -> Response:
        return self.resource(request, member_body(self._member(user), identify=self.access.may_identify))

    @extend_schema(request=MemberPatch, responses={200: MemberOut}, operation_id="change_member")
    def patch(self, request: Request, p: str, user: str) -> Response:
        member, match = self._member(user), self.if_match(request)
        match.verify(self._etag(member))
        data = self.body(request, MemberPatch)
        changed = services.change_member(
            by=actor_of(request), member=member, roles=data.get("roles"),
            team=(data["team"] or "") if "team" in data else None,
            verify=lambda locked: match.verify(self._etag(locked)),
        )  # fmt: skip
        return self.resource(request, member_body(changed, identify=self.access.may_identify))

    @extend_schema(responses={204: None}, operation_id="remove_member")
    def delete(self, request: Request, p: str, user: str) -> Response:
        member, match = self._member(user), self.if_match(request)
        services.remove_member(
            by=actor_of(request), member=member, verify=lambda locked: match.verify(self._etag(locked))
        )
        return Response(status=204)


class TeamListView(ProjectView):
    roles = {"GET": MANAGERS, "POST": MANAGERS}
    scopes = {"GET": "members:manage", "POST": "members:manage"}
    paged = True

    @extend_schema(operation_id="list_teams", responses={200: TeamOut(many=True)})
    def get(self, request: Request, p: str) -> Response:
        rows = selectors.with_members(selectors.teams_of(self.access.project).order_by())
        return paginate(request, rows, lambda found: [team_body(t, members=t.member_count) for t in found], key="pk")

    @extend_schema(operation_id="create_team", request=TeamIn, responses={201: TeamOut})
    def post(self, request: Request, p: str) -> Response:
        name = self.body(request, TeamIn)["name"]
        team = services.create_team(by=actor_of(request), project=self.access.project, name=name)
        return self.resource(request, team_body(team, members=0), status=201, Location=f"{request.path}/{team.id}")


class TeamDetailView(ProjectView):
    roles = {"GET": MANAGERS, "PATCH": MANAGERS, "DELETE": MANAGERS}
    scopes = {"GET": "members:manage", "PATCH": "members:manage", "DELETE": "members:manage"}
    conditional = frozenset({"PATCH", "DELETE"})

    def _team(self, team_id: str) -> Any:
        found = selectors.team_in(self.access.project, parse_id(team_id))
        if found is None:
            raise NotFound
        return found

    @extend_schema(operation_id="read_team", responses={200: TeamOut})
    def get(self, request: Request, p: str, id: str) -> Response:  # noqa: A002  # the address's own name
        team = self._team(id)
        return self.resource(request, team_body(team, members=team.member_count))

    @extend_schema(operation_id="rename_team", request=TeamIn, responses={200: TeamOut})
    def patch(self, request: Request, p: str, id: str) -> Response:  # noqa: A002  # see above
        team, match = self._team(id), self.if_match(request)
        match.verify(etag_of(team_body(team, members=team.member_count)))
        changed = services.rename_team(
            by=actor_of(request), team=team, name=self.body(request, TeamIn)["name"],
            verify=lambda locked: match.verify(etag_of(team_body(locked, members=team.member_count))),
        )  # fmt: skip
        return self.resource(request, team_body(changed, members=team.member_count))

    @extend_schema(operation_id="delete_team", responses={204: None})
    def delete(self, request: Request, p: str, id: str) -> Response:  # noqa: A002  # see above
        team, match = self._team(id), self.if_match(request)
        services.delete_team(
            by=actor_of(request), team=team,
            verify=lambda locked: match.verify(etag_of(team_body(locked, members=team.member_count))),
        )  # fmt: skip
        return Response(status=204)


class TokenListView(ApiView):
    paged = True
    scopes = {"GET": "tokens:manage", "POST": "tokens:manage"}

    def check_access(self, request: Request, **kwargs: Any) -> None:
        token = token_of(request)
        if token is not None and "tokens:manage" not in token.scopes:
            services.refuse_scope("tokens:manage")

    @extend_schema(responses={200: TokenOut(many=True)}, operation_id="list_tokens")
    def get(self, request: Request) -> Response:
        rows = selectors.tokens_of(caller(request))
        return paginate(request, rows, selectors.token_rows(token_body))

    @extend_schema(request=TokenIn, responses={201: TokenOut}, operation_id="create_token")
    def post(self, request: Request) -> Response:
        data = self.body(request, TokenIn)
        token, secret = services.create_token(
            by=actor_of(request), now=timezone.now(), limited_to=token_of(request), **data
        )
        body = token_body(token, selectors.slugs_of(token.projects)) | {"token": secret}
        return Response(
            body, status=201, headers={"Location": f"{request.path}/{token.id}", "Cache-Control": "no-store"}
        )


class TokenDetailView(ApiView):
    scopes = {"DELETE": "tokens:manage"}

    def check_access(self, request: Request, **kwargs: Any) -> None:
        token = token_of(request)
        if token is not None and "tokens:manage" not in token.scopes:
            services.refuse_scope("tokens:manage")

    @extend_schema(responses={204: None}, operation_id="revoke_token")
    def delete(self, request: Request, id: str) -> Response:  # noqa: A002  # the API's name
        services.revoke_token(by=actor_of(request), token_id=parse_id(id), now=timezone.now())
        return Response(status=204)


class UserDetailView(ApiView):
    """Only the owner of the installation may disable an account; to everybody else there is nothing here."""

    scopes = {"PATCH": "members:manage"}

    @extend_schema(request=UserPatch, responses={200: dict}, operation_id="change_user")
    def patch(self, request: Request, id: str) -> Response:  # noqa: A002  # the API's name
        if not caller(request).is_owner:
            raise NotFound
        token = token_of(request)
        if token is not None and ("members:manage" not in token.scopes or token.projects is not None):
            services.refuse_scope("members:manage")
        data = self.body(request, UserPatch)
        user = services.set_active(by=actor_of(request), user_id=parse_id(id), active=data["active"])
        return Response({"id": str(user.id), "active": user.is_active})


class WhoAmIView(ApiView):
    @extend_schema(responses={200: dict}, operation_id="who_am_i")
    def get(self, request: Request) -> Response:
        user, token = caller(request), token_of(request)
        members = selectors.memberships_of(user)
        if token is not None and token.projects is not None:
            members = members.filter(project_id__in=token.projects)
        body = {
            "user": {"id": str(user.id), "name": user.name, "email": user.email, "kind": user.kind,
                     "can_create_projects": user.can_create_projects},
            "memberships": [
                {"project": m.project.slug, "roles": sorted(m.roles), "team": m.team.name if m.team else None}
                for m in members
            ],
            "token": None if token is None else {
                "name": token.name, "scopes": token.scopes,
                "expires_at": rfc3339(token.expires_at) if token.expires_at else None,
            },
        }  # fmt: skip
        return self.resource(request, body)
