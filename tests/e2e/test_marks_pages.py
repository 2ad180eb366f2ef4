"""A manager sets up questions of all nine kinds in the editor, uploads an image, and sees it on its item."""

import base64
import uuid

import pytest
from axe_playwright_python.sync_playwright import Axe

from guidelines.schema.registry import KINDS
from tests.e2e.browser import PASSWORD, chromium
from tests.e2e.test_kinds import picture
from tests.e2e.test_pages import faults_of, sign_in
from tests.live import join

FIELDS = [
    {"name": "text", "type": "text", "title": "Text", "required": True},
    {"name": "photo", "type": "image", "title": "Photo", "required": False},
    {"name": "left", "type": "text", "title": "Left", "required": False},
    {"name": "right", "type": "text", "title": "Right", "required": False},
]
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.fixture(scope="module")
def lead(installation):
    email = f"marks-{uuid.uuid4().hex[:8]}@example.org"
    api = join(installation, email, "Lead", PASSWORD, "--can-create-projects")
    slug = f"marks-{uuid.uuid4().hex[:8]}"
    api.ok("POST", "/projects", {"slug": slug, "name": "Marks", "fields": FIELDS})
    with chromium() as browser:
        yield api, slug, sign_in(browser, installation.base_url, {"email": email, "password": PASSWORD})


def test_nine_kinds_are_written_without_json(lead):
    api, slug, person = lead
    page = person.page
    page.goto(f"/p/{slug}/guideline/draft/")
    for place, kind in enumerate(KINDS):
        page.locator(f"button[value=add-{kind}]").click()
        page.locator(f"#questions-{place}-title").fill(f"A {kind}")
        if kind in {"choice", "multichoice", "spans", "boxes"}:
            page.locator(f"#questions-{place}-labels-0-title").fill("Animal")
            page.locator(f"#questions-{place}-labels-1-title").fill("Cow")
            page.locator(f"#questions-{place}-labels-1-parent").fill("Animal")
    spans, ranking, preference = (list(KINDS).index(kind) for kind in ("spans", "ranking", "preference"))
    page.locator(f"#questions-{spans}-crossing").select_option("nested")
    page.locator(f"#questions-{ranking}-fields").get_by_label("Left").check()
    page.locator(f"#questions-{ranking}-fields").get_by_label("Right").check()
    page.locator(f"#questions-{preference}-field_a").select_option("left")
    page.locator(f"#questions-{preference}-field_b").select_option("right")
    page.get_by_label("Cannot judge").check()
    page.get_by_role("button", name="Save the draft").first.click()
    assert page.locator(".error-summary").count() == 0
    assert faults_of(person, f"/p/{slug}/guideline/draft/", Axe()) == []
    page.locator("#note").fill("All nine.")
    page.get_by_role("button", name="Publish version 1").click()
    page.wait_for_url(f"**/p/{slug}/guideline/")
    assert "Stretches of “text”, one may lie inside another" in person.text()
    asked = {q["kind"]: q for q in api.ok("GET", f"/projects/{slug}/guidelines/current")["label_schema"]["questions"]}
    assert list(asked) == list(KINDS)
    assert asked["preference"]["fields"] == asked["ranking"]["fields"] == ["left", "right"]


def test_an_uploaded_image_is_shown_on_its_item(lead):
    api, slug, person = lead
    page, png = person.page, base64.b64decode(picture().partition(",")[2])
    page.goto(f"/p/{slug}/images/")
    page.set_input_files("input[type=file]", [
        {"name": "a cat.png", "mimeType": "image/png", "buffer": png},
        {"name": "evil.png", "mimeType": "image/png", "buffer": SVG},
    ])  # fmt: skip
    page.get_by_role("button", name="Upload").click()
    assert "evil.png: This is no PNG" in person.text()
    assert page.get_by_role("link", name="a cat.png").count() == 1
    assert faults_of(person, f"/p/{slug}/images/", Axe()) == []
    rows = [{"fields": {"text": "With", "photo": "a cat.png"}}, {"fields": {"text": "Without", "photo": "dog.png"}}]
    made = api.ok("POST", f"/projects/{slug}/items", {"items": rows})["items"]
    page.goto(f"/p/{slug}/items/{made[0]['id']}/")
    page.wait_for_function("document.querySelector('.item-picture').complete")
    assert page.evaluate("document.querySelector('.item-picture').naturalWidth") > 0
    page.goto(f"/p/{slug}/items/{made[1]['id']}/")
    assert "The image dog.png is missing" in person.text()
    page.goto(f"/p/{slug}/images/")
    assert "dog.png" in person.text()
    assert person.errors == []
