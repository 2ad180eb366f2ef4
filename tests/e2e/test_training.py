"""One annotator: practice with feedback, real work with hidden gold items, a pause, and back to work."""

import uuid

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.e2e.browser import Person, chromium
from tests.e2e.test_kinds import LABELS, PASSWORD, read_guideline, shown_item
from tests.e2e.test_whole_loop import until
from tests.live import join

CLAUSE = {"key": "home", "title": "Home", "question": "asked", "label": "home", "definition": "About **a home**.",
          "use_when": "", "avoid_when": "", "examples": []}  # fmt: skip
KNOWN = 24


@pytest.fixture(scope="module")
def place(installation):
    """A project of which the first items are known to be about a home, and its annotator in a browser."""
    mark = uuid.uuid4().hex[:8]
    lead = join(installation, f"lead-{mark}@example.org", "Lea Lead", PASSWORD, "--can-create-projects")
    slug = f"training-{mark}"
    fields = [{"name": "text", "type": "text", "title": "Text", "required": True}]
    lead.ok("POST", "/projects", {"slug": slug, "name": "Training", "fields": fields, "overlap": 1})
    labels = [label | ({"clause": "home"} if label["value"] == "home" else {}) for label in LABELS]
    question = {"name": "asked", "kind": "choice", "title": "What is it about?", "required": True, "labels": labels}
    base = f"/projects/{slug}/guidelines/draft"
    body = {"clauses": [CLAUSE], "label_schema": {"questions": [question]}, "note": "First."}
    saved = lead.call("PUT", base, body, If_Match=lead.call("GET", base).headers["ETag"])
    lead.ok("POST", f"{base}/publish", {"change": "semantic", "note": "First."}, If_Match=saved.headers["ETag"])
    items = [{"external_id": f"{n:02d}", "fields": {"text": f"Item {n}: some text."}} for n in range(KNOWN + 40)]
    lead.ok("POST", f"/projects/{slug}/items", {"items": items})
    gold = [{"external_id": f"{n:02d}", "answers": {"asked": "home"}, "explanation": "It says *home*."}
            for n in range(KNOWN)]  # fmt: skip
    lead.ok("POST", f"/projects/{slug}/gold-items", {"items": gold})
    read = lead.call("GET", f"/projects/{slug}/training")
    policy = {"training_items": 2, "pass_mark": 0.5, "hidden_rate": 0.5, "pause_below": 0.6, "window": 10}
    put = lead.call("PUT", f"/projects/{slug}/training", policy, If_Match=read.headers["ETag"])
    assert put.status == 200, put.data
    with chromium() as running:
        person = Person(running, installation.base_url)
        email = f"hand-{mark}@example.org"
        person.join(installation.invite(email), "Ann Hand")
        lead.ok("POST", f"/projects/{slug}/members", {"user": {"email": email}, "roles": ["annotator"]})
        yield lead, slug, person


def answer(page, digit):
    before = until(lambda: shown_item(page))
    page.keyboard.press(digit)
    page.keyboard.press("Enter")
    return before


def test_from_practice_to_a_pause_and_back(place):
    lead, slug, person = place
    page = person.page
    page.goto("/")
    assert "Guideline version 1 is new" in person.text()
    read_guideline(page, slug)

    answer(page, "1")
    page.get_by_role("heading", name="Not quite").wait_for()
    told = person.text()
    for words in ("wrong", "Work", "Known answer", "Home", "It says home.", "About a home.", "Practice item 1 of 2"):
        assert words in told, words
    assert [rule["id"] for rule in Axe().run(page).response["violations"]] == []
    page.keyboard.press("Enter")
    answer(page, "2")
    page.get_by_role("heading", name="Right", exact=True).wait_for()
    assert "You have passed" in person.text()
    page.keyboard.press("Enter")

    before = None
    while (
        until(lambda seen=before: shown_item(page) != seen and (shown_item(page) or "paused" in person.text()))
        is not True
    ):
        before = shown_item(page)
        page.keyboard.press("1")
        page.keyboard.press("Enter")
    assert "You are paused" in person.text()
    assert "checked answers were right" in person.text()
    [standing] = lead.ok("GET", f"/projects/{slug}/training")["annotators"]
    assert (standing["state"], standing["hidden"]["share"]) == ("paused", 0)
    page.goto("/")
    assert "A manager of the project can let you go on" in person.text()

    lead.ok("POST", f"/projects/{slug}/training/{standing['annotator']}/reinstate", {"reason": "We talked."})
    page.goto(f"/p/{slug}/label/")
    assert answer(page, "2")
    until(lambda: shown_item(page))
    assert person.errors == []
