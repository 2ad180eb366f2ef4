"""Items that a pipeline pushes, batches and rounds, over REST."""

from typing import Any

import pytest

from annotation.models import QueueEntry
from intake.models import Batch, Item
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Any:
    return factories.make_project()


@pytest.fixture
def client(project: Any) -> Any:
    return factories.client_for(project.created_by)


def push(client: Any, project: Any, *items: dict[str, Any], **more: Any) -> Any:
    return client.post(f"/api/v1/projects/{project.slug}/items", {"items": list(items), **more}, format="json")


def test_pushed_items_are_offered_at_once(client: Any, project: Any) -> None:
    answer = push(client, project, {"external_id": "a", "fields": {"text": "A"}}, {"fields": {"text": "B"}})
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert body["items"][0]["external_id"] == "a"
    assert body["items"][1]["external_id"] == body["items"][1]["id"]
    assert body["existing"] == []
    assert QueueEntry.objects.count() == 2
    again = push(
        client,
        project,
        {"external_id": "a", "fields": {"text": "other"}},
        {"external_id": "c", "fields": {"text": "C"}},
    )
    assert [i["external_id"] for i in again.json()["existing"]] == ["a"]
    assert QueueEntry.objects.count() == 3
    assert Batch.objects.count() == 1


def test_a_batch_is_named_or_made(client: Any, project: Any) -> None:
    push(client, project, {"fields": {"text": "A"}}, batch="May")
    push(client, project, {"fields": {"text": "B"}}, batch="May")
    batch = Batch.objects.get()
    push(client, project, {"fields": {"text": "C"}}, batch=str(batch.id))
    shown = client.get(f"/api/v1/projects/{project.slug}/batches").json()["results"]
    assert [(b["name"], b["items"], b["id"]) for b in shown] == [("May", 3, str(batch.id))]


@pytest.mark.parametrize(
    ("item", "pointer"),
    [
        ({"fields": {}}, "#/items/0/fields/text"),
        ({"fields": {"text": "a", "x": 1}}, "#/items/0/fields/x"),
        ({"fields": {"text": "a\x00"}}, "#/items/0/fields/text"),
        ({"fields": {"text": "a"}, "state": "x"}, "#/items/0/state"),
        ({"external_id": "", "fields": {"text": "a"}}, "#/items/0/external_id"),
    ],
)
def test_what_is_not_valid_is_named(client: Any, project: Any, item: dict[str, Any], pointer: str) -> None:
    answer = push(client, project, item)
    assert answer.status_code == 422
    assert pointer in [e["pointer"] for e in answer.json()["errors"]]
    assert not Item.objects.exists()


def test_at_most_a_thousand_in_a_call(client: Any, project: Any) -> None:
    rows = [{"fields": {"text": str(n)}} for n in range(1001)]
    assert push(client, project, *rows).status_code == 422
    assert push(client, project, *rows[:1000]).status_code == 201
    assert push(client, project).status_code == 422


def test_batches_are_made_and_changed_under_if_match(client: Any, project: Any) -> None:
    url = f"/api/v1/projects/{project.slug}/batches"
    made = client.post(url, {"name": "June", "overlap": 2, "order": "random"}, format="json")
    assert made.status_code == 201, made.content
    assert client.post(url, {"name": "June"}, format="json").json()["code"] == "batch_exists"
    where, etag = made["Location"], made["ETag"]
    assert client.get(where)["ETag"] == etag
    push(client, project, {"fields": {"text": "A"}}, batch="June")
    etag = client.get(where)["ETag"]
    assert client.patch(where, {"overlap": 3}, format="json").status_code == 428
    assert client.patch(where, {"overlap": 3}, format="json", headers={"If-Match": '"old"'}).status_code == 412
    changed = client.patch(where, {"overlap": 3}, format="json", headers={"If-Match": etag})
    assert (changed.status_code, changed.json()["overlap"]) == (200, 3)
    assert list(QueueEntry.objects.values_list("overlap", "free")) == [(3, 3)]
    lower = client.patch(where, {"overlap": 1}, format="json", headers={"If-Match": "*"})
    assert (lower.status_code, lower.json()["errors"][0]["pointer"]) == (422, "#/overlap")


def test_rounds_are_for_managers(client: Any, project: Any) -> None:
    push(client, project, {"fields": {"text": "A"}})
    rounds = client.get(f"/api/v1/projects/{project.slug}/rounds").json()["results"]
    assert [(r["kind"], r["state"], r["overlap"]) for r in rounds] == [("production", "open", 3)]
    annotator = factories.client_for(factories.make_member(project, "annotator"))
    stranger = factories.client_for(factories.make_user(), ["tokens:manage"])
    batch = Batch.objects.get()
    for path in ("rounds", "batches", f"batches/{batch.id}"):
        assert annotator.get(f"/api/v1/projects/{project.slug}/{path}").status_code == 403
        assert stranger.get(f"/api/v1/projects/{project.slug}/{path}").status_code == 404
    assert push(annotator, project, {"fields": {"text": "A"}}).status_code == 403
    assert push(stranger, project, {"fields": {"text": "A"}}).status_code == 404
    assert client.get(f"/api/v1/projects/{factories.make_project().slug}/batches/{batch.id}").status_code == 404


@pytest.mark.parametrize("path", ["batches", "rounds"])
def test_lists_cost_the_same_for_one_and_three(
    client: Any, project: Any, path: str, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    url = f"/api/v1/projects/{project.slug}/{path}"
    push(client, project, {"fields": {"text": "A"}}, batch="0")
    with django_assert_max_num_queries(15) as one:
        client.get(url)
    queries = len(one)
    for name in "12":
        push(client, project, {"fields": {"text": "A"}}, batch=name)
    with django_assert_num_queries(queries):
        assert len(client.get(url).json()["results"]) == 3
