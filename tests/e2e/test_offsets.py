"""What is selected in Chromium is what is stored and exported, code point by code point.

By keyboard and by mouse on texts with known offsets; and over whole files of Unicode samples, where every unit that
the page selects is compared with the slice of the exported text.
"""

import json
import re
import unicodedata
import uuid

import pytest

from tests.e2e.browser import Person, chromium
from tests.e2e.test_kinds import PASSWORD, read_guideline
from tests.e2e.test_whole_loop import until
from tests.e2e.text_hand import draw, heard
from tests.live import join
from tests.paths import shared

LABELS = [{"value": value, "title": value.title()} for value in ("one", "two")]
OWN = [
    ("💩This is an annotation.", "annotation"),
    ("A family 👨‍👩‍👧‍👦 at home", "👨‍👩‍👧‍👦"),
    ("A family 👨‍👩‍👧‍👦 at home", "home"),
    ("قال أحمد من Nordic Steel إن 😀 المصنع سيغلق", "أحمد"),
    ("قال أحمد من Nordic Steel إن 😀 المصنع سيغلق", "Nordic Steel"),
    ("قال أحمد من Nordic Steel إن 😀 المصنع سيغلق", "المصنع"),
    ("First line\r\nsecond 😀 line\r\nthird", "second"),
    ("First line\r\nsecond 😀 line\r\nthird", "line\r\nthird"),
    ("Un e\u0301te\u0301 a\u0300 Orle\u0301ans", "Orle\u0301ans"),
    ("Un e\u0301te\u0301 a\u0300 Orle\u0301ans", "e\u0301te\u0301"),
    ("ภาษาไทยไม่มีช่องว่าง", "ไทย"),
    ("我在北京工作", "北京"),
    ("  leading, trailing \t\n", "trailing"),
]

# Selects unit after unit to the end of the text, as a hand on the keyboard would, and tells what the page said.
WALK = """
async (snap) => {
  const said = () => document.getElementById('announce').textContent;
  const press = (key, more = {}) => document.activeElement.dispatchEvent(
    new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true, ...more}));
  const count = () => document.querySelectorAll('.span-row').length;
  const text = [...document.querySelectorAll('.span-line')].map((line) => line.textContent).join('');
  // arrows go where they point: in a paragraph from right to left the left one leads on
  const onward = (at) => {
    const line = text.slice(text.lastIndexOf('\\n', at - 1) + 1).split('\\n')[0];
    const letter = /\\p{L}/u.exec(line)?.[0] ?? '';
    return /[\\p{Script=Arabic}\\p{Script=Hebrew}]/u.test(letter) ? 'ArrowLeft' : 'ArrowRight';
  };
  press('t');
  for (let tries = 0; said() !== `Selecting by ${snap}` && tries < 3; tries += 1) press('q');
  const found = [];
  let at = 0;
  for (let before = -1; count() > before; ) {
    before = count();
    press(onward(at), {shiftKey: true});
    const told = /^\\d+ \\w+ selected: ([^]*)$/.exec(said())?.[1];
    press('1', {code: 'Digit1'});
    if (count() === before) break;
    at = text.indexOf(told, at) + told.length;
    found.push(told);
  }
  return found;
}
"""


@pytest.fixture(scope="module")
def lead(installation):
    mark = uuid.uuid4().hex[:8]
    return join(installation, f"offsets-{mark}@example.org", "Lea Lead", PASSWORD, "--can-create-projects")


@pytest.fixture(scope="module")
def annotator(installation):
    with chromium() as running:
        person = Person(running, installation.base_url)
        person.email = f"offsets-{uuid.uuid4().hex[:8]}@example.org"
        yield person.join(installation.invite(person.email), "Ann Hand")


def make_project(lead, annotator, texts, crossing="none"):
    """A project that asks for spans, with these texts as its items by external id; opened in the browser."""
    slug = f"offsets-{uuid.uuid4().hex[:8]}"
    fields = [{"name": "text", "type": "text", "title": "Text", "required": True}]
    lead.ok("POST", "/projects", {"slug": slug, "name": "Offsets", "fields": fields, "overlap": 1})
    question = {"name": "parts", "kind": "spans", "title": "Which parts?", "required": True, "field": "text",
                "labels": LABELS, "crossing": crossing}  # fmt: skip
    base = f"/projects/{slug}/guidelines/draft"
    body = {"clauses": [], "label_schema": {"questions": [question]}, "note": "First."}
    saved = lead.call("PUT", base, body, If_Match=lead.call("GET", base).headers["ETag"])
    assert saved.status == 200, saved.data
    lead.ok("POST", f"{base}/publish", {"change": "semantic", "note": "First."}, If_Match=saved.headers["ETag"])
    items = [{"external_id": str(n), "fields": {"text": text}} for n, text in enumerate(texts)]
    lead.ok("POST", f"/projects/{slug}/items", {"items": items})
    lead.ok("POST", f"/projects/{slug}/members", {"user": {"email": annotator.email}, "roles": ["annotator"]})
    read_guideline(annotator.page, slug)
    return slug


def shown_text(page):
    """The text on the screen, character by character as the page holds it."""
    if not page.locator("#workspace").is_visible():
        return None
    return page.evaluate("[...document.querySelectorAll('.span-line')].map((line) => line.textContent).join('')")


def progress(page):
    return page.evaluate("document.getElementById('progress-bar').value")


def exported(lead, slug, kind):
    job = lead.ok("POST", f"/projects/{slug}/exports", {"kind": kind, "format": "jsonl"})
    done = lead.wait(f"/exports/{job['id']}")
    assert done["state"] == "done", done
    content = lead.call("GET", f"/exports/{job['id']}/content").data
    return [json.loads(line) for line in content.decode().split("\n") if line]


