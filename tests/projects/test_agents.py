"""Accounts of models and services: made with a token, never signing in, held by the managers of one project."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import User
from projects import agents
from projects.models import ApiToken
from tests.factories import PASSWORD, client_for, make_member, make_project

pytestmark = pytest.mark.django_db
API = "/api/v1"


def make(project, client=None, **body):
    body = {"user": {"name": "tagger", "kind": "model"}, "roles": ["annotator"]} | body
    return (client or client_for(project.created_by)).post(
        f"{API}/projects/{project.slug}/members", body, format="json"
    )


def bearer(secret):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


def pointers(answer):
    return [error["pointer"] for error in answer.json()["errors"]]


def test_a_model_is_made_with_a_token_that_is_shown_once():
    project = make_project()
    made = make(project)
    assert made.status_code == 201, made.content
    body = made.json()
    assert body["user"]["kind"] == "model"
    assert body["user"]["name"] == "tagger"
    assert body["user"]["email"] is None
    assert (body["roles"], body["joined"], "invitation" in body) == (["annotator"], True, False)
    assert made["Cache-Control"] == "no-store"
    me = bearer(body["token"]).get(f"{API}/whoami").json()
    assert me["user"]["id"] == body["user"]["id"]
    assert me["memberships"] == [{"project": project.slug, "roles": ["annotator"], "team": None}]
    assert me["token"]["scopes"] == [
        "annotations:read", "annotations:write", "guidelines:read", "items:read", "suggestions:write",
    ]  # fmt: skip
    read = client_for(project.created_by).get(made["Location"])
    assert "token" not in read.json()


def test_a_token_of_an_agent_is_good_in_its_project_alone():
    project, other = make_project(), make_project()
    secret = make(project).json()["token"]
    token = ApiToken.objects.get(user__name="tagger")
    assert token.projects == [project.id]
    assert bearer(secret).get(f"{API}/projects/{other.slug}").status_code == 404
    assert bearer(secret).get(f"{API}/projects/{project.slug}").status_code == 200


def test_a_service_pushes_items_by_default_and_may_hold_no_role_at_all():
    project = make_project()
    manager = make(project, user={"name": "pipeline", "kind": "service"}, roles=["manager"]).json()
    answer = bearer(manager["token"]).post(
        f"{API}/projects/{project.slug}/items", {"items": [{"fields": {"text": "a"}}]}, format="json"
    )
    assert answer.status_code == 201, answer.content
    # the token is narrow although the role is wide
    assert bearer(manager["token"]).get(f"{API}/projects/{project.slug}/members").status_code == 403
    plain = make(project, user={"name": "plain", "kind": "service"}, roles=[])
    assert plain.status_code == 201, plain.content
    client = bearer(plain.json()["token"])
    assert client.get(f"{API}/projects/{project.slug}").status_code == 200
    assert client.get(f"{API}/projects/{project.slug}/items").status_code == 403


def test_scopes_are_picked_by_the_manager_within_what_the_roles_allow():
    project = make_project()
    made = make(project, scopes=["suggestions:write"]).json()
    assert bearer(made["token"]).get(f"{API}/whoami").json()["token"]["scopes"] == ["suggestions:write"]
    named = make(project, user={"name": "b", "kind": "model"}, scopes=["items:write"])
    assert (named.status_code, named.json()["code"]) == (403, "insufficient_scope")
    unknown = make(project, user={"name": "c", "kind": "model"}, scopes=["all"])
    assert (unknown.status_code, pointers(unknown)) == (422, ["#/scopes"])
    assert User.objects.filter(kind="model").count() == 1


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"user": {"kind": "model"}}, "#/user/name"),
        ({"user": {"kind": "model", "name": " "}}, "#/user/name"),
        ({"user": {"kind": "model", "name": "x", "email": "x@example.org"}}, "#/user/email"),
        ({"user": {"name": "x"}}, "#/user/email"),
        ({"user": {"kind": "imported", "name": "x"}}, "#/user/kind"),
        ({"roles": ["adjudicator"]}, "#/roles"),
        ({"roles": ["manager"]}, "#/roles"),
        ({"user": {"email": "p@example.org"}, "roles": []}, "#/roles"),
        ({"user": {"email": "p@example.org"}, "scopes": ["items:read"]}, "#/scopes"),
    ],
)
def test_what_makes_no_agent_is_named(body, pointer):
    answer = make(make_project(), **body)
    assert (answer.status_code, pointers(answer)) == (422, [pointer]), answer.content


def test_names_of_agents_are_distinct_in_a_project():
    project = make_project()
    assert make(project).status_code == 201
    assert make(project).json()["code"] == "already_member"
    assert make(make_project()).status_code == 201


def test_a_model_never_signs_in(client):
    project = make_project()
    make(project)
    for login in ("", "tagger"):
        answer = client.post("/accounts/login/", {"login": login, "password": PASSWORD})
        assert answer.status_code == 200
        assert "_auth_user_id" not in client.session
    assert not User.objects.get(name="tagger").has_usable_password()


def test_roles_of_a_model_stay_what_a_model_may_hold():
    project = make_project()
    made = make(project)
    client, url = client_for(project.created_by), made["Location"]
    refused = client.patch(url, {"roles": ["adjudicator"]}, format="json", HTTP_IF_MATCH="*")
    assert (refused.status_code, pointers(refused)) == (422, ["#/roles"])
    assert client.patch(url, {"roles": []}, format="json", HTTP_IF_MATCH="*").status_code == 200
    person = make_member(project, "annotator")
    url = f"{API}/projects/{project.slug}/members/{person.id}"
    assert client.patch(url, {"roles": []}, format="json", HTTP_IF_MATCH="*").status_code == 422


def test_only_managers_make_agents():
    project = make_project()
    annotator = make_member(project, "annotator")
    assert make(project, client_for(annotator)).status_code == 403
    assert make(project, client_for(make_project().created_by)).status_code == 404


@pytest.fixture
def lead(client):
    project = make_project()
    client.force_login(project.created_by, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client, project


def test_the_page_makes_an_agent_and_shows_its_token_once(lead):
    client, project = lead
    url = f"/p/{project.slug}/members/agents/"
    assert b"No model or service" in client.get(url).content
    made = client.post(
        url, {"kind": "model", "name": "tagger", "roles": ["annotator"], "scopes": ["annotations:write", "items:read"]}
    )
    assert made.status_code == 200, made.content
    assert made["Cache-Control"] == "no-store"
    secret = made.context["secret"]
    assert secret.encode() in made.content
    assert bearer(secret).get(f"{API}/whoami").json()["token"]["scopes"] == ["annotations:write", "items:read"]
    again = client.get(url).content
    assert secret.encode() not in again
    assert b"tagger" in again
    wrong = client.post(url, {"kind": "model", "name": "tagger", "roles": ["annotator"], "scopes": ["items:write"]})
    assert wrong.status_code == 422
    assert b"tagger" not in client.get(f"/p/{project.slug}/members/").content


def test_a_token_is_renewed_and_revoked_on_the_page(lead):
    client, project = lead
    first = make(project).json()
    user = first["user"]["id"]
    renewed = client.post(f"/p/{project.slug}/members/agents/{user}/renew/")
    assert renewed.status_code == 200
    second = renewed.context["secret"]
    assert bearer(first["token"]).get(f"{API}/whoami").status_code == 401
    assert bearer(second).get(f"{API}/whoami").json()["token"]["scopes"] == [
        "annotations:read", "annotations:write", "guidelines:read", "items:read", "suggestions:write",
    ]  # fmt: skip
    revoked = client.post(f"/p/{project.slug}/members/agents/{user}/revoke/")
    assert revoked.status_code == 302
    assert bearer(second).get(f"{API}/whoami").status_code == 401
    assert b"no token" in client.get(f"/p/{project.slug}/members/agents/").content
    assert client.post(f"/p/{project.slug}/members/agents/{project.created_by_id}/renew/").status_code == 404


def test_the_page_costs_the_same_for_one_and_three_agents(lead):
    client, project = lead
    make(project)
    client.get(f"/p/{project.slug}/members/agents/")
    with CaptureQueriesContext(connection) as one:
        client.get(f"/p/{project.slug}/members/agents/")
    for name in ("b", "c"):
        make(project, user={"name": name, "kind": "model"})
    with CaptureQueriesContext(connection) as three:
        client.get(f"/p/{project.slug}/members/agents/")
    assert len(three) == len(one)
    assert len(agents.live_tokens(project)) == 3


def test_a_token_hands_no_scope_on_to_an_agent_that_it_does_not_hold():
    project = make_project()
    narrow = client_for(project.created_by, ["members:manage"])
    service = {"user": {"name": "s", "kind": "service"}, "roles": ["manager"]}
    wide = make(project, narrow, **service, scopes=["audit:read"])
    assert (wide.status_code, wide.json()["code"]) == (403, "insufficient_scope")
    secret = make(project, narrow, **service).json()["token"]
    assert bearer(secret).get(f"{API}/whoami").json()["token"]["scopes"] == ["guidelines:read", "suggestions:write"]
    # a manager's token cannot hold annotations:write; a model needs it for its own answers
    assert "annotations:write" in ApiToken.objects.get(user__name=make(project, narrow).json()["user"]["name"]).scopes
    wider = client_for(project.created_by, ["members:manage", "audit:read"])
    service["user"] = {"name": "t", "kind": "service"}
    assert make(project, wider, **service, scopes=["audit:read"]).status_code == 201


def test_a_service_is_not_the_manager_who_must_stay():
    project = make_project()
    api = client_for(project.created_by)
    service = make(project, api, user={"name": "s", "kind": "service"}, roles=["manager"])
    mine = f"{API}/projects/{project.slug}/members/{project.created_by_id}"
    assert api.delete(mine, HTTP_IF_MATCH="*").json()["code"] == "last_manager"
    changed = api.patch(mine, {"roles": ["annotator"]}, format="json", HTTP_IF_MATCH="*")
    assert changed.json()["code"] == "last_manager"
    assert api.delete(service["Location"], HTTP_IF_MATCH="*").status_code == 204
