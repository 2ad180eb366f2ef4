"""Batches and items: what is checked, what is made once, what stays unseen."""

from typing import Any

import pytest

from core.errors import Invalid
from events.models import Event
from intake import selectors, services
from intake.errors import BatchExists, ItemsLoading, OverlapLowered
from intake.models import Batch, Item
from intake.services import NewItem, check_fields
from tests import factories

DECLARED = [
    {"name": "text", "type": "text", "required": True},
    {"name": "note", "type": "markdown", "required": False},
    {"name": "size", "type": "number", "required": False},
    {"name": "talk", "type": "chat", "required": False},
    {"name": "raw", "type": "json", "required": False},
]


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"text": "a"}, []),
        ({"text": "a", "note": "", "size": 1.5, "talk": [{"role": "user", "content": "hi"}], "raw": [None, {}]}, []),
        ({}, ["#/fields/text"]),
        ({"text": ""}, ["#/fields/text"]),
        ({"text": None}, ["#/fields/text"]),
        ({"text": 1}, ["#/fields/text"]),
        ({"text": "a", "colour": "red"}, ["#/fields/colour"]),
        ({"text": "a", "a/b": 1}, ["#/fields/a~1b"]),
        ({"text": "a", "size": "1"}, ["#/fields/size"]),
        ({"text": "a", "size": True}, ["#/fields/size"]),
        ({"text": "a", "size": float("nan")}, ["#/fields/size"]),
        ({"text": "a", "talk": []}, ["#/fields/talk"]),
        ({"text": "a", "talk": [{"role": "user"}]}, ["#/fields/talk"]),
        ({"text": "a", "talk": "hi"}, ["#/fields/talk"]),
    ],
)
def test_fields_are_checked_by_name_and_type(fields: dict[str, Any], wrong: list[str]) -> None:
    assert [e.pointer for e in check_fields(DECLARED, fields)] == wrong


def new(external_id: str | None, text: str = "x") -> NewItem:
    return NewItem(external_id, {"text": text}, {})


def make(project: Any, batch: Batch, *rows: NewItem) -> services.CreatedItems:
    return services.create_items(by=factories.actor(project.created_by), project=project, batch=batch, rows=rows)


@pytest.fixture
def project(db: None) -> Any:
    return factories.make_project()


@pytest.fixture
def batch(project: Any) -> Batch:
    return services.create_batch(by=factories.actor(project.created_by), project=project, name="One")


def test_a_known_external_id_makes_nothing_new(project: Any, batch: Batch) -> None:
    first = make(project, batch, new("a", "first"), new(None))
    assert first.created[1].external_id == str(first.created[1].id)
    again = make(project, batch, new("a", "second"), new("b"))
    assert [i.external_id for i in again.created] == ["b"]
    assert [i.id for i in again.existing] == [first.created[0].id]
    assert Item.objects.get(external_id="a").fields == {"text": "first"}
    events = Event.objects.filter(action="items.created")
    assert [len(e.details["ids"]) for e in events] == [2, 1]
    assert first.created[0].event == events[0].id


def test_nothing_new_is_no_event(project: Any, batch: Batch) -> None:
    make(project, batch, new("a"))
    make(project, batch, new("a"))
    assert Event.objects.filter(action="items.created").count() == 1


def test_items_that_are_not_valid_are_refused_together(project: Any, batch: Batch) -> None:
    with pytest.raises(Invalid) as refused:
        make(project, batch, new("a"), new("a"), NewItem("b", {}, {}), new(""), new("x" * 501))
    assert [e.pointer for e in refused.value.errors] == [
        "#/items/1/external_id", "#/items/2/fields/text", "#/items/3/external_id", "#/items/4/external_id",
    ]  # fmt: skip
    with pytest.raises(Invalid):
        make(project, batch, *[new(str(n)) for n in range(1001)])
    assert not Item.objects.exists()


def test_what_is_loading_is_seen_by_nobody(project: Any) -> None:
    by = factories.actor(project.created_by)
    loading = services.create_batch(by=by, project=project, name="L", state="loading")
    services.insert_items(project=project, batch=loading, rows=[new("a")], event=1)
    assert not selectors.visible_items(project).exists()
    assert not selectors.visible_batches(project).exists()
    assert selectors.find_batch(project, "L") is None
    other = services.create_batch(by=by, project=project, name="M")
    with pytest.raises(ItemsLoading):
        make(project, other, new("a"))
    assert services.delete_loading_items(loading.id) == 1
    make(project, other, new("a"))
    assert services.delete_loading_items(other.id) == 0


def test_names_of_batches_are_unique_in_their_project(project: Any, batch: Batch) -> None:
    by = factories.actor(project.created_by)
    with pytest.raises(BatchExists):
        services.create_batch(by=by, project=project, name="One")
    other = factories.make_project()
    services.create_batch(by=by, project=other, name="One")
    loading = services.create_batch(by=by, project=project, name="x", state="loading")
    services.save_under_free_name(loading, "One")
    assert loading.name == "One (2)"


def test_overlap_only_rises(project: Any, batch: Batch) -> None:
    def change(**changes: Any) -> Batch:
        by = factories.actor(project.created_by)
        return services.change_batch(by=by, batch=batch, changes=changes, verify=lambda locked: None)

    assert change(overlap=5, name="Two").overlap == 5
    with pytest.raises(OverlapLowered):
        change(overlap=4)
    assert Batch.objects.get().name == "Two"


def test_search_finds_ids_and_texts(project: Any, batch: Batch) -> None:
    make(project, batch, new("alpha", "The quick Fox"), new("beta", "100% sure_thing"), new("gamma", "Ünïcode 👩‍🚀"))

    def found(**wanted: str) -> set[str]:
        return set(selectors.search_items(project, **wanted).values_list("external_id", flat=True))

    assert found(q="fox") == {"alpha"}
    assert found(q="BETA") == {"beta"}
    assert found(q="100%") == {"beta"}
    assert found(q="👩‍🚀") == {"gamma"}
    assert found(q="_") == {"beta"}
    assert found(batch="One") == found(batch=str(batch.id)) == {"alpha", "beta", "gamma"}
    assert found(batch="None") == set()
