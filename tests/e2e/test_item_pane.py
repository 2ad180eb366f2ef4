"""What is drawn on or set side by side in the item: with the mouse, in a real browser."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.e2e.test_kinds import HEIGHT, WIDTH, annotator, lead, make_project, read_guideline, shown_item
from tests.e2e.test_whole_loop import until

__all__ = ["annotator", "lead"]  # the fixtures of that module


@pytest.fixture
def page(annotator):
    annotator.errors.clear()
    yield annotator.page
    assert annotator.errors == []


def places(page):
    """The boxes as the list tells them, and the pixels of the one selected."""
    rows = page.locator(".box-row bdi").all_inner_texts()
    return rows, [int(field.input_value()) for field in page.locator(".box-place input").all()]


def test_boxes_with_the_mouse(lead, annotator, page):
    read_guideline(page, make_project(lead, annotator, "boxes"))
    until(lambda: shown_item(page))
    canvas = page.locator(".stage-canvas")

    def at(x, y):
        box = canvas.bounding_box()
        return box["x"] + x * box["width"] / WIDTH, box["y"] + y * box["height"] / HEIGHT

    page.mouse.move(*at(40, 40))
    page.mouse.down()
    page.mouse.move(*at(200, 160), steps=4)
    page.mouse.up()
    rows, [left, top, width, height] = until(lambda: places(page) if page.locator(".box-row").count() else None)
    assert rows[0].startswith("Work, ")
    assert max(abs(left - 40), abs(top - 40), abs(width - 160), abs(height - 120)) <= 2

    page.get_by_role("radio", name="Home").check()
    assert places(page)[0][0].startswith("Home, ")
    page.mouse.click(*at(380, 280))
    page.mouse.click(*at(100, 100))
    assert len(places(page)[0]) == 2
    page.mouse.click(*at(150, 130))  # both lie here: the smaller one is reached first, then the other
    assert page.locator(".box-row[aria-selected=true] .box-number").inner_text() == "1"
    page.mouse.click(*at(150, 130))
    assert page.locator(".box-row[aria-selected=true] .box-number").inner_text() == "2"

    before = canvas.bounding_box()["width"]
    page.mouse.move(*at(100, 100))
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    until(lambda: canvas.bounding_box()["width"] > before * 1.4)
    page.keyboard.press("w")
    until(lambda: abs(canvas.bounding_box()["width"] - before) < 2)

    page.get_by_role("button", name="Delete").click()
    assert len(places(page)[0]) == 1
    page.keyboard.press("z")
    until(lambda: len(places(page)[0]) == 2)


def test_compared_texts_scroll_together_and_one_is_chosen_by_its_button(lead, annotator, page):
    read_guideline(page, make_project(lead, annotator, "preference"))
    until(lambda: shown_item(page))
    bodies = page.locator(".panel-body")
    sizes = [panel.bounding_box() for panel in page.locator(".panel").all()]
    assert abs(sizes[0]["width"] - sizes[1]["width"]) < 1
    assert abs(sizes[0]["height"] - sizes[1]["height"]) < 1
    scrolled = "body => body.scrollTop / (body.scrollHeight - body.clientHeight)"
    for body in bodies.all():
        body.evaluate("body => { body.style.maxHeight = '120px' }")
    bodies.nth(0).evaluate("body => { body.scrollTop = 0.5 * (body.scrollHeight - body.clientHeight) }")
    until(lambda: 0.4 < bodies.nth(1).evaluate(scrolled) < 0.6)
    page.get_by_role("button", name="B is better").click()
    assert page.get_by_role("radio", name="B is better").is_checked()
    assert "✓" in page.locator(".panel").nth(1).inner_text()


def test_a_label_of_many_is_found_by_typing(lead, annotator, page):
    words = [
        "arts",
        "business",
        "climate",
        "crime",
        "education",
        "energy",
        "fashion",
        "finance",
        "food",
        "health",
        "history",
        "law",
        "literature",
    ]
    labels = [{"value": word, "title": word.title()} for word in words] + [
        {"value": "poetry", "title": "Poetry", "parent": "literature"}
    ]
    slug = make_project(lead, annotator, "multichoice", labels=labels, min=1, max=3, exclusive=[])
    read_guideline(page, slug)
    first = until(lambda: shown_item(page))
    page.keyboard.press("l")
    page.keyboard.type("liter")
    page.locator(".option-count").get_by_text("2 of 14 labels. Enter picks “Literature”").wait_for()
    assert [rule["id"] for rule in Axe().run(page).response["violations"]] == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.keyboard.press("l")
    page.keyboard.type("FASH")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    until(lambda: shown_item(page) not in ("", first))
    [kept] = until(lambda: lead.ok("GET", f"/projects/{slug}/annotations")["results"])
    assert sorted(kept["answers"]["asked"]) == ["fashion", "poetry"]
