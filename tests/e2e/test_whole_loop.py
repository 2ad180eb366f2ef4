"""The whole loop with four kinds of people in a real browser, and a training team that pulls the result."""

import hashlib
import json
import time
import uuid

import pytest

from tests.e2e.browser import Person, chromium

LABELS = ("praise", "complaint", "question")
ITEMS, ANNOTATORS = 20, 3
CLAUSES = [
    {"key": name, "title": name.capitalize(), "question": "kind", "label": name, "definition": f"The text is a {name}.",
     "use_when": f"It reads as a {name}.", "avoid_when": "Another label fits better.", "examples": []}
    for name in LABELS
]  # fmt: skip
SCHEMA = {
    "questions": [
        {"name": "kind", "kind": "choice", "title": "What kind of text is it?", "required": True,
         "labels": [{"value": name, "title": name.capitalize(), "clause": name} for name in LABELS]},
        {"name": "force", "kind": "rating", "title": "How strong is it?", "required": True, "min": 1, "max": 3},
    ]
}  # fmt: skip


def until(check, patience=30):
    """Wait until `check` gives something true, and return it."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        found = check()
        if found:
            return found
        time.sleep(0.3)
    raise AssertionError(f"{check} stayed {found!r}")


def keys_for(item, annotator):
    """Kind and force as digit keys: everybody agrees but for every fifth item, where the third one differs."""
    kind = item % 3
    if item % 5 == 0 and annotator == 2:
        kind = (kind + 1) % 3
    return str(kind + 1), "2"


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


def make_project(lead, slug):
    lead.page.goto("/projects/new/")
    lead.page.get_by_label("Name", exact=True).fill("Letters to us")
    lead.page.get_by_label("Short name in addresses").fill(slug)
    lead.page.get_by_role("button", name="Make the project").click()
    lead.page.wait_for_url(f"**/p/{slug}/")


def publish_first_version(api, slug):
    base = f"/projects/{slug}/guidelines/draft"
    etag = api.call("GET", base).headers["ETag"]
    body = {"clauses": CLAUSES, "label_schema": SCHEMA, "note": "First."}
    saved = api.call("PUT", base, body, If_Match=etag)
    assert saved.status == 200, saved.data
    api.ok("POST", f"{base}/publish", {"change": "semantic", "note": "First."}, If_Match=saved.headers["ETag"])


def import_items(lead, slug, folder):
    file = folder / "letters.jsonl"
    rows = [{"id": f"letter-{n:02d}", "text": f"Letter {n}: a text of some length, number {n}."} for n in range(ITEMS)]
    file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    lead.page.goto(f"/p/{slug}/import/")
    lead.page.locator("input[type=file]").set_input_files(file)
    lead.page.get_by_role("button", name="Upload and look at it").click()
    lead.page.get_by_role("button", name="Try it, keep nothing").click()
    lead.page.get_by_role("button", name="Import for good").click()
    lead.page.get_by_role("link", name="See the items").wait_for()
    assert "20" in lead.text()


def invite(lead, slug, email, role):
    lead.page.goto(f"/p/{slug}/members/")
    lead.page.get_by_label("E-mail address").fill(email)
    lead.page.get_by_role("checkbox", name=role).check()
    lead.page.get_by_role("button", name="Invite", exact=True).click()
    return lead.page.locator("#invitation-link").inner_text()


def read_and_label(person, slug, annotator):
    """Read the guideline, then label every item by keyboard alone."""
    page = person.page
    page.goto(f"/p/{slug}/label/")
    page.wait_for_url("**/guideline/acknowledge/")
    page.get_by_role("button", name="I have read this").click()
    page.wait_for_url(f"**/p/{slug}/label/")
    for number in range(ITEMS):
        shown = until(lambda: page.locator("main").inner_text().partition("Letter ")[2][:4])
        item = int(shown.split(":")[0])
        kind, force = keys_for(item, annotator)
        page.keyboard.press(kind)
        page.keyboard.press("Tab")
        page.keyboard.press(force)
        page.keyboard.press("Enter")
        if number < ITEMS - 1:
            page.wait_for_function(
                "n => !document.querySelector('main').innerText.includes('Letter ' + n + ':')", arg=item
            )
    page.wait_for_function("() => document.querySelector('[role=status]') !== null")


def decide_every_case(person, slug):
    page, decided = person.page, 0
    page.goto(f"/p/{slug}/cases/")
    page.get_by_role("button", name="Decide next case").click()
    while page.locator("#decision-form").count():
        address = page.url
        page.keyboard.press("1")
        page.get_by_label("Rationale").fill("Two of three read it so, and the clause says the same.")
        page.get_by_label("Cause").select_option("guideline_gap")
        page.get_by_label("No clause covers this").check()
        page.get_by_role("button", name="Decide and go on").click()
        page.wait_for_url(lambda url, before=address: url != before)
        decided += 1
    return decided


def tighten_in_a_review(lead, slug):
    """A run, a review from it, a changed clause resting on evidence, and the next version published."""
    page = lead.page
    page.goto(f"/p/{slug}/agreement/?question=kind")
    page.get_by_role("button", name="Compute full agreement run").click()
    page.get_by_role("link", name="Open an agreement review from this run").first.click()
    page.get_by_label("What is studied").fill("Praise or complaint?")
    page.get_by_role("button", name="Open the review").click()
    page.get_by_role("heading", name="Praise or complaint?").wait_for()
    review = page.url
    page.get_by_role("link", name="Praise", exact=True).click()
    page.locator("#id_definition").fill("The writer is content and says so.")
    page.locator("input[name=evidence]").first.check()
    page.locator("#id_rationale").fill("Praise was read where nobody praises.")
    page.get_by_role("button", name="Propose this text").click()
    page.wait_for_url(lambda url: url.split("#")[0] == review)
    page.get_by_label("What changes").fill("Praise is tightened.")
    page.get_by_label("I have read what this touches").check()
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Publish the version").click()
    page.get_by_text("This review published version 2").wait_for()


def loosen_the_stale_gate(api, slug):
    """The contract is told that labels of version 1 may stay: all twenty items were labelled under it."""
    found = api.call("GET", f"/projects/{slug}/contract")
    document = found.json()
    for rule in document["schema"][0]["quality"]:
        if rule["implementation"]["metric"] == "stale_share":
            rule["implementation"]["mustBeLessOrEqualTo"] = 1
    changed = api.call("PUT", f"/projects/{slug}/contract", document, If_Match=found.headers["ETag"])
    assert changed.status == 200, changed.data


def cut_a_release(lead, slug, version):
    page = lead.page
    page.goto(f"/p/{slug}/releases/")
    page.get_by_label("Version").fill(version)
    page.locator("[name=note]").fill("First release.")
    page.get_by_role("button", name="Cut a release").click()
    page.get_by_text("published", exact=True).first.wait_for(timeout=60_000)


def pull(api, slug, version):
    """What a training team does: manifest, files, hashes."""
    manifest = api.ok("GET", f"/projects/{slug}/releases/{version}/manifest")
    sums = api.call("GET", f"/projects/{slug}/releases/{version}/files/SHA256SUMS")
    assert hashlib.sha256(sums.data).hexdigest() == manifest["content_hash"]
    listed = dict(reversed(line.split(None, 1)) for line in sums.data.decode().splitlines())
    for path, digest in listed.items():
        got = api.call("GET", f"/projects/{slug}/releases/{version}/files/{path.lstrip('*')}")
        assert hashlib.sha256(got.data).hexdigest() == digest, path
        assert got.headers["ETag"].strip('"') == digest
    rows = api.call("GET", f"/projects/{slug}/releases/{version}/files/data/items.jsonl").data.decode().splitlines()
    return [json.loads(row) for row in rows]


def test_the_whole_loop_with_four_people(browser, installation, tmp_path):
    mark = uuid.uuid4().hex[:8]
    slug = f"letters-{mark}"
    lead = Person(browser, installation.base_url)
    lead.join(installation.invite(f"lead-{mark}@example.org", "--can-create-projects"), "Lea Lead")
    make_project(lead, slug)
    api = installation.api(
        lead.token("guidelines:read", "guidelines:publish", "items:read", "annotations:read", "adjudications:read",
                   "agreement:read", "contracts:write", "releases:read")
    )  # fmt: skip
    publish_first_version(api, slug)
    import_items(lead, slug, tmp_path)

    annotators = []
    for number in range(ANNOTATORS):
        link = invite(lead, slug, f"annotator{number}-{mark}@example.org", "Annotator")
        annotators.append(Person(browser, installation.base_url).join(link, f"Annotator {number}"))
    expert = Person(browser, installation.base_url).join(
        invite(lead, slug, f"expert-{mark}@example.org", "Adjudicator"), "Eve Expert"
    )
    for number, person in enumerate(annotators):
        read_and_label(person, slug, number)
    counts = until(lambda: (c := api.ok("GET", f"/projects/{slug}")["counts"])["annotations"] == 60 and c)
    assert counts["items"] == ITEMS

    until(lambda: api.ok("GET", f"/projects/{slug}")["counts"]["cases_open"] == 4)
    assert decide_every_case(expert, slug) == 4
    names = [f"Annotator {n}" for n in range(ANNOTATORS)]
    assert not any(name in expert.page.content() for name in names)

    tighten_in_a_review(lead, slug)
    stopped = annotators[0].page
    stopped.goto(f"/p/{slug}/label/")
    stopped.wait_for_url("**/guideline/acknowledge/")
    assert "Version 2" in annotators[0].text() or "version 2" in annotators[0].text()
    stopped.get_by_role("button", name="I have read this").click()
    stopped.wait_for_url(f"**/p/{slug}/label/")

    loosen_the_stale_gate(api, slug)
    cut_a_release(lead, slug, "1.0.0")
    consumer_link = invite(lead, slug, f"consumer-{mark}@example.org", "Consumer")
    consumer = Person(browser, installation.base_url).join(consumer_link, "Cem Consumer")
    rows = pull(installation.api(consumer.token("releases:read")), slug, "1.0.0")
    assert len(rows) == ITEMS
    assert {row["kind"] for row in rows} == set(LABELS)
    assert sum(row["kind_source"] == "adjudicated" for row in rows) == 4
    for person in [lead, expert, consumer, *annotators]:
        assert person.errors == []
