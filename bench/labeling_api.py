"""What the hot path costs: `next` and `submit` over HTTP, on an installation of its own.

    python -m bench.labeling_api --json

prints one line of JSON: p50 and p95 in milliseconds at 1 and 8 clients, SQL queries and CPU time of the web server
for each call, and how `next` in a project of 50,000 items, a tenth of them labelled, compares with one of 1,000, both
asked in turn. Client and server share the machine: times of a busy machine are upper bounds, ratios and counts hold.
"""

import argparse
import http.client
import json
import os
import statistics
import sys
import tempfile
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.measure import cpu_seconds, machine
from tests.live import Installation

SMALL, LARGE = 1_000, 50_000
ANNOTATORS, OVERLAP = 8, 3
Times = dict[str, list[float]]


class Client:
    """One annotator with one kept connection."""

    def __init__(self, port: int, slug: str, token: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.slug, self.token = slug, token
        self.times: Times = defaultdict(list)

    def call(self, name: str, path: str, body: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        start = time.perf_counter()
        self.connection.request(
            "POST", f"/api/v1{path}", json.dumps(body), headers | {"Idempotency-Key": uuid.uuid4().hex}
        )
        answer = self.connection.getresponse()
        data = answer.read()
        self.times[name].append((time.perf_counter() - start) * 1000)
        if answer.status not in {200, 201}:
            raise RuntimeError(f"{path}: {answer.status} {data[:300]!r}")
        return json.loads(data)

    def label(self) -> None:
        (given,) = self.call("next", f"/projects/{self.slug}/next", {"count": 1})["assignments"]
        body = {"assignment": given["id"], "fence": given["fence"], "answers": {"label": "label_0"}, "lead_time_ms": 1}
        self.call("submit", "/annotations", body)


def clients_of(port: int, project: dict[str, Any]) -> list[Client]:
    return [Client(port, project["slug"], token) for token in project["tokens"]["annotators"]]


def summary(clients: Sequence[Client]) -> dict[str, dict[str, float]]:
    found = {}
    for name in ("next", "submit"):
        times = sorted(t for client in clients for t in client.times[name])
        found[name] = {
            "p50": round(statistics.median(times), 1),
            "p95": round(times[int(len(times) * 0.95)], 1),
            "calls": len(times),
        }
    return found


def run_together(clients: Sequence[Client], labels: int) -> dict[str, dict[str, float]]:
    """Each client labels `labels` items without a pause."""
    for client in clients:
        client.label()  # connections, caches and prepared statements are warm
        client.times.clear()
    threads = [threading.Thread(target=lambda c=client: [c.label() for _ in range(labels)]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return summary(clients)


def cpu_of_web(running: Installation, client: Client, labels: int = 60) -> dict[str, float]:
    """CPU milliseconds of the web server for a `next` with its `submit`: less moved by other load than the clock."""
    pids = running.pids("web")
    before = cpu_seconds(pids)
    for _ in range(labels):
        client.label()
    return {"next_and_submit": round((cpu_seconds(pids) - before) / labels * 1000, 1)}


def ratio(small: Sequence[Client], large: Sequence[Client], labels: int) -> float:
    """p50 of `next` in the large project by that in the small one; asked in turn, so load moves both."""
    for client in (*small, *large):
        client.label()
        client.times.clear()
    for number in range(labels):
        for team in (small, large):
            team[number % len(team)].label()
    return round(summary(large)["next"]["p50"] / summary(small)["next"]["p50"], 2)


def count_queries(data: Path, project: dict[str, Any]) -> dict[str, int]:
    """SQL queries of one call each, as Django counts them, on the same database."""
    os.environ |= {"CONCORD_DATA_DIR": str(data), "DJANGO_SETTINGS_MODULE": "config.settings", "CONCORD_RATE": "0"}
    import django

    django.setup()
    # only after django.setup(), which needs the data folder of this run
    from django.db import connection
    from django.test import Client as Browser
    from django.test.utils import CaptureQueriesContext

    from core.embedded import postgres

    browser = Browser(headers={"Authorization": f"Bearer {project['tokens']['annotators'][0]}"}, HTTP_HOST="127.0.0.1")

    def ask(path: str, body: Any) -> Any:
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        return browser.post(f"/api/v1{path}", json.dumps(body), content_type="application/json", headers=headers).json()

    counts: dict[str, int] = {}
    for _ in range(2):  # the first round pays for what is kept afterwards
        with CaptureQueriesContext(connection) as seen:
            (given,) = ask(f"/projects/{project['slug']}/next", {"count": 1})["assignments"]
        counts["next"] = len(seen)
        body = {"assignment": given["id"], "fence": given["fence"], "answers": {"label": "label_0"}, "lead_time_ms": 1}
        with CaptureQueriesContext(connection) as seen:
            ask("/annotations", body)
        counts["submit"] = len(seen)
    connection.close()
    postgres.release()
    return counts


def measure(data: Path, labels: int) -> dict[str, Any]:
    running = Installation(data).start()
    try:
        began = time.monotonic()
        large = running.seed(items=LARGE, annotators=ANNOTATORS, overlap=OVERLAP, annotated=0.1)["projects"][0]
        seeded = time.monotonic() - began
        small = running.seed(items=SMALL, annotators=ANNOTATORS, overlap=OVERLAP)["projects"][0]
        in_small, in_large = clients_of(running.port, small), clients_of(running.port, large)
        return {
            "at": time.strftime("%Y-%m-%d", time.gmtime()),
            "machine": machine(),
            "load_average": round(os.getloadavg()[0], 1),
            "seconds_to_seed": round(seeded, 1),
            "clients_1": run_together(in_small[:1], labels),
            "clients_8": run_together(in_small, labels // 4),
            "next_ratio_50k_1k": ratio(in_small, in_large, labels),
            "web_cpu_ms": cpu_of_web(running, in_small[0]),
            "queries": count_queries(data, small),
        }
    finally:
        running.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labels", type=int, default=100, help="labels of a single client; teams share more")
    parser.add_argument("--json", action="store_true", help="one line of JSON")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="concord-bench-") as folder:
        found = measure(Path(folder) / "data", options.labels)
    print(json.dumps(found) if options.json else json.dumps(found, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
