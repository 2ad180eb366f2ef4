"""Serializer bases: a body or a query with a name that nobody declared is refused, never ignored."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses unknown fields, and text that PostgreSQL cannot store exactly as it came."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = sorted(str(k) for k in set(data) - set(self.fields))
            if unknown:
                known = ", ".join(sorted(self.fields)) or "none"
                raise serializers.ValidationError(
                    {name: [f"This field is not known here. Known fields: {known}."] for name in unknown}
                )
        return super().to_internal_value(data)


def storable(value: Any, pointer: str = "#") -> str | None:
    """The pointer of the first string that cannot be stored (NUL or a lone surrogate), or None."""
    if isinstance(value, str):
        bad = "\x00" in value or any("\ud800" <= ch <= "\udfff" for ch in value)
        return pointer if bad else None
    if isinstance(value, Mapping):
        for key, inner in value.items():
            found = storable(str(key), pointer) or storable(inner, f"{pointer}/{key}")
            if found:
                return found
    elif isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            found = storable(inner, f"{pointer}/{index}")
            if found:
                return found
    return None
