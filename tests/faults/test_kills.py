"""`kill -9` while people label: nothing acknowledged is lost or doubled, and everything comes back."""

import contextlib
import csv
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.embedded import valkey
from tests.faults.stream import History, Stream, assert_exact_overlap, assert_kept, pages
from tests.live import Installation

OVERLAP = 3
ROUNDS = 2
RECOVERED_WITHIN = {"web": 60, "database": 60}
"""Seconds to the first good submit, with room for a busy machine. The other parts must not be missed at all: 30 s."""
ROWS, BAD = 20_000, 13


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    installation = Installation(tmp_path_factory.mktemp("kills") / "data").start()
    yield installation
    installation.stop()


def wait_until(what: Any, patience: float, sentence: str) -> Any:
    until = time.monotonic() + patience
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            if found := what():
                return found
        time.sleep(0.1)
    raise AssertionError(sentence)


def check(installation: Installation) -> dict[str, Any]:
    """The outcome of `check_invariants`, asked again for up to a minute while queues and counters settle."""

    def clean() -> dict[str, Any] | None:
        found.update(json.loads(installation.manage("check_invariants", "--json", check=False).splitlines()[-1]))
        return found if found["ok"] else None

    found: dict[str, Any] = {}
    until = time.monotonic() + 60
    while not clean() and time.monotonic() < until:
        time.sleep(1)
    return found


def kill_and_wait(installation: Installation, stream: Stream, part: str) -> float:
    """Kill a part in the middle of the stream; return the seconds to the first good submit sent after that."""
    killed = installation.pids(part)
    assert killed, part
    at = time.monotonic()
    installation.kill(part)
    seconds = stream.wait_for_submit(at, RECOVERED_WITHIN.get(part, 30))
    again = lambda: set(installation.pids(part)) - set(killed)  # noqa: E731  # asked until it is true
    wait_until(again, 60, f"{part} did not come back")
    return seconds


def test_kills_lose_and_double_nothing(running: Installation, tmp_path: Path) -> None:
    made = running.seed(items=40, annotators=6, overlap=OVERLAP)
    history = History(tmp_path / "history.jsonl")
    recovered: list[tuple[str, float]] = []
    with Stream(running, made, history) as stream:
        for _ in range(ROUNDS):
            for part in ("web", "worker-work", "worker-pulse", "database", "broker"):
                stream.feed(40)
                recovered.append((part, round(kill_and_wait(running, stream, part), 1)))
        stream.drain(180)

    print("seconds to the first good submit:", recovered, "submits:", len(history.of("ok")))
    stored = stream.stored()
    assert_kept(history, stored)
    assert_exact_overlap(stored, items=40 + stream.items, overlap=OVERLAP)
    assert 500 not in history.statuses(), [line for line in history.lines if line.get("status") == 500][:3]
    outcome = check(running)
    assert outcome["ok"], outcome["violations"]


class Broker:
    """A broker of the test's own, so that nothing brings it back before its time."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "broker.sock"
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [str(valkey.binary()), "--port", "0", "--unixsocket", str(self.socket), "--save", "", "--dir",
             str(self.folder)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        wait_until(self.socket.exists, 10, "the broker did not start")

    def stop(self) -> None:
        if self.process is not None:
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None
        self.socket.unlink(missing_ok=True)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    made = Broker(tmp_path)
    made.start()
    yield made
    made.stop()


def test_without_a_broker_submits_succeed_and_the_rest_catches_up(tmp_path: Path, broker: Broker) -> None:
    installation = Installation(tmp_path / "data", CONCORD_BROKER_URL=f"redis+socket://{broker.socket}").start()
    try:
        made = installation.seed(items=40, annotators=4, overlap=OVERLAP)
        broker.stop()
        history = History(tmp_path / "history.jsonl")
        with Stream(installation, made, history) as stream:
            stream.drain(180)
        refused = history.of("retry") + history.of("retry", "next")
        assert not refused, refused[:3]
        assert len(history.of("ok")) == 40 * OVERLAP
        file = tmp_path / "more.csv"
        file.write_text("id,text\n" + "".join(f"{n},Text {n}\n" for n in range(10)))
        job = upload(stream, file)
        assert stream.manager.ok("GET", f"/projects/{stream.slug}/imports/{job['id']}")["state"] == "queued"

        broker.start()
        assert stream.manager.wait(f"/projects/{stream.slug}/imports/{job['id']}", 180)["items_created"] == 10
        counted = lambda: agreement(stream)["n_annotations"] == 40 * OVERLAP  # noqa: E731  # asked until it is true
        wait_until(counted, 60, "the agreement did not catch up")
        assert_kept(history, stream.stored())
        outcome = check(installation)
        assert outcome["ok"], outcome["violations"]
    finally:
        installation.stop()


def agreement(stream: Stream) -> dict[str, Any]:
    scores: list[dict[str, Any]] = stream.manager.ok("GET", f"/projects/{stream.slug}/agreement")["scores"]
    return scores[0]


def upload(stream: Stream, file: Path) -> dict[str, Any]:
    mapping = json.dumps({"external_id": "id", "fields": {"text": "text"}})
    job: dict[str, Any] = stream.manager.upload(
        f"/projects/{stream.slug}/imports", file, format="csv", mode="commit", mapping=mapping, batch=file.stem
    )
    return job


def test_killed_import_resumes_and_ends_right(running: Installation, tmp_path: Path) -> None:
    stream = Stream(running, running.seed(items=0, annotators=OVERLAP, overlap=OVERLAP), History(tmp_path / "h.jsonl"))
    file = tmp_path / "large.csv"
    with file.open("w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["id", "text"])
        rows.writerows([n, "" if n < BAD else f"The text of row {n}"] for n in range(ROWS))
    address = f"/projects/{stream.slug}/imports/{upload(stream, file)['id']}"

    begun = wait_until(lambda: began(stream.manager.ok("GET", address)), 60, "the import did not begin")
    running.kill("worker-work")
    assert begun["state"] == "running", begun
    assert pages(stream.manager, f"/projects/{stream.slug}/items") == []
    ended = stream.manager.wait(address, patience=240)

    assert ended["state"] == "done", ended
    assert (ended["rows_read"], ended["rows_kept"], ended["rows_reported"]) == (ROWS, ROWS - BAD, BAD)
    assert ended["items_created"] == ROWS - BAD
    there = [item["external_id"] for item in pages(stream.manager, f"/projects/{stream.slug}/items")]
    assert len(there) == len(set(there)) == ROWS - BAD
    outcome = check(running)
    assert outcome["ok"], outcome["violations"]


def began(job: dict[str, Any]) -> dict[str, Any] | None:
    return job if job["state"] != "queued" and job["progress"]["done"] > 0 else None
