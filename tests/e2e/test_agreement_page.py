"""The agreement dashboard in a browser: by keys, on paper, on a phone, in the dark, and while people label."""

import csv
import io
import json
import re
import time

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.e2e.browser import Person, chromium
from tests.e2e.test_pages import OVERFLOW, sign_in
from tests.e2e.test_whole_loop import until

FOCUSED = "document.activeElement.getAttribute('aria-label')"
PLACES = ["agreement/", "agreement/items/", "agreement/items/?show=all", "agreement/work/", "cases/evidence/"]


@pytest.fixture(scope="module")
def made(installation):
    seeded = installation.seed(items=60, annotated=0.8, annotators=4)
    return seeded["projects"][0]["slug"], {one["role"]: one for one in seeded["sign_ins"]}


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def manager(installation, made, browser):
    """A manager whose project has a finished full run."""
    slug, people = made
    person = sign_in(browser, installation.base_url, people["manager"])
    person.page.goto(f"/p/{slug}/agreement/")
    person.page.get_by_role("button", name="Compute full agreement run").click()
    person.page.wait_for_url("**/agreement/runs/**")
    until(lambda: "Pairs of people" in person.text())
    person.errors.clear()
    return person


@pytest.fixture
def page(manager, made):
    page = manager.page
    page.emulate_media(color_scheme="light", media="screen", forced_colors="none")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"/p/{made[0]}/agreement/")
    return page


def test_the_heat_map_is_walked_by_keys(page):
    grid = page.locator("table.heat")
    assert grid.get_attribute("role") == "grid"
    assert grid.locator("[tabindex='0']").count() == 1
    grid.locator("[tabindex='0']").focus()
    start = page.evaluate(FOCUSED)
    assert " against " in start
    page.keyboard.press("Control+Home")
    assert "with itself: agreement, not shown" in page.evaluate(FOCUSED)
    page.keyboard.press("ArrowRight")
    first = page.evaluate(FOCUSED)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowLeft")
    across = page.evaluate(FOCUSED)
    # symmetric: the same two labels, named from the other side, with the same number
    left, right = re.fullmatch(r"(.+) against (.+): .*", first).groups()
    assert across.startswith(f"{right} against {left}:")
    assert across.rpartition(": ")[2] == first.rpartition(": ")[2]
    page.keyboard.press("End")
    last = page.evaluate(FOCUSED)
    page.keyboard.press("ArrowRight")
    assert page.evaluate(FOCUSED) == last
    assert grid.locator("[tabindex='0']").count() == 1
    page.keyboard.press("Tab")
    assert page.evaluate("!document.activeElement.closest('table.heat')")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    page.wait_for_url("**/agreement/items/?*a=*")
    assert page.get_by_role("heading", level=1).inner_text() == f"{right} against {left}"


def test_points_and_pairs_lead_to_their_items_and_keep_the_question(page):
    link = page.locator(".agreement-chart svg a").first
    link.focus()
    assert "alpha" in page.evaluate(FOCUSED)
    page.keyboard.press("Enter")
    page.wait_for_url("**/agreement/items/?question=*version=*")
    page.get_by_text("How this alpha is measured").click()
    assert "items with two or more answers" in page.locator("main").inner_text()
    page.get_by_role("navigation", name="Breadcrumb").get_by_role("link", name="Agreement").click()
    page.wait_for_url("**/agreement/?question=*version=*")
    page.locator("table.pair-matrix a").first.click()
    page.wait_for_url("**/agreement/items/?*left=annotator-*right=annotator-*")
    assert "Items that both answered" in page.locator("main").inner_text()


def test_every_part_downloads_with_n_and_interval(page):
    for part in ("changes", "labels", "confusions", "weeks", "splits", "pairs"):
        link = page.locator(f"a[href*='part={part}'][href*='csv']")
        if not link.count():
            continue
        with page.expect_download() as got:
            link.first.click()
        text = got.value.path().read_text()
        head = next(csv.reader(io.StringIO(text)))
        assert {"as_of", "computed_at"} <= set(head), part
        assert part == "pairs" or {"ci_low", "ci_high"} <= set(head), part
        assert {"n_items", "n_before"} & set(head), part
    with page.expect_download() as got:
        page.get_by_text("Download", exact=True).click()
        page.get_by_role("link", name="Everything on this page, JSON").click()
    whole = json.loads(got.value.path().read_text())
    assert {"scores", "labels", "confusions", "weeks", "splits", "pairs", "people", "changes", "run"} == set(whole)
    assert all(row["n_items"] is not None and "ci_low" in row for row in whole["scores"])


