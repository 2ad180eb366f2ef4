"""Sign-in: by e-mail and password, counted, closed to strangers."""

import re

import pytest
from django.core.management import call_command

from accounts.models import User
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db


def test_a_right_password_signs_in_with_a_new_session(client):
    user = make_user()
    client.get("/accounts/login/")
    answer = client.post("/accounts/login/", {"login": user.email.upper(), "password": PASSWORD})
    assert answer.status_code == 302, answer.content
    assert client.get("/api/v1/whoami").json()["user"]["id"] == str(user.id)
    left = client.post("/accounts/logout/")
    assert left.status_code == 302
    assert "storage" in left["Clear-Site-Data"]
    assert client.get("/api/v1/whoami").status_code == 401


@pytest.mark.parametrize("known", [True, False])
def test_after_ten_tries_even_the_right_password_waits(client, known):
    email = make_user().email if known else "nobody@example.org"
    for _ in range(10):
        assert client.post("/accounts/login/", {"login": email, "password": "wrong"}).status_code == 200
    answer = client.post("/accounts/login/", {"login": email, "password": PASSWORD})
    assert answer.status_code == 429
    assert answer["Retry-After"]


@pytest.mark.parametrize("path", ["/accounts/signup/", "/accounts/password/reset/"])
def test_sign_up_is_closed(client, path):
    assert client.get(path).status_code in {403, 404}
    assert client.post(path, {"email": "a@example.org", "password1": PASSWORD}).status_code in {403, 404}
    assert not User.objects.filter(email="a@example.org").exists()


def test_the_first_account_is_made_by_a_command(client, capsys):
    call_command("invite", "--email", "first@example.org")
    link = re.search(r"/invitations/\S+", capsys.readouterr().out).group()
    weak = client.post(link, {"name": "First", "password": "short"})
    assert weak.status_code == 422
    assert client.post(link, {"name": "First", "password": PASSWORD}).status_code == 302
    first = User.objects.get(email="first@example.org")
    assert first.is_owner
    assert first.can_create_projects
