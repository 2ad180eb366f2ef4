"""What the browser tests of the labeling page share: projects, people at work, a witness of what the page claims."""

import uuid

from tests.e2e.browser import PASSWORD, Person
from tests.e2e.test_whole_loop import until

LABELS = ("praise", "complaint", "question")
SCHEMA = {
    "questions": [
        {"name": "kind", "kind": "choice", "title": "What kind of letter is it?", "required": True,
         "labels": [{"value": name, "title": name.capitalize()} for name in LABELS]},
        {"name": "why", "kind": "text", "title": "Which words show it?", "required": False},
    ]
}  # fmt: skip
SECRET = "zebra crossing"
"""Stands in the text of every item, so that it is noticed wherever it must not be."""

WITNESS = """
(() => {
  window.lies = [];
  window.sentKeys = [];
  const open = new Set();
  const real = window.fetch;
  window.fetch = async (input, init) => {
    const path = String(input), method = (init && init.method) || "GET";
    const draft = /assignments\\/([^/]+)\\/draft$/.exec(path);
    const write = draft || /\\/annotations(\\/[^/]+)?$/.test(path) || /\\/skip$/.test(path);
    if (method === "GET" || !write) return real(input, init);
    const key = draft ? "draft " + draft[1] : init.headers.get("Idempotency-Key");
    const body = JSON.parse(init.body || "{}");
    open.add(key);
    if (!draft) window.sentKeys.push([key, body.assignment || path]);
    const answer = await real(input, init);
    if (answer.ok) {
      open.delete(key);
      if (body.assignment) open.delete("draft " + body.assignment);
    }
    return answer;
  };
  document.addEventListener("DOMContentLoaded", () => {
    const chip = document.getElementById("save-chip");
    if (!chip) return;
    new MutationObserver(() => {
      if (chip.textContent === "Saved" && open.size) window.lies.push([...open].join(", "));
    }).observe(chip, {childList: true, characterData: true, subtree: true});
  });
})();
"""


def make_project(lead, people, items, **more):
    """A published project with `items` letters whose annotators are `people`; returns its slug."""
    slug = f"kept-{uuid.uuid4().hex[:8]}"
    fields = [{"name": "text", "type": "text", "title": "Text", "required": True}]
    lead.ok("POST", "/projects", {"slug": slug, "name": "Kept", "fields": fields, "overlap": 1, **more})
    base = f"/projects/{slug}/guidelines/draft"
    body = {"clauses": [], "label_schema": SCHEMA, "note": "First."}
    saved = lead.call("PUT", base, body, If_Match=lead.call("GET", base).headers["ETag"])
    lead.ok("POST", f"{base}/publish", {"change": "semantic", "note": "First."}, If_Match=saved.headers["ETag"])
    rows = [{"external_id": f"{n:02d}", "fields": {"text": f"Letter {n}: {SECRET}."}} for n in range(items)]
    lead.ok("POST", f"/projects/{slug}/items", {"items": rows})
    for person in people:
        lead.ok("POST", f"/projects/{slug}/members", {"user": {"email": person.email}, "roles": ["annotator"]})
    return slug


class Annotator(Person):
    """A person with an account, a token of his own, and a browser whose page is watched."""

    def __init__(self, browser, installation, name="Ann Hand"):
        super().__init__(browser, installation.base_url)
        self.email = f"{uuid.uuid4().hex[:10]}@example.org"
        self.join(installation.invite(self.email), name)
        self.installation, self.api = installation, None
        self.context.add_init_script(WITNESS)

    def make_token(self):
        """Only members have rights that a token can be given."""
        cookie = next(c["value"] for c in self.context.cookies() if c["name"].endswith("csrftoken"))
        made = self.context.request.post(
            "/api/v1/tokens", headers={"X-CSRFToken": cookie, "Origin": self.base_url},
            data={"name": "test", "scopes": ["annotations:read", "annotations:write", "guidelines:read"]},
        )  # fmt: skip
        assert made.ok, made.text()
        return self.installation.api(made.json()["token"])

    def read_guideline(self, slug):
        self.api = self.api or self.make_token()
        self.api.ok("POST", f"/projects/{slug}/guidelines/1/acknowledge")

    def device(self, browser):
        """The same person on another device."""
        other = Person(browser, self.base_url)
        other.context.add_init_script(WITNESS)
        sign_in(other.page, self.email)
        other.page.wait_for_url(f"{self.base_url}/")
        return other.page

    def open(self, slug, page=None):
        page = page or self.page
        page.goto(f"/p/{slug}/label/")
        until(lambda: shown(page))
        return page


def sign_in(page, email):
    page.goto("/accounts/login/")
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")


def shown(page):
    """The number of the letter on the screen, or nothing."""
    text = page.locator("#item").inner_text() if page.locator("#workspace").is_visible() else ""
    return text.partition("Letter ")[2].partition(":")[0]


def chip(page):
    return page.locator("#save-chip").inner_text()


def answer(page, number):
    """Answers the item on the screen by its number, submits it, and waits for the next one to be painted."""
    item = until(lambda: shown(page))
    page.keyboard.press(str(number + 1))
    page.keyboard.press("Enter")
    until(lambda: shown(page) != item)
    return item


def stored(lead, slug):
    """Letter -> label of every answer that counts; an item answered twice fails here."""
    rows = lead.ok("GET", f"/projects/{slug}/annotations?limit=500")["results"]
    counting = [row for row in rows if row["superseded_by"] is None and row["withdrawn_at"] is None]
    found = {str(int(row["external_id"])): row["answers"]["kind"] for row in counting}
    assert len(found) == len(counting)
    return found


def lies(page):
    return page.evaluate("window.lies")


KEPT = """async () => {
  const found = [JSON.stringify({...localStorage}), JSON.stringify({...sessionStorage})];
  for (const {name} of await indexedDB.databases()) {
    const db = await new Promise((done) => { const r = indexedDB.open(name); r.onsuccess = () => done(r.result); });
    for (const store of db.objectStoreNames) {
      const rows = await new Promise((done) => {
        const r = db.transaction(store).objectStore(store).getAll(); r.onsuccess = () => done(r.result);
      });
      found.push(JSON.stringify(rows));
    }
    db.close();
  }
  return found.join("\\n");
}"""


def browser_storage(page):
    return page.evaluate(KEPT)
