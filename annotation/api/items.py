"""Items, batches and rounds over REST. The list of items is mounted by a higher floor, which knows their states."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.imports.batches import change_batch, shown_rounds
from annotation.imports.bodies import batch_body, item_body, pushed_body, round_body
from annotation.imports.push import push_items
from core.api.base import etag_of
from core.api.pagination import paginate
from core.api.serializers import StrictSerializer
from core.errors import NotFound
from core.ids import parse_id
from intake.models import Batch, Item
from intake.selectors import batch_in, search_items, visible_batches, with_item_counts
from intake.services import MAX_EXTERNAL_ID, MOST_ITEMS, NewItem, create_batch
from projects.access import MANAGERS
from projects.api.base import ProjectView, actor_of

READ, WRITE = "items:read", "items:write"


class NewItemIn(StrictSerializer):
    external_id = serializers.CharField(
        required=False, allow_null=True, max_length=MAX_EXTERNAL_ID, trim_whitespace=False
    )
    fields = serializers.DictField()  # type: ignore[assignment]  # the API's name for an item's texts
    metadata = serializers.DictField(required=False)


class ItemsIn(StrictSerializer):
    items = NewItemIn(many=True, allow_empty=False, max_length=MOST_ITEMS)  # type: ignore[call-arg]  # the list's own
    batch = serializers.CharField(max_length=180, required=False, allow_null=True)


class PushedOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    external_id = serializers.CharField()


class ItemsOut(serializers.Serializer[Any]):
    items = PushedOut(many=True)
    existing = PushedOut(many=True)


class ItemQuery(StrictSerializer):
    batch = serializers.CharField(required=False, max_length=200)
    q = serializers.CharField(required=False, max_length=500, trim_whitespace=False)


class ItemListView(ProjectView):
    """Items of a project: list and push. Subclass to add filters (`query`, `rows`) and columns (`show`)."""

    roles = {"GET": MANAGERS, "POST": MANAGERS}
    scopes = {"GET": READ, "POST": WRITE}
    query = ItemQuery
    paged = True

    def rows(self, params: dict[str, Any]) -> QuerySet[Item]:
        return search_items(self.access.project, batch=params.get("batch"), q=params.get("q"))

    def show(self, rows: Sequence[Item]) -> list[dict[str, Any]]:
        return [item_body(item) for item in rows]

    @extend_schema(operation_id="list_items", responses={200: dict})
    def get(self, request: Request, p: str) -> Response:
        return paginate(request, self.rows(self.params(request)), self.show, key="pk")

    @extend_schema(operation_id="push_items", request=ItemsIn, responses={201: ItemsOut})
    def post(self, request: Request, p: str) -> Response:
        data = self.body(request, ItemsIn)
        rows = [NewItem(i.get("external_id"), i["fields"], i.get("metadata") or {}) for i in data["items"]]
        made = push_items(
            by=actor_of(request), project=self.access.project, rows=rows, batch=data.get("batch"), now=timezone.now()
        )
        body = {"items": pushed_body(made.created), "existing": pushed_body(made.existing)}
        return Response(body, status=201)


class AudienceIn(StrictSerializer):
    teams = serializers.ListField(child=serializers.CharField(max_length=120), max_length=200, required=False)
    annotators = serializers.ListField(child=serializers.CharField(max_length=40), max_length=1000, required=False)


class BatchIn(StrictSerializer):
    name = serializers.CharField(max_length=180)
    overlap = serializers.IntegerField(min_value=1, max_value=50, required=False, allow_null=True)
    priority = serializers.IntegerField(min_value=-1000, max_value=1000, required=False)
    order = serializers.ChoiceField(Batch.Order.choices, required=False)
    quota = serializers.IntegerField(min_value=1, max_value=10_000_000, required=False, allow_null=True)
    reserved_for = AudienceIn(required=False, allow_null=True)


class AudienceOut(serializers.Serializer[Any]):
    teams = serializers.ListField(child=serializers.CharField(), help_text="Names of teams.")
    annotators = serializers.ListField(child=serializers.CharField(), help_text="Ids of users.")


class BatchOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    overlap = serializers.IntegerField(allow_null=True)
    priority = serializers.IntegerField()
    order = serializers.ChoiceField(Batch.Order.choices)
    quota = serializers.IntegerField(allow_null=True, help_text="Most items of it that one person is given.")
    reserved_for = AudienceOut(help_text="Two empty lists: everybody.")
    items = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class BatchListView(ProjectView):
    roles = {"GET": MANAGERS, "POST": MANAGERS}
    scopes = {"GET": READ, "POST": WRITE}
    paged = True

    @extend_schema(operation_id="list_batches", responses={200: BatchOut(many=True)})
    def get(self, request: Request, p: str) -> Response:
        rows = with_item_counts(visible_batches(self.access.project))
        return paginate(request, rows, lambda found: [batch_body(b, items=b.item_count) for b in found])

    @extend_schema(operation_id="create_batch", request=BatchIn, responses={201: BatchOut})
    def post(self, request: Request, p: str) -> Response:
        data = self.body(request, BatchIn)
        batch = create_batch(by=actor_of(request), project=self.access.project, **data)
        batch.refresh_from_db()
        return self.resource(request, batch_body(batch, items=0), status=201, Location=f"{request.path}/{batch.id}")


class BatchDetailView(ProjectView):
    roles = {"GET": MANAGERS, "PATCH": MANAGERS}
    scopes = {"GET": READ, "PATCH": WRITE}
    conditional = frozenset({"PATCH"})

    def _batch(self, batch_id: str) -> Any:
        found = batch_in(self.access.project, parse_id(batch_id))
        if found is None:
            raise NotFound
        return found

    @extend_schema(operation_id="read_batch", responses={200: BatchOut})
    def get(self, request: Request, p: str, id: str) -> Response:  # noqa: A002  # the address's own name
        found = self._batch(id)
        return self.resource(request, batch_body(found, items=found.item_count))

    @extend_schema(operation_id="change_batch", request=BatchIn, responses={200: BatchOut})
    def patch(self, request: Request, p: str, id: str) -> Response:  # noqa: A002  # the address's own name
        found, match = self._batch(id), self.if_match(request)
        match.verify(etag_of(batch_body(found, items=found.item_count)))
        changed = change_batch(
            by=actor_of(request), batch=found, changes=self.body(request, BatchIn, partial=True),
            verify=lambda locked: match.verify(etag_of(batch_body(locked, items=found.item_count))),
        )  # fmt: skip
        return self.resource(request, batch_body(changed, items=found.item_count))


class RoundOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    kind = serializers.CharField()
    state = serializers.CharField()
    batch = serializers.CharField(allow_null=True)
    overlap = serializers.IntegerField(allow_null=True)
    identity = serializers.CharField()
    priority = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class RoundListView(ProjectView):
    """For managers alone: an annotator must not be able to tell one round from another."""

    roles = {"GET": MANAGERS}
    scopes = {"GET": READ}
    paged = True

    @extend_schema(operation_id="list_rounds", responses={200: RoundOut(many=True)})
    def get(self, request: Request, p: str) -> Response:
        rows = shown_rounds(self.access.project)
        return paginate(request, rows, lambda found: [round_body(labels) for labels in found])