def test_the_first_line_follows_a_submit_within_five_seconds(installation, made, browser, page):
    slug, people = made
    page.evaluate("window.stayed = true")
    seen = page.locator("#headline").get_attribute("hx-get")
    hand = sign_in(browser, installation.base_url, people["annotator"])
    hand.page.goto(f"/p/{slug}/label/")
    hand.page.wait_for_selector("#workspace")
    required = hand.page.locator("fieldset[data-question], [data-kind]").count()
    for _ in range(max(1, required)):
        hand.page.keyboard.press("1")
    with hand.page.expect_response(lambda r: r.url.endswith("/annotations") and r.request.method == "POST") as sent:
        hand.page.keyboard.press("Enter")
    assert sent.value.status == 201
    submitted = time.monotonic()
    until(lambda: page.locator("#headline").get_attribute("hx-get") != seen, patience=10)
    assert time.monotonic() - submitted < 5
    assert page.evaluate("window.stayed")  # without a reload
    assert "this line is current" in page.locator("#headline").inner_text()
    live = page.locator("#headline [data-live-text]").inner_text()
    until(lambda: page.locator("#headline-news").inner_text().startswith("Agreement has changed:"), patience=5)
    page.reload()
    assert page.locator("#headline [data-live-text]").inner_text() == live
    hand.context.close()


def test_nobody_is_asked_while_nobody_looks(page):
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/agreement/headline/" in request.url else None)
    page.wait_for_timeout(2600)
    assert asked
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    page.wait_for_timeout(300)
    asked.clear()
    page.wait_for_timeout(4500)
    assert asked == []
    page.evaluate("Object.defineProperty(document, 'hidden', {value: false})")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    until(lambda: asked, patience=1.5)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_has_nothing_to_say(manager, made, theme):
    page, axe, found = manager.page, Axe(), []
    page.emulate_media(color_scheme=theme)
    page.goto(f"/p/{made[0]}/agreement/")
    label = page.locator(".label-table th a").first.get_attribute("href")
    for place in [*PLACES, f"agreement/{label}", "agreement/?diagonal=on&cells=row&who=models"]:
        page.goto(f"/p/{made[0]}/{place}")
        page.wait_for_load_state("networkidle")
        found += [(place, rule["id"], rule["nodes"][0]["target"]) for rule in axe.run(page).response["violations"]]
    assert found == []
    assert manager.errors == []


def test_a_phone_shows_it_whole(page, made):
    page.set_viewport_size({"width": 390, "height": 844})
    for place in PLACES:
        page.goto(f"/p/{made[0]}/{place}")
        page.wait_for_load_state("networkidle")
        assert page.evaluate(OVERFLOW) <= 0, place
    page.goto(f"/p/{made[0]}/agreement/")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    page.wait_for_timeout(200)
    assert page.locator("#verdict-title").is_visible()
    assert page.evaluate(OVERFLOW) <= 0, "at 200 % text"


def test_paper_has_charts_and_tables_and_no_navigation(page):
    page.set_viewport_size({"width": 718, "height": 1000})  # A4 within its margins
    page.emulate_media(media="print")
    assert page.evaluate(OVERFLOW) <= 0, "columns cut off"
    for gone in (".site-head", ".tabs", ".chart-tools", ".downloads", ".actions"):
        assert not page.locator(gone).first.is_visible(), gone
    assert page.locator(".agreement-chart svg").is_visible()
    # the twins that are folded on the screen are whole on paper
    for twin in page.locator("details.twin table").all():
        assert twin.is_visible()
    colour = page.locator("table.heat td a").first.evaluate(
        "cell => getComputedStyle(cell.closest('td')).backgroundColor"
    )
    assert colour == "rgba(0, 0, 0, 0)"
    assert page.pdf(format="A4")[:4] == b"%PDF"


def test_without_colours_every_number_stays(page):
    page.emulate_media(forced_colors="active")
    assert page.locator("table.heat td a").first.inner_text()
    assert page.locator(".agreement-chart .point").first.evaluate("dot => getComputedStyle(dot).fill") != "none"


def test_an_adjudicator_finds_pseudonyms_only(installation, made, browser, manager):
    slug, people = made
    person = sign_in(browser, installation.base_url, people["adjudicator"])
    assert isinstance(person, Person)
    person.page.goto(f"/p/{slug}/agreement/")
    names = manager.page.locator("table.pair-matrix tbody th").all_inner_texts()
    content = person.page.content()
    assert "annotator-" in content
    assert [name for name in names if name and not name.startswith("annotator-") and name in content] == []
    person.context.close()
