"""Items with what the higher floors know of them: state, slots, gold."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from adjudication.selectors import STATES, items_in_state
from annotation.api import items as below
from annotation.imports.bodies import item_body
from annotation.selectors import may_open_item, told_batch
from core.errors import FieldError, Malformed, NotFound
from home import selectors
from intake.models import Item
from metrics.selectors.slices import slice_named
from metrics.services.requests import NO_SLICE
from metrics.slices import items_kept, tells_answers
from projects.access import ALL_ROLES, MANAGERS
from projects.api.base import ObjectView, caller
from projects.models import Role


class ItemQuery(below.ItemQuery):
    state = serializers.ChoiceField(choices=STATES, required=False)
    slice = serializers.CharField(required=False, max_length=80, help_text="Only items of this saved slice.")


class SlotsOut(serializers.Serializer[Any]):
    filled = serializers.IntegerField()
    of = serializers.IntegerField()
    reason = serializers.CharField(allow_null=True)


class ItemGoldOut(serializers.Serializer[Any]):
    question = serializers.CharField()
    answer = serializers.JSONField(allow_null=True)
    distribution = serializers.JSONField()
    n = serializers.IntegerField()
    source = serializers.CharField()  # type: ignore[assignment]  # the API's name


class ItemOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    external_id = serializers.CharField()
    batch = serializers.CharField()
    fields = serializers.JSONField()  # type: ignore[assignment]  # the API's name
    metadata = serializers.JSONField()
    state = serializers.ChoiceField(choices=STATES, allow_null=True)
    slots = SlotsOut(allow_null=True)
    gold = ItemGoldOut(many=True, allow_null=True)


class ItemListView(below.ItemListView):
    """Managers list items; pipelines push them."""

    query = ItemQuery

    def rows(self, params: dict[str, Any]) -> QuerySet[Item]:
        rows, project, telling = super().rows(params), self.access.project, False
        if name := params.get("slice"):
            kept = slice_named(project, name)
            if kept is None:
                raise Malformed(NO_SLICE, errors=[FieldError("#/slice", NO_SLICE)])
            rows, telling = items_kept(rows, kept.definition, project=project), tells_answers(kept.definition)
        if state := params.get("state"):
            rows, telling = items_in_state(rows, project, state), True
        return rows.exclude(pk__in=selectors.items_held(self.access).values("pk")) if telling else rows

    def show(self, rows: Sequence[Item]) -> list[dict[str, Any]]:
        return selectors.described_for(self.access, rows)

    @extend_schema(operation_id="list_items", responses={200: ItemOut(many=True)})
    def get(self, request: Request, p: str) -> Response:
        return super().get(request, p)


class ItemDetailView(ObjectView):
    """One item. Who is no manager sees those he holds or has submitted, or that stand in his cases, without state."""

    roles = {"GET": ALL_ROLES - {Role.CONSUMER} | MANAGERS}
    scopes = {"GET": "items:read"}

    def project_of(self, object_id: UUID) -> UUID | None:
        return selectors.project_of_item(object_id)

    @extend_schema(operation_id="read_item", responses={200: ItemOut})
    def get(self, request: Request, id: str) -> Response:  # noqa: A002  # the API's name
        item = selectors.visible_item(self.access.project, self.object_id)
        if item is None:
            raise NotFound
        if self.access.is_manager:
            return self.resource(request, selectors.described_for(self.access, [item])[0])
        user = caller(request)
        if not (may_open_item(user, item) or (self.access.has(Role.ADJUDICATOR) and selectors.in_own_case(user, item))):
            raise NotFound
        body = item_body(item) | {"batch": str(told_batch(user, item))}
        return self.resource(request, body | selectors.UNTOLD)
