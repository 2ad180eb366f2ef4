"""Alpha that cannot exist reads "undefined", with its reason, on every page, in every file, and over the API.

AGREEMENT 13.5: the degenerate cases print a reason and no number. Enough items are answered, so that nothing is
withheld for being little.
"""

import csv
import io
import re
from typing import Any

import pytest

from tests import factories as make
from tests.metrics.test_pages import browser

pytestmark = pytest.mark.django_db(transaction=True)

CASES = {
    "one label": ("no_variation", "Every answer is the same, so chance agreement is total and alpha is undefined."),
    "no overlap": ("no_pairable_units", "No item has answers from two annotators yet."),
}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> tuple[Any, str, str]:
    """A project with 24 items: all answered alike by two people, or each by one of them."""
    reason, sentence = CASES[request.param]
    alike = request.param == "one label"
    project = make.make_project(overlap=2 if alike else 1)
    make.publish_guideline(project)
    make.make_items(project, 24)
    for user in [make.make_member(project, "annotator") for _ in range(2)]:
        make.acknowledge(project, user)
        make.label(user, project, [{"tone": "calm" if alike else ("calm", "angry")[n % 2]} for n in range(12)], 12)
        if alike:
            make.label(user, project, {"tone": "calm"}, 12)
    make.settle()
    return project, reason, sentence


def words_of(client: Any, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split())


def is_absent(row: dict[str, Any], reason: str, sentence: str) -> None:
    assert (row["value"], row["ci_low"], row["ci_high"]) == (None, None, None)
    assert (row["undefined"], row["reason"]) == (reason, sentence)


def test_over_the_api_live_and_in_a_run(case: tuple[Any, str, str]) -> None:
    project, reason, sentence = case
    client = make.client_for(project.created_by)
    is_absent(client.get(f"/api/v1/projects/{project.slug}/agreement").json()["scores"][0], reason, sentence)
    answer = client.post(
        f"/api/v1/projects/{project.slug}/agreement-runs", {}, format="json", headers={"Idempotency-Key": "r"}
    )
    make.settle()
    run = client.get(answer["Location"]).json()
    assert run["state"] == "done", run
    is_absent(run["scores"][0], reason, sentence)
    page = words_of(browser(project.created_by), f"/p/{project.slug}/agreement/runs/{run['id']}/")
    assert f"undefined {sentence}" in page


def test_on_the_page_and_in_its_files(case: tuple[Any, str, str]) -> None:
    project, reason, sentence = case
    client, address = browser(project.created_by), f"/p/{project.slug}/agreement/"
    page = words_of(client, address)
    assert f"undefined {sentence}" in page
    assert "not enough data" in page
    (first, *_) = list(csv.DictReader(io.StringIO(client.get(f"{address}?format=csv").content.decode())))
    assert (first["value"], first["undefined"], first["reason"]) == ("", reason, sentence)
    is_absent(client.get(f"{address}?format=json").json()["scores"][0], reason, sentence)
