"""One item with questions of several kinds, labelled with a finger on a narrow screen."""

import uuid

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.e2e.browser import Person, chromium
from tests.e2e.test_kinds import HEIGHT, LABELS, PASSWORD, WIDTH, picture, read_guideline, shown_item
from tests.e2e.test_whole_loop import until
from tests.live import join

LEAST = 48
TARGETS = """
  least => [...document.querySelectorAll('main button, main a[href], main .option, main [role=option], main input, main summary, header button, header a')]
    .filter(one => one.checkVisibility({visibilityProperty: true}) && !one.closest('.option input, dialog:not([open]), .visually-hidden'))
    .filter(one => !(one.matches('input') && one.closest('.option')) && !one.closest('.skip-link'))
    .map(one => [one.getBoundingClientRect(), one])
    .filter(([box]) => box.width > 0 && (box.height < least - 0.5 || box.width < Math.min(least, 24)))
    .map(([box, one]) => `${one.tagName} ${one.className} “${one.textContent.trim().slice(0, 30)}” ${box.width} × ${box.height}`)
"""  # noqa: E501
QUESTIONS = [
    {"kind": "choice", "name": "topic", "labels": LABELS},
    {"kind": "ranking", "name": "order", "options": ["red", "green", "blue"]},
    {"kind": "preference", "name": "better", "fields": ["model_x", "model_y"], "extra": ["tie"]},
    {"kind": "boxes", "name": "things", "field": "photo", "labels": LABELS},
]
FIELDS = [
    {"name": "text", "type": "text", "title": "Text", "required": True},
    {"name": "model_x", "type": "text", "title": "X", "required": True},
    {"name": "model_y", "type": "text", "title": "Y", "required": True},
    {"name": "photo", "type": "image", "title": "Photo", "required": True},
]


class Hand(Person):
    """A person with a telephone."""

    def __init__(self, browser, base_url):
        super().__init__(browser, base_url, size=(390, 844), has_touch=True, is_mobile=True)


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def lead(installation):
    mark = uuid.uuid4().hex[:8]
    return join(installation, f"touch-lead-{mark}@example.org", "Lea Lead", PASSWORD, "--can-create-projects")


@pytest.fixture(scope="module")
def hand(installation, browser):
    email = f"finger-{uuid.uuid4().hex[:8]}@example.org"
    person = Hand(browser, installation.base_url).join(installation.invite(email), "Finn Finger")
    person.email = email
    return person


@pytest.fixture(scope="module")
def project(lead, hand):
    slug = f"touch-{uuid.uuid4().hex[:8]}"
    lead.ok("POST", "/projects", {"slug": slug, "name": "With a finger", "fields": FIELDS, "overlap": 1})
    questions = [{"title": f"What about {q['name']}?", "required": True} | q for q in QUESTIONS]
    base = f"/projects/{slug}/guidelines/draft"
    body = {"clauses": [], "label_schema": {"questions": questions}, "note": "First."}
    saved = lead.call("PUT", base, body, If_Match=lead.call("GET", base).headers["ETag"])
    assert saved.status == 200, saved.data
    lead.ok("POST", f"{base}/publish", {"change": "semantic", "note": "First."}, If_Match=saved.headers["ETag"])
    fields = {"model_x": "X says so. " * 30, "model_y": "Y says otherwise. " * 30, "photo": picture()}
    items = [{"external_id": str(n), "fields": {"text": f"Item {n}: some text."} | fields} for n in range(2)]
    lead.ok("POST", f"/projects/{slug}/items", {"items": items})
    lead.ok("POST", f"/projects/{slug}/members", {"user": {"email": hand.email}, "roles": ["annotator"]})
    return slug


def asked(page, name):
    return page.locator(f"[data-question={name}]")


def tap_corners(page, *corners):
    """Taps on places of the picture, given in its pixels."""
    canvas = page.locator(".stage-canvas")
    canvas.scroll_into_view_if_needed()
    for x, y in corners:
        box = canvas.bounding_box()
        page.touchscreen.tap(box["x"] + x * box["width"] / WIDTH, box["y"] + y * box["height"] / HEIGHT)


def test_an_item_with_a_finger(lead, hand, project):
    page = hand.page
    read_guideline(page, project)
    first = until(lambda: shown_item(page))
    assert page.evaluate("document.body.dataset.layout") == "single"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert "more exactly with a mouse or a keyboard" in page.locator("#notices").inner_text()

    asked(page, "topic").get_by_text("Home", exact=True).tap()

    order = asked(page, "order")
    for option in ("blue", "red", "green"):
        order.get_by_role("option", name=option).tap()
    order.get_by_role("button", name="Up").tap()
    order.get_by_role("option", name="red").tap()
    order.get_by_role("button", name="Tie").tap()

    chosen = page.locator(".panel").nth(1)
    field = "model_x" if chosen.locator(".panel-body").inner_text().startswith("X") else "model_y"
    # the button of a text stays in sight while the text is read
    chosen.evaluate("panel => scrollTo(0, panel.getBoundingClientRect().top + scrollY + 60)")
    assert abs(chosen.locator(".panel-head").bounding_box()["y"]) <= 1
    chosen.get_by_role("button").tap()
    assert chosen.get_attribute("data-chosen") is not None

    asked(page, "things").get_by_text("Money", exact=True).tap()
    tap_corners(page, (40, 30), (200, 150))
    assert asked(page, "things").get_by_role("option").count() == 1

    small = page.evaluate(TARGETS, LEAST)
    assert small == []
    assert [rule["id"] for rule in Axe().run(page).response["violations"]] == []
    page.get_by_role("button", name="Submit", exact=True).tap()
    until(lambda: shown_item(page) not in ("", first))

    [kept] = until(lambda: lead.ok("GET", f"/projects/{project}/annotations")["results"])
    answers = kept["answers"]
    [box] = answers.pop("things")
    assert answers == {"topic": "home", "order": [["blue"], ["red", "green"]], "better": field}
    assert box["label"] == "money"
    for side, whole in {"x": 40 / WIDTH, "y": 30 / HEIGHT, "width": 160 / WIDTH, "height": 120 / HEIGHT}.items():
        assert abs(box[side] - whole) < 0.01, box


def test_a_box_is_pulled_by_its_corner_and_the_picture_scrolls_under_the_finger(hand, project):
    page = hand.page
    page.goto(f"/p/{project}/label/")
    until(lambda: shown_item(page))
    tap_corners(page, (40, 30), (200, 150))
    words = asked(page, "things").get_by_role("option").first
    before = words.inner_text()
    page.locator(".box-handle.se").scroll_into_view_if_needed()
    handle = page.locator(".box-handle.se").bounding_box()
    x, y = handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2
    touch = page.context.new_cdp_session(page)
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 6):
        point = {"x": x + 8 * step, "y": y + 6 * step}
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    until(lambda: words.inner_text() != before)
    assert hand.errors == []
