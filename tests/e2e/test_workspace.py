"""The labeling page as a workspace: history of every device, undo and redo, four queues, keys of one's own, pauses."""

import time
import uuid

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.e2e.browser import PASSWORD, chromium
from tests.e2e.labeling import LABELS, Annotator, answer, chip, lies, make_project, shown, stored
from tests.e2e.test_whole_loop import until
from tests.live import join

PREFERENCES = "/accounts/preferences/"
CHOSEN = "document.querySelector('#questions input:checked')?.value"


@pytest.fixture(scope="module")
def lead(installation):
    mark = uuid.uuid4().hex[:8]
    return join(installation, f"work-{mark}@example.org", "Lea Lead", PASSWORD, "--can-create-projects")


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def ann(browser, installation):
    return Annotator(browser, installation)


@pytest.fixture
def desk(lead, ann):
    def make(items):
        slug = make_project(lead, [ann], items)
        ann.read_guideline(slug)
        return slug

    yield make
    ann.page.goto(PREFERENCES)
    ann.page.get_by_label("Submit by itself").uncheck()
    ann.page.get_by_label("Keys without Ctrl").check()
    ann.page.get_by_role("button", name="Save").click()
    if ann.page.get_by_role("button", name="Reset every key").count():
        ann.page.get_by_role("button", name="Reset every key").click()


def count(page, queue):
    return page.locator(f"#count-{queue}").inner_text()


def press(page, key, times=1):
    for _ in range(times):
        page.keyboard.press(key)


def test_undo_reaches_ten_submits_across_reloads_and_redo_submits_them_again(desk, lead, ann):
    slug = desk(12)
    page = ann.open(slug)
    items = [answer(page, number % 3) for number in range(11)]
    until(lambda: len(stored(lead, slug)) == 11)
    page.reload()
    until(lambda: shown(page))
    for item in reversed(items[1:]):
        page.keyboard.press("z")
        until(lambda wanted=item: shown(page) == wanted)
        until(lambda: chip(page) == "Saved")
    assert page.evaluate(CHOSEN) == LABELS[1]
    until(lambda: stored(lead, slug) == {items[0]: LABELS[0]})
    assert count(page, "submitted") == "1"
    for number in range(1, 11):
        until(lambda wanted=items[number]: shown(page) == wanted)
        page.keyboard.press("Control+Shift+Z")
    until(lambda: stored(lead, slug) == {item: LABELS[number % 3] for number, item in enumerate(items)})
    # what was taken back is kept: each was answered, withdrawn, and answered again
    rows = lead.ok("GET", f"/projects/{slug}/annotations?limit=100")["results"]
    assert sum(row["withdrawn_at"] is not None for row in rows) == 10
    assert lies(page) == []


def test_undo_paints_the_earlier_item_within_a_tenth_of_a_second(desk, ann):
    slug = desk(4)
    page = ann.open(slug)
    item = answer(page, 0)
    until(lambda: chip(page) == "Saved")
    took = page.evaluate(
        """(wanted) => new Promise((done) => {
          const began = performance.now();
          const look = () => document.getElementById("item").innerText.includes(`Letter ${wanted}:`)
            ? requestAnimationFrame(() => done(performance.now() - began)) : requestAnimationFrame(look);
          document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "z", bubbles: true}));
          requestAnimationFrame(look);
        })""",
        item,
    )
    # the budget is 100 ms on a quiet machine; this one may be busy
    assert took < 400


def test_the_last_change_is_taken_back_before_the_last_submit(desk, ann):
    slug = desk(3)
    page = ann.open(slug)
    before = answer(page, 0)
    item = shown(page)
    press(page, "1")
    press(page, "2")
    press(page, "z")
    assert (shown(page), page.evaluate(CHOSEN)) == (item, LABELS[0])
    press(page, "Control+Shift+Z")
    assert page.evaluate(CHOSEN) == LABELS[1]
    press(page, "z", 2)
    assert (shown(page), page.evaluate(CHOSEN)) == (item, None)
    press(page, "z")
    until(lambda: shown(page) == before)


def test_history_is_looked_at_and_changed(desk, lead, ann):
    slug = desk(5)
    page = ann.open(slug)
    items = [answer(page, 0) for _ in range(3)]
    present = shown(page)
    press(page, "k")
    until(lambda: shown(page) == items[2])
    press(page, "k")
    until(lambda: shown(page) == items[1])
    press(page, "3")
    press(page, "j")
    page.get_by_role("button", name="Stay here").click()
    assert (shown(page), page.evaluate(CHOSEN)) == (items[1], LABELS[2])
    press(page, "Enter")
    until(lambda: shown(page) == present)
    until(lambda: stored(lead, slug) == dict.fromkeys(items, LABELS[0]) | {items[1]: LABELS[2]})


def test_a_change_to_an_earlier_answer_survives_a_reload(desk, lead, ann):
    slug = desk(3)
    page = ann.open(slug)
    item = answer(page, 0)
    until(lambda: chip(page) == "Saved")
    press(page, "k")
    until(lambda: shown(page) == item)
    press(page, "2")
    page.wait_for_timeout(300)
    page.reload()
    until(lambda: shown(page))
    press(page, "k")
    until(lambda: shown(page) == item)
    assert page.evaluate(CHOSEN) == LABELS[1]
    page.get_by_text("Your change to it is not saved yet").wait_for()
    press(page, "Enter")
    until(lambda: stored(lead, slug) == {item: LABELS[1]})


