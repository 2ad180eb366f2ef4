"""Twenty items of every kind of question, labelled in a real browser by keyboard alone."""

import base64
import struct
import uuid
import zlib

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.e2e.browser import Person, chromium
from tests.e2e.test_whole_loop import until
from tests.live import join

ITEMS = 20
LABELS = [{"value": value, "title": value.title()} for value in ("work", "home", "money", "none")]
PASSWORD = "a long enough password 1"
SETTINGS = {
    "choice": {"labels": LABELS},
    "rating": {"min": 1, "max": 5, "labels": {"1": "poor", "5": "great"}},
    "number": {"level": "interval", "min": -10, "max": 99.5},
    "text": {"max_length": 60},
    "multichoice": {"labels": LABELS, "min": 1, "max": 2, "exclusive": ["none"]},
    "spans": {"field": "text", "labels": LABELS, "crossing": "nested"},
    "boxes": {"field": "photo", "labels": LABELS},
    "ranking": {"options": ["red", "green", "blue"]},
    "preference": {"fields": ["model_x", "model_y"], "extra": ["tie", "both_bad", "cannot_judge"]},
}
MORE_FIELDS = {
    "boxes": [{"name": "photo", "type": "image", "title": "Photo", "required": True}],
    "preference": [{"name": n, "type": "text", "title": n.upper(), "required": True} for n in ("model_x", "model_y")],
}
WIDTH, HEIGHT = 400, 300


