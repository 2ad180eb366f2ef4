"""Suggestions in a real browser: taken up, changed, turned down and put away; and a model that labels."""

import os
import uuid
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.e2e.browser import Person, chromium
from tests.e2e.test_whole_loop import until
from tests.live import join

PASSWORD = "a long enough password 1"
TONE = {
    "name": "tone", "kind": "choice", "title": "What is the tone?", "required": True,
    "labels": [{"value": v, "title": v.title()} for v in ("calm", "angry", "unsure")],
}  # fmt: skip
TAGS = {
    "name": "tags", "kind": "multichoice", "title": "What is it about?", "required": False,
    "labels": [{"value": v, "title": v.title()} for v in ("price", "delivery", "staff")],
}  # fmt: skip
NAMES = {"name": "names", "kind": "spans", "title": "Mark the names", "required": False, "field": "text",
         "labels": [{"value": "PER", "title": "Person"}], "crossing": "none"}  # fmt: skip
TEXTS = [f"Anna wrote letter {n} and was not amused." for n in range(6)]
SUGGESTED = {"tone": "angry", "tags": ["price", "staff"], "names": [{"start": 0, "end": 4, "label": "PER"}]}
SHOTS = os.environ.get("CONCORD_SHOTS", "")


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def world(installation, browser):
    """A project whose model has suggested the same for every item, and an annotator who has read the guideline."""
    mark = uuid.uuid4().hex[:8]
    lead = join(installation, f"lead-{mark}@example.org", "Lea Lead", PASSWORD, "--can-create-projects")
    slug = f"suggested-{mark}"
    fields = [{"name": "text", "type": "text", "title": "Text", "required": True}]
    lead.ok("POST", "/projects", {"slug": slug, "name": "Letters", "fields": fields, "overlap": 1})
    base = f"/projects/{slug}/guidelines/draft"
    body = {"clauses": [], "label_schema": {"questions": [TONE, TAGS, NAMES]}, "note": "First."}
    saved = lead.call("PUT", base, body, If_Match=lead.call("GET", base).headers["ETag"])
    assert saved.status == 200, saved.data
    lead.ok("POST", f"{base}/publish", {"change": "semantic", "note": "First."}, If_Match=saved.headers["ETag"])
    rows = [{"external_id": f"{n:02d}", "fields": {"text": text}} for n, text in enumerate(TEXTS)]
    lead.ok("POST", f"/projects/{slug}/items", {"items": rows})

    manager = Person(browser, installation.base_url)
    manager.page.goto("/accounts/login/")
    manager.page.fill("input[name=login]", f"lead-{mark}@example.org")
    manager.page.fill("input[name=password]", PASSWORD)
    manager.page.press("input[name=password]", "Enter")
    manager.page.wait_for_url(f"{installation.base_url}/")
    annotator = Person(browser, installation.base_url)
    annotator.join(installation.invite(f"hand-{mark}@example.org"), "Ann Hand")
    lead.ok(
        "POST", f"/projects/{slug}/members", {"user": {"email": f"hand-{mark}@example.org"}, "roles": ["annotator"]}
    )
    return lead, slug, manager, annotator, installation


def shot(person, name):
    if SHOTS:
        person.page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


def violations(page):
    return [rule["id"] for rule in Axe().run(page).response["violations"]]


def shown(page):
    text = page.locator("#item").inner_text() if page.locator("#workspace").is_visible() else ""
    return text.partition("letter ")[2].partition(" ")[0]


def test_a_manager_gives_a_model_an_account_and_switches_suggestions_on(world):
    _, slug, manager, _, installation = world
    page = manager.page
    page.goto(f"/p/{slug}/members/")
    page.get_by_role("link", name="Models and services").click()
    page.get_by_label("Name", exact=True).fill("tone-tagger")
    page.get_by_label("Annotator: a model labels every item once").check()
    assert violations(page) == []
    shot(manager, "agents")
    page.get_by_role("button", name="Make the account").click()
    secret = page.locator("#agent-token").inner_text()
    shot(manager, "agents-made")
    model = installation.api(secret)
    rows = [{"external_id": f"{n:02d}", "answers": SUGGESTED, "version": "3", "score": 0.87} for n in range(len(TEXTS))]
    made = model.ok("POST", f"/projects/{slug}/suggestions", {"suggestions": rows})
    assert len(made["suggestions"]) == len(TEXTS)

    page.get_by_role("link", name="Suggestions").click()
    page.get_by_label("Show suggestions to annotators").check()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Annotators see suggestions.").wait_for()
    assert violations(page) == []
    shot(manager, "suggestions")
    # the same model labels in a round of its own
    model.ok("POST", f"/projects/{slug}/guidelines/current/acknowledge")
    given = until(lambda: model.ok("POST", f"/projects/{slug}/next", {"count": 2})["assignments"])
    assert {one["suggestion"] for one in given} == {None}
    for one in given:
        answer = {"assignment": one["id"], "fence": one["fence"], "answers": {"tone": "unsure"}, "lead_time_ms": 1}
        model.ok("POST", "/annotations", answer)
    assert manager.errors == []