def test_the_four_queues_are_in_sight_and_open(desk, lead, ann):
    slug = desk(6)
    page = ann.open(slug)
    done = answer(page, 1)
    press(page, "s")
    page.keyboard.press("2")
    page.locator("#q1-0").fill("begun")
    begun = shown(page)
    until(lambda: chip(page) == "Saved")
    assert [count(page, name) for name in ("pending", "drafts", "submitted", "skipped")] == ["3", "1", "1", "1"]
    entries = page.locator("#queue-list .queue-entry")
    page.get_by_role("button", name="Pending").click()
    entries.first.click()
    until(lambda: shown(page) not in {"", begun})
    page.get_by_role("button", name="Drafts").click()
    page.locator("#queue-list").get_by_text(f"Letter {begun}:").click()
    until(lambda: shown(page) == begun)
    assert page.locator("#q1-0").input_value() == "begun"
    page.get_by_role("button", name="Submitted").click()
    page.locator("#queue-list").get_by_text(f"Letter {done}:").click()
    until(lambda: shown(page) == done)
    page.keyboard.press("Escape")
    until(lambda: shown(page) == begun)
    page.get_by_role("button", name="Skipped").click()
    page.locator("#queue-list").get_by_text("The item is empty, broken or cut off").wait_for()
    assert Axe().run(page).response["violations"] == []
    page.keyboard.press("Escape")
    assert Axe().run(page).response["violations"] == []


def test_a_key_of_ones_own_is_printed_heard_and_kept_on_the_server(desk, ann, browser):
    slug = desk(2)
    page = ann.open(slug)
    page.keyboard.press("?")
    page.get_by_label("For", exact=True).select_option("skip")
    key = page.get_by_label("Key press it")
    key.press("f")
    page.get_by_role("button", name="Use this key").click()
    page.get_by_text("“F” is the key of “Flag the item for later” already.").wait_for()
    key.press("y")
    page.get_by_role("button", name="Use this key").click()
    page.get_by_text("Saved for every browser").wait_for()
    assert page.locator("#sheet-rows").get_by_text("Y", exact=True).count() == 1
    assert Axe().run(page).response["violations"] == []
    page.get_by_role("button", name="Close").last.click()
    assert page.locator("[data-action=skip] kbd").inner_text() == "Y"
    press(page, "s")
    assert not page.locator("#skip-dialog").is_visible()
    press(page, "y")
    page.locator("#skip-dialog").wait_for(state="visible")
    page.keyboard.press("Escape")
    phone = ann.open(slug, ann.device(browser))
    assert phone.locator("[data-action=skip] kbd").inner_text() == "Y"
    phone.context.close()


def test_single_keys_are_switched_off_for_every_browser(desk, ann):
    slug = desk(2)
    page = ann.open(slug)
    page.keyboard.press("?")
    page.get_by_label("Keys without Ctrl").uncheck()
    page.get_by_text("Saved for every browser").wait_for()
    page.keyboard.press("Escape")
    press(page, "1")
    assert page.evaluate(CHOSEN) is None
    assert page.locator("[data-action=skip] kbd").count() == 0
    page.reload()
    until(lambda: shown(page))
    press(page, "s")
    assert not page.locator("#skip-dialog").is_visible()
    page.goto(PREFERENCES)
    assert not page.get_by_label("Keys without Ctrl").is_checked()
    assert Axe().run(page).response["violations"] == []


def test_auto_advance_is_chosen_leaves_the_choice_in_sight_and_is_undone(desk, lead, ann):
    slug = desk(3)
    page = ann.page
    page.goto(PREFERENCES)
    page.get_by_label("Submit by itself").check()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Your preferences are saved.").wait_for()
    ann.open(slug)
    item = shown(page)
    page.locator("#q1-0").fill("words")
    began = time.monotonic()
    page.locator("label[for=q0-1]").click()
    until(lambda: shown(page) != item)
    assert time.monotonic() - began > 0.35
    press(page, "z")
    until(lambda: shown(page) == item)
    page.wait_for_timeout(1000)
    assert shown(page) == item
    until(lambda: stored(lead, slug) == {})


def test_a_pause_is_spoken_of_and_does_not_count(desk, lead, ann):
    slug = desk(2)
    page = ann.open(slug)
    page.evaluate("sessionStorage.setItem('concord:work-began', String(Date.now() - 51 * 60000))")
    page.reload()
    until(lambda: shown(page))
    item = shown(page)
    page.get_by_role("button", name="Pause now").click(timeout=25_000)
    page.get_by_role("heading", name="A pause").wait_for()
    assert not page.locator("#workspace").is_visible()
    press(page, "1")
    page.wait_for_timeout(4_000)
    page.get_by_role("button", name="Back to the item").click()
    assert (shown(page), page.evaluate(CHOSEN)) == (item, None)
    answer(page, 0)
    until(lambda: len(stored(lead, slug)) == 1)
    [row] = lead.ok("GET", f"/projects/{slug}/annotations")["results"]
    waited = page.evaluate("performance.now()")
    assert row["lead_time_ms"] < waited - 3_500


@pytest.mark.parametrize("size", [(390, 844), (320, 640), (900, 800)])
def test_small_windows_and_large_text_cut_nothing_off(desk, ann, size):
    slug = desk(2)
    page = ann.page
    page.set_viewport_size({"width": size[0], "height": size[1]})
    try:
        ann.open(slug)
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
        if size[0] < 768:
            small = page.evaluate(
                """() => [...document.querySelectorAll("#toolbar button, .queue-bar button, #questions .option")]
                  .filter((e) => e.offsetParent && e.getBoundingClientRect().height < 47.5).map((e) => e.innerText)"""
            )
            assert small == []
        if size[0] > 390:
            page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    finally:
        page.set_viewport_size({"width": 1280, "height": 800})
