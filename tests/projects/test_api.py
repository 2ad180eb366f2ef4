"""Projects, members and tokens over REST: the owner, a member, a stranger."""

import pytest
from rest_framework.test import APIClient

from events.models import Event
from projects import tokens
from projects.models import ApiToken
from tests.factories import PASSWORD, client_for, make_member, make_project, make_user, token_for

pytestmark = pytest.mark.django_db


def problem(response, status, code):
    assert response.status_code == status, response.content
    assert response["Content-Type"].startswith("application/problem+json")
    assert response.json()["code"] == code
    return response.json()


def test_creating_a_project_makes_its_maker_manager():
    maker = make_user(can_create_projects=True)
    client = client_for(maker, ["projects:manage"])
    made = client.post("/api/v1/projects", {"slug": "tickets", "name": "Tickets"}, format="json")
    assert made.status_code == 201, made.content
    assert made["Location"] == "/api/v1/projects/tickets"
    assert made.json()["counts"] == {"items": 0, "annotations": 0, "cases_open": 0, "gold": 0}
    me = client.get("/api/v1/whoami").json()
    assert me["memberships"] == [{"project": "tickets", "roles": ["manager"], "team": None}]
    problem(client.post("/api/v1/projects", {"slug": "tickets", "name": "x"}, format="json"), 409, "slug_exists")


def test_who_may_not_create_projects_is_told_so():
    client = client_for(make_user(), [])
    problem(client.post("/api/v1/projects", {"slug": "a", "name": "A"}, format="json"), 403, "insufficient_scope")
    browser = APIClient()
    browser.force_login(make_user(), backend="allauth.account.auth_backends.AuthenticationBackend")
    problem(browser.post("/api/v1/projects", {"slug": "a", "name": "A"}, format="json"), 403, "wrong_role")


def test_a_stranger_finds_nothing_and_learns_nothing():
    project, stranger = make_project(), make_user()
    client = client_for(stranger, [])
    seen = client.get(f"/api/v1/projects/{project.slug}")
    absent = client.get("/api/v1/projects/never-made")
    assert seen.status_code == absent.status_code == 404
    drop = {"instance", "request_id"}
    assert {k: v for k, v in seen.json().items() if k not in drop} == {
        k: v for k, v in absent.json().items() if k not in drop
    }


def test_unknown_fields_and_parameters_are_refused_by_name():
    manager = make_user(can_create_projects=True)
    client = client_for(manager, ["projects:manage"])
    body = problem(
        client.post("/api/v1/projects", {"slug": "a", "name": "A", "role": "x"}, format="json"), 422, "invalid"
    )
    assert body["errors"][0]["pointer"] == "#/role"
    problem(client.get("/api/v1/projects?password__startswith=a"), 400, "unknown_parameter")
    problem(client.get("/api/v1/projects?limit=0"), 400, "malformed")
    problem(client.get("/api/v1/projects?cursor=made-up"), 400, "malformed")
    problem(client.post("/api/v1/projects", "{", content_type="application/json"), 400, "malformed")
    problem(client.post("/api/v1/projects", "a=b", content_type="text/plain"), 415, "unsupported_type")


def test_patch_needs_if_match_and_refuses_a_stale_one():
    project = make_project()
    client = client_for(project.created_by)
    url = f"/api/v1/projects/{project.slug}"
    problem(client.patch(url, {"name": "B"}, format="json"), 428, "if_match_required")
    etag = client.get(url)["ETag"]
    changed = client.patch(url, {"settings": {"minimums": {"alpha_units": 5}}}, format="json", HTTP_IF_MATCH=etag)
    assert changed.status_code == 200, changed.content
    assert changed.json()["settings"]["minimums"]["alpha_units"] == 5
    assert changed.json()["settings"]["minimums"]["pair_units"] == 20
    problem(client.patch(url, {"name": "B"}, format="json", HTTP_IF_MATCH=etag), 412, "stale")
    assert client.get(url, HTTP_IF_NONE_MATCH=changed["ETag"]).status_code == 304


