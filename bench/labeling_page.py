"""What an annotator waits for on the labeling page, in a real Chromium.

    python -m bench.labeling_page --json

Starts an installation of its own, signs in, and labels items of a choice question by keyboard alone, at full speed of
the processor and slowed down four times. A key counts from the moment the browser took it until what it does is on the
screen: the frame that holds it has been painted. `keydown` is every key of a label, `next` the one that submits, until
the next item is painted. First loads are counted without a cache, as they come over the line, until the first item is
painted and nothing more is asked; requests are those to the API, for labels made faster than a draft is saved.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from bench.measure import machine
from tests.live import Installation

ITEMS = 1_000
THINK_MS = 60
"""Between two keys: four times faster than anybody works, and faster than drafts are saved."""
CHROMIUM = os.environ.get("CONCORD_CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
SPANS = {
    "name": "names", "kind": "spans", "title": "Which names?", "required": False, "field": "text",
    "labels": [{"value": value, "title": value} for value in ("person", "place", "work")], "crossing": "none",
}  # fmt: skip
WATCH = """
(() => {
  const times = (window.benchTimes = { keydown: [], next: [] });
  const painted = (run) => {
    const channel = new MessageChannel();  // its turn comes once the frame is painted
    channel.port1.onmessage = () => run(performance.now());
    channel.port2.postMessage(0);
  };
  const until = (holds, run) => requestAnimationFrame(() => (holds() ? painted(run) : until(holds, run)));
  window.benchPast = (number) => new Promise((resolve) => {
    const look = () => (times.keydown.length > number ? resolve() : setTimeout(look, 5));
    look();
  });
  const item = () => document.querySelector("#item")?.textContent ?? "";
  const chosen = () => document.querySelector("#questions :checked") !== null;
  addEventListener("keydown", (event) => {
    const before = item();
    const submits = event.key === "Enter";
    until(submits ? () => item() !== before && item() !== "" && !chosen() : chosen, (now) => {
      times.keydown.push(now - event.timeStamp);
      if (submits) times.next.push(now - event.timeStamp);
    });
  }, { capture: true });
})();
"""


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def sign_in(browser: Browser, running: Installation, who: dict[str, str]) -> Page:
    page = browser.new_context(base_url=running.base_url, viewport={"width": 1280, "height": 800}).new_page()
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill(who["email"])
    page.locator("input[name=password]").fill(who["password"])
    page.locator("main button[type=submit]").click()
    page.wait_for_url(f"{running.base_url}/")
    return page


def first_load(page: Page, slug: str) -> dict[str, float]:
    """Kilobytes over the line, and milliseconds to the first item, with nothing in the cache."""
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.setCacheDisabled", {"cacheDisabled": True})
    sizes: list[float] = []
    line.on("Network.loadingFinished", lambda told: sizes.append(told["encodedDataLength"]))
    began = time.perf_counter()
    page.goto(f"/p/{slug}/label/")
    page.locator("#item:not(:empty)").wait_for()
    seconds = time.perf_counter() - began
    page.wait_for_load_state("networkidle")
    line.detach()
    return {"kb": round(sum(sizes) / 1000, 1), "requests": len(sizes), "ms": round(seconds * 1000)}


def label(page: Page, labels: int) -> None:
    for number in range(labels):
        for key in (str(number % 4 + 1), "Enter"):
            page.wait_for_timeout(THINK_MS)
            done = page.evaluate("benchTimes.keydown.length")
            page.keyboard.press(key)
            page.evaluate(f"benchPast({done})")


def labelled(page: Page, labels: int, slowed: int) -> dict[str, Any]:
    line: CDPSession = page.context.new_cdp_session(page)
    line.send("Emulation.setCPUThrottlingRate", {"rate": slowed})
    label(page, 10)  # the code is compiled
    page.evaluate("benchTimes.keydown.length = benchTimes.next.length = 0")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/api/" in request.url else None)
    began = time.perf_counter()
    label(page, labels)
    seconds = time.perf_counter() - began
    page.locator("#save-chip[data-state=saved]").wait_for()
    times = page.evaluate("benchTimes")
    line.detach()
    return {
        "labels": labels,
        "keydown_ms": {"p75": quantile(times["keydown"], 0.75), "p95": quantile(times["keydown"], 0.95)},
        "next_ms": {"p75": quantile(times["next"], 0.75), "p95": quantile(times["next"], 0.95)},
        "requests_per_label": round(len(asked) / labels, 2),
        "seconds_per_label": round(seconds / labels, 2),
    }


def quantile(times: list[float], share: float) -> float:
    return round(sorted(times)[int(len(times) * share)], 1)


def spans_project(running: Installation, manager: str, annotator: str, email: str) -> str:
    """A project that asks for spans, with one of the seeded annotators in it."""
    slug, lead = "bench-spans", running.api(manager)
    field = {"name": "text", "type": "text", "title": "Text", "required": True}
    lead.ok("POST", "/projects", {"slug": slug, "name": "Spans", "overlap": 1, "fields": [field]})
    draft = {"clauses": [], "label_schema": {"questions": [SPANS]}, "note": "For the benchmark."}
    lead.ok("PUT", f"/projects/{slug}/guidelines/draft", draft, If_Match="*")
    change = {"change": "semantic", "note": "For the benchmark."}
    lead.ok("POST", f"/projects/{slug}/guidelines/draft/publish", change, If_Match="*")
    lead.ok("POST", f"/projects/{slug}/members", {"user": {"email": email}, "roles": ["annotator"]})
    items = [{"fields": {"text": f"Anna met Boris in Ghent on day {n}."}} for n in range(20)]
    lead.ok("POST", f"/projects/{slug}/items", {"items": items})
    running.api(annotator).ok("POST", f"/projects/{slug}/guidelines/1/acknowledge")
    return slug


def measure(data: Path, labels: int) -> dict[str, Any]:
    running = Installation(data).start()
    try:
        made = running.seed(items=ITEMS, annotators=2, overlap=2)
        project = made["projects"][0]
        people = [who for who in made["sign_ins"] if who["role"] == "annotator"]
        tokens = project["tokens"]
        spans = spans_project(running, tokens["manager"], tokens["annotators"][0], people[0]["email"])
        with chromium() as browser:
            page = sign_in(browser, running, people[0])
            page.add_init_script(WATCH)
            loads = {"spans": first_load(page, spans), "choice": first_load(page, project["slug"])}
            runs = {"full_speed": labelled(page, labels, 1), "slowed_4_times": labelled(page, labels, 4)}
            version = browser.version
        return {
            "at": time.strftime("%Y-%m-%d", time.gmtime()),
            "machine": machine(),
            "chromium": version,
            "first_load": loads,
            **runs,
            "load_average": round(os.getloadavg()[0], 1),
        }
    finally:
        running.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labels", type=int, default=200)
    parser.add_argument("--json", action="store_true", help="one line of JSON")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="concord-bench-") as folder:
        found = measure(Path(folder) / "data", options.labels)
    print(json.dumps(found) if options.json else json.dumps(found, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