def picture():
    """A grey PNG as a `data:` URL."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + b"\xcc" * WIDTH for _ in range(HEIGHT)))
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return "data:image/png;base64," + base64.b64encode(png).decode()


def values(kind, number):
    """The fields of an item: its text names it, the rest is what the kind asks about."""
    more = {
        "boxes": {"photo": picture()},
        "preference": {"model_x": f"X on {number}. " * 40, "model_y": f"Y on {number}. " * 60},
    }
    return {"text": f"Item {number}: some text."} | more.get(kind, {})


def press_choice(page, item):
    keys = page.keyboard
    keys.press(str(item % 4 + 1))
    keys.press("Enter")
    return LABELS[item % 4]["value"]


def press_rating(page, item):
    keys = page.keyboard
    keys.press(str(item % 5 + 1))
    keys.press("Enter")
    return item % 5 + 1


def press_number(page, item):
    keys = page.keyboard
    keys.type(f"{item}.25")
    keys.press("Control+Enter")
    return item + 0.25


def press_text(page, item):
    keys = page.keyboard
    # Letters and digits that mean something elsewhere are text here.
    keys.type(f"Skip 1, {item} and S?")
    keys.press("Enter")
    keys.type("Zz")
    keys.press("Control+Enter")
    return f"Skip 1, {item} and S?\nZz"


def press_multichoice(page, item):
    keys = page.keyboard
    keys.press("4")
    keys.press(str(item % 3 + 1))  # clears what stands alone
    if item % 2:
        keys.press(str((item + 1) % 3 + 1))
    keys.press("Enter")
    chosen = {item % 3, (item + 1) % 3} if item % 2 else {item % 3}
    return [LABELS[place]["value"] for place in sorted(chosen)]


def press_spans(page, item):
    """A word, then on every third item its edges moved, a span nested in it, or it deleted for another one."""
    keys, text = page.keyboard, f"Item {item}: some text."
    keys.press("t")
    keys.press("Shift+ArrowRight")
    keys.press("1")
    spans = [("Item", "work")]
    if item % 3 == 0:
        for key in ("]", "ArrowRight", "Escape"):
            keys.press(key)
        spans = [(f"Item {item}", "work")]
    if item % 3 == 1:
        for key in ("ArrowRight", "ArrowRight", "Shift+ArrowRight", "Shift+ArrowRight", "2", "q"):
            keys.press(key)
        for key in ("Control+ArrowLeft", "ArrowRight", "ArrowRight", "Shift+ArrowRight", "Shift+ArrowRight", "3"):
            keys.press(key)
        for key in ("q", "q"):
            keys.press(key)
        spans += [("em", "money"), ("some text", "home")]
    if item % 3 == 2:
        for key in ("Alt+,", "Delete", "End", "Shift+ArrowLeft", "Alt+Shift+ArrowLeft", "4"):
            keys.press(key)
        spans = [(" text", "none")]
    keys.press("Enter")
    found = [{"start": text.index(part), "end": text.index(part) + len(part), "label": label} for part, label in spans]
    return sorted(found, key=lambda span: (span["start"], span["end"]))


def press_boxes(page, item):
    """Two boxes: the first moved and resized, the second with another label; on every fifth item it is deleted."""
    keys = page.keyboard
    keys.press("1")
    for key in ("Control+ArrowRight", "ArrowUp", "Shift+ArrowRight", "Control+Shift+ArrowDown"):
        keys.press(key)
    boxes = [box(left=160, top=112, width=101, height=85, label="work")]
    keys.press("b")
    keys.press("2")
    for _ in range(item):
        keys.press("ArrowLeft")
    if item % 5 == 0:
        keys.press("Delete")
        keys.press("Alt+.")  # the other one is still there
        keys.press("+")
        keys.press("w")
    else:
        boxes.append(box(left=150 - item, top=113, width=100, height=75, label="home"))
    keys.press("Enter")
    return boxes


def box(*, left, top, width, height, label):
    """A place in pixels as the fractions that are kept."""
    x, y, right, low = left / WIDTH, top / HEIGHT, (left + width) / WIDTH, (top + height) / HEIGHT
    sides = {"x": round(x, 6), "y": round(y, 6)}
    sides |= {"width": round(round(right, 6) - sides["x"], 6), "height": round(round(low, 6) - sides["y"], 6)}
    return sides | {"label": label}


def press_ranking(page, item):
    """Digits from best to worst; then a tie, a move or one left out."""
    keys = page.keyboard
    for digit in "312":
        keys.press(digit)
    if item % 3 == 0:
        keys.press("t")
    if item % 3 == 1:
        keys.press("Alt+ArrowUp")
    if item % 3 == 2:
        keys.press("ArrowUp")
        keys.press("Delete")
    keys.press("Enter")
    return [[["blue"], ["red", "green"]], [["blue"], ["green"], ["red"]], [["blue"], ["green"]]][item % 3]


def press_preference(page, item):
    """A side or an answer about both; what is kept is the name of the field that stood there."""
    digit = "12034"[item % 5]
    page.keyboard.press(digit)
    panels = page.locator(".panel-body").all_inner_texts()
    sides = ["model_x" if text.startswith("X") else "model_y" for text in panels]
    assert sorted(sides) == ["model_x", "model_y"]
    assert "model" not in page.locator("main").inner_text().lower()
    page.keyboard.press("Enter")
    return {"1": sides[0], "2": sides[1], "0": "tie", "3": "both_bad", "4": "cannot_judge"}[digit]


PRESS = {
    "choice": press_choice, "rating": press_rating, "number": press_number, "text": press_text,
    "multichoice": press_multichoice, "spans": press_spans, "boxes": press_boxes, "ranking": press_ranking,
    "preference": press_preference,
}  # fmt: skip


@pytest.fixture(scope="module")
def lead(installation):
    mark = uuid.uuid4().hex[:8]
    return join(installation, f"kinds-{mark}@example.org", "Lea Lead", PASSWORD, "--can-create-projects")


@pytest.fixture(scope="module")
def annotator(installation):
    mark = uuid.uuid4().hex[:8]
    with chromium() as running:
        person = Person(running, installation.base_url)
        person.email = f"hand-{mark}@example.org"
        yield person.join(installation.invite(person.email), "Ann Hand")


def make_project(lead, annotator, kind, **settings):
    slug = f"{kind}-{uuid.uuid4().hex[:8]}"
    fields = [{"name": "text", "type": "text", "title": "Text", "required": True}]
    fields += MORE_FIELDS.get(kind, [])
    lead.ok("POST", "/projects", {"slug": slug, "name": f"Of {kind}", "fields": fields, "overlap": 1})
    question = {"name": "asked", "kind": kind, "title": "What is asked?", "required": True} | SETTINGS[kind] | settings
    base = f"/projects/{slug}/guidelines/draft"
    body = {"clauses": [], "label_schema": {"questions": [question]}, "note": "First."}
    saved = lead.call("PUT", base, body, If_Match=lead.call("GET", base).headers["ETag"])
    assert saved.status == 200, saved.data
    lead.ok("POST", f"{base}/publish", {"change": "semantic", "note": "First."}, If_Match=saved.headers["ETag"])
    items = [{"external_id": f"{n:02d}", "fields": values(kind, n)} for n in range(ITEMS)]
    lead.ok("POST", f"/projects/{slug}/items", {"items": items})
    lead.ok("POST", f"/projects/{slug}/members", {"user": {"email": annotator.email}, "roles": ["annotator"]})
    return slug


def read_guideline(page, slug):
    page.goto(f"/p/{slug}/label/")
    page.wait_for_url("**/guideline/acknowledge/")
    page.get_by_role("button", name="I have read this").press("Enter")
    page.wait_for_url(f"**/p/{slug}/label/")


def shown_item(page):
    text = page.locator("#item").inner_text() if page.locator("#workspace").is_visible() else ""
    return text.partition("Item ")[2].partition(":")[0]


@pytest.mark.parametrize("kind", SETTINGS)
def test_twenty_items_by_keyboard_alone(lead, annotator, kind):
    slug, page = make_project(lead, annotator, kind), annotator.page
    read_guideline(page, slug)
    until(lambda: shown_item(page))
    assert [rule["id"] for rule in Axe().run(page).response["violations"]] == []
    expected = {}
    for _ in range(ITEMS):
        item = until(lambda: shown_item(page))
        assert item not in expected
        expected[item] = PRESS[kind](page, int(item))
        until(lambda before=item: shown_item(page) != before)
    until(lambda: "All done" in annotator.text())
    project = f"/projects/{slug}"
    until(lambda: lead.ok("GET", project)["counts"]["annotations"] == ITEMS)
    items = {row["id"]: str(int(row["external_id"])) for row in lead.ok("GET", f"{project}/items")["results"]}
    kept = lead.ok("GET", f"{project}/annotations")["results"]
    assert {items[row["item"]]: row["answers"]["asked"] for row in kept} == expected
    assert annotator.errors == []


def test_wrong_answers_are_named_and_kept(lead, annotator):
    """A number out of range and too many labels: words at the field, a summary in focus, nothing lost."""
    page = annotator.page
    read_guideline(page, make_project(lead, annotator, "number"))
    until(lambda: shown_item(page))
    page.keyboard.type("1000")
    page.keyboard.press("Control+Enter")
    words = "“1000” is not a number from -10 to 99.5"
    page.locator("#summary").get_by_text(words).wait_for()
    assert words in page.locator("#q0-error").inner_text()
    assert page.locator("#q0-0").input_value() == "1000"

    read_guideline(page, make_project(lead, annotator, "multichoice"))
    until(lambda: shown_item(page))
    for digit in "123":
        page.keyboard.press(digit)
    page.keyboard.press("Enter")
    page.locator("#summary").get_by_text("Choose 1 to 2 for “What is asked?”; 3 are chosen").wait_for()


def test_leaving_a_text_gives_the_keys_back(lead, annotator):
    page = annotator.page
    read_guideline(page, make_project(lead, annotator, "text"))
    until(lambda: shown_item(page))
    page.keyboard.type("s")
    assert not page.locator("#skip-dialog").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    page.locator("#skip-dialog").wait_for(state="visible")
    page.keyboard.press("Escape")
    assert page.locator("#q0-0").input_value() == "s"
