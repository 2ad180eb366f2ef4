"""docs/how-to/suggestions-and-models.md: its calls, in their order, as they stand there."""

import re
import shlex

import pytest
from rest_framework.test import APIClient

from tests.annotation.stock import ready
from tests.factories import client_for, make_items, settle
from tests.paths import REPOSITORY

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = REPOSITORY / "docs" / "how-to" / "suggestions-and-models.md"


def calls():
    """(who, the words of the command) of each call on the page."""
    blocks = re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    for command in re.findall(r"^(?:call|as_model) (?:[^'\n]|'[^']*')*$", "\n".join(blocks), re.MULTILINE):
        yield command.split(" ", 1)[0], command


def send(client, command, values):
    text = re.sub(r"\$(\w+)", lambda found: str(values[found[1]]), command)
    words, method, body, headers, url = shlex.split(text)[1:], None, None, {}, ""
    while words:
        word = words.pop(0)
        if word == "-X":
            method = words.pop(0)
        elif word == "-H":
            name, value = words.pop(0).split(": ")
            headers[name] = value
        elif word == "-d":
            body = words.pop(0)
        else:
            url = word
    method = method or ("POST" if body else "GET")
    answer = client.generic(method, url, body or "", content_type="application/json", headers=headers)
    assert 200 <= answer.status_code < 300, (command, answer.content)
    return answer.json() if answer.content else None


def test_the_calls_of_the_page_work_in_their_order():
    project, _, _, _ = ready(1, slug="letters")
    make_items(project, 3, name="letter")
    manager, model = client_for(project.created_by), APIClient()
    values = {"BASE": "/api/v1", "P": "letters"}
    seen = []
    for number, (who, command) in enumerate(calls()):
        client = manager if who == "call" else model
        found = send(client, command, values) if who == "call" else None
        if who == "as_model":
            model.credentials(HTTP_AUTHORIZATION=f"Bearer {values['MODEL']}", HTTP_IDEMPOTENCY_KEY=f"k{number}")
            found = send(model, command, values)
        if "/members " in command:
            values["MODEL"] = found["token"]
            settle()
        if "/next " in command:
            [given] = found["assignments"]
            values |= {"ASSIGNMENT": given["id"], "FENCE": given["fence"], "ROUND": given["round"]}
        seen.append((command.split(" -d")[0], found))
    assert len(seen) == 11
    assert [len(found["suggestions"]) for command, found in seen if command.endswith("/suggestions")] == [2]
    [listed] = [found for command, found in seen if "annotations?round" in command]
    assert [row["answers"] for row in listed["results"]] == [{"tone": "calm"}]
