"""Pages of gold: two columns give a row its place, so the cursor holds an item and a question.

It also holds which aggregations the first page was read from: one computed meanwhile must not change the next page.
"""

from itertools import islice
from urllib.parse import urlencode
from uuid import UUID

from django.core import signing
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from adjudication.api.bodies import gold_body
from adjudication.selectors import GoldRow, gold_rows, schema_at
from adjudication.selectors.aggregates import Aggregates, aggregates_at
from core.api.pagination import page_limit
from core.errors import FieldError, Malformed
from projects.models import Project

SALT = "concord.gold"


def gold_page(
    request: Request, project: Project, *, as_of: int, round: UUID | None, hidden_from: User | None,  # noqa: A002
    holder: User | None = None,
) -> Response:  # fmt: skip
    """One page of the gold of a cut. Its links name the cut, so that all pages come from one."""
    limit, (direction, position, pinned) = page_limit(request), _read_cursor(request)
    backwards, schema = direction == "p", schema_at(project, as_of)
    aggregates = aggregates_at(project, as_of, schema=schema, pinned=pinned) if schema is not None else Aggregates()
    rows = gold_rows(
        project, as_of=as_of, round=round, after=position, backwards=backwards, hidden_from=hidden_from, holder=holder,
        aggregates=aggregates,
    )  # fmt: skip
    found = list(islice(rows, limit + 1))
    more, found = len(found) > limit, found[:limit]
    if backwards:
        found.reverse()
    has_next = bool(found) and (more or backwards)
    has_previous = bool(found) and (more if backwards else position is not None)
    body = {
        "results": [gold_body(row) for row in found],
        "next": _url(request, as_of, "n", found[-1], aggregates) if has_next else None,
        "previous": _url(request, as_of, "p", found[0], aggregates) if has_previous else None,
    }
    links = [f'<{body[rel]}>; rel="{word}"' for rel, word in (("next", "next"), ("previous", "prev")) if body[rel]]
    return Response(body, headers={"Link": ", ".join(links)} if links else None)


def _salt(request: Request) -> str:
    """A cursor is good for the list that it was made for: elsewhere its place means nothing."""
    return f"{SALT}:{request.path}"


def _read_cursor(request: Request) -> tuple[str, tuple[UUID, str] | None, dict[str, UUID] | None]:
    """Direction, place, and the aggregations that the first page was read from."""
    text = request.query_params.get("cursor")
    if text is None:
        return "n", None, None
    try:
        direction, item, question, pinned = signing.loads(text, salt=_salt(request))
        return direction, (UUID(item), question), {name: UUID(pk) for name, pk in pinned.items()}
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise Malformed(
            "This cursor was not made by the server. Start again without it.",
            errors=[FieldError("#/cursor", "Use the address in `next` or `previous` as it is.")],
        ) from error


def _url(request: Request, as_of: int, direction: str, row: GoldRow, aggregates: Aggregates) -> str:
    pinned = {name: str(pk) for name, pk in aggregates.read_from.items()}
    query = {k: v for k, v in request.query_params.items() if k not in {"cursor", "as_of"}}
    query |= {
        "as_of": str(as_of),
        "cursor": signing.dumps([direction, str(row.item_id), row.question, pinned], salt=_salt(request)),
    }
    return request.build_absolute_uri(f"{request.path}?{urlencode(query)}")
