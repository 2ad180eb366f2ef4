"""What every answer carries, and what a program is told when nothing was found at an address."""

import pytest
from django.http import HttpRequest
from rest_framework.exceptions import ParseError

from config import views
from core.api.parsers import SafeJsonParser
from core.errors import TooLarge
from tests.factories import client_for, make_member, make_project, make_user

CARRIED = {
    "Content-Security-Policy": "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "RateLimit": '"default"',
    "X-Request-ID": "",
}


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/healthz", "/nothing", "/static/nothing", "/api/v1/nothing", "/api/v1/whoami"])
@pytest.mark.parametrize("host", ["localhost", "elsewhere.example"])
def test_every_answer_carries_the_headers_of_browser_security(client, settings, path, host):
    settings.CONCORD_RATE = 6000
    answer = client.get(path, HTTP_HOST=host)
    assert answer.status_code == 400 or host == "localhost"
    for name, part in CARRIED.items():
        assert part in answer[name], (name, answer.headers)
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "status", "code"),
    [("/api/v1/nothing", 404, "not_found"), ("/api/v1/whoami/", 404, "not_found"),
     ("/api/v1/projects/%00", 404, "not_found"),
     ("/p/a/items/?q=%00", 400, "malformed")],
)  # fmt: skip
def test_an_unknown_address_of_the_api_answers_with_a_problem_document(client, path, status, code):
    answer = client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer["Content-Type"] == "application/problem+json"


def test_an_unforeseen_error_of_the_api_is_a_problem_document_without_details():
    request = HttpRequest()
    request.path = "/api/v1/whoami"
    answer = views.server_error(request)
    assert answer.status_code == 500
    assert answer["Content-Type"] == "application/problem+json"


class _Body:
    def __init__(self, data: bytes) -> None:
        self.data = data

    def read(self, size: int) -> bytes:
        return self.data[:size]


@pytest.mark.parametrize(
    "text", [b"1e999", b"[-1e999]", b"NaN", b"-Infinity", b"\xff", b"{", b"[" * 100_000, b"9" * 5000]
)
def test_the_parser_refuses_what_cannot_be_kept(text):
    with pytest.raises(ParseError):
        SafeJsonParser().parse(_Body(text))


def test_a_body_beyond_the_limit_is_too_large(settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    with pytest.raises(TooLarge):
        SafeJsonParser().parse(_Body(b'"aaaaaaaaaaaaaaaa"'))


@pytest.mark.django_db
def test_a_cursor_of_another_list_is_refused():
    project = make_project()
    make_member(project, "annotator")
    client = client_for(project.created_by, ["members:manage", "projects:manage", "tokens:manage"])
    make_project(manager=project.created_by)
    cursor = client.get("/api/v1/projects?limit=1").json()["next"].partition("cursor=")[2]
    assert client.get(f"/api/v1/projects?cursor={cursor}").status_code == 200
    answer = client.get(f"/api/v1/projects/{project.slug}/members?cursor={cursor}")
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


@pytest.mark.django_db
def test_a_number_beyond_all_bounds_is_malformed():
    client = client_for(make_user(can_create_projects=True), ["projects:manage"])
    answer = client.generic("POST", "/api/v1/projects", b'{"overlap": 1e999}', content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


@pytest.mark.django_db
def test_a_body_beyond_the_limit_is_answered_with_413(settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    client = client_for(make_user(can_create_projects=True), ["projects:manage"])
    answer = client.post("/api/v1/projects", {"slug": "a", "name": "a", "description": "a" * 2000}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
