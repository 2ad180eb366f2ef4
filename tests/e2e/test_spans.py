"""Spans with mouse, finger and keys: made, chosen, changed, refused, undone; in a text, a chat and Markdown source."""

import uuid

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.e2e.browser import Person, chromium
from tests.e2e.test_kinds import PASSWORD, read_guideline
from tests.e2e.test_whole_loop import until
from tests.e2e.text_hand import draw, heard, points
from tests.live import join

NEWS = "Anna Ek of Nordic Steel told Jonas Berg that the plant in Gothenburg would close."
SOURCE = "# *Title* of the note\n\n- see **Anna**"
CHAT = [
    {"role": "user", "content": "A table at Maxim's"},
    {"role": "assistant", "content": ""},
    {"role": "assistant", "content": "For Anna?"},
]
TALK = "A table at Maxim's\n\nFor Anna?"
LABELS = [
    {"value": "PER", "title": "Person", "shortcut": "p"},
    {"value": "ORG", "title": "Organisation"},
    {"value": "LOC", "title": "Place"},
]
QUESTIONS = [
    {"name": "names", "kind": "spans", "field": "text", "labels": LABELS, "crossing": "nested"},
    {"name": "tone", "kind": "spans", "field": "text", "labels": [{"value": "odd", "title": "Odd"}], "crossing": "none",
     "when": {"question": "more", "in": ["yes"]}},
    {"name": "slots", "kind": "spans", "field": "talk", "labels": LABELS[:2], "crossing": "any"},
    {"name": "marks", "kind": "spans", "field": "note", "labels": LABELS[:1]},
]  # fmt: skip
MORE = {"name": "more", "kind": "choice", "labels": [{"value": v, "title": v.title()} for v in ("yes", "no")]}


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def lead(installation):
    mark = uuid.uuid4().hex[:8]
    return join(installation, f"spans-{mark}@example.org", "Lea Lead", PASSWORD, "--can-create-projects")


@pytest.fixture(scope="module")
def hand(installation, browser):
    person = Person(browser, installation.base_url)
    person.email = f"spans-hand-{uuid.uuid4().hex[:8]}@example.org"
    return person.join(installation.invite(person.email), "Ann Hand")


@pytest.fixture(scope="module")
def finger(installation, browser):
    person = Person(browser, installation.base_url, size=(390, 844), has_touch=True, is_mobile=True)
    person.email = f"spans-finger-{uuid.uuid4().hex[:8]}@example.org"
    return person.join(installation.invite(person.email), "Finn Finger")


def open_project(lead, person, *names, items=2):
    """A project with some of the questions, opened on the labeling page."""
    slug = f"spans-{uuid.uuid4().hex[:8]}"
    kinds = {"text": "text", "talk": "chat", "note": "markdown"}
    questions = [q for q in [MORE, *QUESTIONS] if q["name"] in names]
    used = {q["field"] for q in questions if "field" in q}
    fields = [{"name": n, "type": t, "title": n.title(), "required": True} for n, t in kinds.items() if n in used]
    lead.ok("POST", "/projects", {"slug": slug, "name": "Names in news", "fields": fields, "overlap": 1})
    questions = [{"title": f"What about {q['name']}?", "required": True} | q for q in questions]
    base = f"/projects/{slug}/guidelines/draft"
    body = {"clauses": [], "label_schema": {"questions": questions}, "note": "First."}
    saved = lead.call("PUT", base, body, If_Match=lead.call("GET", base).headers["ETag"])
    assert saved.status == 200, saved.data
    lead.ok("POST", f"{base}/publish", {"change": "semantic", "note": "First."}, If_Match=saved.headers["ETag"])
    values = {"text": NEWS, "talk": CHAT, "note": SOURCE}
    rows = [{"external_id": str(n), "fields": {name: values[name] for name in used}} for n in range(items)]
    lead.ok("POST", f"/projects/{slug}/items", {"items": rows})
    lead.ok("POST", f"/projects/{slug}/members", {"user": {"email": person.email}, "roles": ["annotator"]})
    read_guideline(person.page, slug)
    person.page.locator(".span-surface").first.wait_for()
    return slug


