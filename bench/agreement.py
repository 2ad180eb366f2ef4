"""Agreement of a project with 1,000,000 items and 3,000,000 labels.

    python -m bench.agreement --json [--data FOLDER]

Starts an installation of its own (one that is given again is not seeded again), with a project of 1,000 and one of
1,000,000 items whose every item has three labels out of five. Measured are, each in a process of its own: value and
interval from 1,000 replicates with everything read from PostgreSQL, its peak of memory; beside it, on the same answers,
the `krippendorff` package's value alone and a loop that resamples units by it, of which a few replicates are made; the
arithmetic alone; what the consumer does after one more submit, in the small and the large project in turn; statements
and milliseconds of every page. Then, over HTTP: a whole run by the worker with its peak of memory, submits of an
annotator without and with a run beside them, and the dashboard in a real Chromium until its first paint.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.filled import LABELS, OVERLAP, PEOPLE, fill
from bench.labeling_page import chromium, sign_in
from bench.measure import machine
from bench.queue import Page, Server
from tests.live import ROOT, Api, Installation

SMALL, LARGE = 1_000, 1_000_000
SUBMITS = 300
PAUSE = 0.02
"""Between two labels: an annotator of superhuman speed, so that there are many submits beside one run."""
PAINT = """() => {
  const [load] = performance.getEntriesByType("navigation");
  const [paint] = performance.getEntriesByName("first-contentful-paint");
  return { first_byte: load.responseStart, paint: paint.startTime, loaded: load.loadEventEnd };
}"""


def prepare(running: Installation, items: int) -> dict[str, dict[str, Any]]:
    """The small and the large project: made once, known again by a file."""
    kept = running.data / f"bench-agreement-{items}.json"
    if not kept.exists():
        projects = {}
        for name, number in (("small", SMALL), ("large", items)):
            made = running.seed(items=number, annotators=PEOPLE, overlap=OVERLAP, labels=LABELS)
            server = Server(running)
            server.settle(600)
            fill(server.control, made["projects"][0]["slug"])
            server.settle(600)
            projects[name] = made["projects"][0] | {"people": made["sign_ins"]}
        kept.write_text(json.dumps(projects))
    found: dict[str, dict[str, Any]] = json.loads(kept.read_text())
    return found


def part(running: Installation, name: str, slug: str = "") -> dict[str, Any]:
    """One part of the measurement, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.agreement_parts", name, slug], cwd=ROOT, env=running.environment(),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{name}:\n{done.stderr[-3000:]}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def whole_run(api: Api, slug: str, running: Installation) -> dict[str, Any]:
    """A run of everything by the worker, and the most memory that a process of the worker's ever held."""
    began = time.monotonic()
    asked = api.ok("POST", f"/projects/{slug}/agreement-runs", {})
    ended = api.wait(f"/agreement-runs/{asked['id']}", patience=600)
    assert ended["state"] == "done", ended
    return {"seconds": round(time.monotonic() - began, 1), "peak_mb": worker_peak(running)}


def worker_peak(running: Installation) -> int:
    told = [Path(f"/proc/{pid}/status").read_text() for pid in running.pids("worker-work")]
    return max(int(text.split("VmHWM:")[1].split()[0]) for text in told) // 1024


def open_items(api: Api, slug: str) -> None:
    """Something to label, in a batch of its own."""
    name = f"bench-{time.time_ns()}"
    for start in range(0, 2000, 1000):
        rows = [{"fields": {"text": f"To be labelled: {n}."}} for n in range(start, start + 1000)]
        api.ok("POST", f"/projects/{slug}/items", {"items": rows, "batch": name})


class Annotator(Page):
    """A signed-in annotator who keeps the milliseconds of each submit."""

    def __init__(self, port: int, slug: str, sign_in: dict[str, str]) -> None:
        super().__init__(port, slug, sign_in)
        self.times: list[float] = []

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        began = time.perf_counter()
        answer = super()._post(path, body)
        if path == "/annotations":
            self.times.append(1000 * (time.perf_counter() - began))
        return answer

    def work(self, until: Callable[[int], bool]) -> list[float]:
        """Label until so many submits are enough."""
        self.times = []
        while not until(len(self.times)):
            self.label()
            time.sleep(PAUSE)
        return self.times


