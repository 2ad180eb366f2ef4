"""People who label through HTTP while parts of the installation die, and the history of what they were told."""

import http.client
import json
import random
import threading
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from tests.live import Answer, Api, Installation

QUESTION = "label"
GIVE_UP = 120
"""Seconds after which a client stops asking again: the answer of that submit then stays unknown."""


class History:
    """One line for each thing that happened: `invoke`, then `ok`, `fail` (definite) or `info` (nobody knows)."""

    def __init__(self, file: Path) -> None:
        self._file, self._lock = file, threading.Lock()
        self.lines: list[dict[str, Any]] = []

    def note(self, kind: str, **what: Any) -> None:
        line = {"type": kind, "at": time.monotonic(), **what}
        with self._lock, self._file.open("a") as file:
            self.lines.append(line)
            file.write(json.dumps(line) + "\n")

    def of(self, kind: str, f: str = "submit") -> list[dict[str, Any]]:
        with self._lock:
            return [line for line in self.lines if line["type"] == kind and line["f"] == f]

    def statuses(self) -> set[int]:
        with self._lock:
            return {line["status"] for line in self.lines if "status" in line}


class Labeler(threading.Thread):
    """One annotator: takes three items, submits each under a key of its own, and asks again until told for certain."""

    def __init__(self, number: int, api: Api, project: str, history: History, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.number, self.api, self.project = number, api, project
        self.history, self.finish = history, stop
        self.aborted = False
        self.draw = random.Random(number)

    def run(self) -> None:
        while not self.aborted:
            given = self._ask("next", f"/projects/{self.project}/next", {"count": 3})
            found = given.json() if given is not None and given.status == 200 else {}
            for assignment in found.get("assignments", []):
                self._submit(assignment)
            if found.get("reason") == "queue_empty" and not found["assignments"] and self.finish.is_set():
                return
            if not found.get("assignments"):
                time.sleep(0.2)

    def _submit(self, assignment: dict[str, Any]) -> None:
        body = {
            "assignment": assignment["id"], "fence": assignment["fence"], "lead_time_ms": 1000,
            "answers": {QUESTION: f"label_{self.draw.randrange(4)}"},
        }  # fmt: skip
        what = {"process": self.number, "item": assignment["item"]["id"], "answers": body["answers"]}
        key = uuid.uuid4().hex
        self.history.note("invoke", f="submit", key=key, **what)
        answer = self._ask("submit", "/annotations", body, key=key)
        if answer is None:
            self.history.note("info", f="submit", key=key, **what)
        elif answer.status == 201:
            self.history.note("ok", f="submit", key=key, id=answer.json()["id"], **what)
        else:
            self.history.note("fail", f="submit", key=key, code=answer.json().get("code"), **what)

    def _ask(self, f: str, path: str, body: Any, key: str | None = None) -> Answer | None:
        """The definite answer: 2xx or 4xx. None where there was none within `GIVE_UP` seconds."""
        until = time.monotonic() + GIVE_UP
        while time.monotonic() < until and not self.aborted:
            try:
                answer = self.api.call("POST", path, body, key=key, timeout=10)
            except (OSError, http.client.HTTPException) as error:
                self.history.note("retry", f=f, status=0, why=repr(error)[:200])
            else:
                running = answer.status == 409 and b"idempotency_key_in_progress" in answer.data
                if answer.status < 500 and not running:
                    return answer
                self.history.note("retry", f=f, status=answer.status, why=answer.data[:300].decode(errors="replace"))
            time.sleep(0.1)
        return None


class Stream:
    """A team at work on one project of an installation."""

    def __init__(self, running: Installation, made: dict[str, Any], history: History) -> None:
        project = made["projects"][0]
        self.history, self.finish = history, threading.Event()
        self.slug = project["slug"]
        self.manager = running.api(project["tokens"]["manager"])
        self.team = [
            Labeler(number, running.api(token), self.slug, history, self.finish)
            for number, token in enumerate(project["tokens"]["annotators"])
        ]
        self.items = 0

    def __enter__(self) -> Self:
        for labeler in self.team:
            labeler.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Nobody goes on after the test, however it ended."""
        for labeler in self.team:
            labeler.aborted = True
        for labeler in self.team:
            labeler.join(30)

    def feed(self, number: int) -> None:
        """More items, pushed as a pipeline would: sent again until taken, known ids make nothing new."""
        rows = [{"external_id": f"fed-{self.items + n}", "fields": {"text": f"Text {n}"}} for n in range(number)]
        until = time.monotonic() + GIVE_UP
        while time.monotonic() < until:
            try:
                answer = self.manager.call("POST", f"/projects/{self.slug}/items", {"items": rows})
            except (OSError, http.client.HTTPException):
                answer = None
            if answer is not None and answer.status == 201:
                self.items += number
                return
            time.sleep(0.2)
        raise AssertionError(f"the items were not taken: {answer and answer.data[:300]!r}")

    def wait_for_submit(self, after: float, patience: float) -> float:
        """Seconds from `after` to the first submit answered with 201 that was sent after it."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            sent = {line["key"] for line in self.history.of("invoke") if line["at"] > after}
            good = [line["at"] for line in self.history.of("ok") if line["key"] in sent]
            if good:
                return min(good) - after
            time.sleep(0.1)
        raise AssertionError(f"no submit succeeded within {patience} s: {self.history.lines[-5:]}")

    def drain(self, patience: float) -> None:
        """Let the team finish everything that is in the queue, and go home."""
        self.finish.set()
        until = time.monotonic() + patience
        for labeler in self.team:
            labeler.join(max(0.0, until - time.monotonic()))
        assert not [one for one in self.team if one.is_alive()], self.history.lines[-5:]

    def stored(self) -> list[dict[str, Any]]:
        return pages(self.manager, f"/projects/{self.slug}/annotations")


def pages(api: Api, path: str) -> list[dict[str, Any]]:
    """Every row of a list."""
    found: list[dict[str, Any]] = []
    address: str | None = f"{path}{'&' if '?' in path else '?'}limit=500"
    while address:
        body = api.ok("GET", address)
        found += body["results"]
        address = body["next"]
    return found


def assert_kept(history: History, stored: Sequence[dict[str, Any]]) -> None:
    """Every acknowledged label is there once with the answers sent, an unknown one at most once, nothing else."""
    sent = {line["key"]: line for line in history.of("invoke")}
    good = {line["id"]: line for line in history.of("ok")}
    unknown = history.of("info")
    assert len(good) == len(history.of("ok")), "two submits were told the same annotation"
    assert not history.of("fail"), history.of("fail")[:3]
    by_id = {row["id"]: row for row in stored}
    assert len(by_id) == len(stored)
    for one, line in good.items():
        assert one in by_id, f"lost: {line}"
        assert by_id[one]["answers"] == sent[line["key"]]["answers"], line
        assert by_id[one]["item"] == line["item"], line
    others = [row for row in stored if row["id"] not in good]
    assert len(others) <= len(unknown), f"{len(others)} labels that nobody was told of, {len(unknown)} unknown"
    assert {row["item"] for row in others} <= {line["item"] for line in unknown}


def assert_exact_overlap(stored: Sequence[dict[str, Any]], *, items: int, overlap: int) -> None:
    """Each item has exactly its overlap, by as many different people."""
    people: dict[str, list[str]] = {}
    for row in stored:
        people.setdefault(row["item"], []).append(row["annotator"])
    assert len(people) == items
    wrong = {item: who for item, who in people.items() if len(who) != overlap or len(set(who)) != overlap}
    assert not wrong, list(wrong.items())[:3]
