"""What a label costs the server, beside the same transactions in plain SQL.

    python -m bench.queue --json

Starts an installation of its own with a project of 1,000 and one of 1,000,000 items and labels in both over HTTP as
the labeling page does: signed in with a session, `next` for as many as the page keeps in hand, a submit with its own
key for each item. Counted is the CPU time of the web server, of PostgreSQL (its background processes included) and of
the pulse worker, until every label is sealed and every consumer has read it. In the same run, in turn with these, a
small psycopg client writes the same rows to the same tables in the same transactions, in the same batches; its own
CPU time and that of its PostgreSQL backend are counted. Figures are milliseconds of CPU for one label; ratios compare
what was measured in turn. One annotator of the large project has 100,000 labels behind him.
"""

import argparse
import http.client
import json
import os
import re
import statistics
import sys
import tempfile
import time
import urllib.parse
import uuid
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg

from bench.measure import cpu_seconds, machine
from bench.plain import PlainClient
from tests.live import ROOT, Installation

SMALL, LARGE, BEHIND_HIM = 1_000, 1_000_000, 100_000
OVERLAP, PEOPLE = 3, 4
PARTS = ("web", "database", "worker-pulse")
NO_READERS = ["sealer", "pulse"]
"""Cursors that belong to no consumer."""
LANDS_ON_PAGE = 302
HISTORY = """
    WITH done AS (
        UPDATE annotation_queueentry SET free = free - 1, fence = fence + 1 WHERE id IN (
            SELECT id FROM annotation_queueentry WHERE round_id = %(round)s ORDER BY position LIMIT %(labels)s
        ) RETURNING item_id, fence
    ), given AS (
        INSERT INTO annotation_assignment (id, round_id, item_id, annotator_id, guideline_version_id, slot, fence,
            state, expires_at, skip_reason, created_at, ended_at)
        SELECT uuidv7(), %(round)s, item_id, %(user)s, %(version)s, 1, fence, 'submitted', now(), '', now(), now()
        FROM done RETURNING id, item_id
    )
    INSERT INTO annotation_annotation (id, project_id, round_id, item_id, annotator_id, assignment_id, slot, answers,
        guideline_version_id, lead_time_ms, note, flagged, blind, created_at, event)
    SELECT uuidv7(), %(project)s, %(round)s, item_id, %(user)s, id, 1, '{"label": "label_0"}', %(version)s, 1, '',
        false, true, now(), 0
    FROM given
"""


def batching() -> tuple[int, int]:
    """How many items the page keeps beside the one on the screen, and at how many it asks for more."""
    source = ROOT / "static" / "ts" / "annotation"
    in_hand = re.search(r"IN_HAND = (\d+)", (source / "queue.ts").read_text())
    less = re.search(r"LOW_WATER = IN_HAND - (\d+)", (source / "screen.ts").read_text())
    assert in_hand is not None
    assert less is not None
    return int(in_hand[1]), int(in_hand[1]) - int(less[1])


IN_HAND, LOW_WATER = batching()


class Page:
    """A signed-in annotator whose browser holds some items and asks for more in time."""

    def __init__(self, port: int, slug: str, sign_in: dict[str, str]) -> None:
        self.origin, self.slug = f"http://127.0.0.1:{port}", slug
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.cookies: dict[str, str] = {}
        self.held: list[dict[str, Any]] = []
        self.on_screen: dict[str, Any] | None = None
        self.calls = 0
        self._ask("GET", "/accounts/login/", "", {})
        form = {"login": sign_in["email"], "password": sign_in["password"]}
        form["csrfmiddlewaretoken"] = self.cookies["csrftoken"]
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        self._ask("POST", "/accounts/login/", urllib.parse.urlencode(form), kind)

    def _ask(self, method: str, path: str, body: str, headers: dict[str, str]) -> bytes:
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()), "Origin": self.origin}
        sent |= {"X-CSRFToken": self.cookies.get("csrftoken", "")} | headers
        self.connection.request(method, path, body or None, sent)
        answer = self.connection.getresponse()
        data = answer.read()
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = line.split(";")[0].partition("=")
            self.cookies[name] = value
        if answer.status not in {200, 201, LANDS_ON_PAGE}:
            raise RuntimeError(f"{path}: {answer.status} {data[:300]!r}")
        self.calls += 1
        return data

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
        return json.loads(self._ask("POST", f"/api/v1{path}", json.dumps(body), headers))

    def label(self) -> None:
        """Submit what is on the screen, after the next one was taken from memory and more was asked for in time."""
        submitted, self.on_screen = self.on_screen, self.held.pop(0) if self.held else None
        if submitted is not None:
            body = {"assignment": submitted["id"], "fence": submitted["fence"], "answers": {"label": "label_0"}}
            self._post("/annotations", body | {"lead_time_ms": 900})
        if len(self.held) <= LOW_WATER:
            self._refill()
        if self.on_screen is None:
            self.on_screen = self.held.pop(0)

    def _refill(self) -> None:
        known = {given["id"] for given in [*self.held, *([self.on_screen] if self.on_screen else [])]}
        count = IN_HAND + (self.on_screen is not None)
        for given in self._post(f"/projects/{self.slug}/next", {"count": count})["assignments"]:
            if given["id"] not in known:
                self.held.append(given)