def test_inviting_a_new_person_gives_a_link_that_works_once(client):
    project = make_project()
    api = client_for(project.created_by)
    url = f"/api/v1/projects/{project.slug}/members"
    made = api.post(url, {"user": {"email": "new@example.org"}, "roles": ["annotator"]}, format="json").json()
    link = made["invitation"].removeprefix("http://testserver")
    assert client.get(link).status_code == 200
    accepted = client.post(link, {"name": "New", "password": PASSWORD})
    assert accepted.status_code == 302, accepted.content
    assert client.get(link).status_code == 410
    assert client.get("/invitations/wrong/").status_code == 404
    problem(
        api.post(url, {"user": {"email": "NEW@example.org"}, "roles": ["annotator"]}, format="json"),
        409,
        "already_member",
    )


def test_a_member_who_is_no_manager_may_not_see_members():
    project = make_project()
    annotator = make_member(project, "annotator")
    problem(client_for(annotator).get(f"/api/v1/projects/{project.slug}/members"), 403, "insufficient_scope")
    browser = APIClient()
    browser.force_login(annotator, backend="allauth.account.auth_backends.AuthenticationBackend")
    problem(browser.get(f"/api/v1/projects/{project.slug}/members"), 403, "wrong_role")


def test_the_last_manager_cannot_be_removed():
    project = make_project()
    client = client_for(project.created_by)
    url = f"/api/v1/projects/{project.slug}/members/{project.created_by_id}"
    problem(client.delete(url, HTTP_IF_MATCH="*"), 409, "last_manager")


def test_tokens_are_hashed_shown_once_and_end_when_revoked():
    project = make_project()
    browser = APIClient()
    browser.force_login(project.created_by, backend="allauth.account.auth_backends.AuthenticationBackend")
    made = browser.post("/api/v1/tokens", {"name": "ci", "scopes": ["items:read"]}, format="json").json()
    assert tokens.is_well_formed(made["token"])
    assert made["token"] not in str(ApiToken.objects.values())
    bearer = APIClient()
    bearer.credentials(HTTP_AUTHORIZATION=f"Bearer {made['token']}")
    assert bearer.get("/api/v1/whoami").json()["token"]["scopes"] == ["items:read"]
    assert browser.delete(f"/api/v1/tokens/{made['id']}").status_code == 204
    refused = bearer.get("/api/v1/whoami")
    problem(refused, 401, "invalid_token")
    assert refused["WWW-Authenticate"].startswith("Bearer")


def test_nobody_hands_on_more_than_he_holds():
    project = make_project()
    annotator = make_member(project, "annotator")
    browser = APIClient()
    browser.force_login(annotator, backend="allauth.account.auth_backends.AuthenticationBackend")
    url = "/api/v1/tokens"
    problem(browser.post(url, {"name": "x", "scopes": ["releases:publish"]}, format="json"), 403, "insufficient_scope")
    problem(browser.post(url, {"name": "x", "scopes": ["nonsense"]}, format="json"), 422, "invalid")
    past = {"name": "x", "scopes": ["items:read"], "expires_at": "2020-01-01T00:00:00Z"}
    problem(browser.post(url, past, format="json"), 422, "invalid")
    foreign = {"name": "x", "scopes": ["items:read"], "projects": ["not-mine"]}
    problem(browser.post(url, foreign, format="json"), 422, "invalid")