def kept(lead, slug):
    [row] = until(lambda: lead.ok("GET", f"/projects/{slug}/annotations")["results"])
    return row["answers"]


def span(text, part, label):
    return {"start": text.index(part), "end": text.index(part) + len(part), "label": label}


def draw_over(page, text, part):
    start = text.index(part)
    assert draw(page, text, start, start + len(part))


def press_on(page, text, part):
    start = text.index(part)
    x, y, _, _ = points(page, text, start, start + len(part))
    page.mouse.click(x, y)
    page.wait_for_timeout(120)


def rows(page):
    return [" ".join(text.split()) for text in page.locator(".span-row").all_inner_texts()]


def test_with_the_mouse(lead, hand):
    page = hand.page
    slug = open_project(lead, hand, "names")
    draw_over(page, NEWS, "nna E")  # half words become whole ones
    assert heard(page) == "2 words selected: Anna Ek"
    bar = page.locator(".span-bar")
    bar.get_by_role("button", name="Person").click()
    assert rows(page) == ["Anna Ek Person"]
    assert page.locator(".mark-label").all_inner_texts() == ["Person"]

    draw_over(page, NEWS, "Nordic Steel")
    page.keyboard.press("1")
    press_on(page, NEWS, "Steel")
    bar.get_by_role("button", name="Organisation").click()  # another label for the chosen one
    assert rows(page) == ["Anna Ek Person", "Nordic Steel Organisation"]

    # inside another one is fine, across its edge is not, and the page says why
    draw_over(page, NEWS, "Nordic")
    page.keyboard.press("3")
    assert rows(page)[1:] == ["Nordic Place", "Nordic Steel Organisation"]
    draw_over(page, NEWS, "Steel told")
    page.keyboard.press("p")
    said = page.locator(".span-said").inner_text()
    assert said.startswith("Spans can lie inside each other here, but not cross: “Steel told” would cross")
    assert heard(page) == said
    assert len(rows(page)) == 3

    # an edge drawn by its handle, an edge moved with a button, and one deleted
    page.keyboard.press("Escape")
    press_on(page, NEWS, "Ek")
    handle = page.locator(".span-handle[data-edge=end]").bounding_box()
    x, y, _, _ = points(page, NEWS, NEWS.index("Anna"), NEWS.index("Anna") + 4)
    page.mouse.move(handle["x"] + 1, handle["y"] + handle["height"] + 4)
    page.mouse.down()
    page.mouse.move(x + 4, y, steps=6)
    page.mouse.up()
    until(lambda: rows(page)[0] == "Anna Person")
    bar.get_by_role("button", name="Move the end to the right").click()
    assert rows(page)[0] == "Anna Ek Person"
    press_on(page, NEWS, "Nordic")
    bar.get_by_role("button", name="Delete").click()
    assert rows(page) == ["Anna Ek Person", "Nordic Steel Organisation"]
    assert [rule["id"] for rule in Axe().run(page).response["violations"]] == []

    page.keyboard.press("z")
    assert len(rows(page)) == 3
    page.keyboard.press("Control+Shift+Z")
    assert len(rows(page)) == 2
    page.keyboard.press("Enter")
    assert kept(lead, slug)["names"] == [span(NEWS, "Anna Ek", "PER"), span(NEWS, "Nordic Steel", "ORG")]
    assert hand.errors == []


def test_the_list_and_the_edges_by_keyboard(lead, hand):
    page, keys = hand.page, hand.page.keyboard
    slug = open_project(lead, hand, "names")
    keys.press("Escape")
    keys.press("t")
    for part in ("p", "2", "3"):
        keys.press("Shift+ArrowRight")
        keys.press(part)
    assert rows(page) == ["Anna Person", "Ek Organisation", "of Place"]
    keys.press("[")
    keys.press("ArrowLeft")
    assert heard(page) == "Now “Ek of”"
    keys.press("Escape")
    keys.press("Alt+,")
    assert heard(page) == "Organisation: “Ek”, 1 of 3" or heard(page).endswith("of 3")
    page.locator(".span-list").focus()
    keys.press("Home")
    assert page.locator(".span-row[aria-selected=true]").inner_text().split() == ["Anna", "Person"]
    keys.press("ArrowDown")
    keys.press("Delete")
    assert len(rows(page)) == 2
    keys.press("ArrowDown")  # goes on where the deleted one stood
    assert page.locator(".span-row[aria-selected=true]").inner_text().split()[-1] == "Place"
    for _ in range(3):
        keys.press("q")  # round to words again
    keys.press("Enter")
    assert len(kept(lead, slug)["names"]) == 2
    assert hand.errors == []