def begin(page, slug):
    page.goto(f"/p/{slug}/label/")
    page.wait_for_url("**/guideline/acknowledge/")
    page.get_by_role("button", name="I have read this").press("Enter")
    page.wait_for_url(f"**/p/{slug}/label/")


def test_an_annotator_takes_up_changes_turns_down_and_puts_away(world):
    lead, slug, _, annotator, _ = world
    page, keys = annotator.page, annotator.page.keyboard
    begin(page, slug)
    assert until(lambda: shown(page)) == "0"
    box = page.locator(".suggested").first
    assert "Suggested by tone-tagger v3, score .87" in box.inner_text()
    assert page.locator(".suggested svg").count() == 3
    assert page.locator("#questions input:checked").count() == 0
    page.locator(".suggested-span").wait_for(state="attached")
    assert page.locator(".suggested-span").evaluate("e => getComputedStyle(e).borderTopStyle") == "dashed"
    assert "Person: “Anna”" in page.locator('[data-question="names"] .suggested').inner_text()
    assert violations(page) == []
    shot(annotator, "label-suggested")

    keys.press("a")  # all of it, as it stands
    until(lambda: page.locator("#questions input:checked").count() == 3)
    shot(annotator, "label-taken")
    keys.press("Enter")

    until(lambda: shown(page) == "1")
    keys.press("a")  # taken up, then the tone is changed
    until(lambda: page.locator("#questions input:checked").count() == 3)
    page.get_by_role("radio", name="Calm").check()
    keys.press("Enter")

    until(lambda: shown(page) == "2")
    page.get_by_role("radio", name="Unsure").check()  # nothing of it
    keys.press("Enter")

    until(lambda: shown(page) == "3")
    keys.press("x")
    until(lambda: page.locator(".suggested:visible").count() == 0)
    page.get_by_role("radio", name="Angry").check()  # put away, and answered the same by oneself
    keys.press("Enter")

    until(lambda: shown(page) == "4")
    page.get_by_role("button", name="Take up what was suggested for What is the tone?").click()
    page.reload()
    until(lambda: shown(page) == "4")
    assert page.get_by_role("radio", name="Angry").is_checked()  # an ordinary draft
    keys.press("Enter")

    until(lambda: shown(page) == "5")
    annotator.page.set_viewport_size({"width": 390, "height": 844})
    shot(annotator, "label-suggested-phone")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

    project = f"/projects/{slug}"
    kept = until(lambda: (rows := answers(lead, project)) and len(rows) == 5 and rows)
    outcomes = {number: row["suggestion"]["outcome"] for number, row in kept.items()}
    assert outcomes == {
        "00": {"tone": "accepted", "tags": "accepted", "names": "accepted"},
        "01": {"tone": "edited", "tags": "accepted", "names": "accepted"},
        "02": {"tone": "rejected", "tags": "rejected", "names": "rejected"},
        "03": {"tone": "accepted", "tags": "rejected", "names": "rejected"},
        "04": {"tone": "accepted", "tags": "rejected", "names": "rejected"},
    }
    assert kept["00"]["answers"] == SUGGESTED
    assert annotator.errors == []


def answers(lead, project):
    rows = lead.ok("GET", f"{project}/annotations?limit=100")["results"]
    return {row["external_id"]: row for row in rows if row["suggestion"] is not None}


def test_what_models_and_assisted_people_said_is_in_no_default_figure(world):
    lead, slug, manager, _, _ = world
    project = f"/projects/{slug}"
    assert lead.ok("GET", project)["counts"]["annotations"] == 5
    rounds = {row["kind"]: row["id"] for row in lead.ok("GET", f"{project}/rounds")["results"]}
    assert set(rounds) == {"production", "model"}
    theirs = lead.ok("GET", f"{project}/annotations?round={rounds['model']}")["results"]
    assert {row["answers"]["tone"] for row in theirs} == {"unsure"}
    until(lambda: manager.page.goto(f"/p/{slug}/agreement/") and "5 answers given with" in manager.text())
    shot(manager, "agreement")
    manager.page.get_by_role("link", name="See them").click()
    assert "on screen, apart from all others" in manager.text()
    manager.page.goto(f"/p/{slug}/suggestions/")
    shot(manager, "suggestions-fared")
    assert manager.errors == []