class Server:
    """The installation under measurement, looked at through a connection that is not counted."""

    def __init__(self, running: Installation) -> None:
        self.running = running
        host, port = (running.data / "pg" / "data" / "postmaster.pid").read_text().splitlines()[4:2:-1]
        self.address = f"postgresql:///concord?host={host}&port={port}&user=concord"
        self.control = psycopg.connect(self.address, autocommit=True)

    def cpu(self, *, but: Sequence[int] = ()) -> dict[str, float]:
        """CPU seconds of each part so far, these processes left out."""
        unseen = {self.control.info.backend_pid, *but}
        return {part: cpu_seconds(pid for pid in self.running.pids(part) if pid not in unseen) for part in PARTS}

    def is_settled(self) -> bool:
        """Whether the log is sealed and every consumer has read it."""
        row = self.control.execute(
            "SELECT (SELECT max(id) FROM events_event) = (SELECT max(event_id) FROM events_seal),"
            " (SELECT max(id) FROM events_seal) = (SELECT min(position) FROM events_cursor WHERE name <> ALL(%s))",
            [NO_READERS],
        ).fetchone()
        return row == (True, True)

    def settle(self, patience: float = 120) -> None:
        until = time.monotonic() + patience
        while not self.is_settled():
            if time.monotonic() > until:
                raise RuntimeError("the log was not read to its end")
            time.sleep(0.05)

    def age(self, slug: str, email: str, labels: int) -> None:
        """Put so many labels behind an annotator."""
        row = self.control.execute(
            "SELECT p.id, r.id, u.id, v.id FROM projects_project p JOIN annotation_round r ON r.project_id = p.id"
            " JOIN guidelines_guidelineversion v ON v.project_id = p.id AND v.number = 1, accounts_user u"
            " WHERE p.slug = %s AND u.email = %s",
            [slug, email],
        ).fetchone()
        assert row is not None
        names = dict(zip(("project", "round", "user", "version"), row, strict=True))
        self.control.execute(HISTORY, names | {"labels": labels})
        self.control.execute("ANALYZE annotation_queueentry, annotation_assignment, annotation_annotation")

    def cost_of_idling(self, seconds: float = 10) -> dict[str, float]:
        """Share of one core that each part takes while nobody does anything."""
        before = self.cpu()
        time.sleep(seconds)
        after = self.cpu()
        return {part: round((after[part] - before[part]) / seconds, 4) for part in PARTS}

    def cost_of(self, page: Page, labels: int, *, but: Sequence[int]) -> dict[str, float]:
        """CPU seconds of each part for so many labels, until they are sealed and read."""
        self.settle()
        before = self.cpu(but=but)
        for _ in range(labels):
            page.label()
        self.settle()
        after = self.cpu(but=but)
        return {part: after[part] - before[part] for part in PARTS}


def cost_of_plain(plain: PlainClient, labels: int) -> float:
    """CPU seconds of the plain client and its backend for so many labels, in the batches of the page."""
    before = plain.cpu_seconds()
    for _ in range(labels):
        if len(plain.held) <= LOW_WATER:
            plain.claim(IN_HAND - LOW_WATER)
        plain.submit()
    return plain.cpu_seconds() - before


