"""Gold items over REST. Served here, since they may come from decided cases."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from adjudication.services.golding import add_decided_cases
from annotation.models import GoldItem
from annotation.services import NewGold, add_gold_items, remove_gold_item
from annotation.services.gold import MOST_AT_ONCE
from annotation.training import gold_items_shown
from core.api.base import etag_of
from core.api.pagination import paginate
from core.api.serializers import StrictSerializer
from core.canonical import rfc3339
from core.errors import FieldError, Invalid, NotFound
from core.ids import NIL, parse_id
from intake.selectors import visible_items
from intake.services import known_items
from projects.access import MANAGERS
from projects.api.base import ProjectView, actor_of
from projects.models import Project

READ, WRITE = "items:read", "items:write"


class GoldItemIn(StrictSerializer):
    item = serializers.CharField(max_length=40, required=False, help_text="The id of the item.")
    external_id = serializers.CharField(max_length=500, required=False, trim_whitespace=False)
    answers = serializers.DictField(help_text="Question -> the known answer; questions may be left out.")
    explanation = serializers.CharField(
        required=False, allow_blank=True, max_length=20_000, default="", help_text="Markdown."
    )
    clauses = serializers.ListField(child=serializers.CharField(max_length=200), required=False, max_length=50)
    use = serializers.ChoiceField(GoldItem.Use.choices, default=GoldItem.Use.BOTH)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("item" in attrs) == ("external_id" in attrs):
            raise serializers.ValidationError({"item": ["Name the item by its id or by its external_id."]})
        return attrs


class GoldItemsIn(StrictSerializer):
    items = GoldItemIn(many=True, allow_empty=False, max_length=MOST_AT_ONCE)  # type: ignore[call-arg]  # the list's own


class FromCasesIn(StrictSerializer):
    """`{"from": "decided_cases"}`: a word of Python cannot be declared as an attribute."""

    limit = serializers.IntegerField(min_value=1, max_value=MOST_AT_ONCE, default=100)
    use = serializers.ChoiceField(GoldItem.Use.choices, default=GoldItem.Use.BOTH)

    def get_fields(self) -> dict[str, Any]:
        return {"from": serializers.ChoiceField(choices=["decided_cases"])} | super().get_fields()


class GoldItemOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    item = serializers.CharField()
    external_id = serializers.CharField()
    answers = serializers.DictField()
    explanation = serializers.CharField()
    clauses = serializers.ListField(child=serializers.CharField())
    use = serializers.ChoiceField(GoldItem.Use.choices)
    source = serializers.ChoiceField(choices=GoldItem.Source.choices)  # type: ignore[assignment]  # the API's name
    case = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()


class GoldItemsOut(serializers.Serializer[Any]):
    items = GoldItemOut(many=True)


def gold_item_body(gold: GoldItem) -> dict[str, Any]:
    return {
        "id": str(gold.id),
        "item": str(gold.item_id),
        "external_id": gold.item.external_id,
        "answers": gold.answers,
        "explanation": gold.explanation,
        "clauses": gold.clauses,
        "use": gold.use,
        "source": gold.source,
        "case": str(gold.case) if gold.case else None,
        "created_at": rfc3339(gold.created_at),
    }


class GoldItemListView(ProjectView):
    roles = {"GET": MANAGERS, "POST": MANAGERS}
    scopes = {"GET": READ, "POST": WRITE}
    paged = True

    @extend_schema(responses={200: GoldItemOut(many=True)}, operation_id="list_gold_items")
    def get(self, request: Request, p: str) -> Response:
        return paginate(request, gold_items_shown(self.access), lambda rows: [gold_item_body(g) for g in rows])

    @extend_schema(
        request=PolymorphicProxySerializer("GoldItemsRequest", [GoldItemsIn, FromCasesIn], None),
        responses={201: GoldItemsOut}, operation_id="add_gold_items",
    )  # fmt: skip
    def post(self, request: Request, p: str) -> Response:
        project, by, now = self.access.project, actor_of(request), timezone.now()
        if isinstance(request.data, dict) and "from" in request.data:
            data = self.body(request, FromCasesIn)
            made = add_decided_cases(by=by, project=project, limit=data["limit"], use=data["use"], now=now)
        else:
            rows = _rows(project, self.body(request, GoldItemsIn)["items"])
            made = add_gold_items(by=by, project=project, rows=rows, now=now)
        return Response({"items": [gold_item_body(gold) for gold in made]}, status=201)


def _rows(project: Project, sent: list[dict[str, Any]]) -> list[NewGold]:
    """Raises Invalid with a pointer at each item that the project has not."""
    named = known_items(project, [row["external_id"] for row in sent if "external_id" in row])
    ids = [named[row["external_id"]].pk if row.get("external_id") in named else parse_id(row.get("item", ""))
           for row in sent]  # fmt: skip
    found = {item.pk: item for item in visible_items(project).filter(pk__in=[pk for pk in ids if pk])}
    errors: list[FieldError] = []
    rows: list[NewGold] = []
    for index, (row, pk) in enumerate(zip(sent, ids, strict=True)):
        if pk in found:
            rows.append(NewGold(found[pk], row["answers"], row["explanation"], row.get("clauses", []), row["use"]))
        else:
            name = "item" if "item" in row else "external_id"
            errors.append(FieldError(f"#/items/{index}/{name}", "The project has no such item."))
    if errors:
        raise Invalid(errors=errors)
    return rows


class GoldItemDetailView(ProjectView):
    roles = {"GET": MANAGERS, "DELETE": MANAGERS}
    scopes = {"GET": READ, "DELETE": WRITE}
    conditional = frozenset({"DELETE"})

    def _gold(self, gold_id: str) -> GoldItem:
        found = gold_items_shown(self.access).filter(pk=parse_id(gold_id) or NIL).first()
        if found is None:
            raise NotFound
        return found

    @extend_schema(responses={200: GoldItemOut}, operation_id="read_gold_item")
    def get(self, request: Request, p: str, id: str) -> Response:  # noqa: A002  # the address's own name
        return self.resource(request, gold_item_body(self._gold(id)))

    @extend_schema(responses={204: None}, operation_id="remove_gold_item")
    def delete(self, request: Request, p: str, id: str) -> Response:  # noqa: A002  # see above
        gold = self._gold(id)
        self.if_match(request).verify(etag_of(gold_item_body(gold)))
        remove_gold_item(by=actor_of(request), gold=gold, now=timezone.now())
        return Response(status=204)
