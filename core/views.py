"""Pages that belong to no room."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse


def closed(request: HttpRequest, **kwargs: Any) -> HttpResponse:  # noqa: ARG001  # a view's signature
    """An address that a library expects and that this product keeps closed."""
    raise Http404