def test_several_questions_on_text_chat_and_source(lead, hand):
    page, keys = hand.page, hand.page.keyboard
    slug = open_project(lead, hand, "more", "names", "tone", "slots", "marks")
    assert not page.locator("[data-question=tone]").is_visible()
    draw_over(page, NEWS, "Gothenburg")
    keys.press("3")
    page.locator("[data-question=more] input").first.check()
    # two questions on one text: the bar offers the labels of both
    draw_over(page, NEWS, "close")
    page.locator(".span-bar").get_by_role("button", name="Odd").click()
    assert sorted(page.locator(".mark-label").all_inner_texts()) == ["Odd", "Place"]
    # a question that is asked no more takes its spans along
    page.locator("[data-question=more] input").nth(1).check()
    assert page.locator(".mark-label").all_inner_texts() == ["Place"]
    page.locator("[data-question=more] input").first.check()
    assert sorted(page.locator(".mark-label").all_inner_texts()) == ["Odd", "Place"]

    for field, text, part in (("talk", TALK, "Maxim's"), ("note", SOURCE, "**Anna**")):
        page.locator(f"[data-field={field}] .span-line").first.scroll_into_view_if_needed()
        page.locator(f"[data-field={field}] .span-caret").focus()
        until(
            lambda: (
                keys.press("Q") or page.locator(".span-snap-row [aria-pressed=true]").first.inner_text() == "Character"
            )
        )
        start = text.index(part)
        for _ in range(start):
            keys.press("ArrowRight")
        for _ in part:
            keys.press("Shift+ArrowRight")
        assert heard(page).endswith(f"selected: {part}")
        keys.press("1")
    page.locator("[data-field=talk] .span-caret").focus()
    for key in ("q", "q", "Control+ArrowRight", "Shift+ArrowRight", "Shift+ArrowRight", "2"):
        keys.press(key)
    keys.press("Enter")
    answers = kept(lead, slug)
    assert answers["names"] == [span(NEWS, "Gothenburg", "LOC")]
    assert answers["tone"] == [span(NEWS, "close", "odd")]
    assert answers["slots"] == [span(TALK, "Maxim's", "PER"), span(TALK, "For Anna", "ORG")]
    assert answers["marks"] == [span(SOURCE, "**Anna**", "PER")]
    assert hand.errors == []


def test_with_a_finger(lead, finger):
    page = finger.page
    slug = open_project(lead, finger, "names")

    def tap(part):
        start = NEWS.index(part)
        x, y, to_x, _ = points(page, NEWS, start, start + len(part))
        page.touchscreen.tap((x + to_x) / 2, y)
        page.wait_for_timeout(150)

    tap("Nordic")
    assert heard(page) == "1 word selected: Nordic"
    bar = page.locator(".span-bar")
    for button in bar.get_by_role("button").all():
        box = button.bounding_box()
        assert min(box["height"], box["width"]) >= 47.5, button.inner_text()
    bar.get_by_role("button", name="Move the end to the right").tap()
    assert heard(page) == "2 words selected: Nordic Steel"
    bar.get_by_role("button", name="Organisation").tap()
    tap("Anna")
    bar.get_by_role("button", name="Place").tap()
    tap("Anna")
    bar.get_by_role("button", name="Person").tap()
    assert rows(page) == ["Anna Person", "Nordic Steel Organisation"]
    assert [rule["id"] for rule in Axe().run(page).response["violations"]] == []
    page.get_by_role("button", name="Submit", exact=True).tap()
    assert kept(lead, slug)["names"] == [span(NEWS, "Anna", "PER"), span(NEWS, "Nordic Steel", "ORG")]
    assert finger.errors == []
