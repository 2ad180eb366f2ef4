"""Faults on the way of an annotator's work, in a real Chromium: nothing is lost, nothing is doubled, and the page never
says that something is saved before the server has said so.

`CONCORD_FAULT_ROUNDS` repeats each: 20 for F20 and F22, 30 for F21 of the list of faults.
"""

import os
import random
import signal
import uuid

import pytest

from tests.e2e.browser import FLAGS, PASSWORD, chromium
from tests.e2e.labeling import (
    LABELS,
    SECRET,
    Annotator,
    answer,
    browser_storage,
    chip,
    lies,
    make_project,
    shown,
    sign_in,
    stored,
)
from tests.e2e.test_whole_loop import until
from tests.live import join

ROUNDS = int(os.environ.get("CONCORD_FAULT_ROUNDS", "1"))
SUBMIT = "**/api/v1/annotations"
EACH = 2
TEXT = "#q1-0"


@pytest.fixture(scope="module")
def lead(installation):
    mark = uuid.uuid4().hex[:8]
    return join(installation, f"kept-{mark}@example.org", "Lea Lead", PASSWORD, "--can-create-projects")


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def ann(browser, installation):
    return Annotator(browser, installation)


@pytest.fixture(scope="module")
def bob(browser, installation):
    return Annotator(browser, installation, "Bob Hand")


@pytest.fixture
def desk(lead, ann):
    """A project at which only Ann works; her page is as new."""

    def make(items, people=(ann,), **more):
        slug = make_project(lead, people, items, **more)
        for person in people:
            person.read_guideline(slug)
        return slug

    yield make
    ann.context.set_offline(False)
    for extra in ann.context.pages[1:]:
        extra.close()
    ann.page.unroute_all(behavior="ignoreErrors")
    ann.page.goto("about:blank")


# --- F20: the network and the server in between -------------------------------------------------------------------


def refuse(status, code):
    def handle(route):
        body = {"status": status, "code": code, "title": "A fault", "detail": "A fault of the test."}
        route.fulfill(status=status, json=body, content_type="application/problem+json")

    return handle


def lose_the_answer(route):
    """The server takes it, but its answer does not arrive."""
    route.fetch()
    route.abort("connectionreset")