def compare(server: Server, pages: dict[str, Page], plain: PlainClient, *, labels: int, rounds: int) -> dict[str, Any]:
    """Let everybody label in turn, so that other work on the machine moves all figures alike."""
    costs: dict[str, dict[str, float]] = {name: defaultdict(float) for name in pages}
    in_plain_sql, ratios = 0.0, defaultdict[str, list[float]](list)
    backend = [plain.connection.info.backend_pid]
    for page in pages.values():
        server.cost_of(page, 2 * IN_HAND, but=backend)  # connections, caches and prepared statements are warm
        page.calls = 0
    cost_of_plain(plain, 2 * IN_HAND)
    for _ in range(rounds):
        this = {}
        for name, page in pages.items():
            found = server.cost_of(page, labels, but=backend)
            this[name] = sum(found.values())
            for part, seconds in found.items():
                costs[name][part] += seconds
        spent = cost_of_plain(plain, labels)
        in_plain_sql += spent
        ratios["plain"].append(this["small"] / spent)
        ratios["items"].append(this["large"] / this["small"])
        ratios["history"].append(this["veteran"] / this["large"])
    per_label = 1000 / (labels * rounds)
    return {
        "labels": labels * rounds,
        "cpu_ms_per_label": {
            name: {part: round(seconds * per_label, 2) for part, seconds in parts.items()}
            | {"all": round(sum(parts.values()) * per_label, 2)}
            for name, parts in costs.items()
        }
        | {"plain": round(in_plain_sql * per_label, 2)},
        "requests_per_label": round(pages["small"].calls / (labels * rounds), 2),
        "ratio_to_plain_sql": round(statistics.median(ratios["plain"]), 1),
        "ratio_1m_to_1k_items": round(statistics.median(ratios["items"]), 2),
        "ratio_100k_labels_behind_to_none": round(statistics.median(ratios["history"]), 2),
    }


def seed(running: Installation, items: int) -> dict[str, Any]:
    made = running.seed(items=items, annotators=PEOPLE, overlap=OVERLAP)
    project: dict[str, Any] = made["projects"][0]
    return project | {"people": [who for who in made["sign_ins"] if who["role"] == "annotator"]}


def measure(data: Path, *, items: int, labels: int, rounds: int) -> dict[str, Any]:
    running = Installation(data).start()
    try:
        small, plain = seed(running, SMALL), seed(running, SMALL)
        kept = data / f"bench-{items}.json"  # a folder that is given again holds the large project already
        seconds = None
        if not kept.exists():
            began = time.monotonic()
            large = seed(running, items)
            seconds = round(time.monotonic() - began, 1)
            Server(running).age(large["slug"], large["people"][0]["email"], min(BEHIND_HIM, items // 2))
            kept.write_text(json.dumps(large))
        large = json.loads(kept.read_text())
        server = Server(running)
        server.settle()
        pages = {
            "small": Page(running.port, small["slug"], small["people"][0]),
            "large": Page(running.port, large["slug"], large["people"][1]),
            "veteran": Page(running.port, large["slug"], large["people"][0]),
        }
        return {
            "at": time.strftime("%Y-%m-%d", time.gmtime()),
            "machine": machine(),
            "items": items,
            "seconds_to_seed": seconds,
            "batch": {"in_hand": IN_HAND, "asks_at": LOW_WATER},
            "idle_cpu_share": server.cost_of_idling(),
            **compare(server, pages, PlainClient(server.address, plain["slug"], plain["people"][0]["email"]),
                      labels=labels, rounds=rounds),
            "load_average": round(os.getloadavg()[0], 1),
        }  # fmt: skip
    finally:
        running.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=LARGE, help="items of the large project")
    parser.add_argument("--labels", type=int, default=100, help="labels of each annotator in one round (at most 100)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--data", type=Path, help="a data folder to keep, so that the next run need not seed again")
    parser.add_argument("--json", action="store_true", help="one line of JSON")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="concord-bench-") as folder:
        data = options.data or Path(folder) / "data"
        found = measure(data, items=options.items, labels=options.labels, rounds=options.rounds)
    print(json.dumps(found) if options.json else json.dumps(found, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
