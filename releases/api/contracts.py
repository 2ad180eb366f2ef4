"""The contract over REST, as JSON or as YAML."""

from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.base import etag_of
from core.api.parsers import SafeJsonParser
from core.api.serializers import storable
from core.errors import FieldError, Invalid, Malformed, NotFound
from projects.access import MANAGERS
from projects.api.base import ProjectView, actor_of
from releases import selectors, services
from releases.api.bodies import contract_tag
from releases.api.views import READERS
from releases.api.yaml_parser import YAML_TYPES, TextYamlParser, XYamlParser, YamlParser
from releases.contract.document import in_order, to_yaml
from releases.models import Contract

READ, WRITE = "releases:read", "contracts:write"


def wants_yaml(request: Request) -> bool:
    """Whether the caller names YAML and does not name JSON before it."""
    for part in request.headers.get("Accept", "").split(","):
        name = part.split(";")[0].strip().lower()
        if name in YAML_TYPES:
            return True
        if name == "application/json":
            return False
    return False


def shown(request: Request, contract: Contract) -> HttpResponseBase:
    """The document; one tag for both spellings, so that whoever read either may change it."""
    tag = etag_of(contract_tag(contract))
    headers = {"ETag": tag, "Vary": "Accept"}
    tags = {t.strip() for t in request.headers.get("If-None-Match", "").split(",")}
    if tag in tags or "*" in tags:
        return Response(status=304, headers=headers)
    if wants_yaml(request):
        text = to_yaml(contract.document)
        return HttpResponse(text, content_type="application/yaml; charset=utf-8", headers=headers)
    return Response(in_order(contract.document), headers=headers)


class ContractView(ProjectView):
    roles = {"GET": READERS, "PUT": MANAGERS}
    scopes = {"GET": READ, "PUT": WRITE}
    conditional = frozenset({"PUT"})
    parser_classes = [SafeJsonParser, YamlParser, XYamlParser, TextYamlParser]

    @extend_schema(operation_id="read_contract", responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request, p: str) -> HttpResponseBase:
        return shown(request, selectors.current_contract(self.access.project))

    @extend_schema(operation_id="change_contract", request=OpenApiTypes.OBJECT, responses={200: OpenApiTypes.OBJECT})
    def put(self, request: Request, p: str) -> Response:
        document: Any = request.data
        if not isinstance(document, dict):
            raise Malformed("The body must be one contract.")
        if_match = self.if_match(request)
        if (bad := storable(document)) is not None:
            raise Invalid(errors=[FieldError(bad, "Remove the NUL character or the lone surrogate from this text.")])
        contract, changes = services.change_contract(
            by=actor_of(request), project=self.access.project, document=dict(document), now=timezone.now(),
            verify=lambda current: if_match.verify(etag_of(contract_tag(current))),
        )  # fmt: skip
        body = {**in_order(contract.document), "changes": changes}
        return Response(body, headers={"ETag": etag_of(contract_tag(contract))})


class ContractVersionView(ProjectView):
    roles = {"GET": READERS}
    scopes = {"GET": READ}

    @extend_schema(operation_id="read_contract_version", responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request, p: str, n: int) -> HttpResponseBase:
        contract = selectors.contract_in(self.access.project, n)
        if contract is None:
            raise NotFound
        return shown(request, contract)