def submits_beside_a_run(running: Installation, api: Api, large: dict[str, Any]) -> dict[str, Any]:
    """Submits of one annotator with nothing beside them, with a run beside them, and with nothing again."""
    slug = large["slug"]
    open_items(api, slug)
    people = [who for who in large["people"] if who["role"] == "annotator"]
    annotator = Annotator(running.port, slug, people[0])
    annotator.work(lambda n: n >= 30)  # connections, caches and prepared statements are warm
    alone = annotator.work(lambda n: n >= SUBMITS)
    runs: list[dict[str, Any]] = []
    worker = threading.Thread(target=lambda: runs.append(whole_run(api, slug, running)))
    worker.start()
    beside = annotator.work(lambda n: not worker.is_alive() or n >= 1200)
    worker.join()
    alone += annotator.work(lambda n: n >= SUBMITS)
    return {
        "alone": quantiles(alone),
        "beside_a_run": quantiles(beside),
        "ratio_of_p95": round(quantiles(beside)["p95"] / quantiles(alone)["p95"], 2),
        "run": runs[0],
    }


def quantiles(times: list[float]) -> dict[str, Any]:
    ordered = sorted(times)
    return {"n": len(ordered)} | {
        name: round(ordered[int(len(ordered) * share)], 1) for name, share in (("p50", 0.5), ("p95", 0.95))
    }


def painted(running: Installation, large: dict[str, Any]) -> dict[str, Any]:
    """Milliseconds until a manager's browser has painted the dashboard: the median of five visits after the first."""
    manager = next(who for who in large["people"] if who["role"] == "manager")
    with chromium() as browser:
        page = sign_in(browser, running, manager)
        visits = []
        for _ in range(6):
            page.goto(f"/p/{large['slug']}/agreement/", wait_until="load")
            page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length > 0")
            visits.append(page.evaluate(PAINT))
    first, *others = visits
    return {"first": round(first["paint"])} | {
        name: round(sorted(visit[name] for visit in others)[2]) for name in ("first_byte", "paint", "loaded")
    }


def measure(data: Path, *, items: int) -> dict[str, Any]:
    running = Installation(data).start()
    try:
        began = time.monotonic()
        projects = prepare(running, items)
        seeded = round(time.monotonic() - began, 1)
        small, large = projects["small"]["slug"], projects["large"]["slug"]
        api = running.api(projects["large"]["tokens"]["manager"])
        value = part(running, "reading", large)
        package, naive = part(running, "package", large), part(running, "naive", large)
        run = submits_beside_a_run(running, api, projects["large"])
        submit = part(running, "submits", f"{small},{large}")
        return {
            "at": time.strftime("%Y-%m-%d", time.gmtime()),
            "machine": machine(),
            "items": items,
            "seconds_to_seed": seeded,
            "value_and_interval": value,
            "package": package | {"equal_to": abs(package["alpha"] - value["alpha"])},
            "naive_loop": naive | {"times_as_long": round(naive["seconds_of_1000"] / value["seconds"])},
            "arithmetic": part(running, "arithmetic"),
            "one_more_submit": submit,
            "submits": run,
            "pages": part(running, "pages", large),
            "paint_ms": painted(running, projects["large"]),
            "load_average": round(os.getloadavg()[0], 1),
        }
    finally:
        running.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=LARGE, help="items of the large project")
    parser.add_argument("--data", type=Path, help="a data folder to keep, so that the next run need not seed again")
    parser.add_argument("--json", action="store_true", help="one line of JSON")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="concord-bench-") as folder:
        found = measure(options.data or Path(folder) / "data", items=options.items)
    print(json.dumps(found) if options.json else json.dumps(found, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
