"""The one renderer of the API."""

from typing import Any

from rest_framework.renderers import JSONRenderer


class ConcordRenderer(JSONRenderer):
    """JSON; something with `data: bytes` and nothing else (a stored answer) is passed on byte for byte."""

    charset = "utf-8"

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> bytes:
        stored = getattr(data, "data", None)
        if isinstance(stored, bytes):
            return stored
        return super().render(data, accepted_media_type, renderer_context)
