"""Saved slices over REST."""

from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.base import etag_of
from core.api.pagination import paginate
from core.api.serializers import StrictSerializer
from core.canonical import rfc3339
from core.errors import NotFound
from core.ids import parse_id
from metrics.models import Slice
from metrics.selectors.slices import slice_in, slices_of
from metrics.services.slices import create_slice, retire_slice
from metrics.slices import CHOSEN_BY_ANSWERS, is_by_answers
from metrics.slicewords import names_for, words_of
from projects.access import ADJUDICATORS, MANAGERS, Access
from projects.api.base import ProjectView, actor_of
from projects.pseudonyms import shown_annotator

LANGUAGE = (
    '`{"where": [condition, …]}`, all of which must hold. A condition is `{"by": "field"|"metadata", "name", "is": '
    '"one_of", "values"}`, or with `"is": "between", "from", "to"`, `"is": "contains", "value"`, `"is": "missing"`; '
    '`{"by": "batch"|"team"|"annotators"|"guideline_version", "values"}`, `{"by": "label", "name": NAME, "values"}`, '
    '`{"by": "answered", "from", "to"}`. Batches and teams by name or id; annotators are person, model or imported; '
    "versions are numbers or none; times are RFC 3339 or days."
)


class SliceIn(StrictSerializer):
    name = serializers.CharField(max_length=80)
    definition = serializers.JSONField(help_text=LANGUAGE)


class SliceOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    definition = serializers.JSONField(help_text=LANGUAGE)
    words = serializers.ListField(child=serializers.CharField(), help_text="Each condition as a phrase.")
    chosen_by_answers = serializers.BooleanField(
        help_text="It chooses items by how they were answered, so its agreement cannot be compared with the whole."
    )
    note = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    created_by = serializers.CharField(allow_null=True)


def slice_bodies(rows: Sequence[Slice], access: Access) -> list[dict[str, Any]]:
    names = names_for(access.project, [row.definition for row in rows])
    return [
        {
            "id": str(row.pk),
            "name": row.name,
            "definition": row.definition,
            "words": words_of(row.definition, names),
            "chosen_by_answers": is_by_answers(row.definition),
            "note": CHOSEN_BY_ANSWERS if is_by_answers(row.definition) else None,
            "created_at": rfc3339(row.created_at),
            "created_by": shown_annotator(access, row.created_by) if row.created_by else None,
        }
        for row in rows
    ]


class SliceListView(ProjectView):
    scopes = {"GET": "agreement:read", "POST": "projects:manage"}
    roles = {"GET": MANAGERS | ADJUDICATORS, "POST": MANAGERS}
    paged = True

    @extend_schema(operation_id="list_slices", responses={200: SliceOut(many=True)})
    def get(self, request: Request, p: str) -> Response:
        return paginate(request, slices_of(self.access.project), lambda rows: slice_bodies(rows, self.access))

    @extend_schema(operation_id="create_slice", request=SliceIn, responses={201: SliceOut})
    def post(self, request: Request, p: str) -> Response:
        data = self.body(request, SliceIn)
        kept = create_slice(
            by=actor_of(request), project=self.access.project, name=data["name"], definition=data["definition"],
            now=timezone.now(),
        )  # fmt: skip
        body = slice_bodies([kept], self.access)[0]
        return self.resource(request, body, status=201, Location=f"{request.path}/{kept.pk}")


class SliceDetailView(ProjectView):
    """One slice. It never changes; DELETE retires it: its runs stay, its name is free."""

    scopes = {"GET": "agreement:read", "DELETE": "projects:manage"}
    roles = {"GET": MANAGERS | ADJUDICATORS, "DELETE": MANAGERS}
    conditional = frozenset({"DELETE"})

    def _slice(self, slice_id: str) -> Slice:
        found = slice_in(self.access.project, parse_id(slice_id))
        if found is None:
            raise NotFound
        return found

    @extend_schema(operation_id="read_slice", responses={200: SliceOut})
    def get(self, request: Request, p: str, id: str) -> Response:  # noqa: A002  # the address's own name
        return self.resource(request, slice_bodies([self._slice(id)], self.access)[0])

    @extend_schema(operation_id="retire_slice", responses={204: None})
    def delete(self, request: Request, p: str, id: str) -> Response:  # noqa: A002  # see above
        kept, match = self._slice(id), self.if_match(request)
        retire_slice(
            by=actor_of(request), kept=kept, now=timezone.now(),
            verify=lambda locked: match.verify(etag_of(slice_bodies([locked], self.access)[0])),
        )  # fmt: skip
        return Response(status=204)
