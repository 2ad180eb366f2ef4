"""Every main page as its user: it answers, its console is silent, axe has nothing to say, and nothing is cut off."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.e2e.browser import Person, chromium

WIDE, NARROW = (1280, 800), (390, 844)
LINKS = "all => all.map(a => a.getAttribute('href').split('#')[0])"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
PAGES = {
    "annotator": ["/", "", "label/", "guideline/", "/tokens/"],
    "adjudicator": ["/", "", "guideline/", "agreement/", "agreement/targets/", "cases/", "case", "reviews/"],
    "consumer": ["/", "", "guideline/", "releases/", "contract/", "/tokens/"],
    "manager": [
        "/", "", "items/", "items/?q=absent", "item", "guideline/", "guideline/readers/", "guideline/draft/", "import/",
        "images/", "imports/", "agreement/", "agreement/targets/", "agreement/models/", "agreement/slices/",
        "agreement/runs/", "cases/", "aggregation/",
        "reviews/", "reviews/new/", "releases/", "contract/", "members/", "/tokens/", "log/", "/projects/new/",
        "/docs/errors/not_found/",
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def project(installation):
    made = installation.seed(items=24, annotated=0.7, annotators=4)
    return {"slug": made["projects"][0]["slug"], "sign_ins": {one["role"]: one for one in made["sign_ins"]}}


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


def sign_in(browser, base_url, one):
    person = Person(browser, base_url)
    page = person.page
    page.goto("/accounts/login/")
    page.fill("input[name=login]", one["email"])
    page.fill("input[name=password]", one["password"])
    page.press("input[name=password]", "Enter")
    page.wait_for_url(f"{base_url}/")
    return person


def addresses(person, slug, wanted):
    """The pages of a role as addresses; one item and one case are found as a person would find them."""
    for place in wanted:
        if place == "item":
            person.page.goto(f"/p/{slug}/items/")
            yield person.page.locator("main tbody th a").first.get_attribute("href")
        elif place == "case":
            person.page.goto(f"/p/{slug}/cases/")
            person.page.get_by_role("button", name="Decide next case").click()
            person.page.wait_for_url("**/cases/*-*/**")
            yield person.page.url
        else:
            yield place if place.startswith("/") else f"/p/{slug}/{place}"


def faults_of(person, address, axe):
    """What is wrong with one page, in words."""
    page, found = person.page, []
    person.errors.clear()
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    answer = page.goto(address)
    if answer.status != 200:
        found.append(f"status {answer.status}")
    for rule in axe.run(page).response["violations"]:
        found.append(f"axe {rule['id']}: {[node['target'] for node in rule['nodes']][:3]}")
    if page.locator("h1").count() != 1:
        found.append("there is not exactly one h1")
    for width, height in (WIDE, NARROW):
        page.set_viewport_size({"width": width, "height": height})
        over = page.evaluate(OVERFLOW)
        if over > 0:
            found.append(f"{over} px too wide at {width}")
    return [f"{address}: {fault}" for fault in found + person.errors]


def dead_links(person, links):
    """Links that a page showed and that do not open. Many links of one kind are judged by the first of them."""
    kinds = {re.sub(r"[0-9a-f-]{36}", "id", link.split("?")[0]): link for link in reversed(links)}
    statuses = {link: person.context.request.get(link).status for link in kinds.values()}
    return {link: status for link, status in statuses.items() if status != 200}


@pytest.mark.parametrize("role", PAGES)
def test_main_pages_are_whole(installation, project, browser, role):
    """No fault on any page of the role, and no link that the role may not open."""
    person, axe = sign_in(browser, installation.base_url, project["sign_ins"][role]), Axe()
    faults, links = [], []
    for place in list(addresses(person, project["slug"], PAGES[role])):
        faults += faults_of(person, place, axe)
        links += person.page.locator("a[href^='/']").evaluate_all(LINKS)
    assert faults == []
    assert dead_links(person, links) == {}
    person.context.close()


@pytest.mark.parametrize("layout", [None, "wide", "drawer"])
def test_a_narrow_labeling_page_fits_before_its_script_knows_the_width(installation, project, browser, layout):
    """The script learns of a new width a frame late; until then style sheets alone keep the page in its window."""
    person = sign_in(browser, installation.base_url, project["sign_ins"]["annotator"])
    person.page.route("**/annotation/label.js", lambda route: route.abort())
    person.page.goto(f"/p/{project['slug']}/label/")
    person.page.evaluate(
        """layout => { if (layout) document.body.dataset.layout = layout;
        document.getElementById("workspace").hidden = false; }""",
        layout,
    )
    person.page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    assert person.page.evaluate(OVERFLOW) <= 0
    person.context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_way_in_is_whole(installation, browser, theme):
    person = Person(browser, installation.base_url)
    person.page.emulate_media(color_scheme=theme)
    assert faults_of(person, "/accounts/login/", Axe()) == []
    person.context.close()


def test_dark_pages_have_contrast(installation, project, browser):
    """The colours of the dark theme are their own; one page of each kind shows them all."""
    person, axe = sign_in(browser, installation.base_url, project["sign_ins"]["manager"]), Axe()
    person.page.emulate_media(color_scheme="dark")
    places = list(addresses(person, project["slug"], ["", "items/", "guideline/", "agreement/"]))
    assert [fault for place in places for fault in faults_of(person, place, axe)] == []
    person.context.close()


def test_a_page_can_be_used_by_keyboard_alone(installation, project, browser):
    """The first Tab reaches the skip link; every stop after it is seen; the menu opens and closes by keys."""
    person = sign_in(browser, installation.base_url, project["sign_ins"]["manager"])
    page = person.page
    page.goto(f"/p/{project['slug']}/members/")
    stops = []
    for _ in range(60):
        page.keyboard.press("Tab")
        stop = page.evaluate(
            """() => { const e = document.activeElement, r = e.getBoundingClientRect(), s = getComputedStyle(e);
            return {text: e.innerText || e.name || "", seen: r.width > 0 && r.height > 0
                && (s.outlineStyle !== "none" || s.boxShadow !== "none" || e === document.body)}; }"""
        )
        stops.append(stop)
        if stop["text"].strip() == "Invite":
            break
    assert stops[0]["text"] == "Skip to the content"
    assert [stop for stop in stops if not stop["seen"]] == []
    assert stops[-1]["text"].strip() == "Invite"
    menu = page.locator("summary").first
    menu.focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Sign out").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Sign out").wait_for(state="hidden")
    person.context.close()
