"""The OpenAPI document: valid, without a warning, complete, and what is committed."""

import json

from django.core.management import call_command
from drf_spectacular.drainage import GENERATOR_STATS
from openapi_spec_validator import OpenAPIV31SpecValidator

from home.api.views import openapi_document
from tests.paths import REPOSITORY

# The calls of API.md that this build serves. A path may be added here, never renamed.
SERVED = {
    "/whoami": {"get"},
    "/tokens": {"get", "post"},
    "/tokens/{id}": {"delete"},
    "/users/{id}": {"patch"},
    "/projects": {"get", "post"},
    "/projects/{p}": {"get", "patch", "delete"},
    "/projects/{p}/members": {"get", "post"},
    "/projects/{p}/members/{user}": {"get", "patch", "delete"},
    "/projects/{p}/teams": {"get", "post"},
    "/projects/{p}/teams/{id}": {"get", "patch", "delete"},
    "/projects/{p}/guidelines": {"get"},
    "/projects/{p}/guidelines/{n}": {"get"},
    "/projects/{p}/guidelines/draft": {"get", "put"},
    "/projects/{p}/guidelines/draft/publish": {"post"},
    "/projects/{p}/guidelines/diff": {"get"},
    "/projects/{p}/guidelines/{n}/acknowledge": {"post"},
    "/projects/{p}/guidelines/acknowledgements": {"get"},
    "/projects/{p}/imports": {"get", "post"},
    "/projects/{p}/imports/{id}": {"get"},
    "/projects/{p}/imports/{id}/report": {"get"},
    "/projects/{p}/items": {"get", "post"},
    "/items/{id}": {"get"},
    "/projects/{p}/batches": {"get", "post"},
    "/projects/{p}/batches/{id}": {"get", "patch"},
    "/projects/{p}/rounds": {"get"},
    "/projects/{p}/gold-items": {"get", "post"},
    "/projects/{p}/gold-items/{id}": {"get", "delete"},
    "/projects/{p}/training": {"get", "put"},
    "/projects/{p}/training/attempts": {"post"},
    "/projects/{p}/training/{user}/reinstate": {"post"},
    "/projects/{p}/next": {"post"},
    "/projects/{p}/suggestions": {"get", "post"},
    "/assignments/{id}/renew": {"post"},
    "/assignments/{id}/release": {"post"},
    "/assignments/{id}/skip": {"post"},
    "/assignments/{id}/draft": {"put"},
    "/annotations": {"post"},
    "/annotations/{id}": {"get", "patch"},
    "/annotations/{id}/withdraw": {"post"},
    "/projects/{p}/annotations": {"get"},
    "/projects/{p}/agreement": {"get"},
    "/projects/{p}/agreement-runs": {"get", "post"},
    "/agreement-runs/{id}": {"get"},
    "/projects/{p}/targets": {"get", "put"},
    "/projects/{p}/model-tests": {"get", "post"},
    "/model-tests/{id}": {"get"},
    "/model-tests/{id}/cancel": {"post"},
    "/model-tests/{id}/resume": {"post"},
    "/projects/{p}/slices": {"get", "post"},
    "/projects/{p}/slices/{id}": {"get", "delete"},
    "/projects/{p}/cases": {"get"},
    "/projects/{p}/cases/next": {"post"},
    "/cases/{id}": {"get"},
    "/cases/{id}/claim": {"post"},
    "/cases/{id}/renew": {"post"},
    "/cases/{id}/release": {"post"},
    "/cases/{id}/decision": {"post"},
    "/cases/{id}/reopen": {"post"},
    "/cases/{id}/escalate": {"post"},
    "/cases/{id}/decisions": {"get"},
    "/projects/{p}/gold": {"get"},
    "/projects/{p}/aggregation-policy": {"get", "put"},
    "/projects/{p}/aggregation-policy/runs": {"get", "post"},
    "/projects/{p}/aggregation-policy/runs/{id}": {"get"},
    "/projects/{p}/aggregation-policy/runs/{id}/answers": {"get"},
    "/projects/{p}/reviews": {"get", "post"},
    "/reviews/{id}": {"get"},
    "/reviews/{id}/evidence": {"post"},
    "/reviews/{id}/evidence/{e}": {"delete"},
    "/reviews/{id}/proposals/{clause}": {"put", "delete"},
    "/reviews/{id}/impact": {"get"},
    "/reviews/{id}/publish": {"post"},
    "/reviews/{id}/close": {"post"},
    "/projects/{p}/contract": {"get", "put"},
    "/projects/{p}/contracts/{n}": {"get"},
    "/projects/{p}/releases": {"get", "post"},
    "/projects/{p}/releases/{version}": {"get"},
    "/projects/{p}/releases/{version}/manifest": {"get"},
    "/projects/{p}/releases/{version}/files/{path}": {"get"},
    "/projects/{p}/releases/{version}/diff": {"get"},
    "/projects/{p}/releases/{version}/withdraw": {"post"},
    "/projects/{p}/releases/{version}/uses": {"post"},
    "/projects/{p}/exports": {"post"},
    "/exports/{id}": {"get"},
    "/exports/{id}/content": {"get"},
    "/projects/{p}/events": {"get"},
}


def test_the_document_is_valid_openapi_3_1_and_made_without_a_warning():
    GENERATOR_STATS.reset()
    document = openapi_document()
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()
    said = [*GENERATOR_STATS._error_cache, *GENERATOR_STATS._warn_cache]
    assert said == []


def test_every_path_of_the_api_page_is_served_with_its_methods():
    paths = openapi_document()["paths"]
    missing = {}
    for path, methods in SERVED.items():
        known = {m for m in paths.get(f"/api/v1{path}", {}) if m in {"get", "post", "put", "patch", "delete"}}
        if not methods <= known:
            missing[path] = sorted(methods - known)
    assert missing == {}


def test_operation_ids_are_unique_and_scopes_stand_beside_each():
    operations = [op for ops in openapi_document()["paths"].values() for m, op in ops.items() if m != "parameters"]
    ids = [op["operationId"] for op in operations]
    assert len(ids) == len(set(ids))
    assert all("x-scope" in op for op in operations)


def test_the_committed_document_is_what_the_code_says():
    call_command("openapi", "--check")
    assert json.loads((REPOSITORY / "docs" / "openapi.json").read_text())["info"]["title"] == "Concord"
