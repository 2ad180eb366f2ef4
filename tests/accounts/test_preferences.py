"""What a person sets for himself: stored for every browser, clashing keys named in words, reset."""

import json

import pytest

from accounts import rules, services
from accounts.forms import SCOPES
from core.errors import Invalid
from tests.factories import make_user

pytestmark = pytest.mark.django_db
PAGE = "/accounts/preferences/"


def form_of(**more):
    return {"single_keys": "on", "break_minutes": "50", **more}


@pytest.mark.unit
@pytest.mark.parametrize(
    ("typed", "key"),
    [("x", "X"), (" ctrl + x ", "Ctrl+X"), ("shift+ctrl+z", "Ctrl+Shift+Z"), ("+", "+"), ("alt++", "Alt++"),
     ("enter", "Enter"), ("f8", "F8"), ("?", "?"), ("ö", "Ö"), ("ctrl+←", "Ctrl+ArrowLeft")],
)  # fmt: skip
def test_a_key_is_written_as_in_the_table(typed, key):
    assert rules.tidy_key(typed) == key
    assert rules.problem_of_key(key) is None


@pytest.mark.unit
@pytest.mark.parametrize(
    ("key", "drawn"),
    [("Ctrl+ArrowLeft", "Ctrl+←"), ("ArrowUp", "↑"), ("+", "+"), ("Alt++", "Alt++"), ("Enter", "Enter")],
)
def test_arrows_are_drawn(key, drawn):
    assert rules.printed_key(key) == drawn
    assert rules.tidy_key(drawn) == key


@pytest.mark.unit
def test_every_scope_has_words():
    assert {action.scope for action in rules.ACTIONS} - {""} == set(SCOPES)


@pytest.mark.unit
@pytest.mark.parametrize("key", ["7", "Alt+1", "xy", "Hyper+X", "Ctrl+T", "Escape", "Shift+A", " ", "F5", ""])
def test_what_is_no_key_is_told_in_words(key):
    assert rules.problem_of_key(key)


@pytest.mark.unit
def test_the_table_itself_has_no_clash():
    pressed = [(key.lower(), action) for action in rules.ACTIONS for key in action.keys]
    clashes = [
        (key, one.id, other.id)
        for number, (key, one) in enumerate(pressed)
        for again, other in pressed[number + 1 :]
        if key == again and one.id != other.id and rules.may_meet(one, other)
    ]
    assert clashes == []


def test_preferences_are_merged_and_defaults_fill_the_rest():
    user = make_user()
    assert rules.read_preferences(user.preferences) == rules.DEFAULTS
    services.change_preferences(user=user, changes={"keys": {"skip": "y", "flag": "F"}})
    held = services.change_preferences(user=user, changes={"break_minutes": 0})
    assert held == rules.DEFAULTS | {"keys": {"skip": "Y"}, "break_minutes": 0}
    user.refresh_from_db()
    assert user.preferences == held
    swapped = services.change_preferences(user=user, changes={"keys": {"skip": "F", "flag": "S"}})
    assert swapped["keys"] == {"skip": "F", "flag": "S"}


@pytest.mark.parametrize(
    ("changes", "pointer", "words"),
    [
        ({"keys": {"skip": "f"}}, "#/keys/skip", "“F” is the key of “Flag the item for later” already."),
        ({"keys": {"skip": "Ctrl+Z"}}, "#/keys/skip", "already"),
        ({"keys": {"skip": "y", "flag": "Y"}}, "#/keys/flag", "Skip, with a reason"),
        ({"keys": {"draft": "Y"}}, "#/keys/draft", "needs Ctrl or Alt"),
        ({"keys": {"back": "Y"}}, "#/keys/back", "no action"),
        ({"keys": {"fly": "Y"}}, "#/keys/fly", "no action"),
        ({"keys": ["S"]}, "#/keys", "object"),
        ({"single_keys": "no"}, "#/single_keys", "true or false"),
        ({"break_minutes": 7}, "#/break_minutes", "30, 40, 50, 60, 90"),
        ({"colour": "red"}, "#/colour", "no preference"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_stored(changes, pointer, words):
    user = make_user()
    with pytest.raises(Invalid) as refused:
        services.change_preferences(user=user, changes=changes)
    found = {error.pointer: error.detail for error in refused.value.errors}
    assert words in found[pointer]
    user.refresh_from_db()
    assert user.preferences == {}


def test_the_page_works_without_a_script(client):
    user = make_user()
    client.force_login(user)
    assert "Skip, with a reason" in client.get(PAGE).content.decode()
    clash = client.post(PAGE, form_of(**{"key-skip": "f"}))
    assert clash.status_code == 422
    assert "“F” is the key of “Flag the item for later” already." in clash.content.decode()
    saved = client.post(PAGE, {"break_minutes": "0", "auto_advance": "on", "key-skip": "y"})
    assert (saved.status_code, saved["Location"]) == (302, PAGE)
    user.refresh_from_db()
    assert user.preferences == {"single_keys": False, "keys": {"skip": "Y"}, "break_minutes": 0, "auto_advance": True}
    assert 'value="Y"' in client.get(PAGE).content.decode()
    client.post(PAGE, form_of(reset="keys"))
    user.refresh_from_db()
    assert user.preferences["keys"] == {}


def test_the_sheet_writes_the_same_as_json(client):
    user = make_user()
    client.force_login(user)

    def post(body):
        return client.post(PAGE, body if isinstance(body, str) else json.dumps(body), content_type="application/json")

    assert post({"single_keys": False}).json() == rules.DEFAULTS | {"single_keys": False}
    refused = post({"keys": {"skip": "F"}})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "#/keys/skip")
    assert [post(body).status_code for body in ("[]", "{")] == [400, 400]
    client.logout()
    assert post({"single_keys": True}).status_code == 302


def test_nobody_changes_the_preferences_of_another(client):
    user, other = make_user(), make_user()
    client.force_login(user)
    client.post(PAGE, form_of(**{"key-skip": "y"}))
    other.refresh_from_db()
    assert other.preferences == {}
