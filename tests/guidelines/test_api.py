"""Guidelines over REST: shapes, conditions, roles, strangers."""

from typing import Any
from uuid import uuid4

import pytest
from django.urls import include, path
from django.utils import timezone
from rest_framework.test import APIClient

from core.ids import new_id
from events.models import Event
from guidelines import services
from guidelines.api.views import DraftPublishView, GuidelineDiffView
from guidelines.models import GuidelineVersion
from tests import factories

pytestmark = pytest.mark.django_db

SCHEMA = {"questions": [factories.CHOICE]}


class MountedPublishView(DraftPublishView):
    def publish_with_review(self, request: Any, data: dict[str, Any], verify: Any) -> GuidelineVersion:
        if data.get("review") is None:
            return super().publish_with_review(request, data, verify)
        return services.publish_version(
            by=factories.actor(request.user), project=self.access.project, change=data["change"], note=data["note"],
            review=new_id(), now=timezone.now(), verify=verify,
        )  # fmt: skip


urlpatterns = [
    path("api/v1/", include("guidelines.api.urls")),
    path("api/v1/projects/<slug:p>/guidelines/draft/publish", MountedPublishView.as_view()),
    path("api/v1/projects/<slug:p>/guidelines/first/publish", DraftPublishView.as_view()),
    path("api/v1/projects/<slug:p>/guidelines/diff", GuidelineDiffView.as_view()),
]


@pytest.fixture(autouse=True)
def _mounted(settings: Any) -> None:
    """The two views that `reviews` mounts are mounted here, so that this room is tested alone."""
    settings.ROOT_URLCONF = __name__


@pytest.fixture
def project() -> Any:
    return factories.make_project()


@pytest.fixture
def manager(project: Any) -> APIClient:
    return factories.client_for(project.created_by)


def url(project: Any, rest: str = "") -> str:
    return f"/api/v1/projects/{project.slug}/guidelines{rest}"


def put(client: APIClient, project: Any, etag: str | None = "*", **changes: Any) -> Any:
    body = {"clauses": factories.CLAUSES, "label_schema": SCHEMA, "note": "n"} | changes
    headers = {"If-Match": etag} if etag else {}
    return client.put(url(project, "/draft"), body, format="json", headers=headers)


def publish(client: APIClient, project: Any, key: str | None = None, etag: str = "*", **changes: Any) -> Any:
    body = {"change": "semantic", "note": "Why"} | changes
    headers = {"If-Match": etag, "Idempotency-Key": key or str(uuid4())}
    return client.post(url(project, "/draft/publish"), body, format="json", headers=headers)


def test_the_life_of_a_guideline(project: Any, manager: APIClient) -> None:
    draft = manager.get(url(project, "/draft"))
    assert draft.json()["label_schema"] == {"questions": []}
    saved = put(manager, project, draft["ETag"])
    assert saved.status_code == 200
    assert saved.json()["clauses"][0]["definition_html"] == "<p>No heat at all.</p>"
    assert put(manager, project, draft["ETag"]).status_code == 412
    made = publish(manager, project, etag=saved["ETag"])
    assert made.status_code == 201
    assert made["Location"] == url(project, "/1")
    read = manager.get(url(project, "/1"))
    assert read.json() == made.json() == manager.get(url(project, "/current")).json()
    assert (read["ETag"], read.json()["number"], read.json()["state"]) == (made["ETag"], 1, "published")
    assert manager.get(url(project, "/1"), headers={"If-None-Match": read["ETag"]}).status_code == 304


def test_what_a_client_read_it_may_send_back(project: Any, manager: APIClient) -> None:
    saved = put(manager, project).json()
    again = put(manager, project, clauses=saved["clauses"], label_schema=saved["label_schema"])
    assert again.status_code == 200
    assert again.json() == saved


def test_put_draft_is_conditional_and_strict(project: Any, manager: APIClient) -> None:
    assert put(manager, project, None).json()["code"] == "if_match_required"
    wrong = put(manager, project, clauses=[{"key": "A b", "title": "x", "wrong": 1}])
    assert wrong.status_code == 422
    assert {e["pointer"] for e in wrong.json()["errors"]} == {"#/clauses/0/key", "#/clauses/0/wrong"}
    assert put(manager, project, number=3).json()["errors"][0]["pointer"] == "#/number"
    assert put(manager, project, clauses={}).status_code == 422
    assert put(manager, project, label_schema={"questions": [{"name": "a"}]}).status_code == 422
    assert put(manager, project, note="a\x00").json()["errors"][0]["pointer"] == "#/note"
    headers = {"If-Match": "*"}
    for body in ("[1]", "{", '"x"'):
        sent = manager.put(url(project, "/draft"), body, content_type="application/json", headers=headers)
        assert (sent.status_code, sent.json()["code"]) == (400, "malformed")


def test_publishing_is_keyed_and_conditional(project: Any, manager: APIClient) -> None:
    saved, body = put(manager, project), {"change": "semantic", "note": "Why"}
    where = url(project, "/draft/publish")
    assert manager.post(where, body, format="json", headers={"Idempotency-Key": "a"}).status_code == 428
    unkeyed = manager.post(where, body, format="json", headers={"If-Match": "*"})
    assert (unkeyed.status_code, unkeyed.json()["code"]) == (400, "idempotency_key_required")
    assert publish(manager, project, etag='"other"').status_code == 412
    assert publish(manager, project, change="other").status_code == 422
    assert publish(manager, project, review=str(uuid4())).json()["code"] == "review_not_needed"
    made = publish(manager, project, "k", saved["ETag"])
    again = publish(manager, project, "k", saved["ETag"])
    assert (made.status_code, again.status_code, again["Idempotency-Replayed"]) == (201, 201, "true")
    assert made.content == again.content
    assert Event.objects.filter(action="guideline.published").count() == 1