def test_a_token_of_a_disabled_user_is_dead_at_once():
    owner = make_user(is_owner=True)
    user = make_user()
    bearer = APIClient()
    bearer.credentials(HTTP_AUTHORIZATION=f"Bearer {token_for(user, [])}")
    assert bearer.get("/api/v1/whoami").status_code == 200
    admin = APIClient()
    admin.force_login(owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert admin.patch(f"/api/v1/users/{user.id}", {"active": False}, format="json").status_code == 200
    problem(bearer.get("/api/v1/whoami"), 401, "invalid_token")
    problem(
        client_for(make_user(), []).patch(f"/api/v1/users/{user.id}", {"active": True}, format="json"), 404, "not_found"
    )


def test_a_session_write_without_csrf_token_is_refused():
    user = make_user(can_create_projects=True)
    browser = APIClient(enforce_csrf_checks=True)
    browser.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    problem(browser.post("/api/v1/projects", {"slug": "a", "name": "A"}, format="json"), 403, "csrf_failed")


def test_every_write_leaves_one_event_with_its_request_id():
    project = make_project()
    client = client_for(project.created_by)
    client.patch(
        f"/api/v1/projects/{project.slug}", {"name": "B"}, format="json", HTTP_IF_MATCH="*", HTTP_X_REQUEST_ID="me-1"
    )
    event = Event.objects.get(request_id="me-1")
    assert (event.action, event.actor) == ("project.changed", project.created_by_id)
    assert event.before_hash != event.after_hash


@pytest.mark.parametrize("members", [1, 3])
def test_the_member_list_costs_the_same_for_one_and_three(members, django_assert_num_queries):
    project = make_project()
    for _ in range(members):
        make_member(project, "annotator")
    client = client_for(project.created_by)
    client.get("/api/v1/whoami")
    with django_assert_num_queries(3):
        response = client.get(f"/api/v1/projects/{project.slug}/members")
    assert len(response.json()["results"]) == members + 1


def test_security_headers_stand_on_every_answer(client):
    for path in ("/api/v1/whoami", "/accounts/login/", "/nowhere/"):
        response = client.get(path)
        assert "unsafe" not in response["Content-Security-Policy"]
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["RateLimit"].startswith('"default";r=')
        assert response["X-Request-ID"]
    assert client.get("/api/v1/whoami", headers={"host": "evil.example"}).status_code == 400


def test_a_link_never_opens_what_somebody_elses_invitation_gave():
    first, second = make_project(), make_project()
    invited = {"user": {"email": "new@example.org"}, "roles": ["annotator"]}
    one = client_for(first.created_by).post(f"/api/v1/projects/{first.slug}/members", invited, format="json")
    assert "invitation" in one.json()
    other = client_for(second.created_by).post(f"/api/v1/projects/{second.slug}/members", invited, format="json")
    assert other.status_code == 201
    assert "invitation" not in other.json()
    link = one.json()["invitation"].removeprefix("http://testserver")
    assert APIClient().get(link).status_code == 200, "the first link stays good"


def test_a_link_of_a_disabled_account_is_gone():
    project = make_project()
    invited = {"user": {"email": "new@example.org"}, "roles": ["annotator"]}
    made = client_for(project.created_by).post(f"/api/v1/projects/{project.slug}/members", invited, format="json")
    type(project.created_by).objects.filter(email="new@example.org").update(is_active=False)
    assert APIClient().get(made.json()["invitation"].removeprefix("http://testserver")).status_code == 410


def test_the_owners_token_needs_its_scope_to_disable_an_account():
    owner, user = make_user(is_owner=True, can_create_projects=True), make_user()
    refused = client_for(owner, ["projects:manage"]).patch(f"/api/v1/users/{user.id}", {"active": False}, format="json")
    problem(refused, 403, "insufficient_scope")
    allowed = client_for(owner, ["members:manage"]).patch(f"/api/v1/users/{user.id}", {"active": False}, format="json")
    assert allowed.status_code == 200


def test_a_project_cannot_take_the_slug_of_another():
    first, second = make_project(), make_project()
    answer = client_for(first.created_by).patch(
        f"/api/v1/projects/{first.slug}", {"slug": second.slug}, format="json", HTTP_IF_MATCH="*"
    )
    problem(answer, 409, "slug_exists")


@pytest.mark.parametrize("field", [{}, {"name": "text"}, {"type": "text"}])
def test_a_change_of_fields_names_what_is_missing(field):
    project = make_project()
    url = f"/api/v1/projects/{project.slug}"
    client = client_for(project.created_by)
    problem(client.patch(url, {"fields": [field]}, format="json", HTTP_IF_MATCH="*"), 422, "invalid")


def test_a_changed_field_gets_its_title_and_is_required():
    project = make_project()
    answer = client_for(project.created_by).patch(
        f"/api/v1/projects/{project.slug}", {"fields": [{"name": "a", "type": "text"}]}, format="json",
        HTTP_IF_MATCH="*",
    )  # fmt: skip
    assert answer.json()["fields"] == [{"name": "a", "type": "text", "title": "a", "required": True}]
