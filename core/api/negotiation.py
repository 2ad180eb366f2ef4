"""JSON whatever `Accept` says: an API with one representation has nothing to negotiate."""

from collections.abc import Iterable
from typing import Any

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request


class JsonAlways(BaseContentNegotiation):
    def select_parser(self, request: Request, parsers: Iterable[Any]) -> Any:
        content_type = (request.content_type or "").split(";")[0].strip().lower()
        for parser in parsers:
            if content_type in {parser.media_type, ""}:
                return parser
        return None

    def select_renderer(
        self, request: Request, renderers: Iterable[Any], format_suffix: str | None = None
    ) -> Any:  # DRF's signature
        renderer = next(iter(renderers))
        return renderer, renderer.media_type