FAULTS = {
    "unreachable": lambda route: route.abort("internetdisconnected"),
    "timeout": lambda route: route.abort("timedout"),
    "answer lost": lose_the_answer,
    "captive portal": lambda route: route.fulfill(status=200, body="<html>Sign in to the Wi-Fi</html>"),
    "403": refuse(403, "wrong_role"),
    "409": refuse(409, "lease_lost"),
    "413": refuse(413, "too_large"),
    "500": refuse(500, "internal"),
    "503": refuse(503, "unavailable"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_between_submit_and_answer_loses_and_doubles_nothing(desk, lead, ann, fault):
    slug = desk(EACH * ROUNDS + 1)
    page, expected = ann.open(slug), {}
    for _ in range(ROUNDS):
        page.route(SUBMIT, FAULTS[fault])
        for number in range(EACH):
            expected[answer(page, number)] = LABELS[number]
            assert chip(page) != "Saved"
        until(lambda: "queued" in chip(page) or "not saved" in chip(page))
        page.unroute_all(behavior="ignoreErrors")  # one may be on its way
        until(lambda: chip(page) == "Saved" or retry(page))
    assert stored(lead, slug) == expected
    assert lies(page) == []


def retry(page):
    """Press Retry, as often as it takes: what was on its way at the first press may have been refused after it."""
    page.locator("#save-retry").evaluate("button => button.hidden || button.click()")


def test_work_goes_on_offline_and_arrives_in_its_order(desk, lead, ann):
    slug, page, expected = desk(4 * ROUNDS + 4), ann.page, {}
    for _ in range(ROUNDS):
        ann.open(slug)  # with as many items in hand as it asks for
        page.evaluate("window.sentKeys.length = 0")
        ann.context.set_offline(True)
        for number in range(4):
            expected[answer(page, number % 3)] = LABELS[number % 3]
        until(lambda: chip(page) == "Offline – 4 queued")
        assert SECRET not in browser_storage(page)
        ann.context.set_offline(False)
        until(lambda: stored(lead, slug) == expected)
        until(lambda: chip(page) == "Saved" and shown(page))
        keys = page.evaluate("window.sentKeys")
        assert len({key for key, _ in keys}) == len({assignment for _, assignment in keys}) == 4
        assert list(dict.fromkeys(key for key, _ in keys)) == list(dict.fromkeys(key for key, _ in keys[-4:]))
        assert lies(page) == []


def test_what_waits_offline_survives_the_end_of_the_page(desk, lead, ann):
    slug = desk(4)
    page = ann.open(slug)
    page.route(SUBMIT, FAULTS["unreachable"])
    expected = {answer(page, number): LABELS[number] for number in range(2)}
    until(lambda: "queued" in chip(page))
    page.close()
    ann.page = page = ann.context.new_page()
    ann.open(slug)
    until(lambda: stored(lead, slug) == expected)
    assert shown(page) not in expected
    assert lies(page) == []


def test_an_ended_session_keeps_the_work_until_one_is_signed_in_again(desk, lead, ann):
    """In another tab; then the same submit is sent with the same key."""
    slug = desk(4)
    page = ann.open(slug)
    ann.context.clear_cookies()
    expected = {answer(page, 1): LABELS[1]}
    until(lambda: chip(page).startswith("Signed out"))
    page.get_by_text("is kept in this browser").wait_for()
    first = page.evaluate("window.sentKeys")
    with ann.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in, in a new tab").click()
    sign_in(opened.value, ann.email)
    opened.value.wait_for_url(f"{ann.base_url}/")
    page.bring_to_front()
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    until(lambda: stored(lead, slug) == expected)
    assert {key for key, _ in page.evaluate("window.sentKeys")} == {key for key, _ in first}
    until(lambda: chip(page) == "Saved")
    expected[answer(page, 0)] = LABELS[0]
    until(lambda: stored(lead, slug) == expected)
    assert lies(page) == []


def test_signed_in_as_somebody_else_nothing_is_sent_or_dropped(desk, lead, ann, bob):
    slug = desk(3, people=(ann, bob))
    page = ann.open(slug)
    ann.context.clear_cookies()
    item = answer(page, 1)
    until(lambda: chip(page).startswith("Signed out"))
    other = ann.context.new_page()
    sign_in(other, bob.email)
    other.wait_for_url(f"{ann.base_url}/")
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    page.wait_for_timeout(800)
    assert chip(page).startswith("Signed out")
    assert stored(lead, slug) == {}
    ann.context.clear_cookies()
    sign_in(other, ann.email)
    other.wait_for_url(f"{ann.base_url}/")
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    until(lambda: stored(lead, slug) == {item: LABELS[1]})


def test_a_draft_that_does_not_arrive_is_not_called_saved(desk, ann):
    slug = desk(2)
    page = ann.open(slug)
    page.route("**/draft", FAULTS["503"])
    page.keyboard.press("1")
    assert chip(page) == "Saving"
    until(lambda: chip(page) == "Server away – 1 queued")
    page.unroute("**/draft")
    until(lambda: chip(page) == "Saved")
    [held] = [a for a in ann.api.ok("POST", f"/projects/{slug}/next", {"count": 10})["assignments"] if a["draft"]]
    assert held["draft"] == {"answers": {"kind": "praise"}}
    assert lies(page) == []


def test_a_membership_that_ended_keeps_the_answer_and_says_so(desk, lead, ann):
    slug = desk(2)
    page = ann.open(slug)
    members = lead.ok("GET", f"/projects/{slug}/members")["results"]
    [me] = [m for m in members if m["user"].get("email") == ann.email]
    path = f"/projects/{slug}/members/{me['user']['id']}"
    lead.ok("DELETE", path, If_Match=lead.call("GET", path).headers["ETag"])
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    page.get_by_text("An answer was not saved").wait_for()
    assert chip(page) == "Failed – 1 not saved"
    lead.ok("POST", f"/projects/{slug}/members", {"user": {"email": ann.email}, "roles": ["annotator"]})
    page.get_by_role("button", name="Send again").click()
    until(lambda: len(stored(lead, slug)) == 1)


# --- F21: the page ends while somebody types -------------------------------------------------------------------------


def end_by_closing(person):
    person.page.close()


def end_by_reload(person):
    person.page.goto("about:blank")


def end_by_crash(person):
    """SIGKILL to the renderer of this page, in the browser that this test has started."""
    os.kill(renderer_of(person.page), signal.SIGKILL)


def renderer_of(page):
    """The renderer that works while the page does: browsers keep others in reserve."""
    session = page.context.browser.new_browser_cdp_session()

    def times():
        found = session.send("SystemInfo.getProcessInfo")["processInfo"]
        return {process["id"]: process["cpuTime"] for process in found if process["type"] == "renderer"}

    before = times()
    page.evaluate("() => { const end = performance.now() + 300; while (performance.now() < end); }")
    after = times()
    session.detach()
    return max(after, key=lambda pid: after[pid] - before.get(pid, after[pid]))


SECONDS_A_LETTER = 0.1


@pytest.fixture
def own_browser(browser):
    """A browser of its own, whose renderers may be killed."""
    own = browser.browser_type.launch(executable_path="/usr/bin/chromium", args=FLAGS)
    yield own
    own.close()


@pytest.mark.parametrize("end", [end_by_closing, end_by_reload, end_by_crash])
def test_what_was_typed_is_back_after_the_page_ended(installation, lead, own_browser, end):
    person = Annotator(own_browser, installation)
    slug = make_project(lead, [person], 3)
    person.read_guideline(slug)
    typed, item = "", shown(person.open(slug))
    for turn in range(ROUNDS + 1):
        page, pause = person.page, random.choice([0, 0.5, 1, 3])
        page.locator(TEXT).focus()
        page.keyboard.press("Control+End")
        whole = f"{typed}Words of turn {turn} and then some. "
        page.keyboard.type(whole.removeprefix(typed), delay=SECONDS_A_LETTER * 1000)
        page.wait_for_timeout(pause * 1000)
        end(person)
        person.page = person.context.new_page()
        assert shown(person.open(slug)) == item
        typed = person.page.locator(TEXT).input_value()
        missing = len(whole) - len(typed)
        assert whole.startswith(typed)
        assert missing == 0 or missing * SECONDS_A_LETTER + pause <= 2
    page = person.page
    page.locator("label[for=q0-0]").click()
    page.locator(TEXT).focus()
    page.keyboard.press("Control+Enter")
    until(lambda: stored(lead, slug) == {item: "praise"})
    assert lies(page) == []


def test_note_flag_and_report_come_back_with_a_draft(desk, ann):
    slug = desk(2)
    page = ann.open(slug)
    page.keyboard.press("n")
    page.keyboard.type("seen twice")
    page.keyboard.press("Escape")
    page.locator("#item").focus()
    page.keyboard.press("f")
    until(lambda: chip(page) == "Saved")
    page.reload()
    until(lambda: shown(page))
    assert page.locator("#note").input_value() == "seen twice"
    assert page.locator("#mark-flag").is_visible()


# --- F22: two windows, two devices ------------------------------------------------------------------------------------


def test_a_second_tab_says_so_and_may_take_over(desk, ann):
    slug = desk(3)
    page = ann.open(slug)
    item = shown(page)
    for turn in range(ROUNDS):
        page.locator(TEXT).fill(f"begun here, {turn}")
        other = ann.context.new_page()
        other.goto(f"/p/{slug}/label/")
        other.get_by_text("You are labelling in another window").wait_for()
        assert shown(page) == item
        other.get_by_role("button", name="Label here instead").click()
        until(lambda there=other: shown(there))
        page.get_by_text("You are labelling in another window").wait_for()
        assert (shown(other), other.locator(TEXT).input_value()) == (item, f"begun here, {turn}")
        other.close()
        until(lambda: shown(page))


@pytest.mark.parametrize("choice", ["Save mine", "Keep what is stored"])
def test_two_devices_submit_one_item_and_both_answers_are_shown(desk, lead, ann, browser, choice):
    slug = desk(3)
    page, phone = ann.open(slug), ann.open(slug, ann.device(browser))
    item = shown(page)
    assert shown(phone) == item
    answer(page, 0)
    until(lambda: stored(lead, slug) == {item: "praise"})
    phone.keyboard.press("2")
    phone.keyboard.press("Enter")
    phone.get_by_text("not saved").first.wait_for()
    assert stored(lead, slug) == {item: "praise"}
    phone.get_by_role("button", name="Show", exact=True).click()
    dialog = phone.locator("#unsaved-dialog")
    dialog.get_by_text("complaint").wait_for()
    dialog.get_by_text("praise").wait_for()
    dialog.get_by_role("button", name=choice).click()
    until(lambda: stored(lead, slug) == {item: "complaint" if choice == "Save mine" else "praise"})
    until(lambda: chip(phone) == "Saved")
    phone.context.close()


def test_a_draft_of_another_device_is_not_written_over(desk, ann, browser):
    slug = desk(3)
    page, phone = ann.open(slug), ann.open(slug, ann.device(browser))
    page.locator(TEXT).fill("from the desk")
    until(lambda: chip(page) == "Saved")
    phone.locator(TEXT).fill("from the phone")
    phone.get_by_text("was changed in another window or on another device").wait_for()
    drafts = [a["draft"] for a in ann.api.ok("POST", f"/projects/{slug}/next", {"count": 10})["assignments"]]
    assert {"answers": {"why": "from the desk"}} in drafts
    assert phone.locator(TEXT).input_value() == "from the phone"
    phone.get_by_role("button", name="Use the other").click()
    assert phone.locator(TEXT).input_value() == "from the desk"
    until(lambda: chip(phone) == "Saved")
    phone.context.close()


def test_an_earlier_answer_changed_elsewhere_is_not_overwritten(desk, lead, ann):
    slug = desk(3)
    page = ann.open(slug)
    item = answer(page, 0)
    until(lambda: stored(lead, slug) == {item: "praise"})
    page.keyboard.press("k")
    until(lambda: shown(page) == item)
    page.keyboard.press("2")
    [row] = ann.api.ok("GET", f"/projects/{slug}/annotations")["results"]
    path = f"/annotations/{row['id']}"
    etag = ann.api.call("GET", path).headers["ETag"]
    ann.api.ok("PATCH", path, {"answers": {"kind": "question"}}, If_Match=etag)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Show", exact=True).click()
    dialog = page.locator("#unsaved-dialog")
    dialog.get_by_text("complaint").wait_for()
    dialog.get_by_text("question").wait_for()
    assert stored(lead, slug) == {item: "question"}
    dialog.get_by_role("button", name="Save mine").click()
    until(lambda: stored(lead, slug) == {item: "complaint"})


# --- an item that is somebody else's now ---------------------------------------------------------------------------


def give_away(slug, ann, bob):
    """Ann's items are released behind the back of her page, and Bob has them."""
    for held in ann.api.ok("POST", f"/projects/{slug}/next", {"count": 10})["assignments"]:
        ann.api.ok("POST", f"/assignments/{held['id']}/release", {"fence": held["fence"]})
    assert bob.api.ok("POST", f"/projects/{slug}/next", {"count": 10})["assignments"]


def test_a_lost_lease_keeps_the_answer_and_leads_on(desk, lead, ann, bob):
    slug = desk(2, people=(ann, bob))
    page = ann.open(slug)
    give_away(slug, ann, bob)
    page.keyboard.press("2")
    page.get_by_text("somebody else was given it").wait_for()
    assert page.locator("#q0-1").is_checked()
    page.get_by_role("button", name="Go on and keep my answer").click()
    page.get_by_role("button", name="Show", exact=True).click()
    page.locator("#unsaved-dialog").get_by_text("complaint").wait_for()
    page.reload()
    page.get_by_role("button", name="Show", exact=True).click()
    page.locator("#unsaved-dialog").get_by_role("button", name="Discard it").click()
    until(lambda: chip(page) == "Saved")
    assert stored(lead, slug) == {}


def test_a_submit_that_comes_too_late_is_kept_and_shown(desk, ann, bob):
    slug = desk(2, people=(ann, bob))
    page = ann.open(slug)
    page.route("**/draft", lambda route: route.abort())
    give_away(slug, ann, bob)
    page.keyboard.press("3")
    page.keyboard.press("Enter")
    page.get_by_text("An answer was not saved").wait_for()
    assert chip(page) == "Failed – 1 not saved"
    page.get_by_role("button", name="Show", exact=True).click()
    page.locator("#unsaved-dialog").get_by_text("question").wait_for()


# --- signing out ---------------------------------------------------------------------------------------------------


def test_signing_out_sends_what_waits_or_asks(installation, lead, browser):
    person = Annotator(browser, installation)
    slug = make_project(lead, [person], 3)
    person.read_guideline(slug)
    page = person.open(slug)
    page.route(SUBMIT, FAULTS["unreachable"])
    item = answer(page, 0)
    until(lambda: "queued" in chip(page))
    asked = []

    def say_no(dialog):
        asked.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", say_no)
    page.get_by_text("Ann Hand").click()
    page.get_by_role("button", name="Sign out").click()
    until(lambda: (page.wait_for_timeout(200), asked)[1])
    assert "1 answer or draft is not saved yet" in asked[0]
    assert (stored(lead, slug), "label" in page.url) == ({}, True)
    page.unroute(SUBMIT)
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/accounts/login/**")
    assert stored(lead, slug) == {item: "praise"}
    assert len(asked) == 1
    assert SECRET not in browser_storage(page)
    person.context.close()
