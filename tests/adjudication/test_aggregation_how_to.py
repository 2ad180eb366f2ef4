"""The calls of docs/how-to/aggregate-answers.md, in their order."""

import json
import re
import shlex
import uuid

import pytest

from tests.adjudication.test_aggregation import sided
from tests.factories import client_for, settle
from tests.paths import REPOSITORY

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = REPOSITORY / "docs" / "how-to" / "aggregate-answers.md"


def calls():
    """(method, address, headers, body) of each `call` on the page."""
    for block in re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL):
        for command in re.findall(r"^call [^(].*?(?=^call |\Z)", block, re.DOTALL | re.MULTILINE):
            words, method, headers, body, address = shlex.split(command)[1:], None, {}, None, ""
            while words:
                word = words.pop(0)
                if word == "-X":
                    method = words.pop(0)
                elif word == "-H":
                    name, _, value = words.pop(0).partition(": ")
                    headers[f"HTTP_{name.upper().replace('-', '_')}"] = value
                elif word == "-d":
                    body = json.loads(words.pop(0))
                else:
                    address = word
            yield method or ("POST" if body is not None else "GET"), address, headers, body


def test_the_page_does_what_it_says():
    setting, run, answers = sided(), "", []
    client = client_for(setting.manager)
    for method, address, headers, body in calls():
        path = address.replace("$BASE", "/api/v1").replace("$P", setting.project.slug).replace("$RUN", run)
        sent = {"HTTP_IDEMPOTENCY_KEY": uuid.uuid4().hex} | headers
        answer = getattr(client, method.lower())(path, body, format="json", **sent)
        assert answer.status_code in {200, 201, 202}, (path, answer.content)
        answers.append(answer.json())
        settle()
        run = answers[-1]["id"] if path.endswith("/runs") else run
    policy, _, computed, changed, put, release = answers
    assert policy["number"] == 0
    said = {"answered", "tied", "changed", "share", "as_decided", "short"}
    assert set(computed["comparisons"]["dawid_skene"]) >= said
    assert len(changed["results"]) == computed["comparisons"]["dawid_skene"]["changed"]
    assert put["methods"]["tone"]["settings"]["smooth_below"] == 50
    found = client.get(f"/api/v1/projects/{setting.project.slug}/releases/{release['version']}").json()
    assert found["state"] == "published"