def test_an_empty_draft_cannot_be_published(project: Any, manager: APIClient) -> None:
    refused = publish(manager, project)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "#/label_schema/questions")


def test_a_later_version_names_its_review(project: Any, manager: APIClient) -> None:
    put(manager, project)
    publish(manager, project)
    alone = manager.post(url(project, "/first/publish"), {"change": "semantic", "note": "x"}, format="json",
                         headers={"If-Match": "*", "Idempotency-Key": "x"})  # fmt: skip
    assert (alone.status_code, alone.json()["errors"][0]["pointer"]) == (422, "#/review")
    assert publish(manager, project).status_code == 422
    assert publish(manager, project, review=str(uuid4())).json()["number"] == 2


def test_versions_are_listed_newest_first_at_one_cost(
    project: Any, manager: APIClient, django_assert_max_num_queries: Any
) -> None:
    factories.publish_guideline(project)
    with django_assert_max_num_queries(6) as queries:
        assert len(manager.get(url(project)).json()["results"]) == 1
        cost = len(queries)
    for _ in range(2):
        factories.publish_guideline(project)
    with django_assert_max_num_queries(cost):
        page = manager.get(url(project) + "?limit=2").json()
    assert [v["number"] for v in page["results"]] == [3, 2]
    assert [v["number"] for v in manager.get(page["next"]).json()["results"]] == [1]


def test_diff(project: Any, manager: APIClient) -> None:
    factories.publish_guideline(project)
    changed = [factories.CLAUSES[0], {**factories.CLAUSES[1], "definition": "Only insult."}]
    factories.publish_guideline(project, clauses=changed)
    body = manager.get(url(project, "/diff?from=1&to=current")).json()
    assert [(c["key"], c["state"]) for c in body["clauses"]] == [("calm", "same"), ("angry", "changed")]
    assert body["clauses"][1]["after"]["definition_html"] == "<p>Only insult.</p>"
    assert {row["state"] for row in body["labels"]} == {"same"}
    assert body["stale"] == {"labels": 1, "annotations": None, "items": None}
    assert manager.get(url(project, "/diff?from=1&to=9")).status_code == 404
    assert manager.get(url(project, "/diff?from=1")).status_code == 400
    assert manager.get(url(project, "/diff?from=1&to=two")).status_code == 400
    assert manager.get(url(project, "/diff?from=1&to=2&x=1")).json()["code"] == "unknown_parameter"


def test_acknowledging(project: Any, manager: APIClient) -> None:
    user = factories.make_member(project, "annotator")
    client = factories.client_for(user)
    assert client.post(url(project, "/1/acknowledge")).status_code == 404
    assert client.post(url(project, "/current/acknowledge")).status_code == 404
    factories.publish_guideline(project)
    assert [client.post(url(project, "/1/acknowledge")).status_code for _ in range(2)] == [204, 204]
    assert client.post(url(project, "/current/acknowledge")).status_code == 204
    assert Event.objects.filter(action="guideline.acknowledged").count() == 1
    only_reads = factories.client_for(user, ["guidelines:read"])
    assert only_reads.post(url(project, "/1/acknowledge")).json()["code"] == "insufficient_scope"
    rows = {r["user"]["id"]: r for r in manager.get(url(project, "/acknowledgements")).json()["results"]}
    assert rows[str(user.id)]["read_at"].endswith("Z")
    assert rows[str(user.id)]["version"] == 1
    assert rows[str(project.created_by_id)]["read_at"] is None


def test_the_board_names_people_only_with_the_scope(
    project: Any, manager: APIClient, django_assert_max_num_queries: Any
) -> None:
    factories.publish_guideline(project)
    with django_assert_max_num_queries(8) as queries:
        manager.get(url(project, "/acknowledgements"))
        cost = len(queries)
    user = factories.make_member(project, "annotator")
    factories.make_member(project, "annotator")
    blind = factories.client_for(project.created_by, ["guidelines:read"])
    assert user.name not in blind.get(url(project, "/acknowledgements")).content.decode()
    with django_assert_max_num_queries(cost):
        assert user.name in manager.get(url(project, "/acknowledgements")).content.decode()


@pytest.mark.parametrize("role", ["annotator", "adjudicator", "consumer"])
def test_members_read_what_is_published(project: Any, role: str) -> None:
    factories.publish_guideline(project)
    client = factories.client_for(factories.make_member(project, role))
    for where in ("", "/1", "/current", "/diff?from=1&to=1"):
        assert client.get(url(project, where)).status_code == 200, where
    for where in ("/draft", "/diff?from=1&to=draft", "/2"):
        assert client.get(url(project, where)).status_code == 404, where
    assert put(client, project).status_code == 403
    assert publish(client, project).status_code == 403
    assert client.get(url(project, "/acknowledgements")).status_code == 403
    assert client.get(url(project, "/99999999999999999999")).status_code == 404


def test_strangers_find_nothing(project: Any) -> None:
    factories.publish_guideline(project)
    client = factories.client_for(factories.make_project().created_by)
    for where in ("", "/1", "/current", "/draft", "/acknowledgements", "/diff?from=1&to=1"):
        assert client.get(url(project, where)).status_code == 404, where
    assert put(client, project).status_code == 404
    assert publish(client, project).status_code == 404
    assert client.post(url(project, "/1/acknowledge")).status_code == 404
    assert APIClient().get(url(project)).status_code == 401
