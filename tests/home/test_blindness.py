"""A manager who also labels learns nothing of the others on an item that he holds."""

import pytest

from projects.models import Membership
from tests.annotation.stock import ready, submit, take
from tests.factories import client_for

pytestmark = pytest.mark.django_db
SCOPES = ["items:read", "annotations:read", "adjudications:read"]


def test_an_item_under_the_managers_own_lease_tells_no_state_and_no_gold(client):
    project, (first, second), (item,), _ = ready(items=1, people=2, overlap=2)
    submit(first, take(first, project).assignments[0])
    Membership.objects.filter(project=project, user=second).update(roles=["annotator", "manager"])
    held = take(second, project).assignments[0]
    api = client_for(second, SCOPES)
    untold = {"state": None, "slots": None, "gold": None}
    assert untold.items() <= api.get(f"/api/v1/items/{item.id}").json().items()
    assert untold.items() <= api.get(f"/api/v1/projects/{project.slug}/items").json()["results"][0].items()
    for state in ("open", "labeled"):
        assert api.get(f"/api/v1/projects/{project.slug}/items?state={state}").json()["results"] == []
    assert api.get(f"/api/v1/projects/{project.slug}/annotations").json()["results"] == []
    client.force_login(second, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get(f"/p/{project.slug}/items/{item.id}/")
    assert page.context["labels"] == []
    assert page.context["gold"] == []
    submit(second, held)
    assert api.get(f"/api/v1/items/{item.id}").json()["slots"]["filled"] == 2
    assert len(client.get(f"/p/{project.slug}/items/{item.id}/").context["labels"]) == 2
