"""Keyset pages over one unique sortable column: stable under inserts, equally fast on every page."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.core import signing
from django.db.models import Model, QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import FieldError, Malformed

M = TypeVar("M", bound=Model)
SALT = "concord.page"
DEFAULT, MOST = 50, 500


def page_limit(request: Request) -> int:
    """`?limit=`, 1 to 500, default 50. Raises Malformed."""
    text = request.query_params.get("limit")
    if text is None:
        return DEFAULT
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= MOST):
        raise Malformed(f"limit must be a number from 1 to {MOST}.", errors=[FieldError("#/limit", f"1 to {MOST}")])
    return int(text)


def _salt(request: Request) -> str:
    """A cursor is good for the list that it was made for: elsewhere its place means nothing."""
    return f"{SALT}:{request.path}"


def _read_cursor(request: Request) -> tuple[str, str] | None:
    text = request.query_params.get("cursor")
    if text is None:
        return None
    try:
        direction, position = signing.loads(text, salt=_salt(request))
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise Malformed(
            "This cursor was not made by the server. Start again without it.",
            errors=[FieldError("#/cursor", "Use the address in `next` or `previous` as it is.")],
        ) from error
    return direction, position


def _url(request: Request, direction: str, position: object) -> str:
    query = {k: v for k, v in request.query_params.items() if k != "cursor"}
    query["cursor"] = signing.dumps([direction, str(position)], salt=_salt(request))
    return request.build_absolute_uri(f"{request.path}?{urlencode(query)}")


def paginate(
    request: Request, rows: QuerySet[M], show: Callable[[Sequence[M]], list[Any]], *, key: str = "-pk"
) -> Response:
    """One page of `rows`, ordered by the unique column `key` (a leading `-` reverses)."""
    limit, cursor = page_limit(request), _read_cursor(request)
    column, falling = key.lstrip("-"), key.startswith("-")
    direction, position = cursor or ("n", None)
    backwards = direction == "p"
    if position is not None:
        comparison = "lt" if falling != backwards else "gt"
        rows = rows.filter(**{f"{column}__{comparison}": position})
    found = list(rows.order_by(f"-{column}" if falling != backwards else column)[: limit + 1])
    more, found = len(found) > limit, found[:limit]
    if backwards:
        found.reverse()
    ends = [getattr(found[0], column), getattr(found[-1], column)] if found else [None, None]
    has_next = bool(found) and (more or backwards)
    has_previous = bool(found) and (more if backwards else cursor is not None)
    body = {
        "results": show(found),
        "next": _url(request, "n", ends[1]) if has_next else None,
        "previous": _url(request, "p", ends[0]) if has_previous else None,
    }
    links = [f'<{body[rel]}>; rel="{word}"' for rel, word in (("next", "next"), ("previous", "prev")) if body[rel]]
    return Response(body, headers={"Link": ", ".join(links)} if links else None)