def check_exports(lead, slug, texts, surfaces):
    """Texts come out as they went in, and each span is the slice that was selected, in the API and in the export."""
    until(lambda: lead.ok("GET", f"/projects/{slug}")["counts"]["annotations"] == len(texts))
    items = {row["id"]: row for row in exported(lead, slug, "items")}
    assert {row["external_id"]: row["fields"]["text"] for row in items.values()} == {
        str(n): text for n, text in enumerate(texts)
    }
    rows = exported(lead, slug, "annotations")
    assert len(rows) == len(texts)
    served = {row["id"]: row["answers"] for row in lead.ok("GET", f"/projects/{slug}/annotations?limit=200")["results"]}
    for row in rows:
        text = items[row["item"]]["fields"]["text"]
        number = int(items[row["item"]]["external_id"])
        spans = row["answers"]["parts"]
        assert served.get(row["id"], row["answers"]) == row["answers"]
        assert sorted(text[span["start"] : span["end"]] for span in spans) == sorted(surfaces[number])
    return {int(items[row["item"]]["external_id"]): row["answers"]["parts"] for row in rows}


def known_parts():
    """Texts and the places of parts in them, in code points: those of the shared file, and our own."""
    found = {}
    for text, part in OWN:
        found.setdefault(text, []).append((text.index(part), text.index(part) + len(part)))
    for line in shared("badinput", "unicode", "span-offsets.jsonl").read_text().splitlines():
        row = json.loads(line)
        found[row["text"]] = [tuple(span["codepoint"]) for span in row["spans"] if span["grapheme"] is not None]
    return found


def is_backwards(text):
    strong = next((c for c in text if unicodedata.category(c).startswith("L")), "L")
    return unicodedata.bidirectional(strong) in {"R", "AL"}


def select_by(page, snap):
    while page.locator(".span-snap-row [aria-pressed=true]").inner_text().lower() != snap:
        page.keyboard.press("q")


def by_keyboard(page, text, start, end):
    """Select `text[start:end]` with the arrow keys: by words in a long text, else by characters."""
    page.keyboard.press("t")
    onward, backward = ("ArrowLeft", "ArrowRight") if is_backwards(text) else ("ArrowRight", "ArrowLeft")
    for _ in range(8):
        page.keyboard.press(f"Control+{backward}")
    if len(text) > 1000:
        select_by(page, "word")
        until(lambda: page.keyboard.press(onward) or heard(page) == text[start:end])
        page.keyboard.press(f"Shift+{onward}")
        return
    graphemes = page.evaluate(
        "(parts) => parts.map((part) => "
        "[...new Intl.Segmenter(undefined, {granularity: 'grapheme'}).segment(part)].length)",
        [text[:start], text[start:end]],
    )
    for _ in range(graphemes[0]):
        page.keyboard.press(onward)
    for _ in range(graphemes[1]):
        page.keyboard.press(f"Shift+{onward}")


@pytest.mark.parametrize("means", ["keyboard", "mouse"])
def test_known_offsets(lead, annotator, means):
    """Each part selected as a person does it comes back with the offsets that the file gives."""
    page, known = annotator.page, known_parts()
    texts, drawn = list(known), 0
    slug = make_project(lead, annotator, texts)
    for done in range(len(texts)):
        text = until(lambda: shown_text(page))
        for count, (start, end) in enumerate(known[text], 1):
            select_by(page, "character")
            if means == "mouse" and draw(page, text, start, end):
                drawn += 1
            else:
                by_keyboard(page, text, start, end)
            assert heard(page).partition(" selected: ")[2] == text[start:end]
            page.keyboard.press("2")
            assert f"marked, {count} span" in heard(page)
        page.keyboard.press("Enter")
        until(lambda n=done: progress(page) == n + 1)
    assert means == "keyboard" or drawn > len(OWN)
    kept = check_exports(lead, slug, texts, [[text[s:e] for s, e in known[text]] for text in texts])
    for number, text in enumerate(texts):
        assert [(span["start"], span["end"]) for span in kept[number]] == sorted(known[text])
    assert annotator.errors == []


def sequences(name):
    """The code points that a line of a Unicode file begins with, as text."""
    found = []
    for line in shared("badinput", "unicode", name).read_text().splitlines():
        digits = re.findall(r"\b[0-9A-F]{4,6}\b", line.partition("#")[0].partition(";")[0])
        points = [int(d, 16) for d in digits]
        if points and not any(0xD800 <= point <= 0xDFFF for point in points):
            found.append("".join(map(chr, points)))
    return found


@pytest.mark.parametrize(
    ("name", "snap"),
    [
        ("emoji-zwj-sequences.txt", "character"),
        ("GraphemeBreakTest.txt", "character"),
        ("NormalizationTest-sample.txt", "sentence"),
        ("BidiCharacterTest-sample.txt", "sentence"),
    ],
)
def test_every_sample_of_unicode(lead, annotator, name, snap):
    page, parts = annotator.page, sequences(name)
    texts = ["\n".join(parts[at : at + 40]) for at in range(0, len(parts), 40)]
    slug = make_project(lead, annotator, texts)
    surfaces = {}
    for done in range(len(texts)):
        text = until(lambda: shown_text(page))
        number = texts.index(text)
        found = page.evaluate(WALK, snap)
        # every character of the text, one after the other, and nothing left over; or each line that is not blank
        if snap == "character":
            assert "".join(found) == text
        else:
            assert len(found) >= sum(1 for line in text.split("\n") if line.strip()) * 0.9
        surfaces[number] = found
        page.keyboard.press("Enter")
        until(lambda n=done: progress(page) == n + 1)
    check_exports(lead, slug, texts, surfaces)
    assert annotator.errors == []
