"""Releases over REST: cut, read, compare, withdraw, and the immutable bytes themselves."""

from typing import Any

from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.pagination import paginate
from core.canonical import sha256_hex
from core.errors import Malformed, NotFound
from events.idempotency import Answer, keyed, read_key
from events.services import wait_for_cut
from projects.access import MANAGERS
from projects.api.base import ProjectView, actor_of
from projects.models import Role
from releases import selectors, services
from releases.api import serializers as shapes
from releases.api.bodies import diff_body, release_body, use_body
from releases.api.download import Stored, serve
from releases.building.package import MANIFEST
from releases.comparison import compare_releases
from releases.models import Release

READERS = MANAGERS | frozenset({Role.CONSUMER})
READ, PUBLISH = "releases:read", "releases:publish"


def wanted_cut(request: Request, project_id: Any) -> int | None:
    """The cut, waited for before the key's transaction opens; None where the body names one to be checked there."""
    read_key(request)
    if not isinstance(request.data, dict):
        raise Malformed("The body must be a JSON object.")
    return None if request.data.get("as_of") is not None else wait_for_cut(project=project_id)


class _OfProject(ProjectView):
    def body_of(self, release: Release) -> dict[str, Any]:
        return release_body(release, self.access.project.slug)

    def find(self, version: str) -> Release:
        return selectors.release_in(self.access.project, version)

    def published(self, version: str) -> Release:
        release = self.find(version)
        if not release.is_final:
            raise NotFound(f"{version} is {release.state}: nothing of it is published.")
        return release


class ReleaseListView(_OfProject):
    """All releases of a project, newest first; a new one."""

    roles = {"GET": READERS, "POST": MANAGERS}
    scopes = {"GET": READ, "POST": PUBLISH}
    keyed = frozenset({"POST"})
    paged = True

    @extend_schema(operation_id="list_releases", responses={200: shapes.ReleaseOut(many=True)})
    def get(self, request: Request, p: str) -> Response:
        rows = selectors.releases_of(self.access.project)
        return paginate(request, rows, lambda found: [self.body_of(release) for release in found])

    @extend_schema(operation_id="cut_release", request=shapes.ReleaseIn, responses={202: shapes.ReleaseOut})
    def post(self, request: Request, p: str) -> Response:
        project = self.access.project
        cut = wanted_cut(request, project.id)

        def write() -> Answer:
            data = self.body(request, shapes.ReleaseIn)
            given = data.pop("as_of", None)
            as_of = cut if cut is not None else wait_for_cut(project=project.id, as_of=given)
            release = services.cut_release(
                by=actor_of(request), project=project, as_of=as_of, now=timezone.now(), **data
            )
            return Answer(self.body_of(release), 202, {"Location": f"{request.path}/{release.version}"})

        return keyed(request, write)


class ReleaseDetailView(_OfProject):
    roles = {"GET": READERS}
    scopes = {"GET": READ}

    @extend_schema(operation_id="read_release", responses={200: shapes.ReleaseOut})
    def get(self, request: Request, p: str, version: str) -> Response:
        return self.resource(request, self.body_of(self.find(version)))


class ReleaseManifestView(_OfProject):
    roles = {"GET": READERS}
    scopes = {"GET": READ}

    @extend_schema(operation_id="read_release_manifest", responses={200: shapes.ManifestOut})
    def get(self, request: Request, p: str, version: str) -> HttpResponseBase:
        return serve_manifest(request, self.published(version))


def serve_manifest(request: Request, release: Release) -> HttpResponseBase:
    """The manifest. Only a withdrawal is ever added to it, so it must be asked for again."""
    data = selectors.manifest_bytes(release)
    return serve(request, Stored(data, len(data), sha256_hex(data), MANIFEST), cache="private, no-cache")


class ReleaseFileView(_OfProject):
    """One file by the path that the manifest lists."""

    roles = {"GET": READERS}
    scopes = {"GET": READ}

    @extend_schema(operation_id="read_release_file", responses={(200, "application/octet-stream"): bytes})
    def get(self, request: Request, p: str, version: str, path: str) -> HttpResponseBase:
        release = self.published(version)
        if path == MANIFEST:
            return serve_manifest(request, release)
        row = selectors.file_in(release, path)
        if row is None:
            raise NotFound
        name = row.path.rsplit("/", 1)[-1]
        return serve(request, Stored(selectors.stored_path(row.stored_as), row.size, row.sha256, name))


class ReleaseDiffView(_OfProject):
    roles = {"GET": READERS}
    scopes = {"GET": READ}
    query = shapes.DiffQuery

    @extend_schema(operation_id="read_release_diff", responses={200: shapes.DiffOut})
    def get(self, request: Request, p: str, version: str) -> Response:
        release, wanted = self.published(version), self.params(request).get("against")
        against = self.published(wanted) if wanted else release.previous
        if against is None:
            raise NotFound("There is no release before this one. Name one with `against`.")
        return self.resource(request, diff_body(release, against, compare_releases(against, release)))


class ReleaseWithdrawView(_OfProject):
    roles = {"POST": MANAGERS}
    scopes = {"POST": PUBLISH}

    @extend_schema(operation_id="withdraw_release", request=shapes.WithdrawIn, responses={204: None})
    def post(self, request: Request, p: str, version: str) -> Response:
        release = self.find(version)
        data = self.body(request, shapes.WithdrawIn)
        services.withdraw_release(
            by=actor_of(request), project=self.access.project, version=release.version, reason=data["reason"],
            successor=data["successor"] or "", now=timezone.now(),
        )  # fmt: skip
        return Response(status=204)


class ReleaseUseView(_OfProject):
    """Which models were trained on a release, by the word of those who trained them."""

    roles = {"GET": READERS, "POST": READERS}
    scopes = {"GET": READ, "POST": READ}
    paged = True

    @extend_schema(operation_id="list_release_uses", responses={200: shapes.UseOut(many=True)})
    def get(self, request: Request, p: str, version: str) -> Response:
        rows = selectors.uses_of(self.find(version)).select_related("release")
        return paginate(request, rows, lambda found: [use_body(use) for use in found])

    @extend_schema(operation_id="record_release_use", request=shapes.UseIn, responses={201: shapes.UseOut})
    def post(self, request: Request, p: str, version: str) -> Response:
        release = self.find(version)
        data = self.body(request, shapes.UseIn)
        use = services.record_use(by=actor_of(request), release=release, now=timezone.now(), **data)
        return Response(use_body(use), status=201)
