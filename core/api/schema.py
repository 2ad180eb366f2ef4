"""The OpenAPI document: generated from the views, with the scope and the roles of each operation beside it."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

PROBLEM_SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "request_id", "errors"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "code": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}
PAGE_PARAMETERS = [
    {
        "name": "limit",
        "in": "query",
        "schema": {"type": "integer", "minimum": 1, "maximum": 500, "default": 50},
    },
    {"name": "cursor", "in": "query", "schema": {"type": "string"}},
]


class ConcordSchema(AutoSchema):
    """Adds `x-scope`, `x-roles`, query serializers, page parameters, idempotency keys and problem answers."""

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        operation = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        operation["x-scope"] = getattr(self.view, "scopes", {}).get(self.method)
        operation["x-roles"] = sorted(getattr(self.view, "roles", {}).get(self.method, ()))
        operation.setdefault("parameters", []).extend(self._extra_parameters())
        operation["responses"]["default"] = {
            "description": "A problem document (RFC 9457).",
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        return operation

    def _extra_parameters(self) -> list[dict[str, Any]]:
        extra: list[dict[str, Any]] = []
        query: type[serializers.Serializer[Any]] | None = getattr(self.view, "query", None)
        if self.method == "GET" and query is not None:
            for name, field in query().fields.items():
                mapped: Any = self._map_serializer_field(field, "request")  # type: ignore[no-untyped-call]
                schema = mapped or {"type": "string"}
                extra.append({"name": name, "in": "query", "required": field.required, "schema": schema})
        if self.method == "GET" and getattr(self.view, "paged", False):
            extra.extend(PAGE_PARAMETERS)
        if self.method in getattr(self.view, "keyed", ()):
            extra.append({"name": "Idempotency-Key", "in": "header", "required": True, "schema": {"type": "string"}})
        if self.method in getattr(self.view, "conditional", ()):
            extra.append({"name": "If-Match", "in": "header", "required": True, "schema": {"type": "string"}})
        return extra

    def get_filter_backends(self) -> list[Any]:
        return []


def finish_document(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:  # noqa: ARG001  # the library's hook signature
    """Add the shared problem schema and the licence."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
    result["info"]["license"] = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
    return result
